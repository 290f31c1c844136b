<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;

require_once __DIR__ . '/AccountsTestCase.php';

/** POST /register: an account and its first token, if the site lets people register. */
final class RegistrationTest extends AccountsTestCase
{
    public function test_there_is_no_such_route_where_the_site_lets_nobody_register(): void
    {
        self::closed();
        foreach ([self::applicant(), ['username' => 'admin'] + self::applicant(), ['username' => ['x']], []] as $fields) {
            self::refused(404, 'rest_no_route', $this->post('/register', $fields));
        }
    }

    public function test_an_account_is_made_as_the_site_makes_them_and_signed_in(): void
    {
        self::open();
        self::option('default_role', 'contributor');
        $applicant = self::applicant();
        $answer = $this->post('/register', $applicant);
        self::option('default_role', 'subscriber');
        self::assertSame(201, $answer->status, (string) $answer);
        $user = [
            'ID' => $answer->json['user_id'],
            'user_login' => $applicant['username'],
            'user_email' => $applicant['email'],
            'display_name' => 'Ada Lovelace',
            'roles' => ['contributor'],
        ];
        self::assertSame(['user_id', 'user', 'token_response'], array_keys($answer->json));
        self::assertSame($user, $answer->json['user']);
        self::assertSame($user, $answer->json['token_response']['user']);
        self::assertSame($user['ID'], $this->whoIs($answer->json['token_response']['token']));
        self::assertArrayNotHasKey('set-cookie', $answer->headers);
        $person = new Person(static::site(), $user['ID'], $applicant['username'], $applicant['email'], $applicant['password']);
        $this->assertRight($person);
        self::assertCount(1, self::activity($person->id, 'account_registered'));
        self::assertFalse(self::isProven($person), 'nothing was mailed there');
        self::assertSame([], self::mailsTo($person->email));
    }

    public function test_the_administrator_is_told_once_as_core_does(): void
    {
        self::open();
        $person = $this->registered(self::applicant());
        $told = static fn (): array => preg_grep("/$person->login/", self::mailsTo('admin@example.test')); // The mail of the test before may come late.
        for ($end = microtime(true) + 10; $told() === [] && microtime(true) < $end;) {
            usleep(50_000);
        }
        self::assertCount(1, $told());
    }

    public function test_it_is_a_member_of_this_site(): void
    {
        self::open();
        $person = $this->registered(self::applicant());
        self::assertTrue(static::site()->php('return is_user_member_of_blog((int) $argv[1]);', [(string) $person->id]));
    }

    public function test_nobody_chooses_a_role(): void
    {
        self::open();
        $fields = [
            'role' => 'administrator',
            'roles' => ['administrator'],
            'capabilities' => ['administrator' => true],
            'meta_input' => ['wp_capabilities' => ['administrator' => true]],
            'ID' => 1,
            'user_id' => 1,
            'spam' => 1,
        ];
        $answer = $this->post('/register', $fields + self::applicant());
        self::assertSame([201, ['subscriber']], [$answer->status, $answer->json['user']['roles']], (string) $answer);
        self::assertNotSame(1, $answer->json['user_id']);
        self::assertFalse(static::site()->php('return user_can((int) $argv[1], "edit_posts");', [(string) $answer->json['user_id']]));
    }

    public function test_without_a_name_others_see_the_log_in(): void
    {
        self::open();
        $applicant = array_diff_key(self::applicant(), ['name' => 1]);
        self::assertSame($applicant['username'], $this->post('/register', $applicant)->json['user']['display_name']);
    }

    /** @dataProvider passwords */
    public function test_a_password_is_right_afterwards_as_it_was_typed(string $password): void
    {
        self::open();
        $this->assertRight($this->registered(['password' => $password] + self::applicant()));
    }

    /** @return array<string, array{string}> */
    public static function passwords(): array
    {
        return [
            'quotes' => ["it's \"theirs\""],
            'backslashes' => ['a\\b\\\\c\'d\\e'],
            'blanks around' => ["  of theirs \n"],
            'not Latin' => ['пароль🔑密码密码'],
            'as long as it gets' => [str_repeat('long', 1024)],
        ];
    }

    public function test_a_name_stays_as_it_was_typed(): void
    {
        self::open();
        self::assertSame('Conan "Co" O\'Brien \\ ß', $this->post('/register', ['name' => 'Conan "Co" O\'Brien \\ ß'] + self::applicant())->json['user']['display_name']);
        self::assertSame('Ada', $this->post('/register', ['name' => "<script>alert(1)</script>Ada\n"] + self::applicant())->json['user']['display_name']);
    }

