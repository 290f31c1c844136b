<?php

declare(strict_types=1);


/** One autoloaded option; it never returns a value of the wrong type. */
final class SettingsTest extends WPTestCase
{
    public function test_a_setting_has_its_default_before_it_is_set_and_after_a_reset(): void
    {
        $settings = self::newSettings();
        self::assertSame(900, $settings->get('token_ttl'));
        self::assertTrue($settings->set('token_ttl', '1200'));
        self::assertSame(1200, $settings->get('token_ttl'));
        self::assertTrue($settings->set('token_ttl', null));
        self::assertSame(900, $settings->get('token_ttl'));
    }

    public function test_a_value_of_the_wrong_type_is_refused_and_never_read(): void
    {
        $settings = self::newSettings();
        foreach (['soon', '-1', -1, '1.5', 1.5, '', [], true, '59', 59, 365 * 86400 + 1, str_repeat('9', 30)] as $value) {
            self::assertFalse($settings->set('token_ttl', $value));
            update_option('sallyport_settings', ['token_ttl' => $value]);
            self::assertSame(900, $settings->get('token_ttl'));
        }
        update_option('sallyport_settings', 'not an array');
        self::assertSame(900, $settings->get('token_ttl'));
        self::assertFalse($settings->set('no_such_setting', '1'));
    }

    public function test_a_setting_with_a_choice_takes_nothing_else(): void
    {
        $settings = self::newSettings();
        self::assertSame('HS256', $settings->get('algorithm'));
        self::assertTrue($settings->set('algorithm', 'EdDSA'));
        self::assertSame('EdDSA', $settings->get('algorithm'));
        foreach (['none', 'hs256', 'RS1', '', 'HS256 ', 5, true, ['HS256']] as $value) {
            self::assertFalse($settings->set('algorithm', $value));
            update_option('sallyport_settings', ['algorithm' => $value]);
            self::assertSame('HS256', $settings->get('algorithm'));
        }
    }

    public function test_reading_one_costs_no_query_on_a_site_that_never_set_one(): void
    {
        global $wpdb;
        wp_load_alloptions();
        $before = $wpdb->num_queries;
        self::newSettings()->get('token_ttl');
        self::assertSame($before, $wpdb->num_queries);
    }

    /** If the object cache outlives a request, a process that writes some other option restores all options as it found them. */
    public function test_a_stale_cache_entry_of_another_process_is_not_used(): void
    {
        $settings = self::newSettings();
        $settings->prepare();
        $found = wp_load_alloptions();
        self::assertTrue($settings->set('trusted_devices', false));
        wp_cache_set('alloptions', $found, 'options');
        self::withPersistentCache(static function (): void {
            self::assertFalse(self::newSettings()->get('trusted_devices'));
        });
    }

    public function test_with_a_persistent_cache_the_row_is_read_once_and_not_after_a_write(): void
    {
        global $wpdb;
        $settings = self::newSettings();
        $settings->prepare();
        self::withPersistentCache(static function () use ($settings, $wpdb): void {
            self::assertTrue(self::newSettings()->get('trusted_devices'));
            $before = $wpdb->num_queries;
            self::assertTrue(self::newSettings()->get('trusted_devices'));
            self::assertSame($before, $wpdb->num_queries);
            self::assertTrue($settings->set('trusted_devices', false));
            $before = $wpdb->num_queries;
            self::assertFalse(self::newSettings()->get('trusted_devices'));
            self::assertSame($before, $wpdb->num_queries);
        });
    }

    public function test_another_sites_entry_in_the_same_cache_is_not_used(): void
    {
        $settings = self::newSettings();
        $settings->prepare();
        self::withPersistentCache(static function (): void {
            self::newSettings()->get('trusted_devices');
            $kept = wp_cache_get('sallyport_settings', 'sallyport');
            wp_cache_set('sallyport_settings', ['value' => ['trusted_devices' => false], 'of' => "copy/$kept[of]"] + $kept, 'sallyport');
            self::assertTrue(self::newSettings()->get('trusted_devices'));
        });
    }

    public function test_if_the_row_cannot_be_read_cores_cached_value_is_used(): void
    {
        wp_cache_set('alloptions', ['sallyport_settings' => serialize(['rev' => 9, 'trusted_devices' => false])] + wp_load_alloptions(), 'options');
        $break = static fn (string $query): string => str_contains($query, 'SELECT option_value') ? 'SELECT nonsense' : $query;
        add_filter('query', $break);
        try {
            self::withPersistentCache(static fn () => self::assertFalse(self::newSettings()->get('trusted_devices')));
        } finally {
            remove_filter('query', $break);
        }
        self::assertTrue(self::plugin()->health()->is_down(), 'and users with a factor are refused');
    }
}
