<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/**
 * Passwords with quotes and backslashes. WordPress hashes passwords from wp-admin and REST with added slashes, and
 * those given to wp_set_password() as they are; a client sends what was typed.
 */
final class PasswordFormsTest extends HttpTestCase
{
    private const QUOTES = "it's \"theirs\"";
    private const SLASHES = 'a\\b\\\\c\'d\\';

    /** @dataProvider passwords */
    public function test_it_is_right_at_our_routes_as_it_was_typed(string $way, string $password, string $form): void
    {
        $person = $this->made($way, $password, $form);
        $this->signIn($person);
        foreach (self::wrong($password) as $wrong) {
            self::refused(401, 'sallyport_invalid_credentials', $this->post('/token', ['username' => $person->login, 'password' => $wrong]));
            self::refused(400, 'INVALID_PASSWORD', $this->post('/two-factor/enable', ['password' => $wrong], $person->token));
        }
        $this->enrol($person);
        $this->challenge($person);
        foreach (self::wrong($password) as $wrong) {
            self::refused(401, 'sallyport_invalid_credentials', $this->post('/token', ['username' => $person->login, 'password' => $wrong, 'code' => $person->codes[0]]));
            self::refused(400, 'INVALID_PASSWORD', $this->post('/two-factor/generate-backup-codes', ['password' => $wrong], $person->token));
        }
        $this->proven($person, $person->codes[0]);
        self::assertSame(200, $this->post('/two-factor/generate-backup-codes', ['password' => $password], $person->token)->status);
    }

    /** @dataProvider passwords */
    public function test_no_form_of_a_password_bypasses_the_factor_at_the_other_plugin(string $way, string $password, string $form): void
    {
        $person = $this->made($way, $password, $form);
        $hashed = $form === 'plain' ? $password : addslashes($password);
        $other = $form === 'plain' ? addslashes($password) : $password;
        $before = $this->tmeister($person, $other);
        self::assertSame([403, '[jwt_auth] incorrect_password'], [$before->status, $before->json['code']]);
        self::assertSame(200, $this->tmeister($person, $hashed)->status);
        $this->signIn($person);
        $this->enrol($person);
        self::assertSame($before->body, $this->tmeister($person, $other)->body);
        $challenge = self::refused(401, 'sallyport_second_factor_required', $this->tmeister($person, $hashed))['challenge'];
        $answer = $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code()]);
        self::assertSame([200, $person->id], [$answer->status, $this->whoIs($answer->json['token'] ?? null)], (string) $answer);
        self::assertSame(200, $this->tmeister($person, $hashed, ['sallyport_code' => $person->codes[0]])->status);
    }

    /** @return array<string, array{string, string, string}> who created the user, the password as typed, the spelling that was hashed */
    public static function passwords(): array
    {
        return [
            'made by REST' => ['rest', self::QUOTES, 'slashed'],
            'made in wp-admin' => ['wp-admin', self::QUOTES, 'slashed'],
            'set by a plugin' => ['plain', self::QUOTES, 'plain'],
            'set by a plugin, with backslashes' => ['plain', self::SLASHES, 'plain'],
            'set by an old WordPress, with backslashes' => ['slashed', self::SLASHES, 'slashed'],
        ];
    }

    /** @return list<string> */
    private static function wrong(string $password): array
    {
        return ["$password'", stripslashes(substr($password, 1)), strtr($password, '\'"\\', '   '), addslashes(addslashes($password))];
    }

    /** @param array<string, string> $more */
    private function tmeister(Person $person, string $password, array $more = []): Response
    {
        return static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: $more + ['username' => $person->login, 'password' => $password]);
    }

    private function made(string $way, string $password, string $form): Person
    {
        $login = 'u' . bin2hex(random_bytes(5));
        [$id, $found] = static::site()->php(<<<'PHP'
            [, $way, $login, $password] = $argv;
            require_once ABSPATH . 'wp-admin/includes/user.php';
            wp_set_current_user(1);
            if ($way === 'rest') {
                $request = new WP_REST_Request('POST', '/wp/v2/users');
                $request->set_body_params(['username' => $login, 'email' => "$login@example.test", 'password' => $password]);
                $id = rest_do_request($request)->get_data()['id'];
            } elseif ($way === 'wp-admin') {
                $_POST = wp_slash(['user_login' => $login, 'email' => "$login@example.test", 'pass1' => $password, 'pass2' => $password, 'role' => 'subscriber']);
                $id = edit_user();
            } else {
                $id = wp_insert_user(['user_login' => $login, 'user_email' => "$login@example.test", 'user_pass' => 'x', 'role' => 'subscriber']);
                wp_set_password($way === 'plain' ? $password : wp_slash($password), $id);
            }
            $hash = get_userdata($id)->user_pass;
            return [$id, wp_check_password($password, $hash) ? 'plain' : (wp_check_password(wp_slash($password), $hash) ? 'slashed' : 'neither')];
            PHP, [$way, $login, $password]);
        self::assertSame($form, $found, 'the spelling that core hashed');
        return new Person(static::site(), $id, $login, "$login@example.test", $password);
    }
}
