<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** Another plugin runs a request in one transaction, and rolls it back: what was counted stays counted, and what was spent stays spent. */
final class RolledBackTest extends HttpTestCase
{
    use OwnSite;

    /** @return array<string, mixed> a database that counts found rows instead of changed rows, which a constant of WordPress can enable */
    private static function raisedWith(): array
    {
        return ['db' => 'mariadb', 'plugin' => [__DIR__ . '/../fixtures/one-transaction'], 'define' => ['MYSQL_CLIENT_FLAGS' => 2]];
    }

    public function test_wrong_codes_lock(): void
    {
        $person = $this->enrolled();
        for ($i = 0; $i < 10; $i++) {
            $how = $i % 2 === 0 ? 'begun' : 'autocommit';
            self::refused(401, 'sallyport_invalid_code', $this->undone('/token', self::credentials($person) + ['code' => $person->app->wrong()], $how));
        }
        self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $person->app->code()]));
    }

    public function test_a_challenge_has_five_guesses(): void
    {
        $person = $this->enrolled();
        $guess = ['challenge' => $this->challenge($person), 'code' => $person->app->wrong()];
        for ($i = 0; $i < 5; $i++) {
            self::refused(401, 'sallyport_invalid_code', $this->undone('/challenge/verify', $guess));
        }
        self::refused(401, 'sallyport_challenge_gone', $this->post('/challenge/verify', ['code' => $person->app->code()] + $guess));
    }

    public function test_wrong_passwords_make_one_wait(): void
    {
        $person = $this->person();
        for ($i = 0; $i < 10; $i++) {
            $this->undone('/token', ['password' => 'wrong'] + self::credentials($person));
        }
        self::stretchWait($person);
        self::refused(429, 'sallyport_throttled', $this->logIn($person));
    }

    public function test_a_code_is_good_once(): void
    {
        $person = $this->enrolled();
        foreach ([$person->app->code(), $person->codes[0]] as $code) {
            self::assertSame(200, $this->undone('/token', self::credentials($person) + ['code' => $code])->status);
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
        }
    }

    /** MariaDB then refuses the first statement on that row, and rolls the transaction back (error 1020). */
    public function test_so_is_one_in_whose_transaction_another_request_has_counted(): void
    {
        $person = $this->enrolled();
        $code = $person->app->code();
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        $answer = $this->undone('/token', self::credentials($person) + ['code' => $code], 'overtaken');
        self::assertSame(200, $answer->status, (string) $answer);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
    }

    public function test_a_refresh_token_that_comes_again_ends_its_sign_in(): void
    {
        $first = $this->logIn($this->person())->json;
        $second = $this->post('/token/refresh', ['refresh_token' => $first['refresh_token']])->json;
        self::sql('UPDATE {refresh_tokens} SET rotated_at = 1 WHERE digest = %s', hash('sha256', $first['refresh_token']));
        self::refused(401, 'sallyport_refresh_reused', $this->undone('/token/refresh', ['refresh_token' => $first['refresh_token']]));
        self::refused(401, 'sallyport_token_invalid', $this->post('/token/refresh', ['refresh_token' => $second['refresh_token']]));
        self::assertNull($this->whoIs($second['token']));
    }

    public function test_a_trusted_device_that_comes_again_is_none(): void
    {
        $person = $this->enrolled();
        $first = $this->logIn($person, ['code' => $person->app->code(), 'trust_device' => true])->json['device'];
        $second = $this->logIn($person, ['device' => $first])->json['device'];
        self::sql('UPDATE {device_secrets} SET replaced_at = 1 WHERE digest = %s', hash('sha256', $first));
        self::refused(401, 'sallyport_second_factor_required', $this->undone('/token', self::credentials($person) + ['device' => $first]));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $second]));
    }

    /** @return array<string, string> */
    private static function credentials(Person $person): array
    {
        return ['username' => $person->login, 'password' => $person->password];
    }

    /** @param array<string, string> $fields */
    private function undone(string $route, array $fields, string $how = 'begun'): Response
    {
        return $this->post($route, $fields, headers: ['X-One-Transaction' => $how]);
    }
}
