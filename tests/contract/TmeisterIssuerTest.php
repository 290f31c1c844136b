<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Door;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/IssuerContract.php';

/** JWT Authentication for WP REST API, by Enrique Chavez (Tmeister), 1.3.4: the stand-in, or SALLYPORT_TMEISTER=DIR. */
final class TmeisterIssuerTest extends IssuerContract
{
    use BridgeLaws;
    use RestLaws;

    /** @param array<string, array<string, mixed>> $answers */
    protected function assertServed(array $answers): void
    {
        self::assertSame([200, 403], array_values(array_unique(array_column(array_slice($answers, 0, 8), 'status'))));
    }

    public function testAProofThatAnotherPluginClaimsAfterOursDoesNotCount(): void
    {
        $person = $this->someoneEnrolled();
        $false = ['X-Probe-False-Proof' => '1'];
        $this->assertRefused(401, 'sallyport_second_factor_required', $this->door()->login($person, headers: $false));

        $answer = $this->door()->login($person, ['code' => $person->code()], $false);
        self::assertSame(str_repeat('0', 64), $this->claims((string) $this->tokenIn($answer))['sp']['mac'] ?? null, 'the test plugin did write its claim');
        $this->assertUnacceptable('sallyport_token_unproven', $this->tokenIn($answer));

        $answer = $this->site()->request('POST', self::VERIFY, json: ['challenge' => $this->door()->challenge($person), 'code' => $person->code()], headers: $false);
        $this->assertRefused(503, 'sallyport_unavailable', $answer);
    }

    public function testAProofThatAnotherPluginClaimsBeforeOursIsDropped(): void
    {
        $early = ['X-Probe-False-Proof' => 'early'];
        $plain = $this->someone();
        self::assertArrayNotHasKey('sp', $this->claims($this->issued($this->door()->login($plain, headers: $early), $plain)));
        $person = $this->someoneEnrolled();
        $token = $this->issued($this->door()->login($person, ['code' => $person->code()], $early), $person);
        self::assertNotSame(str_repeat('0', 64), $this->claims($token)['sp']['mac']);
    }

    public function testAFormThatAlwaysHasTheFieldsMayLeaveThemEmpty(): void
    {
        $empty = ['code' => '', 'challenge' => '', 'factor' => '', 'device' => '', 'device_name' => '', 'trust_device' => ''];
        $person = $this->someoneEnrolled();
        $this->assertRefused(401, 'sallyport_second_factor_required', $this->door()->login($person, $empty));
        $this->issued($this->door()->login($person, ['code' => $person->code()] + $empty), $person);
        $plain = $this->someone();
        $this->issued($this->door()->login($plain, $empty), $plain);
    }

    public function testATokenIssuedWithoutOurCheckIsWithheld(): void
    {
        $unasked = ['X-Probe-Own-Check' => '1'];
        $plain = $this->someone();
        $this->issued($this->door()->login($plain, headers: $unasked), $plain);
        $this->assertRefused(401, 'sallyport_token_unproven', $this->door()->login($this->someoneEnrolled(), headers: $unasked));
    }

    public function testAForgedProofOfAUserWithoutAFactorIsWorthlessOnceTheyEnrol(): void
    {
        $person = $this->someone();
        $token = $this->tokenIn($this->door()->login($person, headers: ['X-Probe-False-Proof' => '1']));
        $person->enrol();
        $this->assertUnacceptable('sallyport_token_unproven', (string) $token);
    }

    public function testTheBearerCountsOutsideOfRestAsWellAndOnlyWithAProof(): void
    {
        $person = $this->someone();
        $nonce = fn (string $token): string => $this->site()->request('GET', '/wp-admin/admin-ajax.php?action=rest-nonce', bearer: $token)->body;
        $old = (string) $this->tokenIn($this->door()->login($person));
        self::assertMatchesRegularExpression('/\A[0-9a-f]{10}\z/', $nonce($old), 'a quirk of the plugin: it accepts the bearer on every URL');
        $person->enrol();
        self::assertSame('0', $nonce($old));
        self::assertMatchesRegularExpression('/\A[0-9a-f]{10}\z/', $nonce($this->provenToken($person)));
    }

    protected function door(): Door
    {
        return Door::tmeister($this->site());
    }

    protected function anotherDoor(): Door
    {
        return Door::sallyport($this->site());
    }

    protected function tokenIn(Response $answer): ?string
    {
        return $answer->json['token'] ?? null;
    }

    protected function lasting(array $answer): array
    {
        return array_diff_key($answer, ['token' => 0]);
    }

    /** @return array<string, array<string, mixed>> the request => status, headers and body of the answer */
    protected function answersTo(Person $person): array
    {
        $path = $this->door()->path;
        $right = ['username' => $person->login, 'password' => $person->password];
        $app = $person->applicationPassword();
        $requests = [
            'json' => ['POST', $path, 'json' => $right],
            'form' => ['POST', $path, 'form' => $right],
            'address' => ['POST', "$path?" . http_build_query($right)],
            'by e-mail' => ['POST', $path, 'json' => ['username' => $person->email] + $right],
            'application password' => ['POST', $path, 'json' => ['password' => $app] + $right],
            'wrong password' => ['POST', $path, 'json' => ['password' => 'not theirs'] + $right],
            'unknown user' => ['POST', $path, 'json' => ['username' => 'nobody-of-that-name'] + $right],
            'no password' => ['POST', $path, 'json' => ['username' => $person->login]],
            'nothing' => ['POST', $path],
            'a list for a password' => ['POST', $path, 'json' => ['password' => ['x']] + $right],
            'no JSON' => ['POST', $path, 'form' => '{', 'headers' => ['Content-Type' => 'application/json']],
            'another method' => ['GET', $path],
            'validate without a token' => ['POST', "$path/validate"],
            'validate a bad token' => ['POST', "$path/validate", 'bearer' => 'a.b.c'],
            'a bad token' => ['GET', self::ME, 'bearer' => 'a.b.c'],
            'a guest' => ['GET', self::ME],
        ];
        return array_map($this->constant(...), $this->site()->concurrently($requests));
    }

    /** @return array<string, mixed> an answer without the parts that differ between requests */
    private function constant(Response $answer): array
    {
        $token = $this->tokenIn($answer);
        $claims = $token === null ? [] : $this->claims($token);
        return [
            'status' => $answer->status,
            'headers' => array_diff_key($answer->headers, ['date' => 0, 'content-length' => 0]),
            'body' => str_replace((string) $token, 'TOKEN', $answer->body),
            'claims' => array_diff_key($claims, ['iat' => 0, 'nbf' => 0, 'exp' => 0]),
            'lives' => isset($claims['exp']) ? $claims['exp'] - $claims['iat'] : null,
        ];
    }
}
