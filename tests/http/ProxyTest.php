<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/HttpTestCase.php';

/** Behind a proxy that terminates TLS: a production site whose address is https gets HTTP requests from 127.0.0.1. */
final class ProxyTest extends HttpTestCase
{
    private const SECURE = ['x-forwarded-proto' => 'https'];

    private static ?Site $proxied = null;

    protected static function site(): Site
    {
        if (self::$proxied === null) {
            self::$proxied = Site::up(self::settings(['SALLYPORT_TRUSTED_PROXIES' => '127.0.0.1 10.0.0.0/8']));
            self::$proxied->php('update_option("home", "https://proxied.test");');
        }
        return self::$proxied;
    }

    public static function tearDownAfterClass(): void
    {
        self::$proxied?->down();
        self::$proxied = null;
    }

    public function test_no_route_of_ours_answers_plain_http(): void
    {
        $routes = $this->get(self::API)->json['routes'];
        unset($routes['/sallyport/v1']);
        $asked = 0;
        foreach ($routes as $path => $route) {
            foreach (array_merge(...array_column($route['endpoints'], 'methods')) as $method) {
                $path = preg_replace('/\(\?P<\w+>[^)]*\)/', '1', $path);
                foreach ([
                    [],
                    ['x-forwarded-proto' => 'http'],
                    ['x-forwarded-proto' => 'https, http'],
                    ['forwarded' => 'for=203.0.113.7;proto=https'],
                    ['x-forwarded-ssl' => 'on'],
                ] as $headers) {
                    self::refused(403, 'sallyport_https_required', static::site()->request($method, "/wp-json$path", form: 'code=123456&challenge[]=', headers: $headers));
                }
                $asked++;
            }
        }
        self::assertGreaterThan(15, $asked);
        self::assertSame(200, $this->get('/wp-json/wp/v2/posts')->status, 'other routes are not restricted');
    }

    public function test_a_right_password_by_plain_http_gets_nothing(): void
    {
        $person = $this->person();
        self::refused(403, 'sallyport_https_required', $this->logIn($person));
        $in = $this->from('203.0.113.7', $person);
        self::assertSame(200, $in->status, (string) $in);
        self::refused(403, 'sallyport_https_required', $this->get(self::API . '/tokens', $in->json['token']));
    }

    public function test_the_client_is_who_the_proxy_says(): void
    {
        $person = $this->person();
        foreach ([
            '203.0.113.7' => '203.0.113.7',
            '198.51.100.1, 203.0.113.8, 10.1.2.3' => '203.0.113.8',
            'unknown' => '127.0.0.1',
            '203.0.113.9, "' => '127.0.0.1',
        ] as $header => $address) {
            $in = $this->from($header, $person);
            self::assertSame(200, $in->status, (string) $in);
            $families = $this->get(self::API . '/tokens', $in->json['token'], self::SECURE)->json;
            self::assertSame($address, end($families)['ip'], $header);
        }
    }

    public function test_each_client_has_a_bucket_and_a_whole_ipv6_network_has_one(): void
    {
        $person = $this->person();
        foreach (['203.0.113.50', '2001:db8:5:5::/64'] as $name) {
            static::site()->php('global $wpdb; $wpdb->query($wpdb->prepare("INSERT INTO {$wpdb->base_prefix}sallyport_throttle (name, failures, until) VALUES (%s, 100, %d)", hash("sha256", "password-address:" . $argv[1]), time() + 600));', [$name]);
        }
        foreach (['203.0.113.50', '2001:db8:5:5::1', '2001:db8:5:5:ffff::9', '203.0.113.51, 203.0.113.50', '[2001:db8:5:5::2]:99'] as $header) {
            self::refused(429, 'sallyport_throttled', $this->from($header, $person));
        }
        foreach (['203.0.113.51', '2001:db8:5:6::1', '203.0.113.50, 203.0.113.51'] as $header) {
            self::assertSame(200, $this->from($header, $person)->status, $header);
        }
    }

    public function test_only_a_trusted_proxy_can_state_the_clients_address(): void
    {
        $person = $this->person();
        foreach (['192.0.2.0/24', 'everybody', '0.0.0.0/0'] as $list) {
            static::site()->up_again(self::settings(['SALLYPORT_TRUSTED_PROXIES' => $list]));
            self::refused(403, 'sallyport_https_required', $this->from('203.0.113.7', $person));
        }
    }

    /** @depends test_only_a_trusted_proxy_can_state_the_clients_address */
    public function test_a_list_that_cannot_be_read_is_told_to_the_administrator(): void
    {
        foreach (['127.0.0.1/33' => true, '127.0.0.1' => false] as $list => $told) {
            static::site()->up_again(self::settings(['SALLYPORT_TRUSTED_PROXIES' => $list], 'local'));
            $browser = $this->signedIn(Person::admin(static::site()));
            self::assertSame($told, str_contains($browser->send('GET', '/wp-admin/index.php')->body, 'SALLYPORT_TRUSTED_PROXIES'));
        }
    }

    /** @depends test_only_a_trusted_proxy_can_state_the_clients_address */
    public function test_the_rule_is_a_setting_and_a_local_site_has_none(): void
    {
        $person = $this->person();
        static::site()->up_again(self::settings(['SALLYPORT_REQUIRE_HTTPS' => false]));
        self::assertSame(200, $this->logIn($person)->status);
        static::site()->up_again(self::settings(environment: 'local'));
        self::assertSame(200, $this->logIn($person)->status);
        static::site()->up_again(self::settings(['SALLYPORT_REQUIRE_HTTPS' => true], 'local'));
        self::refused(403, 'sallyport_https_required', $this->logIn($person));
    }

    private function from(string $forwarded, Person $person): Response
    {
        return $this->post('/token', ['username' => $person->login, 'password' => $person->password], headers: ['x-forwarded-for' => $forwarded] + self::SECURE);
    }

    /** @param array<string, scalar> $define @return array<string, mixed> */
    private static function settings(array $define = [], string $environment = 'production'): array
    {
        return ['define' => $define + ['WP_ENVIRONMENT_TYPE' => $environment]];
    }
}
