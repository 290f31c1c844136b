<?php

declare(strict_types=1);

use Sallyport\WP\Address;

/** Addresses in the formats that proxies and administrators write. */
final class AddressTest extends WPTestCase
{
    public function test_an_address_has_one_spelling(): void
    {
        $table = [
            '192.0.2.1' => '192.0.2.1',
            ' 192.0.2.1 ' => '192.0.2.1',
            '192.0.2.1:4711' => '192.0.2.1',
            '[192.0.2.1]:4711' => '192.0.2.1',
            '2001:DB8:0:0::1' => '2001:db8::1',
            '[2001:db8::1]' => '2001:db8::1',
            '[2001:db8::1]:4711' => '2001:db8::1',
            '::ffff:192.0.2.1' => '192.0.2.1',
            '[::FFFF:c000:201]:80' => '192.0.2.1',
            '::1' => '::1',
        ];
        foreach ($table as $written => $address) {
            self::assertSame($address, Address::read($written), $written);
        }
    }

    public function test_what_is_no_address_is_none(): void
    {
        foreach (['', ' ', 'unknown', '_hidden', 'localhost', '192.0.2', '192.0.2.256', '192.0.2.01', '0xc0.0.2.1', '3221225985', '192.0.2.1:', '192.0.2.1:123456',
            '192.0.2.1:80:80', '192.0.2.1, 192.0.2.2', '192.0.2.1/32', '[192.0.2.1', '192.0.2.1]', '2001:db8::1::', '[2001:db8::1]x', 'fe80::1%eth0', "192.0.2.1\0.example",
            "192.0.2.1\n192.0.2.2", '"192.0.2.1"', '1.2.3.4.5', str_repeat('1', 5000)] as $text) {
            self::assertNull(Address::read($text), $text);
        }
    }

    public function test_ranges(): void
    {
        $table = [
            // range, inside, outside
            ['192.0.2.1', ['192.0.2.1', '::ffff:192.0.2.1'], ['192.0.2.2', '::1', '']],
            ['192.0.2.0/24', ['192.0.2.0', '192.0.2.255'], ['192.0.1.255', '192.0.3.0']],
            ['192.0.2.77/24', ['192.0.2.1'], ['192.0.3.1']],
            ['10.0.0.0/8', ['10.255.255.255'], ['11.0.0.0', '9.255.255.255', '2001:db8::1']],
            ['172.16.0.0/12', ['172.16.0.1', '172.31.255.255'], ['172.15.255.255', '172.32.0.0']],
            ['192.0.2.128/31', ['192.0.2.128', '192.0.2.129'], ['192.0.2.127', '192.0.2.130']],
            ['192.0.2.128/32', ['192.0.2.128'], ['192.0.2.129']],
            ['128.0.0.0/1', ['255.0.0.1', '128.0.0.0'], ['127.255.255.255']],
            ['2001:db8::/32', ['2001:db8:ffff::1', '2001:DB8::'], ['2001:db9::', '2001:db7:ffff::', '32.1.13.184']],
            ['2001:db8::/33', ['2001:db8:7fff::1'], ['2001:db8:8000::1']],
            ['fe80::/10', ['febf::1'], ['fec0::1']],
            ['::1', ['::1'], ['::2', '127.0.0.1']],
            ['2001:db8::1/128', ['2001:db8::1'], ['2001:db8::2']],
            ['::ffff:10.0.0.0/104', ['10.1.2.3'], ['11.1.2.3', '::1']],
        ];
        foreach ($table as [$range, $inside, $outside]) {
            self::assertTrue(Address::is_range($range), $range);
            foreach ($inside as $address) {
                self::assertTrue(Address::is_in($address, $range), "$address in $range");
            }
            foreach ($outside as $address) {
                self::assertFalse(Address::is_in($address, $range), "$address in $range");
            }
        }
    }

    public function test_an_invalid_range_contains_no_address(): void
    {
        foreach ([
            '', '*', 'all', '0.0.0.0/0', '::/0', '::ffff:0.0.0.0/96', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1',
            '10.0.0.0/+8', '10.0.0.0/08', '10.0.0.0/8.0', '10.0.0.0/8/8', '10.0.0.0/255.0.0.0', "10.0.0.0/8\n", '10.0.0/8',
            '/8', '2001:db8::/129', '2001:db8::/x', 'example.test', '[2001:db8::]/32', '10.0.0.1:80', '10.0.0.1-10.0.0.9',
        ] as $range) {
            self::assertFalse(Address::is_range($range), $range);
            foreach (['10.0.0.1', '0.0.0.0', '192.0.2.1', '::', '2001:db8::1', ''] as $address) {
                self::assertFalse(Address::is_in($address, $range), "$address in $range");
            }
        }
    }

    public function test_an_ipv6_client_is_its_64_bit_network(): void
    {
        $table = [
            '192.0.2.1' => '192.0.2.1',
            '2001:db8:1:2:3:4:5:6' => '2001:db8:1:2::/64',
            '2001:db8:1:2:ffff::' => '2001:db8:1:2::/64',
            '2001:db8:1:3::' => '2001:db8:1:3::/64',
            '' => '',
        ];
        foreach ($table as $address => $network) {
            self::assertSame($network, Address::network($address), $address);
        }
    }

    public function test_a_shortened_address_hides_the_client_among_its_neighbours(): void
    {
        $table = [
            '192.0.2.201' => '192.0.2.0',
            '::ffff:192.0.2.201' => '192.0.2.0',
            '2001:db8:1234:5678:3:4:5:6' => '2001:db8:1234::',
            '2001:db8::1' => '2001:db8::',
            '::1' => '::',
            '' => '',
            'x' => '',
        ];
        foreach ($table as $address => $kept) {
            self::assertSame($kept, Address::truncated($address), $address);
        }
    }
}
