<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/** /sign-in, /sign-out and /get-session, as better-auth's client calls them (the client itself is tested in tests/interop). */
final class SignInTest extends HttpTestCase
{
    private const DATE = '/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/';

    public static function setUpBeforeClass(): void
    {
        self::forgetFailures();
    }

    public static function tearDownAfterClass(): void
    {
        self::forgetFailures();
    }

    /** @return array<string, array{string}> */
    public static function ways(): array
    {
        return ['by address' => ['email'], 'by name' => ['username']];
    }

    /** @param array<string, mixed> $more @param array<string, string> $headers */
    private function enter(string $way, Person $person, array $more = [], array $headers = []): Response
    {
        return $this->post("/sign-in/$way", $more + [$way => $way === 'email' ? $person->email : $person->login, 'password' => $person->password], null, $headers);
    }

    /** @dataProvider ways */
    public function test_a_user_without_a_factor_gets_a_token_and_the_profile(string $way): void
    {
        $person = $this->person();
        $answer = $this->enter($way, $person, ['rememberMe' => false, 'callbackURL' => '/somewhere', 'whatever' => ['else' => 1]]);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame($answer->json['token'], $answer->header('set-auth-token'));
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        $user = $answer->json['user'];
        self::assertSame(
            [(string) $person->id, $person->email, false, $person->login, $person->login, null, false],
            [$user['id'], $user['email'], $user['emailVerified'], $user['name'], $user['username'], $user['image'], $user['twoFactorEnabled']],
        );
        self::assertMatchesRegularExpression(self::DATE, $user['createdAt']);
        self::assertNull($answer->header('set-cookie'));
        self::assertNull($answer->header('x-sallyport-challenge'));
        self::assertSame(['pwd'], self::claims($answer->json['token'])['amr']);
        self::assertSame(200, $this->post('/token/refresh', ['refresh_token' => $answer->json['refresh_token']])->status);
        self::assertArrayNotHasKey('url', $answer->json, 'it contains no URL to go to');
    }

    /** @dataProvider ways */
    public function test_a_user_with_a_factor_gets_the_challenge_and_nothing_else(string $way): void
    {
        $person = $this->enrolled();
        $answer = $this->enter($way, $person);
        self::assertSame([200, ['twoFactorRedirect' => true, 'twoFactorMethods' => ['totp']]], [$answer->status, $answer->json]);
        self::assertMatchesRegularExpression(self::CHALLENGE, (string) $answer->header('x-sallyport-challenge'));
        self::assertNull($answer->header('set-auth-token'));
        self::assertStringContainsString('no-store', (string) $answer->header('cache-control'));
        self::assertSame(['sallyport_challenge_1'], array_map(static fn (string $line): string => strstr($line, '=', true), $answer->headers['set-cookie']));
        $done = $this->post('/two-factor/verify-totp', ['code' => $person->app->code()], null, ['x-sallyport-challenge' => $answer->header('x-sallyport-challenge')]);
        self::assertSame($done->json['token'], $done->header('set-auth-token'));
        self::assertSame($person->id, $this->whoIs($done->json['token']));
    }

    public function test_password_and_code_in_one_request_sign_in(): void
    {
        $person = $this->enrolled();
        $wrong = $this->enter('email', $person, ['code' => $person->app->wrong()]);
        $data = self::refused(401, 'INVALID_CODE', $wrong);
        self::assertSame(4, $data['attempts_left']);
        self::assertSame($data['challenge'], $wrong->header('x-sallyport-challenge'));
        self::assertNotNull($wrong->header('set-cookie'), 'the challenge that was opened by it');
        $answer = $this->enter('email', $person, ['code' => $person->app->code()]);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        self::refused(400, 'sallyport_factor_unavailable', $this->enter('email', $person, ['code' => '123456', 'factor' => 'nonsense']));
        self::refused(
            400,
            'sallyport_code_in_url',
            self::site()->request(
                'POST',
                self::API . '/sign-in/email?code=123456',
                json: ['email' => $person->email, 'password' => $person->password],
            ),
        );
    }

