<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use PHPUnit\Framework\TestCase;
use Sallyport\Tests\Elsewhere;
use Sallyport\Tests\Jwt;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/SimpleJwtLoginDoors.php';

/** Each way in which Simple JWT Login 4 issues a token: to a user without a factor, to one with a factor and no code, and with the right code. */
final class SimpleJwtLoginTokensTest extends TestCase
{
    use SimpleJwtLoginDoors;

    private const VERIFY = '/wp-json/sallyport/v1/challenge/verify';

    public function testEveryFieldThatNamesTheUserAndTheStoredHashRequireTheCode(): void
    {
        foreach (['username', 'email', 'login'] as $field) {
            foreach (['password', 'password_hash'] as $secret) {
                $person = $this->someone();
                $login = fn (array $second = []): Response => $this->site()->request('POST', self::NAMESPACE . '/auth', json: [
                    $field => $field === 'email' ? $person->email : $person->login,
                    $secret => $secret === 'password' ? $person->password : $this->site()->php('return get_userdata((int) $argv[1])->user_pass;', [(string) $person->id]),
                ] + $second);
                $this->issued($login(), $person);
                $person->enrol();
                $this->refused(401, 'sallyport_second_factor_required', $login());
                $this->refused(401, 'sallyport_invalid_code', $login(['sallyport_code' => $person->wrongCode()]));
                $claims = Jwt::claims($this->issued($login(['sallyport_code' => $person->code()]), $person));
                self::assertSame(['otp', 'pwd'], array_values(array_diff($claims['sp']['amr'], ['mfa'])), "$field $secret");
            }
        }
    }

    public function testARefreshTokenInheritsTheProofAndNeverMakesOne(): void
    {
        $person = $this->someone();
        $plain = $this->refresh($this->refreshToken($this->door()->login($person)));
        $this->issued($plain, $person);
        $old = $this->refreshToken($plain);
        $person->enrol();
        $this->refused(401, 'sallyport_token_unproven', $this->refresh($old));
        $this->refused(401, 'sallyport_token_unproven', $this->refresh($old, ['sallyport_code' => $person->code()]));

        $first = $this->door()->login($person, ['code' => $person->backupCode()]);
        $proof = Jwt::claims($this->issued($first, $person))['sp'];
        $second = $this->refresh($this->refreshToken($first));
        $third = $this->refresh($this->refreshToken($second));
        foreach ([$second, $third] as $answer) {
            $inherited = Jwt::claims($this->issued($answer, $person))['sp'];
            self::assertSame([$proof['at'], $proof['amr'], $proof['epoch']], [$inherited['at'], $inherited['amr'], $inherited['epoch']]);
        }
        self::assertSame(401, $this->refresh($this->refreshToken($second))->status, 'it was rotated');

        $person->changePassword('another password');
        $this->refused(401, 'sallyport_token_stale', $this->refresh($this->refreshToken($third)));
    }

    public function testARefreshTokenOfChallengeVerifyInheritsAsWell(): void
    {
        $person = $this->someoneEnrolled();
        $answer = $this->site()->request('POST', self::VERIFY, json: ['challenge' => $this->door()->challenge($person), 'code' => $person->code()]);
        $this->issued($this->refresh($this->refreshToken($answer)), $person);
    }

    public function testOfParallelRefreshesWithOneTokenOneInherits(): void
    {
        $person = $this->someoneEnrolled();
        $token = $this->refreshToken($this->door()->login($person, ['code' => $person->code()]));
        $answers = $this->site()->concurrently(array_fill(0, 6, ['POST', self::NAMESPACE . '/auth/refresh', 'json' => ['refresh_token' => $token]]));
        self::assertCount(1, array_filter($answers, fn (Response $answer): bool => $this->tokenIn($answer) !== null), implode("\n", $answers));
        foreach ($answers as $answer) {
            self::assertContains($answer->status, [200, 401], (string) $answer);
        }
    }

    public function testANewUserGetsATokenAsBefore(): void
    {
        $name = 'new' . bin2hex(random_bytes(6));
        $answer = $this->site()->request('POST', self::NAMESPACE . '/users', json: ['email' => "$name@e.test", 'password' => 'a long password', 'user_login' => $name]);
        self::assertSame(200, $answer->status, (string) $answer);
        $me = $this->site()->request('GET', self::ME, bearer: $this->tokenIn($answer));
        self::assertSame([200, (int) $answer->json['data']['id']], [$me->status, $me->json['id'] ?? null]);
        self::assertArrayNotHasKey('sp', Jwt::claims((string) $this->tokenIn($answer)));
    }

