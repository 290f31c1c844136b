<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/** A client that named itself at a completed login is distinguished from strangers: it does not wait because of their guesses. */
final class KnownDeviceTest extends HttpTestCase
{
    private const SECRET = '/^spd1_[A-Za-z0-9_-]{43}$/';

    public static function setUpBeforeClass(): void
    {
        self::forgetFailures();
    }

    public static function tearDownAfterClass(): void
    {
        self::forgetFailures();
    }

    public function test_a_client_that_asks_for_it_becomes_known_and_only_a_digest_is_kept(): void
    {
        $person = $this->person();
        foreach ([['device_name' => 'Ada\'s phone'], ['trust_device' => true]] as $asked) {
            $answer = $this->logIn($person, $asked);
            self::assertMatchesRegularExpression(self::SECRET, $answer->json['device'] ?? '', (string) $answer);
            self::assertSame($answer->json['device'], $answer->header('x-sallyport-device'));
            [$row] = array_values(array_filter(self::devices($person), static fn (array $row): bool => $row['digest'] === hash('sha256', $answer->json['device'])));
            self::assertSame(180 * 86400, $row['expires_at'] - $row['created_at']);
            self::assertStringNotContainsString($answer->json['device'], json_encode(self::devices($person)));
        }
        self::assertSame("Ada's phone", self::devices($person)[0]['name']);
        self::assertCount(2, self::activity($person->id, 'device_added'));
        self::assertMatchesRegularExpression(
            self::SECRET,
            $this->post('/login', ['username' => $person->login, 'password' => $person->password, 'device_name' => 'x'])->json['device']
                ?? '',
        );
    }

