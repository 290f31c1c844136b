<?php

declare(strict_types=1);

use Sallyport\Key;
use Sallyport\WP\Plugin;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

/** A signing key set in the environment (constants are tested in tests/http): it is the only key, and is refused if it does not fit. */
final class FixedKeyTest extends WPTestCase
{
    private const NAMES = ['SECRET_KEY', 'PRIVATE_KEY', 'PUBLIC_KEY', 'ALGORITHM'];

    /** Tokens are created by new Plugin instances, which read the environment again: the guard of the registered one would refuse their families. */
    protected function setUp(): void
    {
        parent::setUp();
        remove_all_filters('add_user_metadata', PHP_INT_MAX);
    }

    protected function tearDown(): void
    {
        foreach (self::NAMES as $name) {
            putenv("SALLYPORT_$name");
        }
        array_map(unlink(...), glob(get_temp_dir() . 'sallyport-test-*.pem'));
        parent::tearDown();
    }

    /** @dataProvider algorithms */
    public function test_every_algorithm(string $algorithm): void
    {
        $key = Key::generate($algorithm);
        $secret = str_starts_with($algorithm, 'HS');
        self::lay($secret ? ['SECRET_KEY' => bin2hex($key->secret())] : ['PRIVATE_KEY' => $key->toPem()], $algorithm);
        $site = new Plugin();
        self::assertSame('environment', $site->fixed_key()->source());
        $token = self::plugin()->access_tokens()->response($user = $this->user(), null)['token'];
        self::assertSame($algorithm, json_decode(base64_decode(explode('.', $token)[0]), true)['alg']);
        self::assertSame($user->ID, (new Plugin())->access_tokens()->user_of($token));
        self::assertSame($secret ? [] : [$key->publicJwk()], $site->signing_keys()->jwks()['keys']);
        $all = $site->signing_keys()->all();
        self::assertSame([1, 'active', 'environment', $algorithm, null], [count($all), $all[0]['state'], $all[0]['source'], $all[0]['algorithm'], $all[0]['created']]);
    }

