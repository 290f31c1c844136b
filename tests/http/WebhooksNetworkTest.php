<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Receiver;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';
require_once __DIR__ . '/../support/Receiver.php';

/** On a network each site has its own endpoints, queue and worker. */
final class WebhooksNetworkTest extends HttpTestCase
{
    use OwnSite;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return ['multisite' => true];
    }

    public function test_an_event_of_one_site_is_told_to_that_sites_endpoints_and_to_no_other(): void
    {
        $receiver = new Receiver();
        try {
            static::site()->php(<<<'PHP'
                $id = wp_insert_site(['domain' => get_network()->domain, 'path' => '/second/', 'user_id' => 1, 'title' => 'x']);
                is_wp_error($id) && throw new RuntimeException($id->get_error_message());
                PHP);
            // The first request sets the second site up.
            static::site()->request('GET', '/second/wp-json/');
            static::site()->plugin(<<<'PHP'
                foreach (['/' => '/200/first', '/second/' => '/200/second'] as $path => $to) {
                    switch_to_blog(get_blog_id_from_url(get_network()->domain, $path));
                    is_main_site() && $plugin->settings()->hold(['webhook_allow_private' => true], static function (): void {});
                    [$added] = $plugin->endpoints()->add($argv[1] . $to, ['token_issued'], time());
                    restore_current_blog();
                    $first ??= $added->id;
                }
                global $wpdb; // due on the first site, and older than the events to come
                $wpdb->insert("{$wpdb->base_prefix}sallyport_webhook_deliveries", ['endpoint' => $first, 'blog_id' => 1, 'event' => 'token_issued', 'body' => '{"site": "first"}', 'next_at' => 1, 'created_at' => time()]);
                PHP, [$receiver->url('')]);
            foreach (['/second', ''] as $i => $path) {
                $answer = static::site()->request('POST', "$path/wp-json/sallyport/v1/token", json: ['username' => 'admin', 'password' => 'password']);
                self::assertSame(200, $answer->status, (string) $answer);
                $receiver->await(1 + 2 * $i);
            }
            $told = array_map(static fn (array $request): array => [$request['path'], json_decode($request['body'], true)['site']], $receiver->requests());
            self::assertSame([['/200/second', static::site()->url . '/second'], ['/200/first', 'first'], ['/200/first', static::site()->url]], $told);
            self::assertSame([2, 1], static::site()->php(<<<'PHP'
                global $wpdb;
                return array_map('intval', $wpdb->get_col("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_webhook_deliveries GROUP BY blog_id"));
                PHP));
        } finally {
            $receiver->down();
        }
    }
}
