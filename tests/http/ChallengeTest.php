<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';

/** The second step over REST: in one request, or by a challenge. */
final class ChallengeTest extends HttpTestCase
{
    public function test_a_password_alone_gets_a_challenge_and_nothing_else(): void
    {
        $person = $this->enrolled();
        foreach (['/token', '/login'] as $route) {
            $answer = $this->post($route, ['username' => $person->login, 'password' => $person->password]);
            $data = self::refused(401, 'sallyport_second_factor_required', $answer);
            self::assertMatchesRegularExpression(self::CHALLENGE, $data['challenge']);
            self::assertSame(
                ['status' => 401, 'challenge' => $data['challenge'], 'expires_in' => 300, 'factors' => ['totp', 'backup_code'], 'preferred' => 'totp'],
                $data,
            );
            self::assertSame($data['challenge'], $answer->header('x-sallyport-challenge'));
            self::assertSame('no-store', $answer->header('cache-control'));
            self::assertArrayNotHasKey('set-cookie', $answer->headers);
            self::assertSame(['code', 'message', 'data'], array_keys($answer->json));
        }
    }

    public function test_a_refusal_in_an_envelope_is_not_cached_either(): void
    {
        foreach (['/two-factor', '/wp-json/wp/v2/posts'] as $route) {
            $path = str_starts_with($route, '/wp-json') ? $route : self::API . $route;
            $answer = $this->get("$path?_envelope=1", 'spc1_' . str_repeat('A', 43));
            self::assertSame([200, 401], [$answer->status, $answer->json['status']], $route);
            self::assertStringContainsString('no-store', (string) $answer->header('cache-control'), $route);
        }
    }

    public function test_password_and_code_in_one_shot(): void
    {
        $person = $this->enrolled();
        $answer = $this->logIn($person, ['code' => $person->app->code()]);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        self::assertArrayNotHasKey('set-cookie', $answer->headers);
        $claims = self::claims($answer->json['token']);
        self::assertSame(['mfa', 'otp', 'pwd'], $claims['amr']);
        self::assertSame(['v', 'kid', 'iss', 'blog', 'uid', 'epoch', 'amr', 'at', 'exp', 'mac'], array_keys($claims['sp']));
        self::assertSame([$person->id, 'sallyport', $claims['exp'], $claims['auth_time']], [$claims['sp']['uid'], $claims['sp']['iss'], $claims['sp']['exp'], $claims['sp']['at']]);
    }

    public function test_a_challenge_is_completed_at_the_login_or_at_verify(): void
    {
        $person = $this->enrolled();
        foreach (['/token' => 0, '/challenge/verify' => 1] as $route => $step) {
            $answer = $this->post($route, ['challenge' => $this->challenge($person), 'code' => $person->app->code($step)]);
            self::assertSame(200, $answer->status, (string) $answer);
            self::assertSame($person->id, $answer->json['user']['ID']);
            self::assertSame($person->id, $this->whoIs($answer->json['token']));
            self::assertStringContainsString('no-store', $answer->header('cache-control'));
        }
    }

    public function test_login_completes_one_with_the_profile(): void
    {
        $person = $this->enrolled();
        $answer = $this->post('/login', ['challenge' => $this->challenge($person), 'code' => $person->app->code()]);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertArrayHasKey('avatar_url', $answer->json['user']);
    }

