<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/** Guessing passwords is slowed by user and by address; only failures count. */
final class ThrottleTest extends HttpTestCase
{
    public static function setUpBeforeClass(): void
    {
        self::forgetFailures();
    }

    public static function tearDownAfterClass(): void
    {
        self::forgetFailures();
    }

    public function test_from_the_tenth_wrong_password_known_and_unknown_users_wait(): void
    {
        $person = $this->person();
        foreach ([$person->login, 'nobody' . bin2hex(random_bytes(4))] as $name) {
            self::assertGreaterThanOrEqual(9, $this->guess($name));
            $data = self::refused(429, 'sallyport_throttled', $this->post('/token', ['username' => $name, 'password' => $person->password]));
            self::assertSame(['status', 'retry_after'], array_keys($data));
        }
    }

    public function test_o4_the_wait_is_told_and_short(): void
    {
        $person = $this->person();
        $this->guess($person->login);
        $answer = $this->logIn($person);
        $data = self::refused(429, 'sallyport_throttled', $answer);
        self::assertSame((string) $data['retry_after'], $answer->header('retry-after'));
        self::assertGreaterThan(0, $data['retry_after']);
        self::assertLessThanOrEqual(60, $data['retry_after']);
    }

    public function test_the_right_password_of_another_is_not_affected(): void
    {
        $person = $this->person();
        $this->guess($person->login);
        self::assertSame(200, $this->logIn($this->person())->status);
    }

    public function test_after_the_wait_the_right_password_gets_in_and_clears_the_count(): void
    {
        $person = $this->person();
        $this->guess($person->login);
        self::later(self::refused(429, 'sallyport_throttled', $this->logIn($person))['retry_after']);
        self::assertSame(200, $this->logIn($person)->status);
        for ($i = 0; $i < 9; $i++) {
            self::refused(401, 'sallyport_invalid_credentials', $this->post('/token', ['username' => $person->login, 'password' => 'a guess']));
        }
        self::assertSame(200, $this->logIn($person)->status);
    }

    public function test_all_spellings_of_a_login_share_a_count_and_the_wait_does_not_reveal_addresses(): void
    {
        $person = $this->person();
        $this->guess($person->login);
        self::refused(429, 'sallyport_throttled', $this->post('/token', ['username' => strtoupper($person->login), 'password' => $person->password]));
        self::assertSame(200, $this->post('/token', ['username' => $person->email, 'password' => $person->password])->status);
    }

    /** MySQL finds a user by a name that only looks alike; a wait would reveal that it found one. */
    public function test_a_name_that_only_looks_alike_is_nobodys(): void
    {
        $person = $this->person();
        $alike = 'ｕ' . substr($person->login, 1);
        self::assertSame('u', $person->login[0]);
        static::site()->php('global $wpdb; $wpdb->replace("{$wpdb->base_prefix}sallyport_throttle", ["name" => hash("sha256", "password-user:$argv[1]"), "failures" => 30, "until" => time() + 60]);', [(string) $person->id]);
        try {
            self::refused(429, 'sallyport_throttled', $this->logIn($person));
            foreach (['wrong', $person->password] as $password) {
                self::refused(401, 'sallyport_invalid_credentials', $this->post('/token', ['username' => $alike, 'password' => $password]));
            }
        } finally {
            self::forgetFailures();
        }
    }

    /** Core tries the password on the user with that login, and then on the user with that address. */
    public function test_a_login_name_that_is_another_users_address_allows_no_faster_guessing(): void
    {
        $person = $this->person();
        $own = ['username' => $person->email, 'password' => 'their own'];
        static::site()->php('wp_insert_user(["user_login" => $argv[1], "user_email" => uniqid() . "@example.test", "user_pass" => "their own"]);', [$person->email]);
        $device = $this->post('/token', $own + ['device_name' => 'theirs'])->json['device'];
        for ($i = 0; $i < 16; $i++) {
            $answer = $this->post('/token', ['username' => $person->email, 'password' => "guess $i", 'device' => $device]);
            if ($answer->status === 429) {
                break;
            }
            self::refused(401, 'sallyport_invalid_credentials', $answer);
            $this->post('/token', $own + ($i % 2 ? ['device' => $device] : []));
        }
        self::refused(429, 'sallyport_throttled', $answer);
        self::assertGreaterThanOrEqual(9, $i);
    }

    public function test_a_stolen_token_does_not_guess_the_password_faster(): void
    {
        $person = $this->person();
        $this->signIn($person);
        for ($i = 0; $i < 14; $i++) {
            $answer = $this->post('/two-factor/enable', ['password' => "guess $i"], $person->token);
            if ($answer->status === 429) {
                break;
            }
            self::refused(400, 'INVALID_PASSWORD', $answer);
        }
        self::refused(429, 'sallyport_throttled', $answer);
        self::assertGreaterThanOrEqual(9, $i);
    }

