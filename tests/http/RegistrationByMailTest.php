<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/AccountsTestCase.php';

/** POST /register with the setting register_confirm: the same answer for everybody, and the rest by mail. */
final class RegistrationByMailTest extends AccountsTestCase
{
    protected function setUp(): void
    {
        parent::setUp();
        self::open(['register_confirm' => true]);
    }

    public function test_the_answer_is_the_same_in_every_case(): void
    {
        $person = $this->person();
        $requests = [
            'free' => [],
            'address taken' => ['email' => $person->email],
            'login taken' => ['username' => $person->login],
            'no address' => ['email' => 'nobody'],
            'no login' => ['username' => '%%%'],
            'password too short' => ['password' => 'seven77'],
        ];
        $requests = array_map(static fn (array $fields): array => $fields + self::applicant(), $requests);
        self::assertAlike($answers = array_map(fn (array $fields): Response => $this->post('/register', $fields), $requests));
        self::assertSame([202, ['message']], [$answers['free']->status, array_keys($answers['free']->json)], (string) $answers['free']);
        foreach (['free', 'password too short'] as $made) {
            $this->mailTo($requests[$made]['email']); // Wait for it, because the next test counts mails.
        }
    }

    public function test_the_answer_is_out_before_anything_is_done(): void
    {
        $seen = null;
        $applicant = self::applicant();
        $this->andThen('account_registered', function () use ($applicant, &$seen): Response {
            $answer = $this->post('/register', $applicant, headers: ['x-switcher-slow-mail' => '5000']);
            $seen = self::mailsTo($applicant['email']);
            return $answer;
        });
        self::assertSame([], $seen);
        $this->mailTo($applicant['email']);
    }

    public function test_a_free_address_gets_a_link_and_the_password_is_chosen_there(): void
    {
        $applicant = self::applicant();
        $this->post('/register', $applicant);
        $mail = $this->mailTo($applicant['email']);
        self::assertMatchesRegularExpression('/^Subject: .*Confirm your new account/m', $mail);
        self::assertStringContainsString("with the username {$applicant['username']} was created", $mail);
        self::assertStringNotContainsString($applicant['password'], $mail);
        $person = new Person(
            static::site(),
            (int) static::site()->php('return get_user_by("login", $argv[1])->ID;', [$applicant['username']]),
            $applicant['username'],
            $applicant['email'],
            $applicant['password'],
        );
        self::refused(401, 'sallyport_invalid_credentials', $this->logIn($person));
        self::assertFalse(self::isProven($person));
        self::assertStringContainsString('has been reset', $this->choosePassword(self::link($person->email)[0], self::NEW)->body);
        $person->password = self::NEW;
        $this->assertRight($person);
        self::assertTrue(self::isProven($person));
        self::assertSame(['subscriber'], $this->logIn($person)->json['user']['roles']);
        self::assertSame('Ada Lovelace', $this->logIn($person)->json['user']['display_name']);
    }

    public function test_a_front_end_takes_the_key_too(): void
    {
        self::open(['register_confirm' => true, 'reset_url' => 'https://shop.example/welcome']);
        $applicant = self::applicant();
        $this->post('/register', $applicant);
        $this->mailTo($applicant['email']);
        [$link, $login, $key] = self::link($applicant['email']);
        self::assertStringStartsWith('https://shop.example/welcome?', $link);
        $this->resetTo($person = new Person(static::site(), 0, $login, $applicant['email'], ''), ['token' => $key]);
        $this->assertRight($person);
    }

    public function test_a_user_with_an_account_is_told_by_mail_and_nothing_changes(): void
    {
        $person = $this->enrolled();
        static::site()->forgetMails();
        $applicant = ['email' => strtoupper($person->email)] + self::applicant();
        $this->andThen('registration_refused', fn (): Response => $this->post('/register', $applicant));
        $mail = $this->mailTo($person->email);
        self::assertMatchesRegularExpression('/^Subject: .*You already have an account/m', $mail);
        foreach (["your account, $person->login.", '/wp-login.php' . "\n", 'action=lostpassword'] as $words) {
            self::assertStringContainsString($words, $mail);
        }
        self::assertFalse(static::site()->php('return username_exists($argv[1]);', [$applicant['username']]));
        self::assertSame($person->id, $this->whoIs($person->token));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
    }

    public function test_a_name_that_is_not_available_is_reported_by_mail(): void
    {
        $person = $this->person();
        foreach ([$person->login, 'a<b>c'] as $name) {
            $applicant = ['username' => $name] + self::applicant();
            $this->post('/register', $applicant);
            $mail = $this->mailTo($applicant['email']);
            self::assertMatchesRegularExpression('/^Subject: .*choose another username/m', $mail);
            self::assertStringContainsString('the username they chose is not available', $mail);
            self::assertFalse(static::site()->php('return email_exists($argv[1]);', [$applicant['email']]));
        }
    }

    public function test_text_chosen_by_the_requester_is_not_mailed(): void
    {
        foreach ([['name' => 'You won! Go to evil.example'], ['username' => 'You won: https://evil.example']] as $fields) {
            $applicant = $fields + self::applicant();
            $this->post('/register', $applicant);
            self::assertStringNotContainsString('evil.example', $this->mailTo($applicant['email']));
        }
    }

    public function test_a_registration_refused_by_a_plugin_sends_no_mail(): void
    {
        $applicant = self::applicant();
        self::option('switcher_registration_errors', "{$applicant['username']} refused");
        $this->andThen('registration_refused', fn (): Response => $this->post('/register', $applicant));
        self::option('switcher_registration_errors', '');
        self::assertSame([], self::mailsTo($applicant['email']));
        self::assertFalse(static::site()->php('return email_exists($argv[1]);', [$applicant['email']]));
    }

    public function test_password_rules_do_not_affect_a_registration_without_a_password(): void
    {
        // The password in the request is ignored, and until one is chosen, the account has one that nobody knows.
        $applicant = ['password' => 'password123'] + self::applicant();
        $this->post('/register', $applicant);
        $this->mailTo($applicant['email']);
        self::assertNotFalse(static::site()->php('return email_exists($argv[1]);', [$applicant['email']]));
    }

    public function test_mails_to_one_address_are_limited(): void
    {
        $person = $this->person();
        $this->andThenAll('registration_refused', array_fill(0, 6, fn (): Response => $this->post('/register', ['email' => $person->email] + self::applicant())));
        for ($end = microtime(true) + 10; count(self::mailsTo($person->email)) < 5 && microtime(true) < $end; usleep(50_000));
        self::assertCount(5, self::mailsTo($person->email));
        $this->forgot($person->login);
        self::assertCount(6, self::mailsTo($person->email), 'and it does not prevent a link');
    }

    private function mailTo(string $email): string
    {
        for ($end = microtime(true) + 10; self::mailsTo($email) === [] && microtime(true) < $end;) {
            usleep(50_000);
        }
        $mails = self::mailsTo($email);
        self::assertCount(1, $mails);
        return $mails[0];
    }
}
