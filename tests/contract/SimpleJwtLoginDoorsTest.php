<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use PHPUnit\Framework\TestCase;
use Sallyport\Tests\Elsewhere;
use Sallyport\Tests\Jwt;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/SimpleJwtLoginSite.php';
require_once __DIR__ . '/Browser.php';
require_once __DIR__ . '/../support/Elsewhere.php';

/**
 * Every way in which Simple JWT Login 4 gives access, for a user without a factor, with one and no code, and with the right
 * code: the stand-in, or SALLYPORT_SIMPLE_JWT_LOGIN=DIR.
 */
final class SimpleJwtLoginDoorsTest extends TestCase
{
    use SimpleJwtLoginSite;

    private const ME = '/wp-json/wp/v2/users/me';
    private const VERIFY = '/wp-json/sallyport/v1/challenge/verify';

    private static ?Site $own = null;

    protected function setUp(): void
    {
        self::set($this->site(), []);
    }

    public static function tearDownAfterClass(): void
    {
        self::$own?->down();
        self::$own = null;
    }

    public function testWhicheverFieldNamesTheUserAndEvenTheStoredHash(): void
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

    public function testANewUserIsGivenATokenAsEver(): void
    {
        $name = 'new' . bin2hex(random_bytes(6));
        $answer = $this->site()->request('POST', self::NAMESPACE . '/users', json: ['email' => "$name@e.test", 'password' => 'a long password', 'user_login' => $name]);
        self::assertSame(200, $answer->status, (string) $answer);
        $me = $this->site()->request('GET', self::ME, bearer: $this->tokenIn($answer));
        self::assertSame([200, (int) $answer->json['data']['id']], [$me->status, $me->json['id'] ?? null]);
        self::assertArrayNotHasKey('sp', Jwt::claims((string) $this->tokenIn($answer)));
    }

    public function testANewUserIsLoggedInAsEver(): void
    {
        self::set($this->site(), ['register' => ['force_login' => true]]);
        $name = 'new' . bin2hex(random_bytes(6));
        $answer = $this->site()->request('POST', self::NAMESPACE . '/users', json: ['email' => "$name@e.test", 'password' => 'a long password', 'user_login' => $name]);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertNotNull($answer->header('set-cookie'));
    }