    /** A wrong password and an unknown user: byte for byte the same answer. SameAnswerTest checks that they take the same time. */
    public function test_unknown_user_and_wrong_password_are_one_answer(): void
    {
        foreach (['email' => 'INVALID_EMAIL_OR_PASSWORD', 'username' => 'INVALID_USERNAME_OR_PASSWORD'] as $way => $code) {
            $plain = $this->person();
            $enrolled = $this->enrolled();
            $names = $way === 'email' ? [$plain->email, $enrolled->email, 'nobody@example.test', 'no address'] : [$plain->login, $enrolled->login, 'nobody', '../../etc/passwd'];
            $seen = [];
            foreach ($names as $name) {
                $answer = $this->post("/sign-in/$way", [$way => $name, 'password' => 'not theirs']);
                self::refused(401, $code, $answer);
                self::assertNull($answer->header('set-cookie'));
                $seen[] = [$answer->body, array_diff_key($answer->headers, ['date' => 1])];
            }
            self::assertCount(1, array_unique($seen, SORT_REGULAR));
        }
    }

    public function test_guesses_here_and_at_token_are_counted_as_one(): void
    {
        $person = $this->person();
        for ($i = 0; $i < 12; $i++) {
            $answer = $i % 2
                ? $this->post('/token', ['username' => $person->login, 'password' => "guess $i"])
                : $this->post('/sign-in/username', ['username' => $person->login, 'password' => "guess $i"]);
            if ($answer->status === 429) {
                break;
            }
        }
        self::assertGreaterThanOrEqual(9, $i);
        self::stretchWait($person);
        self::refused(429, 'sallyport_throttled', $this->enter('username', $person));
        self::refused(429, 'sallyport_throttled', $this->logIn($person));
    }

    public function test_a_challenge_is_used_up_after_five_and_the_account_locked_after_ten(): void
    {
        $person = $this->enrolled();
        $guess = fn (string $challenge, string $code): Response => $this->post('/two-factor/verify-totp', ['code' => $code, 'challenge' => $challenge]);
        for ($round = 0; $round < 2; $round++) {
            $challenge = (string) $this->enter('email', $person)->header('x-sallyport-challenge');
            for ($i = 4; $i >= 0; $i--) {
                self::assertSame($i, self::refused(401, 'INVALID_CODE', $guess($challenge, $person->app->wrong()))['attempts_left']);
            }
            self::assertSame('used_up', self::refused(400, 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE', $guess($challenge, $person->app->code()))['reason']);
            self::assertSame(
                'used_up',
                self::refused(
                    401,
                    'sallyport_challenge_gone',
                    $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => '123456']),
                )['reason'],
            );
        }
        self::assertGreaterThan(800, self::refused(429, 'ACCOUNT_TEMPORARILY_LOCKED', $this->enter('email', $person))['retry_after']);
        self::sql('UPDATE {challenges} SET expires_at = 1 WHERE user_id = %d', $person->id);
        self::assertArrayNotHasKey(
            'reason',
            self::refused(401, 'INVALID_TWO_FACTOR_COOKIE', $guess($challenge, $person->app->code())),
            'an expired challenge is gone, for whatever reason',
        );
        self::forgetFailures();
    }

    public function test_get_session_tells_whose_token_it_is(): void
    {
        $person = $this->enrolled();
        $answer = $this->get(self::API . '/get-session', $person->token);
        self::assertSame(200, $answer->status);
        ['session' => $session, 'user' => $user] = $answer->json;
        self::assertSame([$person->token, (string) $person->id, '127.0.0.1'], [$session['token'], $session['userId'], $session['ipAddress']]);
        self::assertSame(self::claims($person->token)['exp'], strtotime($session['expiresAt']));
        self::assertSame([(string) $person->id, true], [$user['id'], $user['twoFactorEnabled']]);
        foreach (['createdAt', 'updatedAt', 'expiresAt'] as $date) {
            self::assertMatchesRegularExpression(self::DATE, $session[$date]);
        }
        self::assertStringContainsString('no-store', (string) $answer->header('cache-control'));
    }