    public function test_a_client_that_does_not_ask_or_fails_to_log_in_gets_none(): void
    {
        $person = $this->enrolled();
        $plain = $this->person();
        $asked = ['device_name' => 'a phone', 'trust_device' => true];
        $challenge = $this->challenge($person);
        $answers = [
            $this->logIn($plain),
            $this->logIn($plain, ['trust_device' => false]),
            $this->post('/token', ['username' => $plain->login, 'password' => 'wrong'] + $asked),
            $this->logIn($person, $asked),
            $this->logIn($person, $asked + ['code' => $person->app->wrong()]),
            $this->post('/token', ['challenge' => $challenge, 'code' => $person->app->wrong()] + $asked),
            $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->wrong()] + $asked),
        ];
        foreach ($answers as $answer) {
            self::assertStringNotContainsString('spd1_', $answer->body . $answer->header('x-sallyport-device'));
        }
        self::assertSame([], [...self::devices($person), ...self::devices($plain)]);
    }

    public function test_with_a_factor_it_is_the_completed_log_in(): void
    {
        $person = $this->enrolled();
        $asked = ['device_name' => 'a phone'];
        $ways = [
            fn (): Response => $this->logIn($person, $asked + ['code' => array_shift($person->codes)]),
            fn (): Response => $this->post('/token', $asked + ['challenge' => $this->challenge($person), 'code' => array_shift($person->codes)]),
            fn (): Response => $this->post('/challenge/verify', $asked + ['challenge' => $this->challenge($person), 'code' => array_shift($person->codes)]),
        ];
        foreach ($ways as $way) {
            self::assertMatchesRegularExpression(self::SECRET, $way()->json['device'] ?? '');
        }
        self::assertCount(3, self::devices($person));
        // It is not a factor.
        $device = $ways[0]()->json['device'];
        foreach ([['device' => $device], ['device' => $device, 'trust_device' => true]] as $more) {
            self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, $more));
        }
        // The answer of another plugin's login belongs to that plugin.
        $login = ['username' => $person->login, 'password' => $person->password];
        $bridged = static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: $login)->json['data']['challenge'];
        $answer = $this->post('/challenge/verify', $asked + ['challenge' => $bridged, 'code' => array_shift($person->codes)]);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertArrayNotHasKey('device', $answer->json);
        self::assertCount(4, self::devices($person));
    }

    public function test_a_known_device_stays_the_one_it_is(): void
    {
        $person = $this->person();
        $device = $this->known($person);
        static::site()->php('global $wpdb; $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_devices SET last_used_at = 1 WHERE user_id = " . (int) $argv[1]);', [(string) $person->id]);
        foreach ([[['device' => $device], []], [[], ['x-sallyport-device' => $device]], [['device' => $device], ['x-sallyport-device' => $device]]] as [$field, $header]) {
            $answer = $this->post(
                '/token',
                $field + ['username' => $person->login, 'password' => $person->password, 'device_name' => 'again', 'trust_device' => true],
                headers: $header,
            );
            self::assertSame(200, $answer->status, (string) $answer);
            self::assertArrayNotHasKey('device', $answer->json);
        }
        self::assertCount(1, self::devices($person));
        self::assertGreaterThan(time() - 60, self::devices($person)[0]['last_used_at']);
        self::refused(
            400,
            'sallyport_ambiguous',
            $this->post(
                '/token',
                ['username' => $person->login, 'password' => $person->password, 'device' => $device],
                headers: ['x-sallyport-device' => 'another'],
            ),
        );
        foreach (['', 5, true, ['x'], str_repeat('x', 257), "\0"] as $value) {
            self::refused(400, 'rest_invalid_param', $this->logIn($person, ['device' => $value]));
        }
        self::refused(
            400,
            'rest_invalid_param',
            $this->post(
                '/token',
                ['username' => $person->login, 'password' => $person->password],
                headers: ['x-sallyport-device' => str_repeat('x', 257)],
            ),
        );
    }

    public function test_a_strangers_guessing_does_not_make_it_wait(): void
    {
        $person = $this->person();
        $device = $this->known($person);
        self::failed("password-user:$person->id", 30);
        self::failed('password-address:127.0.0.1', 200, 3600);
        try {
            self::refused(429, 'sallyport_throttled', $this->logIn($person));
            $in = $this->logIn($person, ['device' => $device]);
            self::assertSame(200, $in->status, (string) $in);
            self::assertSame(200, $this->post('/token', ['username' => $person->email, 'password' => $person->password], headers: ['x-sallyport-device' => $device])->status);
            $token = $in->json['token'];
            self::refused(429, 'sallyport_throttled', $this->post('/two-factor/enable', ['password' => $person->password], $token));
            self::assertSame(200, $this->post('/two-factor/enable', ['password' => $person->password, 'device' => $device], $token)->status);
            self::refused(429, 'sallyport_throttled', $this->post('/change-password', ['current_password' => $person->password, 'new_password' => 'another one entirely'], $token));
            self::refused(429, 'sallyport_throttled', $this->logIn($person));
            self::assertSame(
                200,
                $this->post(
                    '/change-password',
                    ['current_password' => $person->password, 'new_password' => 'another one entirely', 'device' => $device],
                    $token,
                )->status,
            );
        } finally {
            self::forgetFailures();
        }
    }

    public function test_foreign_and_expired_devices_do_not_help_and_an_unknown_name_looks_the_same(): void
    {
        $person = $this->person();
        $stranger = $this->person();
        $theirs = $this->known($stranger);
        $expired = $this->known($person);
        static::site()->php('global $wpdb; $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_devices SET expires_at = " . time() . " WHERE user_id = " . (int) $argv[1]);', [(string) $person->id]);
        self::failed("password-user:$person->id", 30);
        self::failed('password-name:nobody-at-all', 30);
        try {
            foreach ([$theirs, $expired, 'spd1_' . str_repeat('A', 43), 'no device', 'spc1_' . str_repeat('A', 43)] as $device) {
                $known = self::refused(429, 'sallyport_throttled', $this->logIn($person, ['device' => $device]));
                $unknown = self::refused(429, 'sallyport_throttled', $this->post('/token', ['username' => 'nobody-at-all', 'password' => 'x', 'device' => $device]));
                self::assertSame(array_keys($known), array_keys($unknown));
            }
            self::forgetFailures();
            $known = $this->post('/token', ['username' => $person->login, 'password' => 'wrong', 'device' => $theirs]);
            $unknown = $this->post('/token', ['username' => 'nobody-at-all', 'password' => 'wrong', 'device' => $theirs]);
            self::assertSame([$known->status, $known->body], [$unknown->status, $unknown->body]);
            self::assertSame('1', self::failures("password-user:$person->id"), 'counted as for an unknown device');
        } finally {
            self::forgetFailures();
        }
    }

    public function test_the_replaced_secret_of_a_trusted_device_is_accepted_only_for_a_moment(): void
    {
        $person = $this->enrolled();
        $old = $this->logIn($person, ['code' => array_shift($person->codes), 'trust_device' => true])->json['device'];
        $new = $this->logIn($person, ['device' => $old])->json['device'];
        self::assertNotSame($old, $new);
        self::failed("password-user:$person->id", 30);
        try {
            self::assertSame(200, $this->logIn($person, ['device' => $old])->status, 'two tabs');
            static::site()->php('global $wpdb; $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_device_secrets SET replaced_at = replaced_at - 60");');
            self::refused(429, 'sallyport_throttled', $this->logIn($person, ['device' => $old]));
            self::assertSame(200, $this->logIn($person, ['device' => $new])->status);
        } finally {
            self::forgetFailures();
        }
    }

    public function test_two_users_of_one_client_each_have_a_device(): void
    {
        [$one, $two] = [$this->person(), $this->person()];
        $device = $this->known($one);
        self::assertArrayNotHasKey('device', $this->logIn($two, ['device' => $device])->json, 'it was not asked for');
        $own = $this->logIn($two, ['device' => $device, 'device_name' => 'a phone'])->json['device'] ?? '';
        self::assertMatchesRegularExpression(self::SECRET, $own);
        self::assertSame([1, 1], [count(self::devices($one)), count(self::devices($two))]);
    }

    public function test_a_known_device_guesses_no_faster_than_a_stranger(): void
    {
        $person = $this->person();
        $device = $this->known($person);
        self::forgetFailures();
        for ($i = 0; $i < 10; $i++) {
            self::refused(401, 'sallyport_invalid_credentials', $this->logIn($person, ['device' => $device, 'password' => 'a guess']));
        }
        [$row] = self::devices($person);
        self::assertSame('10', self::failures("password-device:{$row['id']}"));
        self::failed("password-device:{$row['id']}", 20);
        $answer = $this->logIn($person, ['device' => $device]);
        self::assertSame((string) self::refused(429, 'sallyport_throttled', $answer)['retry_after'], $answer->header('retry-after'));
        self::assertNull(self::failures("password-user:$person->id"));
        self::assertNull(self::failures('password-address:127.0.0.1'));
        self::assertSame(200, $this->logIn($person)->status, 'the user, elsewhere');
    }

    /** @dataProvider changes */
    public function test_a_change_of_password_or_factor_forgets_the_device(bool $enrolled, string $change): void
    {
        $person = $enrolled ? $this->enrolled() : $this->person();
        $this->logIn($person, ['device_name' => 'a phone'] + ($enrolled ? ['code' => array_shift($person->codes)] : []));
        self::assertCount(1, self::devices($person));
        match ($change) {
            'password' => static::site()->php('wp_set_password("another one entirely", (int) $argv[1]);', [(string) $person->id]),
            'profile' => static::site()->php('wp_update_user(["ID" => (int) $argv[1], "user_pass" => "another one entirely"]);', [(string) $person->id]),
            'added' => [$this->signIn($person), $this->enrol($person)],
            'removed' => $this->post('/two-factor/disable', ['password' => $person->password], $this->proven($person, array_shift($person->codes))),
            'deleted' => static::site()->php('require_once ABSPATH . "wp-admin/includes/user.php"; require_once ABSPATH . "wp-admin/includes/ms.php"; is_multisite() ? wpmu_delete_user((int) $argv[1]) : wp_delete_user((int) $argv[1]);', [(string) $person->id]),
        };
        self::assertSame([], self::devices($person));
    }

    /** @return array<string, array{bool, string}> */
    public static function changes(): array
    {
        return [
            'password' => [false, 'password'],
            'password by profile' => [true, 'profile'],
            'factor added' => [false, 'added'],
            'factor removed' => [true, 'removed'],
            'deletion' => [false, 'deleted'],
        ];
    }

    public function test_a_rehash_at_log_in_forgets_nothing(): void
    {
        $person = $this->person();
        $device = $this->known($person);
        static::site()->php('global $wpdb; $wpdb->update($wpdb->users, ["user_pass" => md5($argv[2])], ["ID" => (int) $argv[1]]); clean_user_cache((int) $argv[1]);', [(string) $person->id, $person->password]);
        self::assertSame(200, $this->logIn($person, ['device' => $device])->status);
        self::assertCount(1, self::devices($person));
    }

    public function test_a_family_of_a_known_device_shares_its_successor_with_that_device_alone(): void
    {
        $person = $this->person();
        $device = $this->known($person);
        $other = $this->known($person);
        $first = $this->logIn($person, ['device' => $device])->json;
        $second = $this->refresh($first['refresh_token'])->json;
        // Extends the ten seconds, so that the test cannot be too slow.
        self::sql('UPDATE {refresh_tokens} SET rotated_at = %d WHERE digest = %s', time() + 60, hash('sha256', $first['refresh_token']));
        self::assertSame($second['refresh_token'], $this->refresh($first['refresh_token'], ['device' => $device])->json['refresh_token'] ?? null);
        self::assertSame($second['refresh_token'], $this->refresh($first['refresh_token'], [], ['x-sallyport-device' => $device])->json['refresh_token'] ?? null);
        foreach ([[], ['device' => $other], ['device' => 'spd1_' . str_repeat('A', 43)]] as $more) {
            $first = $this->logIn($person, ['device' => $device])->json;
            $second = $this->refresh($first['refresh_token'], $more)->json;
            self::refused(401, 'sallyport_refresh_reused', $this->refresh($first['refresh_token'], $more));
            self::refused(401, 'sallyport_token_invalid', $this->refresh($second['refresh_token'], ['device' => $device]));
        }
        self::refused(400, 'rest_invalid_param', $this->refresh($first['refresh_token'], ['device' => ['x']]));
    }

    /** A client that names itself only to appear in a list may not have stored the secret. */
    public function test_a_family_whose_device_is_forgotten_or_was_not_known_yet_shares_as_before(): void
    {
        $person = $this->person();
        foreach ([['device_name' => 'x'], [], ['device' => $this->known($person)]] as $more) {
            $first = $this->logIn($person, $more)->json;
            isset($more['device'])
                && static::site()->php('global $wpdb; $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_devices WHERE user_id = " . (int) $argv[1]);', [(string) $person->id]);
            $second = $this->refresh($first['refresh_token'])->json;
            self::assertSame($second['refresh_token'], $this->refresh($first['refresh_token'])->json['refresh_token'] ?? null);
        }
    }

    /** The secret of a newly known device of this user. */
    private function known(Person $person): string
    {
        $answer = $this->logIn($person, ['device_name' => 'a phone']);
        self::assertSame(200, $answer->status, (string) $answer);
        return $answer->json['device'];
    }

    /** @param array<string, mixed> $more @param array<string, string> $headers */
    private function refresh(string $token, array $more = [], array $headers = []): Response
    {
        return $this->post('/token/refresh', ['refresh_token' => $token] + $more, headers: $headers);
    }

    /** @return list<array<string, string>> */
    private static function devices(Person $person): array
    {
        return static::site()->php('global $wpdb; return $wpdb->get_results($wpdb->prepare("SELECT * FROM {$wpdb->base_prefix}sallyport_devices WHERE user_id = %d ORDER BY id", $argv[1]), ARRAY_A);', [(string) $person->id]);
    }

    /** Set-up: so many failures under this name, and the wait that follows from them. */
    private static function failed(string $name, int $failures, int $wait = 60): void
    {
        static::site()->php('global $wpdb; $wpdb->replace("{$wpdb->base_prefix}sallyport_throttle", ["name" => hash("sha256", $argv[1]), "failures" => $argv[2], "until" => time() + (int) $argv[3]]);', [$name, (string) $failures, (string) $wait]);
    }

    private static function failures(string $name): ?string
    {
        return static::site()->php('global $wpdb; return $wpdb->get_var($wpdb->prepare("SELECT failures FROM {$wpdb->base_prefix}sallyport_throttle WHERE name = %s", hash("sha256", $argv[1])));', [$name]);
    }
}
