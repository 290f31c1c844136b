<?php

declare(strict_types=1);

use Sallyport\WP\Gate\PasswordThrottle;
use Sallyport\WP\Plugin;
use Sallyport\WP\Refusal;

/** Guesses are counted for the user at whom they are aimed, however the name is spelt. */
final class PasswordThrottleTest extends WPTestCase
{
    private const NOW = 1_800_000_000;

    /** Otherwise a wait would reveal who has an account, and whose address it is. */
    public function test_a_wait_reveals_nothing_about_other_spellings_or_the_address(): void
    {
        $user = $this->user();
        foreach ([$user->user_login, 'nobody01'] as $name) {
            $this->fail10((new Plugin())->password_throttle(), $name);
            $others = array_map(static fn (string $first): string => $first . substr($name, 1), ["\u{ff55}", "\u{24e4}", "\u{ff4e}", "\u{24dd}"]);
            foreach ([...$others, $user->user_email, 'nobody01@example.test'] as $other) {
                self::assertFalse($this->waits((new Plugin())->password_throttle(), $other), "$name and $other");
            }
        }
    }

    public function test_a_spelling_that_only_the_database_takes_for_the_name_is_nobodys(): void
    {
        $user = $this->user();
        $other = "\u{ff55}" . substr($user->user_login, 1);
        self::assertSame('u', $user->user_login[0]);
        $answer = (new Plugin())->password_throttle()->attempt($other, null, self::NOW, static fn (): string => 'right');
        self::assertSame(get_user_by('login', $other) === false ? 'right' : false, $answer, 'core checks no password if it finds no user');
    }

