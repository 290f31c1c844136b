<?php

namespace Sallyport;

use SensitiveParameter;

/**
 * The keys of one issuer: the active one signs, all verify. At most 64, each with
 * a kid of its own. May mix symmetric and asymmetric keys (a site moving from one
 * to the other): every key is bound to its algorithm.
 *
 * ```php
 * $keys = new Keyring($new, [$old]);
 * header('Content-Type: application/jwk-set+json');
 * echo json_encode($keys->jwks([$next]));
 * ```
 *
 * @since 0.1.0
 */
final class Keyring
{
    /**
     * @param Key $active signs; a public key verifies only
     * @param array<Key> $others
     * @throws Exception\InvalidKey if two keys share a kid, or there are more than 64
     * @throws \TypeError if an element of $others is not a Key
     */
    public function __construct(Key $active, array $others = [])
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }

    /**
     * From a JWK set. Its first usable key is the active one; keys of unsupported
     * types and keys not for signatures are passed over (RFC 7517 §5).
     *
     * @param string $json one JSON object without duplicate names
     * @throws Exception\InvalidKey if it is malformed, has no usable key, mixes symmetric and asymmetric keys, repeats a kid, or holds a weak key
     */
    public static function fromJwks(#[SensitiveParameter] string $json): Keyring
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }

    /**
     * The JWK set to publish: the public part of every key pair of this keyring
     * and of $published. Symmetric keys are never in it.
     *
     * @param array<Key> $published further keys, announced before they sign
     * @return array{keys: list<array<string, string>>}
     * @throws Exception\InvalidKey if two different key pairs share a kid
     * @throws \TypeError if an element of $published is not a Key
     */
    public function jwks(array $published = []): array
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }
}
