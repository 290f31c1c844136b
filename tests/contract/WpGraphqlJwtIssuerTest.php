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
 * WPGraphQL JWT Authentication 0.7: the stand-ins, or SALLYPORT_WP_GRAPHQL_JWT=DIR together with SALLYPORT_WP_GRAPHQL=DIR.
 *
 * Each way in which this plugin issues a token is tried by three users: one without a factor, one who has enrolled and has only the
 * password, and one who sent the right code.
 */
final class WpGraphqlJwtIssuerTest extends IssuerContract
{
    use GraphqlLaws;

    private const REFRESH = 'mutation($token: String!) { refreshJwtAuthToken(input: {jwtRefreshToken: $token}) { authToken } }';
    private const FIELDS = '{ viewer { databaseId jwtAuthToken jwtRefreshToken jwtUserSecret } }';

    public function testTheHeaderThatRefreshes(): void
    {
        $person = $this->someone();
        $ask = fn (string $token): Response => $this->graphql('{ generalSettings { title } }', headers: ['Refresh-Authorization' => $token]);
        $refresh = $this->refreshToken($person);
        $this->assertSignedIn($person, $ask($refresh)->header('x-jwt-auth'), 'without a factor');
        $person->enrol();
        $answer = $ask($refresh);
        $this->assertNoToken($answer);
        self::assertArrayHasKey('data', $answer->json, 'fields that need no user are answered');
        $this->assertSignedIn($person, $ask($this->refreshToken($person, ['code' => $person->code()]))->header('x-jwt-auth'), 'with the code');
    }

    public function testTheHeaderBesideEveryAnswer(): void
    {
        $person = $this->someone();
        $ask = fn (string $token): array => [$this->graphql('{ viewer { databaseId } }', bearer: $token), $this->site()->request('GET', self::ME, bearer: $token)];
        $old = $this->issued($this->door()->login($person), $person);
        foreach ($ask($old) as $answer) {
            $this->assertSignedIn($person, $this->refreshedToken((string) $answer->header('x-jwt-refresh')), "without a factor: $answer");
        }
        $person->enrol();
        foreach ($ask($old) as $answer) {
            self::assertSame(401, $answer->status, (string) $answer);
            $this->assertNoToken($answer);
        }
        foreach ($ask($this->provenToken($person)) as $answer) {
            $refresh = (string) $answer->header('x-jwt-refresh');
            $this->assertSignedIn($person, $this->refreshedToken($refresh), "with the code: $answer");
        }
    }

    /** If wp_signon() was called (GRAPHQL_JWT_AUTH_SET_COOKIES), core reads the cookie if no password was sent. */
    public function testACookieIsNotExchangedByALoginWithoutAPassword(): void
    {
        $ask = fn (Person $person): Response => $this->graphql(
            'mutation { login(input: {username: "", password: ""}) { authToken } }',
            headers: ['X-Probe-Signon' => '1', 'Cookie' => Browser::signedIn($this->site(), $person)->cookie()],
        );
        $plain = $this->someone();
        $this->assertSignedIn($plain, $this->tokenIn($ask($plain)), 'a quirk of the plugin, left alone');
        $this->assertWithheld('sallyport_token_unproven', $ask($this->someoneEnrolled()));
    }

    public function testAnApplicationPasswordIsNotExchangedInAFieldEither(): void
    {
        $person = $this->someone();
        $ask = fn (string $password): Response => $this->graphql(self::FIELDS, headers: ['Authorization' => 'Basic ' . base64_encode("$person->login:$password")]);
        $this->assertSignedIn($person, $ask($person->applicationPassword())->json['data']['viewer']['jwtAuthToken'] ?? null, 'without a factor');
        $person->enrol();
        $this->assertNoToken($ask($person->applicationPassword()));
        // An application password made under step-up is accepted at the API, but still yields no token.
        $made = $this->site()->request('POST', "/wp-json/wp/v2/users/$person->id/application-passwords", json: ['name' => 'a script'], bearer: $this->provenToken($person));
        $answer = $ask((string) ($made->json['password'] ?? ''));
        self::assertSame($person->id, $answer->json['data']['viewer']['databaseId'] ?? null, "$made $answer");
        $this->assertWithheld('sallyport_app_password_not_exchangeable', $answer);
    }

