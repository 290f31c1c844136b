<?php

declare(strict_types=1);

use Sallyport\Tests\Totp;
use Sallyport\WP\Refusal;

require_once __DIR__ . '/../support/Totp.php';

/** A reset during an activation: a mark without a factor would refuse the user forever. */
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
        self::assertFalse(has_filter('query', $reset), 'the reset happened in between');
        self::assertFalse($plugin->state()->is_enrolled($user->ID));
    }

    /** Otherwise, whoever knew the old password would have a factor and a sign-in under the new one. */
    public function test_a_factor_whose_sign_in_a_new_password_has_ended_is_not_activated(): void
    {
        global $wpdb;
        $plugin = self::plugin();
        $user = $this->user();
        $app = new Totp((fn () => $this->authenticators())->call($plugin)->begin($user, null, time())['totpURI']);
        get_userdata($user->ID); // As a request has read it that was let in.
        $wpdb->update($wpdb->users, ['user_pass' => 'of another process'], ['ID' => $user->ID]);
        try {
            (fn () => $this->enrolment())->call($plugin)->activate('totp', $user->ID, $app->code(), 'sallyport', time());
            self::fail('it was activated');
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_token_unproven', $refusal->getMessage());
        }
        self::assertFalse($plugin->state()->is_enrolled($user->ID));
        self::assertSame([], (fn () => $this->factor_rows())->call($plugin)->active($user->ID));
    }
}
