<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/RaceCase.php';

/** An administrator's reset, while the user is doing something: in whatever order, one consistent state remains. */
final class RescueTest extends RaceCase
{
    private const API = '/wp-json/sallyport/v1';

    private static string $admin = '';

    public function testAResetThatCrossesLoginsLeavesNoTokenOfTheFactor(): void
    {
        $person = Person::enrolled(self::site());
        $door = $this->door('sallyport');
        $requests = [];
        for ($i = 0; $i < 8; $i++) {
            $requests[] = ['POST', self::API . '/challenge/verify', 'json' => ['challenge' => $door->login($person)->json['data']['challenge'], 'code' => $person->backupCode()]];
        }
        array_splice($requests, 4, 0, [$this->reset($person), $this->reset($person)]);
        $answers = $this->together($requests);
        foreach ($answers as $i => $answer) {
            // Between the two steps of a reset, the user is marked and has no factor: nobody is let in. A request that finds
            // only later that the factor is gone gets 400.
            self::assertContains($answer->status, in_array($i, [4, 5], true) ? [200] : [200, 400, 401, 503], (string) $answer);
            if (isset($answer->json['token'])) {
                self::assertNull(
                    self::site()->request('GET', '/wp-json/wp/v2/users/me', bearer: $answer->json['token'])->json['id'] ?? null,
                    'a token that was made of a factor that is gone',
                );
            }
        }
        self::assertSame(2, $this->logged('factors_reset', $person));
        $this->assertState($person, enrolled: false);
    }

    public function testAResetThatCrossesAnActivationLeavesNoMarkWithoutAFactor(): void
    {
        for ($round = 0; $round < 3; $round++) {
            $person = Person::withoutFactor(self::site());
            $bearer = $this->door('sallyport')->login($person)->json['token'];
            $app = new Totp(self::site()->request('POST', self::API . '/two-factor/enable', json: ['password' => $person->password], bearer: $bearer)->json['totpURI']);
            $activate = ['POST', self::API . '/two-factor/verify-totp', 'json' => ['code' => $app->code()], 'bearer' => $bearer];
            $this->together([$activate, $this->reset($person), $activate, $this->reset($person), $activate]);
            $this->assertState($person);
        }
    }

    public function testAResetThatCrossesNewBackupCodesLeavesNone(): void
    {
        for ($round = 0; $round < 3; $round++) {
            $person = Person::enrolled(self::site());
            $bearer = $this->door('sallyport')->login($person, ['code' => $person->code()])->json['token'];
            $requests = ['reset' => $this->reset($person) + ['headers' => ['x-probe-linger' => '400']]];
            foreach ([0, 50, 100, 150, 200, 300, 500] as $linger) {
                $requests[$linger] = [
                    'POST',
                    self::API . '/two-factor/generate-backup-codes',
                    'json' => ['password' => $person->password],
                    'bearer' => $bearer,
                    'headers' => ['x-probe-linger' => (string) $linger],
                ];
            }
            foreach (self::site()->concurrently($requests) as $linger => $answer) {
                self::assertContains($answer->json['code'] ?? $answer->status, [200, 'sallyport_token_unproven', 'TWO_FACTOR_NOT_ENABLED'], "$linger: $answer");
            }
            $this->assertState($person, enrolled: false);
            self::assertSame(
                0,
                self::site()->php('global $wpdb; return (int) $wpdb->get_var("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_backup_codes WHERE user_id = " . (int) $argv[1]);', [(string) $person->id]),
                'a code from before the reset',
            );
        }
    }

    /** @return array<mixed> */
    private function reset(Person $person): array
    {
        if (self::$admin === '') {
            $admin = Person::withoutFactor(self::site());
            self::site()->php('get_userdata((int) $argv[1])->set_role("administrator");', [(string) $admin->id]);
            $admin->enrol();
            self::$admin = $this->door('sallyport')->login($admin, ['code' => $admin->code()])->json['token'];
        }
        return ['POST', self::API . "/users/$person->id/two-factor/reset", 'json' => ['reason' => 'a race'], 'bearer' => self::$admin];
    }

    /** Marked and with a factor, or neither; and the password leads to the next step. */
    private function assertState(Person $person, ?bool $enrolled = null): void
    {
        [$marked, $factors] = self::site()->php(
            'global $wpdb; $state = get_user_meta((int) $argv[1], "_sallyport_state", true); return [(bool) ($state["enrolled"] ?? false), (int) $wpdb->get_var("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_factors WHERE status = \'active\' AND user_id = " . (int) $argv[1])];',
            [(string) $person->id],
        );
        self::assertSame($marked, $factors > 0, "marked: " . var_export($marked, true) . ", factors: $factors");
        if ($enrolled !== null) {
            self::assertSame($enrolled, $marked);
        }
        $answer = $this->door('sallyport')->login($person);
        self::assertSame($marked ? 'sallyport_second_factor_required' : null, $answer->json['code'] ?? null, (string) $answer);
    }
}
