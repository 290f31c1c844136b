<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

require_once __DIR__ . '/OtherPluginContract.php';

/** WP 2FA, by Melapress, 3.1.1.2: the stand-in, or SALLYPORT_WP_2FA=DIR. */
final class Wp2faTest extends OtherPluginContract
{
    /** Secrets that it encrypted itself, without openssl, and before it had a key of its own. */
    public function testASecretOfEveryAgeIsRead(): void
    {
        $stored = [
            'plain' => 'return $argv[1];',
            'ssl_' => 'return "ssl_" . WP2FA\Authenticator\Open_SSL::encrypt($argv[1]);',
            'wps_' => '$iv = random_bytes(16); return "wps_" . base64_encode($iv . openssl_encrypt($argv[1], "aes-256-ctr", openssl_digest(base64_decode(wp_salt()), "SHA256", true), OPENSSL_RAW_DATA, $iv));',
        ];
        foreach ($stored as $age => $code) {
            $user = $this->enrolled();
            $this->site()->php(
                "update_user_meta((int) \$argv[2], 'wp_2fa_totp_key', (static function () use (\$argv) { $code })()); return 1;",
                [$this->enrolments[$user]->app->secret, (string) $user],
            );
            self::assertSame('Right', $this->verify($user, $this->code($user)), $age);
        }
    }

    public function testASecretIsNeverReplaced(): void
    {
        $user = $this->enrolled();
        $this->garble($user);
        $before = \Sallyport\Tests\Elsewhere::stored($this->site(), $user);
        $this->site()->request('POST', '/wp-json/sallyport-probe/v1/factor', json: ['name' => 'wp_2fa', 'call' => 'verify', 'user' => $user, 'code' => base64_encode('123456')]);
        self::assertSame($before, \Sallyport\Tests\Elsewhere::stored($this->site(), $user));
    }

    public function testAMethodWeHaveNoCodeForIsNotUsable(): void
    {
        $user = $this->enrolled();
        $this->site()->php('delete_user_meta((int) $argv[1], "wp_2fa_backup_codes"); return 1;', [(string) $user]);
        foreach (['email', 'passkeys', 'a method that is gone'] as $method) {
            $this->site()->php('update_user_meta((int) $argv[1], "wp_2fa_enabled_methods", $argv[2]); return 1;', [(string) $user, $method]);
            self::assertFalse($this->call('is_enrolled', $user), $method);
            self::assertSame('Wrong', $this->verify($user, $this->enrolments[$user]->app->code()), $method);
        }
    }

    protected function factor(): string
    {
        return 'wp_2fa';
    }

    protected function plugin(): string
    {
        return 'wp-2fa';
    }

    protected function codesKey(): string
    {
        return 'wp_2fa_backup_codes';
    }

    protected function garble(int $user): void
    {
        $this->site()->php('update_user_meta((int) $argv[1], "wp_2fa_totp_key", "lsc_" . base64_encode(random_bytes(48))); return 1;', [(string) $user]);
    }
}
