<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Door;
use Sallyport\Tests\Jwt;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;
use Sallyport\Tests\UsefulTeamDoor;

require_once __DIR__ . '/IssuerContract.php';
require_once __DIR__ . '/../support/UsefulTeamDoor.php';

/** JWT Auth, by Useful Team, 3.0.2: the stand-in, or SALLYPORT_USEFUL_TEAM=DIR. */
final class UsefulTeamIssuerTest extends IssuerContract
{
    use BridgeLaws;
    use RestLaws;
    use ProbeLaws;

    private const OUTSIDE_A_REQUEST = ['date' => 0, 'content-length' => 0];

    /** @param array<string, array<string, mixed>> $answers */
    protected function assertServed(array $answers): void
    {
        self::assertSame(200, $answers['token/refresh']['status']);
    }

    public function testARefusalIsInThePluginsOwnEnvelope(): void
    {
        $person = $this->someoneEnrolled();
        $answer = $this->door()->login($person)->json;
        self::assertSame(['success', 'statusCode', 'code', 'message', 'data'], array_keys($answer));
        self::assertSame([false, 401, 401], [$answer['success'], $answer['statusCode'], $answer['data']['status']]);
        $wrong = $this->door()->complete($answer['data']['challenge'], ['code' => $person->wrongCode()])->json;
        self::assertSame([false, 401, 'sallyport_invalid_code', 4], [$wrong['success'], $wrong['statusCode'], $wrong['code'], $wrong['data']['attempts_left']]);
        $bad = $this->door()->login($person, ['code' => 123456])->json;
        self::assertSame([false, 400, 'rest_invalid_param'], [$bad['success'], $bad['statusCode'], $bad['code']]);
    }

    public function testARefusedLoginSetsNoCookieAndWritesNothing(): void
    {
        $person = $this->someoneEnrolled();
        $before = $this->meta($person);
        foreach ([[], ['code' => $person->wrongCode()]] as $second) {
            $form = ['username' => $person->login, 'password' => $person->password, 'device' => 'phone'] + $this->door()->named($second);
            $answer = $this->site()->request('POST', $this->door()->path, form: $form);
            self::assertSame([401, null], [$answer->status, $answer->header('set-cookie')], (string) $answer);
        }
        self::assertSame($before, $this->meta($person));
    }

    public function testCustomAuthentication(): void
    {
        $person = $this->someone();
        $this->issued($this->custom($person), $person);
        $person->enrol();
        $this->assertRefused(401, 'sallyport_second_factor_required', $answer = $this->custom($person));
        $this->issued($this->custom($person, ['code' => $person->code()]), $person);
        $this->issued($this->door()->complete($this->given($answer)['challenge'], ['code' => $person->code()]), $person);
        $wrong = $this->custom($person, ['code' => '123456'], 'another word');
        self::assertSame([401, 'jwt_auth_custom_auth_failed'], [$wrong->status, $wrong->json['code'] ?? null]);
    }

    public function testARefreshCookieFromBeforeTheEnrolmentYieldsNothing(): void
    {
        $person = $this->someone();
        $cookie = UsefulTeamDoor::cookie($this->door()->login($person));
        $this->issued($this->door()->byCookie($cookie), $person);
        $person->enrol();
        $before = $this->meta($person);
        $this->assertRefused(401, 'sallyport_token_unproven', $this->door()->byCookie($cookie));
        $this->assertRefused(401, 'sallyport_token_unproven', $this->door()->byCookie($cookie, '/refresh'));
        // Nor with a code: it does not replace a password.
        $this->assertRefused(401, 'sallyport_token_unproven', $this->door()->byCookie($cookie, more: $this->door()->named(['code' => $person->code()])));
        self::assertSame($before, $this->meta($person));
        // A cookie value that reads like a number, of another user.
        $this->writeRefreshToken($person, '1e9');
        $this->assertRefused(401, 'sallyport_token_unproven', $this->door()->byCookie("$person->id.1e9"));
        $this->assertRefused(401, 'sallyport_token_unproven', $this->door()->byCookie("$person->id.1e9", '/refresh'));
    }

