<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Sallyport\Exception\InvalidKey;
use Sallyport\{Key, Keyring};

/** The vectors of tests/vectors, which tests/vectors.rs reads as well. */
final class VectorsTest extends TestCase
{
    /**
     * @dataProvider hotp
     * @param array<string, mixed> $case
     */
    public function test_t1_hotp_rfc4226(array $case): void
    {
        $secret = vectors('hotp_rfc4226.json')['secret'];
        self::assertSame($case['code'], Sallyport\totp_code($secret, $case['step'] * 30));
    }

    /**
     * @dataProvider totp
     * @param array<string, mixed> $case
     */
    public function test_t1_totp_rfc6238(array $case): void
    {
        ['secret' => $secret, 'now' => $now, 'algorithm' => $algorithm, 'code' => $code] = $case;
        self::assertSame($code, Sallyport\totp_code($secret, $now, $algorithm, 8));
        self::assertSame(intdiv($now, 30), Sallyport\totp_verify($secret, $code, $now, -1, 1, $algorithm, 8));
        self::assertNull(Sallyport\totp_verify($secret, $code, $now, intdiv($now, 30), 1, $algorithm, 8));
    }

    /**
     * @dataProvider jws
     * @param array<string, mixed> $case
     */
    public function test_jws_rfc(array $case): void
    {
        $keys = new Keyring(Key::fromJwk($case['jwk']));
        $payload = null;
        $reason = reason(static function () use ($case, $keys, &$payload): void {
            $payload = Sallyport\jws_verify($case['token'], $keys);
        });
        self::assertSame($case['reason'] ?? 'ok', $reason);
        if (isset($case['payload'])) {
            self::assertSame(base64_decode(strtr($case['payload'], '-_', '+/')), $payload);
        }
    }

    /**
     * @dataProvider thumbprints
     * @param array<string, mixed> $case
     */
    public function test_thumbprint_rfc(array $case): void
    {
        self::assertSame($case['kid'], Key::fromJwk($case['jwk'])->kid());
    }

    /**
     * @dataProvider jwt
     * @param array<string, mixed> $case
     */
    public function test_j1_j2_jwt(array $case): void
    {
        $keys = array_map([Key::class, 'fromJwk'], $case['keys']);
        $ring = new Keyring(array_shift($keys), $keys);
        $reason = reason(static fn () => Sallyport\jwt_verify($case['token'], $ring, $case['now'], $case['rules']));
        self::assertSame($case['expect'], $reason, $case['why']);
    }

    /**
     * @dataProvider jwks
     * @param array<string, mixed> $case
     */
    public function test_jwk(array $case): void
    {
        $thrown = thrown(static fn () => Key::fromJwk($case['jwk'], $case['alg'] ?? null));
        self::assertSame($case['expect'] === 'ok' ? '' : InvalidKey::class, $thrown, $case['why']);
    }

    /**
     * @dataProvider sets
     * @param array<string, mixed> $case
     */
    public function test_jwk_set(array $case): void
    {
        if ($case['expect'] !== 'ok') {
            self::assertSame(InvalidKey::class, thrown(static fn () => Keyring::fromJwks($case['jwks'])), $case['why']);
            return;
        }
        self::assertSame($case['kids'], array_column(Keyring::fromJwks($case['jwks'])->jwks()['keys'], 'kid'));
    }

    /**
     * @dataProvider pem
     * @param array<string, mixed> $case
     */
    public function test_pem(array $case): void
    {
        $load = static fn () => Key::fromPem($case['alg'], $case['pem']);
        if ($case['expect'] === 'refused') {
            self::assertSame(InvalidKey::class, thrown($load));
            return;
        }
        $key = $load();
        self::assertSame($key->kid(), Key::fromPem($case['alg'], $key->toPem())->kid());
        self::assertStringStartsWith($case['expect'] === 'private' ? '-----BEGIN PRIVATE KEY' : '-----BEGIN PUBLIC KEY', $key->toPem());
        self::assertArrayNotHasKey('d', $key->publicJwk());
        $sign = static fn () => Sallyport\jwt_sign(['sub' => '7'], new Keyring($key));
        self::assertSame($case['expect'] === 'private' ? '' : InvalidKey::class, thrown($sign));
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public static function hotp(): iterable
    {
        return cases('hotp_rfc4226.json');
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public static function totp(): iterable
    {
        return cases('totp_rfc6238.json');
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public static function jws(): iterable
    {
        return cases('jws_rfc.json');
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public static function thumbprints(): iterable
    {
        return cases('thumbprint_rfc.json');
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public static function jwt(): iterable
    {
        return cases('jwt_cases.json');
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public static function jwks(): iterable
    {
        return cases('jwk_cases.json', 'keys');
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public static function sets(): iterable
    {
        return cases('jwk_cases.json', 'sets');
    }

    /** @return iterable<string, array{array<string, mixed>}> */
    public static function pem(): iterable
    {
        return cases('pem_cases.json');
    }
}
