<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Site;

/** A network of its own for the test, with a second site at /other/. */
trait TwoSites
{
    private static ?Site $network = null;
    private static int $other = 0;

    protected static function site(): Site
    {
        return self::$network ??= Site::up(['multisite' => true]);
    }

    public static function setUpBeforeClass(): void
    {
        self::$other = self::site()->php('$id = wpmu_create_blog(get_network()->domain, "/other/", "Other", 1); return is_wp_error($id) ? throw new RuntimeException($id->get_error_message()) : $id;');
        self::site()->request('GET', '/other/wp-json/');
    }

    public static function tearDownAfterClass(): void
    {
        self::$network?->down();
        self::$network = null;
    }
}
