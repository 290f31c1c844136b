<?php

declare(strict_types=1);

use Sallyport\WP\Refusal;
use Sallyport\WP\Store\BackupCodeRows;
use Sallyport\WP\Store\FactorRows;

/** A factor is removed while its user signs in: the state is consistent, and nobody has to do anything. */
final class RemovalCrossedTest extends WPTestCase
{
    /**
     * As another process does it: this process still has the earlier mark in its cache.
     *
     * @testWith [1]
     *           [2]
     * @param int $look before which the mark is gone, too
     */
    public function test_who_has_no_factor_any_more_is_asked_for_none(int $look): void
    {
        $plugin = self::plugin();
        $user = $this->user();
        $required = fn (): array => $this->gate()->required($user->ID);
        $rows = new FactorRows($plugin->database());
        $rows->activate($rows->add_pending($user->ID, 'totp', time())->id, 1, time());
        $plugin->state()->raise($user->ID, true, time());
        self::assertSame(['totp'], $required->call($plugin));
        add_filter('query', $remove = static function (string $query) use (&$remove, &$look, $user): string {
            global $wpdb;
            if (preg_match('/^\s*SELECT \* FROM \S*sallyport_factors/is', $query) === 1) {
                $wpdb->delete($wpdb->base_prefix . 'sallyport_factors', ['user_id' => $user->ID]);
            } elseif (preg_match('/^\s*SELECT user_id, meta_key\b/is', $query) === 1 && --$look === 0) {
                remove_filter('query', $remove);
                $wpdb->update(
                    $wpdb->usermeta,
                    ['meta_value' => serialize(['epoch' => str_repeat('0', 32), 'enrolled' => false, 'since' => 1])],
                    ['user_id' => $user->ID, 'meta_key' => '_sallyport_state'],
                );
            }
            return $query;
        });
        self::assertTrue($plugin->state()->is_enrolled($user->ID));
        self::assertSame([], $required->call($plugin));
        self::assertFalse(has_filter('query', $remove), 'the removal happened in between');
    }

    /** The mark was read again after the request was allowed to create new codes. */
    public function test_who_has_no_factor_any_more_is_given_no_backup_codes(): void
    {
        $plugin = self::plugin();
        $user = $this->user();
        $plugin->state()->raise($user->ID, false, time());
        try {
            (fn () => $this->enrolment())->call($plugin)->regenerate_codes($user->ID, time());
            self::fail('they were made');
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_token_unproven', $refusal->getMessage());
        }
        self::assertSame([], (new BackupCodeRows($plugin->database()))->live($user->ID));
    }
}
