<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/EmailCodeTestCase.php';

/** A challenge completed by a code that was mailed for it. */
final class EmailCodeTest extends EmailCodeTestCase
{
    public function test_a_code_is_mailed_and_completes_the_challenge(): void
    {
        $person = $this->enrolledByMail();
        $challenge = $this->challenge($person);
        self::assertSame([], static::site()->mails(), 'no mail is sent without a request');
        $answer = $this->send($challenge);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(['sent', 'expires_in', 'resend_after'], array_keys($answer->json));
        self::assertSame([true, 60], [$answer->json['sent'], $answer->json['resend_after']]);
        self::assertThat($answer->json['expires_in'], self::logicalAnd(self::greaterThan(280), self::lessThanOrEqual(300)));
        $mail = self::mailsTo($person->email)[0];
        foreach (["is signing in as $person->login", 'for this sign-in only', 'We will never ask you for it', 'Change your password now', 'action=lostpassword'] as $words) {
            self::assertStringContainsString($words, $mail);
        }
        $answer = $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => self::codeIn($mail)]);
        self::assertSame(200, $answer->status, 'without a factor: it is the preferred one: ' . $answer);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        self::assertSame(['email', 'pwd'], self::claims($answer->json['token'])['amr']);
        self::refused(401, 'sallyport_challenge_gone', $this->verify($challenge, self::codeIn($mail)));
    }

    public function test_every_way_a_challenge_is_completed_takes_it(): void
    {
        $person = $this->enrolledByMail();
        $ways = [
            'the login itself' => fn (string $challenge, string $code): Response => $this->post('/token', ['challenge' => $challenge, 'code' => $code, 'factor' => 'email']),
            'in headers' => fn (string $challenge, string $code): Response => $this->post(
                '/challenge/verify',
                [],
                null,
                ['X-Sallyport-Challenge' => $challenge, 'X-Sallyport-Code' => $code, 'X-Sallyport-Factor' => 'email'],
            ),
            "better-auth's" => fn (string $challenge, string $code): Response => $this->post('/two-factor/verify-otp', ['code' => $code], $challenge),
            'typed with a space, in digits of another script' => fn (string $challenge, string $code): Response => $this->verify(
                $challenge,
                strtr(substr($code, 0, 4) . ' ' . substr($code, 4), array_combine(range(0, 9), mb_str_split('٠١٢٣٤٥٦٧٨٩'))),
            ),
        ];
        foreach ($ways as $way => $verify) {
            self::forgetMailLimits();
            $challenge = $this->challenge($person);
            $answer = $verify($challenge, $this->codeFor($person, $challenge));
            self::assertSame(200, $answer->status, "$way: $answer");
            self::assertSame($person->id, $this->whoIs($answer->json['token']), $way);
        }
        self::forgetMailLimits();
        $challenge = $this->challenge($person);
        $code = $this->sentCode($person, fn (): Response => $this->post('/two-factor/send-otp', bearer: $challenge));
        self::assertSame(200, $this->verify($challenge, $code)->status, "sent in better-auth's words");
    }

    public function test_the_token_of_another_issuer_comes_of_it_too(): void
    {
        $person = $this->enrolledByMail();
        $challenge = static::site()->request(
            'POST',
            '/wp-json/jwt-auth/v1/token',
            json: ['username' => $person->login, 'password' => $person->password],
        )->json['data']['challenge'];
        $answer = $this->verify($challenge, $this->codeFor($person, $challenge));
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(['email', 'pwd'], self::claims($answer->json['token'])['sp']['amr']);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
    }

    public function test_a14_a_code_is_of_the_challenge_it_was_sent_for(): void
    {
        $person = $this->enrolledByMail();
        [$a, $b] = [$this->challenge($person), $this->challenge($person)];
        $codes = [$this->codeFor($person, $a), $this->codeFor($person, $b)];
        self::refused(401, 'sallyport_invalid_code', $this->verify($b, $codes[0]));
        self::refused(401, 'sallyport_invalid_code', $this->verify($a, $codes[1]));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $codes[0], 'factor' => 'email']));
        $signed = $this->sentCode($person, fn (): Response => $this->post('/two-factor/send-otp', bearer: $person->token));
        self::refused(401, 'sallyport_invalid_code', $this->verify($a, $signed));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $signed, 'factor' => 'email']));
        self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-otp', ['code' => $codes[0]], $person->token));
        self::assertSame(200, $this->verify($a, $codes[0])->status);
        self::assertSame(200, $this->post('/two-factor/verify-otp', ['code' => $signed], $person->token)->status);
    }

    public function test_a_row_that_was_copied_is_of_its_challenge_still(): void
    {
        $person = $this->enrolledByMail();
        [$a, $b] = [$this->challenge($person), $this->challenge($person)];
        $code = $this->codeFor($person, $a);
        $this->codeFor($person, $b);
        $mac = static::site()->php('global $wpdb; return $wpdb->get_var("SELECT mac FROM {$wpdb->base_prefix}sallyport_email_codes ORDER BY id DESC LIMIT 1 OFFSET 1");');
        self::sql('UPDATE {email_codes} SET mac = %s WHERE expires_at > %d', $mac, time());
        self::refused(401, 'sallyport_invalid_code', $this->verify($b, $code));
        self::assertSame(200, $this->verify($a, $code)->status);
    }

    public function test_n10_a_new_code_resets_no_count(): void
    {
        $person = $this->enrolledByMail();
        $challenge = $this->challenge($person);
        foreach (range(1, 4) as $failures) {
            self::forgetMailLimits();
            $code = $this->codeFor($person, $challenge);
            $data = self::refused(401, 'sallyport_invalid_code', $this->verify($challenge, self::wrong($code)));
            self::assertSame(5 - $failures, $data['attempts_left']);
            self::assertSame($failures, self::failures($person));
        }
        self::assertSame(0, self::refused(401, 'sallyport_invalid_code', $this->verify($challenge, self::wrong($code, 2)))['attempts_left']);
        self::refused(401, 'sallyport_challenge_gone', $this->send($challenge));
        foreach (range(6, 10) as $failures) {
            self::forgetMailLimits();
            $challenge = $failures === 6 ? $this->challenge($person) : $challenge;
            self::refused(401, 'sallyport_invalid_code', $this->verify($challenge, self::wrong($this->codeFor($person, $challenge))));
            self::assertSame($failures, self::failures($person));
        }
        static::site()->forgetMails();
        self::refused(423, 'sallyport_locked', $this->logIn($person));
        self::assertSame([], static::site()->mails());
    }

    public function test_no_code_is_sent_while_the_account_is_locked(): void
    {
        $person = $this->enrolledByMail();
        $challenge = $this->challenge($person);
        $other = $this->challenge($person);
        foreach (range(1, 10) as $i) {
            $this->verify($i > 4 ? $this->challengeBehind($person) : $other, '12345678');
        }
        self::refused(423, 'sallyport_locked', $this->send($challenge));
        self::refused(429, 'ACCOUNT_TEMPORARILY_LOCKED', $this->post('/two-factor/send-otp', bearer: $challenge));
        self::assertSame([], static::site()->mails());
    }

    public function test_n11_it_is_never_a_fallback(): void
    {
        $person = $this->enrolled();
        static::site()->forgetMails();
        $challenge = $this->challenge($person);
        self::refused(400, self::LOCAL, $this->send($challenge));
        self::refused(400, self::LOCAL, $this->post('/challenge/send', ['challenge' => $challenge]));
        self::refused(400, self::LOCAL, $this->send($challenge, 'totp'));
        self::refused(400, self::LOCAL, $this->send($challenge, 'sms'));
        self::refused(400, 'TWO_FACTOR_NOT_ENABLED', $this->post('/two-factor/send-otp', bearer: $challenge));
        self::assertSame(200, $this->post('/two-factor/enable', ['password' => $person->password, 'method' => 'otp'], $person->token)->status);
        // N11: an address that is not proven gets no code.
        self::refused(400, self::LOCAL, $this->send($challenge));
        self::assertSame([], static::site()->mails());
        self::assertSame(200, $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code()])->status, 'nothing was spent');
    }

    public function test_while_it_is_enrolled_anew_the_one_there_is_counts(): void
    {
        $person = $this->enrolled();
        $this->enrolByMail($person);
        $answer = $this->post('/two-factor/verify-totp', ['code' => $person->app->code()], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        $person->token = $answer->json['token'];
        self::assertSame(200, $this->post('/two-factor/enable', ['password' => $person->password, 'method' => 'otp'], $person->token)->status);
        $challenge = $this->challenge($person);
        self::assertSame(200, $this->verify($challenge, $this->codeFor($person, $challenge))->status);
    }

    public function test_with_another_address_it_is_not_usable(): void
    {
        $person = $this->enrolled();
        $this->enrolByMail($person);
        self::forgetCodes($person);
        self::moveTo($person, "moved-$person->email");
        static::site()->forgetMails();
        $data = self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertSame(['totp', 'backup_code'], $data['factors']);
        self::assertArrayNotHasKey('email_hint', $data);
        self::refused(400, self::LOCAL, $this->send($data['challenge']));
        self::assertSame(200, $this->post('/challenge/verify', ['challenge' => $data['challenge'], 'code' => $person->app->code()])->status);
        self::assertSame([], static::site()->mails(), 'N11');
    }

    public function test_who_has_nothing_else_and_another_address_is_refused_until_an_administrator_acts(): void
    {
        $person = $this->enrolledByMail();
        $challenge = $this->challenge($person);
        $code = $this->codeFor($person, $challenge);
        self::moveTo($person, "moved-$person->email");
        static::site()->forgetMails();
        self::refused(503, 'sallyport_unavailable', $this->logIn($person));
        self::refused(503, 'sallyport_unavailable', $this->send($challenge));
        self::refused(503, 'sallyport_unavailable', $this->verify($challenge, $code));
        $browser = new Browser(static::site());
        $browser->logIn($person);
        self::assertFalse($browser->isSignedIn());
        self::assertSame([], static::site()->mails());
        self::moveTo($person, $person->email);
        self::assertSame(200, $this->verify($challenge, $code)->status, 'the address is the one that was proven again');
    }

    public function test_bad_input_is_refused_and_sends_nothing(): void
    {
        $person = $this->enrolledByMail();
        $challenge = $this->challenge($person);
        foreach (['', 7, [], ['x'], true, str_repeat('x', 257), "\0", "\xff"] as $bad) {
            foreach (['challenge', 'factor'] as $field) {
                $body = [$field => $bad] + ['challenge' => $challenge, 'factor' => 'email'];
                $answer = is_string($bad) && !mb_check_encoding($bad, 'UTF-8')
                    ? static::site()->request('POST', self::API . '/challenge/send', form: $body)
                    : $this->post('/challenge/send', $body);
                self::assertContains($answer->json['code'], ['rest_invalid_param', 'rest_missing_callback_param', 'rest_invalid_json'], (string) $answer);
                self::assertSame(400, $answer->status);
            }
        }
        self::refused(400, 'rest_missing_callback_param', $this->post('/challenge/send'));
        self::refused(401, 'sallyport_challenge_gone', $this->send('spc1_' . str_repeat('A', 43)));
        self::refused(401, 'sallyport_challenge_gone', $this->send('nothing of ours'));
        self::refused(401, 'INVALID_TWO_FACTOR_COOKIE', $this->post('/two-factor/send-otp', bearer: 'spc1_' . str_repeat('A', 43)));
        self::refused(400, 'sallyport_ambiguous', $this->post('/challenge/send', ['challenge' => $challenge], $person->token));
        self::refused(400, 'sallyport_ambiguous', $this->post('/challenge/send', ['challenge' => $challenge], headers: ['X-Sallyport-Challenge' => 'spc1_' . str_repeat('B', 43)]));
        foreach (['get', 'put'] as $method) {
            self::assertSame(404, static::site()->request(strtoupper($method), self::API . '/challenge/send')->status);
        }
        self::assertSame([], static::site()->mails());
        $code = $this->codeFor($person, $challenge);
        foreach (['1234567', '123456789', 'abcdefgh', '-2345678', "$code\u{200b}", substr($code, 1), "{$code}0"] as $i => $rubbish) {
            $challenge = $this->challenge($person);
            self::refused(401, 'sallyport_invalid_code', $this->verify($challenge, $rubbish));
        }
        foreach ([12345678, null, '', ['12345678']] as $bad) {
            $answer = $this->post('/two-factor/verify-otp', ['code' => $bad], $challenge);
            self::assertSame(400, $answer->status, (string) $answer);
        }
    }

    public function test_a_mail_that_could_not_be_sent_is_said_to_be_not_sent(): void
    {
        $person = $this->enrolledByMail();
        $challenge = $this->challenge($person);
        static::site()->php('update_option("switcher_mail", "broken");');
        try {
            $answer = $this->send($challenge);
        } finally {
            static::site()->php('delete_option("switcher_mail");');
        }
        self::refused(503, 'sallyport_mail_not_sent', $answer);
        self::assertSame('sallyport_mail_not_sent', self::activity($person->id, 'code_sent')[0]['outcome']);
    }

    public function test_the_code_is_nowhere_but_in_the_mail(): void
    {
        $person = $this->enrolledByMail();
        $challenge = $this->challenge($person);
        $answer = $this->send($challenge);
        $code = self::codeIn(self::mailsTo($person->email)[0]);
        self::assertStringNotContainsString($code, (string) $answer);
        $everything = static::site()->php(<<<'PHP'
            global $wpdb;
            $dump = '';
            foreach ($wpdb->get_col('SHOW TABLES') as $table) {
                $dump .= json_encode($wpdb->get_results("SELECT * FROM `$table`", ARRAY_A));
            }
            return $dump;
            PHP);
        self::assertStringContainsString($person->login, $everything, 'the dump is not empty');
        self::assertStringNotContainsString($code, $everything);
        self::assertStringNotContainsString(hash('sha256', $code), $everything);
        self::assertStringNotContainsString($code, (string) @file_get_contents(static::site()->info['debug_log']));
        $sent = self::activity($person->id, 'code_sent')[0];
        self::assertSame(['ok', '{"factor":"email"}'], [$sent['outcome'], $sent['detail']]);
    }

    /** A challenge created without the login, which a locked account refuses. */
    private function challengeBehind(Person $person): string
    {
        return static::site()->plugin('return (fn () => $this->challenges()->open((int) $argv[1], "sallyport", time())->token)->call($plugin);', [(string) $person->id]);
    }
}
