<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';

/** POST /token and /login for users without a factor, and what both routes refuse. */
final class LoginTest extends HttpTestCase
{
    public function test_a_password_alone_gets_a_token_where_there_is_no_factor(): void
    {
        $person = $this->person();
        $before = time();
        $answer = $this->logIn($person);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertMatchesRegularExpression('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/', $answer->json['expiration']);
        self::assertEqualsWithDelta($before + 900, strtotime($answer->json['expiration']), 30);
        self::assertSame(900, $answer->json['expires_in']);
        self::assertIsBool($answer->json['refreshable']);
        self::assertMatchesRegularExpression('/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/', $answer->json['jti']);
        self::assertSame(
            ['ID' => $person->id, 'user_login' => $person->login, 'user_email' => $person->email, 'display_name' => $person->login, 'roles' => ['subscriber']],
            $answer->json['user'],
        );
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        self::assertStringContainsString('no-store', $answer->header('cache-control'));
        self::assertArrayNotHasKey('set-cookie', $answer->headers);
        self::assertNull($answer->header('x-sallyport-challenge'));
    }

    public function test_no_answer_is_cached_however_the_route_is_spelt(): void
    {
        $person = $this->person();
        $login = ['username' => $person->login, 'password' => $person->password];
        foreach (['/wp-json/Sallyport/v1/token', '/wp-json/SALLYPORT/V1/TOKEN', '/?rest_route=/sallyPort/v1/token'] as $path) {
            $answer = static::site()->request('POST', $path, json: $login);
            self::assertSame([200, 'no-store'], [$answer->status, $answer->header('cache-control')], $path);
        }
        $invalid = static::site()->request('POST', '/wp-json/sallyport/v1/Token/Validate', json: ['token' => 'a.b.c']);
        self::assertFalse($invalid->json['valid'] ?? null, (string) $invalid);
    }

    public function test_o1_the_claims_are_those_of_rfc_9068(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $claims = self::claims($person->token);
        $url = static::site()->url;
        self::assertSame([$url, $url, (string) $person->id], [$claims['iss'], $claims['aud'], $claims['sub']]);
        self::assertSame(900, $claims['exp'] - $claims['iat']);
        self::assertLessThanOrEqual($claims['iat'], $claims['nbf']);
        self::assertSame(['pwd'], $claims['amr']);
        self::assertSame(['ID' => $person->id, 'user_login' => $person->login, 'user' => ['id' => (string) $person->id]], $claims['data']);
        foreach (['jti', 'sid', 'client_id', 'acr'] as $name) {
            self::assertIsString($claims[$name]);
        }
        self::assertArrayNotHasKey('sp', $claims, 'no factor, no proof');
        $header = json_decode(base64_decode(explode('.', $person->token)[0]), true);
        self::assertSame('at+jwt', $header['typ']);
        self::assertIsString($header['kid']);
    }

    public function test_the_name_may_be_the_e_mail_address(): void
    {
        $person = $this->person();
        $answer = $this->post('/token', ['username' => $person->email, 'password' => $person->password]);
        self::assertSame([200, $person->id], [$answer->status, $answer->json['user']['ID'] ?? null]);
    }

    public function test_a_form_does_as_well_as_json(): void
    {
        $person = $this->person();
        $answer = static::site()->request('POST', self::API . '/token', form: ['username' => $person->login, 'password' => $person->password]);
        self::assertSame(200, $answer->status, (string) $answer);
    }

    public function test_rest_route_in_the_url_works_as_well(): void
    {
        $person = $this->person();
        $answer = static::site()->request('POST', '/?rest_route=/sallyport/v1/token', json: ['username' => $person->login, 'password' => $person->password]);
        self::assertSame(200, $answer->status, (string) $answer);
    }

    public function test_login_also_tells_the_profile(): void
    {
        $person = $this->person();
        $answer = $this->post('/login', ['username' => $person->login, 'password' => $person->password]);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        $user = $answer->json['user'];
        self::assertSame(
            ['ID', 'user_login', 'user_email', 'display_name', 'roles', 'first_name', 'last_name', 'nickname', 'description', 'url', 'locale', 'registered', 'avatar_url'],
            array_keys($user),
        );
        self::assertMatchesRegularExpression('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/', $user['registered']);
        self::assertSame('en_US', $user['locale']);
    }

    public function test_a_wrong_password_is_refused(): void
    {
        $person = $this->person();
        $answer = $this->post('/token', ['username' => $person->login, 'password' => 'not theirs']);
        self::assertSame(['status' => 401], self::refused(401, 'sallyport_invalid_credentials', $answer));
    }

    public function test_credentials_in_the_url_are_ignored(): void
    {
        $person = $this->person();
        $query = http_build_query(['username' => $person->login, 'password' => $person->password]);
        self::refused(400, 'rest_missing_callback_param', static::site()->request('POST', self::API . "/token?$query", json: []));
    }

    public function test_a_missing_field_is_named(): void
    {
        $data = self::refused(400, 'rest_missing_callback_param', $this->post('/token', ['username' => 'somebody']));
        self::assertSame(['password'], $data['params']);
        $data = self::refused(400, 'rest_missing_callback_param', $this->post('/token', ['password' => 'something']));
        self::assertSame(['username'], $data['params']);
    }

    public function test_logging_in_is_a_post(): void
    {
        foreach (['/token', '/login', '/token/validate', '/challenge/verify'] as $route) {
            self::assertSame(404, $this->get(self::API . $route)->status, $route);
        }
    }

    public function test_an_application_password_is_not_exchanged_for_a_token(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $made = static::site()->request('POST', '/wp-json/wp/v2/users/me/application-passwords', json: ['name' => 'an app'], bearer: $person->token);
        self::assertSame(201, $made->status, (string) $made);
        $answer = $this->post('/token', ['username' => $person->login, 'password' => $made->json['password']]);
        self::assertContains($answer->json['code'], ['sallyport_app_password_not_exchangeable', 'sallyport_invalid_credentials'], (string) $answer);
        $basic = $person->basic($made->json['password']);
        $answer = $this->post('/token', ['username' => $person->login, 'password' => $made->json['password']], headers: $basic);
        self::refused(403, 'sallyport_app_password_not_exchangeable', $answer);
    }
}
