<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;

require_once __DIR__ . '/HttpTestCase.php';

/** Revealing or weakening a factor requires a fresh proof besides the password (RFC 9470). */
final class StepUpTest extends HttpTestCase
{
    private const GUARDED = ['enable', 'get-totp-uri', 'generate-backup-codes', 'disable'];

    public function test_an_old_proof_is_asked_to_step_up(): void
    {
        $person = $this->enrolled();
        $old = self::agedToken($person, 601);
        self::assertSame($person->id, $this->whoIs($old), 'it is accepted for everything else');
        self::assertSame(200, $this->get(self::API . '/two-factor', $old)->status);
        foreach (self::GUARDED as $route) {
            $answer = $this->post("/two-factor/$route", ['password' => $person->password], $old);
            self::refused(401, 'sallyport_step_up_required', $answer);
            self::assertSame('Bearer error="insufficient_user_authentication", max_age=600', $answer->header('www-authenticate'));
        }
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0]])->status, 'nothing was changed');
    }

    public function test_step_up_is_required_before_the_password_is_checked(): void
    {
        $person = $this->enrolled();
        self::refused(401, 'sallyport_step_up_required', $this->post('/two-factor/disable', ['password' => 'not theirs'], self::agedToken($person, 700)));
    }

    public function test_a_proof_of_just_under_ten_minutes_is_fresh_enough(): void
    {
        $person = $this->enrolled();
        $token = self::agedToken($person, 570);
        self::assertSame(200, $this->post('/two-factor/get-totp-uri', ['password' => $person->password], $token)->status);
    }

    /** standards N12 and N15: a factor that is not strong may let its user in, but is never enough for this. */
    public function test_n12_a_fresh_proof_without_a_strong_factor_will_not_do(): void
    {
        $person = $this->enrolled();
        foreach (['device pwd', 'email pwd'] as $amr) {
            $weak = self::agedToken($person, 0, $amr);
            self::assertSame($person->id, $this->whoIs($weak), 'it is accepted for everything else');
            self::assertSame([explode(' ', $amr), 'aal1'], [self::claims($weak)['amr'], self::claims($weak)['acr']]);
            foreach (self::GUARDED as $route) {
                self::refused(401, 'sallyport_step_up_required', $this->post("/two-factor/$route", ['password' => $person->password], $weak));
            }
        }
        $answer = $this->post('/two-factor/verify-totp', ['code' => $person->app->code()], $weak);
        self::assertSame(['mfa otp pwd', 'aal2'], [implode(' ', self::claims($answer->json['token'])['amr']), self::claims($answer->json['token'])['acr']]);
        self::assertSame(200, $this->post('/two-factor/get-totp-uri', ['password' => $person->password], $answer->json['token'])->status);
    }

    public function test_a16_stepping_up_gives_a_token_of_the_same_family(): void
    {
        $person = $this->enrolled();
        $old = self::agedToken($person, 800);
        $answers = [
            $this->post('/two-factor/verify-totp', ['code' => $person->app->code()], $old),
            $this->post('/two-factor/verify-backup-code', ['code' => $person->codes[0]], $old),
        ];
        foreach ($answers as $answer) {
            self::assertSame(200, $answer->status, (string) $answer);
            $claims = self::claims($answer->json['token']);
            self::assertSame(self::claims($old)['sid'], $claims['sid']);
            self::assertNotSame(self::claims($old)['jti'], $claims['jti']);
            self::assertEqualsWithDelta(time(), $claims['auth_time'], 30);
            self::assertSame(200, $this->post('/two-factor/get-totp-uri', ['password' => $person->password], $answer->json['token'])->status);
        }
        self::refused(401, 'sallyport_step_up_required', $this->post('/two-factor/get-totp-uri', ['password' => $person->password], $old));
    }

    public function test_a_wrong_code_does_not_step_up(): void
    {
        $person = $this->enrolled();
        $old = self::agedToken($person, 800);
        self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-totp', ['code' => $person->app->wrong()], $old));
        self::refused(401, 'sallyport_step_up_required', $this->post('/two-factor/disable', ['password' => $person->password], $old));
    }

    public function test_a_session_steps_up_in_place(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $person->app->code()] + Browser::fields($page));
        self::assertTrue($browser->isSignedIn());
        static::ageSessions($person);
        $nonce = ['x-wp-nonce' => $browser->nonce()];
        $ask = fn () => $browser->send('POST', self::API . '/two-factor/get-totp-uri', json: ['password' => $person->password], headers: $nonce);
        self::refused(401, 'sallyport_step_up_required', $ask());
        $answer = $browser->send('POST', self::API . '/two-factor/verify-totp', json: ['code' => $person->app->code(1)], headers: $nonce);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(200, $ask()->status);
    }
}
