<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Site;

require_once __DIR__ . '/SsoTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** `wp sallyport site`: a secret is printed once, and only by the command that created it. */
final class SiteCommandTest extends SsoTestCase
{
    use OwnSite;

    public function test_added_listed_removed(): void
    {
        [$code, $secret, $err] = static::site()->command('site', 'add', 'one', 'https://one.example/blog/', '--name=Site one', '--allow=issue,exchange');
        self::assertSame(0, $code);
        self::assertMatchesRegularExpression('/^[A-Za-z0-9_-]{43}\n$/', $secret);
        self::assertStringContainsString('not shown again', $err);
        self::assertNotSame($secret, static::site()->command('site', 'add', 'two', 'http://two.example:8080', '--allow=exchange')[1]);

        $list = self::listed();
        self::assertSame(['site_key', 'name', 'address', 'allow', 'signed_by', 'created', 'last_used'], array_keys($list[0]));
        self::assertSame(['one', 'Site one', 'https://one.example/blog', 'issue,exchange', 'HS256'], array_slice(array_values($list[0]), 0, 5));
        self::assertSame(['two', '', 'http://two.example:8080', 'exchange', 'HS256'], array_slice(array_values($list[1]), 0, 5));
        self::assertNull($list[0]['last_used']);
        foreach (['table', 'csv', 'json'] as $format) {
            [$code, $out, $err] = static::site()->command('site', 'list', "--format=$format");
            self::assertSame([0, ''], [$code, $err]);
            self::assertStringContainsString('two.example', $out);
            self::assertStringNotContainsString(trim($secret), $out);
        }

        [$code, $out] = static::site()->command('site', 'remove', 'one');
        self::assertSame(0, $code);
        self::assertStringContainsString('[y/n]', $out);
        self::assertCount(2, self::listed());
        self::assertSame([0, "Success: The connection one was ended.\n", ''], static::site()->command('site', 'remove', 'one', '--yes'));
        self::assertSame(['two'], array_column(self::listed(), 'site_key'));
        self::assertStringContainsString('sallyport_sso_site_unknown', self::fails('remove', 'one', '--yes'));
        static::site()->command('site', 'remove', 'two', '--yes');

        $logged = static::site()->php('global $wpdb; return $wpdb->get_results("SELECT event, detail FROM {$wpdb->base_prefix}sallyport_activity WHERE event IN (\'site_added\', \'site_removed\') ORDER BY id", ARRAY_A);');
        self::assertSame(['site_added', 'site_added', 'site_removed', 'site_removed'], array_column($logged, 'event'));
        self::assertSame(['site' => 'one', 'url' => 'https://one.example/blog', 'by' => 'wp-cli'], json_decode($logged[0]['detail'], true));
    }

    public function test_without_a_word_nobody_of_the_other_site_is_signed_in_here(): void
    {
        static::site()->wp('sallyport', 'site', 'add', 'careful', 'https://careful.example');
        self::assertSame(['issue'], array_column(self::listed(), 'allow'));
        static::site()->command('site', 'remove', 'careful', '--yes');
    }

    public function test_a_secret_of_ones_own_is_never_printed(): void
    {
        $secret = 'x!"#$%&/()=?{[]}\\~abcdefghijklmno';
        foreach (["$secret\n", "$secret\r\n", $secret] as $i => $text) {
            self::assertSame(
                [0, "Success: The connection own-$i was created.\n", ''],
                static::site()->command(
                    'site',
                    'add',
                    "own-$i",
                    'https://own.example',
                    '--allow=exchange',
                    '--secret-file=' . self::file($text),
                ),
            );
            $person = $this->person();
            $foreign = new \Sallyport\Tests\ForeignSite("own-$i", 'https://own.example', static::site()->url, $secret);
            self::assertSame(200, $this->exchange($foreign->signsIn($person->email))->status);
        }
        self::assertStringContainsString('already', self::fails('add', 'own-0', 'https://another.example'));
        self::assertStringContainsString('already', self::fails('add', 'OWN-0', 'https://another.example'), 'because for the database both names are the same');
        self::assertSame('https://own.example', self::listed()[0]['address']);
        foreach ([str_repeat('x', 31), "line one of as many\nline two of as many\n"] as $text) {
            self::assertStringContainsString('visible ASCII', self::fails('add', 'bad', 'https://bad.example', '--secret-file=' . self::file($text)));
        }
        self::assertStringContainsString('cannot be read', self::fails('add', 'bad', 'https://bad.example', '--secret-file=/nowhere'));
        self::assertStringContainsString('cannot be read', self::fails('add', 'bad', 'https://bad.example', '--secret-file=' . self::file('')));
    }

