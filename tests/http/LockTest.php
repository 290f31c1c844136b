<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';

/** Ten wrong codes in a row lock the second step. This needs a right password, and only a right code resets the count. */
final class LockTest extends HttpTestCase
{
    public function test_ten_wrong_codes_across_challenges_lock_and_no_code_is_evaluated(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        $this->lock($person);
        self::refused(423, 'sallyport_locked', $this->logIn($person)); // a right password is told of the lock, and opens nothing
        foreach ([$person->app->code(), $person->app->wrong(), $person->codes[0]] as $code) {
            foreach ([$this->logIn($person, ['code' => $code]), $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code])] as $answer) {
                $data = self::refused(423, 'sallyport_locked', $answer);
                self::assertEqualsWithDelta(900, $data['retry_after'], 60);
                self::assertSame((string) $data['retry_after'], $answer->header('retry-after'));
            }
        }
        $this->waitOver($person);
        self::assertSame(
            200,
            $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code()])->status,
            'neither the code nor the challenge was spent',
        );
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0]])->status);
    }

    public function test_the_lock_applies_at_every_door(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        $this->lock($person);
        $code = $person->app->code();
        $login = ['username' => $person->login, 'password' => $person->password];
        foreach (['/two-factor/verify-totp', '/two-factor/verify-backup-code'] as $route) {
            foreach ([$this->post($route, ['code' => $person->codes[0]], $person->token), $this->post($route, ['code' => $code, 'challenge' => $challenge])] as $answer) {
                $data = self::refused(429, 'ACCOUNT_TEMPORARILY_LOCKED', $answer);
                self::assertSame((string) $data['retry_after'], $answer->header('retry-after'));
            }
        }
        $answer = static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: $login + ['sallyport_code' => $code]);
        self::refused(423, 'sallyport_locked', $answer);
        $page = $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $code] + Browser::fields($page));
        self::assertStringContainsString('locked', $page->body);
        $page = $browser->logIn($person);
        self::assertStringContainsString('locked', $page->body);
        self::assertFalse($browser->isSignedIn());
    }

    public function test_wrong_codes_at_different_doors_are_one_count(): void
    {
        $person = $this->enrolled();
        $wrong = $person->app->wrong();
        $login = ['username' => $person->login, 'password' => $person->password];
        for ($i = 0; $i < 2; $i++) {
            $this->logIn($person, ['code' => $wrong]);
            $this->post('/two-factor/verify-totp', ['code' => $wrong], $person->token);
            $this->post('/two-factor/verify-backup-code', ['code' => 'AAAAA-AAAAA-AAAAA'], $person->token);
            static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: $login + ['sallyport_code' => $wrong]);
            $browser = new Browser(static::site());
            $page = $browser->logIn($person);
            $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $wrong] + Browser::fields($page));
        }
        self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $person->app->code()]));
    }

    public function test_without_the_password_the_lock_is_not_revealed(): void
    {
        $person = $this->enrolled();
        $this->lock($person);
        $answer = $this->post('/token', ['username' => $person->login, 'password' => 'not theirs', 'code' => $person->app->code()]);
        self::refused(401, 'sallyport_invalid_credentials', $answer);
    }

    public function test_nobody_can_lock_another_users_account(): void
    {
        $person = $this->enrolled();
        for ($i = 0; $i < 11; $i++) {
            $this->post('/token', ['username' => $person->login, 'password' => 'not theirs', 'code' => $person->app->wrong()]);
            $this->post('/challenge/verify', ['challenge' => 'spc1_' . str_repeat('A', 43), 'code' => $person->app->wrong()]);
        }
        self::forgetFailuresOfPasswords($person);
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status);
    }

    public function test_a_password_reset_does_not_clear_it(): void
    {
        $person = $this->enrolled();
        $this->lock($person);
        static::site()->php('reset_password(get_userdata((int) $argv[1]), $argv[2]);', [(string) $person->id, 'a new password of theirs']);
        $person->password = 'a new password of theirs';
        self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $person->app->code()]));
    }

    public function test_n5_a_new_challenge_does_not_clear_it_and_a_right_code_does(): void
    {
        $person = $this->enrolled();
        for ($round = 0; $round < 2; $round++) {
            for ($i = 0; $i < 9; $i++) {
                self::refused(401, 'sallyport_invalid_code', $this->post('/challenge/verify', ['challenge' => $this->challenge($person), 'code' => $person->app->wrong()]));
            }
            self::assertSame(200, $this->logIn($person, ['code' => $person->codes[$round]])->status, 'nine are not ten');
        }
    }

    public function test_a_spent_code_is_no_guess(): void
    {
        $person = $this->enrolled();
        $code = $person->app->code();
        self::assertSame(200, $this->logIn($person, ['code' => $code])->status);
        for ($i = 0; $i < 11; $i++) {
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
        }
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0]])->status);
    }

    public function test_parallel_guesses_do_not_outrun_the_count(): void
    {
        $person = $this->enrolled();
        $body = ['username' => $person->login, 'password' => $person->password, 'code' => $person->app->wrong()];
        $answers = static::site()->concurrently(array_fill(0, 24, ['POST', self::API . '/token', 'json' => $body]));
        $codes = array_count_values(array_map(static fn ($answer): string => $answer->json['code'], $answers));
        self::assertEquals(['sallyport_invalid_code' => 10, 'sallyport_locked' => 14], $codes);
    }

    public function test_after_a_hundred_it_stays_shut(): void
    {
        $person = $this->enrolled();
        static::site()->php('global $wpdb; $wpdb->update("{$wpdb->base_prefix}sallyport_throttle", ["failures" => 99], ["name" => hash("sha256", "second-step:$argv[1]")]);', [(string) $person->id]);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        $this->waitOver($person);
        self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $person->app->code()]));
    }

    public function test_enrolling_cannot_be_guessed_through_either(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $app = $this->begin($person);
        for ($i = 0; $i < 10; $i++) {
            self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-totp', ['code' => $app->wrong()], $person->token));
        }
        self::refused(429, 'ACCOUNT_TEMPORARILY_LOCKED', $this->post('/two-factor/verify-totp', ['code' => $app->code()], $person->token));
    }

    private function lock(Person $person): void
    {
        for ($i = 0; $i < 10; $i++) {
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        }
        self::assertNotSame(200, $this->logIn($person, ['code' => $person->app->wrong()])->status);
        self::assertNotSame([], static::activity($person->id, 'second_step_locked'));
    }

    /** Set-up: the quarter of an hour has passed. */
    private function waitOver(Person $person): void
    {
        static::site()->php('global $wpdb; $wpdb->query($wpdb->prepare("UPDATE {$wpdb->base_prefix}sallyport_throttle SET until = 1 WHERE name = %s", hash("sha256", "second-step:$argv[1]")));', [(string) $person->id]);
    }

    private static function forgetFailuresOfPasswords(Person $person): void
    {
        static::site()->php('global $wpdb; foreach (["password-user:$argv[1]", "password-address:127.0.0.1"] as $name) { $wpdb->delete("{$wpdb->base_prefix}sallyport_throttle", ["name" => hash("sha256", $name)]); }', [(string) $person->id]);
    }
}
