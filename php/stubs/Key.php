<?php

namespace Sallyport;

use SensitiveParameter;

/**
 * A key bound to one signature algorithm (RFC 8725 §3.1).
 *
 * HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384,
 * EdDSA (Ed25519). Refused: HMAC secrets shorter than the hash or that are a PEM
 * (RFC 7518 §3.2), RSA under 2048 or over 8192 bits, with an even exponent or one
 * below 3, or of CVE-2017-15361; EC points off their curve; Ed25519 keys that anyone can
 * sign for.
 * The material exists in the extension only: no clone, no serialisation, nothing for
 * var_dump(), and nothing for == to tell two keys apart by: compare their kid().
 *
 * Without $kid a key pair is named by its RFC 7638 thumbprint, a secret by a
 * short hash under that secret.
 *
 * ```php
 * $key = Key::generate('ES256');
 * $token = jwt_sign(['sub' => '7'], new Keyring($key));
 * ```
 *
 * @since 0.1.0
 */
final class Key
{
    /** A key is made by fromSecret(), fromPem(), fromJwk() or generate(). */
    private function __construct()
    {
    }

    /**
     * @param 'HS256'|'HS384'|'HS512' $alg
     * @param non-empty-string $secret bytes, at least 32, 48 or 64
     * @param non-empty-string|null $kid UTF-8 without control characters, at most 255 bytes
     * @throws Exception\InvalidKey if $alg takes no secret, $secret is too short or a PEM, or $kid not of its form
     */
    public static function fromSecret(string $alg, #[SensitiveParameter] string $secret, ?string $kid = null): Key
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }

    /**
     * PKCS#8, PKCS#1 or SEC 1 for private keys, SPKI or PKCS#1 for public ones;
     * one unencrypted key, no certificates. Parsed once per process.
     *
     * @param non-empty-string $alg any but HS*
     * @param non-empty-string|null $kid
     * @throws Exception\InvalidKey if it is none of these, weak, or not a key for $alg
     */
    public static function fromPem(string $alg, #[SensitiveParameter] string $pem, ?string $kid = null): Key
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }

    /**
     * From a JSON Web Key, private or public. Its use, key_ops and alg are honoured; it must be for signatures alone.
     *
     * @param string $json one JSON object without duplicate names
     * @param non-empty-string|null $alg for a JWK without alg; by default HS256 for oct, RS256 for RSA, the only one of its curve else
     * @throws Exception\InvalidKey if it is malformed, weak, unsupported, not for signatures, or bound to another algorithm than $alg
     */
    public static function fromJwk(#[SensitiveParameter] string $json, ?string $alg = null): Key
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }

    /**
     * A fresh key: a secret as long as the hash, RSA of 2048 bits, or a key of the curve.
     *
     * @param non-empty-string $alg
     * @param non-empty-string|null $kid
     * @throws Exception\InvalidKey if $alg is unknown or $kid not of its form
     * @throws Exception\Unavailable if the operating system has no randomness
     */
    public static function generate(string $alg, ?string $kid = null): Key
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }

    /** @return non-empty-string */
    public function kid(): string
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }

    /** @return non-empty-string */
    public function alg(): string
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }

    /** Whether it holds what signs: a secret, or the private part of a pair. */
    public function isPrivate(): bool
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }

    /**
     * @return array{kid: string, alg: string, use: 'sig', kty: string, n?: string, e?: string, crv?: string, x?: string, y?: string}
     * @throws Exception\InvalidKey if the key is symmetric
     */
    public function publicJwk(): array
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }

    /**
     * @return non-empty-string PKCS#8 of a private key, SPKI of a public one
     * @throws Exception\InvalidKey if the key is symmetric
     */
    public function toPem(): string
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }

    /**
     * The HMAC secret, so that a generated one can be sealed.
     *
     * @return non-empty-string bytes
     * @throws Exception\InvalidKey if the key is a pair
     */
    public function secret(): string
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }
}
