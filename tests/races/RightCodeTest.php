<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;

require_once __DIR__ . '/RaceCase.php';

/** One right answer, many times at once: one token. */
final class RightCodeTest extends RaceCase
{
    /**
     * While more than ten attempts of an account are being checked, further ones find it locked for that moment.
     * It is open again once the attempts that were not wrong have been taken back.
     */
    private const REFUSALS = ['sallyport_invalid_code', 'sallyport_locked'];

    /** @dataProvider doors */
    public function testOneCodeInOneShotGivesOneToken(string $name): void
    {
        $person = Person::enrolled(self::site());
        $person->code(); // Skip one: the code of the next step stays right while fifty passwords are checked.
        $answers = $this->atOnce(50, $this->door($name)->attempt($person, ['code' => $person->code()]));
        $this->assertOneToken($answers, $person, self::REFUSALS);
        self::assertSame(0, $this->logged('code_refused', $person), 'no one guessed');
        self::assertSame(200, $this->door($name)->login($person, ['code' => $person->backupCode()])->status);
    }

    /** @dataProvider doors */
    public function testOneCodeOnOneChallengeGivesOneToken(string $name): void
    {
        $person = Person::enrolled(self::site());
        $completion = ['challenge' => $this->door($name)->challenge($person), 'code' => $person->code()];
        $answers = $this->atOnce(50, ['POST', $this->door($name)->path, 'json' => $this->door($name)->named($completion)]);
        $this->assertOneToken($answers, $person, [...self::REFUSALS, 'sallyport_challenge_gone']);
        $this->assertLogsIn($this->door($name), $person);
    }

    /** @dataProvider doors */
    public function testOneChallengeCompletedAtChallengeVerifyGivesOneToken(string $name): void
    {
        $person = Person::enrolled(self::site());
        $completion = ['challenge' => $this->door($name)->challenge($person), 'code' => $person->code()];
        $answers = $this->atOnce(20, ['POST', '/wp-json/sallyport/v1/challenge/verify', 'json' => $completion]);
        $this->assertOneToken($answers, $person, [...self::REFUSALS, 'sallyport_challenge_gone']);
        $this->assertLogsIn($this->door($name), $person);
    }

    /** Codes that are all right and all different: the challenge, too, yields only one token. */
    public function testOneChallengeCompletedWithManyRightCodesGivesOneToken(): void
    {
        $person = Person::enrolled(self::site());
        $challenge = $this->door('sallyport')->challenge($person);
        $requests = array_map(
            static fn (): array => ['POST', '/wp-json/sallyport/v1/challenge/verify', 'json' => ['challenge' => $challenge, 'code' => $person->backupCode()]],
            range(1, 4),
        );
        $answers = $this->together($requests);
        $this->assertOneToken($answers, $person, ['sallyport_challenge_gone']);
        $this->assertLogsIn($this->door('sallyport'), $person);
    }

    public function testOneBackupCodeGivesOneToken(): void
    {
        $person = Person::enrolled(self::site());
        $answers = $this->atOnce(20, $this->door('sallyport')->attempt($person, ['code' => $person->backupCode()]));
        $this->assertOneToken($answers, $person, self::REFUSALS);
        $this->assertLogsIn($this->door('sallyport'), $person);
    }
}
