<?php

declare(strict_types=1);

use Sallyport\WP\Plugin;
use Sallyport\WP\Refusal;
use Sallyport\WP\Webhook\Destinations;

/** Where a webhook may be sent: the public internet, by https, and not a name for something else. */
final class WebhookDestinationsTest extends WPTestCase
{
    private const PUBLIC = [
        '93.184.215.14', '8.8.8.8', '1.1.1.1', '100.63.255.255', '100.128.0.0', '172.15.255.255', '172.32.0.1',
        '169.253.0.1', '192.167.0.1', '223.255.255.255', '198.17.0.1', '198.20.0.1', '2606:4700::1111',
        '2a00:1450:4001::8a', '2001:4860:4860::8888', '::ffff:8.8.8.8',
    ];

    private const PRIVATE = [
        '0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.100.100.200', '100.127.255.255', '127.0.0.1',
        '127.255.255.254', '168.63.129.16', '169.254.0.1', '169.254.169.254',
        '172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.0.192', '192.0.2.1', '192.88.99.1', '192.168.0.1', '198.18.0.1',
        '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255',
        '::', '::1', '::7f00:1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a9fe:a9fe', '::ffff:10.0.0.1',
        '::ffff:0:127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1', '100::1', '2001::1', '2001:2::1',
        '2001:10::1', '2001:db8::1', '2002:7f00:1::', '3fff::1',
        'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fec0::1', 'ff02::1', '5f00::1', '4000::1',
    ];

    public function test_public_and_private_addresses_are_told_apart(): void
    {
        foreach (self::PUBLIC as $address) {
            self::assertTrue(Destinations::is_public($address), $address);
        }
        foreach ([...self::PRIVATE, '', 'localhost', '127.1', '2130706433', '0x7f000001', '8.8.8.8/0', '[2606:4700::1111]x'] as $address) {
            self::assertFalse(Destinations::is_public($address), $address);
        }
    }

    public function test_a_host_is_refused_if_any_of_its_addresses_is_private(): void
    {
        foreach (self::PRIVATE as $address) {
            self::assertSame('address', $this->refusal('https://receiver.example/', [$address]), $address);
            self::assertSame('address', $this->refusal('https://receiver.example/', ['8.8.8.8', $address]), $address);
            $literal = str_contains($address, ':') ? "[$address]" : $address;
            self::assertSame('address', $this->refusal("https://$literal/", []), $literal);
        }
        self::assertSame('unresolved', $this->refusal('https://receiver.example/', []));
        self::assertSame('address', $this->refusal('https://localhost/', Destinations::resolve('localhost')));
    }

    public function test_names_are_looked_up_as_the_machine_does(): void
    {
        self::assertContains(Destinations::resolve('localhost')[0] ?? null, ['127.0.0.1', '::1']);
        self::assertSame([], Destinations::resolve('no-such-host.invalid'));
    }

    public function test_an_accepted_url_is_pinned_to_its_addresses(): void
    {
        $find = fn (string $url, array $addresses): array => $this->destinations($addresses)->find($url);
        self::assertSame(['receiver.example:443:8.8.8.8,1.1.1.1'], $find('https://receiver.example/hook?a=b', ['8.8.8.8', '1.1.1.1']));
        self::assertSame(['Receiver.example:8443:2606:4700::1111'], $find('HTTPS://Receiver.example:8443', ['2606:4700::1111']));
        self::assertSame([], $find('https://8.8.8.8/', []), 'an IP address is where it says');
        self::assertSame([], $find('https://[2606:4700::1111]:8080/', []));
    }