    public function testAResetOfThePasswordIsNoLogin(): void
    {
        $reset = function (Person $person): Response {
            $key = $this->site()->php('return get_password_reset_key(get_userdata((int) $argv[1]));', [(string) $person->id]);
            $query = 'mutation($key: String, $login: String, $password: String) { resetUserPassword(input: {key: $key, login: $login, password: $password}) { user { databaseId jwtAuthToken jwtRefreshToken } } }';
            return $this->graphql($query, ['key' => $key, 'login' => $person->login, 'password' => $person->password = 'one that was reset']);
        };
        $person = $this->someone();
        $answer = $reset($person);
        $this->assertSignedIn($person, $answer->json['data']['resetUserPassword']['user']['jwtAuthToken'] ?? null, "without a factor: $answer");
        $person->enrol();
        $answer = $reset($person);
        self::assertSame(200, $answer->status, (string) $answer);
        $this->assertNoToken($answer);
        $this->issued($this->door()->login($person, ['code' => $person->code()]), $person);
    }

    public function testANewlyRegisteredUserHasNoFactor(): void
    {
        $this->site()->php('is_multisite() ? update_site_option("registration", "user") : update_option("users_can_register", 1); return 1;');
        $login = 'r' . bin2hex(random_bytes(5));
        $answer = $this->graphql(
            'mutation($name: String!, $mail: String) { registerUser(input: {username: $name, email: $mail}) { user { databaseId jwtAuthToken } } }',
            ['name' => $login, 'mail' => "$login@example.test"],
        );
        $user = $answer->json['data']['registerUser']['user'] ?? [];
        $me = $this->site()->request('GET', self::ME, bearer: (string) ($user['jwtAuthToken'] ?? ''));
        self::assertSame([200, $user['databaseId'] ?? 0], [$me->status, $me->json['id'] ?? null], "$answer $me");
    }

    public function testAccessAndRefreshTokensAreNotInterchangeable(): void
    {
        $plain = $this->someone();
        $token = $this->issued($this->door()->login($plain), $plain);
        $this->assertSignedIn($plain, $this->refreshedToken($token), 'a quirk of the plugin, left alone');
        $this->assertSignedIn($plain, $this->refreshToken($plain), 'and another');

        $person = $this->someoneEnrolled();
        $access = $this->provenToken($person);
        $this->assertWithheld('sallyport_token_unproven', $this->refreshed($access));
        $this->assertNoToken($this->graphql('{ generalSettings { title } }', headers: ['Refresh-Authorization' => $access]));
        $refresh = $this->refreshToken($person, ['code' => $person->code()]);
        $this->assertUnacceptable('sallyport_token_unproven', $refresh);
        // With the issuer's own key: the proof of one kind of token is not a proof in the other.
        $claims = $this->claims($refresh);
        [$moved] = $this->sign([['sp' => $claims['spr']] + array_diff_key($claims, ['spr' => 0])]);
        $this->assertUnacceptable('sallyport_token_unproven', $moved);
        $claims = $this->claims($access);
        [$moved] = $this->sign([['spr' => $claims['sp']] + array_diff_key($claims, ['sp' => 0])]);
        $this->assertWithheld('sallyport_token_unproven', $this->refreshed($moved));
    }

    public function testARefreshTokenServesOnlyItsOwnUser(): void
    {
        [$person, $other] = [$this->someoneEnrolled(), $this->someone()];
        $old = $this->refreshToken($other);
        $other->enrol();
        $answer = $this->graphql(self::REFRESH, ['token' => $old], bearer: $this->provenToken($person));
        self::assertNull($answer->json['data']['refreshJwtAuthToken']['authToken'] ?? null, "another user's bearer is not a proof: $answer");
        self::assertSame('sallyport_token_unproven', $this->door()->refusal($answer)['code']);
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

    protected function door(): GraphqlDoor
    {
        return GraphqlDoor::wpGraphqlJwt($this->site());
    }

    protected function refreshing(): string
    {
        return 'refreshJwtAuthToken';
    }

    protected function fields(Response $answer): array
    {
        $viewer = $answer->json['data']['viewer'] ?? [];
        return ['authToken' => $viewer['jwtAuthToken'] ?? null, 'refreshToken' => $viewer['jwtRefreshToken'] ?? null, 'userSecret' => $viewer['jwtUserSecret'] ?? null];
    }

    protected function moreRequests(Person $person): array
    {
        return [
            'refresh header' => [
                'POST',
                GraphqlDoor::PATH,
                'json' => GraphqlDoor::operation('{ generalSettings { title } }'),
                'headers' => ['Refresh-Authorization' => $this->refreshToken($person)],
            ],
        ];
    }

    protected function site(): Site
    {
        return ContractSite::with(
            'wp_graphql_jwt',
            'wp-graphql-jwt-authentication',
            ['GRAPHQL_JWT_AUTH_SECRET_KEY' => ContractSite::SECRET, 'GRAPHQL_DEBUG' => 'true'],
            ['wp_graphql' => 'wp-graphql'],
        );
    }
}
