<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/TwoSites.php';

/** `wp sallyport key reseal` on a network: secrets that all its sites share, and secrets of each site. */
final class ResealNetworkTest extends HttpTestCase
{
    use TwoSites;

    private const NEW = 'YW5vdGhlciBrZXksIG9mIHRoaXJ0eS10d28gYnl0ZXM=';

    public function test_every_site_goes_from_one_key_to_another_and_nobody_is_turned_away(): void
    {
        $person = $this->enrolled();
        static::site()->php('add_user_to_blog((int) $argv[1], (int) $argv[2], "subscriber");', [(string) self::$other, (string) $person->id]);
        self::connect();
        $there = fn (array $fields): \Sallyport\Tests\Response => static::site()->request(
            'POST',
            '/other' . self::API . '/token',
            json: ['username' => $person->login, 'password' => $person->password] + $fields,
        );
        $answer = $there(['code' => $person->codes[0]]);
        self::assertSame(200, $answer->status, (string) $answer);
        $kids = [$this->kid('/'), $this->kid('/other/')];
        $checks = self::keyChecks();

        self::restart(['SALLYPORT_NEW_MASTER_KEY' => self::NEW]);
        $expected = ['TOTP secrets' => 1, 'SSO secrets' => 2, 'signing keys' => 2, 'webhook secrets' => 2];
        self::assertSame($expected, array_column(static::site()->rows('key', 'reseal', '--dry-run'), 'due', 'kind'));
        self::assertSame($checks, self::keyChecks(), 'it changed nothing');
        self::assertSame($expected, array_column(static::site()->rows('key', 'reseal', '--yes'), 'resealed', 'kind'));
        self::assertSame(0, array_sum(array_column(static::site()->rows('key', 'reseal', '--dry-run'), 'due')));

        // The old key is removed: each site opens its secrets with the new one alone.
        static::site()->php('foreach ([...glob(WP_CONTENT_DIR . "/sallyport-key.php"), ...glob(dirname(ABSPATH) . "/.sallyport-" . substr(hash("sha256", implode("/", [DB_HOST, DB_NAME, $GLOBALS["wpdb"]->base_prefix])), 0, 12) . ".php")] as $file) { unlink($file); }');
        self::restart(['SALLYPORT_MASTER_KEY' => self::NEW]);
        self::assertSame($kids, [$this->kid('/'), $this->kid('/other/')], 'they sign with the same keys as before');
        foreach (['/', '/other/'] as $path) {
            self::forgetCodes($person);
            $answer = static::site()->request(
                'POST',
                rtrim($path, '/') . self::API . '/token',
                json: ['username' => $person->login, 'password' => $person->password, 'code' => $person->app->code()],
            );
            self::assertSame(200, $answer->status, "$path: $answer");
            $me = static::site()->request('GET', rtrim($path, '/') . '/wp-json/wp/v2/users/me', bearer: $answer->json['token']);
            self::assertSame($person->id, $me->json['id'] ?? null, "$path: $me");
        }
        foreach ([1, self::$other] as $blog) {
            $opened = static::site()->plugin('switch_to_blog((int) $argv[1]); $sites = (fn () => $this->connected_sites())->call($plugin); return [$sites->secret($sites->find("elsewhere")), $plugin->endpoints()->secret($plugin->endpoints()->all()[0])];', [(string) $blog]);
            self::assertStringStartsWith('whsec_', $opened[1]);
            self::assertNotSame('', $opened[0]);
        }
    }

    /** Set-up: each site is connected with another one, and has an endpoint. */
    private static function connect(): void
    {
        static::site()->plugin(<<<'PHP'
            foreach ([1, (int) $argv[1]] as $blog) {
                switch_to_blog($blog);
                (fn () => $this->connected_sites())->call($plugin)->add('elsewhere', 'https://elsewhere.example', '', null, null, null, ['issue'], time());
                $plugin->endpoints()->add('https://8.8.8.8/hook', ['key_retired'], time());
                restore_current_blog();
            }
            PHP, [(string) self::$other]);
    }

    /** The id of the key that signed a token of a site. */
    private function kid(string $path): string
    {
        $answer = static::site()->request('POST', rtrim($path, '/') . self::API . '/token', json: ['username' => 'admin', 'password' => 'password']);
        self::assertSame(200, $answer->status, (string) $answer);
        return json_decode(base64_decode(strtr(explode('.', $answer->json['token'])[0], '-_', '+/')), true)['kid'];
    }

    /** @return list<mixed> the values by which each site, and the network, checks the master key */
    private static function keyChecks(): array
    {
        return static::site()->php('return [get_blog_option(1, "sallyport_key_check"), get_blog_option((int) $argv[1], "sallyport_key_check"), get_site_option("sallyport_key_check")];', [(string) self::$other]);
    }

    /** @param array<string, scalar> $define */
    private static function restart(array $define): void
    {
        static::site()->up_again(['define' => $define, 'multisite' => true]);
    }
}