    public function test_urls_that_are_none_or_hide_their_host(): void
    {
        $urls = [
            '', 'receiver.example', 'https://', 'https:///hook', 'https://receiver.example:x/',
            'https://receiver.example:99999/', "https://receiver.example/\n", "https://receiver.example/\r\nX: y",
            'https://receiver.example/ hook',
            'https://user@receiver.example/', 'https://user:word@receiver.example/', 'https://8.8.8.8#@127.0.0.1/',
            'https://receiver.example/#fragment', 'https://8.8.8.8\\@127.0.0.1/',
            'https://receiver.example\\.evil.example/',
            'https://127.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://0x7f.1/', 'https://0177.0.0.1/',
            'https://017700000001/', 'https://127.0.0.1./', 'https://1.2.3/', 'https://localhost./', 'https://a..b/',
            'https://-a.example/', 'https://a_b.example/',
            'https://ⓛocalhost/',
            'https://bücher.example/',
            'https://%6cocalhost/',
            'https://receiver%2eexample/',
            'https://[::1/',
            'https://[::ffff:127.0.0.1%25lo]/',
            'https://' . str_repeat('a', 64) . '.example/',
            'https://receiver.example/' . str_repeat('a', 2048),
        ];
        foreach ($urls as $url) {
            self::assertSame('url', $this->refusal($url, ['8.8.8.8']), $url);
        }
    }

    public function test_schemes_and_ports(): void
    {
        self::assertSame('scheme', $this->refusal('//receiver.example/', ['8.8.8.8']));
        foreach (['http', 'ftp', 'file', 'gopher', 'javascript', 'ssl'] as $scheme) {
            self::assertSame('scheme', $this->refusal("$scheme://receiver.example/", ['8.8.8.8']), $scheme);
        }
        foreach ([0, 22, 25, 3306, 6379, 9000, 65535] as $port) {
            self::assertSame('port', $this->refusal("https://receiver.example:$port/", ['8.8.8.8']), (string) $port);
        }
        foreach ([80, 443, 8080, 8443] as $port) {
            self::assertNull($this->refusal("https://receiver.example:$port/", ['8.8.8.8']), (string) $port);
        }
        add_filter('http_allowed_safe_ports', static fn (array $ports): array => [...$ports, 9443]);
        self::assertNull($this->refusal('https://receiver.example:9443/', ['8.8.8.8']));
    }

    public function test_the_setting_allows_private_addresses_and_plain_http_and_nothing_else(): void
    {
        (new Plugin())->settings()->set('webhook_allow_private', true);
        foreach (['http://127.0.0.1:3000/', 'http://[::1]:3000/', 'https://10.0.0.1/', 'http://receiver.internal/'] as $url) {
            self::assertNull($this->refusal($url, ['10.0.0.1']), $url);
        }
        self::assertSame('scheme', $this->refusal('ftp://127.0.0.1/', []));
        self::assertSame('url', $this->refusal('http://127.1/', []));
        self::assertSame('unresolved', $this->refusal('http://receiver.internal/', []));
    }

    /** Without endpoints, a row of the log costs the same as without webhooks. */
    public function test_a_site_without_webhooks_asks_the_database_nothing_for_them(): void
    {
        global $wpdb;
        $row = ['id' => 1, 'time' => time(), 'event' => 'token_issued', 'user_id' => 1, 'blog_id' => get_current_blog_id(), 'ip' => '', 'issuer' => '', 'outcome' => 'ok'];
        update_option('sallyport_webhooks', ['rev' => 1, 'endpoints' => []], true);
        wp_load_alloptions();
        $before = $wpdb->num_queries;
        self::plugin()->webhook_queue()->add($row);
        self::assertSame($before, $wpdb->num_queries);
    }

    /** @param list<string> $addresses the addresses that the host's name resolves to */
    private function refusal(string $url, array $addresses): ?string
    {
        try {
            $this->destinations($addresses)->find($url);
            return null;
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_webhook_invalid', $refusal->reason->value);
            return $refusal->data['reason'];
        }
    }

    /** @param list<string> $addresses */
    private function destinations(array $addresses): Destinations
    {
        return new Destinations((new Plugin())->settings(), static fn (): array => $addresses);
    }
}
