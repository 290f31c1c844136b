<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/EmailCodeTestCase.php';

/** How many codes are mailed: for one challenge, for one user, to one address, for one client (docs/abuse.md). */
final class EmailLimitsTest extends EmailCodeTestCase
{
    public function test_the_next_code_for_a_challenge_waits_a_minute(): void
    {
        $person = $this->enrolledByMail();
        $challenge = $this->challenge($person);
        $first = $this->codeFor($person, $challenge);
        $this->assertThrottled(60, $this->send($challenge));
        $this->assertThrottled(60, $this->post('/two-factor/send-otp', bearer: $challenge));
        self::assertCount(1, static::site()->mails());
        self::forgetMailLimits();
        $second = $this->codeFor($person, $challenge);
        self::refused(401, 'sallyport_invalid_code', $this->verify($challenge, $first));
        self::assertSame(200, $this->verify($challenge, $second)->status, 'only the last code is valid');
    }

    public function test_one_user_gets_five_mails_whatever_the_challenge_and_the_address(): void
    {
        $person = $this->enrolledByMail();
        foreach (range(1, 5) as $i) {
            self::assertSame(200, $this->send($this->challenge($person))->status);
        }
        $this->assertThrottled(600, $this->send($this->challenge($person)));
        self::assertCount(5, static::site()->mails());
        $this->moveWithItsFactor($person, "moved-$person->email");
        $this->assertThrottled(600, $this->send($this->challenge($person)));
        self::assertCount(5, static::site()->mails());
        self::assertSame('sallyport_throttled', self::activity($person->id, 'account_throttled')[0]['outcome']);
    }

    public function test_one_address_gets_five_mails_whoever_has_it(): void
    {
        [$one, $other] = [$this->enrolledByMail(), $this->enrolledByMail()];
        $this->moveWithItsFactor($other, strtoupper($one->email));
        foreach (range(1, 5) as $i) {
            self::assertSame(200, $this->send($this->challenge($i % 2 ? $one : $other))->status);
        }
        $this->assertThrottled(600, $this->send($this->challenge($one)));
        $this->assertThrottled(600, $this->send($this->challenge($other)));
        self::assertCount(5, static::site()->mails());
    }

    public function test_one_client_asks_thirty_times(): void
    {
        $person = $this->enrolledByMail();
        $challenge = $this->challenge($person);
        static::site()->plugin(<<<'PHP'
            $_SERVER['REMOTE_ADDR'] = '127.0.0.1';
            for ($i = 0; $i < 30; $i++) {
                (fn () => $this->limits()->count('email_code', time()))->call($plugin);
            }
            PHP);
        $this->assertThrottled(30, $this->send($challenge));
        self::assertSame([], static::site()->mails());
    }

    public function test_a_signed_in_user_waits_as_well(): void
    {
        $person = $this->enrolledByMail();
        $send = fn (): Response => $this->post('/two-factor/send-otp', bearer: $person->token);
        self::assertSame(200, $send()->status);
        $this->assertThrottled(60, $send());
        self::assertSame(200, $this->send($this->challenge($person))->status, 'another challenge does not wait for it');
    }

    private function assertThrottled(int $most, Response $answer): void
    {
        $data = self::refused(429, 'sallyport_throttled', $answer);
        self::assertThat($data['retry_after'], self::logicalAnd(self::greaterThan(intdiv($most, 2)), self::lessThanOrEqual($most)));
    }

    /** Set-up: another address, which is proven, so the factor uses it. Core allows no two users with one address; other plugins do. */
    private function moveWithItsFactor(Person $person, string $email): void
    {
        static::site()->plugin(<<<'PHP'
            global $wpdb;
            $wpdb->update($wpdb->users, ['user_email' => $argv[2]], ['ID' => (int) $argv[1]]);
            clean_user_cache((int) $argv[1]);
            (function (int $id) {
                $row = $this->factor_rows()->active($id)[0];
                $this->email_code()->give_address($row);
            })->call($plugin, (int) $argv[1]);
            PHP, [(string) $person->id, $email]);
    }
}
