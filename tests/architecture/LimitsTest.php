<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

/** The limits in docs/abuse.md are those of the code (OWASP ASVS 5.0, 6.1.1). */
final class LimitsTest extends TestCase
{
    public function test_a1_the_documented_limits_are_the_constants(): void
    {
        $waits = $this->constant('Gate/PasswordThrottle', 'WAITS');
        $refill = $this->constant('Gate/PasswordThrottle', 'REFILL');
        $expected = [
            'wrong passwords of one address at once' => $this->constant('Gate/PasswordThrottle', 'BUCKET'),
            '… and how many of them are forgotten in a minute' => intdiv(60, $refill),
            'wrong passwords in a row for one user without a wait' => array_key_first($waits) - 1,
            'seconds to wait after the 10th, 11th, …' => implode(', ', $waits),
            'days a device is known' => $this->constant('Device/Devices', 'TTL'),
            'known devices of one user' => $this->constant('Device/Devices', 'MOST'),
            'days a device is trusted that is not used' => $this->constant('Device/TrustedDevices', 'IDLE'),
            'days a device is trusted, however often it is used' => $this->constant('Device/TrustedDevices', 'LONGEST'),
            'seconds in which a second use of a device\'s secret is no theft' => $this->constant('Device/Devices', 'GRACE'),
            'codes looked at for one challenge' => $this->constant('Challenge/Challenge', 'ATTEMPTS'),
            'challenges of one user, beyond which the oldest is gone' => $this->constant('Challenge/Challenge', 'MOST'),
            'seconds a challenge lives' => $this->constant('Challenge/Challenge', 'TTL'),
            'seconds an enrolment token lives' => $this->constant('Challenge/EnrolmentToken', 'TTL'),
            'wrong codes in a row that lock the second step of an account' => $this->constant('Challenge/Attempts', 'BURST'),
            '… for how many seconds' => $this->constant('Challenge/Attempts', 'LOCK'),
            'wrong codes without a right one that shut it' => $this->constant('Challenge/Attempts', 'LIMIT'),
            'backup codes that a mailed unlock lets one try' => $this->constant('Challenge/Attempts', 'SERIES'),
            '… and in how many seconds' => $this->constant('Challenge/Attempts', 'SERIES_TTL'),
            'wrong codes of one user at `/2fa/verify` without a wait, and in how many seconds' => $this->constant('Challenge/Tries', 'MOST')
                . ', ' . $this->constant('Challenge/Tries', 'SECONDS'),
            'seconds in which a second use of a refresh token is no theft' => $this->constant('Token/RefreshTokens', 'GRACE'),
            'registrations of one address at once, and seconds until one more' => $this->asked('register'),
            'mails for a new password asked for by one address at once, and seconds until one more' => $this->asked('reset_request'),
            'tries of one address to set a new password at once, and seconds until one more' => $this->asked('password_reset'),
            'e-mail codes asked for by one address at once, and seconds until one more' => $this->asked('email_code'),
            'mails of one kind to one address at once, and codes of one user whatever the address' => $this->constant('Limits', 'MAILS'),
            '… and seconds until one more' => $this->constant('Limits', 'MAIL_REFILL'),
            'seconds an e-mail code lives, its challenge permitting' => $this->constant('Factor/EmailCode', 'TTL'),
            'e-mail codes looked at while one lives' => $this->constant('Factor/EmailCode', 'TRIES'),
            'seconds until another e-mail code for the same challenge' => $this->constant('Factor/Sends', 'RESEND'),
            'hashes of another plugin\'s backup codes that one code is held against' => $this->constant('Factor/OtherPlugin', 'HASHES'),
        ];
        self::assertSame(array_map(strval(...), $expected), $this->documented());
        self::assertSame(range(array_key_first($waits), array_key_last($waits)), array_keys($waits), 'every limit is listed');
    }

    /** The design's decisions; whoever changes one changes the design. */
    public function test_the_limits_are_those_of_the_design(): void
    {
        self::assertSame([100, 3], [$this->constant('Gate/PasswordThrottle', 'BUCKET'), $this->constant('Gate/PasswordThrottle', 'REFILL')]);
        $waits = $this->constant('Gate/PasswordThrottle', 'WAITS');
        self::assertSame([10, 60], [array_key_first($waits), max($waits)]);
        self::assertSame([10, 900, 100], array_map(fn (string $name): int => $this->constant('Challenge/Attempts', $name), ['BURST', 'LOCK', 'LIMIT']));
    }

    /** @return array<string, string> limit => figure */
    private function documented(): array
    {
        preg_match_all('/^\| (.+?) \| (.+?) \| `[\w\/]+` \|$/m', (string) file_get_contents(dirname(__DIR__, 2) . '/docs/abuse.md'), $rows);
        return array_combine($rows[1], $rows[2]);
    }

    /** How often at once, and the seconds until one more. */
    private function asked(string $what): string
    {
        self::assertSame(1, preg_match("/'$what'\s*=> array\( (\d+, \d+) \)/", Source::all()['src/Limits.php']->text, $match), $what);
        return $match[1];
    }

    /** The literal value of a class constant. */
    private function constant(string $class, string $name): mixed
    {
        $text = Source::all()["src/$class.php"]->text;
        self::assertSame(1, preg_match("/\\bconst $name\\s*= (array\\((?:\\s*\\d+ => \\d+,)+\\s*\\)|\\d+)(?: \\* DAY_IN_SECONDS)?;/", $text, $match), "$class::$name");
        preg_match_all('/(\d+) => (\d+)/', $match[1], $pairs);
        return $pairs[0] === [] ? (int) $match[1] : array_combine(array_map(intval(...), $pairs[1]), array_map(intval(...), $pairs[2]));
    }
}
