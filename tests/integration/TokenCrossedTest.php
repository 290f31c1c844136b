<?php

declare(strict_types=1);

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Refusal;

/** A reset during a sign-in also ends the tokens that the sign-in has not made yet. */
final class TokenCrossedTest extends WPTestCase
{
    public function test_no_token_is_issued_for_a_factor_reset_meanwhile(): void
    {
        global $wpdb;
        $plugin = self::plugin();
        $user = $this->user();
        $epoch = $plugin->state()->raise($user->ID, true, time());
        $proof = Proof::verified($user->ID, 'sallyport', ['mfa', 'otp', 'pwd'], time(), $epoch);
        self::assertArrayHasKey('token', $plugin->access_tokens()->response($user, $proof));
        $plugin->revocation()->factors_changed('factors_reset', $user->ID);
        // As another process does it: this process still has the earlier state in its cache.
        $wpdb->update(
            $wpdb->usermeta,
            ['meta_value' => serialize(['epoch' => str_repeat('0', 32), 'enrolled' => false, 'since' => 1])],
            ['user_id' => $user->ID, 'meta_key' => '_sallyport_state'],
        );
        self::assertSame($epoch, $plugin->state()->read($user->ID)['epoch']);
        try {
            $plugin->access_tokens()->response($user, $proof);
            self::fail('it was issued');
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_token_stale', $refusal->getMessage());
        }
        self::assertSame('0', $wpdb->get_var($wpdb->prepare("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_families WHERE user_id = %d", $user->ID)));
        self::assertSame([], get_user_meta($user->ID, '_sallyport_family'));
    }

    public function test_a_sign_in_that_another_process_has_ended_is_not_stepped_up(): void
    {
        $plugin = self::plugin();
        $user = $this->user();
        $proof = Proof::verified($user->ID, 'sallyport', ['mfa', 'otp', 'pwd'], time(), $plugin->state()->raise($user->ID, true, time()));
        $token = $plugin->access_tokens()->response($user, $proof)['token'];
        $plugin->access_tokens()->continue_family($token, $proof);
        (fn () => $this->families())->call($plugin)->end_all($user->ID);
        try {
            $plugin->access_tokens()->response($user, $proof);
            self::fail('it was issued');
        } catch (Refusal $refusal) {
            self::assertSame(['sallyport_token_invalid', 'revoked'], [$refusal->getMessage(), $refusal->data['reason']]);
        } finally {
            (new ReflectionProperty($plugin->access_tokens(), 'continued'))->setValue($plugin->access_tokens(), null);
        }
    }
}
