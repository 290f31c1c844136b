<?php

/**
 * The functions of the extension "sallyport".
 *
 * For editors, analysers and readers; the extension itself is a shared library,
 * and `php/tests/StubsTest.php` holds these stubs to what it really declares.
 * Loaded by mistake in place of the extension, every function throws.
 *
 * Common to all:
 * - Times are Unix seconds and always passed in; nothing here reads a clock.
 * - A value of the wrong type is a `TypeError`, also in non-strict mode: numeric
 *   strings are not converted. A value out of range is an
 *   `Sallyport\Exception\*`.
 * - A wrong code or signature is an answer (`null`, `false`, `InvalidToken`).
 * - No exception message carries bytes of the arguments.
 */

namespace Sallyport;

use SensitiveParameter;

/**
 * A new TOTP secret.
 *
 * Random bytes come from the operating system for each call, so processes forked
 * from one that has called this share nothing.
 *
 * @param int<16, 64> $bytes 20 suits SHA-1 (RFC 4226 §4 R6 asks for 16, recommends 20)
 * @return non-empty-string base32 without padding
 * @throws Exception\InvalidArgument if $bytes is out of range
 * @throws Exception\Unavailable if the operating system has no randomness
 * @since 0.1.0
 */
function totp_secret(int $bytes = 20): string
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * The URI an authenticator app scans: every parameter explicit, percent-encoded.
 *
 * Colons in $account and $issuer, which separate the two, and control characters become
 * spaces, several spaces one. Of long ones that are not ASCII the URI may be longer than
 * {@see qr_svg()} can draw.
 *
 * @param string $secret base32
 * @param non-empty-string $account UTF-8, at most 255 bytes
 * @param string $issuer UTF-8, at most 255 bytes; empty leaves it out
 * @param 'SHA1'|'SHA256'|'SHA512' $algorithm many apps ignore anything but SHA1
 * @param 6|7|8 $digits
 * @param int<1, 120> $period seconds
 * @return non-empty-string otpauth://totp/…
 * @throws Exception\InvalidSecret if $secret is not base32 of 10 to 256 bytes
 * @throws Exception\InvalidArgument if another value is out of range
 * @since 0.1.0
 */
