<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

require_once __DIR__ . '/OwnFactorContract.php';

/** Backup codes. */
final class BackupCodeFactorTest extends OwnFactorContract
{
    public function testItRecognisesItsCodesByTheirFormat(): void
    {
        $user = $this->enrolled();
        $code = strtolower($this->code($user));
        // Also with the characters that the engine removes; otherwise it would be tried as another factor's code.
        foreach ([
            $code, "\u{200e}$code", "\u{feff}$code\u{200b}", strtr($code, ['-' => "\u{ad}-"]),
            strtr($code, ['-' => "\u{2212}"]), "\u{2068}$code\u{2069}", "\u{2013} $code",
        ] as $typed) {
            self::assertTrue($this->call('recognises', $user, $typed), bin2hex($typed));
        }
        self::assertFalse($this->call('recognises', $user, $this->person($user)->code()));
    }

    public function testALookAlikeCharacterCountsAsItsLetter(): void
    {
        $user = $this->enrolled();
        $typed = strtolower(strtr($this->code($user), ['0' => 'O', '1' => 'l', '-' => ' ']));
        self::assertSame('Right', $this->verify($user, " $typed "));
    }

    public function testOnceAllAreUsedItIsNotEnrolled(): void
    {
        $user = $this->enrolled();
        for ($i = 0; $i < 10; $i++) {
            self::assertTrue($this->call('is_enrolled', $user));
            self::assertSame('Right', $this->verify($user, $this->code($user)));
        }
        self::assertFalse($this->call('is_enrolled', $user));
    }

    protected function factor(): string
    {
        return 'backup_code';
    }

    protected function code(int $user): string
    {
        return $this->person($user)->backupCode();
    }
}
