<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Door;
use Sallyport\Tests\Response;

require_once __DIR__ . '/IssuerContract.php';

/** Sallyport's own tokens. */
final class SallyportIssuerTest extends IssuerContract
{
    use RestLaws;

    public function testAnApplicationPasswordIsRefusedToAUserWithoutAFactorToo(): void
    {
        $person = $this->someone();
        $login = ['username' => $person->login, 'password' => $person->applicationPassword()];
        $this->assertRefused(403, 'sallyport_app_password_not_exchangeable', $this->site()->request('POST', $this->door()->path, json: $login));
    }

    public function testUnknownUserAndWrongPasswordGetOneAnswer(): void
    {
        $answers = array_map(
            fn (string $login): Response => $this->site()->request('POST', $this->door()->path, json: ['username' => $login, 'password' => 'not theirs']),
            [$this->someone()->login, $this->someoneEnrolled()->login, 'nobody-of-that-name'],
        );
        self::assertCount(1, array_unique(array_column($answers, 'body')));
        $this->assertRefused(401, 'sallyport_invalid_credentials', $answers[0]);
    }

    public function testTheAnswerIsTheTokenResponse(): void
    {
        $person = $this->someoneEnrolled();
        $answer = $this->door()->login($person, ['code' => $person->code()]);
        $claims = $this->claims($this->issued($answer, $person));
        self::assertSame(900, $answer->json['expires_in']);
        self::assertSame(gmdate('Y-m-d\TH:i:s+00:00', $claims['exp']), $answer->json['expiration']);
        self::assertSame($claims['jti'], $answer->json['jti']);
        self::assertSame((string) $person->id, $claims['sub']);
        self::assertSame(['otp', 'pwd'], array_values(array_intersect($claims['amr'], ['otp', 'pwd'])));
        self::assertSame(['ID' => $person->id, 'user_login' => $person->login, 'user_email' => $person->email], array_slice($answer->json['user'], 0, 3));
    }

    protected function door(): Door
    {
        return Door::sallyport($this->site());
    }

    protected function anotherDoor(): Door
    {
        return Door::tmeister($this->site());
    }

    protected function tokenIn(Response $answer): ?string
    {
        return $answer->json['token'] ?? null;
    }

    protected function lasting(array $answer): array
    {
        return array_diff_key($answer, array_flip(['token', 'expiration', 'jti', 'refresh_token', 'backup_codes_left']));
    }

    protected function sign(array $tokens): array
    {
        return $this->site()->php(
            '$keyring = (new \Sallyport\WP\Plugin())->signing_keys()->keyring();'
            . 'return array_map(fn ($claims) => \Sallyport\jwt_sign($claims, $keyring, "at+jwt"), json_decode($argv[1], true));',
            [json_encode($tokens, JSON_THROW_ON_ERROR)],
        );
    }
}
