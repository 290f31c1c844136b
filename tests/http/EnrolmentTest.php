<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/HttpTestCase.php';

/** A factor's life over REST: pending, active, replaced, removed. */
final class EnrolmentTest extends HttpTestCase
{
    public function test_enable_shows_the_secret_and_codes_once(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $answer = $this->post('/two-factor/enable', ['password' => $person->password], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(['method', 'totpURI', 'backupCodes'], array_keys($answer->json));
        self::assertSame('totp', $answer->json['method']);
        self::assertCount(10, $answer->json['backupCodes']);
        self::assertStringStartsWith('otpauth://totp/', $answer->json['totpURI']);
        parse_str(parse_url($answer->json['totpURI'], PHP_URL_QUERY), $query);
        self::assertMatchesRegularExpression('/^[A-Z2-7]{32}$/', $query['secret']);
        self::assertStringContainsString($person->login, rawurldecode($answer->json['totpURI']));
        self::assertStringContainsString('no-store', $answer->header('cache-control'));
    }

    public function test_the_app_shows_the_issuer_asked_for(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $answer = $this->post('/two-factor/enable', ['password' => $person->password, 'issuer' => 'My: Shop & Co'], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        parse_str(parse_url($answer->json['totpURI'], PHP_URL_QUERY), $query);
        self::assertMatchesRegularExpression('/^My\s+Shop & Co$/', $query['issuer'], 'a colon would end the issuer in the label');
    }

    public function test_a_pending_enrolment_changes_nothing(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $this->begin($person);
        self::assertSame(200, $this->logIn($person)->status, 'no code is asked for');
        self::assertSame($person->id, $this->whoIs($person->token));
        $state = $this->get(self::API . '/two-factor', $person->token);
        self::assertEquals(['enabled' => false, 'required' => false, 'deadline' => null, 'factors' => [], 'devices' => []], $state->json);
        self::assertSame([], static::activity($person->id, 'factor_added'));
    }

    public function test_a_second_enrolment_replaces_the_pending_one(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $first = $this->begin($person);
        $second = $this->begin($person);
        self::assertNotSame($first->secret, $second->secret);
        self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-totp', ['code' => $first->code()], $person->token));
        self::assertSame(200, $this->post('/two-factor/verify-totp', ['code' => $second->code()], $person->token)->status);
    }

    public function test_a_wrong_code_activates_nothing(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $app = $this->begin($person);
        self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-totp', ['code' => $app->wrong()], $person->token));
        self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-totp', ['code' => $person->codes[0]], $person->token));
        self::assertSame(200, $this->logIn($person)->status);
        self::assertSame(200, $this->post('/two-factor/verify-totp', ['code' => $app->code()], $person->token)->status);
    }

    /** @dataProvider steps */
    public function test_t2_the_step_before_this_one_and_the_next_activate(int $step): void
    {
        $person = $this->person();
        $this->signIn($person);
        $app = $this->begin($person);
        Totp::steady();
        $code = $app->code($step);
        self::assertSame(200, $this->post('/two-factor/verify-totp', ['code' => $code], $person->token)->status);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
    }

    /** @return array<string, array{int}> */
    public static function steps(): array
    {
        return ['before' => [-1], 'this' => [0], 'next' => [1]];
    }

    public function test_codes_of_steps_further_away_do_not_activate(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $app = $this->begin($person);
        foreach ([-3, -2, 2, 3] as $step) {
            Totp::steady();
            self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-totp', ['code' => $app->code($step)], $person->token));
        }
    }

    public function test_activation_ends_every_token_but_the_one_returned(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $other = $this->logIn($person)->json['token'];
        $app = $this->begin($person);
        $answer = $this->post('/two-factor/verify-totp', ['code' => $app->code()], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(
            [
                'status', 'token', 'user', 'expiration', 'expires_in', 'refreshable', 'jti', 'refresh_token',
                'refresh_expires_in', 'backup_codes_left',
            ],
            array_keys($answer->json),
            'the full token response',
        );
        self::assertTrue($answer->json['status']);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        foreach ([$person->token, $other] as $old) {
            self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $old));
        }
        $user = $answer->json['user'];
        self::assertSame(['id', 'email', 'emailVerified', 'name', 'username', 'displayUsername', 'image', 'twoFactorEnabled', 'createdAt', 'updatedAt'], array_keys($user));
        self::assertSame([(string) $person->id, $person->email, true], [$user['id'], $user['email'], $user['twoFactorEnabled']]);
        self::assertMatchesRegularExpression('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/', $user['createdAt']);
    }

    public function test_activation_in_a_browser_keeps_that_session_and_ends_the_others(): void
    {
        $person = $this->person();
        $here = new Browser(static::site());
        $there = new Browser(static::site());
        $here->logIn($person);
        $there->logIn($person);
        $nonce = ['x-wp-nonce' => $here->nonce()];
        $begun = $here->send('POST', self::API . '/two-factor/enable', json: ['password' => $person->password], headers: $nonce);
        self::assertSame(200, $begun->status, (string) $begun);
        $done = $here->send('POST', self::API . '/two-factor/verify-totp', json: ['code' => (new Totp($begun->json['totpURI']))->code()], headers: $nonce);
        self::assertSame(200, $done->status, (string) $done);
        self::assertSame(200, $here->send('GET', '/wp-admin/profile.php')->status);
        self::assertSame(302, $there->send('GET', '/wp-admin/profile.php')->status);
    }

    public function test_the_password_must_be_right(): void
    {
        $person = $this->person();
        $this->signIn($person);
        self::refused(400, 'INVALID_PASSWORD', $this->post('/two-factor/enable', ['password' => 'not theirs'], $person->token));
        self::refused(400, 'rest_missing_callback_param', $this->post('/two-factor/enable', [], $person->token));
        $this->begin($person);
        self::refused(400, 'INVALID_PASSWORD', $this->post('/two-factor/get-totp-uri', ['password' => 'not theirs'], $person->token));
        self::refused(400, 'INVALID_PASSWORD', $this->post('/two-factor/disable', ['password' => 'not theirs'], $person->token));
    }

    public function test_an_anonymous_request_is_told_so(): void
    {
        foreach (['enable', 'get-totp-uri', 'generate-backup-codes', 'disable'] as $route) {
            self::refused(401, 'rest_not_logged_in', $this->post("/two-factor/$route", ['password' => 'something']));
        }
        foreach (['verify-totp', 'verify-backup-code'] as $route) {
            self::refused(401, 'INVALID_TWO_FACTOR_COOKIE', $this->post("/two-factor/$route", ['code' => '123456']));
        }
        self::refused(401, 'rest_not_logged_in', $this->get(self::API . '/two-factor'));
    }

    public function test_without_a_factor_better_auths_codes_say_so(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $password = ['password' => $person->password];
        self::refused(400, 'TOTP_NOT_ENABLED', $this->post('/two-factor/get-totp-uri', $password, $person->token));
        self::refused(400, 'TOTP_NOT_ENABLED', $this->post('/two-factor/verify-totp', ['code' => '123456'], $person->token));
        self::refused(400, 'BACKUP_CODES_NOT_ENABLED', $this->post('/two-factor/verify-backup-code', ['code' => 'AAAAA-AAAAA-AAAAA'], $person->token));
        self::refused(400, 'TWO_FACTOR_NOT_ENABLED', $this->post('/two-factor/generate-backup-codes', $password, $person->token));
        self::refused(400, 'TWO_FACTOR_NOT_ENABLED', $this->post('/two-factor/disable', $password, $person->token));
    }

    public function test_the_uri_is_the_one_that_enable_showed(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $app = $this->begin($person);
        $answer = $this->post('/two-factor/get-totp-uri', ['password' => $person->password], $person->token);
        self::assertSame([200, ['totpURI']], [$answer->status, array_keys($answer->json)], (string) $answer);
        self::assertSame($app->secret, (new Totp($answer->json['totpURI']))->secret);
        $this->post('/two-factor/verify-totp', ['code' => $app->code()], $person->token);
        $person = $this->enrolled();
        $answer = $this->post('/two-factor/get-totp-uri', ['password' => $person->password], $person->token);
        self::assertSame($person->app->secret, (new Totp($answer->json['totpURI']))->secret);
    }

    public function test_the_state_names_the_factors(): void
    {
        $person = $this->enrolled();
        $answer = $this->get(self::API . '/two-factor', $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(
            [true, false, null, []],
            [$answer->json['enabled'], $answer->json['required'], $answer->json['deadline'], $answer->json['devices']],
            'no policy requires it, so it may be turned off',
        );
        [$totp, $codes] = $answer->json['factors'];
        self::assertSame(['id', 'type', 'label', 'added', 'last_used', 'drift'], array_keys($totp));
        self::assertSame('totp', $totp['type']);
        self::assertMatchesRegularExpression('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/', $totp['added']);
        self::assertMatchesRegularExpression('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/', $totp['last_used']);
        self::assertSame(['backup_code', 10, null], [$codes['type'], $codes['left'], $codes['last_used']]);
        $this->proven($person, $person->codes[0]);
        $codes = $this->get(self::API . '/two-factor', $person->token)->json['factors'][1];
        self::assertSame(9, $codes['left']);
        self::assertEqualsWithDelta(time(), strtotime((string) $codes['last_used']), 30);
        self::assertStringNotContainsString($person->app->secret, $answer->body);
    }

    public function test_disable_lets_the_password_alone_in_again_and_voids_what_was_open(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        $answer = $this->post('/two-factor/disable', ['password' => $person->password], $person->token);
        self::assertSame([200, ['status' => true]], [$answer->status, $answer->json], (string) $answer);
        self::refused(401, 'sallyport_challenge_gone', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code()]));
        $answer = $this->logIn($person);
        self::assertSame(200, $answer->status);
        self::assertFalse($this->get(self::API . '/two-factor', $answer->json['token'])->json['enabled']);
    }

