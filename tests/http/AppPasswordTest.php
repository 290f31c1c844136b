<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';

/** Application passwords: those created under a proof work for the API, older ones do not. */
final class AppPasswordTest extends HttpTestCase
{
    private const ME = '/wp-json/wp/v2/users/me';

    public function test_one_from_before_enrolment_is_refused(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $basic = $this->basic($person, $this->make($person));
        self::assertSame($person->id, $this->get(self::ME, headers: $basic)->json['id']);
        $this->enrol($person);
        self::refusedCredential('sallyport_token_unproven', $this->get(self::ME, headers: $basic));
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/posts', headers: $basic));
    }

    public function test_one_created_under_a_proof_works(): void
    {
        $person = $this->enrolled();
        $basic = $this->basic($person, $this->make($person));
        self::assertSame($person->id, $this->get(self::ME, headers: $basic)->json['id'] ?? null);
    }

    public function test_it_is_not_exchanged_for_a_token(): void
    {
        $person = $this->enrolled();
        $password = $this->make($person);
        foreach ([[], $this->basic($person, $password)] as $headers) {
            foreach ([[], ['code' => $person->app->code()]] as $more) {
                $answer = $this->post('/token', $more + ['username' => $person->login, 'password' => $password], headers: $headers);
                self::assertContains($answer->status, [401, 403], (string) $answer);
                self::assertArrayNotHasKey('token', $answer->json);
            }
        }
        foreach (['/two-factor/verify-totp' => $person->app->code(), '/two-factor/verify-backup-code' => $person->codes[0]] as $route => $code) {
            self::refused(403, 'sallyport_app_password_not_exchangeable', $this->post($route, ['code' => $code], headers: $this->basic($person, $password)));
        }
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status, 'and the code was not spent');
        $answer = static::site()->request(
            'POST',
            '/wp-json/jwt-auth/v1/token',
            json: ['username' => $person->login, 'password' => $password],
            headers: $this->basic($person, $password),
        );
        self::assertNotSame(200, $answer->status, (string) $answer);
    }

    public function test_it_reads_no_secret(): void
    {
        $person = $this->enrolled();
        $basic = $this->basic($person, $this->make($person));
        foreach (['enable', 'get-totp-uri', 'generate-backup-codes', 'disable'] as $route) {
            self::refused(401, 'sallyport_step_up_required', $this->post("/two-factor/$route", ['password' => $person->password], headers: $basic));
        }
    }

    public function test_disabling_the_factor_ends_the_trust_in_it(): void
    {
        $person = $this->enrolled();
        $basic = $this->basic($person, $this->make($person));
        $this->post('/two-factor/disable', ['password' => $person->password], $person->token);
        self::assertSame($person->id, $this->get(self::ME, headers: $basic)->json['id'] ?? null, 'no factor: as before');
        $this->signIn($person);
        $this->enrol($person);
        self::refusedCredential('sallyport_token_unproven', $this->get(self::ME, headers: $basic));
    }

    public function test_one_made_without_a_proof_is_not_trusted(): void
    {
        $person = $this->enrolled();
        $password = $person->applicationPassword();
        self::refusedCredential('sallyport_token_unproven', $this->get(self::ME, headers: $this->basic($person, $password)));
    }

    public function test_no_other_code_can_mark_one_as_trusted(): void
    {
        $person = $this->enrolled();
        [$password, $written] = static::site()->php(<<<'PHP'
            [$password, $item] = WP_Application_Passwords::create_new_application_password((int) $argv[1], ['name' => 'made by a plugin']);
            return [$password, [add_user_meta((int) $argv[1], '_sallyport_app_password', $item['uuid']), update_user_meta((int) $argv[1], '_sallyport_app_password', $item['uuid'])]];
            PHP, [(string) $person->id]);
        self::assertSame([false, false], $written);
        self::refusedCredential('sallyport_token_unproven', $this->get(self::ME, headers: $this->basic($person, $password)));
    }

    private function make(Person $person): string
    {
        $answer = static::site()->request('POST', self::ME . '/application-passwords', json: ['name' => 'an app ' . bin2hex(random_bytes(3))], bearer: $person->token);
        self::assertSame(201, $answer->status, (string) $answer);
        return $answer->json['password'];
    }

    public function test_a_denied_role_has_no_application_passwords_with_or_without_a_factor(): void
    {
        $enrolled = $this->enrolled('author');
        $plain = $this->person('author');
        $other = $this->person();
        array_map($this->signIn(...), [$plain, $other]);
        [$old, $older, $others] = [$this->basic($enrolled, $this->make($enrolled)), $this->basic($plain, $this->make($plain)), $this->basic($other, $this->make($other))];
        [$code] = static::site()->command('setting', 'set', 'app_passwords_denied', 'author,edtor');
        self::assertSame(1, $code, 'an unknown role would deny nobody');
        static::site()->wp('sallyport', 'setting', 'set', 'app_passwords_denied', 'editor,author');
        try {
            foreach ([$old, $older] as $basic) {
                self::assertSame(401, $this->get(self::ME, headers: $basic)->status);
            }
            $made = static::site()->request('POST', '/wp-json/wp/v2/users/me/application-passwords', json: ['name' => 'another'], bearer: $this->proven($enrolled));
            self::assertSame('application_passwords_disabled_for_user', $made->json['code'], (string) $made);
            self::assertSame($other->id, $this->get(self::ME, headers: $others)->json['id']);
            static::site()->wp('sallyport', 'setting', 'set', 'app_passwords_denied', '*');
            self::assertSame(401, $this->get(self::ME, headers: $others)->status);
        } finally {
            static::site()->wp('sallyport', 'setting', 'reset', 'app_passwords_denied');
        }
        self::assertSame($enrolled->id, $this->get(self::ME, headers: $old)->json['id'] ?? null);
    }

    /** @return array<string, string> */
    private function basic(Person $person, string $password): array
    {
        return $person->basic($password);
    }
}
