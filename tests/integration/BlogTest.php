<?php

declare(strict_types=1);

use Sallyport\WP\Blog;

/** Visits every site of a network, however many, and core's memory keeps nothing of the finished ones. */
final class BlogTest extends WPTestCase
{
    public function test_each_site_comes_once_and_cores_cache_is_cleared_every_hundred(): void
    {
        $came = $kept = [];
        foreach (Blog::each(range(1, 250)) as $id) {
            $came[] = $id;
            wp_cache_set("options of $id", 'many', 'sallyport-test');
            $kept[$id] = count(array_filter(range(1, $id), static fn (int $other): bool => wp_cache_get("options of $other", 'sallyport-test') !== false));
        }
        self::assertSame(range(1, 250), $came);
        self::assertSame([100, 1, 100, 1, 50], [$kept[100], $kept[101], $kept[200], $kept[201], $kept[250]]);
    }
}
