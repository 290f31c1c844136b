<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Browser;
use Sallyport\Tests\GraphqlDoor;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/IssuerContract.php';
require_once __DIR__ . '/GraphqlLaws.php';

/**
 * Headless Login for WPGraphQL 0.4: the stand-ins, or SALLYPORT_HEADLESS_LOGIN=DIR together with SALLYPORT_WP_GRAPHQL=DIR.
 *
 * Each way in which this plugin issues a token is tried by three users: one without a factor, one who has enrolled but has only
 * what comes before the second step, and one who sent the right code.
 */
final class HeadlessLoginIssuerTest extends IssuerContract
{
    use GraphqlLaws;

    private const REFRESH = 'mutation($token: String!) { refreshToken(input: {refreshToken: $token}) { authToken success } }';
    private const NEW_SECRET = 'mutation($id: ID!) { refreshUserSecret(input: {userId: $id}) { authToken refreshToken userSecret success } }';
    private const FIELDS = '{ viewer { databaseId auth { authToken refreshToken userSecret } } }';
    private const LOGIN = 'mutation($input: LoginInput!) { login(input: $input) { authToken refreshToken user { databaseId } } }';
    private const HEADERS = ['x-wpgraphql-login-token', 'x-wpgraphql-login-refresh-token'];

    private static bool $set_up = false;

    public function testTheMutationThatMakesANewSecret(): void
    {
        $person = $this->someone();
        $old = $this->issued($this->door()->login($person), $person);
        $ask = fn (string $token): Response => $this->graphql(self::NEW_SECRET, ['id' => (string) $person->id], bearer: $token);
        $this->assertSignedIn($person, $ask($old)->json['data']['refreshUserSecret']['authToken'] ?? null, 'without a factor');
        $person->enrol();
        $this->assertWithheld('sallyport_token_unproven', $ask($old));
        $given = $ask($this->provenToken($person))->json['data']['refreshUserSecret'] ?? [];
        $this->assertSignedIn($person, $given['authToken'] ?? null, 'with the code');
        $this->assertSignedIn($person, $this->refreshedToken($given['refreshToken']), 'with the code, later');
    }

    public function testTheHeadersBesideEveryAnswer(): void
    {
        $person = $this->someone();
        $ask = fn (string $token): array => [$this->graphql('{ viewer { databaseId } }', bearer: $token), $this->site()->request('GET', self::ME, bearer: $token)];
        $old = $this->issued($this->door()->login($person), $person);
        $given = function (string $token, string $why) use ($ask, $person): void {
            foreach ($ask($token) as $answer) {
                [$access, $refresh] = array_map(fn (string $name): string => (string) $answer->header($name), self::HEADERS);
                $this->assertSignedIn($person, $access, "$why: $answer");
                $this->assertSignedIn($person, $this->refreshedToken($refresh), "$why: $answer");
            }
        };
        $given($old, 'without a factor');
        $person->enrol();
        foreach ($ask($old) as $answer) {
            self::assertSame(401, $answer->status, (string) $answer);
            $this->assertNoToken($answer);
        }
        $given($this->provenToken($person), 'with the code');
    }

    /** The user found by a linked identity, and by the address that is linked now. */
    public function testOauth(): void
    {
        $person = $this->someone();
        $by = fn (string $identity): callable => fn (array $second = []): Response => $this->graphql(
            self::LOGIN,
            [
                'input' => $this->door()->named($second)
                    + ['provider' => 'TESTOAUTH', 'oauthResponse' => ['code' => "$identity $person->email"]],
            ],
        );
        $linked = $by(bin2hex(random_bytes(5)));
        $this->issued($linked(), $person);
        $this->issued($linked(), $person);
        $person->enrol();
        $this->assertStepAsked($person, $linked);
        $this->assertStepAsked($person, $by(bin2hex(random_bytes(5))));
    }

