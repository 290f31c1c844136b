<?php

declare(strict_types=1);

namespace Sallyport\Bench;

use Closure;
use Firebase\JWT;
use Lcobucci\JWT as Lcobucci;
use Sallyport\Key;
use Sallyport\Keyring;

use function Sallyport\{jwt_sign, jwt_verify};

/**
 * Signing and verifying a token with eight claims, about 290 bytes of JSON.
 *
 * firebase is measured with a PEM, as WordPress plugins call it, and with a key object; lcobucci with its key object, which
 * contains a PEM. Raw OpenSSL, libsodium and hash_hmac only compute the signature.
 *
 * @return list<Row>
 */
return static function (Peers $peers): array {
    $now = time();
    $claims = [
        'iss' => 'https://example.test',
        'sub' => '7',
        'aud' => 'https://example.test',
        'iat' => $now,
        'nbf' => $now,
        'exp' => $now + 3600,
        'jti' => '2b1d5c1e-6f0a-4a6e-9a55-0d8e4f7f3c11',
        'data' => ['ID' => 7, 'user_login' => 'ada', 'user' => ['id' => 7, 'roles' => ['editor', 'author']]],
    ];
    $rules = ['required' => ['exp']];

    /**
     * @param array<string, array{mixed, mixed}> $firebase variant => its signing key, its verifying key
     * @param array{string, Closure(string): string, Closure(string, string): mixed} $raw name, and functions that sign and verify
     * @param array<string, float> $sign @param array<string, float> $verify the goals
     */
    $rows = static function (string $alg, Key $key, array $firebase, array $raw, array $sign, array $verify) use ($peers, $now, $claims, $rules): array {
        $keys = new Keyring($key);
        $token = jwt_sign($claims, $keys);
        $signs = $verifies = [];
        foreach ($peers->has('firebase') ? $firebase : [] as $name => [$private, $public]) {
            $signs[$name] = static fn () => JWT\JWT::encode($claims, $private, $alg, 'k1');
            $with = new JWT\Key($public, $alg);
            $verifies[$name] = static fn () => JWT\JWT::decode($token, $with);
        }
        if ($peers->has('lcobucci')) {
            [$signs['lcobucci'], $verifies['lcobucci']] = lcobucci($alg, $key, $claims, $now);
        }
        [$name, $do, $check] = $raw;
        $input = substr($token, 0, (int) strrpos($token, '.'));
        $signature = $do($input);
        $signs[$name] = static fn () => $do($input);
        $verifies[$name] = static fn () => $check($input, $signature);
        if ($alg !== 'HS256') {
            $pem = $key->toPem();
            $public = public_pem($key);
            $signs['sallyport, PEM each time'] = static fn () => jwt_sign($claims, new Keyring(Key::fromPem($alg, $pem, 'k1')));
            $verifies['sallyport, PEM each time'] = static fn () => jwt_verify($token, new Keyring(Key::fromPem($alg, $public, 'k1')), $now, $rules);
            // It may take at most 1.1 times as long.
            $sign['sallyport, PEM each time'] = $verify['sallyport, PEM each time'] = 1 / 1.1;
        }
        return [
            new Row("$alg sign", static fn () => jwt_sign($claims, $keys), $signs, $sign),
            new Row("$alg verify", static fn () => jwt_verify($token, $keys, $now, $rules), $verifies, $verify),
        ];
    };

    $hs = Key::generate('HS256', 'k1');
    $secret = $hs->secret();
    $rs = Key::generate('RS256', 'k1');
    $es = Key::generate('ES256', 'k1');
    $ed = Key::generate('EdDSA', 'k1');
    $pair = sodium_pair($ed);
    [$edPrivate, $edPublic] = [sodium_crypto_sign_secretkey($pair), sodium_crypto_sign_publickey($pair)];

    return [
        ...$rows(
            'HS256',
            $hs,
            ['firebase' => [$secret, $secret]],
            [
                'hash_hmac',
                static fn ($input) => hash_hmac('sha256', $input, $secret, true),
                static fn ($input, $signature) => hash_equals($signature, hash_hmac('sha256', $input, $secret, true)),
            ],
            ['firebase' => 3.2],
            ['firebase' => 4.0],
        ),
        ...$rows(
            'RS256',
            $rs,
            pem_and_object($rs),
            openssl($rs),
            ['firebase, PEM' => 3.8, 'firebase, key object' => 1.45, 'openssl, key object' => 1 / 1.02],
            ['firebase, PEM' => 40.0, 'firebase, key object' => 7.0, 'openssl, key object' => 1 / 0.9],
        ),
        ...$rows(
            'ES256',
            $es,
            pem_and_object($es),
            openssl($es),
            ['firebase, PEM' => 27.0, 'firebase, key object' => 5.5],
            ['firebase, PEM' => 14.0, 'firebase, key object' => 2.8],
        ),
        ...$rows(
            'EdDSA',
            $ed,
            ['firebase' => [base64_encode($edPrivate), base64_encode($edPublic)]],
            [
                'libsodium',
                static fn ($input) => sodium_crypto_sign_detached($input, $edPrivate),
                static fn ($input, $signature) => sodium_crypto_sign_verify_detached($signature, $input, $edPublic),
            ],
            ['firebase' => 1.8],
            ['firebase' => 1.3],
        ),
    ];
};