    public function testWhoAnotherSiteVouchesForIsAskedForTheCode(): void
    {
        $person = $this->someone();
        $login = fn (array $second = []): Response => $this->site()->request('POST', self::NAMESPACE . '/oauth/token', json: ['provider' => 'github', 'access_token' => $person->email] + $second);
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

    public function testABrowserThatAnotherSiteVouchesForIsGivenNoCookie(): void
    {
        $person = $this->someone();
        $arrive = fn (): Response => $this->site()->request('GET', self::NAMESPACE . '/oauth/token?' . http_build_query(['provider' => 'github', 'code' => $person->email]));
        $answer = $arrive();
        self::assertSame(302, $answer->status, (string) $answer);
        self::assertNotNull($answer->header('set-cookie'));
        $person->enrol();
        $this->refused(401, 'sallyport_token_unproven', $arrive());
    }

    public function testAutologinGivesACookieForAProvenTokenAlone(): void
    {
        $person = $this->someone();
        $login = fn (string $token): Response => $this->site()->request('GET', self::NAMESPACE . '/autologin?JWT=' . $token);
        $old = (string) $this->tokenIn($this->door()->login($person));
        self::assertSame($person->id, $this->whoseCookie($login($old)));
        $person->enrol();
        $this->refused(401, 'sallyport_token_unproven', $login($old));
        $proven = (string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()]));
        self::assertSame($person->id, $this->whoseCookie($login($proven)));
        $beside = ['Cookie' => Browser::signIn($this->site(), $this->someone())->loggedIn()];
        $this->refused(400, 'sallyport_ambiguous', $this->site()->request('GET', self::NAMESPACE . '/autologin?JWT=' . $proven, headers: $beside));
        $person->changePassword('another password');
        $this->refused(401, 'sallyport_token_stale', $login($proven));
    }

    public function testAPasswordIsResetByAFreshlyProvenTokenAlone(): void
    {
        $person = $this->someone();
        $reset = fn (string $token): Response => $this->site()->request('PUT', self::NAMESPACE . '/user/reset_password', json: ['email' => $person->email, 'new_password' => 'a new password'], bearer: $token);
        $hash = fn (): string => $this->site()->php('return get_userdata((int) $argv[1])->user_pass;', [(string) $person->id]);
        $old = (string) $this->tokenIn($this->door()->login($person));
        self::assertSame(200, $reset($old)->status);
        $person->password = 'a new password';
        $person->enrol();
        $before = $hash();
        $this->refused(401, 'sallyport_token_unproven', $reset($old));
        $this->refused(401, 'sallyport_step_up_required', $reset($this->aged($person)));
        self::assertSame($before, $hash());
        self::assertSame(200, $reset((string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()])))->status);
        self::assertNotSame($before, $hash());
    }

    public function testAResetByAMailedCodeIsWhatItWas(): void
    {
        $person = $this->someoneEnrolled();
        $key = $this->site()->php('return get_password_reset_key(get_userdata((int) $argv[1]));', [(string) $person->id]);
        $answer = $this->site()->request('PUT', self::NAMESPACE . '/user/reset_password', json: ['email' => $person->email, 'new_password' => 'a new password', 'code' => $key]);
        self::assertSame([200, true], [$answer->status, $answer->json['success']], (string) $answer);
        $person->password = 'a new password';
        $this->refused(401, 'sallyport_second_factor_required', $this->door()->login($person));
    }

    public function testAnAccountIsDeletedByAFreshlyProvenTokenAlone(): void
    {
        $delete = fn (string $token): Response => $this->site()->request('DELETE', self::NAMESPACE . '/users', bearer: $token);
        $person = $this->someone();
        $old = (string) $this->tokenIn($this->door()->login($person));
        $person->enrol();
        $this->refused(401, 'sallyport_token_unproven', $delete($old));
        $this->refused(401, 'sallyport_step_up_required', $delete($this->aged($person)));
        self::assertSame(200, $delete((string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()])))->status);
        self::assertFalse($this->site()->php('return is_user_member_of_blog((int) $argv[1]);', [(string) $person->id]), 'on a network the account itself stays');
        $plain = $this->someone();
        self::assertSame(200, $delete((string) $this->tokenIn($this->door()->login($plain)))->status);
    }

    public function testAnApiKeyWorksForAnEnrolledUserIfItWasMadeUnderAFreshProof(): void
    {
        $person = $this->someone();
        $make = fn (string $token): Response => $this->site()->request('POST', self::NAMESPACE . '/api-keys', json: ['name' => 'a key', 'permissions' => ['read']], bearer: $token);
        $use = fn (string $key, string $route = self::ME): Response => $this->site()->request('GET', $route, headers: ['X-API-Key' => $key]);
        $old = $make((string) $this->tokenIn($this->door()->login($person)))->json['data']['key'];
        self::assertSame($person->id, $use($old)->json['id'] ?? null);
        $person->enrol();
        foreach ([self::ME, '/wp-json/wp/v2/types'] as $route) {
            $answer = $use($old, $route);
            self::assertSame([401, 'sallyport_token_unproven'], [$answer->status, $answer->json['code'] ?? null], (string) $answer);
        }
        $this->refused(401, 'sallyport_step_up_required', $make($this->aged($person)));
        $proven = (string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()]));
        $made = $make($proven);
        self::assertSame(200, $made->status, (string) $made);
        self::assertSame($person->id, $use($made->json['data']['key'])->json['id'] ?? null);
        $change = fn (string $token): Response => $this->site()->request('PUT', self::NAMESPACE . '/api-keys/' . $made->json['data']['id'], json: ['name' => 'a key', 'permissions' => ['read']], bearer: $token);
        $this->refused(401, 'sallyport_step_up_required', $change($this->aged($person)));
        self::assertSame(200, $change($proven)->status);
        $exchanged = $this->site()->request('POST', self::NAMESPACE . '/auth', json: ['username' => $person->login, 'password' => $made->json['data']['key']], headers: ['X-API-Key' => $made->json['data']['key']]);
        self::assertSame([401, null], [$exchanged->status, $this->tokenIn($exchanged)]);
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
        $interim = Jwt::hs256(['iat' => time(), 'exp' => time() + 60, 'tfa_pending' => 1, 'tfa_user_id' => $person->id, 'tfa_nonce' => 'x', 'tfa_provider' => 'Two_Factor_Totp'], ContractSite::SECRET);
        foreach (['000000', $app->code()] as $code) { // it does not tell the one from the other
            $this->refused(400, 'sallyport_wrong_door', $this->site()->request('POST', self::NAMESPACE . '/auth/2fa', json: ['code' => $code], bearer: $interim));
        }
        $vouched = $this->site()->request('POST', self::NAMESPACE . '/oauth/token', json: ['provider' => 'github', 'access_token' => $person->email]);
        $this->refused(401, 'sallyport_second_factor_required', $vouched);
        $completed = $this->door()->complete($vouched->json['data']['challenge'], ['code' => $app->backupCode()]);
        self::assertContains('sso', Jwt::claims($this->issued($completed, $person))['sp']['amr']);
        $one = $this->site()->request('POST', self::NAMESPACE . '/oauth/token', json: ['provider' => 'github', 'access_token' => $person->email, 'sallyport_code' => $app->backupCode()]);
        $this->issued($one, $person);
    }

    public function testATokenCountsWithAProofWhereverItIsRead(): void
    {
        $person = $this->someone();
        $ways = static fn (string $token): array => [
            'header' => ['GET', self::ME, 'bearer' => $token],
            'header, without its scheme' => ['GET', self::ME, 'headers' => ['Authorization' => $token]],
            'address' => ['GET', self::ME . "?JWT=$token"],
            'address, another case' => ['GET', self::ME . "?jwt=$token"],
            'cookie' => ['GET', self::ME, 'headers' => ['Cookie' => "simple-jwt-login-token=$token"]],
            '?rest_route=' => ['GET', "/?rest_route=/wp/v2/users/me&JWT=$token"],
        ];
        $old = (string) $this->tokenIn($this->door()->login($person));
        foreach ($this->site()->concurrently($ways($old)) as $way => $answer) {
            self::assertSame([200, $person->id], [$answer->status, $answer->json['id'] ?? null], "$way: $answer");
        }
        $person->enrol();
        $public = array_map(static fn (array $request): array => [$request[0], str_replace('users/me', 'types', $request[1])] + $request, $ways($old));
        foreach ([$ways($old), $public] as $requests) {
            foreach ($this->site()->concurrently($requests) as $way => $answer) {
                self::assertSame([401, 'sallyport_token_unproven'], [$answer->status, $answer->json['code'] ?? null], "$way: $answer");
            }
        }
        $proven = (string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()]));
        foreach ($this->site()->concurrently($ways($proven)) as $way => $answer) {
            self::assertSame([200, $person->id], [$answer->status, $answer->json['id'] ?? null], "$way: $answer");
        }
        // The cookie is proven, the token is not: it would stand for the nonce.
        $cookie = Browser::signIn($this->site(), $person);
        $beside = $this->site()->request('GET', self::ME . "?JWT=$old", headers: ['Cookie' => $cookie->all()]);
        self::assertSame([401, 'sallyport_token_unproven'], [$beside->status, $beside->json['code'] ?? null], (string) $beside);
    }

    public function testItsValidationCallsNoTokenValidThatIsNot(): void
    {
        $person = $this->someone();
        $validate = fn (string $token): Response => $this->site()->request('POST', self::NAMESPACE . '/auth/validate', bearer: $token);
        $old = (string) $this->tokenIn($this->door()->login($person));
        self::assertSame(200, $validate($old)->status);
        $person->enrol();
        $this->refused(401, 'sallyport_token_unproven', $validate($old));
        self::assertSame(200, $validate((string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()])))->status);
    }

    public function testInAShopAndInGraphqlATokenLogsInWithAProofAlone(): void
    {
        self::set($this->site(), [
            'general' => ['api_middleware' => ['enabled' => false]],
            'integrations' => ['3rdparty' => ['woocommerce' => ['enabled' => true], 'wpgraphql' => ['enabled' => true]]],
        ]);
        $person = $this->someone();
        $shop = fn (string $token): Response => $this->site()->request('GET', '/wp-json/wc/v3/orders', bearer: $token);
        $graphql = fn (string $token): Response => $this->site()->request('GET', '/', bearer: $token, headers: ['X-Probe-Graphql' => '1']);
        $old = (string) $this->tokenIn($this->door()->login($person));
        $answer = $shop($old);
        if ($answer->status === 500) {
            self::markTestSkipped('4.0.0 fails on every token here, with Sallyport or without: its integrations are not given the list of revoked tokens');
        }
        self::assertNotNull($answer->header('set-cookie'));
        self::assertSame($person->id, $graphql($old)->json['id'] ?? null);
        $person->enrol();
        foreach ([$shop, $graphql] as $where) {
            $this->refused(401, 'sallyport_token_unproven', $where($old));
        }
        $proven = (string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()]));
        self::assertNotNull($shop($proven)->header('set-cookie'));
        self::assertSame($person->id, $graphql($proven)->json['id'] ?? null);
    }

    public function testWhereTokensHaveNoEndAProofHasOne(): void
    {
        $payload = ['iat', 'email', 'id'];
        $this->site()->php('$s = json_decode(get_option("simple_jwt_login_settings"), true); $s["authorization"]["jwt_payload"] = json_decode($argv[1], true); update_option("simple_jwt_login_settings", json_encode($s));', [json_encode($payload)]);
        $person = $this->someone();
        self::assertArrayNotHasKey('exp', Jwt::claims($this->issued($this->door()->login($person), $person)));
        $person->enrol();
        $claims = Jwt::claims($this->issued($this->door()->login($person, ['code' => $person->code()]), $person));
        self::assertSame(3600, $claims['exp'] - $claims['iat']);
    }

    public function testOtherPluginsAreAskedForClaimsWhereTheAdministratorSaysSoAlone(): void
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

    public function testOurOwnTokensAreNotTakenForBadOnesOfIts(): void
    {
        foreach ([$this->someone(), $this->someoneEnrolled()] as $i => $person) {
            $login = ['username' => $person->login, 'password' => $person->password] + ($i === 0 ? [] : ['code' => $person->code()]);
            $token = $this->site()->request('POST', '/wp-json/sallyport/v1/token', json: $login)->json['token'];
            $me = $this->site()->request('GET', self::ME, bearer: $token, headers: ['X-Probe-Errors' => '1']);
            self::assertSame([$person->id, 'null'], [$me->json['id'] ?? null, $me->header('x-probe-errors')], (string) $me);
        }
        $answer = $this->site()->request('GET', self::ME, bearer: 'a.b.c');
        self::assertGreaterThanOrEqual(400, $answer->status, 'others are');
    }

    public function testWhatIsSetThereStaysAsItWas(): void
    {
        $stored = fn (): string => $this->site()->php('return get_option("simple_jwt_login_settings");');
        $before = $stored();
        $person = $this->someoneEnrolled();
        $this->issued($this->door()->login($person, ['code' => $person->code()]), $person);
        self::assertSame($before, $stored());
    }

    public function testEachOfItsRoutesIsListedWithItsGate(): void
    {
        $routes = preg_grep('~/simple-jwt-login/v1/~', explode("\n", $this->site()->wp('sallyport', 'doors')));
        self::assertGreaterThan(8, count($routes));
        self::assertSame([], preg_grep('~no bridge knows~', $routes), implode("\n", $routes));
        self::assertCount(1, preg_grep('~autologin.*Bridge.SimpleJwtCredentials~', $routes));
    }

    protected function site(): Site
    {
        $real = getenv('SALLYPORT_SIMPLE_JWT_LOGIN');
        return self::$own ??= Site::up((getenv('SALLYPORT_SITE_PHP') ? [] : ['server' => 'fpm']) + [
            'plugin' => [$real ?: __DIR__ . '/../fixtures/simple-jwt-login', Elsewhere::folder(Elsewhere::TWO_FACTOR), __DIR__ . '/probe'],
        ]);
    }

    private function someone(): Person
    {
        return Person::withoutFactor($this->site());
    }

    private function someoneEnrolled(): Person
    {
        return Person::enrolled($this->site());
    }

    private function issued(Response $answer, Person $person): string
    {
        self::assertSame(200, $answer->status, (string) $answer);
        $me = $this->site()->request('GET', self::ME, bearer: $this->tokenIn($answer));
        self::assertSame([200, $person->id], [$me->status, $me->json['id'] ?? null], "$answer $me");
        return (string) $this->tokenIn($answer);
    }

    private function refused(int $status, string $code, Response $answer): void
    {
        self::assertSame(['success', 'data'], array_keys((array) $answer->json), "in its envelope: $answer");
        $refusal = $this->door()->refusal($answer);
        self::assertSame([$status, $code], [$refusal['status'], $refusal['code']], (string) $answer);
        self::assertSame([null, null, null], [$this->tokenIn($answer), $answer->json['data']['refresh_token'] ?? null, $answer->header('set-cookie')], (string) $answer);
        self::assertStringContainsString('no-store', (string) $answer->header('cache-control'));
    }

    private function refreshToken(Response $answer): string
    {
        return $answer->json['data']['refresh_token'] ?? throw new \RuntimeException("no refresh token: $answer");
    }

    /** @param array<string, string> $more */
    private function refresh(string $token, array $more = []): Response
    {
        return $this->site()->request('POST', self::NAMESPACE . '/auth/refresh', json: ['refresh_token' => $token] + $more);
    }

    /** Whom the cookies of an answer stand for. */
    private function whoseCookie(Response $answer): int
    {
        self::assertSame(200, $answer->status, (string) $answer);
        $cookies = implode('; ', array_map(static fn (string $line): string => explode(';', $line)[0], $answer->headers['set-cookie'] ?? []));
        $nonce = $this->site()->request('GET', '/wp-admin/admin-ajax.php?action=rest-nonce', headers: ['Cookie' => $cookies])->body;
        return $this->site()->request('GET', self::ME, headers: ['Cookie' => $cookies, 'X-WP-Nonce' => $nonce])->json['id'] ?? 0;
    }

    /** A token with a proof that is an hour old. */
    private function aged(Person $person): string
    {
        $made = $this->site()->php(<<<'PHP'
            $plugin = new Sallyport\WP\Plugin();
            $user = get_userdata((int) $argv[1]);
            $epoch = get_user_meta($user->ID, "_sallyport_state", true)["epoch"];
            $proof = Sallyport\WP\Challenge\Proof::restored($user->ID, "simple-jwt-login", ["mfa", "otp", "pwd"], time() - 3600, $epoch);
            return $plugin->claims()->stamp(["iat" => time() - 3600, "exp" => time() + 600, "id" => $user->ID, "email" => $user->user_email], $proof);
            PHP, [(string) $person->id]);
        return Jwt::hs256($made, ContractSite::SECRET);
    }
}
