<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/RaceCase.php';

/** Codes by mail: many requests cause one mail, one code yields one token, and five guesses are checked. */
final class EmailCodeTest extends RaceCase
{
    private const API = '/wp-json/sallyport/v1';

    protected function setUp(): void
    {
        self::site()->php('global $wpdb; $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_throttle");');
        self::site()->forgetMails();
    }

    public function testOneCodeSentTwentyTimesAtOnceGivesOneToken(): void
    {
        [$person, $challenge] = $this->challenged();
        $code = $this->code($person, $challenge);
        $answers = $this->atOnce(20, ['POST', self::API . '/challenge/verify', 'json' => ['challenge' => $challenge, 'code' => $code]]);
        $this->assertOneToken($answers, $person, ['sallyport_invalid_code', 'sallyport_challenge_gone', 'sallyport_locked']);
        self::assertSame(0, $this->logged('code_refused', $person), 'no one guessed');
    }

    public function testOneCodeOfASignedInUserConfirmsOnce(): void
    {
        [$person, $challenge] = $this->challenged();
        $bearer = self::site()->request('POST', self::API . '/challenge/verify', json: ['challenge' => $challenge, 'code' => $this->code($person, $challenge)])->json['token'];
        $code = $person->mailed(fn (): Response => self::site()->request('POST', self::API . '/two-factor/send-otp', bearer: $bearer));
        $answers = $this->atOnce(20, ['POST', self::API . '/two-factor/verify-otp', 'json' => ['code' => $code], 'bearer' => $bearer]);
        $this->assertOneToken($answers, $person, ['INVALID_CODE', 'OTP_HAS_EXPIRED', 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE', 'ACCOUNT_TEMPORARILY_LOCKED']);
        self::assertSame(0, $this->logged('code_refused', $person), 'no one guessed');
    }

    public function testManyWrongCodesAtOnceAreFiveGuesses(): void
    {
        $person = Person::withoutFactor(self::site());
        $bearer = $this->door('sallyport')->login($person)->json['token'];
        self::site()->request('POST', self::API . '/two-factor/enable', json: ['password' => $person->password, 'method' => 'otp'], bearer: $bearer);
        $code = $person->mailed(fn (): Response => self::site()->request('POST', self::API . '/two-factor/send-otp', bearer: $bearer));
        $guess = static fn (int $i): array => [
            'POST',
            self::API . '/two-factor/verify-otp',
            'json' => ['code' => sprintf('%08d', ((int) $code + $i) % 100_000_000)],
            'bearer' => $bearer,
        ];
        $this->assertNoToken($this->together(array_map($guess, range(1, 9))), ['INVALID_CODE', 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE', 'ACCOUNT_TEMPORARILY_LOCKED']);
        $tries = self::site()->php('global $wpdb; return (int) $wpdb->get_var("SELECT MAX(tries) FROM {$wpdb->base_prefix}sallyport_email_codes");');
        self::assertSame(5, $tries);
        $late = self::site()->request(...$guess(0));
        self::assertSame('TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE', $late->json['code'] ?? null, 'the right one comes too late: ' . $late);
    }

    public function testManyRequestsForACodeAtOnceSendOne(): void
    {
        [$person, $challenge] = $this->challenged();
        $answers = $this->atOnce(12, ['POST', self::API . '/challenge/send', 'json' => ['challenge' => $challenge]]);
        $this->assertSent(1, $answers);
        $code = preg_match('/^(\d{8})\r?$/m', implode('', self::site()->mails()), $match) === 1 ? $match[1] : '';
        self::assertSame(200, self::site()->request('POST', self::API . '/challenge/verify', json: ['challenge' => $challenge, 'code' => $code])->status);
    }

    public function testManyChallengesAtOnceSendFive(): void
    {
        [$person] = $this->challenged();
        $challenges = array_map(fn (): string => $this->door('sallyport')->challenge($person), range(1, 12));
        $this->assertSent(
            5,
            $this->together(
                array_map(
                    static fn (string $challenge): array => ['POST', self::API . '/challenge/send', 'json' => ['challenge' => $challenge]],
                    $challenges,
                ),
            ),
        );
    }

    /** @param list<Response> $answers */
    private function assertSent(int $expected, array $answers): void
    {
        $codes = array_count_values(array_map(static fn (Response $answer): string => $answer->json['code'] ?? (string) $answer->status, $answers));
        ksort($codes);
        self::assertSame(['200' => $expected, 'sallyport_throttled' => count($answers) - $expected], $codes);
        self::assertCount($expected, self::site()->mails());
    }

    /** @return array{Person, string} a user whose only factor is their e-mail address, and a challenge of theirs */
    private function challenged(): array
    {
        $person = Person::withoutFactor(self::site());
        $person->enrolByMail();
        self::site()->php('global $wpdb; $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_throttle");');
        self::site()->forgetMails();
        return [$person, $this->door('sallyport')->challenge($person)];
    }

    private function code(Person $person, string $challenge): string
    {
        return $person->mailed(fn (): Response => self::site()->request('POST', self::API . '/challenge/send', json: ['challenge' => $challenge]));
    }
}