    public function testANewUserIsLoggedInAsBefore(): void
    {
        self::set($this->site(), ['register' => ['force_login' => true]]);
        $name = 'new' . bin2hex(random_bytes(6));
        $answer = $this->site()->request('POST', self::NAMESPACE . '/users', json: ['email' => "$name@e.test", 'password' => 'a long password', 'user_login' => $name]);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertNotNull($answer->header('set-cookie'));
    }

    public function testAUserAnotherSiteVouchesForIsAskedForTheCode(): void
    {
        $person = $this->someone();
        $login = fn (array $second = []): Response => $this->site()->request(
            'POST',
            self::NAMESPACE . '/oauth/token',
            json: ['provider' => 'github', 'access_token' => $person->email] + $second,
        );
        $this->issued($login(), $person);
        $person->enrol();
        $answer = $login();
        $this->refused(401, 'sallyport_second_factor_required', $answer);
        $challenge = $answer->json['data']['challenge'];
        self::assertSame($challenge, $answer->header('x-sallyport-challenge'));
        $claims = Jwt::claims($this->issued($login(['sallyport_code' => $person->code()]), $person));
        self::assertSame(['otp', 'sso'], array_values(array_diff($claims['sp']['amr'], ['mfa'])));
        $completed = $this->site()->request('POST', self::NAMESPACE . '/oauth/token', json: ['sallyport_challenge' => $challenge, 'sallyport_code' => $person->code()]);
        self::assertContains('sso', Jwt::claims($this->issued($completed, $person))['sp']['amr']);
    }

    public function testABrowserAnotherSiteVouchesForGetsNoCookie(): void
    {
        $person = $this->someone();
        $arrive = fn (): Response => $this->site()->request('GET', self::NAMESPACE . '/oauth/token?' . http_build_query(['provider' => 'github', 'code' => $person->email]));
        $answer = $arrive();
        self::assertSame(302, $answer->status, (string) $answer);
        self::assertNotNull($answer->header('set-cookie'));
        $person->enrol();
        $this->refused(401, 'sallyport_token_unproven', $arrive());
    }

    public function testItsOwnSecondStepIsNeverAskedForBesideOurs(): void
    {
        self::set($this->site(), ['integrations' => ['3rdparty' => ['two_factor' => ['enabled' => true]]]]);
        $person = $this->someone();
        $app = Elsewhere::enrol($this->site(), Elsewhere::TWO_FACTOR, $person->id);
        $answer = $this->door()->login($person);
        $this->refused(401, 'sallyport_second_factor_required', $answer);
        $this->issued($this->door()->login($person, ['code' => $app->code()]), $person);
        $this->issued($this->door()->complete($answer->json['data']['challenge'], ['code' => $app->backupCode()]), $person);
        $nonce = $this->site()->php('return Two_Factor_Core::create_login_nonce((int) $argv[1])["key"];', [(string) $person->id]);
        foreach (['000000', $app->code()] as $code) { // it does not distinguish the two
            $this->refused(400, 'sallyport_wrong_door', $this->secondStep(self::interim($person->id, $nonce), $code));
        }
        $vouched = $this->site()->request('POST', self::NAMESPACE . '/oauth/token', json: ['provider' => 'github', 'access_token' => $person->email]);
        $this->refused(401, 'sallyport_second_factor_required', $vouched);
        $completed = $this->door()->complete($vouched->json['data']['challenge'], ['code' => $app->backupCode()]);
        self::assertContains('sso', Jwt::claims($this->issued($completed, $person))['sp']['amr']);
        $one = $this->site()->request(
            'POST',
            self::NAMESPACE . '/oauth/token',
            json: ['provider' => 'github', 'access_token' => $person->email, 'sallyport_code' => $app->backupCode()],
        );
        $this->issued($one, $person);
    }

    public function testItsOwnSecondStepDoesNotRevealWhoHasAFactor(): void
    {
        self::set($this->site(), ['integrations' => ['3rdparty' => ['two_factor' => ['enabled' => true]]]]);
        [$enrolled, $plain] = [$this->someoneEnrolled(), $this->someone()];
        $claims = ['tfa_pending' => 1, 'tfa_user_id' => $enrolled->id, 'tfa_nonce' => 'x', 'tfa_provider' => 'Two_Factor_Totp'];
        $login = $this->site()->request('POST', self::NAMESPACE . '/auth', json: ['username' => $plain->login, 'password' => $plain->password, 'payload' => $claims]);
        self::assertSame($claims, array_intersect_key(Jwt::claims((string) $this->tokenIn($login)), $claims), 'whoever has an account can choose claims');
        $answers = array_map(fn (string $token): Response => $this->secondStep($token), [
            'forged, enrolled' => self::interim($enrolled->id, 'x', 'another secret, of thirty-two characters'),
            'forged, no factor' => self::interim($plain->id, 'x', 'another secret, of thirty-two characters'),
            'enrolled' => (string) $this->tokenIn($login),
            'no factor' => self::interim($plain->id, 'x'),
        ]);
        $seen = array_map(static fn (Response $answer): array => [$answer->status, $answer->body], $answers);
        self::assertSame($seen['forged, no factor'], $seen['forged, enrolled']);
        self::assertSame($seen['no factor'], $seen['enrolled']);
        foreach ($answers as $what => $answer) {
            self::assertSame([str_starts_with($what, 'forged') ? 400 : 500, false], [$answer->status, $answer->json['success']], "$what: $answer");
            self::assertStringNotContainsString('sallyport', $answer->body, 'the plugin says so itself');
        }
    }