    public function testARefreshCookieInheritsTheProofAndKeepsItsAge(): void
    {
        $person = $this->someoneEnrolled();
        $login = $this->door()->login($person, ['code' => $person->code()]);
        $first = $this->claims($this->issued($login, $person))['sp'];
        sleep(1);
        $cookie = UsefulTeamDoor::cookie($login);
        for ($i = 0; $i < 2; $i++) {
            $inherited = $this->claims($this->issued($this->door()->byCookie($cookie), $person))['sp'];
            foreach (['at', 'amr', 'epoch', 'iss'] as $same) {
                self::assertSame($first[$same], $inherited[$same], $same);
            }
            $answer = $this->door()->byCookie($cookie, '/refresh');
            self::assertSame([200, 'jwt_auth_valid_token'], [$answer->status, $answer->json['code'] ?? null], (string) $answer);
            [$spent, $cookie] = [$cookie, UsefulTeamDoor::cookie($answer)];
            self::assertNotSame($spent, $cookie);
            self::assertSame(401, $this->door()->byCookie($spent)->status);
        }
        $person->changePassword('another password');
        $this->assertRefused(401, 'sallyport_token_stale', $this->door()->byCookie($cookie));
        $this->assertRefused(401, 'sallyport_token_stale', $this->door()->byCookie($cookie, '/refresh'));
    }

    public function testAChallengeCompletedGivesTheRefreshCookieOfTheDeviceNamed(): void
    {
        $person = $this->someoneEnrolled();
        $second = ['challenge' => $this->door()->challenge($person), 'code' => $person->code()];
        $answer = $this->site()->request('POST', $this->door()->path, form: ['device' => 'phone'] + $this->door()->named($second));
        self::assertSame('phone', $this->claims($this->issued($answer, $person))['data']['user']['device']);
        $cookie = UsefulTeamDoor::cookie($answer);
        $this->issued($this->door()->byCookie($cookie, more: ['device' => 'phone']), $person);
        self::assertSame('jwt_auth_invalid_refresh_token', $this->door()->byCookie($cookie)->json['code'] ?? null);

        $verified = $this->site()->request('POST', self::VERIFY, json: ['challenge' => $this->door()->challenge($person), 'code' => $person->code()]);
        $this->issued($this->door()->byCookie(UsefulTeamDoor::cookie($verified)), $person);
    }

    /** A form of another site's page is sent without a preflight: it would put its own sign-in into the visitor's browser. */
    public function testAnotherSitesPageGetsNoRefreshCookie(): void
    {
        $person = $this->someoneEnrolled();
        foreach ([['origin' => 'https://elsewhere.example'], ['sec-fetch-site' => 'cross-site']] as $headers) {
            $answer = $this->site()->request('POST', self::VERIFY, form: ['challenge' => $this->door()->challenge($person), 'code' => $person->code()], headers: $headers);
            $this->issued($answer, $person);
            self::assertNull($answer->header('set-cookie'), (string) $answer);
        }
    }

    /** Core lets every page read REST answers, with credentials, and the plugin's cookie has no SameSite. */
    public function testAnotherSitesPageGetsNoTokenByItsVisitorsCookie(): void
    {
        [$person, $plain] = [$this->someoneEnrolled(), $this->someone()];
        $cookie = UsefulTeamDoor::cookie($this->door()->login($person, ['code' => $person->code()]));
        $before = $this->meta($person);
        foreach ([['origin' => 'https://elsewhere.example'], ['origin' => 'null'], ['sec-fetch-site' => 'cross-site'], ['sec-fetch-site' => 'same-site']] as $headers) {
            foreach (['', '/refresh'] as $route) {
                $this->assertRefused(403, 'sallyport_origin_refused', $this->door()->byCookie($cookie, $route, headers: $headers));
            }
        }
        self::assertSame($before, $this->meta($person), 'nothing is spent');
        foreach ([['origin' => $this->site()->url], ['sec-fetch-site' => 'same-origin']] as $headers) {
            $this->issued($this->door()->byCookie($cookie, headers: $headers), $person);
        }
        $theirs = UsefulTeamDoor::cookie($this->door()->login($plain));
        $this->issued($this->door()->byCookie($theirs, headers: ['origin' => 'https://elsewhere.example']), $plain);
    }

    public function testARefreshCookieIsExchangedOnce(): void
    {
        $person = $this->someoneEnrolled();
        $cookie = UsefulTeamDoor::cookie($this->door()->login($person, ['code' => $person->code()]));
        $headers = ['Cookie' => "refresh_token=$cookie", 'X-Probe-Meet' => bin2hex(random_bytes(6)) . ' 3'];
        $answers = $this->site()->concurrently(array_fill(0, 3, ['POST', $this->door()->path . '/refresh', 'json' => [], 'headers' => $headers]));
        self::assertCount(1, array_filter($answers, static fn (Response $answer): bool => $answer->status === 200), implode("\n", $answers));
        self::assertSame('3', $answers[0]->header('x-probe-met'), 'the requests did overlap');
    }

