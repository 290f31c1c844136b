<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/FailClosedTestCase.php';

/** A new version on the tables of an earlier one, if the database does not let WordPress change them. */
final class FailClosedUpgradeTest extends FailClosedTestCase
{
    public function test_a_failed_migration_refuses_enrolled_users_and_is_repeated(): void
    {
        $this->people();
        $plugin = static::site()->dir . '/wp-content/mu-plugins/no-alter.php';
        static::site()->php(<<<'PHP'
            global $wpdb;
            $wpdb->query("ALTER TABLE {$wpdb->base_prefix}sallyport_devices DROP COLUMN amr");
            is_multisite() && update_site_option("sallyport_schema_network", 4);
            update_option("sallyport_schema", 4);
            update_option("sallyport_ready", "0.0.1, schema 4");
            PHP);
        try {
            file_put_contents($plugin, '<?php add_filter("query", fn ($sql) => preg_match("/^\s*ALTER/i", $sql) ? "ALTER TABLE nowhere ADD COLUMN x int" : $sql);');
            self::assertSame(200, $this->get('/wp-json/')->status);
            $this->assertClosed('allow the database user of WordPress to create and to alter tables');
            [$code, $out] = static::site()->command('status', '--format=json');
            self::assertSame([1, 'critical'], [$code, array_column(json_decode($out, true), 'state', 'test')['tables']]);
        } finally {
            unlink($plugin);
        }
        self::assertSame(200, $this->get('/wp-json/')->status);
        $this->assertOpen();
        self::assertContains('amr', static::site()->php('global $wpdb; return $wpdb->get_col("SHOW COLUMNS FROM {$wpdb->base_prefix}sallyport_devices");'));
    }
}
