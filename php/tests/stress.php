<?php

declare(strict_types=1);

/**
 * Calls every function a million times, or for a minute if a call takes longer than 50 µs, also with arguments for which it
 * throws, and checks that memory does not grow.
 *
 *     php -n -d extension=… php/tests/stress.php [--calls=1000000] [--seconds=60]
 */

use Sallyport\{Key, Keyring};

use function Sallyport\{
    backup_code_verify, backup_codes, jws_verify, jwt_peek, jwt_sign, jwt_verify, mac, mac_verify, otp_code,
    purpose_key, qr_svg, seal, totp_code, totp_secret, totp_uri, totp_verify, unseal, wp2fa_unseal,
};

$options = getopt('', ['calls:', 'seconds:']);
$calls = (int) ($options['calls'] ?? 1_000_000);
$seconds = (float) ($options['seconds'] ?? 60);

$key = str_repeat('k', 32);
$now = 1_700_000_000;
$secret = totp_secret();
$secretKey = Key::generate('HS256', 'k1');
$hs = new Keyring($secretKey);
$es = new Keyring(Key::generate('ES256', 'k1'));
$claims = ['iss' => 'https://example.test', 'sub' => '7', 'exp' => $now + 60, 'data' => ['list' => ['a', ['b' => 1.5]], 'name' => str_repeat('Zoë', 40)]];
$token = jwt_sign($claims, $hs);
$url = static fn (string $bytes): string => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
// When the second claim of a name is read, half of the claims are already PHP values.
$twice = $url('{"alg":"HS256"}') . '.' . $url('{"data":{"list":[1,[2,{"a":"' . str_repeat('x', 100) . '"}]]},"data":1}');
$twice .= '.' . $url((string) hex2bin(mac($twice, $secretKey->secret())));
$set = backup_codes(2);
$sealed = seal('secret', 'totp:7', $key);
$pem = Key::generate('ES256')->toPem();
$jwk = json_encode(Key::generate('EdDSA')->publicJwk());
$jwks = json_encode($es->jwks());

/** @var array<string, Closure(int): mixed> each makes one call, of the same size for every number */
$functions = [
    'totp_secret' => static fn () => totp_secret(),
    'totp_uri' => static fn () => totp_uri($secret, 'ada@example.test', 'Site'),
    'totp_code' => static fn (int $i) => totp_code($secret, $i),
    'totp_verify' => static fn (int $i) => totp_verify($secret, '１２３ 456', $i),
    'qr_svg' => static fn () => qr_svg('otpauth://totp/Site:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', 'Scan me'),
    'backup_codes' => static fn () => backup_codes(1),
    'backup_code_verify' => static fn () => backup_code_verify('00000-00000-00000', $set['hashes']),
    'otp_code' => static fn () => otp_code(),
    'jwt_sign' => static fn () => jwt_sign($claims, $hs),
    'jwt_verify' => static fn () => jwt_verify($token, $hs, $now, ['required' => ['exp'], 'iss' => 'https://example.test']),
    'jws_verify' => static fn () => jws_verify($token, $hs),
    'jwt_peek' => static fn () => jwt_peek($token),
    'mac' => static fn () => mac($token, $key),
    'mac_verify' => static fn () => mac_verify('x', str_repeat('0', 64), $key),
    'purpose_key' => static fn (int $i) => purpose_key($key, 'purpose ' . $i % 10),
    'seal' => static fn () => seal($secret, 'totp:7', $key),
    'unseal' => static fn () => unseal($sealed, 'totp:7', [$key]),
    'wp2fa_unseal' => static fn () => wp2fa_unseal('lsc_' . base64_encode(str_repeat('x', 48)), base64_encode($key)),
    'Key::fromSecret' => static fn (int $i) => Key::fromSecret('HS256', pack('Jx24', $i)),
    'Key::fromPem' => static fn () => Key::fromPem('ES256', $pem),
    'Key::fromJwk' => static fn () => Key::fromJwk($jwk),
    'Key::generate' => static fn () => Key::generate('EdDSA')->publicJwk(),
    'Keyring::fromJwks' => static fn () => Keyring::fromJwks($jwks)->jwks(),
    'ES256' => static fn () => jwt_verify(jwt_sign($claims, $es), $es, $now, []),
    'new secrets' => static fn (int $i) => jws_verify(jwt_sign([], $keys = new Keyring(Key::fromSecret('HS512', pack('Jx56', $i)))), $keys),
];

/** For each function that can throw, a call that throws. */
$throwing = [
    'totp_uri' => static fn () => totp_uri('!', 'a', 'b'),
    'totp_code' => static fn () => totp_code($secret, -1),
    'totp_verify' => static fn () => totp_verify('!', '123456', 1),
    'qr_svg' => static fn () => qr_svg(''),
    'totp_secret' => static fn () => totp_secret(1),
    'backup_codes' => static fn () => backup_codes(0),
    'backup_code_verify' => static fn () => backup_code_verify('00000-00000-00000', [1]),
    'otp_code' => static fn () => otp_code(1),
    'jwt_sign' => static fn () => jwt_sign(['data' => [1, 2, [NAN]]] + $claims, $hs),
    'jwt_verify' => static fn () => jwt_verify($token, $hs, $now + 60, []),
    'jws_verify' => static fn () => jws_verify("$token=", $hs),
    'jwt_verify, a name twice' => static fn () => jwt_verify($twice, $hs, $now, []),
    'mac' => static fn () => mac('x', ''),
    'purpose_key' => static fn () => purpose_key('', ''),
    'seal' => static fn () => seal('x', 'x', ''),
    'unseal' => static fn () => unseal($sealed, 'totp:8', [$key]),
    'Key::fromSecret' => static fn () => Key::fromSecret('HS256', 'short'),
    'Key::fromPem' => static fn () => Key::fromPem('ES256', substr($pem, 0, 80)),
    'Key::fromJwk' => static fn () => Key::fromJwk('{"kty":"oct"}'),
    'Keyring::fromJwks' => static fn () => Keyring::fromJwks('{"keys":[]}'),
];
foreach ($throwing as $name => $do) {
    $functions["$name throws"] = static function () use ($do, $name): void {
        try {
            $do();
        } catch (\Throwable) {
            return;
        }
        throw new LogicException("$name throws nothing");
    };
}

$failed = 0;
foreach ($functions as $name => $do) {
    for ($i = 0, $began = microtime(true); $i < 3 || $i < min(2000, intdiv($calls, 10)) && microtime(true) - $began < 1; $i++) {
        $do($i);
    }
    [$before, $php, $began] = [resident(), memory_get_usage(), microtime(true)];
    for ($i = 0; $i < $calls && ($i % 16 !== 0 || microtime(true) - $began < $seconds); $i++) {
        $do($i);
    }
    $grown = resident() - $before;
    // With few calls it is run under valgrind, whose own memory grows.
    $bad = $calls >= 1000 && ($grown > 1024 || memory_get_usage() - $php > 4096);
    $failed += (int) $bad;
    printf("%-28s %8d calls %7.2f µs  %+6d KiB resident %s\n", $name, $i, (microtime(true) - $began) / max(1, $i) * 1e6, $grown, $bad ? 'GROWS' : '');
}
exit($failed === 0 ? 0 : 1);

function resident(): int
{
    preg_match('/^VmRSS:\s+(\d+) kB$/m', (string) file_get_contents('/proc/self/status'), $kib);
    return (int) $kib[1];
}
