<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Sallyport\Exception\SallyportException;
use Sallyport\{Key, Keyring};

/** A worker lives for thousands of requests, which must not make anything grow. */
final class MemoryTest extends TestCase
{
    private static function residentKib(): int
    {
        preg_match('/^VmRSS:\s+(\d+) kB$/m', (string) @file_get_contents('/proc/self/status'), $kib);
        return (int) ($kib[1] ?? 0);
    }

    private function assertFlat(callable $do, int $times, int $toleranceKib): void
    {
        self::assertGreaterThan(0, self::residentKib(), '/proc/self/status contains the resident memory');
        for ($i = 0; $i < max(3, intdiv($times, 10)); $i++) {
            $do($i);
        }
        $php = memory_get_usage();
        $before = self::residentKib();
        for ($i = 0; $i < $times; $i++) {
            $do($i);
        }
        // Both before the first assertion, which loads PHPUnit's comparison code.
        [$grown, $usage] = [self::residentKib() - $before, memory_get_usage()];
        self::assertLessThanOrEqual($toleranceKib, $grown, 'KiB resident');
        self::assertLessThanOrEqual($php + 4096, $usage, 'bytes of PHP');
    }

    public function test_the_memory_of_argon2_goes_back_to_the_system(): void
    {
        $set = Sallyport\backup_codes(1);
        $wrong = '00000-00000-00000';
        $this->assertFlat(static fn () => Sallyport\backup_code_verify($wrong, $set['hashes']), 40, 1024);
    }

    public function test_tokens_leave_nothing_behind(): void
    {
        $keys = new Keyring(Key::generate('HS256'));
        $this->assertFlat(static function (int $i) use ($keys): void {
            $token = Sallyport\jwt_sign(['sub' => (string) $i, 'l' => [1, ['a' => 'b']], 'exp' => 10], $keys);
            Sallyport\jwt_verify($token, $keys, 9, ['required' => ['exp']]);
            Sallyport\jwt_peek($token);
            try {
                Sallyport\jwt_verify($token, $keys, 10, []);
            } catch (SallyportException $expired) {
                unset($expired);
            }
        }, 20000, 1024);
    }

    public function test_the_cache_of_parsed_keys_is_bounded(): void
    {
        $this->assertFlat(static function (): void {
            $keys = new Keyring(Key::generate('ES256'), [Key::generate('HS512')]);
            Sallyport\jws_verify(Sallyport\jwt_sign([], $keys), $keys);
            $public = Key::fromJwk(json_encode($keys->jwks()['keys'][0]));
            Key::fromPem('ES256', $public->toPem());
        }, 2000, 1024);
    }

    public function test_codes_and_seals_leave_nothing_behind(): void
    {
        $key = str_repeat('k', 32);
        $this->assertFlat(static function (int $i) use ($key): void {
            $secret = Sallyport\totp_secret();
            $sealed = Sallyport\seal($secret, "totp:$i", $key);
            Sallyport\totp_verify(Sallyport\unseal($sealed, "totp:$i", [$key]), '１２３ ４５６', $i);
            Sallyport\mac_verify('x', Sallyport\mac('x', $key), $key);
            Sallyport\purpose_key($key, "purpose $i");
        }, 20000, 1024);
    }

    /**
     * One process, like a worker: the script leaves the extension by longjmp, and the shutdown function uses it again.
     *
     * @dataProvider dying
     */
    public function test_a_request_that_dies_of_its_memory_limit_leaves_a_sound_worker(string $call): void
    {
        $code = <<<'PHP'
            $keys = new Sallyport\Keyring(Sallyport\Key::generate('HS256'));
            $long = str_repeat('y', 500000);
            $token = Sallyport\jwt_sign(['x' => $long, 'l' => range(1, 10000)], $keys);
            $key = str_repeat('k', 32);
            $sealed = Sallyport\seal($long, 'x', $key);
            $jwks = json_encode(['keys' => array_map(static fn () => Sallyport\Key::generate('EdDSA')->publicJwk(), range(1, 64))]);
            $ring = Sallyport\Keyring::fromJwks($jwks);
            register_shutdown_function(static function () use ($keys, $key) {
                ini_set('memory_limit', '-1');
                echo str_contains(error_get_last()['message'], 'Allowed memory size') ? '' : 'of something else: ';
                for ($i = 0; $i < 100; $i++) {
                    $told = Sallyport\jws_verify(Sallyport\jwt_sign(['ok' => 1], $keys), $keys);
                    $opened = Sallyport\unseal(Sallyport\seal('ok', 'x', $key), 'x', [$key]);
                    $es = new Sallyport\Keyring(Sallyport\Key::generate('ES256'));
                    Sallyport\jwt_verify(Sallyport\jwt_sign([], $es), $es, 1, []);
                }
                echo $told, $opened;
            });
            // The result needs no memory of its own, so that the call itself runs out of memory.
            $all = new SplFixedArray(100000);
            ini_set('memory_limit', (string) (memory_get_usage(true) + 1));
            for ($i = 0; memory_get_usage() < memory_get_usage(true) - 200000; $i++) { $all[$i] = str_repeat('y', 200); }
            for (; ; $i++) { $all[$i] = CALL; }
            PHP;
        $command = [PHP_BINARY, '-n', '-d', 'display_errors=0', '-d', 'extension=' . self::library(), '-r', str_replace('CALL', $call, $code)];
        exec(implode(' ', array_map('escapeshellarg', $command)) . ' 2>/dev/null', $output);
        self::assertSame('{"ok":1}ok', implode('', $output));
    }

    /** @return iterable<string, array{string}> */
    public static function dying(): iterable
    {
        yield 'jwt_sign' => ['Sallyport\jwt_sign([\'x\' => $long], $keys)'];
        yield 'jwt_verify' => ['Sallyport\jwt_verify($token, $keys, 1, [])'];
        yield 'jws_verify' => ['Sallyport\jws_verify($token, $keys)'];
        yield 'jwt_peek' => ['Sallyport\jwt_peek($token)'];
        yield 'seal' => ['Sallyport\seal($long, \'x\', $key)'];
        yield 'unseal' => ['Sallyport\unseal($sealed, \'x\', [$key])'];
        yield 'qr_svg' => ['Sallyport\qr_svg(str_repeat(\'y\', 2000))'];
        yield 'backup_codes' => ['Sallyport\backup_codes(1)'];
        yield 'Keyring::jwks' => ['$ring->jwks()'];
        yield 'Key::generate' => ['Sallyport\Key::generate(\'EdDSA\')'];
    }

    /** The path of the .so that this process has loaded. */
    private static function library(): string
    {
        preg_match('~\S+/libsallyport\S*\.so~', (string) file_get_contents('/proc/self/maps'), $path);
        return $path[0] ?? 'sallyport';
    }
}
