<?php

declare(strict_types=1);

use Sallyport\WP\Accounts\ResetCodes;
use Sallyport\WP\Plugin;
use Sallyport\WP\Store\ResetCodeRows;
use Sallyport\WP\Store\ThrottleRows;

/** Mailed codes for a new password, one request in the middle of another. */
final class ResetCodesTest extends WPTestCase
{
    public function test_a_right_code_that_comes_late_is_no_guess(): void
    {
        $plugin = new Plugin();
        $throttle = new ThrottleRows($plugin->database());
        $codes = new ResetCodes(new ResetCodeRows($plugin->database()), $throttle, $plugin->engine());
        $user = $this->user();
        $now = time();
        $code = $codes->issue($user, $now);
        $first = null;
        // The other request has found the code before this one spends it, but counts its attempt only after the count was reset.
        $between = static function (string $query) use (&$first, $codes, $user, $code, $now): string {
            if ($first === null && str_contains($query, 'sallyport_throttle')) {
                $first = false;
                $first = $codes->spend($user, $user->user_login, $code, $now);
                $codes->clear($user->ID);
            }
            return $query;
        };
        add_filter('query', $between);
        $late = $codes->spend($user, $user->user_login, $code, $now);
        remove_filter('query', $between);
        self::assertSame([true, false], [$first, $late]);
        self::assertSame(0, $throttle->read("reset-code:$user->ID")['failures']);
    }
}
