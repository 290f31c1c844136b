<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Sallyport\Exception\{InvalidArgument, InvalidClaims, InvalidKey};
use Sallyport\{Key, Keyring};
use function Sallyport\{jws_verify, jwt_peek, jwt_sign, jwt_verify};

/** JWTs through PHP: conversion of PHP values, rules, keyrings. */
final class TokensTest extends TestCase
{
    private static function keys(): Keyring
    {
        return new Keyring(Key::fromSecret('HS256', str_repeat("\x01\xff", 16), 'k'));
    }

    public function test_values_survive_in_order_and_type(): void
    {
        $claims = [
            "nul\0name" => 1, '' => 2, '-0' => 3, '01' => 4,
            'z' => PHP_INT_MAX, 'a' => PHP_INT_MIN, 'float' => 1.5, 'exact' => 187236731015607.34, 'whole' => 1.0, 'true' => true, 'null' => null, 'text' => "Zoë \u{1d49c} \0 \"",
            'list' => [1, 'b', [2]], 'object' => ['x' => ['y' => 1]], 'sparse' => ['3' => 'c', 'x' => 'd'], 'empty' => [],
        ];
        $token = jwt_sign($claims, self::keys());
        self::assertSame($claims, jwt_verify($token, self::keys(), 1, []));
        self::assertSame($claims, json_decode(jws_verify($token, self::keys()), true));
        self::assertStringContainsString('"empty":[]', jws_verify($token, self::keys()));
        self::assertSame('{}', jws_verify(jwt_sign([], self::keys()), self::keys()));
        self::assertSame(['header' => ['typ' => 'JWT', 'alg' => 'HS256', 'kid' => 'k'], 'claims' => $claims], jwt_peek($token));
    }

    public function test_references_are_followed_and_arguments_left_alone(): void
    {
        $sub = '7';
        $claims = ['sub' => &$sub, 'l' => [&$sub]];
        $copy = ['sub' => '7', 'l' => ['7']];
        self::assertSame($copy, jwt_verify(jwt_sign($claims, self::keys()), self::keys(), 1, []));
        self::assertEquals($copy, $claims);
    }

    public function test_what_has_no_json_is_not_signed(): void
    {
        $deep = [];
        for ($i = 0; $i < 40; $i++) {
            $deep = [$deep];
        }
        $loop = [];
        $loop['a'] = &$loop;
        foreach ([
            ['x'], [7 => 'x'], ['x' => NAN], ['x' => INF], ['x' => new stdClass()], ['x' => STDIN], ['x' => "\xff"],
            ["\xff" => 1], ['x' => $deep], $loop, ['exp' => '1'], ['exp' => null], ['x' => fn () => 1],
        ] as $i => $claims) {
            self::assertSame(InvalidClaims::class, thrown(static fn () => jwt_sign($claims, self::keys())), "$i");
        }
    }

    public function test_a_token_of_the_deepest_nesting_signed_is_verified(): void
    {
        $deep = 1;
        for ($i = 0; $i < 31; $i++) {
            $deep = [$deep];
        }
        $token = jwt_sign(['x' => $deep], self::keys());
        self::assertSame(['x' => $deep], jwt_verify($token, self::keys(), 1, []));
        self::assertSame(InvalidClaims::class, thrown(static fn () => jwt_sign(['x' => [$deep]], self::keys())));
    }

    public function test_rules_are_checked_themselves(): void
    {
        $token = jwt_sign(['aud' => 'x'], self::keys());
        $verify = static fn (array $rules, int $now = 1) => thrown(static fn () => jwt_verify($token, self::keys(), $now, $rules));
        foreach ([['issuer' => 'x'], ['alg' => 'HS256'], ['x'], ['' => 1], ["\xff" => 1], ['ISS' => 'x']] as $unknown) {
            self::assertSame(ValueError::class, $verify($unknown));
        }
        foreach ([
            ['iss' => 1], ['iss' => null], ['aud' => 1], ['aud' => [1]], ['typ' => []], ['leeway' => '1'],
            ['leeway' => 1.0], ['required' => 'exp'], ['required' => [1]],
        ] as $wrong) {
            self::assertSame(TypeError::class, $verify($wrong));
        }
        foreach ([['leeway' => -1], ['leeway' => PHP_INT_MAX], ['aud' => []]] as $impossible) {
            self::assertSame(InvalidArgument::class, $verify($impossible));
        }
        self::assertSame(InvalidArgument::class, $verify([], -1));
        self::assertSame('', $verify([]));
    }

    public function test_exp_ends_at_its_second(): void
    {
        $token = jwt_sign(['exp' => 100], self::keys());
        self::assertSame('ok', reason(static fn () => jwt_verify($token, self::keys(), 99, [])));
        self::assertSame('expired', reason(static fn () => jwt_verify($token, self::keys(), 100, [])));
        self::assertSame('ok', reason(static fn () => jwt_verify($token, self::keys(), 104, ['leeway' => 5])));
        self::assertSame('expired', reason(static fn () => jwt_verify($token, self::keys(), 105, ['leeway' => 5])));
    }