function totp_uri(#[SensitiveParameter] string $secret, string $account, string $issuer, string $algorithm = 'SHA1', int $digits = 6, int $period = 30): string
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * The code of a secret at a time (RFC 6238 §4).
 *
 * @param string $secret base32; lower case, spaces and padding are tolerated
 * @param int<0, max> $now
 * @param 'SHA1'|'SHA256'|'SHA512' $algorithm
 * @param 6|7|8 $digits
 * @param int<1, 120> $period seconds
 * @return non-empty-string with its leading zeros
 * @throws Exception\InvalidSecret if $secret is not base32 of 10 to 256 bytes
 * @throws Exception\InvalidArgument if another value is out of range
 * @since 0.1.0
 */
function totp_code(#[SensitiveParameter] string $secret, int $now, string $algorithm = 'SHA1', int $digits = 6, int $period = 30): string
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * The time step whose code was typed, if it is later than $afterStep.
 *
 * What was typed is folded first: spaces, dashes and invisible marks dropped,
 * decimal digits of any script read. Anything that is then not exactly $digits
 * digits is null, never an exception. All candidate steps are compared in
 * constant time; should two match, the later is returned.
 *
 * ```php
 * $step = totp_verify($secret, $_POST['code'], time(), $lastStep);
 * // UPDATE … SET last_step = $step WHERE … AND last_step < $step; 0 rows: refuse
 * ```
 *
 * @param string $secret base32; lower case, spaces and padding are tolerated
 * @param string $code as typed
 * @param int<0, max> $now
 * @param int $afterStep the last step accepted for this secret; -1 for none
 * @param int<0, 10> $skew steps to each side of now (RFC 6238 §5.2 recommends 1)
 * @param 'SHA1'|'SHA256'|'SHA512' $algorithm
 * @param 6|7|8 $digits
 * @param int<1, 120> $period seconds
 * @return int<0, max>|null the matched step, to be stored as the next $afterStep
 * @throws Exception\InvalidSecret if $secret is not base32 of 10 to 256 bytes
 * @throws Exception\InvalidArgument if a value other than $code is out of range
 * @since 0.1.0
 */
function totp_verify(
    #[SensitiveParameter] string $secret,
    #[SensitiveParameter] string $code,
    int $now,
    int $afterStep = -1,
    int $skew = 1,
    string $algorithm = 'SHA1',
    int $digits = 6,
    int $period = 30,
): ?int
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * A QR code as inline SVG: `role="img"`, quiet zone of four modules, error
 * correction level M, black on white whatever the page's colours.
 *
 * @param non-empty-string $text bytes; at most about 2300 of them
 * @param string $title UTF-8, the accessible name; escaped here
 * @return non-empty-string
 * @throws Exception\InvalidArgument if $text is empty or too long, or $title not UTF-8
 * @since 0.1.0
 */
function qr_svg(#[SensitiveParameter] string $text, string $title = ''): string
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * A fresh set of backup codes and what to store of them.
 *
 * Each code has 75 random bits (NIST SP 800-63B-4 §4.2.1.1 asks for 64). The
 * hashes are PHC strings (Argon2id, m=19456 KiB, t=2, p=1) over the code as
 * printed, all under one random salt, so that checking a code costs one Argon2id;
 * `password_verify()` reads them too. Making ten takes about 0.2 s.
 *
 * @param int<1, 100> $count
 * @return array{codes: list<non-empty-string>, hashes: list<non-empty-string>} XXXXX-XXXXX-XXXXX, to be shown once, and their hashes in the same order
 * @throws Exception\InvalidArgument if $count is out of range
 * @throws Exception\Unavailable if there is no randomness or memory
 * @since 0.1.0
 */
function backup_codes(int $count = 10): array
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * Which stored hash a typed backup code matches.
 *
 * Case, spaces, dashes and look-alikes (O for 0, I and L for 1) are folded, and
 * digits and letters of other widths. What is not of the form of a code is null
 * before anything is hashed. Every hash is compared in constant time. A stored
 * string that is not Argon2id, or asks for more than 64 MiB, 10 passes or
 * 4 lanes, matches nothing.
 *
 * @param string $code as typed
 * @param array<int, string> $hashes PHC strings, at most 100
 * @return int|null the key in $hashes of the first match; consume it in one conditional write
 * @throws Exception\InvalidArgument if there are more than 100 hashes
 * @throws Exception\Unavailable if there is no memory for Argon2
 * @throws \TypeError if an element of $hashes is not a string, or its key not an integer
 * @since 0.1.0
 */
function backup_code_verify(#[SensitiveParameter] string $code, array $hashes): ?int
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * A random numeric code to send by mail, every code equally likely. Store its
 * {@see mac()}, not the code.
 *
 * @param int<6, 12> $digits
 * @return non-empty-string with its leading zeros
 * @throws Exception\InvalidArgument if $digits is out of range
 * @throws Exception\Unavailable if the operating system has no randomness
 * @since 0.1.0
 */
function otp_code(int $digits = 8): string
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * Signs claims with the active key of a keyring.
 *
 * Integers stay integers and claims keep their order. A PHP list, also an empty
 * one, becomes a JSON array; any other array becomes an object.
 *
 * ```php
 * $token = jwt_sign(['iss' => $site, 'sub' => '7', 'exp' => $now + 300], $keys, 'at+jwt');
 * ```
 *
 * @param array<string, mixed> $claims null, bool, int, float, UTF-8 string, array; at most 32 levels
 * @param non-empty-string $typ visible ASCII, at most 255 characters
 * @return non-empty-string compact JWS with typ, alg and kid in its header
 * @throws Exception\InvalidClaims if $claims has integer keys, objects, resources, NAN, INF or text that is not UTF-8, if exp, nbf or iat is not a number below 2^53, or if the token would have more than 1 MiB
 * @throws Exception\InvalidKey if the active key is public or its key_ops forbid signing
 * @throws Exception\InvalidArgument if $typ is not of its form
 * @since 0.1.0
 */
function jwt_sign(array $claims, Keyring $keys, string $typ = 'JWT'): string
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * The claims of a token that is signed by a key of the keyring and meets the rules.
 *
 * The algorithm comes from the key; the header only has to agree. A `kid` names
 * its key; without one, every key of the header's algorithm is tried. Refused as
 * `malformed`: a `crit` header, a `b64` that is not true, duplicate names anywhere,
 * base64url that is not canonical, JSON nested deeper than 32 levels, over 1 MiB, `exp`, `nbf`
 * or `iat` that is not a number below 2^53. Where
 * the token has `exp` or `nbf` they always hold: `nbf - leeway <= now < exp + leeway`. Rules:
 *
 * - `iss`: the only issuer accepted
 * - `aud`: an audience, or a list of which the token must name at least one
 * - `typ`: the only type accepted, without regard to case or a leading "application/"
 * - `leeway`: seconds, 0 to 86400, for exp and nbf (0)
 * - `required`: names of claims that must be there and not null
 *
 * ```php
 * $claims = jwt_verify($token, $keys, time(), ['iss' => $site, 'typ' => 'at+jwt', 'required' => ['exp', 'sub']]);
 * ```
 *
 * @param int<0, max> $now
 * @param array{iss?: string, aud?: string|list<string>, typ?: string, leeway?: int, required?: list<string>} $rules
 * @return array<array-key, mixed> objects as arrays; integers beyond 64 bits as floats
 * @throws Exception\InvalidToken if it is not acceptable; see {@see Exception\InvalidToken::reason()}
 * @throws Exception\InvalidArgument if $now is negative, leeway out of range, or aud an empty list
 * @throws \ValueError if $rules has an unknown key
 * @throws \TypeError if a rule has the wrong type
 * @since 0.1.0
 */
function jwt_verify(#[SensitiveParameter] string $token, Keyring $keys, int $now, array $rules): array
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * The payload of a compact JWS, under the same strict rules as {@see jwt_verify()};
 * claims are not looked at and the payload need not be JSON.
 *
 * @return string bytes
 * @throws Exception\InvalidToken if it is malformed or not signed by a key of the keyring
 * @since 0.1.0
 */
function jws_verify(#[SensitiveParameter] string $token, Keyring $keys): string
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * Header and claims of a token, NOTHING VERIFIED. Only for tokens whose issuer has
 * verified them in this request.
 *
 * @return array{header: array<array-key, mixed>, claims: array<array-key, mixed>}|null null if it is not a JWT, or over 1 MiB
 * @since 0.1.0
 */
function jwt_peek(#[SensitiveParameter] string $token): ?array
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * HMAC-SHA-256.
 *
 * @param non-empty-string $key bytes, from {@see purpose_key()}
 * @return non-empty-string 64 lower-case hexadecimal digits
 * @throws Exception\InvalidKey if $key is empty
 * @since 0.1.0
 */
function mac(#[SensitiveParameter] string $message, #[SensitiveParameter] string $key): string
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * Whether $mac is what {@see mac()} gives, compared in constant time. Anything but
 * 64 lower-case hexadecimal digits is false.
 *
 * @param non-empty-string $key bytes
 * @throws Exception\InvalidKey if $key is empty
 * @since 0.1.0
 */
function mac_verify(#[SensitiveParameter] string $message, #[SensitiveParameter] string $mac, #[SensitiveParameter] string $key): bool
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * One key per purpose, from the master key (HKDF-SHA-256, RFC 5869).
 *
 * @param non-empty-string $master bytes, at least 32; what counts is their randomness
 * @param non-empty-string $purpose
 * @return non-empty-string 32 raw bytes
 * @throws Exception\InvalidKey if $master is shorter than 32 bytes
 * @throws Exception\InvalidArgument if $purpose is empty
 * @since 0.1.0
 */
function purpose_key(#[SensitiveParameter] string $master, string $purpose): string
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * Encrypts and authenticates a secret for storage (AES-256-GCM-SIV, RFC 8452).
 *
 * ```php
 * $stored = seal($secret, "totp:$userId", $key);
 * $secret = unseal($stored, "totp:$userId", [$key, $previousKey]);
 * ```
 *
 * @param string $plaintext bytes
 * @param string $aad owner and purpose; sealed for one row, it does not open in another
 * @param non-empty-string $key 32 raw bytes
 * @return non-empty-string s1.<key id>.<base64url>
 * @throws Exception\InvalidKey if $key has not 32 bytes
 * @throws Exception\Unavailable if the operating system has no randomness
 * @since 0.1.0
 */
function seal(#[SensitiveParameter] string $plaintext, string $aad, #[SensitiveParameter] string $key): string
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * Opens what {@see seal()} sealed, with whichever key it names.
 *
 * @param string $aad the same as when it was sealed
 * @param array<string> $keys each of 32 raw bytes
 * @return string bytes
 * @throws Exception\Unsealable if no key fits, $aad is another, or a byte was changed
 * @throws Exception\InvalidKey if a key has not 32 bytes
 * @throws \TypeError if an element of $keys is not a string
 * @since 0.1.0
 */
function unseal(string $sealed, string $aad, #[SensitiveParameter] array $keys): string
{
    throw new \Error('The extension "sallyport" is not loaded.');
}

/**
 * The TOTP secret of an enrolment of the WP 2FA plugin.
 *
 * @param string $stored the user meta wp_2fa_totp_key: lsc_… or ssl_…
 * @param string $key base64, as in WP2FA_ENCRYPT_KEY
 * @return non-empty-string|null base32; null if it does not open to one
 * @since 0.1.0
 */
function wp2fa_unseal(string $stored, #[SensitiveParameter] string $key): ?string
{
    throw new \Error('The extension "sallyport" is not loaded.');
}