    /** @return array<string, array{string}> */
    public static function algorithms(): array
    {
        $names = ['HS256', 'HS384', 'HS512', 'RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
        return array_combine($names, array_map(static fn (string $name): array => [$name], $names));
    }

    public function test_text_on_one_line_and_paths_are_read_too(): void
    {
        $key = Key::generate('ES256');
        foreach ([strtr($key->toPem(), ["\n" => '\n']), strtr($key->toPem(), ["\n" => "\r\n"]), self::file($key->toPem())] as $private) {
            foreach (['', self::file(self::half($key)), self::half($key)] as $public) {
                self::lay(['PRIVATE_KEY' => $private, 'PUBLIC_KEY' => $public], 'ES256');
                self::assertSame($key->kid(), (new Plugin())->signing_keys()->all()[0]['kid']);
            }
        }
    }

    public function test_stored_keys_count_for_nothing_beside_it_and_again_without_it(): void
    {
        $user = $this->user();
        $stored = self::plugin()->access_tokens()->response($user, null)['token'];
        self::lay(['SECRET_KEY' => str_repeat('s', 32)], 'HS256');
        self::assertSame('sallyport_token_invalid', self::why(static fn () => (new Plugin())->access_tokens()->user_of($stored))->reason->value);
        foreach (['generate' => [time()], 'rotate' => [time()], 'retire' => [time(), 'sp-any']] as $change => $arguments) {
            self::assertSame('sallyport_keys_fixed', self::why(static fn () => (new Plugin())->key_rotation()->$change(...$arguments))->reason->value);
        }
        putenv('SALLYPORT_SECRET_KEY');
        self::assertSame($user->ID, (new Plugin())->access_tokens()->user_of($stored));
    }

    public function test_the_setting_says_the_algorithm_if_nobody_else_does(): void
    {
        (new Plugin())->settings()->set('algorithm', 'EdDSA');
        self::lay(['PRIVATE_KEY' => Key::generate('EdDSA')->toPem()]);
        self::assertSame('EdDSA', (new Plugin())->signing_keys()->all()[0]['algorithm']);
    }

    /** @dataProvider unfit */
    public function test_a_key_that_does_not_match_is_refused_without_a_fallback(Problem $problem, callable $variables, ?string $algorithm): void
    {
        self::lay($variables(), $algorithm);
        $refusal = self::why(static fn () => (new Plugin())->signing_keys()->keyring());
        self::assertSame(['sallyport_unavailable', $problem], [$refusal->reason->value, $refusal->problem]);
        self::assertStringContainsString('SALLYPORT_', $problem->message());
        $login = $this->user('subscriber', 'right')->user_login;
        self::assertSame(503, $this->rest('POST', '/sallyport/v1/token', ['username' => $login, 'password' => 'right'])->get_status());
        self::assertSame(503, $this->rest('GET', '/sallyport/v1/jwks')->get_status());
    }

    /** @return array<string, array{Problem, callable(): array<string, string>, string|null}> */
    public static function unfit(): array
    {
        $pem = static fn (string $algorithm): callable => static fn (): array => ['PRIVATE_KEY' => Key::generate($algorithm)->toPem()];
        return [
            'no such algorithm' => [Problem::SigningAlgorithm, static fn (): array => ['SECRET_KEY' => str_repeat('s', 64)], 'HS1'],
            'none' => [Problem::SigningAlgorithm, static fn (): array => ['SECRET_KEY' => str_repeat('s', 64)], 'none'],
            'a short secret' => [Problem::SigningKeyUnfit, static fn (): array => ['SECRET_KEY' => str_repeat('s', 31)], 'HS256'],
            'a secret shorter than its hash' => [Problem::SigningKeyUnfit, static fn (): array => ['SECRET_KEY' => str_repeat('s', 63)], 'HS512'],
            'a secret that is a PEM' => [Problem::SigningKeyUnfit, static fn (): array => ['SECRET_KEY' => self::half(Key::generate('ES256'))], 'HS256'],
            'a secret for RS256' => [Problem::SigningKeyUnfit, static fn (): array => ['SECRET_KEY' => str_repeat('s', 64)], 'RS256'],
            'a pair for HS256' => [Problem::SigningKeyUnfit, $pem('ES256'), 'HS256'],
            'no algorithm for a pair' => [Problem::SigningKeyUnfit, $pem('RS256'), null],
            'another curve' => [Problem::SigningKeyUnfit, $pem('ES256'), 'ES384'],
            'another kind' => [Problem::SigningKeyUnfit, $pem('EdDSA'), 'RS256'],
            'a malformed PEM' => [Problem::SigningKeyUnfit, static fn (): array => ['PRIVATE_KEY' => "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"], 'RS256'],
            'a file of something else' => [Problem::SigningKeyUnfit, static fn (): array => ['PRIVATE_KEY' => self::file('no key')], 'RS256'],
            'no such file' => [Problem::SigningKeyFile, static fn (): array => ['PRIVATE_KEY' => '/nowhere/key.pem'], 'RS256'],
            'a folder' => [Problem::SigningKeyFile, static fn (): array => ['PRIVATE_KEY' => '/'], 'RS256'],
            'an empty file' => [Problem::SigningKeyFile, static fn (): array => ['PRIVATE_KEY' => self::file('')], 'RS256'],
            'no such file of the public half' => [
                Problem::SigningKeyFile,
                static fn (): array => ['PRIVATE_KEY' => Key::generate('ES256')->toPem(), 'PUBLIC_KEY' => '/nowhere'],
                'ES256',
            ],
            'secret and pair' => [
                Problem::SigningKeySources,
                static fn (): array => ['SECRET_KEY' => str_repeat('s', 64), 'PRIVATE_KEY' => Key::generate('ES256')->toPem()],
                'ES256',
            ],
            'secret and public half' => [Problem::SigningKeySources, static fn (): array => ['SECRET_KEY' => str_repeat('s', 64), 'PUBLIC_KEY' => 'x'], 'HS256'],
            'a public key alone' => [Problem::SigningKeyPair, static fn (): array => ['PUBLIC_KEY' => self::half(Key::generate('ES256'))], 'ES256'],
            'a public key as the private one' => [Problem::SigningKeyPair, static fn (): array => ['PRIVATE_KEY' => self::half(Key::generate('ES256'))], 'ES256'],
            'halves of two pairs' => [
                Problem::SigningKeyPair,
                static fn (): array => [
                    'PRIVATE_KEY' => Key::generate('ES256')->toPem(),
                    'PUBLIC_KEY' => self::half(Key::generate('ES256')),
                ],
                'ES256',
            ],
        ];
    }

    /** @param array<string, string> $variables without the leading SALLYPORT_; empty: not set */
    private static function lay(array $variables, ?string $algorithm = null): void
    {
        foreach ($variables + ['ALGORITHM' => (string) $algorithm] as $name => $value) {
            putenv("SALLYPORT_$name" . ($value === '' ? '' : "=$value"));
        }
    }

    private static function half(Key $key): string
    {
        return Key::fromJwk(json_encode($key->publicJwk()))->toPem();
    }

    private static function file(string $text): string
    {
        $file = get_temp_dir() . 'sallyport-test-' . bin2hex(random_bytes(6)) . '.pem';
        file_put_contents($file, $text);
        return $file;
    }

    private static function why(callable $call): Refusal
    {
        try {
            $call();
        } catch (Refusal $refusal) {
            return $refusal;
        }
        self::fail('not refused');
    }
}
