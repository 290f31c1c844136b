<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/EmailCodeTestCase.php';

/** The e-mail address becomes a factor: enable {method: otp}, send-otp, verify-otp. */
final class EmailEnrolmentTest extends EmailCodeTestCase
{
    public function test_it_is_pending_until_the_code_that_was_mailed_comes_back(): void
    {
        $person = $this->begun();
        self::assertSame(200, $this->logIn($person)->status, 'pending is not active');
        $code = $this->sent($person);
        self::assertSame([], $this->get(self::API . '/two-factor', $person->token)->json['factors']);
        $answer = $this->post('/two-factor/verify-otp', ['code' => $code], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(['token', 'user'], array_slice(array_keys($answer->json), 0, 2));
        self::assertTrue($answer->json['user']['twoFactorEnabled']);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $person->token));
        $shown = $this->get(self::API . '/two-factor', $answer->json['token'])->json;
        self::assertSame([true, ['email']], [$shown['enabled'], array_column($shown['factors'], 'type')]);
        $data = self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertSame(['email'], $data['factors']);
        self::assertSame('email', $data['preferred']);
        self::assertSame($person->login[0] . '***@e***.test', $data['email_hint']);
    }

    public function test_n9_o2_the_proof_says_email_and_no_mfa_and_is_no_step_up(): void
    {
        $person = $this->enrolledByMail();
        $claims = self::claims($person->token);
        self::assertSame(['email', 'pwd'], $claims['amr'], 'O2');
        self::assertSame(['email', 'pwd'], $claims['sp']['amr']);
        foreach (['disable', 'generate-backup-codes'] as $route) {
            self::refused(401, 'sallyport_step_up_required', $this->post("/two-factor/$route", ['password' => $person->password], $person->token));
        }
    }

    public function test_enrolling_it_beside_another_factor_needs_step_up(): void
    {
        $person = $this->enrolled();
        $enable = ['password' => $person->password, 'method' => 'otp'];
        self::refused(401, 'sallyport_step_up_required', $this->post('/two-factor/enable', $enable, self::agedToken($person, 601)));
        self::refused(400, 'INVALID_PASSWORD', $this->post('/two-factor/enable', ['password' => 'wrong'] + $enable, $person->token));
        $this->enrolByMail($person);
        self::forgetCodes($person);
        $data = self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertSame(['totp', 'backup_code', 'email'], $data['factors']);
        self::assertSame('totp', $data['preferred']);
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status, 'the app is unchanged');
    }

    public function test_the_mail_says_what_it_must_and_the_subject_holds_no_code(): void
    {
        $person = $this->begun();
        $code = $this->sent($person, ['user-agent' => 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 call 555-1234']);
        $mail = self::mailsTo($person->email)[0];
        self::assertDoesNotMatchRegularExpression("/^Subject:.*$code/m", $mail);
        foreach ([
            "\n$code\n", "as $person->login (Firefox on Linux)", 'for 10 minutes', 'From: 127.0.0.1',
            'We will never ask you for it', 'If it is not you', static::site()->url . "\n",
        ] as $words) {
            self::assertStringContainsString($words, $mail);
        }
        self::assertStringNotContainsString('555-1234', $mail, 'no text that a stranger wrote');
    }

    public function test_a_wrong_code_is_refused_and_the_fifth_is_the_last(): void
    {
        $person = $this->begun();
        self::refused(400, 'OTP_HAS_EXPIRED', $this->post('/two-factor/verify-otp', ['code' => '12345678'], $person->token));
        $code = $this->sent($person);
        foreach (range(1, 5) as $i) {
            self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-otp', ['code' => self::wrong($code, $i)], $person->token));
        }
        self::refused(400, 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE', $this->post('/two-factor/verify-otp', ['code' => $code], $person->token));
        self::assertSame(200, $this->logIn($person)->status, 'nothing became active');
        self::assertSame(5, self::failures($person));
        self::forgetMailLimits();
        self::assertSame(5, self::failures($person), 'N10: a new code does not reset the count');
        $code = $this->sent($person);
        self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-otp', ['code' => self::wrong($code)], $person->token));
        self::assertSame(6, self::failures($person));
        self::assertSame(200, $this->post('/two-factor/verify-otp', ['code' => $code], $person->token)->status);
    }

    public function test_a11_a_code_is_dead_after_ten_minutes(): void
    {
        $person = $this->begun();
        $code = $this->sent($person);
        $left = (int) static::site()->php('global $wpdb; return (int) $wpdb->get_var("SELECT MAX(expires_at) FROM {$wpdb->base_prefix}sallyport_email_codes") - time();');
        self::assertThat($left, self::logicalAnd(self::greaterThan(540), self::lessThanOrEqual(600)));
        self::sql('UPDATE {email_codes} SET expires_at = %d', time());
        self::refused(400, 'OTP_HAS_EXPIRED', $this->post('/two-factor/verify-otp', ['code' => $code], $person->token));
    }

    public function test_a_code_that_went_to_another_address_proves_nothing(): void
    {
        $person = $this->begun();
        $code = $this->sent($person);
        self::moveTo($person, "moved-$person->email");
        $answer = $this->post('/two-factor/verify-otp', ['code' => $code], $person->token);
        self::assertContains($answer->json['code'], ['INVALID_CODE', 'OTP_HAS_EXPIRED', 'TWO_FACTOR_NOT_ENABLED'], (string) $answer);
        self::assertSame(200, $this->logIn($person)->status, 'nothing became active');
    }

    public function test_a_user_without_an_address_and_an_unknown_method_are_refused(): void
    {
        $person = $this->person();
        $this->signIn($person);
        self::refused(400, 'TWO_FACTOR_NOT_ENABLED', $this->post('/two-factor/send-otp', bearer: $person->token));
        self::refused(400, 'TWO_FACTOR_NOT_ENABLED', $this->post('/two-factor/verify-otp', ['code' => '12345678'], $person->token));
        self::refused(401, 'INVALID_TWO_FACTOR_COOKIE', $this->post('/two-factor/send-otp'));
        static::site()->php('global $wpdb; $wpdb->update($wpdb->users, ["user_email" => ""], ["ID" => (int) $argv[1]]); clean_user_cache((int) $argv[1]);', [(string) $person->id]);
        self::refused(400, self::LOCAL, $this->post('/two-factor/enable', ['password' => $person->password, 'method' => 'otp'], $person->token));
        self::assertSame([], static::site()->mails());
    }

    public function test_the_address_proven_is_on_record(): void
    {
        $person = $this->begun();
        $proven = fn (): bool => static::site()->plugin('return $plugin->proven_emails()->is_proven((int) $argv[1]);', [(string) $person->id]);
        $code = $this->sent($person);
        self::assertFalse($proven());
        self::assertSame(200, $this->post('/two-factor/verify-otp', ['code' => $code], $person->token)->status);
        self::assertTrue($proven());
    }

    /** A signed-in user with a pending enrolment of the address. */
    private function begun(): Person
    {
        $person = $this->person();
        $this->signIn($person);
        $answer = $this->post('/two-factor/enable', ['password' => $person->password, 'method' => 'otp'], $person->token);
        self::assertSame([200, ['method' => 'otp']], [$answer->status, $answer->json], (string) $answer);
        return $person;
    }

    /** @param array<string, string> $headers */
    private function sent(Person $person, array $headers = []): string
    {
        return $this->sentCode($person, fn (): Response => $this->post('/two-factor/send-otp', bearer: $person->token, headers: $headers));
    }
}
