<?php

declare(strict_types=1);

namespace Sallyport\Tests;

require_once __DIR__ . '/Totp.php';

/**
 * An enrolment in Two Factor or WP 2FA, made by that plugin's own code, with the user's app and codes.
 *
 * The plugins are the stand-ins, or the real ones: SALLYPORT_TWO_FACTOR=DIR and SALLYPORT_WP_2FA=DIR.
 */
final class Elsewhere
{
    public const TWO_FACTOR = 'two-factor';
    public const WP_2FA = 'wp-2fa';

    private const ENROL = [
        self::TWO_FACTOR => <<<'PHP'
            Two_Factor_Totp::get_instance()->set_user_totp_key($user->ID, $secret);
            $codes = Two_Factor_Backup_Codes::get_instance()->generate_codes($user);
            update_user_meta($user->ID, '_two_factor_enabled_providers', ['Two_Factor_Totp', 'Two_Factor_Backup_Codes']);
            update_user_meta($user->ID, '_two_factor_provider', 'Two_Factor_Totp');
            PHP,
        self::WP_2FA => <<<'PHP'
            update_user_meta($user->ID, 'wp_2fa_totp_key', 'lsc_' . WP2FA\Authenticator\Open_SSL::encrypt($secret));
            $codes = WP2FA\Methods\Backup_Codes::generate_codes($user);
            update_user_meta($user->ID, 'wp_2fa_enabled_methods', 'totp');
            PHP,
    ];

    private int $given = 0;

    /** @param list<string> $codes */
    private function __construct(public readonly string $plugin, public readonly int $user, public readonly Totp $app, public array $codes)
    {
    }

    /** The folder from which bin/site takes it. */
    public static function folder(string $plugin): string
    {
        return getenv('SALLYPORT_' . strtoupper(strtr($plugin, '-', '_'))) ?: dirname(__DIR__) . "/fixtures/$plugin";
    }

    public static function enrol(Site $site, string $plugin, int $user): self
    {
        // As both plugins make them: 20 characters of text, in base32.
        $secret = '';
        foreach (str_split(implode('', array_map(static fn (string $byte): string => sprintf('%08b', ord($byte)), str_split(bin2hex(random_bytes(10))))), 5) as $bits) {
            $secret .= 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[bindec($bits)];
        }
        $codes = $site->php('$user = get_userdata((int) $argv[1]); $secret = $argv[2];' . self::ENROL[$plugin] . 'return $codes;', [(string) $user, $secret]);
        return new self($plugin, $user, new Totp($secret), $codes);
    }

    /** Turns it off there, as its user can; some of its data may remain stored. */
    public static function remove(Site $site, int $user): void
    {
        $site->php('delete_user_meta((int) $argv[1], "_two_factor_enabled_providers"); delete_user_meta((int) $argv[1], "wp_2fa_enabled_methods"); return 1;', [(string) $user]);
    }

    /** A right code that was not used before: of this step, then of the next. */
    public function code(): string
    {
        return $this->app->code($this->given++);
    }

    public function backupCode(): string
    {
        return array_shift($this->codes);
    }

    /** The stored data of the enrolment. @return array<string, mixed> */
    public static function stored(Site $site, int $user): array
    {
        return $site->php('return array_filter(array_map(static fn (array $rows): string => $rows[0], get_user_meta((int) $argv[1])), static fn (string $key): bool => preg_match("/^(_two_factor_|wp_2fa_)/", $key) === 1, ARRAY_FILTER_USE_KEY) + ["user" => (int) $argv[1]];', [(string) $user]);
    }
}
