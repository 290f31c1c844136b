<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** A signing key from wp-config.php: it is the only key, and if it cannot be used, the administrator is told. */
final class FixedKeyTest extends HttpTestCase
{
    use OwnSite;

    /** @param array<string, string> $define */
    private static function with(array $define): void
    {
        self::site()->up_again(['define' => $define]);
    }

    /** A new key pair in a file that only the site's own user may read: [path, kid, PEM]. @return list<string> */
    private static function pair(string $algorithm): array
    {
        return self::site()->php(<<<'PHP'
            $key = \Sallyport\Key::generate($argv[1]);
            $file = dirname(ini_get('error_log') ?: WP_DEBUG_LOG, 2) . '/run/' . $key->kid() . '.pem';
            touch($file);
            chmod($file, 0600);
            file_put_contents($file, $key->toPem());
            return [$file, $key->kid(), $key->toPem()];
            PHP, [$algorithm]);
    }

    public function test_a_pair_from_a_file_signs_and_is_published_alone(): void
    {
        $admin = $this->person('administrator');
        $this->signIn($admin);
        $old = $admin->token;
        [$file, $kid] = self::pair('RS256');
        self::with(['SALLYPORT_PRIVATE_KEY' => $file, 'SALLYPORT_ALGORITHM' => 'RS256']);
        self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $old));
        $this->signIn($admin);
        self::assertSame($kid, json_decode(base64_decode(explode('.', $admin->token)[0]), true)['kid']);
        self::assertSame($admin->id, $this->whoIs($admin->token));
        self::assertSame([$kid], array_column($this->get('/.well-known/jwks.json')->json['keys'], 'kid'));
        $listed = $this->get(self::API . '/keys', $admin->token)->json;
        self::assertSame(
            ['constant', 'RS256', [[$kid, 'active', 'constant']]],
            [
                $listed['source'],
                $listed['algorithm'],
                array_map(static fn (array $key): array => [$key['kid'], $key['state'], $key['source']], $listed['keys']),
            ],
        );
        foreach ([['action' => 'generate'], ['action' => 'rotate'], ['action' => 'retire', 'kid' => $kid]] as $body) {
            self::refused(409, 'sallyport_keys_fixed', $this->post('/keys', $body, $admin->token));
        }
        // A constant overrides the environment.
        self::assertSame(['constant', $kid], self::site()->php('putenv("SALLYPORT_SECRET_KEY=" . str_repeat("s", 64)); $plugin = new \Sallyport\WP\Plugin(); return [$plugin->fixed_key()->source(), $plugin->fixed_key()->key()->kid()];'));
        self::with([]);
        self::assertSame($admin->id, $this->whoIs($old), 'the stored key is as it was');
    }

    public function test_a_secret_as_a_constant(): void
    {
        $person = $this->person();
        self::with(['SALLYPORT_SECRET_KEY' => str_repeat('secret! ', 8), 'SALLYPORT_ALGORITHM' => 'HS512']);
        $this->signIn($person);
        self::assertSame('HS512', json_decode(base64_decode(explode('.', $person->token)[0]), true)['alg']);
        self::assertSame($person->id, $this->whoIs($person->token));
        self::assertSame(['keys' => []], $this->get('/.well-known/jwks.json')->json);
    }

    public function test_a_pair_as_text(): void
    {
        $person = $this->person();
        self::with(['SALLYPORT_PRIVATE_KEY' => strtr(self::pair('ES256')[2], ["\n" => '\n']), 'SALLYPORT_ALGORITHM' => 'ES256']);
        $this->signIn($person);
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    /** @dataProvider unfit */
    public function test_an_unusable_key_stops_only_our_own_tokens(string $says, callable $define): void
    {
        self::with([]);
        $person = $this->enrolled();
        $browser = new Browser(self::site());
        $admin = Person::admin(self::site());
        $browser->logIn($admin);
        self::assertTrue($browser->isSignedIn());
        self::with($define());
        foreach (['/.well-known/jwks.json', self::API . '/jwks', '/wp-json/wp/v2/users/me', '/wp-json/wp/v2/posts'] as $path) {
            self::refused(503, 'sallyport_unavailable', $this->get($path, $person->token));
        }
        self::refused(503, 'sallyport_unavailable', $this->logIn($this->person()));
        self::refused(503, 'sallyport_unavailable', $this->post('/token/validate', ['token' => $person->token]));
        self::assertSame(200, $this->get('/wp-json/wp/v2/posts')->status);
        $page = $browser->send('GET', '/wp-admin/index.php');
        self::assertSame(200, $page->status);
        self::assertStringContainsString('Sallyport issues and accepts no tokens of its own.', $page->body);
        self::assertStringContainsString($says, html_entity_decode($page->body));
        self::assertStringNotContainsString('cannot sign in', $page->body);
        $tab = $browser->send('GET', '/wp-admin/options-general.php?page=sallyport&tab=keys');
        self::assertSame(200, $tab->status);
        self::assertMatchesRegularExpression('~<p class="sallyport-error">[^<]*' . preg_quote($says, '~') . '.*id="sallyport-master"~s', html_entity_decode($tab->body));
    }

    /** @return array<string, array{string, callable(): array<string, string>}> */
    public static function unfit(): array
    {
        return [
            'a short secret' => ['too weak', static fn (): array => ['SALLYPORT_SECRET_KEY' => 'short']],
            'another algorithm' => ['not one for the algorithm', static fn (): array => ['SALLYPORT_PRIVATE_KEY' => self::pair('ES256')[0], 'SALLYPORT_ALGORITHM' => 'RS256']],
            'no such file' => ['cannot be read by the web server', static fn (): array => ['SALLYPORT_PRIVATE_KEY' => '/nowhere', 'SALLYPORT_ALGORITHM' => 'RS256']],
            'secret and pair' => ['are both set', static fn (): array => ['SALLYPORT_SECRET_KEY' => str_repeat('s', 64), 'SALLYPORT_PRIVATE_KEY' => '/nowhere']],
            'no such algorithm' => ['must be one of HS256', static fn (): array => ['SALLYPORT_SECRET_KEY' => str_repeat('s', 64), 'SALLYPORT_ALGORITHM' => 'none']],
            'no text' => ['malformed', static fn (): array => ['SALLYPORT_SECRET_KEY' => '12345']],
        ];
    }

    public function test_without_a_problem_there_is_no_notice(): void
    {
        self::with([]);
        $browser = new Browser(self::site());
        $browser->logIn(Person::admin(self::site()));
        self::assertStringNotContainsString('<strong>Sallyport</strong>', $browser->send('GET', '/wp-admin/index.php')->body);
    }
}
