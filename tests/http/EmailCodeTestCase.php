<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/AccountsTestCase.php';

/** For tests of codes that are mailed as a second factor. */
abstract class EmailCodeTestCase extends AccountsTestCase
{
    protected const LOCAL = 'sallyport_factor_unavailable';

    /** A user whose only factor is their e-mail address, with a proven token. */
    protected function enrolledByMail(): Person
    {
        $person = $this->person();
        $this->signIn($person);
        $this->enrolByMail($person);
        return $person;
    }

    /** Enrols the address, with the person's token. Afterwards no code is sent, and no mail counted. */
    protected function enrolByMail(Person $person): void
    {
        $answer = $this->post('/two-factor/enable', ['password' => $person->password, 'method' => 'otp'], $person->token);
        self::assertSame([200, ['method' => 'otp']], [$answer->status, $answer->json], (string) $answer);
        $code = $this->sentCode($person, fn (): Response => $this->post('/two-factor/send-otp', bearer: $person->token));
        $answer = $this->post('/two-factor/verify-otp', ['code' => $code], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        $person->token = $answer->json['token'];
        self::forgetMailLimits();
        static::site()->forgetMails();
    }

    /** Set-up: nobody has to wait for the next mail. An account's count of wrong codes, which never expires, stays. */
    protected static function forgetMailLimits(): void
    {
        self::sql('DELETE FROM {throttle} WHERE expires_at > %d', 0);
    }

    /** The code in the one mail that a request has sent. @param callable(): Response $request */
    protected function sentCode(Person $person, callable $request): string
    {
        $before = count(self::mailsTo($person->email));
        $answer = $request();
        self::assertSame(200, $answer->status, (string) $answer);
        $mails = self::mailsTo($person->email);
        self::assertCount($before + 1, $mails);
        return self::codeIn(end($mails));
    }

    /** The code in the mail of a challenge. */
    protected function codeFor(Person $person, string $challenge): string
    {
        return $this->sentCode($person, fn (): Response => $this->send($challenge));
    }

    protected function send(string $challenge, string $factor = 'email'): Response
    {
        return $this->post('/challenge/send', ['challenge' => $challenge, 'factor' => $factor]);
    }

    protected function verify(string $challenge, string $code): Response
    {
        return $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code, 'factor' => 'email']);
    }

    protected static function codeIn(string $mail): string
    {
        self::assertSame(1, preg_match_all('/^(\d{8})$/m', $mail, $codes), $mail);
        return $codes[1][0];
    }

    /** Another code of the same form. */
    protected static function wrong(string $code, int $by = 1): string
    {
        return sprintf('%08d', ((int) $code + $by) % 100_000_000);
    }

    /** Set-up: changes the person's address without our routes, as another plugin or an administrator could. */
    protected static function moveTo(Person $person, string $email): void
    {
        static::site()->php('wp_update_user(["ID" => (int) $argv[1], "user_email" => $argv[2]]);', [(string) $person->id, $email]);
    }

    /** How many wrong codes of the account are counted. */
    protected static function failures(Person $person): int
    {
        return (int) static::site()->php('global $wpdb; return $wpdb->get_var($wpdb->prepare("SELECT failures FROM {$wpdb->base_prefix}sallyport_throttle WHERE name = %s", hash("sha256", "second-step:$argv[1]")));', [(string) $person->id]);
    }
}
