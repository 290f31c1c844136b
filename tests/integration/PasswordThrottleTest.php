<?php

declare(strict_types=1);

use Sallyport\WP\Gate\PasswordThrottle;
use Sallyport\WP\Plugin;
use Sallyport\WP\Refusal;

/** Guesses are counted of the user they are made at, however the name is spelt. */
final class PasswordThrottleTest extends WPTestCase
{
    public function test_every_spelling_that_core_takes_for_one_name_is_one_name(): void
    {
        $user = $this->user();
        $spellings = ["$user->user_login", strtoupper($user->user_login), " $user->user_login ", "<i>$user->user_login", "%20$user->user_login", $user->user_email,
            "\u{fa}" . substr($user->user_email, 1), "%00$user->user_email", strtoupper($user->user_email), "$user->user_email&amp;"];
        foreach ($spellings as $name) {
            self::assertSame('sallyport_invalid_credentials', $this->guess($name), $name);
        }
        foreach ($spellings as $name) {
            self::assertSame('sallyport_throttled', $this->guess($name), $name);
        }
    }

    public function test_a_name_that_core_would_strip_further_is_nobodys(): void
    {
        $user = $this->user();
        $answer = $this->rest('POST', '/sallyport/v1/token', ['username' => "%2%200$user->user_login", 'password' => 'pw']);
        self::assertSame('sallyport_invalid_credentials', $answer->get_data()['code']);
        self::assertSame(200, $this->rest('POST', '/sallyport/v1/token', ['username' => "%20$user->user_login", 'password' => 'pw'])->get_status());
    }

    public function test_a_log_in_that_looks_like_anothers_address_is_its_own_users(): void
    {
        $other = $this->user();
        $id = wp_insert_user(['user_login' => $other->user_email, 'user_email' => 'elsewhere@example.test', 'user_pass' => 'pw']);
        self::assertIsInt($id);
        $throttle = (new Plugin())->password_throttle();
        for ($i = 0; $i < 10; $i++) {
            $throttle->failed($other->user_email, 1000);
        }
        self::assertTrue($this->waits($throttle, 'elsewhere@example.test'));
        self::assertFalse($this->waits($throttle, $other->user_login));
    }

    public function test_an_unknown_name_that_is_a_number_is_no_users(): void
    {
        $user = $this->user();
        $throttle = (new Plugin())->password_throttle();
        for ($i = 0; $i < 10; $i++) {
            $throttle->failed((string) $user->ID, 1000);
        }
        self::assertTrue($this->waits($throttle, (string) $user->ID));
        self::assertFalse($this->waits($throttle, $user->user_login));
    }

    private function guess(string $name): string
    {
        return $this->rest('POST', '/sallyport/v1/token', ['username' => $name, 'password' => 'not theirs'])->get_data()['code'];
    }

    private function waits(PasswordThrottle $throttle, string $name): bool
    {
        try {
            $throttle->require_open($name, 1000);
            return false;
        } catch (Refusal) {
            return true;
        }
    }
}