    public function test_every_error_gets_the_same_refusal(): void
    {
        self::open();
        $person = $this->person();
        $answers = [];
        foreach (self::wrong($person) as $what => $fields) {
            $answers[$what] = $this->post('/register', $fields + self::applicant());
        }
        self::refused(400, 'sallyport_registration_refused', $answers['login taken']);
        self::assertAlike($answers);
        self::assertSame(200, $this->logIn($person)->status);
    }

    /** @return array<string, array<string, string>> */
    private static function wrong(Person $person): array
    {
        return [
            'login taken' => ['username' => $person->login],
            'address taken' => ['email' => $person->email],
            'both taken' => ['username' => $person->login, 'email' => $person->email],
            'address taken, in capitals' => ['email' => strtoupper($person->email)],
            'login taken, in capitals' => ['username' => strtoupper($person->login)],
            'no address' => ['email' => 'nobody'],
            'no address either' => ['email' => "a@b\nc.test"],
            'letters not allowed in a login' => ['username' => 'a<b>c'],
            'nothing left of the login' => ['username' => '%%%'],
            'login too long' => ['username' => str_repeat('a', 61)],
            'password too short' => ['password' => 'seven77'],
            'eight bytes, four letters' => ['password' => 'паро'],
            'blanks do not count' => ['password' => '   four   '],
            'password of the login' => ['username' => $login = 'new' . bin2hex(random_bytes(5)), 'password' => strtoupper($login)],
            'password of the address' => ['email' => $email = bin2hex(random_bytes(5)) . '@example.test', 'password' => $email],
            'too long once core has slashed it' => ['password' => str_repeat('"', 2049)],
            'refused by the site' => ['password' => 'password123'],
        ];
    }

    public function test_cores_hooks_are_applied(): void
    {
        self::open();
        foreach (['switcher_register_post' => '%s', 'switcher_registration_errors' => '%s refused', 'switcher_registration_errors ' => '%s broken'] as $option => $value) {
            $applicant = self::applicant();
            self::option(trim($option), sprintf($value, $applicant['username']));
            self::refused(400, 'sallyport_registration_refused', $this->post('/register', $applicant));
            self::option(trim($option), '');
            $this->registered($applicant);
        }
    }

    public function test_a_log_says_why_and_holds_no_password(): void
    {
        self::open();
        $this->post('/register', ['username' => 'admin', 'password' => 'not to be logged anywhere'] + self::applicant());
        self::assertMatchesRegularExpression('/username_exists|user_name/', self::activity(0, 'registration_refused')[0]['detail']);
        self::assertStringNotContainsString(
            'not to be logged',
            json_encode(static::site()->php('global $wpdb; return $wpdb->get_results("SELECT * FROM {$wpdb->base_prefix}sallyport_activity");'))
                . file_get_contents(static::site()->info['debug_log']),
        );
    }

    public function test_registrations_from_one_ip_address_are_limited(): void
    {
        self::open();
        $before = count(self::activity(0, 'account_throttled'));
        $answers = [];
        for ($i = 0; $i < 24; $i++) {
            if ($i === 20) { // As if all had come within this second.
                self::sql('UPDATE {throttle} SET until = %d WHERE name = %s', time() + 600, hash('sha256', 'register-address:127.0.0.1'));
            }
            $answers[] = $this->post('/register', ['username' => 'admin'] + self::applicant());
        }
        self::assertSame(400, $answers[19]->status);
        $data = self::refused(429, 'sallyport_throttled', $answers[23]);
        self::assertSame((string) $data['retry_after'], $answers[23]->header('retry-after'));
        self::assertLessThanOrEqual(30, $data['retry_after']);
        self::refused(429, 'sallyport_throttled', $this->post('/register', self::applicant()));
        self::assertCount($before + 1, self::activity(0, 'account_throttled'), 'once a minute');
    }

    public function test_clients_of_headlesskey_find_it(): void
    {
        self::open();
        static::site()->plugin('$plugin->settings()->set("headlesskey", true);');
        foreach (['headlesskey', 'wpauthapi'] as $name) {
            self::assertSame(201, static::site()->request('POST', "/wp-json/$name/v1/register", json: self::applicant())->status);
        }
        static::site()->plugin('$plugin->settings()->set("headlesskey", null);');
    }
}
