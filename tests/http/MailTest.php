<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';

/** Users are mailed when a factor is added, removed or replaced. */
final class MailTest extends HttpTestCase
{
    public function test_turning_on_new_codes_and_turning_off_are_mailed(): void
    {
        $person = $this->person();
        $this->signIn($person);
        static::site()->forgetMails();
        $app = $this->begin($person);
        self::assertSame([], $this->to($person), 'pending is no change');
        $person->token = $this->post('/two-factor/verify-totp', ['code' => $app->code()], $person->token)->json['token'];
        self::assertCount(1, $this->to($person));
        $new = $this->post('/two-factor/generate-backup-codes', ['password' => $person->password], $person->token)->json['backupCodes'];
        self::assertCount(2, $this->to($person));
        self::assertSame(200, $this->post('/two-factor/disable', ['password' => $person->password], $person->token)->status);
        $mails = $this->to($person);
        self::assertCount(3, $mails);
        foreach (['turned on', 'New backup codes', 'turned off'] as $i => $words) {
            self::assertStringContainsString($words, $mails[$i]);
            self::assertMatchesRegularExpression('/^Subject: .+/m', $mails[$i]);
            self::assertStringContainsString('127.0.0.1', $mails[$i]);
            foreach ([$app->secret, $person->password, ...$person->codes, ...$new] as $secret) {
                self::assertStringNotContainsString($secret, $mails[$i]);
            }
        }
    }

    public function test_logging_in_and_wrong_codes_are_not_mailed(): void
    {
        $person = $this->enrolled();
        static::site()->forgetMails();
        $this->logIn($person, ['code' => $person->app->wrong()]);
        $this->logIn($person, ['code' => $person->app->code()]);
        self::assertSame([], $this->to($person));
    }

    /** @return list<string> decoded */
    private function to(Person $person): array
    {
        $mails = array_filter(static::site()->mails(), static fn (string $mail): bool => preg_match('/^To: .*' . preg_quote($person->email, '/') . '/m', $mail) === 1);
        return array_map(self::decoded(...), array_values($mails));
    }
}
