<?php

declare(strict_types=1);

use Sallyport\Tests\Totp;
use Sallyport\WP\Refusal;

require_once __DIR__ . '/../support/Totp.php';

/** A reset that crosses an activation: a mark without a factor would turn the user away for good. */
final class ActivationCrossedTest extends WPTestCase
{
    public function test_a_factor_that_is_gone_before_its_mark_is_made_leaves_no_mark(): void
    {
        $plugin = self::plugin();
        $enrolment = (fn () => $this->enrolment())->call($plugin);
        $user = $this->user();
        $app = new Totp((fn () => $this->authenticators())->call($plugin)->begin($user, null, time())['totpURI']);
        $reset = static function (string $query) use ($user, &$reset): string {
            global $wpdb;
            if (preg_match('/^\s*(INSERT|UPDATE)\b.*_sallyport_state/is', $query) === 1) {
                remove_filter('query', $reset);
                $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_factors WHERE user_id = $user->ID");
            }
            return $query;
        };
        add_filter('query', $reset);
        try {
            $enrolment->activate('totp', $user->ID, $app->code(), 'sallyport', time());
            self::fail('it was activated');
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_invalid_code', $refusal->getMessage());
        }
        self::assertFalse(has_filter('query', $reset), 'the reset came between');
        self::assertFalse($plugin->state()->is_enrolled($user->ID));
    }
}
