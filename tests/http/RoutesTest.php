<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';

/** Our routes are registered for every request that can see them; a request for another route does not pay for them. */
final class RoutesTest extends HttpTestCase
{
    public function test_the_indexes_list_them(): void
    {
        $index = static::site()->request('GET', '/wp-json/')->json;
        self::assertContains('sallyport/v1', $index['namespaces']);
        foreach ([$index, static::site()->request('GET', self::API)->json, static::site()->request('GET', '/?rest_route=/SALLYPORT/V1/')->json] as $listed) {
            self::assertArrayHasKey('/sallyport/v1/token', $listed['routes']);
            self::assertSame(['GET'], $listed['routes']['/sallyport/v1/jwks']['methods']);
        }
    }

    public function test_a_route_is_found_by_every_form_of_its_url(): void
    {
        foreach ([self::API . '/jwks', '/?rest_route=/sallyport/v1/jwks', '/?rest_route=/Sallyport/V1/JWKS/', '/index.php?rest_route=/sallyport/v1/jwks'] as $path) {
            self::assertSame([200, []], [static::site()->request('GET', $path)->status, static::site()->request('GET', $path)->json['keys'] ?? null], $path);
        }
        self::assertSame(200, static::site()->request('HEAD', self::API . '/jwks')->status);
        self::assertSame('POST', static::site()->request('OPTIONS', self::API . '/token')->header('allow'));
        self::assertSame('rest_no_route', static::site()->request('GET', self::API . '/no-such')->json['code']);
    }

    public function test_a_batch_knows_them(): void
    {
        $asked = ['requests' => [['method' => 'POST', 'path' => '/sallyport/v1/token'], ['method' => 'POST', 'path' => '/sallyport/v1/no-such']]];
        foreach (['/wp-json/batch/v1', '/?rest_route=/Batch/V1'] as $path) {
            $answers = array_column(static::site()->request('POST', $path, json: $asked)->json['responses'], 'body');
            self::assertSame(['rest_batch_not_allowed', 'rest_no_route'], array_column($answers, 'code'), $path);
        }
    }

    public function test_our_routes_are_registered_during_another_plugins_request_only_when_needed(): void
    {
        $file = static::site()->dir . '/wp-content/mu-plugins/asks.php';
        file_put_contents($file, <<<'PHP'
            <?php
            add_action('rest_api_init', static fn () => register_rest_route('asks/v1', '/for-one', [
                'methods' => 'GET',
                'permission_callback' => '__return_true',
                'callback' => static fn () => rest_do_request('/sallyport/v1/jwks'),
            ]));
            add_filter('rest_post_dispatch', static function ($response) {
                $response->header('X-Registered', isset(rest_get_server()->get_routes()['/sallyport/v1/token']) ? 'yes' : 'no');
                return $response;
            });
            PHP);
        try {
            $inner = static::site()->request('GET', '/wp-json/asks/v1/for-one');
            $outer = static::site()->request('GET', '/wp-json/wp/v2/types');
        } finally {
            unlink($file);
        }
        self::assertSame([200, [], 'yes'], [$inner->status, $inner->json['keys'] ?? null, $inner->header('x-registered')], (string) $inner);
        self::assertSame([200, 'no'], [$outer->status, $outer->header('x-registered')]);
    }
}
