<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Site;

/** A site for one test class alone. */
trait OwnSite
{
    private static ?Site $site = null;

    protected static function site(): Site
    {
        return self::$site ??= Site::up(self::raisedWith());
    }

    /** @return array<string, mixed> options of Site::up(); a class that needs any overrides this */
    private static function raisedWith(): array
    {
        return [];
    }

    public static function tearDownAfterClass(): void
    {
        self::$site?->down();
        self::$site = null;
    }
}
