<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/AccountsTestCase.php';
require_once __DIR__ . '/RegistrationTest.php';

/** POST /change-password: changes the caller's password, with the present one; all sign-ins end. */
final class ChangePasswordTest extends AccountsTestCase
{
    public function test_it_is_changed_and_every_sign_in_ends(): void
    {
        $person = $this->person();
        $browser = $this->signedIn($person);
        $nonce = $browser->nonce();
        $other = $this->logIn($person)->json;
        $this->signIn($person);
        $answer = $this->change($person);
        self::assertSame([200, ['message' => 'Password changed successfully. Please login again.']], [$answer->status, $answer->json], (string) $answer);
        self::assertArrayNotHasKey('set-cookie', $answer->headers);
        foreach ([$person->token, $other['token']] as $token) {
            self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $token));
        }
        self::assertSame(401, $this->post('/token/refresh', ['refresh_token' => $other['refresh_token']])->status);
        self::assertSame(403, $browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => $nonce])->status);
        self::assertSame([], static::site()->php('return WP_Session_Tokens::get_instance((int) $argv[1])->get_all();', [(string) $person->id]));
        self::refused(401, 'sallyport_invalid_credentials', $this->logIn($person));
        $person->password = self::NEW;
        $this->assertRight($person);
        self::assertNotSame([], self::activity($person->id, 'password_changed'));
        self::assertFalse(self::isProven($person));
    }

    public function test_the_user_is_mailed_once(): void
    {
        $person = $this->person();
        $this->signIn($person);
        static::site()->forgetMails();
        $this->change($person);
        self::assertCount(1, static::site()->mails());
        self::assertStringContainsString('your password was changed', self::mailsTo($person->email)[0]);
    }

    public function test_it_gives_no_session_and_no_token_to_a_user_with_a_factor(): void
    {
        $person = $this->enrolled();
        $answer = $this->change($person);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(['message'], array_keys($answer->json));
        self::assertArrayNotHasKey('set-cookie', $answer->headers);
        self::assertSame([], static::site()->php('return WP_Session_Tokens::get_instance((int) $argv[1])->get_all();', [(string) $person->id]));
        self::refusedCredential('sallyport_token_stale', $this->get('/wp-json/wp/v2/users/me', $person->token));
        $person->password = self::NEW;
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status);
    }

    public function test_a_user_with_a_factor_steps_up_first(): void
    {
        $person = $this->enrolled();
        $person->token = self::agedToken($person, 601);
        self::refused(401, 'sallyport_step_up_required', $this->change($person));
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status, 'the old password');
        $person->token = self::agedToken($person, 560);
        self::assertSame(200, $this->change($person)->status);
    }

    public function test_a_wrong_password_is_refused_and_counted(): void
    {
        $person = $this->person();
        $this->signIn($person);
        foreach (['not theirs', self::NEW, strtoupper($person->password)] as $wrong) {
            self::refused(400, 'sallyport_invalid_password', $this->change($person, $wrong));
        }
        for ($i = 0; $i < 7; $i++) {
            $this->change($person, 'not theirs');
        }
        self::stretchWait($person);
        $data = self::refused(429, 'sallyport_throttled', $answer = $this->change($person));
        self::assertSame((string) $data['retry_after'], $answer->header('retry-after'));
        self::forgetFailures();
        self::assertSame(200, $this->logIn($person)->status);
        self::assertSame(200, $this->change($person)->status);
    }

    public function test_an_anonymous_request_changes_nothing(): void
    {
        $person = $this->person();
        self::refused(401, 'rest_not_logged_in', $this->post('/change-password', ['current_password' => $person->password, 'new_password' => self::NEW]));
    }

    public function test_an_application_password_cannot_change_it(): void
    {
        $person = $this->person();
        $word = $person->applicationPassword();
        self::refused(
            403,
            'rest_forbidden',
            $this->post(
                '/change-password',
                ['current_password' => $person->password, 'new_password' => self::NEW],
                headers: $person->basic($word),
            ),
        );
    }

    public function test_a_cookie_can_change_it_only_with_its_nonce(): void
    {
        $person = $this->person();
        $browser = $this->signedIn($person);
        $nonce = $browser->nonce();
        $fields = ['current_password' => $person->password, 'new_password' => self::NEW];
        self::refused(401, 'rest_not_logged_in', $browser->send('POST', self::API . '/change-password', json: $fields));
        $answer = $browser->send('POST', self::API . '/change-password', headers: ['x-wp-nonce' => $nonce], json: $fields);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(302, $browser->send('GET', '/wp-admin/profile.php')->status);
    }

    public function test_the_refusal_says_why_the_new_password_is_not_accepted(): void
    {
        $person = $this->person();
        $this->signIn($person);
        foreach ([
            'seven77' => 'at least 8', $person->login => 'must not be', $person->email => 'must not be',
            str_repeat('"', 2049) => 'too long', 'password123' => 'Everybody has that one.',
        ] as $new => $words) {
            $data = self::refused(400, 'rest_invalid_param', $this->change($person, null, (string) $new));
            self::assertStringContainsString($words, $data['params']['new_password']);
        }
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    /** @dataProvider passwords */
    public function test_a_password_is_right_as_it_was_typed(string $password): void
    {
        $person = $this->person();
        $this->signIn($person);
        self::assertSame(200, $this->change($person, null, $password)->status);
        $person->password = $password;
        $this->assertRight($person);
        $this->signIn($person);
        self::assertSame(200, $this->change($person)->status, 'however it was hashed');
    }

    /** @return array<string, array{string}> */
    public static function passwords(): array
    {
        return RegistrationTest::passwords();
    }

    private function change(Person $person, ?string $current = null, string $new = self::NEW): Response
    {
        return $this->post('/change-password', ['current_password' => $current ?? $person->password, 'new_password' => $new], $person->token);
    }
}
