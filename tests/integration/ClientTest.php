<?php

declare(strict_types=1);

use Sallyport\WP\Client;
use Sallyport\WP\Refusal;

/** The client of a request: headers are believed only from trusted proxies, and only the configured one. */
final class ClientTest extends WPTestCase
{
    private const PROXIES = '192.0.2.1, 10.0.0.0/8 2001:db8:aaaa::/48';

    public function test_without_trusted_proxies_no_header_counts(): void
    {
        self::assertSame(
            '127.0.0.1',
            self::address(
                '127.0.0.1',
                [
                    'X_FORWARDED_FOR' => '203.0.113.7',
                    'FORWARDED' => 'for=203.0.113.7',
                    'X_REAL_IP' => '203.0.113.7',
                    'CF_CONNECTING_IP' => '203.0.113.7',
                    'CLIENT_IP' => '203.0.113.7',
                ],
            ),
        );
    }

    public function test_the_client_is_the_rightmost_address_that_is_no_proxy(): void
    {
        self::newSettings()->set('trusted_proxies', self::PROXIES);
        $table = [
            // the peer, X-Forwarded-For, the client
            ['192.0.2.1', '203.0.113.7', '203.0.113.7'],
            ['203.0.113.9', '203.0.113.7', '203.0.113.9'], // not one of our proxies
            ['192.0.2.2', '203.0.113.7', '192.0.2.2'],
            ['192.0.2.1', '198.51.100.1, 203.0.113.7', '203.0.113.7'], // the client wrote the left one itself
            ['192.0.2.1', '10.9.9.9, 203.0.113.7', '203.0.113.7'],
            ['192.0.2.1', '203.0.113.7, 10.1.2.3', '203.0.113.7'],
            ['192.0.2.1', '198.51.100.1, 203.0.113.7,10.1.2.3 , 10.1.2.4', '203.0.113.7'],
            ['192.0.2.1', '10.1.2.3, 10.1.2.4', '10.1.2.3'], // a machine of our own
            ['192.0.2.1', '', '192.0.2.1'],
            ['192.0.2.1', null, '192.0.2.1'],
            ['192.0.2.1', 'unknown', '192.0.2.1'],
            ['192.0.2.1', '203.0.113.7, unknown', '192.0.2.1'],
            ['192.0.2.1', '203.0.113.7, , 10.1.2.3', '10.1.2.3'],
            ['192.0.2.1', '203.0.113.7,', '192.0.2.1'],
            ['192.0.2.1', 'nonsense, 203.0.113.7', '203.0.113.7'],
            ['192.0.2.1', '203.0.113.7:55123', '203.0.113.7'],
            ['192.0.2.1', '[2001:db8::7]:443', '2001:db8::7'],
            ['192.0.2.1', '::ffff:203.0.113.7', '203.0.113.7'],
            ['192.0.2.1', '203.0.113.7, ::ffff:10.1.2.3', '203.0.113.7'],
            ['::ffff:192.0.2.1', '203.0.113.7', '203.0.113.7'],
            ['2001:db8:aaaa::5', '2001:db8:bbbb::1', '2001:db8:bbbb::1'],
            ['', '203.0.113.7', ''],
            ['unix:', '203.0.113.7', ''],
        ];
        foreach ($table as [$peer, $header, $client]) {
            self::assertSame($client, self::address($peer, ['X_FORWARDED_FOR' => $header]), "$peer: $header");
        }
    }

