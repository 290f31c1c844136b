<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/AccountsTestCase.php';
require_once __DIR__ . '/RegistrationTest.php';

/** POST /reset-password: sets a new password with the mailed link or code, and does nothing else. */
final class ResetPasswordTest extends AccountsTestCase
{
    public function test_with_the_key_of_the_link(): void
    {
        $person = $this->person();
        $this->resetTo($person, ['token' => $this->key($person)]);
        $this->assertRight($person);
        self::assertCount(1, self::activity($person->id, 'password_reset'));
        self::assertTrue(self::isProven($person));
    }

    public function test_by_address_as_headlesskey_has_it(): void
    {
        $person = $this->person();
        $answer = $this->post('/reset-password', ['login' => $person->email, 'password' => self::NEW, 'token' => $this->key($person)]);
        self::assertSame(200, $answer->status, (string) $answer);
    }

    /** @dataProvider typed */
    public function test_with_the_code(string $field, string $form): void
    {
        $person = $this->person();
        $digits = str_split($this->code($person), 4);
        self::assertFalse(self::isProven($person));
        $this->resetTo($person, [$field => sprintf($form, ...$digits)]);
        $this->assertRight($person);
        self::assertTrue(self::isProven($person));
    }

    /** @return array<string, array{string, string}> */
    public static function typed(): array
    {
        return [
            'as otp' => ['otp', '%s%s'],
            'as token' => ['token', '%s%s'],
            'a blank' => ['otp', '%s %s'],
            'a dash, blanks around' => ['otp', " %s-%s\n"],
            'other blanks and dashes' => ['otp', "\u{a0}%s\u{2013}%s"],
        ];
    }

    public function test_every_error_gets_the_same_refusal(): void
    {
        [$person, $other, $enrolled] = [$this->person(), $this->person(), $this->enrolled()];
        [$key, $code, $others] = [$this->key($person), $this->code($person), $this->key($other)];
        $this->key($enrolled);
        $wrong = $code === '00000000' ? '00000001' : '00000000';
        $unknown = 'nobody' . bin2hex(random_bytes(4));
        $requests = [
            'unknown user, key' => ['login' => $unknown, 'token' => $key],
            'unknown user, code' => ['login' => $unknown, 'otp' => $code],
            'unknown address' => ['login' => "$unknown@example.test", 'token' => $key],
            'wrong key' => ['token' => strrev($key)],
            'wrong key, enrolled' => ['login' => $enrolled->login, 'token' => $key],
            'wrong code' => ['otp' => $wrong],
            'no code was asked for' => ['login' => $other->login, 'otp' => $code],
            'no key was asked for' => ['login' => 'admin', 'token' => $key],
            'key of another' => ['token' => $others],
            'neither form' => ['token' => 'x'],
            'no digits' => ['otp' => '１２３４５６７８'],
            'password too short' => ['token' => $key, 'password' => 'seven77'],
            'password of the login' => ['otp' => $code, 'password' => strtoupper($person->login)],
            'password of the address' => ['otp' => $code, 'password' => $person->email],
            'refused by the site' => ['otp' => $code, 'password' => 'password123'],
            'refused by the site, unknown' => ['login' => $unknown, 'otp' => $code, 'password' => 'password123'],
        ];
        $answers = array_map(fn (array $request): Response => $this->reset($person, $request), $requests);
        self::refused(400, 'sallyport_reset_refused', $answers['unknown user, key']);
        self::assertAlike($answers);
        self::assertSame(200, $this->logIn($person)->status, 'the old password');
        // A request that was refused because of the password has not spent the link or code.
        $this->resetTo($person, ['otp' => $code]);
    }

    public function test_either_the_key_or_the_code_is_required(): void
    {
        self::refused(400, 'sallyport_ambiguous', $this->reset($this->person(), ['otp' => '12345678', 'token' => 'x']));
        self::refused(400, 'rest_missing_callback_param', $this->reset($this->person(), []));
    }

    public function test_link_and_code_are_good_once_and_die_together(): void
    {
        $person = $this->person();
        [$key, $code] = [$this->key($person), $this->code($person)];
        $this->resetTo($person, ['token' => $key]);
        self::refused(400, 'sallyport_reset_refused', $this->reset($person, ['token' => $key]));
        self::refused(400, 'sallyport_reset_refused', $this->reset($person, ['otp' => $code]));
        [$key, $code] = [$this->key($person), $this->code($person)];
        $this->resetTo($person, ['otp' => $code], 'another new one');
        self::refused(400, 'sallyport_reset_refused', $this->reset($person, ['otp' => $code]));
        self::refused(400, 'sallyport_reset_refused', $this->reset($person, ['token' => $key]));
        self::assertSame(200, $this->logIn($person)->status);
    }

