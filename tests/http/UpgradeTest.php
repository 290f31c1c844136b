<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';

/** A new version is deployed over an old one without an activation: the first request sets up what is new. */
final class UpgradeTest extends HttpTestCase
{
    public function test_the_first_request_brings_the_schema_and_the_daily_job_and_says_nothing(): void
    {
        $now = static::site()->php(<<<'PHP'
            $now = (int) get_option('sallyport_schema');
            wp_clear_scheduled_hook('sallyport_housekeeping');
            update_option('sallyport_ready', '0.0.1, schema 2');
            is_multisite() && update_site_option('sallyport_schema_network', 2);
            update_option('sallyport_schema', 2);
            return $now;
            PHP);
        self::assertSame(200, $this->get('/wp-json/')->status);
        self::assertSame([$now, $now, true], static::site()->php('return [(int) get_option("sallyport_schema"), (int) (is_multisite() ? get_site_option("sallyport_schema_network") : get_option("sallyport_schema")), (bool) wp_next_scheduled("sallyport_housekeeping")];'));
        $person = $this->enrolled();
        self::assertSame($person->id, $this->whoIs($this->proven($person)));
    }

    /** An older version, installed again, works with the tables of the later one, and makes nothing in them smaller. */
    public function test_tables_of_a_later_version_are_left_as_they_are(): void
    {
        $person = $this->enrolled();
        $type = static::site()->php(<<<'PHP'
            global $wpdb;
            $wpdb->query("ALTER TABLE {$wpdb->base_prefix}sallyport_devices CHANGE COLUMN name name varchar(250) NOT NULL DEFAULT ''");
            is_multisite() && update_site_option('sallyport_schema_network', 99);
            update_option('sallyport_schema', 99);
            update_option('sallyport_ready', '9.0.0, schema 99');
            return $wpdb->get_row("SHOW COLUMNS FROM {$wpdb->base_prefix}sallyport_devices LIKE 'name'")->Type;
            PHP);
        self::assertSame('varchar(250)', $type);
        self::assertSame($person->id, $this->whoIs($person->token));
        self::assertSame($person->id, $this->whoIs($this->proven($person)));
        self::assertSame(['varchar(250)', false], static::site()->php('global $wpdb; return [$wpdb->get_row("SHOW COLUMNS FROM {$wpdb->base_prefix}sallyport_devices LIKE \'name\'")->Type, Sallyport\WP\Setup::is_needed()];'));
    }

    /** The first requests of a busy site arrive together, and each tries to do the upgrade. */
    public function test_many_first_requests_at_once_do_not_get_in_each_others_way(): void
    {
        $person = $this->enrolled();
        static::site()->php(<<<'PHP'
            global $wpdb;
            $wpdb->query("ALTER TABLE {$wpdb->base_prefix}sallyport_devices DROP COLUMN amr");
            $wpdb->query("ALTER TABLE {$wpdb->base_prefix}sallyport_families DROP COLUMN device_id");
            is_multisite() && update_site_option('sallyport_schema_network', 4);
            update_option('sallyport_schema', 4);
            update_option('sallyport_ready', '0.0.1, schema 4');
            PHP);
        $log = static::site()->info['debug_log'];
        $before = (int) @filesize($log);
        foreach (static::site()->concurrently(array_fill(0, 12, ['GET', '/wp-json/wp/v2/users/me', 'bearer' => $person->token])) as $answer) {
            self::assertSame([200, $person->id], [$answer->status, $answer->json['id'] ?? null], (string) $answer);
        }
        self::assertStringNotContainsString('database error', (string) @file_get_contents($log, offset: $before));
        self::assertSame($person->id, $this->whoIs($this->proven($person)));
    }
}
