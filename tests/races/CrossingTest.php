<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/RaceCase.php';

/** Requests of a user, of a thief and of an administrator, to any routes, at the same time. */
final class CrossingTest extends RaceCase
{
    private const API = '/wp-json/sallyport/v1';

    /** Of forty rounds, three in which a reset coincides with new backup codes, and once with a second enrolment. */
    private const ROUNDS = [5, 7, 14];

    private static string $administrator;

    /** @dataProvider rounds */
    public function testCrossingRequestsGetTheirRoutesAnswersAndLeaveNothingHalfDone(int $round): void
    {
        $person = Person::enrolled(self::site());
        $requests = $this->requests($person);
        mt_srand($round);
        shuffle($requests);
        $requests = array_slice($requests, 0, self::WORKERS);

        foreach ($this->together(array_column($requests, 1)) as $i => $answer) {
            [$route, [$method]] = $requests[$i];
            $codes = self::documented($method, $route);
            self::assertArrayHasKey($answer->status, $codes, "$method $route: $answer");
            $answer->status < 400 || self::assertContains($answer->json['code'] ?? null, $codes[$answer->status], "$method $route: $answer");
        }
        self::assertDoesNotMatchRegularExpression('/PHP (Notice|Warning|Deprecated|Fatal error)/', (string) @file_get_contents(self::site()->info['debug_log']));
        $this->assertWhole($person);
    }

    /** @return array<string, array{int}> */
    public static function rounds(): array
    {
        $rounds = getenv('SALLYPORT_LONG') === 'yes' ? range(1, 40) : self::ROUNDS;
        return array_combine(array_map(static fn (int $round): string => "round $round", $rounds), array_chunk($rounds, 1));
    }

    private function assertWhole(Person $person): void
    {
        $left = self::site()->plugin(<<<'PHP'
            global $wpdb;
            $count = fn (string $table, string $where): int => (int) $wpdb->get_var("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_$table WHERE user_id = " . (int) $argv[1] . " AND $where");
            return [
                'marked' => $plugin->state()->is_marked((int) $argv[1]),
                'factors' => $count('factors', "status = 'active'"),
                'unlabelled' => $count('factors', "status = 'active' AND type = 'totp' AND label = ''"),
                'without a secret' => $count('factors', "secret = ''"),
                'codes' => $count('backup_codes', 'factor_id = 0'),
            ];
            PHP, [(string) $person->id]);
        $said = json_encode($left);
        self::assertSame($left['factors'] > 0, $left['marked'], $said);
        self::assertLessThanOrEqual(1, $left['unlabelled'], $said);
        self::assertSame(0, $left['without a secret'], $said);
        self::assertLessThanOrEqual($left['marked'] ? 10 : 0, $left['codes'], $said);
        self::assertNotSame(503, $this->door('sallyport')->login($person)->status);
    }