    public function test_only_the_configured_header_is_read(): void
    {
        $headers = ['X_FORWARDED_FOR' => '203.0.113.1', 'FORWARDED' => 'for=203.0.113.2', 'X_REAL_IP' => '203.0.113.3', 'CF_CONNECTING_IP' => '203.0.113.4'];
        self::newSettings()->set('trusted_proxies', self::PROXIES);
        foreach (['x-forwarded-for' => '203.0.113.1', 'forwarded' => '203.0.113.2', 'x-real-ip' => '203.0.113.3', 'cf-connecting-ip' => '203.0.113.4'] as $name => $client) {
            self::assertTrue(self::newSettings()->set('proxy_header', $name));
            self::assertSame($client, self::address('192.0.2.1', $headers));
            self::assertSame('192.0.2.1', self::address('192.0.2.1', array_diff($headers, [$client, "for=$client"])), "$name: no other header is used instead");
        }
        self::assertSame('192.0.2.1', self::address('192.0.2.1', ['CF_CONNECTING_IP' => '203.0.113.4, 203.0.113.5']), 'one address, or none');
    }

    public function test_forwarded(): void
    {
        self::newSettings()->set('trusted_proxies', self::PROXIES);
        self::newSettings()->set('proxy_header', 'forwarded');
        $table = [
            // Forwarded, the client, whether its connection is HTTPS
            ['for=203.0.113.7', '203.0.113.7', false],
            ['For="[2001:db8::7]:4711"', '2001:db8::7', false],
            ['for=203.0.113.7;proto=https;by=192.0.2.1', '203.0.113.7', true],
            ['by=x; PROTO=HTTPS ;for="203.0.113.7:80"', '203.0.113.7', true],
            ['for=198.51.100.1;proto=https, for=203.0.113.7;proto=http', '203.0.113.7', false],
            ['for=198.51.100.1;proto=https, for=203.0.113.7', '203.0.113.7', false],
            ['for=203.0.113.7;proto=https, for=10.1.2.3;proto=http', '203.0.113.7', true],
            ['for=203.0.113.7;proto=http, for=10.1.2.3;proto=https', '203.0.113.7', false],
            ['for=198.51.100.1, for=unknown;proto=https', '192.0.2.1', true],
            ['for=_hidden', '192.0.2.1', false],
            ['for=198.51.100.1, proto=https', '192.0.2.1', true],
            ['for="198.51.100.1, for=203.0.113.7', '192.0.2.1', false], // an unclosed quote
            ['for="a, for="[2001:db8::7]:80"', '192.0.2.1', false],
            ['for="x\\", for="203.0.113.7"', '192.0.2.1', false],
            ['x="a, for=198.51.100.1;proto=https", for=203.0.113.7', '203.0.113.7', false],
            ['203.0.113.7', '192.0.2.1', false],
            ['for = 203.0.113.7', '192.0.2.1', false],
            ['', '192.0.2.1', false],
            [str_repeat(' ', 8000) . 'for', '192.0.2.1', false],
        ];
        foreach ($table as [$header, $client, $https]) {
            self::assertSame($client, self::address('192.0.2.1', ['FORWARDED' => $header]), $header);
            self::assertSame($https, self::client('192.0.2.1', ['FORWARDED' => $header, 'X_FORWARDED_PROTO' => 'https'])->is_https(), $header);
            self::assertFalse(self::client('192.0.2.9', ['FORWARDED' => $header])->is_https(), "$header, from an untrusted client");
        }
    }

    public function test_https_is_what_the_server_or_a_trusted_proxy_says(): void
    {
        self::newSettings()->set('trusted_proxies', self::PROXIES);
        foreach ([
            'https' => true, 'HTTPS' => true, 'https, https' => true, 'http' => false, 'https, http' => false,
            'http, https' => false, 'https,' => false, '' => false, 'on' => false,
        ] as $said => $https) {
            self::assertSame($https, self::client('192.0.2.1', ['X_FORWARDED_PROTO' => $said, 'X_FORWARDED_FOR' => '203.0.113.7'])->is_https(), $said);
            self::assertFalse(self::client('192.0.2.9', ['X_FORWARDED_PROTO' => $said])->is_https(), "$said, from an untrusted client");
        }
        self::assertFalse(self::client('192.0.2.1', ['FORWARDED' => 'for=203.0.113.7;proto=https'])->is_https(), 'not the configured header');
        $_SERVER['HTTPS'] = 'on';
        try {
            self::assertTrue(self::client('192.0.2.9', [])->is_https());
        } finally {
            unset($_SERVER['HTTPS']);
        }
    }

