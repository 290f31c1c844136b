<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** Which pages can read the answers of our routes. Core lets every origin read them, with credentials. */
final class CorsTest extends HttpTestCase
{
    use OwnSite;

    private const APP = 'https://app.example';
    private const OURS = [
        'access-control-allow-origin', 'access-control-allow-credentials', 'access-control-allow-methods',
        'access-control-allow-headers', 'access-control-expose-headers', 'access-control-max-age',
    ];

    /** @var array<string, mixed> the stored settings */
    private static array $settings = [];

    /** Every test begins with this origin listed. */
    protected function setUp(): void
    {
        parent::setUp();
        if (self::$settings !== ['cors' => [self::APP]]) {
            self::with(['cors' => [self::APP]]);
        }
    }

    /** @param array<string, mixed> $settings */
    private static function with(array $settings): void
    {
        self::storeSettings($settings);
        self::$settings = $settings;
    }

    /** Deletes the record of refused origins. */
    private static function forget(): void
    {
        self::site()->php(<<<'PHP'
            global $wpdb;
            $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_activity WHERE event = 'origin_refused'");
            $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_throttle");
            PHP);
    }

    private static function assertAllowed(string $origin, Response $answer): void
    {
        self::assertSame([$origin], $answer->headers['access-control-allow-origin'] ?? null, (string) $answer);
        self::assertSame(['true'], $answer->headers['access-control-allow-credentials'] ?? null);
        self::assertStringContainsString('POST', $answer->header('access-control-allow-methods'));
        $allowed = array_map('strtolower', preg_split('/,\s*/', $answer->header('access-control-allow-headers')));
        foreach ([
            'authorization', 'content-type', 'x-wp-nonce', 'x-sallyport-code', 'x-sallyport-factor',
            'x-sallyport-challenge', 'x-sallyport-trust-device', 'x-sallyport-device', 'x-sallyport-site-key',
            'x-sallyport-sso-token', 'x-sallyport-signature',
        ] as $name) {
            self::assertContains($name, $allowed);
        }
        $exposed = preg_split('/,\s*/', $answer->header('access-control-expose-headers'));
        foreach (['X-Sallyport-Challenge', 'X-Sallyport-Device', 'Retry-After', 'WWW-Authenticate', 'set-auth-token'] as $name) {
            self::assertContains($name, $exposed);
        }
        self::assertVaries($answer);
    }

    private static function assertRefused(Response $answer): void
    {
        self::assertSame([], array_intersect(self::OURS, array_keys($answer->headers)), (string) $answer);
        self::assertVaries($answer);
    }

    private static function assertVaries(Response $answer): void
    {
        self::assertCount(1, preg_grep('/\bOrigin\b/i', $answer->headers['vary'] ?? []), 'Vary: Origin, once');
    }

    /** @dataProvider answers */
    public function test_only_listed_origins_can_read_our_answers(int $status, string $method, string $path, ?string $body = null, array $headers = []): void
    {
        $ask = fn (string $origin): Response => self::site()->request($method, $path, form: $body, headers: ['origin' => $origin] + $headers);
        $answer = $ask(self::APP);
        self::assertSame($status, $answer->status, (string) $answer);
        self::assertAllowed(self::APP, $answer);
        $answer = $ask('https://evil.example');
        self::assertSame($status, $answer->status);
        self::assertRefused($answer);
    }

    /** @return array<string, array{0: int, 1: string, 2: string, 3?: string, 4?: array<string, string>}> */
    public static function answers(): array
    {
        $json = ['content-type' => 'application/json'];
        return [
            'a refusal' => [400, 'POST', self::API . '/token', '{}', $json],
            'a wrong password' => [401, 'POST', self::API . '/token', '{"username":"admin","password":"wrong"}', $json],
            'not signed in' => [401, 'GET', self::API . '/tokens'],
            'a refused bearer' => [401, 'GET', self::API . '/tokens', null, ['authorization' => 'Bearer spc1_' . str_repeat('A', 43)]],
            'a malformed body' => [400, 'POST', self::API . '/token', '{', $json],
            'no such route' => [404, 'GET', self::API . '/nothing'],
            'another method' => [404, 'PUT', self::API . '/token', '{}', $json],
            'a preflight' => [200, 'OPTIONS', self::API . '/token', null, ['access-control-request-method' => 'POST', 'access-control-request-headers' => 'content-type']],
            'a preflight of no route' => [200, 'OPTIONS', self::API . '/nothing', null, ['access-control-request-method' => 'POST']],
            'the index of the namespace' => [200, 'GET', self::API],
            'by rest_route' => [400, 'POST', '/?rest_route=/sallyport/v1/token', '{}', $json],
            'in upper case' => [400, 'POST', '/wp-json/SALLYPORT/V1/Token', '{}', $json],
            'with a slash' => [400, 'POST', self::API . '/token/', '{}', $json],
            'head' => [401, 'HEAD', self::API . '/tokens'],
            'in an envelope' => [200, 'GET', self::API . '/tokens?_envelope'],
        ];
    }