    public function test_a_public_key(): void
    {
        [$pem, $private, $jwk, $private_jwk, $weak] = static::site()->php(<<<'PHP'
            $pair = openssl_pkey_new(['private_key_type' => OPENSSL_KEYTYPE_EC, 'curve_name' => 'prime256v1']);
            openssl_pkey_export($pair, $private);
            $ec = openssl_pkey_get_details($pair);
            $b64 = static fn (string $bytes): string => rtrim(strtr(base64_encode(str_pad($bytes, 32, "\0", STR_PAD_LEFT)), '+/', '-_'), '=');
            $jwk = ['kty' => 'EC', 'crv' => 'P-256', 'x' => $b64($ec['ec']['x']), 'y' => $b64($ec['ec']['y']), 'kid' => 'theirs', 'alg' => 'ES256'];
            $weak = openssl_pkey_get_details(openssl_pkey_new(['private_key_bits' => 1024]))['key'];
            return [$ec['key'], $private, json_encode($jwk), json_encode($jwk + ['d' => $b64($ec['ec']['d'])]), $weak];
            PHP);
        self::assertSame(0, static::site()->command('site', 'add', 'pem', 'https://pem.example', '--public-key=' . self::file($pem), '--alg=ES256')[0]);
        self::assertSame(0, static::site()->command('site', 'add', 'jwk', 'https://jwk.example', '--public-key=' . self::file($jwk))[0]);
        self::assertSame(['ES256', 'ES256'], array_slice(array_column(self::listed(), 'signed_by'), -2));
        $bad = [
            'no algorithm' => [$pem],
            'another algorithm' => [$pem, '--alg=RS256'],
            'another than the JWK says' => [$jwk, '--alg=ES384'],
            'a private key' => [$private, '--alg=ES256'],
            'a private JWK' => [$private_jwk],
            'a secret' => ['{"kty":"oct","k":"' . str_repeat('k', 43) . '","alg":"HS256"}'],
            'a set' => ["{\"keys\":[$jwk]}"],
            'a weak one' => [$weak, '--alg=RS256'],
            'no key' => ['no key', '--alg=RS256'],
            'too long' => [str_repeat('x', 17000), '--alg=RS256'],
        ];
        foreach ($bad as $name => $words) {
            $words[0] = '--public-key=' . self::file($words[0]);
            self::assertStringContainsString('rest_invalid_param: The public key', self::fails('add', 'bad', 'https://bad.example', ...$words), $name);
        }
        self::assertStringContainsString("'alg'", self::fails('add', 'bad', 'https://bad.example', '--public-key=' . self::file($pem), '--alg=HS256'));
        self::assertStringContainsString('--alg', self::fails('add', 'bad', 'https://bad.example', '--alg=ES256'));
        self::assertNotContains('bad', array_column(self::listed(), 'site_key'));
    }

    public function test_what_is_no_connection(): void
    {
        self::assertStringContainsString('site key must', self::fails('add', 'a b', 'https://bad.example'));
        self::assertStringContainsString('address must', self::fails('add', 'bad', 'bad.example'));
        self::assertStringContainsString('Allowed', self::fails('add', 'bad', 'https://bad.example', '--allow=issue;exchange'));
        foreach ([['add', 'bad'], ['add'], ['remove'], ['list', '--format=xml'], ['add', 'bad', 'https://bad.example', '--secret=x']] as $words) {
            self::assertSame(1, static::site()->command('site', ...$words)[0], implode(' ', $words));
        }
        self::assertNotContains('bad', array_column(self::listed(), 'site_key'));
    }

    public function test_where_sallyport_cannot_work_it_ends_with_2(): void
    {
        static::site()->up_again(['without-extension' => true]);
        try {
            [$code, $out, $err] = static::site()->command('site', 'add', 'bad', 'https://bad.example');
            self::assertSame([2, ''], [$code, $out]);
            self::assertStringContainsString('not loaded', $err);
        } finally {
            static::site()->up_again();
        }
    }

    private static function fails(string ...$words): string
    {
        [$code, $out, $err] = static::site()->command('site', ...$words);
        self::assertSame([1, ''], [$code, $out], implode(' ', $words) . $err);
        self::assertStringStartsWith('Error: ', $err);
        return $err;
    }

    /** @return list<array<string, string|null>> */
    private static function listed(): array
    {
        return static::site()->rows('site', 'list');
    }

    private static function file(string $text): string
    {
        $file = static::site()->dir . '/.site/run/given';
        file_put_contents($file, $text);
        chmod($file, 0644);
        return $file;
    }
}