    public function test_an_invalid_range_is_refused_when_set_and_ignored_when_stored(): void
    {
        $settings = self::newSettings(['trusted_proxies' => Client::are_understood(...)]);
        foreach (['10.0.0.0/8, everybody', '0.0.0.0/0', ['10.0.0.0/33'], '*', 5, [[]]] as $list) {
            self::assertFalse($settings->set('trusted_proxies', $list));
        }
        self::assertSame([], $settings->get('trusted_proxies'));
        self::assertTrue($settings->set('trusted_proxies', ['10.0.0.0/8', '::1']));
        self::assertSame(['10.0.0.0/8', '::1'], $settings->get('trusted_proxies'));
        self::assertTrue($settings->set('trusted_proxies', []));
        // As a constant sets it, without set().
        update_option('sallyport_settings', ['trusted_proxies' => ['everybody', '0.0.0.0/0', '10.0.0.0/8']]);
        self::assertSame('192.0.2.9', self::address('192.0.2.9', ['X_FORWARDED_FOR' => '203.0.113.7']));
        self::assertSame('203.0.113.7', self::address('10.0.0.1', ['X_FORWARDED_FOR' => '203.0.113.7']));
    }

    public function test_a_device_is_what_the_client_calls_it_else_its_user_agent(): void
    {
        self::assertSame('', self::client('203.0.113.7', [])->device());
        $client = self::client('203.0.113.7', ['USER_AGENT' => "  Curl/8 \x1b]0;title\x07\x9b<b>x</b>\u{202e}  "]);
        self::assertSame('', $client->device(), 'a byte that is not UTF-8');
        $client = self::client('203.0.113.7', ['USER_AGENT' => "  Curl/8 \x1b]0;title\x07\u{9b}<b>x</b>\u{202e}  "]);
        self::assertSame('Curl/8 ]0;titlex', $client->device(), 'without characters that control a terminal or reverse text');
        $client->name_device("Ada's 📱\n");
        self::assertSame("Ada's 📱", $client->device());
        $client->name_device(str_repeat('é', 300));
        self::assertSame(191, mb_strlen($client->device()));
    }

    public function test_https_is_required_as_the_setting_says(): void
    {
        // The environment of a test site is local: HTTPS is required only if a setting says so.
        update_option('home', 'https://example.test');
        self::assertTrue(self::isLetIn());
        foreach ([true, 'true'] as $value) {
            self::assertTrue(self::newSettings()->set('require_https', $value));
            self::assertFalse(self::isLetIn());
            self::assertTrue(self::isLetIn(cli: true), 'requests of the command line to the site itself');
        }
        self::assertTrue(self::newSettings()->set('require_https', false));
        self::assertTrue(self::isLetIn());
        self::assertFalse(self::newSettings()->set('require_https', 'maybe'));
    }

    /** @param array<string, string|null> $headers */
    private static function address(string $peer, array $headers): string
    {
        return self::client($peer, $headers)->address();
    }

    /** @param array<string, string|null> $headers */
    private static function client(string $peer, array $headers, bool $cli = false): Client
    {
        foreach (array_keys($_SERVER) as $name) {
            if (str_starts_with((string) $name, 'HTTP_') && $name !== 'HTTP_HOST') {
                unset($_SERVER[$name]);
            }
        }
        $_SERVER['REMOTE_ADDR'] = $peer;
        foreach (array_filter($headers, is_string(...)) as $name => $value) {
            $_SERVER["HTTP_$name"] = $value;
        }
        return new Client(self::newSettings(), $cli);
    }

    private static function isLetIn(bool $cli = false): bool
    {
        try {
            self::client('203.0.113.7', [], $cli)->require_https();
            return true;
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_https_required', $refusal->reason->value);
            return false;
        }
    }
}
