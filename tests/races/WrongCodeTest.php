<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;

require_once __DIR__ . '/RaceCase.php';

/** Simultaneous guesses cannot outrun the count. */
final class WrongCodeTest extends RaceCase
{
    /** @dataProvider doors */
    public function testOneChallengeHasFiveGuesses(string $name): void
    {
        $person = Person::enrolled(self::site());
        $guess = ['challenge' => $this->door($name)->challenge($person), 'code' => $person->wrongCode()];
        $answers = $this->atOnce(50, ['POST', $this->door($name)->path, 'json' => $this->door($name)->named($guess)]);
        $this->assertNoToken($answers, ['sallyport_invalid_code', 'sallyport_challenge_gone', 'sallyport_locked']);
        self::assertSame(5, $this->logged('code_refused', $person));
        // Five of ten: the account is open, and there is a new challenge.
        $this->assertLogsIn($this->door($name), $person);
    }

    /** @dataProvider doors */
    public function testOneAccountHasTenGuesses(string $name): void
    {
        $person = Person::enrolled(self::site());
        $answers = $this->atOnce(50, $this->door($name)->attempt($person, ['code' => $person->wrongCode()]));
        $this->assertNoToken($answers, ['sallyport_invalid_code', 'sallyport_locked']);
        self::assertSame(10, $this->logged('code_refused', $person));
        $locked = $this->door($name)->login($person, ['code' => $person->code()]);
        self::assertSame([423, 'sallyport_locked'], [$locked->status, $locked->json['code'] ?? null], (string) $locked);
    }

    public function testTheTwofaContractChecksFive(): void
    {
        $person = Person::enrolled(self::site());
        $token = $this->door('sallyport')->login($person, ['code' => $person->code()])->json['token'];
        $answers = $this->atOnce(30, ['POST', '/wp-json/sallyport/v1/2fa/verify', 'json' => ['code' => $person->wrongCode()], 'bearer' => $token]);
        $this->assertNoToken($answers, ['sallyport_two_factor_failed', 'sallyport_too_many_attempts']);
        self::assertSame(5, $this->logged('code_refused', $person));
    }

    public function testManyChallengesOfOneAccountShareTheTenGuesses(): void
    {
        $person = Person::enrolled(self::site());
        $challenges = array_map(fn (): string => $this->door('sallyport')->challenge($person), range(1, 6));
        $guesses = array_map(
            static fn (string $challenge): array => ['POST', '/wp-json/sallyport/v1/challenge/verify', 'json' => ['challenge' => $challenge, 'code' => $person->wrongCode()]],
            array_merge(...array_fill(0, 8, $challenges)),
        );
        $answers = $this->together($guesses);
        $this->assertNoToken($answers, ['sallyport_invalid_code', 'sallyport_challenge_gone', 'sallyport_locked']);
        self::assertSame(10, $this->logged('code_refused', $person));
    }

    /** Fifty at once over factors, contracts and another plugin's login: ten are checked. */
    public function testOneAccountHasTenGuessesOverAllDoorsAtOnce(): void
    {
        $person = Person::enrolled(self::site());
        $bearer = $this->door('sallyport')->login($person, ['code' => $person->code()])->json['token'];
        $challenges = array_map(fn (): string => $this->door('sallyport')->challenge($person), range(1, 3));
        $api = '/wp-json/sallyport/v1';
        [$wrong, $paper] = [$person->wrongCode(), 'AAAAA-AAAAA-AAAAA'];
        $doors = [
            $this->door('sallyport')->attempt($person, ['code' => $wrong]),
            $this->door('tmeister')->attempt($person, ['code' => $paper]),
            ['POST', "$api/sign-in/username", 'json' => ['username' => $person->login, 'password' => $person->password, 'code' => $wrong]],
            ['POST', "$api/challenge/verify", 'json' => ['challenge' => $challenges[0], 'code' => $paper]],
            ['POST', "$api/two-factor/verify-totp", 'json' => ['challenge' => $challenges[1], 'code' => $wrong]],
            ['POST', "$api/two-factor/verify-backup-code", 'json' => ['code' => $paper], 'bearer' => $bearer],
            ['POST', "$api/2fa/verify", 'json' => ['code' => $wrong], 'bearer' => $bearer],
            ['POST', "/wp-json/wp-2fa-methods/v1/login/$person->id", 'json' => ['token' => $wrong], 'bearer' => $challenges[2]],
        ];
        $answers = $this->together(array_slice(array_merge(...array_fill(0, 7, $doors)), 0, 50));
        foreach ($answers as $answer) {
            self::assertArrayNotHasKey('token', (array) $answer->json, (string) $answer);
        }
        self::assertSame(
            10,
            $this->logged('code_refused', $person),
            implode(
                "\n",
                array_map(
                    static fn ($answer): string => $answer->status . ' ' . ($answer->json['code'] ?? $answer->json['message'] ?? ''),
                    $answers,
                ),
            ),
        );
        $locked = $this->door('sallyport')->login($person, ['code' => $person->code()]);
        self::assertSame([423, 'sallyport_locked'], [$locked->status, $locked->json['code'] ?? null], (string) $locked);
    }

    public function testWrongAndSpentCodesTogetherStillHaveTenGuesses(): void
    {
        $person = Person::enrolled(self::site());
        $spent = $person->code();
        self::assertSame(200, $this->door('sallyport')->login($person, ['code' => $spent])->status);
        $requests = [];
        for ($i = 0; $i < 25; $i++) {
            $requests[] = $this->door('sallyport')->attempt($person, ['code' => $person->wrongCode()]);
            $requests[] = $this->door('sallyport')->attempt($person, ['code' => $spent]);
        }
        $answers = $this->together($requests);
        $this->assertNoToken($answers, ['sallyport_invalid_code', 'sallyport_locked']);
        self::assertLessThanOrEqual(10, $this->logged('code_refused', $person));
    }
}
