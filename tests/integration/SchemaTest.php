<?php

declare(strict_types=1);

use Sallyport\WP\Plugin;
use Sallyport\WP\Refusal;
use Sallyport\WP\Setup;

/** Migrations are idempotent, run if the version differs, and never replace a lost table. */
final class SchemaTest extends WPTestCase
{
    public function test_it_is_current_and_readable_after_activation(): void
    {
        $schema = (new Plugin())->schema();
        self::assertTrue($schema->is_current());
        $schema->require_tables();
        self::assertFalse(Setup::is_needed());
    }

    public function test_migrating_again_changes_nothing(): void
    {
        global $wpdb;
        $table = $wpdb->base_prefix . 'sallyport_factors';
        $before = $wpdb->get_results("SHOW COLUMNS FROM $table");
        (new Plugin())->setup()->run();
        (new Plugin())->schema()->migrate();
        self::assertEquals($before, $wpdb->get_results("SHOW COLUMNS FROM $table"));
    }

    public function test_a_blog_that_missed_the_activation_is_set_up_by_its_first_request(): void
    {
        delete_option('sallyport_ready');
        delete_option('sallyport_schema');
        delete_option('sallyport_signing_key');
        self::assertTrue(Setup::is_needed());
        (new Plugin())->setup()->try();
        self::assertFalse(Setup::is_needed());
        self::assertInstanceOf(Sallyport\Keyring::class, (new Plugin())->signing_keys()->keyring());
    }

    public function test_tables_that_changed_between_two_releases_are_brought_up_to_date(): void
    {
        update_option('sallyport_ready', \Sallyport\WP\VERSION . ', schema 2', true);
        update_option('sallyport_schema', 2, true);
        self::assertTrue(Setup::is_needed());
        (new Plugin())->setup()->try();
        self::assertFalse(Setup::is_needed());
        self::assertTrue((new Plugin())->schema()->is_current());
    }

    /** An index over millions of rows takes a minute: if all processes of a site waited for it, the site would be down that long. */
    public function test_one_process_migrates_and_the_others_continue(): void
    {
        update_option('sallyport_ready', 'before', true);
        update_option('sallyport_schema', 2, true);
        update_site_option('sallyport_schema_network', 2);
        $claims = (fn () => $this->throttle_rows())->call(self::plugin());
        self::assertTrue($claims->claim('migration', 600, time()), 'another process');
        $asked = [];
        add_filter('query', static function (string $query) use (&$asked): string {
            $asked[] = $query;
            return $query;
        });
        (new Plugin())->setup()->try();
        self::assertSame([], preg_grep('/^\s*(ALTER|CREATE|DESCRIBE|SHOW)/i', $asked));
        self::assertTrue(Setup::is_needed(), 'a later process checks again');
        self::assertFalse((new Plugin())->health()->is_down());
        $claims->clear('migration');
        (new Plugin())->setup()->try();
        self::assertFalse(Setup::is_needed());
        self::assertTrue($claims->claim('migration', 600, time()), 'no process is working on it any more');
    }

    public function test_a_lost_table_is_a_problem_and_stays_lost(): void
    {
        global $wpdb;
        // Renaming a table would commit the test's transaction on MariaDB; tests/http does it on a real site.
        $prefix = $wpdb->base_prefix;
        $wpdb->base_prefix = 'elsewhere_';
        $plugin = new Plugin();
        try {
            $plugin->schema()->require_tables();
            self::fail('a lost table was not noticed');
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_unavailable', $refusal->reason->value);
        } finally {
            $wpdb->base_prefix = $prefix;
        }
        self::assertTrue($plugin->health()->is_down());
    }

    public function test_rows_of_every_table_are_found_by_its_primary_key(): void
    {
        foreach (Sallyport\WP\Store\Schema::TABLES as $table) {
            self::assertSame(0, self::plugin()->database()->prune($table, '1 = %d', [0], 1), $table);
        }
    }

    public function test_the_signing_key_is_sealed(): void
    {
        $stored = get_option('sallyport_signing_key')['keys'][0];
        self::assertSame('HS256', $stored['alg']);
        self::assertStringStartsWith('sp-', $stored['kid']);
        self::assertGreaterThan(60, strlen($stored['sealed']));
    }
}
