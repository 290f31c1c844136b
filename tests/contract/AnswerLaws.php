<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

/** How a code is accepted, and what a wrong one costs. */
trait AnswerLaws
{
    public function testAWrongCodeNamesTheSameChallenge(): void
    {
        $person = $this->someoneEnrolled();
        $challenge = $this->door()->challenge($person);
        foreach ([4, 3] as $left) {
            $answer = $this->door()->complete($challenge, ['code' => $person->wrongCode()]);
            $this->assertRefused(401, 'sallyport_invalid_code', $answer);
            self::assertSame([$left, $challenge], [$this->given($answer)['attempts_left'], $this->given($answer)['challenge']]);
        }
        $this->issued($this->door()->complete($challenge, ['code' => $person->code()]), $person);
    }

    public function testAWrongCodeInOneShotOpensAChallengeAlreadyChargedOneAttempt(): void
    {
        $person = $this->someoneEnrolled();
        $answer = $this->door()->login($person, ['code' => $person->wrongCode()]);
        $this->assertRefused(401, 'sallyport_invalid_code', $answer);
        self::assertSame(4, $this->given($answer)['attempts_left']);
        $challenge = $this->given($answer)['challenge'];
        self::assertSame($challenge, $answer->header('x-sallyport-challenge'));
        $again = $this->door()->complete($challenge, ['code' => $person->wrongCode()]);
        self::assertSame(3, $this->given($again)['attempts_left'], (string) $again);
        $this->issued($this->door()->complete($challenge, ['code' => $person->code()]), $person);
    }

    public function testFiveWrongCodesEndAChallenge(): void
    {
        $person = $this->someoneEnrolled();
        $challenge = $this->door()->challenge($person);
        for ($left = 4; $left >= 0; $left--) {
            $answer = $this->door()->complete($challenge, ['code' => $person->wrongCode()]);
            self::assertSame($left, $this->given($answer)['attempts_left'] ?? null, (string) $answer);
        }
        $code = $person->code();
        $this->assertRefused(401, 'sallyport_challenge_gone', $this->door()->complete($challenge, ['code' => $code]));
        $this->issued($this->door()->login($person, ['code' => $code]), $person);
    }

    public function testTenWrongCodesInARowLockTheAccountAndARightOneIsNotChecked(): void
    {
        $person = $this->someoneEnrolled();
        for ($i = 0; $i < 10; $i++) {
            $this->assertRefused(401, 'sallyport_invalid_code', $this->door()->login($person, ['code' => $person->wrongCode()]));
        }
        $answer = $this->door()->login($person, ['code' => $person->code()]);
        $this->assertRefused(423, 'sallyport_locked', $answer);
        self::assertSame((string) $this->given($answer)['retry_after'], $answer->header('retry-after'));
        self::assertGreaterThan(800, $this->given($answer)['retry_after']);
    }

    public function testACodeIsRightOnce(): void
    {
        $person = $this->someoneEnrolled();
        $code = $person->code();
        $this->issued($this->door()->login($person, ['code' => $code]), $person);
        $this->assertRefused(401, 'sallyport_invalid_code', $this->door()->login($person, ['code' => $code]));
        $this->assertRefused(401, 'sallyport_invalid_code', $this->door()->complete($this->door()->challenge($person), ['code' => $code]));
    }

    public function testABackupCodeIsRightOnce(): void
    {
        $person = $this->someoneEnrolled();
        $code = $person->backupCode();
        $this->issued($this->door()->login($person, ['code' => $code]), $person);
        $this->assertRefused(401, 'sallyport_invalid_code', $this->door()->login($person, ['code' => $code]));
    }

    public function testAChallengeIsCompletedOnce(): void
    {
        $person = $this->someoneEnrolled();
        $challenge = $this->door()->challenge($person);
        $this->issued($this->door()->complete($challenge, ['code' => $person->code()]), $person);
        $this->assertRefused(401, 'sallyport_challenge_gone', $this->door()->complete($challenge, ['code' => $person->code()]));
    }

    public function testAnInventedChallengeIsGone(): void
    {
        $person = $this->someoneEnrolled();
        $live = $this->door()->challenge($person);
        foreach (['spc1_' . str_repeat('A', 43), strtoupper($live), $live . 'A', substr($live, 0, -1), 'x'] as $challenge) {
            $this->assertRefused(401, 'sallyport_challenge_gone', $this->door()->complete($challenge, ['code' => '123456']));
        }
    }

