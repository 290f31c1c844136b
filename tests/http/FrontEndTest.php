<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';

/** Sign-in security on the front end: the page is never cached, and never shown in a frame of another site. */
final class FrontEndTest extends HttpTestCase
{
    /** @dataProvider contents */
    public function test_a_page_with_the_block_is_private_even_inside_a_pattern(string $content): void
    {
        $browser = $this->signedIn($this->enrolled());
        $path = static::site()->php('$pattern = wp_insert_post(["post_type" => "wp_block", "post_status" => "publish", "post_title" => "pattern", "post_content" => "<!-- wp:sallyport/security /-->"]); return wp_make_link_relative(get_permalink(wp_insert_post(["post_type" => "page", "post_status" => "publish", "post_title" => "page", "post_content" => sprintf($argv[1], $pattern)])));', [$content]);
        $page = $browser->send('GET', $path);
        self::assertStringContainsString('Your second factors', $page->body);
        self::assertStringContainsString('no-cache', $page->header('cache-control') ?? '');
        self::assertSame('SAMEORIGIN', $page->header('x-frame-options'));
    }

    /** @return array<string, array{string}> the content of the page; %d: a pattern with the block */
    public static function contents(): array
    {
        return [
            'the block' => ['<!-- wp:sallyport/security /-->'],
            'the shortcode' => ['[sallyport_security]'],
            'a synced pattern' => ['<!-- wp:block {"ref":%d} /-->'],
        ];
    }
}
