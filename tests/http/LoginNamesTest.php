<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/** Logins that core sanitises: another plugin's login route, when run for a proof, must still find the same user. */
final class LoginNamesTest extends HttpTestCase
{
    private const TMEISTER = '/wp-json/jwt-auth/v1/token';

    /** @dataProvider names */
    public function test_a_challenge_of_another_plugins_login_gives_its_token(string $login, string $stored, bool $imported): void
    {
        $person = $this->named($login, $imported);
        $typed = $imported ? $person->email : $person->login;
        // On a network, core also converts the checked name to lower case.
        $stored = !$imported && self::isNetwork() ? strtolower($stored) : $stored;
        self::assertStringStartsWith($stored, static::site()->php('return get_userdata((int) $argv[1])->user_login;', [(string) $person->id]));
        $person->token = $this->post('/token', ['username' => $typed, 'password' => $person->password])->json['token'];
        $this->enrol($person);

        $challenge = self::refused(401, 'sallyport_second_factor_required', $this->tmeister($typed, $person))['challenge'];
        $this->assertTheirs($person, $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code()]));
        $this->assertTheirs($person, $this->tmeister($typed, $person, ['sallyport_code' => $person->codes[0]]));

        $challenge = self::refused(401, 'sallyport_second_factor_required', $this->post('/token', ['username' => $typed, 'password' => $person->password]))['challenge'];
        $answer = $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->codes[1]]);
        self::assertSame([200, $person->id], [$answer->status, $answer->json['user']['ID'] ?? null], (string) $answer);
    }

    /** @return array<string, array{string, string, bool}> the typed login, the beginning of the stored login, whether it was stored without core's own check */
    public static function names(): array
    {
        return [
            'capital letters and spaces' => ['Ada  Lovelace ', 'Ada Lovelace ', false],
            'accents' => ['Jürgen Müller', 'Jurgen Muller', false],
            'like an address' => ['grace@example.test', 'grace@example.test', false],
            'accents, imported' => ['Zoë Ångström', 'Zoë Ångström', true],
            'marks and escapes, imported' => ['O<i>Neil &amp; %20son', 'O<i>Neil &amp; %20son', true],
        ];
    }

    /** One user's login is another's e-mail address: the password decides whose token it is. */
    public function test_a_login_name_that_is_another_users_address(): void
    {
        $namesake = $this->enrolled();
        $person = $this->named($namesake->email, false, '');
        $this->signIn($person);
        $this->enrol($person);
        foreach ([$person, $namesake] as $someone) {
            $challenge = self::refused(401, 'sallyport_second_factor_required', $this->tmeister($namesake->email, $someone))['challenge'];
            $this->assertTheirs($someone, $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $someone->app->code()]));
        }
    }

    /** @param array<string, string> $more */
    private function tmeister(string $typed, Person $person, array $more = []): Response
    {
        return static::site()->request('POST', self::TMEISTER, json: $more + ['username' => $typed, 'password' => $person->password]);
    }

    private function assertTheirs(Person $person, Response $answer): void
    {
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(['token', 'user_email', 'user_nicename', 'user_display_name'], array_keys($answer->json));
        self::assertSame($person->email, $answer->json['user_email']);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
    }

    /** A user with this login, made unique by $tail. `imported`: written directly to the table, like users from other systems. */
    private function named(string $login, bool $imported, ?string $tail = null): Person
    {
        $tail ??= bin2hex(random_bytes(4));
        $login .= $tail;
        $email = 'e' . bin2hex(random_bytes(4)) . '@example.test';
        $id = static::site()->php(<<<'PHP'
            $id = wp_insert_user(['user_login' => $argv[3] === 'yes' ? uniqid('u') : $argv[1], 'user_email' => $argv[2], 'user_pass' => 'theirs alone', 'role' => 'subscriber']);
            if (is_wp_error($id)) { throw new RuntimeException($id->get_error_message()); }
            if ($argv[3] === 'yes') { global $wpdb; $wpdb->update($wpdb->users, ['user_login' => $argv[1]], ['ID' => $id]); }
            return $id;
            PHP, [$login, $email, $imported ? 'yes' : 'no']);
        return new Person(static::site(), $id, $login, $email, 'theirs alone');
    }
}