    public function testTheSitesOwnToken(): void
    {
        $person = $this->someone();
        $access = 'update_option("wpgraphql_login_access_control", ["shouldBlockUnauthorizedDomains" => $argv[1] === "on", "hasSiteAddressInOrigin" => true]); return 1;';
        $headers = ['X-Site-Token' => 'secret of the front end', 'Origin' => $this->site()->url];
        $login = fn (array $second = []): Response => $this->graphql(
            self::LOGIN,
            ['input' => $this->door()->named($second) + ['provider' => 'SITETOKEN', 'identity' => $person->email]],
            headers: $headers,
        );
        $this->site()->php($access, ['on']);
        try {
            $this->issued($login(), $person);
            $person->enrol();
            $this->assertStepAsked($person, $login);
        } finally {
            $this->site()->php($access, ['off']);
        }
    }

    public function testItsCookie(): void
    {
        $person = $this->someone();
        $this->providers($this->site(), ['loginOptions' => ['useAuthenticationCookie' => true]]);
        try {
            self::assertNotNull($this->door()->login($person)->header('set-cookie'), 'without a factor');
            $person->enrol();
            $this->assertRefused(401, 'sallyport_second_factor_required', $this->door()->login($person));
            $answers = [$this->door()->login($person, ['code' => $person->code()]), $this->door()->complete($this->door()->challenge($person), ['code' => $person->code()])];
            foreach ($answers as $answer) {
                preg_match('/wordpress_logged_in_[^;]+/', (string) $answer->header('set-cookie'), $cookie);
                $nonce = $this->site()->request('GET', '/wp-admin/admin-ajax.php?action=rest-nonce', headers: ['Cookie' => $cookie[0] ?? '']);
                $auth = (string) $answer->header('set-cookie');
                self::assertStringContainsString('wordpress_', $auth);
                $me = $this->site()->request('GET', self::ME, headers: ['Cookie' => $cookie[0] ?? '', 'X-WP-Nonce' => $nonce->body]);
                self::assertSame([200, $person->id], [$me->status, $me->json['id'] ?? null], "the cookie carries the proof: $nonce $me");
            }
        } finally {
            $this->providers($this->site());
        }
    }

    public function testAccessAndRefreshTokensAreNotInterchangeable(): void
    {
        $person = $this->someoneEnrolled();
        $access = $this->provenToken($person);
        $this->assertNoToken($this->refreshed($access));
        $refresh = $this->refreshToken($person, ['code' => $person->code()]);
        self::assertSame(401, $this->site()->request('GET', self::ME, bearer: $refresh)->status);
        // With the issuer's own key: the proof of one kind of token is not a proof in the other.
        $claims = $this->claims($refresh);
        $secret = $claims['data']['user']['user_secret'];
        unset($claims['data']['user']['user_secret']);
        [$moved] = $this->sign([['sp' => $claims['spr']] + array_diff_key($claims, ['spr' => 0])]);
        $this->assertUnacceptable('sallyport_token_unproven', $moved);
        $claims = $this->claims($access);
        $claims['data']['user']['user_secret'] = $secret;
        [$moved] = $this->sign([['spr' => $claims['sp']] + array_diff_key($claims, ['sp' => 0])]);
        $this->assertWithheld('sallyport_token_unproven', $this->refreshed($moved));
    }

    public function testAResetOfThePasswordIsNoLogin(): void
    {
        $person = $this->someone();
        $reset = function () use ($person): Response {
            $key = $this->site()->php('return get_password_reset_key(get_userdata((int) $argv[1]));', [(string) $person->id]);
            $query = 'mutation($key: String, $login: String, $password: String) { resetUserPassword(input: {key: $key, login: $login, password: $password}) { user { databaseId auth { authToken refreshToken } } } }';
            return $this->graphql($query, ['key' => $key, 'login' => $person->login, 'password' => $person->password = 'one that was reset']);
        };
        $this->assertSignedIn($person, $reset()->json['data']['resetUserPassword']['user']['auth']['authToken'] ?? null, 'without a factor');
        $person->enrol();
        $answer = $reset();
        self::assertSame(200, $answer->status, (string) $answer);
        $this->assertNoToken($answer);
        $this->issued($this->door()->login($person, ['code' => $person->code()]), $person);
    }