    public function test_a_used_link_is_dead_on_wp_login_too(): void
    {
        $person = $this->person();
        $key = $this->key($person);
        $link = self::link($person->email)[0];
        $this->resetTo($person, ['token' => $key]);
        self::assertStringNotContainsString('has been reset', $this->choosePassword($link, 'one of a thief')->body);
        self::assertSame(200, $this->logIn($person)->status);
    }

    /** @dataProvider voids */
    public function test_a_code_is_void_when(string $php): void
    {
        $person = $this->person();
        $code = $this->code($person);
        static::site()->php($php, [(string) $person->id, "other.$person->email"]);
        self::refused(400, 'sallyport_reset_refused', $this->reset($person, ['otp' => $code]));
    }

    /** @return array<string, array{string}> */
    public static function voids(): array
    {
        return [
            'the password changed' => ['wp_set_password("theirs, changed", (int) $argv[1]);'],
            'the address changed' => ['wp_update_user(["ID" => (int) $argv[1], "user_email" => $argv[2]]);'],
            'ten minutes are over' => ['global $wpdb; $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_reset_codes SET expires_at = expires_at - 600 WHERE user_id = " . (int) $argv[1]);'],
        ];
    }

    public function test_a_code_is_its_users_alone_whatever_row_it_is_put_in(): void
    {
        [$person, $other] = [$this->person(), $this->person()];
        $code = $this->code($person);
        static::site()->php('global $wpdb; $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_reset_codes SET user_id = " . (int) $argv[2] . " WHERE user_id = " . (int) $argv[1]);', [(string) $person->id, (string) $other->id]);
        self::refused(400, 'sallyport_reset_refused', $this->reset($other, ['otp' => $code]));
    }

    public function test_a_newer_code_takes_the_place_of_an_older_one(): void
    {
        $person = $this->person();
        $old = $this->code($person);
        $new = $this->code($person);
        if ($old !== $new) {
            self::refused(400, 'sallyport_reset_refused', $this->reset($person, ['otp' => $old]));
        }
        $this->resetTo($person, ['otp' => $new]);
    }

    public function test_five_wrong_tries_end_a_code_and_a_new_one_is_checked(): void
    {
        $person = $this->person();
        $code = $this->code($person);
        $this->wrong($person, $code, 5);
        self::refused(400, 'sallyport_reset_refused', $this->reset($person, ['otp' => $code]));
        $this->wrong($person, $code, 3);
        $this->resetTo($person, ['otp' => $this->code($person)]);
    }

    public function test_the_fifth_try_may_be_right(): void
    {
        $person = $this->person();
        $code = $this->code($person);
        $this->wrong($person, $code, 4);
        $this->resetTo($person, ['otp' => $code]);
        $this->wrong($person, $code = $this->code($person), 4);
        $this->resetTo($person, ['otp' => $code], 'another new one');
    }

    public function test_a_new_code_does_not_begin_the_count_anew(): void
    {
        $person = $this->person();
        $this->wrong($person, $this->code($person), 5);
        $this->wrong($person, $this->code($person), 5);
        $code = $this->code($person);
        self::refused(400, 'sallyport_reset_refused', $this->reset($person, ['otp' => $code]));
        self::moveClock($person, 900);
        $this->resetTo($person, ['otp' => $code]);
    }

    public function test_a_hundred_wrong_ones_end_codes_until_a_link_was_used(): void
    {
        $person = $this->person();
        $code = $this->code($person);
        $this->wrong($person, $code, 1);
        self::setFailures($person, 99);
        $code = $this->code($person);
        $this->wrong($person, $code, 1);
        self::moveClock($person, 900);
        self::refused(400, 'sallyport_reset_refused', $this->reset($person, ['otp' => $code]));
        self::forgetMailLimits($person);
        static::site()->forgetMails();
        // A stranger may have used up the tries: a user who asks for a code still gets a mail.
        $this->forgot($person->login, 'otp');
        $detail = json_decode(self::activity($person->id, 'reset_requested')[0]['detail'], true);
        self::assertSame(['delivery' => 'link'], $detail);
        $this->resetTo($person, ['token' => self::link($person->email)[2]]);
        $this->resetTo($person, ['otp' => $this->code($person)], 'another new one');
    }