    public function test_an_address_that_failed_a_hundred_times_waits(): void
    {
        $person = $this->person();
        self::forgetFailures();
        // As after 99 failures at once: a token of the bucket takes three seconds to refill.
        static::site()->php('global $wpdb; $wpdb->query($wpdb->prepare("INSERT INTO {$wpdb->base_prefix}sallyport_throttle (name, failures, until) VALUES (%s, 99, %d)", hash("sha256", "password-address:127.0.0.1"), time() + 99 * 3));');
        try {
            self::assertSame(200, $this->logIn($person)->status, 'not yet');
            // At once: sent one after the other, they might be as slow as the refill.
            $guesses = array_map(
                static fn (): array => [
                    'POST',
                    self::API . '/token',
                    'json' => ['username' => 'nobody' . bin2hex(random_bytes(4)), 'password' => 'a guess'],
                ],
                range(1, 30),
            );
            $answers = array_filter(static::site()->concurrently($guesses), static fn (Response $answer): bool => $answer->status === 429);
            self::refused(429, 'sallyport_throttled', current($answers));
            // Otherwise the bucket soon contains a token again.
            self::sql('UPDATE {throttle} SET until = until + 30 WHERE name = %s', hash('sha256', 'password-address:127.0.0.1'));
            $answer = $this->logIn($person);
            $data = self::refused(429, 'sallyport_throttled', $answer);
            self::assertLessThanOrEqual(60, $data['retry_after']);
            $answer = static::site()->request(
                'POST',
                self::API . '/token',
                json: ['username' => $person->login, 'password' => $person->password],
                headers: ['x-forwarded-for' => '203.0.113.7', 'x-real-ip' => '203.0.113.7', 'forwarded' => 'for=203.0.113.7'],
            );
            self::refused(429, 'sallyport_throttled', $answer);
        } finally {
            self::forgetFailures();
        }
    }

    /** A row for each refusal, and a webhook for each row, would cost a site more than the refusals save. */
    public function test_further_tries_are_refused_each_time_and_logged_once_a_minute(): void
    {
        self::forgetFailures();
        static::site()->php('global $wpdb; $wpdb->query($wpdb->prepare("INSERT INTO {$wpdb->base_prefix}sallyport_throttle (name, failures, until) VALUES (%s, 100, %d)", hash("sha256", "password-address:127.0.0.1"), time() + 600));');
        try {
            $before = count(self::activity(0, 'password_throttled'));
            for ($i = 0; $i < 4; $i++) {
                self::refused(429, 'sallyport_throttled', $this->post('/token', ['username' => "nobody$i", 'password' => 'a guess']));
            }
            self::assertCount($before + 1, self::activity(0, 'password_throttled'));
            static::site()->php('global $wpdb; $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_throttle SET until = " . time() . " WHERE failures = 1");');
            self::refused(429, 'sallyport_throttled', $this->post('/token', ['username' => 'nobody', 'password' => 'a guess']));
            self::assertCount($before + 2, self::activity(0, 'password_throttled'));
        } finally {
            self::forgetFailures();
        }
    }

    public function test_right_passwords_use_up_no_budget(): void
    {
        $person = $this->enrolled();
        self::forgetFailures();
        for ($i = 0; $i < 12; $i++) {
            self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        }
        self::assertSame('0', static::site()->php('global $wpdb; return $wpdb->get_var("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_throttle WHERE failures > 0 OR until > " . time());'));
    }

    /** Set-up: as if the waits of users had begun so many seconds earlier. */
    private static function later(int $seconds): void
    {
        static::site()->php('global $wpdb; $wpdb->query($wpdb->prepare("UPDATE {$wpdb->base_prefix}sallyport_throttle SET until = until - %d WHERE failures >= 10 AND name <> %s", $argv[1], hash("sha256", "password-address:127.0.0.1")));', [(string) $seconds]);
    }

    /** Guesses until there is a wait; returns how many failed before. */
    private function guess(string $name): int
    {
        for ($failed = 0; $failed < 16; $failed++) {
            $answer = $this->post('/token', ['username' => $name, 'password' => "guess $failed"]);
            if ($answer->status === 429) {
                self::later(-20); // A wait of a second ends soon.
                return $failed;
            }
            self::refused(401, 'sallyport_invalid_credentials', $answer);
        }
        self::fail("$failed wrong passwords and no wait");
    }
}