/**
 * @param array<string, mixed> $claims
 * @return array{Closure, Closure} signs; verifies what it signed, the signature and the times
 */
function lcobucci(string $alg, Key $key, array $claims, int $now): array
{
    $signer = match ($alg) {
        'HS256' => new Lcobucci\Signer\Hmac\Sha256(),
        'RS256' => new Lcobucci\Signer\Rsa\Sha256(),
        'ES256' => new Lcobucci\Signer\Ecdsa\Sha256(),
        'EdDSA' => new Lcobucci\Signer\Eddsa(),
    };
    [$private, $public] = match ($alg) {
        'HS256' => [$key->secret(), $key->secret()],
        'EdDSA' => [sodium_crypto_sign_secretkey(sodium_pair($key)), sodium_crypto_sign_publickey(sodium_pair($key))],
        default => [$key->toPem(), public_pem($key)],
    };
    [$private, $public] = [Lcobucci\Signer\Key\InMemory::plainText($private), Lcobucci\Signer\Key\InMemory::plainText($public)];
    $encoding = new Lcobucci\Encoding\JoseEncoder();
    $at = static fn (string $name): \DateTimeImmutable => new \DateTimeImmutable("@$claims[$name]");
    $sign = static fn (): string => Lcobucci\Token\Builder::new($encoding, Lcobucci\Encoding\ChainedFormatter::withUnixTimestampDates())
        ->withHeader('kid', 'k1')->issuedBy($claims['iss'])->relatedTo($claims['sub'])->permittedFor($claims['aud'])
        ->issuedAt($at('iat'))->canOnlyBeUsedAfter($at('nbf'))->expiresAt($at('exp'))->identifiedBy($claims['jti'])->withClaim('data', $claims['data'])
        ->getToken($signer, $private)->toString();
    $token = $sign();
    $clock = new class (new \DateTimeImmutable("@$now")) implements \Psr\Clock\ClockInterface {
        public function __construct(private readonly \DateTimeImmutable $now)
        {
        }

        public function now(): \DateTimeImmutable
        {
            return $this->now;
        }
    };
    $parser = new Lcobucci\Token\Parser($encoding);
    $validator = new Lcobucci\Validation\Validator();
    $held = [new Lcobucci\Validation\Constraint\SignedWith($signer, $public), new Lcobucci\Validation\Constraint\StrictValidAt($clock)];
    return [$sign, static fn () => $validator->assert($parser->parse($token), ...$held)];
}

/** The key pair in libsodium's format. */
function sodium_pair(Key $key): string
{
    return sodium_crypto_sign_seed_keypair(substr((string) base64_decode(preg_replace('/-----.*-----|\s/', '', $key->toPem()) ?? ''), 16, 32));
}

function public_pem(Key $key): string
{
    return Key::fromJwk(json_encode($key->publicJwk(), JSON_THROW_ON_ERROR))->toPem();
}

/** @return array<string, array{mixed, mixed}> */
function pem_and_object(Key $key): array
{
    [$private, $public] = [$key->toPem(), public_pem($key)];
    return [
        'firebase, PEM' => [$private, $public],
        'firebase, key object' => [openssl_pkey_get_private($private), openssl_pkey_get_public($public)],
    ];
}

/** @return array{string, Closure, Closure} */
function openssl(Key $key): array
{
    $private = openssl_pkey_get_private($key->toPem());
    $public = openssl_pkey_get_public(public_pem($key));
    $sign = static function (string $input) use ($private): string {
        openssl_sign($input, $signature, $private, OPENSSL_ALGO_SHA256);
        return $signature;
    };
    return ['openssl, key object', $sign, static fn (string $input, string $signature) => openssl_verify($input, $signature, $public, OPENSSL_ALGO_SHA256)];
}