    public function testAnotherUsersRefreshCookieIsNoProof(): void
    {
        [$person, $victim] = [$this->someoneEnrolled(), $this->someoneEnrolled()];
        $cookie = (string) UsefulTeamDoor::cookie($this->door()->login($person, ['code' => $person->code()]));
        $own = (string) UsefulTeamDoor::cookie($this->door()->login($victim, ['code' => $victim->code()]));
        $moved = $victim->id . strstr($cookie, '.');
        self::assertSame('jwt_auth_obsolete_refresh_token', $this->door()->byCookie($moved)->json['code'] ?? null);
        // Even if other code of the site stores it as the user's own.
        $this->writeRefreshToken($victim, substr((string) strstr($cookie, '.'), 1));
        $this->assertRefused(401, 'sallyport_token_unproven', $this->door()->byCookie($moved));
        self::assertSame('jwt_auth_obsolete_refresh_token', $this->door()->byCookie($own)->json['code'] ?? null);
    }

    public function testItsValidationReportsARefusedTokenAsInvalid(): void
    {
        $person = $this->someone();
        $validate = fn (string $token): Response => $this->site()->request('POST', $this->door()->path . '/validate', json: [], bearer: $token);
        $old = (string) $this->tokenIn($this->door()->login($person));
        self::assertSame([200, true], [$validate($old)->status, $validate($old)->json['success'] ?? null]);
        $person->enrol();
        $this->assertRefused(401, 'sallyport_token_unproven', $validate($old));
        self::assertSame(200, $validate($token = $this->provenToken($person))->status);
        // Without the key, nobody learns which user a token names.
        self::assertSame('jwt_auth_invalid_token', $validate(Jwt::hs256($this->claims($old), 'another key'))->json['code'] ?? null);
        $person->changePassword('another password');
        self::assertSame(401, $validate($token)->status);
    }

    public function testOtherCodeThatAsksThePluginLearnsThatATokenIsRefused(): void
    {
        $person = $this->someone();
        $old = (string) $this->tokenIn($this->door()->login($person));
        $person->enrol();
        foreach ([$this->provenToken($person) => '', $old => 'sallyport_token_unproven'] as $token => $failed) {
            $asked = ['user' => $person->id, 'token' => $token, 'claims' => $this->claims($token)];
            self::assertSame($failed, $this->site()->request('POST', '/wp-json/sallyport-probe/v1/check', json: $asked)->json);
        }
    }

    public function testAProofThatAnotherPluginClaimsDoesNotCount(): void
    {
        $person = $this->someoneEnrolled();
        $false = ['X-Probe-False-Proof' => '1'];
        $this->assertRefused(401, 'sallyport_second_factor_required', $this->door()->login($person, headers: $false));
        $answer = $this->door()->login($person, ['code' => $person->code()], $false);
        self::assertSame(str_repeat('0', 64), $this->claims((string) $this->tokenIn($answer))['sp']['mac'] ?? null, 'the test plugin did write its claim');
        $this->assertUnacceptable('sallyport_token_unproven', (string) $this->tokenIn($answer));
        $early = ['X-Probe-False-Proof' => 'early'];
        $token = $this->issued($this->door()->login($person, ['code' => $person->code()], $early), $person);
        self::assertNotSame(str_repeat('0', 64), $this->claims($token)['sp']['mac']);
        $plain = $this->someone();
        self::assertArrayNotHasKey('sp', $this->claims($this->issued($this->door()->login($plain, headers: $early), $plain)));
    }

    public function testItsRefreshRouteIsListedWithItsGate(): void
    {
        self::assertMatchesRegularExpression('~/jwt-auth/v1/token/refresh\b.*Bridge.UsefulTeam~', $this->site()->wp('sallyport', 'doors'));
    }

    public function testATokenIssuedWithoutOurCheckIsWithheld(): void
    {
        $unasked = ['X-Probe-Own-Check' => '1'];
        $plain = $this->someone();
        $this->issued($this->door()->login($plain, headers: $unasked), $plain);
        $this->assertRefused(401, 'sallyport_token_unproven', $this->door()->login($this->someoneEnrolled(), headers: $unasked));
        // A cookie beside that password is ignored: the plugin did not read it.
        $person = $this->someoneEnrolled();
        $cookie = UsefulTeamDoor::cookie($this->door()->login($person, ['code' => $person->code()]));
        $this->assertRefused(401, 'sallyport_token_unproven', $this->door()->login($person, headers: $unasked + ['Cookie' => "refresh_token=$cookie"]));
    }

    protected function site(): Site
    {
        return ContractSite::with('useful-team', 'jwt-auth', ['JWT_AUTH_SECRET_KEY' => ContractSite::SECRET]);
    }

    protected function door(): UsefulTeamDoor
    {
        return new UsefulTeamDoor($this->site());
    }

    protected function opens(): array
    {
        return ['useful-team' => ['useful-team: token']]; // The new login ends the refresh cookie from before.
    }

    protected function anotherDoor(): Door
    {
        return Door::sallyport($this->site());
    }

