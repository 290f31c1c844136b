<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/AccountsTestCase.php';

/** POST /forgot-password: a mail if the user exists, and the same answer for everybody. */
final class ForgotPasswordTest extends AccountsTestCase
{
    public function test_no_answer_reveals_whether_the_user_exists(): void
    {
        $people = [$this->person(), $this->person(), $this->enrolled()];
        $nobody = bin2hex(random_bytes(4)) . '@example.test';
        $names = ['known' => $people[0]->login, 'by address' => $people[1]->email, 'enrolled' => $people[2]->login, 'unknown' => 'nobody' . bin2hex(random_bytes(4)),
            'unknown address' => $nobody, 'no name' => '../../etc/passwd', 'no letter' => '%00', 'blank' => ' '];
        foreach (['link', 'otp'] as $delivery) {
            $ask = fn (string $name): \Closure => fn (): Response => $this->post('/forgot-password', ['login' => $name, 'delivery' => $delivery]);
            $answers = $this->andThenAll('reset_requested', array_map($ask, $names));
            self::assertSame([200, ['message' => 'Password reset email sent.']], [$answers['known']->status, $answers['known']->json]);
            self::assertAlike($answers);
        }
        self::assertSame([2, 2, 2, 0], array_map(static fn (string $email): int => count(self::mailsTo($email)), [...array_column($people, 'email'), $nobody]));
    }

    /** @dataProvider deliveries */
    public function test_the_answer_is_out_before_anything_is_done_about_the_user(string $delivery): void
    {
        $person = $this->person();
        $seen = [];
        $this->andThen('reset_requested', function () use ($person, $delivery, &$seen): Response {
            $answer = $this->post('/forgot-password', ['login' => $person->login, 'delivery' => $delivery], headers: ['x-switcher-slow-mail' => '3000']);
            $seen = self::mailsTo($person->email);
            return $answer;
        });
        self::assertSame([], $seen, 'the mail was waited for');
        self::assertCount(1, self::mailsTo($person->email));
    }

    /** @return array<string, array{string}> */
    public static function deliveries(): array
    {
        return ['link' => ['link'], 'code' => ['otp']];
    }

    public function test_the_link_is_mailed_and_opens_core_s_page(): void
    {
        $person = $this->person();
        $this->forgot($person->email);
        $mail = self::mailsTo($person->email)[0];
        self::assertMatchesRegularExpression('/^Subject: .*A new password for your account/m', $mail);
        foreach (["Hello,\n", "your account, $person->login.", 'for 1 day', 'From: 127.0.0.1', static::site()->url . "\n"] as $words) {
            self::assertStringContainsString($words, $mail);
        }
        [$link, $login] = self::link($person->email);
        self::assertSame($person->login, $login);
        self::assertStringStartsWith(static::site()->url . '/wp-login.php?', $link);
        self::assertStringContainsString('has been reset', $this->choosePassword($link, self::NEW)->body);
        $person->password = self::NEW;
        $this->assertRight($person);
    }

    public function test_the_code_is_mailed_and_is_not_in_the_subject(): void
    {
        $person = $this->person();
        $code = $this->code($person);
        $mail = self::mailsTo($person->email)[0];
        self::assertDoesNotMatchRegularExpression("/^Subject:.*$code/m", $mail);
        self::assertStringContainsString('for 10 minutes', $mail);
        self::assertStringNotContainsString('wp-login.php', $mail);
    }

    public function test_a_front_end_has_a_page_of_its_own(): void
    {
        self::open(['reset_url' => 'https://shop.example/new?lang=en#form']);
        $person = $this->person();
        $this->forgot($person->login);
        [$link, $login, $key] = self::link($person->email);
        self::assertSame("https://shop.example/new?lang=en&login=$login&key=$key#form", $link);
        $this->resetTo($person, ['token' => $key]);
    }

    public function test_a_page_that_cannot_be_trusted_gets_no_key(): void
    {
        foreach (['ftp://shop.example/', 'javascript:alert(1)', '//shop.example/', 'shop.example', 'https://', 'https://a@shop.example/', '/new'] as $page) {
            self::open(['reset_url' => $page]);
            $person = $this->person();
            $this->forgot($person->login);
            self::assertStringStartsWith(static::site()->url . '/wp-login.php?', self::link($person->email)[0], $page);
        }
    }