    /** @dataProvider ways */
    public function test_a_challenge_travels_in_the_body_a_header_or_as_bearer(string $way): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        $code = $person->app->code();
        $answer = match ($way) {
            'body' => $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code]),
            'header' => $this->post('/challenge/verify', headers: ['x-sallyport-challenge' => $challenge, 'x-sallyport-code' => $code]),
            'bearer' => $this->post('/challenge/verify', ['code' => $code], $challenge),
            'form' => static::site()->request('POST', self::API . '/challenge/verify', form: ['challenge' => $challenge, 'code' => $code]),
            'all, alike' => $this->post(
                '/challenge/verify',
                ['challenge' => $challenge, 'code' => $code],
                $challenge,
                ['x-sallyport-challenge' => $challenge, 'x-sallyport-code' => $code],
            ),
        };
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
    }

    /** @return array<string, array{string}> */
    public static function ways(): array
    {
        return ['body' => ['body'], 'header' => ['header'], 'bearer' => ['bearer'], 'form' => ['form'], 'all, alike' => ['all, alike']];
    }

    public function test_contradicting_challenges_are_ambiguous_and_spend_nothing(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        $other = $this->challenge($person);
        $code = $person->app->code();
        self::refused(400, 'sallyport_ambiguous', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code], headers: ['x-sallyport-challenge' => $other]));
        self::refused(400, 'sallyport_ambiguous', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code], headers: ['x-sallyport-code' => '000000']));
        self::refused(400, 'sallyport_ambiguous', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code], $other));
        self::refused(400, 'sallyport_ambiguous', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code], $person->token));
        self::assertSame(200, $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code])->status);
    }

    public function test_a_code_in_the_url_is_refused_even_where_none_is_required(): void
    {
        $person = $this->enrolled();
        foreach ([
            '/wp-json/wp/v2/users/me?sallyport_code=1', self::API . '/two-factor?sallyport_code=1',
            self::API . '/two-factor?code=1', self::API . '/tokens?code=1',
        ] as $path) {
            self::refused(400, 'sallyport_code_in_url', $this->get($path, $person->token));
        }
        self::assertSame(200, $this->get('/wp-json/wp/v2/users/me?code=1', $person->token)->status, 'on other plugins\' routes, the name has no special meaning');
        self::assertSame(200, $this->get('/wp-json/wp/v2/types?sallyport_code=1')->status, 'a guest has no code');
        $plain = $this->person();
        $this->signIn($plain);
        self::assertSame(200, $this->get(self::API . '/two-factor?code=1', $plain->token)->status);
    }

    public function test_a_wrong_code_names_the_same_challenge_and_what_is_left(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        foreach ([4, 3] as $left) {
            $answer = $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->wrong()]);
            self::assertSame(['status' => 401, 'attempts_left' => $left, 'challenge' => $challenge], self::refused(401, 'sallyport_invalid_code', $answer));
            self::assertSame($challenge, $answer->header('x-sallyport-challenge'));
        }
        self::assertSame(200, $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code()])->status);
    }

    public function test_a_wrong_code_in_one_shot_opens_a_challenge_already_charged(): void
    {
        $person = $this->enrolled();
        $data = self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        self::assertSame(4, $data['attempts_left']);
        self::assertMatchesRegularExpression(self::CHALLENGE, $data['challenge']);
        self::assertSame(200, $this->post('/token', ['challenge' => $data['challenge'], 'code' => $person->app->code()])->status);
    }

    public function test_a_challenge_is_good_for_five_codes(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        for ($left = 4; $left >= 0; $left--) {
            $data = self::refused(401, 'sallyport_invalid_code', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->wrong()]));
            self::assertSame($left, $data['attempts_left']);
        }
        self::refused(401, 'sallyport_challenge_gone', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code()]));
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status, 'this does not lock the account, and does not spend the code');
    }

    public function test_a_challenge_is_good_for_one_login(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        self::assertSame(200, $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code()])->status);
        self::refused(401, 'sallyport_challenge_gone', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code(1)]));
    }

    public function test_an_invented_challenge_is_gone(): void
    {
        foreach (['spc1_' . str_repeat('A', 43), 'spc1_', 'something', 'spr1_' . str_repeat('A', 43)] as $challenge) {
            self::refused(401, 'sallyport_challenge_gone', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => '123456']));
        }
    }

    public function test_an_expired_challenge_is_gone(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        static::site()->php('global $wpdb; $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_challenges SET expires_at = " . (time() - 1) . " WHERE user_id = " . (int) $argv[1]);', [(string) $person->id]);
        self::refused(401, 'sallyport_challenge_gone', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code()]));
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status, 'the code was not spent');
    }

    public function test_opening_a_challenge_voids_no_other(): void
    {
        $person = $this->enrolled();
        $first = $this->challenge($person);
        $this->challenge($person);
        self::assertSame(200, $this->post('/challenge/verify', ['challenge' => $first, 'code' => $person->app->code()])->status);
    }

    public function test_anothers_code_is_wrong(): void
    {
        $one = $this->enrolled();
        $two = $this->enrolled();
        self::refused(401, 'sallyport_invalid_code', $this->post('/challenge/verify', ['challenge' => $this->challenge($one), 'code' => $two->app->code()]));
        self::refused(
            401,
            'sallyport_invalid_code',
            $this->post('/challenge/verify', ['challenge' => $this->challenge($one), 'factor' => 'backup_code', 'code' => $two->codes[0]]),
        );
    }

    public function test_a_backup_code_is_recognised_by_its_format_whatever_its_spelling(): void
    {
        $person = $this->enrolled();
        self::assertMatchesRegularExpression('/^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){2}$/', $person->codes[0]);
        self::assertCount(10, array_unique($person->codes));
        $token = $this->proven($person, $person->codes[0]);
        self::assertContains('backup_code', self::claims($token)['amr']);
        self::assertNotContains('otp', self::claims($token)['amr']);
        $forgiven = strtr(strtolower(str_replace('-', ' ', $person->codes[1])), ['0' => 'o', '1' => 'l']);
        self::assertSame($person->id, $this->whoIs($this->proven($person, " $forgiven ")));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->codes[0]]));
    }

    public function test_an_unknown_factor_spends_nothing(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        foreach (['email', 'sms', 'TOTP', 'totp '] as $factor) {
            self::refused(400, 'sallyport_factor_unavailable', $this->post('/challenge/verify', ['challenge' => $challenge, 'factor' => $factor, 'code' => $person->app->code()]));
        }
        $data = self::refused(401, 'sallyport_invalid_code', $this->post('/challenge/verify', ['challenge' => $challenge, 'factor' => 'totp', 'code' => $person->app->wrong()]));
        self::assertSame(4, $data['attempts_left']);
        self::assertSame(200, $this->post('/challenge/verify', ['challenge' => $challenge, 'factor' => 'totp', 'code' => $person->app->code()])->status);
    }

    public function test_a_code_in_the_address_is_refused_and_not_spent(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        $code = $person->app->code(1);
        $site = static::site();
        $login = ['username' => $person->login, 'password' => $person->password];
        foreach (['code', 'sallyport_code'] as $name) {
            self::refused(400, 'sallyport_code_in_url', $site->request('POST', self::API . "/challenge/verify?$name=$code", json: ['challenge' => $challenge]));
            self::refused(400, 'sallyport_code_in_url', $site->request('POST', self::API . "/challenge/verify?$name=$code", json: ['challenge' => $challenge, 'code' => $code]));
            self::refused(400, 'sallyport_code_in_url', $site->request('POST', self::API . "/token?$name=$code", json: $login));
            self::refused(400, 'sallyport_code_in_url', $site->request('POST', self::API . "/two-factor/verify-totp?$name=$code", json: [], bearer: $person->token));
        }
        self::assertSame(200, $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code])->status);
    }

    public function test_a_challenge_as_bearer_signs_nobody_in(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        foreach (['/wp-json/wp/v2/users/me', self::API . '/two-factor'] as $path) {
            $answer = $this->get($path, $challenge);
            self::assertSame(401, $answer->status, (string) $answer);
        }
        self::assertSame(401, $this->post('/two-factor/enable', ['password' => $person->password], $challenge)->status);
        self::assertSame(401, $this->get('/wp-json/wp/v2/posts', $challenge)->status, 'as a Bearer on any other route: 401');
    }
}
