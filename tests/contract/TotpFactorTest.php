<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

require_once __DIR__ . '/OwnFactorContract.php';

/** The authenticator app. */
final class TotpFactorTest extends OwnFactorContract
{
    public function testACodeOfAnEarlierStepIsSpentWithTheLaterOne(): void
    {
        $user = $this->enrolled();
        [$this_step, $next] = [$this->code($user), $this->code($user)];
        self::assertSame('Right', $this->verify($user, $next));
        self::assertSame('Spent', $this->verify($user, $this_step));
    }

    protected function factor(): string
    {
        return 'totp';
    }

    protected function code(int $user): string
    {
        return $this->person($user)->code();
    }
}
