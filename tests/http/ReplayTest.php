<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/HttpTestCase.php';

/** A time step is spent once, wherever it was used (RFC 6238 section 5.2). */
final class ReplayTest extends HttpTestCase
{
    private const DOORS = ['token', 'challenge', 'step-up', 'better-auth', 'wp-login', 'bridged', 'bridged challenge'];

    /** @dataProvider doors */
    public function test_n2_a_code_used_at_one_door_is_used_at_all(string $first): void
    {
        $person = $this->enrolled();
        $code = $person->app->code();
        self::assertTrue($this->opens($first, $person, $code), "$first accepts a new code");
        foreach (self::DOORS as $door) {
            self::assertFalse($this->opens($door, $person, $code), "$door accepted a code that $first had spent");
        }
        self::assertTrue($this->opens('token', $person, $person->app->code(1)), 'a replay is not a guess: nothing is locked');
    }

    /** @return array<string, array{string}> */
    public static function doors(): array
    {
        return array_combine(self::DOORS, array_map(static fn (string $door): array => [$door], self::DOORS));
    }

    public function test_an_older_step_after_a_newer_one_is_refused(): void
    {
        $person = $this->enrolled();
        self::forgetCodes($person);
        Totp::steady(8);
        $older = [$person->app->code(-1), $person->app->code()];
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code(1)])->status);
        foreach ($older as $code) {
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
        }
    }

    public function test_a_code_is_spent_for_every_open_challenge(): void
    {
        $person = $this->enrolled();
        $challenges = [$this->challenge($person), $this->challenge($person)];
        $code = $person->app->code();
        self::assertSame(200, $this->post('/challenge/verify', ['challenge' => $challenges[0], 'code' => $code])->status);
        self::refused(401, 'sallyport_invalid_code', $this->post('/challenge/verify', ['challenge' => $challenges[1], 'code' => $code]));
    }

    public function test_the_code_that_activated_is_spent(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $app = $this->begin($person);
        $code = $app->code();
        self::assertSame(200, $this->post('/two-factor/verify-totp', ['code' => $code], $person->token)->status);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
    }

    public function test_a8_of_parallel_logins_with_one_code_one_gets_in(): void
    {
        $person = $this->enrolled();
        $body = ['username' => $person->login, 'password' => $person->password, 'code' => $person->app->code()];
        $answers = static::site()->concurrently(array_fill(0, 8, ['POST', self::API . '/token', 'json' => $body]));
        self::assertEquals([200 => 1, 401 => 7], array_count_values(array_map(static fn ($answer): int => $answer->status, $answers)));
    }

    private function opens(string $door, Person $person, string $code): bool
    {
        $login = ['username' => $person->login, 'password' => $person->password];
        $site = static::site();
        switch ($door) {
            case 'token':
                return $this->post('/token', $login + ['code' => $code])->status === 200;
            case 'challenge':
                return $this->post('/challenge/verify', ['challenge' => $this->challenge($person), 'code' => $code])->status === 200;
            case 'step-up':
                return $this->post('/two-factor/verify-totp', ['code' => $code], $person->token)->status === 200;
            case 'better-auth':
                return $this->post('/two-factor/verify-totp', ['code' => $code], $this->challenge($person))->status === 200;
            case 'bridged':
                return $site->request('POST', '/wp-json/jwt-auth/v1/token', json: $login + ['sallyport_code' => $code])->status === 200;
            case 'bridged challenge':
                $challenge = $site->request('POST', '/wp-json/jwt-auth/v1/token', json: $login)->json['data']['challenge'];
                return $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code])->status === 200;
            case 'wp-login':
                $browser = new Browser($site);
                $page = $browser->logIn($person);
                $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $code] + Browser::fields($page));
                return $browser->isSignedIn();
        }
        throw new \LogicException($door);
    }
}
