<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Sallyport\Exception\{InvalidArgument, InvalidSecret, InvalidToken, SallyportException};
use Sallyport\{Key, Keyring};

/** The module as PHP sees it: versions, phpinfo, objects, traces, exceptions. */
final class ModuleTest extends TestCase
{
    public function test_the_version_is_that_of_the_crate(): void
    {
        preg_match('/^version = "([^"]+)"$/m', (string) file_get_contents(dirname(__DIR__, 2) . '/Cargo.toml'), $crate);
        self::assertSame($crate[1], phpversion('sallyport'));
    }

    public function test_phpinfo_says_what_secrets_rest_on(): void
    {
        ob_start();
        phpinfo(INFO_MODULES);
        $info = (string) ob_get_clean();
        self::assertMatchesRegularExpression('/^sallyport$/m', $info);
        self::assertStringContainsString('Version => ' . phpversion('sallyport'), $info);
        self::assertMatchesRegularExpression('/^Cryptography => aws-lc .*RustCrypto.*Argon2id/m', $info);
        self::assertMatchesRegularExpression('/^Randomness => getrandom;/m', $info);
    }

    public function test_keys_show_nothing_and_cannot_be_copied(): void
    {
        $secret = str_repeat('sEcReT00', 8);
        $key = Key::fromSecret('HS256', $secret, 'k');
        foreach ([$key, new Keyring($key)] as $object) {
            ob_start();
            var_dump($object);
            print_r($object);
            var_export($object);
            $shown = ob_get_clean() . json_encode($object) . serialize((array) $object);
            self::assertStringNotContainsString('sEcReT', $shown);
            self::assertSame(Error::class, thrown(static fn () => clone $object));
            self::assertSame(Exception::class, thrown(static fn () => serialize($object)));
            self::assertSame(Error::class, thrown(static function () use ($object): void {
                $object->colour = 'red';
            }));
        }
        self::assertNotSame('', thrown(static fn () => unserialize('O:13:"Sallyport\Key":0:{}')));
        self::assertSame(Error::class, thrown(static fn () => new Key()));
        self::assertSame(ReflectionException::class, thrown(static fn () => (new ReflectionClass(Keyring::class))->newInstanceWithoutConstructor()));
    }

    public function test_a_trace_does_not_show_secrets(): void
    {
        $secret = 'Xyzzy, but a secret!';
        $keys = new Keyring(Key::generate('HS256'));
        $calls = [
            static fn () => Sallyport\totp_code($secret, 1),
            static fn () => Sallyport\totp_verify($secret, $secret, 1),
            static fn () => Sallyport\jwt_verify($secret, $keys, 1, []),
            static fn () => Sallyport\jws_verify($secret, $keys),
            static fn () => Sallyport\purpose_key(substr($secret, 0, 31), 'x'),
            static fn () => Sallyport\seal($secret, 'x', $secret),
            static fn () => Sallyport\unseal('x', 'x', [$secret]),
            static fn () => Key::fromSecret('HS256', $secret),
            static fn () => Key::fromPem('RS256', $secret),
            static fn () => Key::fromJwk($secret),
            static fn () => Keyring::fromJwks($secret),
        ];
        foreach ($calls as $i => $call) {
            try {
                $call();
                self::fail("call $i throws nothing");
            } catch (SallyportException $thrown) {
                self::assertStringNotContainsString('Xyzzy', (string) $thrown);
                $ours = $thrown->getTrace()[0];
                self::assertStringNotContainsString('Xyzzy', print_r($ours['args'], true));
                self::assertNotEmpty(array_filter($ours['args'], static fn ($arg): bool => $arg instanceof SensitiveParameterValue), "call $i");
            }
        }
    }

