<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';

/** A new version over an old one, by a deploy that activates nothing: the first request sets up what is new. */
final class UpgradeTest extends HttpTestCase
{
    public function test_the_first_request_brings_the_schema_and_the_daily_job_and_says_nothing(): void
    {
        $now = static::site()->php(<<<'PHP'
            $now = (int) get_option('sallyport_schema');
            wp_clear_scheduled_hook('sallyport_housekeeping');
            update_option('sallyport_ready', '0.0.1, schema 2');
            update_site_option('sallyport_schema_network', 2);
            update_option('sallyport_schema', 2);
            return $now;
            PHP);
        self::assertSame(200, $this->get('/wp-json/')->status);
        self::assertSame([$now, $now, true], static::site()->php('return [(int) get_option("sallyport_schema"), (int) get_site_option("sallyport_schema_network"), (bool) wp_next_scheduled("sallyport_housekeeping")];'));
        $person = $this->enrolled();
        self::assertSame($person->id, $this->whoIs($this->proven($person)));
    }
}
