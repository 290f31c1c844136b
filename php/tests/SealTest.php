<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Sallyport\Exception\{InvalidArgument, InvalidKey, Unsealable};
use function Sallyport\{mac, mac_verify, purpose_key, seal, unseal};

/** Sealed secrets, MACs and purpose keys through PHP. */
final class SealTest extends TestCase
{
    public function test_any_bytes_come_back_for_their_owner(): void
    {
        $key = random_bytes(32);
        foreach (['', "\0", 'secret', random_bytes(5000), "\xff\xfe"] as $plaintext) {
            $sealed = seal($plaintext, "totp:7\0x", $key);
            self::assertMatchesRegularExpression('/^s1\.[A-Za-z0-9_-]{11}\.[A-Za-z0-9_-]+$/', $sealed);
            self::assertSame($plaintext, unseal($sealed, "totp:7\0x", [random_bytes(32), $key]));
            self::assertNotSame($sealed, seal($plaintext, "totp:7\0x", $key));
        }
    }

    public function test_in_another_row_or_under_another_key_it_does_not_open(): void
    {
        $key = random_bytes(32);
        $sealed = seal('secret', 'totp:7', $key);
        $other = random_bytes(32);
        [$version, , $body] = explode('.', $sealed);
        $renamed = implode('.', [$version, explode('.', seal('x', 'x', $other))[1], $body]);
        foreach ([
            [$sealed, 'totp:8', [$key]], [$sealed, '', [$key]], [$sealed, 'totp:7 ', [$key]],
            [$sealed, 'totp:7', [$other]], [$sealed, 'totp:7', []], [$renamed, 'totp:7', [$key, $other]],
            [substr($sealed, 0, -1), 'totp:7', [$key]], ["$sealed ", 'totp:7', [$key]], ["{$sealed}A", 'totp:7', [$key]],
            ['', 'totp:7', [$key]], ['s1..', 'totp:7', [$key]], ["\xff", 'totp:7', [$key]], ['s2' . substr($sealed, 2), 'totp:7', [$key]],
        ] as $i => $arguments) {
            self::assertSame(Unsealable::class, thrown(static fn () => unseal(...$arguments)), "$i");
        }
    }

    public function test_keys_have_the_right_length(): void
    {
        foreach (['', str_repeat('k', 31), str_repeat('k', 33)] as $key) {
            self::assertSame(InvalidKey::class, thrown(static fn () => seal('x', 'x', $key)));
            self::assertSame(InvalidKey::class, thrown(static fn () => unseal('x', 'x', [$key])));
        }
        self::assertSame(InvalidKey::class, thrown(static fn () => purpose_key(str_repeat('m', 31), 'x')));
        self::assertSame(InvalidArgument::class, thrown(static fn () => purpose_key(str_repeat('m', 32), '')));
        self::assertSame(InvalidKey::class, thrown(static fn () => mac('x', '')));
        self::assertSame(InvalidKey::class, thrown(static fn () => mac_verify('x', '', '')));
    }

    public function test_macs_are_what_php_computes(): void
    {
        foreach ([['', 'k'], ['message', random_bytes(32)], [random_bytes(1000), random_bytes(100)]] as [$message, $key]) {
            $mac = mac($message, $key);
            self::assertSame(hash_hmac('sha256', $message, $key), $mac);
            self::assertTrue(mac_verify($message, $mac, $key));
            foreach ([strtoupper($mac) . 'x', substr($mac, 0, 63), '', "$mac\0", hex2bin($mac), strrev($mac), mac('other', $key)] as $wrong) {
                self::assertFalse(mac_verify($message, $wrong, $key));
            }
        }
    }

    public function test_purpose_keys_are_hkdf(): void
    {
        $master = random_bytes(40);
        self::assertSame(hash_hkdf('sha256', $master, 32, 'sallyport/v1/seal', 'sallyport'), purpose_key($master, 'seal'));
        self::assertNotSame(purpose_key($master, 'seal'), purpose_key($master, 'proof'));
    }
}
