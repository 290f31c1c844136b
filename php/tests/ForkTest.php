<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Sallyport\Key;

/**
 * php-fpm preloads, then forks. A random generator inside the process would give the
 * same secret to users of different workers.
 */
final class ForkTest extends TestCase
{
    private const CHILDREN = 3;

    /**
     * @dataProvider sources
     * @param callable(): string $draw
     */
    public function test_children_forked_from_one_process_share_no_randomness(callable $draw): void
    {
        module('pcntl', function_exists('pcntl_fork'));
        $draw(); // any state exists before the fork
        $drawn = [];
        for ($child = 0; $child < self::CHILDREN; $child++) {
            $pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, STREAM_IPPROTO_IP);
            self::assertIsArray($pair);
            $pid = pcntl_fork();
            if ($pid === 0) {
                fwrite($pair[1], base64_encode($draw()) . "\n");
                // Not exit(): PHPUnit's shutdown handlers belong to the parent.
                posix_kill(getmypid(), SIGKILL);
            }
            $drawn[] = fgets($pair[0]);
            pcntl_waitpid($pid, $status);
        }
        self::assertNotContains(false, $drawn);
        self::assertCount(self::CHILDREN, array_unique($drawn));
    }

    /** @return iterable<string, array{callable(): string}> */
    public static function sources(): iterable
    {
        yield 'TOTP secrets' => [static fn (): string => Sallyport\totp_secret()];
        yield 'e-mail codes' => [static fn (): string => Sallyport\otp_code(12)];
        yield 'backup codes' => [static fn (): string => Sallyport\backup_codes(1)['codes'][0]];
        yield 'salts' => [static fn (): string => explode('$', Sallyport\backup_codes(1)['hashes'][0])[4]];
        yield 'nonces' => [static fn (): string => Sallyport\seal('x', 'x', str_repeat('k', 32))];
        yield 'HMAC keys' => [static fn (): string => Key::generate('HS256')->secret()];
        yield 'EC keys' => [static fn (): string => Key::generate('ES256')->toPem()];
        yield 'Ed25519 keys' => [static fn (): string => Key::generate('EdDSA')->toPem()];
        yield 'RSA keys' => [static fn (): string => Key::generate('RS256')->toPem()];
        $key = Key::generate('ES256');
        yield 'ECDSA nonces' => [static fn (): string => Sallyport\jwt_sign([], new Sallyport\Keyring($key))];
    }
}
