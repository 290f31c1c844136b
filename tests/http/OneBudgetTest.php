<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Closure;
use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/EmailCodeTestCase.php';

/** One account has one budget of wrong codes, over all factors, contracts, challenges, and logins of other plugins. */
final class OneBudgetTest extends EmailCodeTestCase
{
    /** standards N4, T4 (NIST SP 800-63B-4 section 3.2.2): ten in a row lock the second step, a hundred shut it, and then no code is checked. */
    public function test_n4_t4_ten_and_a_hundred_over_every_factor_and_contract(): void
    {
        $person = $this->enrolled();
        $this->enrolByMail($person);
        self::forgetCodes($person);
        $stepped = $this->post('/two-factor/verify-totp', ['code' => $person->app->code()], $person->token);
        self::assertSame(200, $stepped->status, (string) $stepped);
        $person->token = $stepped->json['token'];

        self::assertSame([10, 10], [$this->knock($person), self::failures($person)]);
        $this->assertShut($person);
        // Ninety more: each time the quarter of an hour has passed, and only a right code would reset the count.
        self::sql('UPDATE {throttle} SET failures = 90, until = 1 WHERE name = %s', hash('sha256', "second-step:$person->id"));
        self::sql('DELETE FROM {throttle} WHERE expires_at > %d', 0);
        self::assertSame([10, 100], [$this->knock($person), self::failures($person)]);
        self::sql('UPDATE {throttle} SET until = 1 WHERE name = %s', hash('sha256', "second-step:$person->id"));
        $this->assertShut($person);
        self::assertSame([20, 100], [count(self::activity($person->id, 'code_refused')), self::failures($person)]);
    }

    /** A challenge, a code, an address, a factor, a password, a role, a device: none of these replaces a right code. */
    public function test_nothing_but_a_right_code_begins_the_count_anew(): void
    {
        $person = $this->enrolled();
        $this->enrolByMail($person);
        $device = $this->logIn($person, ['code' => $person->codes[1], 'trust_device' => true])->json['device'];
        $wrong = fn (): Response => $this->logIn($person, ['code' => $person->app->wrong()]);
        for ($i = 0; $i < 8; $i++) {
            self::refused(401, 'sallyport_invalid_code', $wrong());
        }
        $steps = [
            'another challenge' => fn () => $this->challenge($person),
            'a mailed code' => fn () => $this->codeFor($person, $this->challenge($person)),
            'a trusted device' => fn () => self::assertSame(200, $this->logIn($person, ['device' => $device])->status),
            'another factor, begun' => fn () => static::site()->plugin(
                '(fn () => $this->authenticators()->begin(get_userdata((int) $argv[1]), null, time(), "another"))->call($plugin);',
                [(string) $person->id],
            ),
            'another address' => fn () => self::moveTo($person, "moved-$person->email"),
            'another role' => fn () => static::site()->php('$user = new WP_User((int) $argv[1]); $user->add_role("author"); $user->remove_role("author");', [(string) $person->id]),
            'another password' => fn () => $person->changePassword('another password of theirs'),
            'another policy' => fn () => static::site()->plugin('$plugin->policy_option()->change_site(static fn () => []);'),
        ];
        foreach ($steps as $what => $step) {
            $step();
            self::assertSame(8, self::failures($person), $what);
        }
        self::refused(401, 'sallyport_invalid_code', $wrong());
        self::refused(401, 'sallyport_invalid_code', $wrong());
        self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $person->app->code()]));
    }

    /** A wrong code at each of ten doors. @return int how many answers said that it was wrong */
    private function knock(Person $person): int
    {
        self::forgetMailLimits();
        $answers = [];
        foreach ($this->doors($person) as $door => $send) {
            $answers[$door] = $send();
        }
        $wrong = array_filter($answers, static fn (Response $answer): bool => $answer->status === 401
            || str_contains($answer->body, 'Two factor authentication failed') || str_contains($answer->body, 'Provided details are wrong')
            || str_contains($answer->body, 'Too many wrong codes')); // wp-login.php comes last, and reports the lock that the tenth caused.
        self::assertSame(array_keys($answers), array_keys($wrong), implode("\n", array_map(strval(...), array_diff_key($answers, $wrong))));
        return count($wrong);
    }

    /** @return array<string, Closure(): Response> */
    private function doors(Person $person): array
    {
        $login = ['username' => $person->login, 'password' => $person->password];
        $wrong = $person->app->wrong();
        $paper = 'AAAAA-AAAAA-AAAAA';
        [$one, $two, $three, $four] = array_map(fn (): string => $this->challenge($person), range(1, 4));
        $mailed = self::wrong($this->codeFor($person, $one));
        self::forgetMailLimits();
        $other = self::wrong($this->codeFor($person, $two));
        $browser = new Browser(static::site());
        $form = Browser::fields($browser->logIn($person));
        return [
            'one shot' => fn (): Response => $this->post('/token', $login + ['code' => $wrong]),
            'one shot, on paper' => fn (): Response => $this->post('/login', $login + ['code' => $paper]),
            'better-auth, one shot' => fn (): Response => $this->post('/sign-in/username', $login + ['code' => $wrong]),
            'a mailed one' => fn (): Response => $this->verify($one, $mailed),
            'better-auth, mailed' => fn (): Response => $this->post('/two-factor/verify-otp', ['code' => $other], $two),
            'better-auth, on paper' => fn (): Response => $this->post('/two-factor/verify-backup-code', ['code' => $paper, 'challenge' => $three]),
            '/2fa' => fn (): Response => $this->post('/2fa/verify', ['code' => $wrong], $person->token),
            'WP 2FA' => fn (): Response => static::site()->request('POST', "/wp-json/wp-2fa-methods/v1/login/$person->id", json: ['token' => $wrong], bearer: $four),
            'another plugin' => fn (): Response => static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: $login + ['sallyport_code' => $wrong]),
            'wp-login.php' => fn (): Response => $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $wrong] + $form),
        ];
    }

    /** No right code of any factor is checked, neither with a token nor after a password; and no challenge is opened. */
    private function assertShut(Person $person): void
    {
        foreach ([$person->app->code(1), $person->codes[0]] as $code) {
            self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $code]));
        }
        self::refused(423, 'sallyport_locked', $this->logIn($person));
        self::refused(429, 'ACCOUNT_TEMPORARILY_LOCKED', $this->post('/two-factor/verify-totp', ['code' => $person->app->code(1)], $person->token));
        self::refused(
            423,
            'sallyport_locked',
            static::site()->request(
                'POST',
                '/wp-json/jwt-auth/v1/token',
                json: ['username' => $person->login, 'password' => $person->password, 'sallyport_code' => $person->codes[0]],
            ),
        );
    }
}