    public function test_exceptions_know_where_they_were_thrown(): void
    {
        try {
            Sallyport\totp_code('1', 1);
            self::fail('it throws nothing');
        } catch (InvalidSecret $thrown) {
            self::assertSame(__FILE__, $thrown->getFile());
            self::assertSame(__LINE__ - 4, $thrown->getLine());
            self::assertSame('Sallyport\totp_code', $thrown->getTrace()[0]['function']);
        }
        self::assertSame('expired', (new InvalidToken('expired: long ago'))->reason());
        self::assertSame('', (new InvalidToken())->reason());
        self::assertInstanceOf(SallyportException::class, new InvalidArgument());
        self::assertInstanceOf(Exception::class, new SallyportException());
    }

    public function test_wrong_types_are_type_errors_also_for_numeric_strings(): void
    {
        foreach ([[[], 1], [null, 1], [1.5, 1], [new stdClass(), 1], [12345678, 1], ['x', '1'], ['x', 1.0], ['x', null]] as $i => [$secret, $now]) {
            // Called dynamically: this file uses strict types, which makes no difference to internal types here.
            self::assertSame(TypeError::class, thrown(static fn () => call_user_func('Sallyport\totp_code', $secret, $now)), "$i");
        }
        self::assertSame(ArgumentCountError::class, thrown(static fn () => call_user_func('Sallyport\totp_code')));
        self::assertSame(TypeError::class, thrown(static fn () => new Keyring(Key::generate('HS256'), ['x'])));
        self::assertSame(TypeError::class, thrown(static fn () => (new Keyring(Key::generate('HS256')))->jwks([1])));
        self::assertSame(TypeError::class, thrown(static fn () => Sallyport\backup_code_verify('00000-00000-00000', [1])));
        self::assertSame(TypeError::class, thrown(static fn () => Sallyport\backup_code_verify('not a code', ['id' => '$argon2id$'])));
        self::assertSame(TypeError::class, thrown(static fn () => Sallyport\unseal('x', 'x', [1])));
    }

    public function test_so_are_those_of_optional_parameters(): void
    {
        $secret = Sallyport\totp_secret();
        $hmac = Key::generate('HS256');
        $calls = [
            'afterStep, a string' => static fn () => call_user_func('Sallyport\totp_verify', $secret, '000000', 1, '100'),
            'afterStep, null' => static fn () => call_user_func('Sallyport\totp_verify', $secret, '000000', 1, null),
            'skew' => static fn () => call_user_func('Sallyport\totp_verify', $secret, '000000', 1, -1, '1'),
            'algorithm' => static fn () => call_user_func('Sallyport\totp_code', $secret, 1, 5),
            'bytes' => static fn () => call_user_func('Sallyport\totp_secret', 'x'),
            'count' => static fn () => call_user_func('Sallyport\backup_codes', '10'),
            'typ' => static fn () => call_user_func('Sallyport\jwt_sign', [], new Keyring($hmac), 5),
            'kid' => static fn () => call_user_func([Key::class, 'generate'], 'HS256', 5),
            'alg' => static fn () => call_user_func([Key::class, 'fromJwk'], '{}', 5),
            'others' => static fn () => new Keyring($hmac, 'x'),
        ];
        foreach ($calls as $name => $call) {
            self::assertSame(TypeError::class, thrown($call), $name);
        }
        self::assertSame(ArgumentCountError::class, thrown(static fn () => (new InvalidToken('x'))->reason(1)));
    }

    public function test_a_key_says_whether_it_signs(): void
    {
        self::assertTrue(Key::generate('HS256')->isPrivate());
        $pair = Key::generate('ES256');
        self::assertTrue($pair->isPrivate());
        self::assertFalse(Key::fromJwk((string) json_encode($pair->publicJwk()))->isPrivate());
    }

    public function test_named_arguments_and_references_work(): void
    {
        $secret = Sallyport\totp_secret(bytes: 32);
        $code = Sallyport\totp_code($secret, 59, digits: 8);
        self::assertSame(1, Sallyport\totp_verify($secret, $code, 59, digits: 8, afterStep: 0));
        $hashes = ['x', 'y'];
        foreach ($hashes as &$hash) {
            $hash = '$argon2id$';
        }
        self::assertNull(Sallyport\backup_code_verify('00000-00000-00000', $hashes));
    }
}