    public function test_every_spelling_that_is_one_name_when_cleaned_up_is_one_name(): void
    {
        global $wpdb;
        $user = $this->user();
        $names = [
            ["$user->user_login", strtoupper($user->user_login), " $user->user_login ", "<i>$user->user_login", "%20$user->user_login"],
            [$user->user_email, "\u{fa}" . substr($user->user_email, 1), "%00$user->user_email", strtoupper($user->user_email), "$user->user_email&amp;"],
        ];
        foreach ($names as $spellings) {
            foreach ([...$spellings, ...$spellings] as $name) {
                self::assertSame('sallyport_invalid_credentials', $this->guess($name), $name);
            }
            // A second passes soon.
            self::assertSame(1, $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_throttle SET until = until + 60 WHERE failures = 10 AND until < " . (time() + 5)));
            foreach ($spellings as $name) {
                self::assertSame('sallyport_throttled', $this->guess($name), $name);
            }
            $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_throttle");
        }
    }

    public function test_a_name_that_core_would_strip_further_is_nobodys(): void
    {
        $user = $this->user();
        $answer = $this->rest('POST', '/sallyport/v1/token', ['username' => "%2%200$user->user_login", 'password' => 'pw']);
        self::assertSame('sallyport_invalid_credentials', $answer->get_data()['code']);
        self::assertSame(200, $this->rest('POST', '/sallyport/v1/token', ['username' => "%20$user->user_login", 'password' => 'pw'])->get_status());
    }

    /** Core tries the password on both users. */
    public function test_a_login_that_is_another_users_address_counts_for_both(): void
    {
        global $wpdb;
        $other = $this->user();
        $id = wp_insert_user(['user_login' => $other->user_email, 'user_email' => 'elsewhere@example.test', 'user_pass' => 'pw']);
        self::assertIsInt($id);
        $throttle = (new Plugin())->password_throttle();
        $this->fail10($throttle, $other->user_email);
        self::assertSame('right', $throttle->attempt($other->user_email, null, self::NOW + 60, static fn (): string => 'right'));
        $wpdb->update($wpdb->users, ['user_login' => 'elsewhere'], ['ID' => $id]);
        clean_user_cache($id);
        self::assertSame(
            [0, 2],
            array_map(
                fn (int $second): int => $this->waitOf($throttle, $other->user_email, self::NOW + $second, static fn (): bool => false),
                [60, 60],
            ),
            'the right password reset no count of the other user',
        );
    }

    public function test_an_unknown_numeric_name_belongs_to_no_user(): void
    {
        $user = $this->user();
        $throttle = (new Plugin())->password_throttle();
        $this->fail10($throttle, (string) $user->ID);
        self::assertTrue($this->waits($throttle, (string) $user->ID));
        self::assertFalse($this->waits($throttle, $user->user_login));
    }

    public function test_the_wait_grows_to_a_minute_and_never_longer(): void
    {
        $throttle = (new Plugin())->password_throttle();
        $wrong = static fn (): bool => false;
        $this->fail10($throttle, 'nobody');
        $now = self::NOW;
        foreach ([1, 2, 4, 8, 16, 32, 60, 60, 60] as $wait) {
            self::assertSame($wait, $this->waitOf($throttle, 'nobody', $now, $wrong));
            self::assertSame(1, $this->waitOf($throttle, 'nobody', $now + $wait - 1, $wrong), 'to the second');
            $now += $wait;
            self::assertSame(0, $this->waitOf($throttle, 'nobody', $now, $wrong));
        }
    }

    public function test_a_right_password_resets_the_count_and_an_undecided_one_does_not_count(): void
    {
        $throttle = (new Plugin())->password_throttle();
        for ($round = 0; $round < 3; $round++) {
            for ($i = 0; $i < 9; $i++) {
                self::assertFalse($throttle->attempt('nobody', null, self::NOW, static fn (): bool => false));
            }
            for ($i = 0; $i < 3; $i++) {
                self::assertSame(0, $this->waitOf($throttle, 'nobody', self::NOW, static fn (): never => throw new LogicException('neither')));
            }
            self::assertSame('right', $throttle->attempt('nobody', null, self::NOW, static fn (): string => 'right'));
        }
    }

    public function test_an_address_has_a_hundred_failures_and_twenty_a_minute(): void
    {
        $throttle = (new Plugin())->password_throttle();
        $wrong = static fn (): bool => false;
        for ($i = 0; $i < 100; $i++) {
            self::assertSame(0, $this->waitOf($throttle, "nobody$i", self::NOW, $wrong), "failure $i");
            self::assertTrue($i >= 99 || $throttle->attempt("somebody$i", null, self::NOW, static fn (): bool => true));
        }
        self::assertSame(3, $this->waitOf($throttle, 'x', self::NOW, $wrong));
        self::assertSame(1, $this->waitOf($throttle, 'x', self::NOW + 2, $wrong));
        $let = 0;
        for ($second = 1; $second <= 60; $second++) {
            $let += $this->waitOf($throttle, "y$second", self::NOW + $second, $wrong) === 0 ? 1 : 0;
        }
        self::assertSame(20, $let);
        $_SERVER['REMOTE_ADDR'] = '192.0.2.1';
        self::assertSame(0, $this->waitOf($throttle, 'x', self::NOW + 60, $wrong), 'another address');
    }

    public function test_a_refusal_due_to_the_users_wait_uses_no_address_budget(): void
    {
        global $wpdb;
        $throttle = (new Plugin())->password_throttle();
        $this->fail10($throttle, 'nobody');
        for ($i = 0; $i < 20; $i++) {
            self::assertTrue($this->waits($throttle, 'nobody'));
        }
        self::assertSame(
            (string) (self::NOW + 30),
            $wpdb->get_var(
                $wpdb->prepare("SELECT until FROM {$wpdb->base_prefix}sallyport_throttle WHERE name = %s", hash('sha256', 'password-address:127.0.0.1')),
            ),
        );
    }

    private function guess(string $name): string
    {
        return $this->rest('POST', '/sallyport/v1/token', ['username' => $name, 'password' => 'not theirs'])->get_data()['code'];
    }

    private function fail10(PasswordThrottle $throttle, string $name): void
    {
        for ($i = 0; $i < 10; $i++) {
            self::assertFalse($throttle->attempt($name, null, self::NOW, static fn (): bool => false));
        }
    }

    private function waits(PasswordThrottle $throttle, string $name): bool
    {
        return $this->waitOf($throttle, $name, self::NOW, static fn (): never => throw new LogicException('it was looked at')) > 0;
    }

    /** How long an attempt has to wait; 0 if it was made. */
    private function waitOf(PasswordThrottle $throttle, string $name, int $now, callable $check): int
    {
        try {
            $throttle->attempt($name, null, $now, $check);
        } catch (LogicException) {
            return 0;
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_throttled', $refusal->reason->value);
            return $refusal->data['retry_after'];
        }
        return 0;
    }
}
