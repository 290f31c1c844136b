<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/HttpTestCase.php';

/** A trusted device replaces the code beside the right password: only for its user, for a limited time, and never for step-up (standards N15). */
final class TrustedDeviceTest extends HttpTestCase
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

    public function test_a_client_that_asks_at_a_completed_second_step_is_trusted_and_only_a_digest_is_stored(): void
    {
        $person = $this->enrolled();
        $second = fn (): array => ['challenge' => $this->challenge($person), 'code' => array_shift($person->codes)];
        $answers = [
            'one shot' => $this->logIn($person, ['code' => array_shift($person->codes), 'trust_device' => true]),
            'header' => $this->post(
                '/token',
                ['username' => $person->login, 'password' => $person->password, 'code' => array_shift($person->codes)],
                headers: ['x-sallyport-trust-device' => 'true'],
            ),
            'challenge' => $this->post('/token', ['trust_device' => '1', 'device_name' => 'Ada\'s phone'] + $second()),
            'verify' => $this->post('/challenge/verify', ['trust_device' => 1] + $second()),
            '/login' => $this->post('/login', ['username' => $person->login, 'password' => $person->password, 'code' => array_shift($person->codes), 'trust_device' => true]),
            'better-auth' => $this->post('/two-factor/verify-backup-code', ['trustDevice' => true] + $second()),
            '/2fa' => $this->post('/2fa/verify', ['trust_device' => true] + $second()),
        ];
        foreach ($answers as $how => $answer) {
            self::assertSame(200, $answer->status, "$how: $answer");
            self::assertMatchesRegularExpression(self::SECRET, $answer->json['device'] ?? '', $how);
            self::assertSame($answer->json['device'], $answer->header('x-sallyport-device'), $how);
            self::assertStringContainsString('no-store', (string) $answer->header('cache-control'));
            self::assertSame('aal2', self::claims($answer->json['token'])['acr'], $how);
            $row = self::row($answer->json['device']);
            self::assertSame((string) $person->id, $row['user_id'], $how);
            self::assertGreaterThan(0, (int) $row['trusted_at'], $how);
            self::assertEqualsWithDelta(time() + 30 * 86400, (int) $row['expires_at'], 300, $how);
            self::assertStringNotContainsString(substr($answer->json['device'], 5, 20), json_encode($row));
            self::assertSame(200, $this->logIn($person, ['device' => $answer->json['device']])->status, $how);
        }
        self::assertSame('Ada\'s phone', self::row($answers['challenge']->json['device'], replaced: true)['name']);
        self::assertCount(count($answers), self::activity($person->id, 'device_trusted'));
    }

    public function test_with_the_right_password_it_is_let_through_and_its_secret_is_rotated(): void
    {
        $person = $this->enrolled();
        $first = $this->trusted($person);
        self::sql('UPDATE {devices} SET trusted_at = trusted_at - 100, last_used_at = last_used_at - 100, expires_at = expires_at - 100 WHERE user_id = %d', $person->id);
        $answer = $this->logIn($person, ['device' => $first]);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame([['device', 'pwd'], 'aal1'], [self::claims($answer->json['token'])['amr'], self::claims($answer->json['token'])['acr']]);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        $second = $answer->json['device'];
        self::assertMatchesRegularExpression(self::SECRET, $second);
        self::assertNotSame($first, $second);
        self::assertSame($second, $answer->header('x-sallyport-device'));
        self::assertEqualsWithDelta(time(), (int) self::row($second)['last_used_at'], 60);
        self::assertEqualsWithDelta(time() + 30 * 86400, (int) self::row($second)['expires_at'], 60, 'each use extends it');
        self::assertCount(1, self::activity($person->id, 'device_accepted'));
        // A parallel sign-in gets the same secret; so does one after the next rotation.
        self::sql('UPDATE {device_secrets} SET replaced_at = %d WHERE digest = %s', time() + 60, hash('sha256', $first));
        self::assertSame($second, $this->logIn($person, ['device' => $first])->json['device'] ?? null);
        $third = $this->post('/login', ['username' => $person->login, 'password' => $person->password], headers: ['x-sallyport-device' => $second])->json['device'];
        self::assertNotSame($second, $third);
        self::assertSame($second, $this->logIn($person, ['device' => $first])->json['device'] ?? null);
        self::assertSame(200, $this->logIn($person, ['device' => $third])->status);
        // A refreshed token has no higher level.
        $renewed = $this->post('/token/refresh', ['refresh_token' => $answer->json['refresh_token']]);
        self::assertSame([['device', 'pwd'], 'aal1'], [self::claims($renewed->json['token'])['amr'], self::claims($renewed->json['token'])['acr']]);
    }

    public function test_n15_it_never_steps_up(): void
    {
        $person = $this->enrolled();
        $token = $this->logIn($person, ['device' => $this->trusted($person)])->json['token'];
        foreach (['enable', 'get-totp-uri', 'generate-backup-codes', 'disable'] as $route) {
            self::refused(401, 'sallyport_step_up_required', $this->post("/two-factor/$route", ['password' => $person->password], $token));
        }
        self::refused(
            401,
            'sallyport_step_up_required',
            $this->post('/change-password', ['current_password' => $person->password, 'new_password' => 'another one entirely'], $token),
        );
        $stepped = $this->post('/two-factor/verify-backup-code', ['code' => array_shift($person->codes)], $token);
        self::assertSame(200, $this->post('/two-factor/get-totp-uri', ['password' => $person->password], $stepped->json['token'])->status);
    }

    public function test_a_replaced_secret_that_comes_late_ends_the_device_and_is_logged(): void
    {
        $person = $this->enrolled();
        $first = $this->trusted($person);
        $second = $this->logIn($person, ['device' => $first])->json['device'];
        $third = $this->logIn($person, ['device' => $second])->json['device'];
        self::sql('UPDATE {device_secrets} SET replaced_at = replaced_at - 11 WHERE digest = %s', hash('sha256', $first));
        self::refused(401, 'sallyport_invalid_credentials', $this->post('/token', ['username' => $person->login, 'password' => 'not theirs', 'device' => $first]));
        self::assertNotNull(self::row($third), 'without the password it is worthless');
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $first]));
        self::assertCount(1, self::activity($person->id, 'device_reused'));
        foreach ([$third, $second, $first] as $secret) {
            self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $secret]));
        }
        self::assertCount(1, self::activity($person->id, 'device_reused'));
    }

    /** The request that began the rotation died: the next request completes it, however late. */
    public function test_an_interrupted_rotation_loses_nothing(): void
    {
        $person = $this->enrolled();
        $first = $this->trusted($person);
        $second = $this->logIn($person, ['device' => $first])->json['device'];
        self::sql('UPDATE {devices} SET digest = %s WHERE digest = %s', hash('sha256', $first), hash('sha256', $second));
        self::sql('UPDATE {device_secrets} SET replaced_at = replaced_at - 600 WHERE digest = %s', hash('sha256', $first));
        self::assertSame($second, $this->logIn($person, ['device' => $first])->json['device'] ?? null);
        self::assertSame(200, $this->logIn($person, ['device' => $second])->status);
    }

    public function test_another_users_device_does_not_help_and_reveals_nothing(): void
    {
        [$person, $other] = [$this->enrolled(), $this->enrolled()];
        $secret = $this->trusted($other);
        $without = self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        $with = $this->logIn($person, ['device' => $secret]);
        $refused = self::refused(401, 'sallyport_second_factor_required', $with);
        self::assertSame(array_diff_key($without, ['challenge' => 1]), array_diff_key($refused, ['challenge' => 1]));
        self::assertNull($with->header('x-sallyport-device'));
        self::assertNotNull(self::row($secret), 'nor is it used up');
        $next = $this->logIn($other, ['device' => $secret])->json['device'];
        self::sql('UPDATE {device_secrets} SET replaced_at = replaced_at - 11 WHERE digest = %s', hash('sha256', $secret));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $secret]));
        self::assertSame(200, $this->logIn($other, ['device' => $next])->status, 'and a stranger cannot end it');
    }

    public function test_without_the_password_it_is_worth_nothing(): void
    {
        $person = $this->enrolled();
        $secret = $this->trusted($person);
        self::refused(401, 'sallyport_invalid_credentials', $this->post('/token', ['username' => $person->login, 'password' => 'not theirs', 'device' => $secret]));
        self::refused(400, 'rest_missing_callback_param', $this->post('/token', ['username' => $person->login, 'device' => $secret]));
        self::refused(400, 'rest_missing_callback_param', $this->post('/token', ['challenge' => $this->challenge($person), 'device' => $secret]));
        self::assertNull($this->whoIs($secret), 'it is not a token');
        self::assertSame(200, $this->logIn($person, ['device' => $secret])->status);
    }

    public function test_a_device_that_is_only_known_is_not_trusted(): void
    {
        $person = $this->enrolled();
        $known = $this->logIn($person, ['code' => array_shift($person->codes), 'device_name' => 'a phone'])->json['device'];
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $known, 'trust_device' => true]));
        self::assertSame('0', self::row($known)['trusted_at']);
        $trusted = $this->logIn($person, ['device' => $known, 'code' => array_shift($person->codes), 'trust_device' => true])->json['device'];
        self::assertNull(self::row($known), 'this is the present secret');
        self::assertSame(200, $this->logIn($person, ['device' => $trusted])->status);
        $unenrolled = $this->person();
        $known = $this->logIn($unenrolled, ['trust_device' => true])->json['device'];
        self::assertSame('0', self::row($known)['trusted_at'], 'no second step was completed');
    }

    public function test_a_code_sent_with_it_decides(): void
    {
        $person = $this->enrolled();
        $secret = $this->trusted($person);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['device' => $secret, 'code' => $person->app->wrong()]));
        $answer = $this->logIn($person, ['device' => $secret, 'code' => array_shift($person->codes)]);
        self::assertSame('aal2', self::claims($answer->json['token'])['acr']);
        self::assertArrayNotHasKey('device', $answer->json, 'it was not used');
        self::assertNotNull(self::row($secret));
    }

    public function test_it_clears_no_failures_and_is_not_in_the_way_of_a_lock(): void
    {
        $person = $this->enrolled();
        $secret = $this->trusted($person);
        foreach ([3, 10] as $failures) {
            self::failed($person, $failures);
            $answer = $this->logIn($person, ['device' => $secret]);
            self::assertSame(200, $answer->status, (string) $answer);
            $secret = $answer->json['device'];
            self::assertSame((string) $failures, self::failures($person));
        }
        self::refused(423, 'sallyport_locked', $this->logIn($person));
        self::refused(423, 'sallyport_locked', $this->logIn($person, ['device' => $secret, 'code' => array_shift($person->codes)]));
    }

    public function test_thirty_days_unused_or_a_hundred_and_eighty_at_all_end_it(): void
    {
        $person = $this->enrolled();
        $secret = $this->trusted($person);
        self::sql('UPDATE {devices} SET trusted_at = %d WHERE user_id = %d', time() - 179 * 86400, $person->id);
        $secret = $this->logIn($person, ['device' => $secret])->json['device'];
        self::assertEqualsWithDelta(time() + 86400, (int) self::row($secret)['expires_at'], 20, 'no use extends it beyond the limit');
        self::sql('UPDATE {devices} SET expires_at = %d WHERE user_id = %d', time(), $person->id);
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $secret]));
        static::site()->plugin('$plugin->database()->delete_expired("devices", time(), 1000);');
        self::assertNull(self::row($secret));
    }

    /** @dataProvider changes */
    public function test_it_ends_with_the_password_a_factor_or_a_role(string $what): void
    {
        $person = $this->enrolled('author');
        $secret = $this->trusted($person);
        match ($what) {
            'password' => $person->changePassword('another one entirely'),
            'profile' => static::site()->php(
                'wp_update_user(["ID" => (int) $argv[1], "user_pass" => $argv[2]]);',
                [(string) $person->id, $person->password = 'another one entirely'],
            ),
            'factor' => $this->enrol($person),
            'role' => static::site()->php('(new WP_User((int) $argv[1]))->set_role("subscriber");', [(string) $person->id]),
            'one role more' => static::site()->php('(new WP_User((int) $argv[1]))->add_role("editor");', [(string) $person->id]),
            'one role less' => static::site()->php('(new WP_User((int) $argv[1]))->remove_role("author");', [(string) $person->id]),
        };
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $secret]));
        self::assertNull(self::row($secret));
    }

    /** @return array<string, array{string}> */
    public static function changes(): array
    {
        return array_map(static fn (string $what): array => [$what], array_combine($all = ['password', 'profile', 'factor', 'role', 'one role more', 'one role less'], $all));
    }

    public function test_a_device_from_before_a_change_is_not_accepted(): void
    {
        $person = $this->enrolled();
        $secret = $this->trusted($person);
        static::site()->plugin('$plugin->state()->raise((int) $argv[1], true, time());', [(string) $person->id]);
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $secret]));
        self::sql('UPDATE {devices} SET epoch = %s WHERE user_id = %d', '', $person->id);
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $secret]));
    }

    public function test_a_site_without_trusted_devices_neither_creates_nor_accepts_them(): void
    {
        $person = $this->enrolled();
        $secret = $this->trusted($person);
        static::site()->wp('sallyport', 'setting', 'set', 'trusted_devices', 'false');
        try {
            self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $secret]));
            $known = $this->logIn($person, ['code' => array_shift($person->codes), 'trust_device' => true])->json['device'];
            self::assertSame('0', self::row($known)['trusted_at']);
        } finally {
            static::site()->wp('sallyport', 'setting', 'reset', 'trusted_devices');
        }
        self::assertSame(200, $this->logIn($person, ['device' => $secret])->status);
    }

    public function test_what_cannot_be_read_is_400(): void
    {
        $person = $this->enrolled();
        foreach ([['trust_device' => 'yes'], ['trust_device' => []], ['device' => 7], ['device' => str_repeat('a', 257)]] as $more) {
            self::refused(400, 'rest_invalid_param', $this->logIn($person, $more));
        }
        $credentials = ['username' => $person->login, 'password' => $person->password];
        self::refused(400, 'rest_invalid_param', $this->post('/token', $credentials, headers: ['x-sallyport-trust-device' => 'maybe']));
        self::refused(400, 'sallyport_ambiguous', $this->post('/token', $credentials + ['trust_device' => false], headers: ['x-sallyport-trust-device' => '1']));
        self::refused(400, 'sallyport_ambiguous', $this->post('/token', $credentials + ['device' => 'spd1_x'], headers: ['x-sallyport-device' => 'spd1_y']));
    }

    public function test_another_plugins_log_in_trusts_and_is_let_through(): void
    {
        $person = $this->enrolled();
        $native = $this->tmeister($person, ['sallyport_code' => array_shift($person->codes)]);
        $oneShot = $this->tmeister($person, ['sallyport_code' => array_shift($person->codes), 'sallyport_trust_device' => true]);
        $challenge = $this->tmeister($person)->json['data']['challenge'];
        $completed = $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => array_shift($person->codes), 'trust_device' => true]);
        $challenge = $this->tmeister($person)->json['data']['challenge'];
        $repeated = $this->tmeister($person, ['sallyport_challenge' => $challenge, 'sallyport_code' => array_shift($person->codes)], ['x-sallyport-trust-device' => '1']);
        self::assertNull($native->header('x-sallyport-device'));
        foreach (['one shot' => $oneShot, 'challenge/verify' => $completed, 'its own route' => $repeated] as $how => $answer) {
            self::assertSame(200, $answer->status, "$how: $answer");
            self::assertSame(array_keys($native->json), array_keys($answer->json), "$how: its own answer");
            $secret = (string) $answer->header('x-sallyport-device');
            self::assertMatchesRegularExpression(self::SECRET, $secret, $how);
            $in = $this->tmeister($person, ['sallyport_device' => $secret]);
            self::assertSame(200, $in->status, "$how: $in");
            self::assertSame(array_keys($native->json), array_keys($in->json));
            self::assertSame(['device', 'pwd'], self::claims($in->json['token'])['sp']['amr']);
            self::assertSame($person->id, $this->whoIs($in->json['token']));
            $next = (string) $in->header('x-sallyport-device');
            self::assertNotSame($secret, $next);
            self::assertStringContainsString('no-store', (string) $in->header('cache-control'));
            self::assertSame(200, $this->tmeister($person, [], ['x-sallyport-device' => $next])->status);
        }
        $other = $this->enrolled();
        self::refused(401, 'sallyport_second_factor_required', $this->tmeister($other, ['sallyport_device' => $next]));
    }

    public function test_wp_login_trusts_a_browser_that_ticks_the_box(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        self::assertStringContainsString('name="sallyport_trust_device"', $page->body);
        $answer = $browser->send(
            'POST',
            '/wp-login.php?action=sallyport',
            ['sallyport_code' => array_shift($person->codes), 'sallyport_trust_device' => '1'] + Browser::fields($page),
        );
        $cookie = current(preg_grep('/^sallyport_device_/', $answer->headers['set-cookie']));
        self::assertMatchesRegularExpression(
            '~^sallyport_device_[0-9a-f]{32}_' . $person->id . '=spd1_[A-Za-z0-9_-]{43}; expires=[^;]+; Max-Age=25920\d\d; path=/wp-login\.php; HttpOnly; SameSite=Strict$~i',
            $cookie,
        );
        foreach (array_keys($browser->cookies) as $name) {
            if (str_starts_with($name, 'wordpress_') && $name !== 'wordpress_test_cookie') {
                unset($browser->cookies[$name]);
            }
        }
        self::assertFalse($browser->isSignedIn());
        $before = preg_grep('/^spd1_/', $browser->cookies);
        $again = $browser->logIn($person);
        self::assertSame(302, $again->status, (string) $again);
        self::assertTrue($browser->isSignedIn());
        self::assertSame($person->id, $browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => $browser->nonce()])->json['id'] ?? null);
        self::refused(
            401,
            'sallyport_step_up_required',
            $browser->send(
                'POST',
                self::API . '/two-factor/disable',
                json: ['password' => $person->password],
                headers: ['x-wp-nonce' => $browser->nonce()],
            ),
        );
        $after = preg_grep('/^spd1_/', $browser->cookies);
        self::assertSame(array_keys($before), array_keys($after));
        self::assertNotSame($before, $after, 'rotated');
        // Its cookie is bound to one user: another user in the same browser is asked for the code.
        $other = $this->enrolled();
        $shared = new Browser(static::site());
        $shared->cookies += $after + [preg_replace('/\d+$/', (string) $other->id, key($after)) => current($after)];
        self::assertStringContainsString('sallyport_challenge', $shared->logIn($other)->body);
        self::assertFalse($shared->isSignedIn());
    }

    public function test_a_browser_that_does_not_tick_it_is_not_trusted(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $form = Browser::fields($browser->logIn($person));
        self::assertArrayNotHasKey('sallyport_trust_device', $form);
        $answer = $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => array_shift($person->codes)] + $form);
        self::assertTrue($browser->isSignedIn());
        self::assertSame([], preg_grep('/^sallyport_device_/', $answer->headers['set-cookie']));
    }

    public function test_devices_are_listed_to_their_user_and_ended(): void
    {
        [$person, $other] = [$this->enrolled(), $this->enrolled()];
        $trusted = $this->logIn($person, ['code' => array_shift($person->codes), 'trust_device' => true, 'device_name' => 'a phone'])->json;
        $known = $this->logIn($person, ['code' => array_shift($person->codes), 'device_name' => 'a tablet'])->json;
        $list = $this->get(self::API . '/two-factor', $trusted['token'])->json['devices'];
        self::assertSame([['a phone', true, true], ['a tablet', false, false]], array_map(static fn (array $one): array => [$one['name'], $one['trusted'], $one['this']], $list));
        foreach (['added', 'last_used', 'expires'] as $date) {
            self::assertMatchesRegularExpression('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/', $list[0][$date]);
        }
        $list = $this->get(self::API . '/two-factor', $trusted['token'], ['x-sallyport-device' => $known['device']])->json['devices'];
        self::assertSame([false, true], array_column($list, 'this'), 'whoever presents its secret is that device');
        self::refused(404, 'sallyport_no_such_device', $this->delete("/two-factor/devices/{$list[0]['id']}", $other->token));
        self::refused(401, 'rest_not_logged_in', $this->delete("/two-factor/devices/{$list[0]['id']}"));
        self::assertSame(['deleted' => true], $this->delete("/two-factor/devices/{$list[0]['id']}", $known['token'])->json);
        self::refused(404, 'sallyport_no_such_device', $this->delete("/two-factor/devices/{$list[0]['id']}", $known['token']));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $trusted['device']]));
        self::assertCount(1, self::activity($person->id, 'device_revoked'));
        self::assertSame(['a tablet'], array_column($this->get(self::API . '/two-factor', $known['token'])->json['devices'], 'name'));
    }

    public function test_activating_or_stepping_up_may_trust_the_client_too(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $app = $this->begin($person);
        Totp::steady();
        $answer = $this->post('/two-factor/verify-totp', ['code' => $app->code(), 'trustDevice' => true], $person->token);
        self::assertSame(200, $this->logIn($person, ['device' => $answer->json['device'] ?? ''])->status, (string) $answer);
        $answer = $this->post('/two-factor/verify-backup-code', ['code' => array_shift($person->codes), 'trustDevice' => true], $answer->json['token']);
        self::assertSame(200, $this->logIn($person, ['device' => $answer->json['device'] ?? ''])->status, (string) $answer);
    }

    public function test_the_laravel_routes_can_trust_the_client_too(): void
    {
        $person = $this->person();
        $this->signIn($person);
        self::assertSame(200, static::site()->request('PATCH', self::API . '/2fa/enable', json: [], bearer: $person->token)->status);
        $app = new Totp($this->get(self::API . '/2fa/code', $person->token)->json['uri']);
        Totp::steady();
        foreach ([0, 1] as $step) {
            $answer = $this->post('/2fa/verify', ['code' => $app->code($step), 'trust_device' => true], $person->token);
            self::assertSame(200, $this->logIn($person, ['device' => $answer->json['device'] ?? ''])->status, (string) $answer);
        }
    }

    /** The secret of a newly trusted device of this user. */
    private function trusted(Person $person): string
    {
        $answer = $this->logIn($person, ['code' => array_shift($person->codes), 'trust_device' => true]);
        self::assertSame(200, $answer->status, (string) $answer);
        return $answer->json['device'];
    }

    /** @param array<string, mixed> $more @param array<string, string> $headers */
    private function tmeister(Person $person, array $more = [], array $headers = []): Response
    {
        return static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: $more + ['username' => $person->login, 'password' => $person->password], headers: $headers);
    }

    /** The device to which this secret belongs, or belonged. @return array<string, string>|null */
    private static function row(string $secret, bool $replaced = false): ?array
    {
        return static::site()->plugin(
            $replaced
                ? 'return $plugin->database()->row("SELECT d.* FROM {devices} d JOIN {device_secrets} s ON s.device_id = d.id WHERE s.digest = %s", [hash("sha256", $argv[1])]);'
                : 'return $plugin->database()->row("SELECT * FROM {devices} WHERE digest = %s", [hash("sha256", $argv[1])]);',
            [$secret],
        );
    }

    /** Set-up: so many wrong codes of this user; from ten on with the lock that follows. */
    private static function failed(Person $person, int $failures): void
    {
        static::site()->php('global $wpdb; $wpdb->replace("{$wpdb->base_prefix}sallyport_throttle", ["name" => hash("sha256", "second-step:$argv[1]"), "failures" => $argv[2], "until" => (int) $argv[2] < 10 ? 0 : time() + 900]);', [(string) $person->id, (string) $failures]);
    }

    private static function failures(Person $person): ?string
    {
        return static::site()->php('global $wpdb; return $wpdb->get_var($wpdb->prepare("SELECT failures FROM {$wpdb->base_prefix}sallyport_throttle WHERE name = %s", hash("sha256", "second-step:$argv[1]")));', [(string) $person->id]);
    }
}