    public function test_a_browser_may_go_by_a_preflight_for_ten_minutes(): void
    {
        $ask = fn (string $method, string $origin): Response => self::site()->request(
            $method,
            self::API . '/tokens',
            headers: ['origin' => $origin, 'access-control-request-method' => 'GET'],
        );
        self::assertSame(['600'], $ask('OPTIONS', self::APP)->headers['access-control-max-age'] ?? null);
        self::assertNull($ask('GET', self::APP)->header('access-control-max-age'), 'only in the answer to a preflight');
        self::assertRefused($ask('OPTIONS', 'https://evil.example'));
    }

    public function test_a_bad_token_of_ours_and_an_unproven_one(): void
    {
        $person = $this->enrolled();
        foreach (['sallyport_token_invalid' => $person->token . 'x', 'sallyport_token_unproven' => self::unproven($person)] as $code => $token) {
            $answer = $this->get(self::API . '/tokens', $token, ['origin' => self::APP]);
            self::refusedCredential($code, $answer);
            self::assertAllowed(self::APP, $answer);
            self::assertRefused($this->get(self::API . '/tokens', $token, ['origin' => 'https://evil.example']));
        }
    }

    /** A token of Sallyport's own without the claim of a proof. */
    private static function unproven(Person $person): string
    {
        return self::site()->php(<<<'PHP'
            $claims = json_decode(base64_decode(strtr(explode('.', $argv[1])[1], '-_', '+/')), true);
            unset($claims['sp']);
            $plugin = new \Sallyport\WP\Plugin();
            return $plugin->engine()->jwt_sign($claims, $plugin->signing_keys()->keyring(), 'at+jwt');
            PHP, [$person->token]);
    }

    public function test_origins_are_compared_byte_by_byte(): void
    {
        self::with(['cors' => ['HTTPS://App.Example:443/', 'https://bücher.example', 'null', 'https://*.example']]);
        foreach ([self::APP, 'https://xn--bcher-kva.example'] as $origin) {
            self::assertAllowed($origin, $this->get(self::API . '/tokens', headers: ['origin' => $origin]));
        }
        foreach ([
            'HTTPS://APP.EXAMPLE', 'https://app.example/', 'https://app.example:443', 'https://evil.app.example', 'null',
            'https://app.example https://evil.example',
        ] as $origin) {
            self::assertRefused($this->get(self::API . '/tokens', headers: ['origin' => $origin]));
        }
    }

    public function test_several_origin_headers_are_no_origin(): void
    {
        foreach ([[self::APP, 'https://evil.example'], ['https://evil.example', self::APP]] as $origins) {
            $handle = curl_init(self::site()->url . self::API . '/tokens');
            curl_setopt_array(
                $handle,
                [
                    CURLOPT_RETURNTRANSFER => true,
                    CURLOPT_HEADER => true,
                    CURLOPT_PROXY => '',
                    CURLOPT_HTTPHEADER => array_map(static fn (string $origin): string => "Origin: $origin", $origins),
                ],
            );
            $answer = (string) curl_exec($handle);
            self::assertStringContainsString('rest_not_logged_in', $answer);
            self::assertStringNotContainsString('evil.example', explode("\r\n\r\n", $answer)[0]);
        }
    }

    public function test_the_site_itself_needs_no_listing(): void
    {
        self::forget();
        foreach ([[], ['cors' => [self::APP]]] as $settings) {
            self::with($settings);
            self::assertAllowed(self::site()->url, $this->get(self::API . '/tokens', headers: ['origin' => self::site()->url]));
            self::assertSame(0, self::rows());
        }
        self::with([]);
        self::assertRefused($this->get(self::API . '/tokens', headers: ['origin' => self::APP]));
    }