    public function testAProofExpiresEvenIfTokensDoNot(): void
    {
        $payload = ['iat', 'email', 'id'];
        $this->site()->php('$s = json_decode(get_option("simple_jwt_login_settings"), true); $s["authorization"]["jwt_payload"] = json_decode($argv[1], true); update_option("simple_jwt_login_settings", json_encode($s));', [json_encode($payload)]);
        $person = $this->someone();
        self::assertArrayNotHasKey('exp', Jwt::claims($this->issued($this->door()->login($person), $person)));
        $person->enrol();
        $claims = Jwt::claims($this->issued($this->door()->login($person, ['code' => $person->code()]), $person));
        self::assertEqualsWithDelta(3600, $claims['exp'] - $claims['iat'], 5, 'the plugin checks the time first, and then we do');
    }

    public function testOtherPluginsFilterClaimsOnlyIfTheAdministratorEnabledIt(): void
    {
        $header = ['X-Probe-Claim' => '1'];
        [$plain, $person] = [$this->someone(), $this->someoneEnrolled()];
        self::assertArrayNotHasKey('probe', Jwt::claims((string) $this->tokenIn($this->door()->login($plain, headers: $header))));
        self::assertArrayNotHasKey('probe', Jwt::claims($this->issued($this->door()->login($person, ['code' => $person->code()], $header), $person)));
        self::set($this->site(), ['hooks' => ['enabled_hooks' => ['simple_jwt_login_generate_payload']]]);
        $claims = Jwt::claims((string) $this->tokenIn($this->door()->login($plain, headers: $header)));
        self::assertSame([1, false], [$claims['probe'] ?? null, isset($claims['sp'])]);
        $claims = Jwt::claims($this->issued($this->door()->login($person, ['code' => $person->code()], $header), $person));
        self::assertSame(1, $claims['probe'] ?? null);
    }

    public function testAClaimInTheRequestIsNoProof(): void
    {
        $person = $this->someone();
        $login = ['username' => $person->login, 'password' => $person->password, 'payload' => ['sp' => ['v' => 1], 'mine' => 'x']];
        $claims = Jwt::claims((string) $this->tokenIn($this->site()->request('POST', self::NAMESPACE . '/auth', json: $login)));
        self::assertSame(['x', false], [$claims['mine'] ?? null, isset($claims['sp'])]);
    }

    public function testItsSettingsAreNotChanged(): void
    {
        $stored = fn (): string => $this->site()->php('return get_option("simple_jwt_login_settings");');
        $before = $stored();
        $person = $this->someoneEnrolled();
        $this->issued($this->door()->login($person, ['code' => $person->code()]), $person);
        self::assertSame($before, $stored());
    }

    private function issued(Response $answer, Person $person): string
    {
        self::assertSame(200, $answer->status, (string) $answer);
        $me = $this->site()->request('GET', self::ME, bearer: $this->tokenIn($answer));
        self::assertSame([200, $person->id], [$me->status, $me->json['id'] ?? null], "$answer $me");
        return (string) $this->tokenIn($answer);
    }

    private function refreshToken(Response $answer): string
    {
        return $answer->json['data']['refresh_token'] ?? throw new \RuntimeException("no refresh token: $answer");
    }

    private function secondStep(string $token, string $code = '123456'): Response
    {
        return $this->site()->request('POST', self::NAMESPACE . '/auth/2fa', json: ['code' => $code], bearer: $token);
    }

    /** What the plugin returns instead of a token. */
    private static function interim(int $user, string $nonce, string $secret = ContractSite::SECRET): string
    {
        return Jwt::hs256(
            [
                'iat' => time() - 1, 'exp' => time() + 60, 'tfa_pending' => 1, 'tfa_user_id' => $user,
                'tfa_nonce' => $nonce, 'tfa_provider' => 'Two_Factor_Totp',
            ],
            $secret,
        );
    }

    /** @param array<string, string> $more */
    private function refresh(string $token, array $more = []): Response
    {
        return $this->site()->request('POST', self::NAMESPACE . '/auth/refresh', json: ['refresh_token' => $token] + $more);
    }
}
