<?php

declare(strict_types=1);

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Token\ProofClaim;
use Sallyport\WP\Plugin;
use Sallyport\WP\Refusal;

/** The claim `sp`: its covered parts cannot be altered, and it fits no other token. */
final class ProofClaimTest extends WPTestCase
{
    private const NOW = 1_800_000_000;

    private ProofClaim $claims;

    protected function setUp(): void
    {
        parent::setUp();
        $this->claims = (new Plugin())->claims();
    }

    /** @return array<string, mixed> */
    private function stamped(): array
    {
        return $this->claims->stamp(
            ['iss' => 'https://a.test', 'iat' => self::NOW, 'exp' => self::NOW + 60, 'jti' => 'one', 'data' => ['user' => ['id' => '7']]],
            Proof::verified(7, 'tmeister', ['mfa', 'otp', 'pwd'], self::NOW, str_repeat('e', 32)),
        );
    }

    public function test_it_reads_back_what_was_stamped(): void
    {
        $proof = $this->claims->read($this->stamped(), self::NOW);
        self::assertSame([7, 'tmeister', ['mfa', 'otp', 'pwd'], self::NOW, str_repeat('e', 32)], [$proof->user_id, $proof->issuer, $proof->amr, $proof->at, $proof->epoch]);
    }

    /** @dataProvider alterations */
    public function test_an_altered_claim_is_invalid(callable $alter): void
    {
        $this->expectException(Refusal::class);
        $this->expectExceptionMessage('sallyport_token_unproven');
        $this->claims->read($alter($this->stamped()), self::NOW);
    }

    /** @return iterable<string, array{callable(array<string, mixed>): array<string, mixed>}> */
    public static function alterations(): iterable
    {
        $values = [
            'v' => 2, 'kid' => '00000000', 'iss' => 'other', 'blog' => 2, 'uid' => 1,
            'epoch' => str_repeat('f', 32), 'at' => self::NOW + 9, 'exp' => self::NOW + 999,
            'mac' => str_repeat('0', 64),
        ];
        foreach ($values as $name => $value) {
            yield "sp.$name" => [static fn (array $token): array => ['sp' => [$name => $value] + $token['sp']] + $token];
            yield "sp.$name missing" => [static function (array $token) use ($name): array {
                unset($token['sp'][$name]);
                return $token;
            }];
            yield "sp.$name of another type" => [static fn (array $token): array => ['sp' => [$name => [$token['sp'][$name]]] + $token['sp']] + $token];
        }
        yield 'sp.amr joined' => [static fn (array $token): array => ['sp' => ['amr' => ['mfa otp', 'pwd']] + $token['sp']] + $token];
        yield 'sp.amr longer' => [static fn (array $token): array => ['sp' => ['amr' => ['hwk', 'mfa', 'otp', 'pwd']] + $token['sp']] + $token];
        yield 'one more field' => [static fn (array $token): array => ['sp' => $token['sp'] + ['x' => 1]] + $token];
        yield 'no sp' => [static fn (array $token): array => array_diff_key($token, ['sp' => 1])];
        yield 'sp is text' => [static fn (array $token): array => ['sp' => 'yes'] + $token];
        yield 'sp is true' => [static fn (array $token): array => ['sp' => true] + $token];
        foreach (['iss' => 'https://b.test', 'iat' => self::NOW - 1, 'exp' => self::NOW + 61, 'jti' => 'two'] as $name => $value) {
            yield "in a token with another $name" => [static fn (array $token): array => [$name => $value] + $token];
            yield "in a token without $name" => [static fn (array $token): array => array_diff_key($token, [$name => 1])];
        }
    }

    public function test_it_is_invalid_on_another_blog_of_the_network(): void
    {
        $token = $this->stamped();
        $GLOBALS['blog_id'] = 2; // get_current_blog_id() reads this
        try {
            $this->claims->read($token, self::NOW);
            self::fail('it counted');
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_token_unproven', $refusal->getMessage());
        } finally {
            $GLOBALS['blog_id'] = 1;
        }
    }

    public function test_it_ends_with_its_token(): void
    {
        $this->claims->read($this->stamped(), self::NOW + 59);
        $this->expectExceptionMessage('sallyport_token_unproven');
        $this->claims->read($this->stamped(), self::NOW + 60);
    }

    public function test_a_token_that_never_ends_is_not_stamped(): void
    {
        $this->expectExceptionMessage('sallyport_unavailable');
        $this->claims->stamp(['iss' => 'https://a.test'], Proof::verified(7, 'tmeister', [], self::NOW, 'e'));
    }

    public function test_an_incoming_claim_is_dropped(): void
    {
        $proof = Proof::verified(7, 'tmeister', [], self::NOW, 'e');
        $token = $this->claims->stamp(['exp' => self::NOW + 60, 'sp' => ['uid' => 1, 'extra' => 1]], $proof);
        self::assertSame(7, $token['sp']['uid']);
        self::assertArrayNotHasKey('extra', $token['sp']);
    }
}