    public function test_any_origin_reads_and_sends_no_credentials(): void
    {
        foreach ([['true'], ['*']] as $words) {
            self::with(['cors' => $words]);
            foreach ([self::APP, 'https://evil.example', 'null'] as $origin) {
                $answer = $this->get(self::API . '/tokens', headers: ['origin' => $origin]);
                self::assertSame(['*'], $answer->headers['access-control-allow-origin']);
                self::assertNull($answer->header('access-control-allow-credentials'));
                self::assertVaries($answer);
            }
        }
        self::with(['cors' => ['true', self::APP]]);
        self::assertRefused($this->get(self::API . '/tokens', headers: ['origin' => 'https://evil.example']));
        self::assertAllowed(self::APP, $this->get(self::API . '/tokens', headers: ['origin' => self::APP]));
    }

    public function test_no_origin_reads(): void
    {
        foreach ([['false'], ['false', self::APP], [self::APP, 'false']] as $words) {
            self::with(['cors' => $words]);
            foreach ([self::APP, self::site()->url] as $origin) {
                self::assertRefused($this->get(self::API . '/tokens', headers: ['origin' => $origin]));
            }
        }
    }

    public function test_without_an_origin_no_origin_is_allowed_by_name(): void
    {
        $answer = $this->get(self::API . '/tokens');
        self::assertNull($answer->header('access-control-allow-origin'));
        self::assertNull($answer->header('access-control-allow-credentials'));
        self::assertVaries($answer);
    }

    public function test_the_jwk_set_is_for_everybody(): void
    {
        self::forget();
        foreach ([[self::APP], ['false']] as $words) {
            self::with(['cors' => $words]);
            foreach ([self::API . '/jwks', '/.well-known/jwks.json'] as $path) {
                foreach ([null, 'null', self::APP, 'https://evil.example'] as $origin) {
                    $answer = $this->get($path, headers: $origin === null ? [] : ['origin' => $origin]);
                    self::assertSame(['*'], $answer->headers['access-control-allow-origin'], $path);
                    self::assertNull($answer->header('access-control-allow-credentials'));
                }
            }
        }
        self::assertSame(0, self::rows());
    }

    public function test_elsewhere_only_the_request_headers_of_preflights_are_extended(): void
    {
        self::forget();
        foreach (['/wp-json/wp/v2/posts', '/wp-json/sallyport/v11/token', '/wp-json/headlesskey/v1/token', '/wp-json/'] as $path) {
            $preflight = self::site()->request('OPTIONS', $path, headers: ['origin' => 'https://evil.example', 'access-control-request-method' => 'POST']);
            $answer = self::site()->request('GET', $path, headers: ['origin' => 'https://evil.example']);
            foreach ([$preflight, $answer] as $its) {
                self::assertSame(['https://evil.example'], $its->headers['access-control-allow-origin']);
                self::assertSame('X-WP-Total, X-WP-TotalPages, Link', $its->header('access-control-expose-headers'));
            }
            self::assertStringContainsString('X-Sallyport-Code', $preflight->header('access-control-allow-headers'));
            self::assertStringContainsString('Content-Disposition', $preflight->header('access-control-allow-headers'));
            self::assertSame('Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type', $answer->header('access-control-allow-headers'));
        }
        self::assertSame(0, self::rows());
    }

    public function test_headlesskeys_names_are_ours_where_they_answer(): void
    {
        self::with(['cors' => [self::APP], 'headlesskey' => true]);
        foreach (['headlesskey/v1', 'wpauthapi/v1'] as $namespace) {
            self::assertRefused(self::site()->request('OPTIONS', "/wp-json/$namespace/token", headers: ['origin' => 'https://evil.example']));
            self::assertAllowed(self::APP, self::site()->request('OPTIONS', "/wp-json/$namespace/token", headers: ['origin' => self::APP]));
        }
    }

    public function test_a_refused_origin_is_one_row_a_day_that_says_how_to_add_it(): void
    {
        self::forget();
        $ask = fn (string $origin): Response => $this->get(self::API . '/tokens', headers: ['origin' => $origin]);
        $answers = self::site()->concurrently(array_fill(0, 6, ['GET', self::API . '/tokens', 'headers' => ['origin' => 'https://other.example:8443']]));
        self::assertSame([401], array_values(array_unique(array_column($answers, 'status'))));
        $row = self::activity(0, 'origin_refused')[0];
        self::assertSame(1, self::rows());
        self::assertSame([
            'origin' => 'https://other.example:8443',
            'add' => 'wp sallyport setting set cors ' . self::site()->url . ',https://app.example,https://other.example:8443',
        ], json_decode($row['detail'], true));
        self::site()->wp(...array_slice(explode(' ', json_decode($row['detail'], true)['add']), 1));
        self::$settings = [];
        self::assertAllowed('https://other.example:8443', $ask('https://other.example:8443'));
        self::assertAllowed(self::APP, $ask(self::APP));
        self::with([]);
        $ask('https://other.example:8443');
        self::assertSame(1, self::rows());
        self::site()->php('global $wpdb; $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_throttle SET until = " . (time() - 1));');
        $ask('https://other.example:8443');
        self::assertSame(2, self::rows(), 'the next day it is reported again');
    }

