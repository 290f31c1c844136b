<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/RaceCase.php';

/** Simultaneous registrations and resets: one account, one new password, five guesses. */
final class AccountsTest extends RaceCase
{
    private const API = '/wp-json/sallyport/v1';

    protected function setUp(): void
    {
        self::site()->php('global $wpdb; is_multisite() ? update_site_option("registration", "user") : update_option("users_can_register", 1); $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_throttle");');
        self::site()->forgetMails();
    }

    public function testOneLogInRegisteredManyTimesAtOnceIsOneAccount(): void
    {
        $login = 'new' . bin2hex(random_bytes(5));
        $this->assertOneAccount(
            array_map(
                static fn (int $i): array => ['username' => $i % 2 ? $login : strtoupper($login), 'email' => "$login.$i@example.test"],
                range(1, 12),
            ),
            'user_login',
            $login,
        );
    }

    public function testOneAddressRegisteredManyTimesAtOnceIsOneAccount(): void
    {
        $login = 'new' . bin2hex(random_bytes(5));
        $this->assertOneAccount(
            array_map(
                static fn (int $i): array => [
                    'username' => "{$login}x$i",
                    'email' => $i % 2 ? "$login@example.test" : strtoupper("$login@example.test"),
                ],
                range(1, 12),
            ),
            'user_email',
            "$login@example.test",
        );
    }

    public function testANameIsFreeAgainWhenItWasRefused(): void
    {
        $login = 'new' . bin2hex(random_bytes(5));
        $refused = ['username' => $login, 'email' => "$login@example.test", 'password' => 'short'];
        $this->together(array_fill(0, 6, ['POST', self::API . '/register', 'json' => $refused]));
        $answer = self::site()->request('POST', self::API . '/register', json: ['password' => 'long enough, that is'] + $refused);
        self::assertSame(201, $answer->status, (string) $answer);
    }

    public function testOneKeySetsOnePassword(): void
    {
        $person = Person::withoutFactor(self::site());
        $mail = $this->mailed($person, 'link');
        self::assertSame(1, preg_match('/[?&]key=(\w+)/', $mail, $key), $mail);
        $this->assertOnePassword($person, ['token' => $key[1]]);
    }

    public function testOneCodeSetsOnePassword(): void
    {
        $person = Person::withoutFactor(self::site());
        $this->assertOnePassword($person, ['otp' => $this->code($person)]);
        self::assertSame(0, $this->failures($person), 'no one guessed');
    }

    public function testThirtyWrongCodesAtOnceAreFiveGuesses(): void
    {
        $person = Person::withoutFactor(self::site());
        $code = $this->code($person);
        $requests = array_map(fn (int $i): array => $this->attempt($person, ['otp' => sprintf('%08d', ((int) $code + $i) % 100_000_000)], 'whatever comes'), range(1, 30));
        foreach ($this->together($requests) as $answer) {
            self::assertSame('sallyport_reset_refused', $answer->json['code'] ?? null, (string) $answer);
        }
        self::assertSame(5, $this->failures($person));
        self::assertSame(400, self::site()->request(...$this->attempt($person, ['otp' => $code], 'whatever comes'))->status, 'the right code comes too late');
    }

    /** @param list<array<string, string>> $applicants */
    private function assertOneAccount(array $applicants, string $column, string $value): void
    {
        $answers = $this->together(
            array_map(
                static fn (array $fields): array => [
                    'POST',
                    self::API . '/register',
                    'json' => ['password' => 'long enough, that is'] + $fields,
                ],
                $applicants,
            ),
        );
        $statuses = array_count_values(array_map(static fn (Response $answer): string => $answer->status . ($answer->json['code'] ?? ''), $answers));
        ksort($statuses);
        self::assertSame(['201' => 1, '400sallyport_registration_refused' => 11], $statuses);
        self::assertSame(1, (int) self::site()->php('global $wpdb; return $wpdb->get_var($wpdb->prepare("SELECT COUNT(*) FROM $wpdb->users WHERE LOWER($argv[1]) = %s", $argv[2]));', [$column, $value]));
    }

    /** @param array<string, string> $by */
    private function assertOnePassword(Person $person, array $by): void
    {
        $answers = $this->together(array_map(fn (int $i): array => $this->attempt($person, $by, "a new password, number $i"), range(0, 11)));
        $right = array_keys(array_filter($answers, static fn (Response $answer): bool => $answer->status === 200));
        self::assertCount(1, $right);
        foreach (array_diff_key($answers, array_flip($right)) as $answer) {
            self::assertSame('sallyport_reset_refused', $answer->json['code'] ?? null, (string) $answer);
        }
        $person->password = "a new password, number $right[0]";
        self::assertSame(200, $this->door('sallyport')->login($person)->status);
        self::assertSame(1, $this->logged('password_reset', $person));
    }

    private function code(Person $person): string
    {
        $mail = $this->mailed($person, 'otp');
        self::assertSame(1, preg_match('/^(\d{8})\r?$/m', $mail, $code), $mail);
        return $code[1];
    }

    private function mailed(Person $person, string $delivery): string
    {
        self::assertSame(200, self::site()->request('POST', self::API . '/forgot-password', json: ['login' => $person->login, 'delivery' => $delivery])->status);
        for ($end = microtime(true) + 10; $this->logged('reset_requested', $person) === 0 && microtime(true) < $end;) {
            usleep(50_000);
        }
        return implode('', self::site()->mails());
    }

    /** @param array<string, string> $by @return array<mixed> */
    private function attempt(Person $person, array $by, string $password): array
    {
        return ['POST', self::API . '/reset-password', 'json' => ['login' => $person->login, 'password' => $password] + $by];
    }

    private function failures(Person $person): int
    {
        return (int) self::site()->php('global $wpdb; return $wpdb->get_var($wpdb->prepare("SELECT failures FROM {$wpdb->base_prefix}sallyport_throttle WHERE name = %s", hash("sha256", "reset-code:$argv[1]")));', [(string) $person->id]);
    }
}