    public function testAChallengeEndsWithThePassword(): void
    {
        $person = $this->someoneEnrolled();
        $challenge = $this->door()->challenge($person);
        $person->changePassword('another password');
        $this->assertRefused(401, 'sallyport_challenge_gone', $this->door()->complete($challenge, ['code' => $person->code()]));
    }

    public function testAnotherUsersCodeIsWrongAndNotSpent(): void
    {
        [$person, $other] = [$this->someoneEnrolled(), $this->someoneEnrolled()];
        $code = $other->code();
        $this->assertRefused(401, 'sallyport_invalid_code', $this->door()->complete($this->door()->challenge($person), ['code' => $code]));
        $this->issued($this->door()->login($other, ['code' => $code]), $other);
    }

    public function testBodyAndHeaderMayNotDisagree(): void
    {
        $person = $this->someoneEnrolled();
        $challenge = $this->door()->challenge($person);
        $code = $person->code();
        $door = $this->door();
        $this->assertRefused(400, 'sallyport_ambiguous', $door->login($person, ['code' => $code], ['X-Sallyport-Code' => $person->wrongCode()]));
        $this->assertRefused(400, 'sallyport_ambiguous', $door->login($person, ['code' => $code, 'factor' => 'totp'], ['X-Sallyport-Factor' => 'backup_code']));
        $this->assertRefused(400, 'sallyport_ambiguous', $door->complete($challenge, ['code' => $code], ['X-Sallyport-Challenge' => 'spc1_another']));
        $this->issued($door->complete($challenge, ['code' => $code], ['X-Sallyport-Challenge' => $challenge, 'X-Sallyport-Code' => $code]), $person);
    }

    public function testABearerBesideAChallengeIsAmbiguous(): void
    {
        $person = $this->someoneEnrolled();
        $bearer = ['Authorization' => 'Bearer ' . $this->provenToken($this->someoneEnrolled())];
        [$challenge, $code] = [$this->door()->challenge($person), $person->code()];
        $this->assertRefused(400, 'sallyport_ambiguous', $this->door()->complete($challenge, ['code' => $code], $bearer));
        $verify = $this->site()->request('POST', self::VERIFY, json: ['challenge' => $challenge, 'code' => $code], headers: $bearer);
        $this->assertRefused(400, 'sallyport_ambiguous', $verify);
        $this->issued($this->door()->complete($challenge, ['code' => $code]), $person);
    }

    public function testCodesAreReadAsPeopleTypeThem(): void
    {
        $person = $this->someoneEnrolled();
        $wide = strtr($person->code(), array_combine(range(0, 9), mb_str_split('０１２３４５６７８９')));
        $this->issued($this->door()->login($person, ['code' => $wide]), $person);
        $this->issued($this->door()->login($person, ['code' => ' ' . chunk_split($person->code(), 3, ' - ')]), $person);
    }

    public function testAFactorThatIsNotEnrolledIsUnavailableAndNothingIsSpent(): void
    {
        $person = $this->someoneEnrolled();
        $challenge = $this->door()->challenge($person);
        $code = $person->code();
        foreach (['email', 'nonsense', 'TOTP', "totp'"] as $factor) {
            $this->assertRefused(400, 'sallyport_factor_unavailable', $this->door()->complete($challenge, ['code' => $code, 'factor' => $factor]));
        }
        $answer = $this->door()->complete($challenge, ['code' => $person->wrongCode()]);
        self::assertSame(4, $this->given($answer)['attempts_left'], 'none of them was an attempt');
        $this->issued($this->door()->complete($challenge, ['code' => $code]), $person);
    }

    public function testAnythingButTextIsABadRequestAndNotAnAttempt(): void
    {
        $person = $this->someoneEnrolled();
        $challenge = $this->door()->challenge($person);
        foreach ([123456, ['123456'], true, ['code' => '1'], str_repeat('1', 257), "123456\0"] as $code) {
            $this->assertRefused(400, 'rest_invalid_param', $this->door()->complete($challenge, ['code' => $code]));
            $this->assertRefused(400, 'rest_invalid_param', $this->door()->login($person, ['code' => $code]));
        }
        $answer = $this->door()->complete($challenge, ['code' => $person->wrongCode()]);
        self::assertSame(4, $this->given($answer)['attempts_left'] ?? null, (string) $answer);
    }
}