    public function test_a_stranger_does_not_fill_the_log(): void
    {
        self::forget();
        foreach ([
            '<script>',
            'https://app.example/' . str_repeat('a', 300),
            '=1+1',
            'https://APP.example',
            'https://' . str_repeat('a', 60) . str_repeat('.a', 150),
        ] as $nonsense) {
            $this->get(self::API . '/tokens', headers: ['origin' => $nonsense]);
        }
        self::assertSame(0, self::rows());
        $requests = [];
        for ($i = 0; $i < 100; $i++) {
            $requests[] = ['GET', self::API . '/tokens', 'headers' => ['origin' => 'https://' . bin2hex(random_bytes(8)) . '.example']];
        }
        self::site()->concurrently($requests);
        self::assertGreaterThan(30, self::rows());
        self::assertLessThanOrEqual(64, self::rows());
        self::assertLessThanOrEqual(64, self::site()->php('global $wpdb; return (int) $wpdb->get_var("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_throttle");'));
    }

    /** @dataProvider constants */
    public function test_a_constant_may_be_a_bool_a_text_or_a_list(string $php, array $origins, bool $any): void
    {
        self::assertSame([$origins, $any], self::site()->php("define('SALLYPORT_CORS', $php);" . <<<'PHP'
            $origins = (new \Sallyport\WP\Plugin())->origins();
            return [array_values(array_diff($origins->all(), [home_url()])), $origins->are_any()];
            PHP));
    }

    /** @return array<string, array{string, list<string>, bool}> */
    public static function constants(): array
    {
        return [
            'true' => ['true', [], true],
            'false' => ['false', [], false],
            'text' => ['"https://a.example, https://b.example:8443"', ['https://a.example', 'https://b.example:8443'], false],
            'a list' => ['["https://a.example", "https://b.example"]', ['https://a.example', 'https://b.example'], false],
            'a number is none of these: what is stored counts' => ['7', [self::APP], false],
            'what is no origin opens nothing' => ['["app.example", "true"]', [], false],
        ];
    }

    public function test_the_constant_wins_and_an_unreadable_one_is_reported(): void
    {
        self::forget();
        $browser = new Browser(self::site());
        $browser->logIn(Person::admin(self::site()));
        try {
            self::site()->up_again(['define' => ['SALLYPORT_CORS' => 'false']]);
            self::assertRefused($this->get(self::API . '/tokens', headers: ['origin' => self::APP]));
            self::assertStringNotContainsString('SALLYPORT_CORS', $browser->send('GET', '/wp-admin/index.php')->body);
            self::site()->up_again(['define' => ['SALLYPORT_CORS' => 'https://b.example app.example']]);
            self::assertAllowed('https://b.example', $this->get(self::API . '/tokens', headers: ['origin' => 'https://b.example']));
            self::assertRefused($this->get(self::API . '/tokens', headers: ['origin' => self::APP]));
            self::assertStringContainsString('the value of the constant SALLYPORT_CORS cannot be used', $browser->send('GET', '/wp-admin/index.php')->body);
            self::assertStringStartsWith("define( 'SALLYPORT_CORS', '", json_decode(self::activity(0, 'origin_refused')[0]['detail'], true)['add']);
        } finally {
            self::site()->up_again();
        }
    }

    public function test_the_command_refuses_an_invalid_origin(): void
    {
        foreach (['app.example', 'https://app.example/path', 'null', 'true,https://app.example', 'https://', 'https://app.example:99999', 'https://a b'] as $words) {
            try {
                self::site()->wp('sallyport', 'setting', 'set', 'cors', $words);
                self::fail("'$words' was taken");
            } catch (\RuntimeException $refused) {
                self::assertStringContainsString('cors does not accept this value.', $refused->getMessage());
            }
        }
        self::$settings = [];
        self::assertSame('*', trim(self::site()->wp('sallyport', 'setting', 'set', 'cors', '*')));
    }

    /** How many such rows the log has. */
    private static function rows(): int
    {
        return count(self::activity(0, 'origin_refused'));
    }
}