    public function test_the_message_starts_with_the_reason(): void
    {
        try {
            jwt_verify('x', self::keys(), 1, []);
            self::fail('it was taken');
        } catch (Sallyport\Exception\InvalidToken $thrown) {
            self::assertSame('malformed', $thrown->reason());
            self::assertStringStartsWith('malformed: ', $thrown->getMessage());
        }
    }

    /** @dataProvider algorithms */
    public function test_every_algorithm_there_and_back(string $alg): void
    {
        $key = Key::generate($alg, 'k1');
        self::assertSame([$alg, 'k1'], [$key->alg(), $key->kid()]);
        $keys = new Keyring($key);
        $token = jwt_sign(['sub' => '7'], $keys, 'at+jwt');
        self::assertSame(['sub' => '7'], jwt_verify($token, $keys, 1, ['typ' => 'at+jwt']));
        self::assertSame('signature', reason(static fn () => jwt_verify($token, new Keyring(Key::generate($alg, 'k1')), 1, [])));
        if ($alg[0] === 'H') {
            self::assertSame(['keys' => []], $keys->jwks());
            self::assertSame((int) substr($alg, 2) / 8, strlen($key->secret()));
            self::assertSame(InvalidKey::class, thrown([$key, 'publicJwk']));
            self::assertSame(InvalidKey::class, thrown([$key, 'toPem']));
            self::assertSame(['sub' => '7'], jwt_verify($token, new Keyring(Key::fromSecret($alg, $key->secret(), 'k1')), 1, []));
            return;
        }
        self::assertSame(InvalidKey::class, thrown([$key, 'secret']));
        $public = Keyring::fromJwks(json_encode($keys->jwks()));
        self::assertSame(['sub' => '7'], jwt_verify($token, $public, 1, []));
        self::assertSame(InvalidKey::class, thrown(static fn () => jwt_sign([], $public)));
    }

    /** @return iterable<array{string}> */
    public static function algorithms(): iterable
    {
        foreach (['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'] as $alg) {
            yield $alg => [$alg];
        }
    }

    public function test_openssl_agrees(): void
    {
        module('openssl', extension_loaded('openssl'));
        $pair = openssl_pkey_new(['private_key_bits' => 2048, 'private_key_type' => OPENSSL_KEYTYPE_RSA]);
        openssl_pkey_export($pair, $pem);
        $key = Key::fromPem('RS256', $pem);
        [$header, $payload, $signature] = explode('.', jwt_sign(['sub' => '7'], new Keyring($key)));
        $public = openssl_pkey_get_details($pair)['key'];
        self::assertSame(1, openssl_verify("$header.$payload", base64_decode(strtr($signature, '-_', '+/')), $public, OPENSSL_ALGO_SHA256));
        openssl_sign("$header.$payload", $own, $pem, OPENSSL_ALGO_SHA256);
        $token = "$header.$payload." . rtrim(strtr(base64_encode($own), '+/', '-_'), '=');
        self::assertSame(['sub' => '7'], jwt_verify($token, new Keyring(Key::fromPem('RS256', $public, $key->kid())), 1, []));
    }

    public function test_j3_keys_that_are_refused(): void
    {
        $pem = Key::generate('ES256')->toPem();
        foreach ([
            static fn () => Key::fromSecret('HS256', str_repeat('x', 31)), static fn () => Key::fromSecret('HS384', str_repeat('x', 47)),
            static fn () => Key::fromSecret('HS512', str_repeat('x', 63)), static fn () => Key::fromSecret('HS256', ''),
            static fn () => Key::fromSecret('HS256', $pem), static fn () => Key::fromSecret('RS256', str_repeat('x', 64)),
            static fn () => Key::fromSecret('none', str_repeat('x', 64)), static fn () => Key::fromSecret('hs256', str_repeat('x', 64)),
            static fn () => Key::fromPem('HS256', $pem), static fn () => Key::fromPem('ES384', $pem), static fn () => Key::fromPem('RS256', $pem),
            static fn () => Key::generate('ES512'), static fn () => Key::generate('HS256', ''), static fn () => Key::generate('HS256', "\n"),
            static fn () => new Keyring(Key::generate('HS256', 'a'), [Key::generate('ES256', 'a')]),
        ] as $i => $call) {
            self::assertSame(InvalidKey::class, thrown($call), "$i");
        }
    }

    public function test_a_site_may_move_from_a_secret_to_a_pair(): void
    {
        $old = Key::generate('HS256', 'old');
        $new = Key::generate('ES256', 'new');
        $token = jwt_sign(['sub' => '7'], new Keyring($old));
        $both = new Keyring($new, [$old]);
        self::assertSame(['sub' => '7'], jwt_verify($token, $both, 1, []));
        self::assertSame(['new', 'next'], array_column($both->jwks([Key::generate('EdDSA', 'next'), $old])['keys'], 'kid'));
    }
}
