<?php

declare(strict_types=1);

namespace Sallyport\Tests;

/** Another site that signs its users in here, in plain PHP; it shares no code with the engine under test. */
final class ForeignSite
{
    public function __construct(
        public readonly string $key,
        public readonly string $address,
        public readonly string $audience,
        public readonly string $secret,
    ) {
    }

    /**
     * The body that it sends to /sso/exchange.
     *
     * @param array<string, mixed> $claims in place of the usual ones; null leaves one out
     * @param array<string, mixed> $header the same
     * @return array{site_key: string, token: string, signature: string}
     */
    public function signsIn(string $email, array $claims = [], array $header = []): array
    {
        return $this->sends($this->token($this->claims($email, $claims), $header));
    }

    /** @param array<string, mixed> $changes @return array<string, mixed> */
    public function claims(string $email, array $changes = []): array
    {
        return array_filter($changes + [
            'iss' => $this->address,
            'aud' => $this->audience,
            'sub' => 'user-7',
            'iat' => time(),
            'exp' => time() + 60,
            'jti' => bin2hex(random_bytes(16)),
            'email' => $email,
            'email_verified' => true,
            'amr' => ['pwd', 'otp', 'mfa'],
            'auth_time' => time(),
        ], static fn (mixed $value): bool => $value !== null);
    }

    /** @param array<string, mixed> $claims @param array<string, mixed> $header */
    public function token(array $claims, array $header = [], ?string $secret = null): string
    {
        $header = array_filter($header + ['alg' => 'HS256', 'typ' => 'sso+jwt'], static fn (mixed $value): bool => $value !== null);
        $signed = self::base64url(json_encode($header, JSON_THROW_ON_ERROR)) . '.' . self::base64url(json_encode($claims, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES));
        return "$signed." . self::base64url(hash_hmac('sha256', $signed, $secret ?? $this->secret, true));
    }

    /** @return array{site_key: string, token: string, signature: string} */
    public function sends(string $token, ?string $secret = null): array
    {
        return ['site_key' => $this->key, 'token' => $token, 'signature' => hash_hmac('sha256', "$this->key.$token", $secret ?? $this->secret)];
    }

    public static function base64url(string $bytes): string
    {
        return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    }
}
