<?php

declare(strict_types=1);

namespace Sallyport\Tests;

/** Compact JWS, read and written as a client or other code on the site would; shares no code with the engine under test. */
final class Jwt
{
    /** @return array<string, mixed> unverified */
    public static function claims(string $token): array
    {
        return json_decode((string) base64_decode(strtr(explode('.', $token)[1] ?? '', '-_', '+/')), true) ?? [];
    }

    /** @param array<string, mixed> $claims */
    public static function hs256(array $claims, string $secret): string
    {
        $signed = self::pack(['typ' => 'JWT', 'alg' => 'HS256']) . '.' . self::pack($claims);
        return "$signed." . self::base64url(hash_hmac('sha256', $signed, $secret, true));
    }

    /** @param array<string, mixed> $part */
    private static function pack(array $part): string
    {
        return self::base64url(json_encode($part, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES));
    }

    private static function base64url(string $bytes): string
    {
        return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    }
}
