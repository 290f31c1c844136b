<?php

declare(strict_types=1);

use Sallyport\WP\Headlesskey;
use Sallyport\WP\Rest\Origins;

/** Entries of the setting `cors` are brought into the form that browsers send; what browsers send must match it exactly. */
final class OriginsTest extends WPTestCase
{
    /** @dataProvider origins */
    public function test_an_origin_is_listed_or_not(string $listed, string $sent, bool $allowed): void
    {
        update_option('sallyport_settings', ['cors' => [$listed]]);
        self::assertSame($allowed, self::of()->has($sent));
    }

    private static function of(): Origins
    {
        $settings = self::newSettings();
        return new Origins($settings, new Headlesskey($settings));
    }

    /** @return array<string, array{string, string, bool}> */
    public static function origins(): array
    {
        return [
            'itself' => ['https://app.example', 'https://app.example', true],
            'another scheme' => ['https://app.example', 'http://app.example', false],
            'a port' => ['http://localhost:3000', 'http://localhost:3000', true],
            'another port' => ['http://localhost:3000', 'http://localhost:3001', false],
            'no port' => ['http://localhost:3000', 'http://localhost', false],
            'the port that goes without saying, listed' => ['https://app.example:443', 'https://app.example', true],
            'and sent, as no browser does' => ['https://app.example', 'https://app.example:443', false],
            'port 80 of https is a port' => ['https://app.example:80', 'https://app.example', false],
            'a slash, listed' => ['https://app.example/', 'https://app.example', true],
            'a slash, sent' => ['https://app.example', 'https://app.example/', false],
            'upper case, listed' => ['HTTPS://App.Example', 'https://app.example', true],
            'upper case, sent' => ['https://app.example', 'HTTPS://APP.EXAMPLE', false],
            'a path' => ['https://app.example', 'https://app.example/path', false],
            'a listed path is no origin' => ['https://app.example/path', 'https://app.example', false],
            'a sub-domain' => ['https://app.example', 'https://evil.app.example', false],
            'the domain above' => ['https://app.example', 'https://example', false],
            'a longer name' => ['https://app.example', 'https://app.example.evil.example', false],
            'a name before it' => ['https://app.example', 'https://evilapp.example', false],
            'a dot for a letter' => ['https://app.example', 'https://appxexample', false],
            'no wildcard' => ['https://*.example', 'https://app.example', false],
            'user info' => ['https://app.example', 'https://app.example@evil.example', false],
            'null' => ['https://app.example', 'null', false],
            'null, listed' => ['null', 'null', false],
            'several' => ['https://app.example', 'https://app.example https://evil.example', false],
            'several by comma' => ['https://app.example', 'https://app.example, https://evil.example', false],
            'a name that is not ASCII' => ['https://bücher.example', 'https://xn--bcher-kva.example', true],
            'nor its capitals' => ['https://BÜCHER.example', 'https://xn--bcher-kva.example', true],
            'sent as no browser does' => ['https://bücher.example', 'https://bücher.example', false],
            'a look-alike' => ['https://apple.example', 'https://xn--pple-43d.example', false],
            'an app' => ['capacitor://localhost', 'capacitor://localhost', true],
            'IPv6' => ['http://[::1]:8080', 'http://[::1]:8080', true],
            'longer than any name' => ['https://' . str_repeat('a.', 130) . 'a', 'https://' . str_repeat('a.', 130) . 'a', false],
            'nonsense' => ['https://app.example', 'app.example', false],
            'empty' => ['https://app.example', '', false],
        ];
    }

    public function test_the_sites_own_are_those_of_its_two_addresses(): void
    {
        update_option('sallyport_settings', []);
        $addresses = ['home_url' => 'https://Example.com:443/blog', 'site_url' => 'http://wp.example.com:8080/wp'];
        foreach ($addresses as $filter => $address) {
            add_filter($filter, static fn (): string => $address);
        }
        try {
            $origins = self::of();
            self::assertSame(['https://example.com', 'http://wp.example.com:8080'], $origins->all());
            self::assertTrue($origins->is_own('https://example.com'));
            self::assertFalse($origins->is_own('http://example.com'));
            self::assertFalse($origins->is_own(''));
        } finally {
            array_map('remove_all_filters', array_keys($addresses));
        }
    }
}
