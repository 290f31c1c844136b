<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';

/** Replacing a factor: the active secret and codes are not touched until the new ones are proven. */
final class ReEnrolmentTest extends HttpTestCase
{
    public function test_the_old_app_and_codes_work_while_the_new_one_is_pending(): void
    {
        $person = $this->enrolled();
        $codes = $person->codes;
        $new = $this->begin($person);
        self::assertNotSame($person->app->secret, $new->secret);
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status);
        self::assertSame(200, $this->logIn($person, ['code' => $codes[0]])->status);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $new->code()]));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->codes[0]]));
    }

    public function test_a_wrong_code_for_the_new_one_leaves_the_old(): void
    {
        $person = $this->enrolled();
        $new = $this->begin($person);
        self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-totp', ['code' => $new->wrong()], $person->token));
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status);
    }

    public function test_a_wrong_code_counts_once_for_both(): void
    {
        $person = $this->enrolled();
        $new = $this->begin($person);
        for ($i = 0; $i < 10; $i++) {
            self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-totp', ['code' => $new->wrong()], $person->token));
        }
        self::refused(429, 'ACCOUNT_TEMPORARILY_LOCKED', $this->post('/two-factor/verify-totp', ['code' => $new->code()], $person->token));
    }

    public function test_the_right_code_replaces_both(): void
    {
        $person = $this->enrolled();
        $codes = $person->codes;
        $before = $person->token;
        $new = $this->begin($person);
        $answer = $this->post('/two-factor/verify-totp', ['code' => $new->code()], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::refusedCredential('sallyport_token_stale', $this->get('/wp-json/wp/v2/users/me', $before));
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->code()]));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $codes[0]]));
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0]])->status);
        self::assertSame(200, $this->logIn($person, ['code' => $new->code(1)])->status);
        self::assertCount(2, $this->get(self::API . '/two-factor', $answer->json['token'])->json['factors'], 'one app, one set of codes');
    }

    public function test_a_code_of_the_old_app_steps_up_while_the_new_one_is_pending(): void
    {
        $person = $this->enrolled();
        $new = $this->begin($person);
        $answer = $this->post('/two-factor/verify-totp', ['code' => $person->app->code()], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame($person->id, $this->whoIs($person->token), 'nothing was replaced by it');
        self::assertSame(200, $this->post('/two-factor/verify-totp', ['code' => $new->code()], $answer->json['token'])->status, 'and the new one is still pending');
    }

    public function test_a_challenge_is_completed_by_the_live_factor_only(): void
    {
        $person = $this->enrolled();
        $new = $this->begin($person);
        $challenge = $this->challenge($person);
        self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-totp', ['challenge' => $challenge, 'code' => $new->code()]));
        self::assertSame(200, $this->post('/two-factor/verify-totp', ['challenge' => $challenge, 'code' => $person->app->code()])->status);
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code(1)])->status);
    }

    public function test_a_challenge_from_before_the_replacement_is_gone(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        $new = $this->begin($person);
        self::assertSame(200, $this->post('/two-factor/verify-totp', ['code' => $new->code()], $person->token)->status);
        self::refused(401, 'sallyport_challenge_gone', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $new->code(1)]));
    }
}