    public function test_disable_cancels_what_is_pending(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $app = $this->begin($person);
        self::assertSame(200, $this->post('/two-factor/disable', ['password' => $person->password], $person->token)->status);
        self::refused(400, 'TOTP_NOT_ENABLED', $this->post('/two-factor/verify-totp', ['code' => $app->code()], $person->token));
        self::assertSame(200, $this->logIn($person)->status);
    }

    public function test_disable_takes_a_pending_replacement_with_it(): void
    {
        $person = $this->enrolled();
        $new = $this->begin($person);
        self::assertSame(200, $this->post('/two-factor/disable', ['password' => $person->password], $person->token)->status);
        $this->signIn($person);
        self::refused(400, 'TOTP_NOT_ENABLED', $this->post('/two-factor/verify-totp', ['code' => $new->code()], $person->token));
    }

    public function test_enrolling_again_after_disable_does_not_revive_old_tokens(): void
    {
        $person = $this->enrolled();
        $old = $person->token;
        $this->post('/two-factor/disable', ['password' => $person->password], $person->token);
        $this->signIn($person);
        $this->enrol($person);
        self::assertSame(401, $this->get('/wp-json/wp/v2/users/me', $old)->status);
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    public function test_a_pending_secret_does_not_help_another_user(): void
    {
        $one = $this->person();
        $two = $this->person();
        $this->signIn($one);
        $this->signIn($two);
        $app = $this->begin($one);
        $this->begin($two);
        self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-totp', ['code' => $app->code()], $two->token));
    }
}