    public function test_guesses_without_a_code_lock_nobody_out(): void
    {
        $person = $this->person();
        $this->wrong($person, '12345678', 12);
        self::assertNull(static::site()->php('global $wpdb; return $wpdb->get_var($wpdb->prepare("SELECT failures FROM {$wpdb->base_prefix}sallyport_throttle WHERE name = %s", hash("sha256", "reset-code:$argv[1]")));', [(string) $person->id]));
        $this->resetTo($person, ['otp' => $this->code($person)]);
    }

    public function test_tokens_sessions_and_challenges_end_and_the_factor_stays(): void
    {
        foreach (['token' => $this->key(...), 'otp' => $this->code(...)] as $field => $mailed) {
            $person = $this->enrolled();
            $browser = $this->signedIn($person);
            $nonce = $browser->nonce();
            $challenge = $this->challenge($person);
            $refresh = $this->logIn($person, ['code' => array_pop($person->codes)])->json['refresh_token'];
            $answer = $this->reset($person, [$field => $mailed($person)]);
            self::assertSame(['message' => 'Password updated successfully.'], $answer->json);
            self::assertArrayNotHasKey('set-cookie', $answer->headers);
            $person->password = self::NEW;
            self::refusedCredential('sallyport_token_stale', $this->get('/wp-json/wp/v2/users/me', $person->token));
            self::assertSame(401, $this->post('/token/refresh', ['refresh_token' => $refresh])->status);
            self::assertSame(403, $browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => $nonce])->status);
            self::assertSame([], static::site()->php('return WP_Session_Tokens::get_instance((int) $argv[1])->get_all();', [(string) $person->id]));
            self::refused(401, 'sallyport_challenge_gone', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code(1)]));
            self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
            self::assertSame(200, $this->logIn($person, ['code' => array_pop($person->codes)])->status);
        }
    }

    /** @dataProvider passwords */
    public function test_a_password_is_right_afterwards_as_it_was_typed(string $password): void
    {
        $person = $this->person();
        $this->resetTo($person, ['otp' => $this->code($person)], $password);
        $this->assertRight($person);
    }

    /** @return array<string, array{string}> */
    public static function passwords(): array
    {
        return RegistrationTest::passwords();
    }

    public function test_core_tells_the_administrator_and_nobody_twice(): void
    {
        $person = $this->person();
        $code = $this->code($person);
        static::site()->forgetMails();
        $this->resetTo($person, ['otp' => $code]);
        self::assertCount(1, self::mailsTo('admin@example.test'));
        self::assertCount(1, static::site()->mails());
    }

    public function test_tries_of_one_client_are_limited(): void
    {
        $person = $this->person();
        $key = $this->key($person);
        static::site()->php('(new Sallyport\WP\Store\ThrottleRows((new Sallyport\WP\Plugin())->database()))->take("password_reset-address:127.0.0.1", 1, 10 * 90, time());');
        self::refused(429, 'sallyport_throttled', $this->reset($person, ['token' => $key]));
        self::refused(429, 'sallyport_throttled', $this->reset(new Person(static::site(), 0, 'nobody', '', ''), ['token' => 'x']));
    }

    private function wrong(Person $person, string $code, int $times): void
    {
        for ($i = 1; $i <= $times; $i++) {
            self::refused(400, 'sallyport_reset_refused', $this->reset($person, ['otp' => sprintf('%08d', ((int) $code + $i) % 100_000_000)]));
        }
    }

    /** Set-up: so many seconds have passed since the count of wrong codes was locked. */
    private static function moveClock(Person $person, int $seconds): void
    {
        static::site()->php('global $wpdb; $wpdb->query($wpdb->prepare("UPDATE {$wpdb->base_prefix}sallyport_throttle SET until = until - %d WHERE name = %s", $argv[2], hash("sha256", "reset-code:$argv[1]")));', [(string) $person->id, (string) $seconds]);
    }

    private static function setFailures(Person $person, int $failures): void
    {
        static::site()->php('global $wpdb; $wpdb->query($wpdb->prepare("UPDATE {$wpdb->base_prefix}sallyport_throttle SET failures = %d WHERE name = %s", $argv[2], hash("sha256", "reset-code:$argv[1]")));', [(string) $person->id, (string) $failures]);
    }

    private static function forgetMailLimits(Person $person): void
    {
        static::site()->php('global $wpdb; $wpdb->query($wpdb->prepare("DELETE FROM {$wpdb->base_prefix}sallyport_throttle WHERE name IN (%s, %s)", hash("sha256", "link-mail-to:$argv[1]"), hash("sha256", "otp-mail-to:$argv[1]")));', [$person->email]);
    }
}