    public function testATokenIssuedWithoutOurCheckIsWithheld(): void
    {
        $unasked = ['X-Probe-Own-Check' => '1'];
        $plain = $this->someone();
        $this->issued($this->door()->login($plain, headers: $unasked), $plain);
        $answer = $this->door()->login($this->someoneEnrolled(), headers: $unasked);
        self::assertNull($this->tokenIn($answer), (string) $answer);
        $this->assertNoToken($answer);
    }

    /** The plugin signs in nobody who is already signed in: it says so itself, before it checks the password. */
    public function testAProvenTokenDoesNotReplaceTheCode(): void
    {
        $person = $this->someoneEnrolled();
        $answer = $this->door()->login($person, headers: ['Authorization' => 'Bearer ' . $this->provenToken($person)]);
        self::assertNull($this->tokenIn($answer), (string) $answer);
        self::assertNotSame([], $answer->json['errors'] ?? [], (string) $answer);
    }

    public function testAProvenCookieDoesNotReplaceTheCode(): void
    {
        $person = $this->someoneEnrolled();
        $cookie = Browser::signedIn($this->site(), $person);
        $this->assertRefused(401, 'sallyport_second_factor_required', $this->door()->login($person, headers: ['Cookie' => $cookie->cookie()]));
        $answer = $this->door()->login($person, headers: $cookie->headers());
        self::assertNull($this->tokenIn($answer), (string) $answer);
        self::assertNotSame([], $answer->json['errors'] ?? [], (string) $answer);
    }

    protected function door(): GraphqlDoor
    {
        return GraphqlDoor::headlessLogin($this->site());
    }

    protected function notKnocked(): array
    {
        return ['headless_login: login by testOauth'];
    }

    protected function refreshing(): string
    {
        return 'refreshToken';
    }

    protected function fields(Response $answer): array
    {
        return ($answer->json['data']['viewer']['auth'] ?? []) + ['authToken' => null, 'refreshToken' => null, 'userSecret' => null];
    }

    protected function site(): Site
    {
        $site = ContractSite::with(
            'headless_login',
            'wp-graphql-headless-login',
            ['GRAPHQL_LOGIN_JWT_SECRET_KEY' => ContractSite::SECRET, 'GRAPHQL_DEBUG' => 'true'],
            ['wp_graphql' => 'wp-graphql', 'headless_login_oauth' => 'headless-login-oauth'],
        );
        if (!self::$set_up) {
            self::$set_up = true;
            $this->providers($site);
        }
        return $site;
    }

    /** A login that needs no password: first the challenge, then the code in the same request. @param callable(array<string, mixed>): Response $login */
    private function assertStepAsked(Person $person, callable $login): void
    {
        $answer = $login();
        $this->assertRefused(401, 'sallyport_second_factor_required', $answer);
        $this->assertNoToken($answer);
        $this->assertRefused(401, 'sallyport_invalid_code', $login(['code' => $person->wrongCode()]));
        $this->issued($login(['code' => $person->backupCode()]), $person);
        $this->issued($login(['challenge' => $this->given($login())['challenge'], 'code' => $person->backupCode()]), $person);
    }

    /** @param array<string, mixed> $password options of the password's provider */
    private function providers(Site $site, array $password = []): void
    {
        $options = [
            'password' => $password,
            'testOauth' => ['loginOptions' => ['linkExistingUsers' => true]],
            'siteToken' => ['clientOptions' => ['headerKey' => 'X-Site-Token', 'secretKey' => 'secret of the front end'], 'loginOptions' => ['metaKey' => 'email']],
        ];
        $site->php('foreach (json_decode($argv[1], true) as $name => $options) { update_option("wpgraphql_login_provider_$name", ["name" => $name, "slug" => $name, "order" => 0, "isEnabled" => true] + $options); } return 1;', [json_encode($options)]);
    }
}
