<?php

declare(strict_types=1);

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Issuer\Issuer;
use Sallyport\WP\Issuer\Issuers;
use Sallyport\WP\Issuer\Minter;
use Sallyport\WP\Plugin;

/** A token from an issuer must carry the requested proof, and name its user; otherwise it is discarded. */
final class MinterTest extends WPTestCase
{
    private const EPOCH = 'e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0';

    private Plugin $plugin;

    protected function setUp(): void
    {
        parent::setUp();
        $this->plugin = self::plugin();
    }

    public function test_a_token_with_the_proof_is_issued(): void
    {
        [$response, $token] = $this->mint(self::proof(7), 7);
        self::assertSame(['token' => $token], $response->get_data());
    }

    /** @dataProvider others */
    public function test_any_other_token_is_not_issued(?Proof $stamped, int $names): void
    {
        $this->expectExceptionMessage('sallyport_unavailable');
        $this->mint($stamped, $names);
    }

    /** @return array<string, array{?Proof, int}> */
    public static function others(): array
    {
        return [
            'without a proof' => [null, 7],
            "with another user's proof" => [self::proof(8), 7],
            "with another user's proof, of that user" => [self::proof(8), 8],
            'with a proof of another epoch' => [self::proof(7, str_repeat('f', 32)), 7],
            'of another user' => [self::proof(7), 8],
            'of nobody' => [self::proof(7), 0],
        ];
    }

    /** @return array{0: WP_REST_Response, 1: string} */
    private function mint(?Proof $stamped, int $names): array
    {
        $claims = ['iss' => 'https://a.test', 'exp' => time() + 60, 'sub' => $names];
        $claims = $stamped === null ? $claims : $this->plugin->claims()->stamp($claims, $stamped);
        $token = $this->plugin->engine()->jwt_sign($claims, $this->plugin->signing_keys()->keyring(), 'JWT');
        $issuer = new class ($token) implements Issuer {
            public function __construct(private string $token)
            {
            }

            public function name(): string
            {
                return 'careless';
            }

            public function presented(): ?string
            {
                return null;
            }

            public function is_login(array $handler): bool
            {
                return false;
            }

            public function is_validation(array $handler): bool
            {
                return false;
            }

            public function user_in(array $claims): int
            {
                return $claims['sub'];
            }

            public function mint(Proof $proof): WP_REST_Response
            {
                return new WP_REST_Response(['token' => $this->token]);
            }

            public function token_in(WP_REST_Response $response): ?string
            {
                return $response->get_data()['token'];
            }
        };
        return (new Minter(new Issuers(fn () => $issuer, fn () => null, []), $this->plugin->engine(), $this->plugin->claims(), $this->plugin->activity()))->mint(self::proof(7));
    }

    private static function proof(int $user, string $epoch = self::EPOCH): Proof
    {
        return Proof::verified($user, 'careless', ['otp', 'pwd'], 1_800_000_000, $epoch);
    }
}