    public function test_the_mail_goes_to_the_owner_of_the_address_not_of_the_login_name(): void
    {
        $person = $this->person();
        $id = static::site()->php('global $wpdb; $id = wp_insert_user(["user_login" => "x" . bin2hex(random_bytes(4)), "user_email" => "thief.$argv[1]", "user_pass" => "x"]); $wpdb->update($wpdb->users, ["user_login" => $argv[1]], ["ID" => $id]); clean_user_cache($id); return $id;', [$person->email]);
        $this->forgot($person->email);
        self::assertCount(1, self::mailsTo($person->email));
        self::assertSame([], self::mailsTo("thief.$person->email"));
        self::assertNotSame($id, $person->id);
        // And each user is found by the key that was mailed to them.
        $this->resetTo(new Person(static::site(), $person->id, $person->email, $person->email, ''), ['token' => self::link($person->email)[2]]);
    }

    public function test_a_user_who_may_not_reset_gets_no_mail(): void
    {
        foreach (['link', 'otp'] as $delivery) {
            $person = $this->person();
            self::option('switcher_no_reset', $person->id);
            $this->forgot($person->login, $delivery);
            self::assertSame([], self::mailsTo($person->email));
        }
        self::option('switcher_no_reset', 0);
    }

    public function test_the_log_says_when_a_mail_could_not_be_sent(): void
    {
        $person = $this->person();
        self::option('switcher_mail', 'broken');
        $this->forgot($person->login);
        self::option('switcher_mail', '');
        self::assertStringContainsString('could not be sent', self::activity($person->id, 'reset_requested')[0]['detail']);
    }

    public function test_mails_to_one_address_are_limited(): void
    {
        $person = $this->person();
        $ask = fn (int $i): \Closure => fn (): Response => $this->post('/forgot-password', ['login' => $i % 2 ? $person->login : strtoupper($person->email), 'delivery' => 'otp']);
        self::assertAlike($this->andThenAll('reset_requested', array_map($ask, range(0, 6))));
        self::assertCount(5, self::mailsTo($person->email));
        self::assertStringContainsString('too many mails', implode(array_column(self::activity($person->id, 'reset_requested'), 'detail')));
        $this->key($person);
        self::assertCount(6, self::mailsTo($person->email), 'requests for codes do not prevent a link');
    }

    public function test_requests_of_one_client_are_limited(): void
    {
        static::site()->php('(new Sallyport\WP\Store\ThrottleRows((new Sallyport\WP\Plugin())->database()))->take("reset_request-address:127.0.0.1", 1, 30 * 31, time());');
        $names = ['known' => $this->person()->login, 'unknown' => 'nobody' . bin2hex(random_bytes(4))];
        foreach ($names as $name) {
            $data = self::refused(429, 'sallyport_throttled', $answer = $this->post('/forgot-password', ['login' => $name]));
            self::assertSame((string) $data['retry_after'], $answer->header('retry-after'));
            self::assertGreaterThan(0, $data['retry_after']);
        }
        self::assertSame([], static::site()->mails());
    }

    public function test_either_a_link_or_a_code_is_requested(): void
    {
        self::refused(400, 'rest_invalid_param', $this->post('/forgot-password', ['login' => 'admin', 'delivery' => 'pigeon']));
    }

    public function test_neither_key_nor_code_is_stored_readably(): void
    {
        $person = $this->person();
        $secrets = [$this->key($person), $this->code($person)];
        $rows = static::site()->php(<<<'PHP'
            global $wpdb;
            $rows = [];
            foreach (['sallyport_activity', 'sallyport_reset_codes', 'sallyport_throttle', 'users', 'usermeta', 'options'] as $table) {
                $rows[] = $wpdb->get_results("SELECT * FROM {$wpdb->base_prefix}$table");
            }
            return json_encode($rows);
            PHP);
        foreach ($secrets as $secret) {
            self::assertStringNotContainsString($secret, $rows . file_get_contents(static::site()->info['debug_log']));
        }
    }
}
