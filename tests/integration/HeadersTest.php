<?php

declare(strict_types=1);

use Sallyport\WP\Rest\Headers;

/** Before WordPress 6.8, core's headers against caches, which are sent after ours, let a browser store an answer on disk. */
final class HeadersTest extends WPTestCase
{
    public function test_our_answers_are_not_cached(): void
    {
        self::plugin()->headers();
        $of_old = ['Expires' => 'Wed, 11 Jan 1984 05:00:00 GMT', 'Cache-Control' => 'no-cache, must-revalidate, max-age=0'];
        self::assertSame(['Cache-Control' => 'no-cache, must-revalidate, max-age=0, no-store, private', 'Expires' => 'Wed, 11 Jan 1984 05:00:00 GMT'], $this->said($of_old));
        self::assertSame(['Cache-Control' => 'no-store, private'], $this->said([]));
        self::assertSame(['Cache-Control' => 'no-store'], $this->said(['Cache-Control' => 'no-store']));
        self::assertStringContainsString('no-store', wp_get_nocache_headers()['Cache-Control']);
        self::assertSame('nonsense', Headers::unstored('nonsense'));
    }

    /** @param array<string, string> $headers @return array<string, string> */
    private function said(array $headers): array
    {
        return apply_filters('nocache_headers', $headers);
    }
}
