<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

require_once __DIR__ . '/OtherPluginContract.php';

/** Two Factor, by WordPress contributors, 0.16.0: the stand-in, or SALLYPORT_TWO_FACTOR=DIR. */
final class TwoFactorPluginTest extends OtherPluginContract
{
    public function testItsMarkIsHonouredAndAdvanced(): void
    {
        $user = $this->enrolled();
        $mark = fn (): int => (int) $this->site()->php('return get_user_meta((int) $argv[1], "_two_factor_totp_last_successful_login", true);', [(string) $user]);
        $step = intdiv(time(), 30);
        self::assertSame('Right', $this->verify($user, $this->enrolments[$user]->app->code(0, $step * 30)));
        self::assertSame($step * 30, $mark());

        $other = $this->enrolled();
        $own = 'return Two_Factor_Totp::get_instance()->validate_code_for_user(get_userdata((int) $argv[1]), $argv[2]);';
        $code = $this->code($other);
        self::assertTrue($this->site()->php($own, [(string) $other, $code]), 'its own verifier accepted the code');
        self::assertSame('Spent', $this->verify($other, $code));
        $next = $this->code($other);
        self::assertSame('Right', $this->verify($other, $next));
        self::assertFalse($this->site()->php($own, [(string) $other, $next]), 'it does not accept a code that was used here');
    }

    public function testAMethodWeHaveNoCodeForIsNotUsable(): void
    {
        $user = $this->enrolled();
        foreach ([['Two_Factor_Email'], ['TwoFactor_Provider_WebAuthn'], ['A_Method_That_Is_Gone']] as $methods) {
            $this->site()->php('update_user_meta((int) $argv[1], "_two_factor_enabled_providers", json_decode($argv[2], true)); return 1;', [(string) $user, json_encode($methods)]);
            self::assertFalse($this->call('is_enrolled', $user), $methods[0]);
            self::assertSame('Wrong', $this->verify($user, $this->enrolments[$user]->app->code()), $methods[0]);
        }
    }

    protected function factor(): string
    {
        return 'two_factor';
    }

    protected function plugin(): string
    {
        return 'two-factor';
    }

    protected function codesKey(): string
    {
        return '_two_factor_backup_codes';
    }

    protected function garble(int $user): void
    {
        $this->site()->php('update_user_meta((int) $argv[1], "_two_factor_totp_key", "not base32!"); return 1;', [(string) $user]);
    }
}