    /** @return list<array{string, array<mixed>}> */
    private function requests(Person $person): array
    {
        $in = ['username' => $person->login, 'password' => $person->password];
        $login = fn (array $more): array => self::site()->request('POST', self::API . '/token', json: $in + $more)->json;
        $tokens = $login(['code' => $person->backupCode()]);
        $others = $login(['code' => $person->code(), 'trust_device' => true]);
        $challenge = $login([])['data']['challenge'];
        $app = new Totp(self::site()->request('POST', self::API . '/two-factor/enable', json: ['password' => $person->password], bearer: $tokens['token'])->json['totpURI']);
        $factor = self::site()->request('GET', self::API . '/two-factor', bearer: $tokens['token'])->json['factors'][0]['id'];
        $family = self::site()->request('GET', self::API . '/tokens', bearer: $tokens['token'])->json[0]['id'];
        $list = [];
        $add = static function (string $method, string $route, array $json = [], ?string $bearer = null, array $values = []) use (&$list): void {
            $list[] = [$route, [$method, self::API . strtr($route, $values), 'json' => $json, 'bearer' => $bearer]];
        };
        $mine = fn (string $route, array $json = [], string $method = 'POST', array $values = []) => $add($method, $route, $json, $tokens['token'], $values);
        $add('POST', '/token', $in + ['code' => $person->code()]);
        $add('POST', '/token', $in + ['code' => $person->wrongCode()]);
        $add('POST', '/login', $in + ['code' => $person->backupCode()]);
        $add('POST', '/login', $in);
        $add('POST', '/challenge/verify', ['challenge' => $challenge, 'code' => $person->backupCode()]);
        $add('POST', '/challenge/verify', ['challenge' => $challenge, 'code' => $person->wrongCode()]);
        $add('POST', '/challenge/send', ['challenge' => $challenge]);
        $add('POST', '/token/refresh', ['refresh_token' => $tokens['refresh_token']]);
        $add('POST', '/token/refresh', ['refresh_token' => $others['refresh_token']]);
        $add('POST', '/token/revoke', ['token' => $others['token']]);
        $mine('/token/revoke', ['all' => true]);
        $mine('/tokens', [], 'DELETE');
        $mine('/tokens', [], 'GET');
        $mine('/tokens/{id}', [], 'DELETE', ['{id}' => $family]);
        $mine('/two-factor/enable', ['password' => $person->password]);
        $mine('/two-factor/enable', ['password' => $person->password, 'label' => 'second']);
        $mine('/two-factor/enable', ['password' => $person->password, 'method' => 'otp']);
        $mine('/two-factor/get-totp-uri', ['password' => $person->password]);
        $mine('/two-factor/verify-totp', ['code' => $app->code()]);
        $mine('/two-factor/verify-totp', ['code' => $person->wrongCode()]);
        $mine('/two-factor/send-otp');
        $mine('/two-factor/verify-otp', ['code' => '00000000']);
        $mine('/two-factor/verify-backup-code', ['code' => $person->backupCode()]);
        $mine('/two-factor/generate-backup-codes', ['password' => $person->password]);
        $mine('/two-factor/disable', ['password' => $person->password]);
        $mine('/two-factor', [], 'GET');
        $mine('/two-factor/factors/{id}', ['label' => 'phone'], 'PATCH', ['{id}' => (string) $factor]);
        $mine('/two-factor/factors/{id}', [], 'DELETE', ['{id}' => (string) $factor]);
        $mine('/2fa/code', [], 'GET');
        $mine('/2fa/verify', ['code' => $person->wrongCode()]);
        $mine('/2fa/enable', [], 'PATCH');
        $mine('/2fa/disable', [], 'PATCH');
        $mine('/get-session', [], 'GET');
        $mine('/change-password', ['current_password' => $person->password, 'new_password' => 'another pass phrase ' . $person->login]);
        $add('POST', '/forgot-password', ['login' => $person->login]);
        $add('POST', '/reset-password', ['login' => $person->login, 'password' => 'yet another phrase', 'otp' => '12345678']);
        foreach (['/users/{id}/two-factor/reset', '/users/{id}/unlock', '/users/{id}/revoke', '/users/{id}/enrolment-link'] as $route) {
            $add('POST', $route, ['reason' => 'a test'], $this->administrator(), ['{id}' => (string) $person->id]);
        }
        return $list;
    }

    private function administrator(): string
    {
        if (!isset(self::$administrator)) {
            $person = Person::enrolled(self::site());
            self::site()->php('(new WP_User((int) $argv[1]))->set_role("administrator");', [(string) $person->id]);
            self::$administrator = $this->door('sallyport')->login($person, ['code' => $person->code()])->json['token'];
        }
        return self::$administrator;
    }

    /** @return array<int, list<string>> Status => the codes there are. */
    private static function documented(string $method, string $route): array
    {
        static $document = null;
        $document ??= json_decode(file_get_contents(__DIR__ . '/../../docs/openapi.json'), true);
        return array_map(static fn (array $response): array => explode(', ', $response['description']), $document['paths'][$route][strtolower($method)]['responses']);
    }
}
