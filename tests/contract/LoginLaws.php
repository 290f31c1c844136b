<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

/** From the password to the token, in one request or in two steps. */
trait LoginLaws
{
    public function testAUserWithoutAFactorLogsInAsBefore(): void
    {
        $person = $this->someone();
        $answer = $this->door()->login($person);
        $this->issued($answer, $person);
        self::assertNull($answer->header('x-sallyport-challenge'));
        self::assertArrayNotHasKey('sp', $this->claims($this->tokenIn($answer)), 'nothing was proven');
    }

    public function testAUserWithoutAFactorMaySendACode(): void
    {
        $person = $this->someone();
        $this->issued($this->door()->login($person, ['code' => '123456']), $person);
    }

    public function testThePasswordAloneOpensAChallengeAndNothingElse(): void
    {
        $person = $this->someoneEnrolled();
        $answer = $this->door()->login($person);
        $this->assertRefused(401, 'sallyport_second_factor_required', $answer);
        $given = $this->given($answer);
        self::assertMatchesRegularExpression('/\Aspc1_[A-Za-z0-9_-]{43}\z/', $given['challenge']);
        self::assertSame($given['challenge'], $answer->header('x-sallyport-challenge'));
        self::assertSame(300, $given['expires_in']);
        self::assertSame(['totp', 'backup_code'], $given['factors']);
        self::assertSame('totp', $given['preferred']);
    }

    public function testPasswordAndCodeInOneRequest(): void
    {
        $person = $this->someone();
        $before = $this->native($this->door()->login($person));
        $person->enrol();
        $answer = $this->door()->login($person, ['code' => $person->code()]);
        $this->issued($answer, $person);
        self::assertSame($before, $this->native($answer));
    }

    public function testChallengeAndCodeAtTheLogin(): void
    {
        $person = $this->someone();
        $before = $this->native($this->door()->login($person));
        $person->enrol();
        $answer = $this->door()->complete($this->door()->challenge($person), ['code' => $person->code()]);
        $this->issued($answer, $person);
        self::assertSame($before, $this->native($answer));
    }

    public function testChallengeAndCodeAtChallengeVerifyGiveTheNativeAnswer(): void
    {
        $person = $this->someone();
        $before = $this->native($this->door()->login($person));
        $person->enrol();
        $answer = $this->site()->request('POST', self::VERIFY, json: ['challenge' => $this->door()->challenge($person), 'code' => $person->code()]);
        $this->issued($answer, $person);
        self::assertSame($before, $this->native($answer));
    }

    public function testTheChallengeMayBeTheBearerAtChallengeVerify(): void
    {
        $person = $this->someoneEnrolled();
        $answer = $this->site()->request('POST', self::VERIFY, json: ['code' => $person->code()], bearer: $this->door()->challenge($person));
        $this->issued($answer, $person);
    }

    public function testTheSecondStepMayTravelInHeaders(): void
    {
        $person = $this->someoneEnrolled();
        $this->issued($this->door()->login($person, headers: ['X-Sallyport-Code' => $person->code()]), $person);
        $challenge = $this->door()->challenge($person);
        $answer = $this->door()->login($person, headers: ['X-Sallyport-Challenge' => $challenge, 'X-Sallyport-Code' => $person->code()]);
        $this->issued($answer, $person);
    }

    public function testABackupCodeIsKnownByItsForm(): void
    {
        $person = $this->someoneEnrolled();
        $this->issued($this->door()->login($person, ['code' => strtolower($person->backupCode())]), $person);
        $named = $this->door()->login($person, ['code' => $person->backupCode(), 'factor' => 'backup_code']);
        $this->issued($named, $person);
    }

    public function testAChallengeOfAnotherIssuerIsRefusedAndNothingIsSpent(): void
    {
        $person = $this->someoneEnrolled();
        $challenge = $this->anotherDoor()->challenge($person);
        $code = $person->code();
        $answer = $this->door()->complete($challenge, ['code' => $code]);
        $this->assertRefused(400, 'sallyport_wrong_door', $answer);
        self::assertSame($this->anotherDoor()->issuer, $this->given($answer)['issuer']);
        self::assertSame(200, $this->anotherDoor()->complete($challenge, ['code' => $code])->status, 'neither code nor challenge was spent');
    }

    public function testAWrongPasswordIsAnsweredAsBeforeAndNoCodeIsChecked(): void
    {
        $person = $this->someone();
        $before = $this->door()->submit($person->login, 'not theirs');
        $person->enrol();
        $code = $person->code();
        $after = $this->door()->submit($person->login, 'not theirs', ['code' => $code]);
        self::assertSame([$before->status, $before->body], [$after->status, $after->body]);
        $this->issued($this->door()->login($person, ['code' => $code]), $person);
    }
}
