<?php

declare(strict_types=1);

use Sallyport\WP\Challenge\Proof;

/** A reset, or a sign-out everywhere, while an application password is created: it is not trusted. */
final class AppPasswordCrossedTest extends WPTestCase
{
    /** @return iterable<string, array{string}> */
    public static function ends(): iterable
    {
        yield 'reset' => ['reset'];
        yield 'revoke' => ['revoke'];
    }

    /** @dataProvider ends */
    public function test_an_application_password_marked_after_the_end_is_not_trusted(string $end): void
    {
        $user = $this->proven();
        $this->crossing('/_sallyport_app_password/', fn () => $this->$end($user));
        $this->made($user);
        self::assertSame([], get_user_meta($user->ID, '_sallyport_app_password'));
    }

    /** @dataProvider ends */
    public function test_an_application_password_marked_before_the_new_epoch_is_not_trusted(string $end): void
    {
        $user = $this->proven();
        $this->crossing('/_sallyport_state/', fn () => $this->made($user));
        $this->$end($user);
        self::assertSame([], get_user_meta($user->ID, '_sallyport_app_password'));
    }

    /** Runs something before the first statement that writes this. */
    private function crossing(string $what, callable $does): void
    {
        $between = static function (string $query) use ($what, $does, &$between): string {
            if (preg_match('/^\s*(INSERT|UPDATE)\b/i', $query) === 1 && preg_match($what, $query) === 1) {
                remove_filter('query', $between);
                $does();
            }
            return $query;
        };
        add_filter('query', $between);
    }

    private function proven(): WP_User
    {
        $user = $this->user();
        $epoch = self::plugin()->state()->raise($user->ID, true, time());
        self::plugin()->acceptance()->admit(Proof::verified($user->ID, 'sallyport', ['mfa', 'otp', 'pwd'], time(), $epoch));
        return $user;
    }

    private function made(WP_User $user): void
    {
        self::assertIsArray(WP_Application_Passwords::create_new_application_password($user->ID, ['name' => 'an app']));
    }

    private function reset(WP_User $user): void
    {
        (fn () => $this->rescue())->call(self::plugin())->reset($user->ID, '', 'test', time());
    }

    private function revoke(WP_User $user): void
    {
        (fn () => $this->rescue())->call(self::plugin())->revoke($user->ID, '', 'test', time());
    }
}