    public function test_without_a_token_of_ours_there_is_no_session(): void
    {
        $person = $this->person();
        $browser = $this->signedIn($person);
        $answers = [
            'nobody' => $this->get(self::API . '/get-session'),
            'a cookie and its nonce' => $browser->send('GET', self::API . '/get-session', headers: ['x-wp-nonce' => $browser->nonce()]),
            'a cookie' => $browser->send('GET', self::API . '/get-session'),
            'fields' => $this->get(self::API . '/get-session?_fields=user,session'),
        ];
        foreach ($answers as $who => $answer) {
            self::assertSame([200, 'null'], [$answer->status, $answer->body], $who);
            self::assertStringStartsWith('application/json', (string) $answer->header('content-type'));
        }
        $envelope = $this->get(self::API . '/get-session?_envelope');
        self::assertSame([200, true, null], [$envelope->json['status'], array_key_exists('body', $envelope->json), $envelope->json['body']], (string) $envelope);
    }

    public function test_a_token_that_does_not_count_is_a_401_and_not_a_guest(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $old = $person->token;
        $this->post('/sign-out', [], $old);
        self::refusedCredential('sallyport_token_invalid', $this->get(self::API . '/get-session', $old));
        self::refusedCredential('sallyport_token_invalid', $this->get(self::API . '/get-session', 'spc1_' . str_repeat('A', 43)));
        $enrolled = $this->enrolled();
        self::forgetCodes($enrolled);
        $stale = $this->proven($enrolled);
        self::site()->plugin('$plugin->state()->raise((int) $argv[1], true, time());', [(string) $enrolled->id]);
        self::assertSame(401, $this->get(self::API . '/get-session', $stale)->status);
    }

    public function test_signing_out_ends_the_family_and_is_idempotent(): void
    {
        $person = $this->person();
        $body = $this->enter('username', $person)->json;
        $other = $this->enter('username', $person)->json['token'];
        foreach (['the first time', 'again', 'and again'] as $when) {
            $answer = $this->post('/sign-out', [], $body['token']);
            self::assertSame([200, ['success' => true]], [$answer->status, $answer->json], $when);
        }
        self::assertNull($this->whoIs($body['token']));
        self::refusedCredential('sallyport_token_invalid', $this->post('/token/refresh', ['refresh_token' => $body['refresh_token']]));
        self::assertSame($person->id, $this->whoIs($other), 'the other sign-ins continue');
        self::assertSame(['success' => true], $this->post('/sign-out')->json, 'a guest has nothing to end');
        self::refusedCredential('sallyport_token_invalid', $this->post('/sign-out', [], substr($other, 0, -4) . 'AAAA'));
        $this->post('/sign-out', ['all' => true, 'token' => $other], null);
        self::assertSame($person->id, $this->whoIs($other), 'a field ends nothing');
    }

    public function test_an_application_password_is_not_exchanged(): void
    {
        $person = $this->person();
        $password = $person->applicationPassword();
        self::refused(403, 'sallyport_app_password_not_exchangeable', $this->post('/sign-in/username', ['username' => $person->login, 'password' => $password]));
    }

    public function test_a_challenge_is_not_taken_here(): void
    {
        $person = $this->enrolled();
        $challenge = (string) $this->enter('email', $person)->header('x-sallyport-challenge');
        $code = $person->app->code();
        self::refused(400, 'rest_missing_callback_param', $this->post('/sign-in/email', ['challenge' => $challenge, 'code' => $code]));
        self::refusedCredential('sallyport_token_invalid', $this->post('/sign-in/email', ['code' => $code], $challenge));
        self::assertSame(200, $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code])->status, 'nothing was spent');
    }

    public function test_neither_a_token_nor_a_challenge_is_better_auths_own_refusal(): void
    {
        foreach (['/two-factor/verify-totp', '/two-factor/verify-backup-code'] as $route) {
            self::refused(401, 'INVALID_TWO_FACTOR_COOKIE', $this->post($route, ['code' => '123456']));
        }
    }

    public function test_a_proven_address_is_verified(): void
    {
        $person = $this->person();
        self::site()->plugin('$plugin->proven_emails()->prove(get_userdata((int) $argv[1]));', [(string) $person->id]);
        self::assertTrue($this->enter('email', $person)->json['user']['emailVerified']);
    }
}