    protected function tokenIn(Response $answer): ?string
    {
        return $answer->json['data']['token'] ?? null;
    }

    protected function lasting(array $answer): array
    {
        return ['data' => array_diff_key($answer['data'], ['token' => 0])] + $answer;
    }

    /** A login that the site answers for itself. @param array<string, mixed> $second */
    private function custom(Person $person, array $second = [], string $word = 'the right word'): Response
    {
        $login = ['username' => $person->login, 'password' => 'not theirs', 'custom_auth' => $word];
        return $this->site()->request('POST', $this->door()->path, json: $login + $this->door()->named($second));
    }

    private function writeRefreshToken(Person $person, string $token): void
    {
        $this->site()->php('update_user_meta((int) $argv[1], "jwt_auth_refresh_tokens", ["" => ["token" => $argv[2], "expires" => time() + 99]]);', [(string) $person->id, $token]);
    }

    /** @return array<string, mixed> all data of the plugin about a user */
    private function meta(Person $person): array
    {
        return $this->site()->php('return array_filter(get_user_meta((int) $argv[1]), fn ($key) => str_starts_with($key, "jwt_auth_"), ARRAY_FILTER_USE_KEY);', [(string) $person->id]);
    }

    /** @return array<string, array<string, mixed>> the request => status, headers and body of the answer */
    protected function answersTo(Person $person): array
    {
        $path = $this->door()->path;
        $right = ['username' => $person->login, 'password' => $person->password];
        $cookie = UsefulTeamDoor::cookie($this->site()->request('POST', $path, json: ['device' => 'other'] + $right));
        $cookies = ['Cookie' => "refresh_token=$cookie"];
        $requests = [
            'json' => ['POST', $path, 'json' => $right],
            'form, of a device' => ['POST', $path, 'form' => ['device' => 'phone'] + $right],
            'by e-mail' => ['POST', $path, 'json' => ['username' => $person->email] + $right],
            'application password' => ['POST', $path, 'json' => ['password' => $person->applicationPassword()] + $right],
            'custom' => ['POST', $path, 'json' => ['custom_auth' => 'the right word'] + $right],
            'custom, wrong' => ['POST', $path, 'json' => ['custom_auth' => 'another word'] + $right],
            'wrong password' => ['POST', $path, 'json' => ['password' => 'not theirs'] + $right],
            'unknown user' => ['POST', $path, 'json' => ['username' => 'nobody-of-that-name'] + $right],
            'no password' => ['POST', $path, 'json' => ['username' => $person->login]],
            'nothing' => ['POST', $path],
            'no JSON' => ['POST', $path, 'form' => '{', 'headers' => ['Content-Type' => 'application/json']],
            'another method' => ['GET', $path],
            'by cookie' => ['POST', $path, 'json' => ['device' => 'other'], 'headers' => $cookies],
            'by cookie, of another device' => ['POST', $path, 'json' => ['device' => 'third'], 'headers' => $cookies],
            'by no cookie of ours' => ['POST', $path, 'headers' => ['Cookie' => 'refresh_token=1.x']],
            'refresh without a cookie' => ['POST', "$path/refresh"],
            'validate without a token' => ['POST', "$path/validate"],
            'validate a bad token' => ['POST', "$path/validate", 'bearer' => 'a.b.c'],
            'a bad token' => ['GET', self::ME, 'bearer' => 'a.b.c'],
            'a guest' => ['GET', self::ME],
        ];
        // One after another, because they write the same row of user meta.
        $answers = array_map(fn (array $request): Response => $this->site()->concurrently([$request])[0], $requests);
        $answers['token/refresh'] = $this->door()->byCookie($cookie, '/refresh', ['device' => 'other']);
        return array_map($this->constant(...), $answers);
    }

    /** @return array<string, mixed> an answer without the parts that differ between requests */
    private function constant(Response $answer): array
    {
        $token = (string) $this->tokenIn($answer);
        $claims = $token === '' ? [] : $this->claims($token);
        $headers = array_diff_key($answer->headers, self::OUTSIDE_A_REQUEST);
        $headers['set-cookie'] = preg_replace(['/[0-9a-f]{64}/', '/expires=[^;]+; Max-Age=\d+/i'], ['TOKEN', 'expires'], $headers['set-cookie'] ?? []);
        return [
            'status' => $answer->status,
            'headers' => $headers,
            'body' => $token === '' ? $answer->body : str_replace($token, 'TOKEN', $answer->body),
            'claims' => array_diff_key($claims, ['iat' => 0, 'nbf' => 0, 'exp' => 0]),
            'lives' => isset($claims['exp']) ? $claims['exp'] - $claims['iat'] : null,
        ];
    }
}
