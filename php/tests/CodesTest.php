<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Sallyport\Exception\{InvalidArgument, InvalidSecret};
use function Sallyport\{backup_code_verify, backup_codes, otp_code, qr_svg, totp_code, totp_secret, totp_uri, totp_verify, wp2fa_unseal};

/** TOTP, backup codes and QR codes through PHP. */
final class CodesTest extends TestCase
{
    private const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

    public function test_codes_are_read_as_people_type_them(): void
    {
        $code = totp_code(self::SECRET, 3000);
        $digits = str_split($code);
        $arabic = implode('', array_map(static fn (string $d): string => mb_chr(0x660 + (int) $d), $digits));
        $wide = implode('', array_map(static fn (string $d): string => mb_chr(0xff10 + (int) $d), $digits));
        foreach ([$code, " $code\n", substr($code, 0, 3) . ' ' . substr($code, 3), substr($code, 0, 3) . '-' . substr($code, 3), $arabic, $wide, "\u{200f}$arabic"] as $typed) {
            self::assertSame(100, totp_verify(self::SECRET, $typed, 3000), $typed);
        }
    }

    public function test_what_is_not_a_code_is_null_and_never_an_exception(): void
    {
        $code = totp_code(self::SECRET, 3000);
        foreach (['', '0', "$code\0", "\0$code", "{$code}0", "a$code", "\xff\xfe", '½23456', str_repeat('1', 100000), '<script>', "$code$code"] as $typed) {
            self::assertNull(totp_verify(self::SECRET, $typed, 3000));
            self::assertNull(backup_code_verify($typed, ['x']));
        }
    }

    public function test_a_code_works_once_and_only_near_its_time(): void
    {
        $code = totp_code(self::SECRET, 3000);
        self::assertSame(100, totp_verify(self::SECRET, $code, 3000, 99));
        self::assertNull(totp_verify(self::SECRET, $code, 3000, 100));
        self::assertNull(totp_verify(self::SECRET, $code, 3000, 101));
        self::assertSame(100, totp_verify(self::SECRET, $code, 3059));
        self::assertNull(totp_verify(self::SECRET, $code, 3060));
        self::assertNull(totp_verify(self::SECRET, $code, 2969));
        self::assertNull(totp_verify(self::SECRET, $code, 3030, -1, 0));
        self::assertSame(101, totp_verify(self::SECRET, totp_code(self::SECRET, 3030), 3000, 100));
    }

    public function test_time_after_2038_and_codes_with_leading_zeros(): void
    {
        for ($now = 4294967296, $zeros = 0; $zeros < 3; $now += 30) {
            $code = totp_code(self::SECRET, $now, digits: 8);
            self::assertMatchesRegularExpression('/^\d{8}$/', $code);
            $zeros += (int) ($code[0] === '0');
            self::assertSame(intdiv($now, 30), totp_verify(self::SECRET, $code, $now, digits: 8));
        }
        self::assertMatchesRegularExpression('/^\d{6}$/', totp_code(self::SECRET, PHP_INT_MAX));
    }

    public function test_values_out_of_range_are_refused(): void
    {
        foreach ([
            static fn () => totp_secret(15), static fn () => totp_secret(65), static fn () => totp_secret(PHP_INT_MIN),
            static fn () => totp_code(self::SECRET, -1), static fn () => totp_code(self::SECRET, PHP_INT_MIN),
            static fn () => totp_code(self::SECRET, 0, 'MD5'), static fn () => totp_code(self::SECRET, 0, 'sha1'),
            static fn () => totp_code(self::SECRET, 0, 'SHA1', 5), static fn () => totp_code(self::SECRET, 0, 'SHA1', 10),
            static fn () => totp_code(self::SECRET, 0, 'SHA1', 6, 0), static fn () => totp_code(self::SECRET, 0, 'SHA1', 6, 121),
            static fn () => totp_verify(self::SECRET, '1', 0, -1, -1), static fn () => totp_verify(self::SECRET, '1', 0, -1, 65536),
            static fn () => otp_code(5), static fn () => otp_code(13), static fn () => backup_codes(0), static fn () => backup_codes(101),
            static fn () => backup_code_verify('00000-00000-00000', array_fill(0, 101, 'x')),
            static fn () => totp_uri(self::SECRET, '', 'x'), static fn () => totp_uri(self::SECRET, "\xff", 'x'),
            static fn () => totp_code(self::SECRET, 0, "\xff"), static fn () => qr_svg('x', "\xff"),
            static fn () => qr_svg(''), static fn () => qr_svg(str_repeat('x', 3000)),
        ] as $i => $call) {
            self::assertSame(InvalidArgument::class, thrown($call), "$i");
        }
        foreach (['', 'GEZDGNBV', 'not base32!', self::SECRET . '1', "\xff", self::SECRET . "\0", str_repeat('A', 1000)] as $secret) {
            self::assertSame(InvalidSecret::class, thrown(static fn () => totp_code($secret, 0)));
            self::assertSame(InvalidSecret::class, thrown(static fn () => totp_verify($secret, '123456', 0)));
            self::assertSame(InvalidSecret::class, thrown(static fn () => totp_uri($secret, 'a', 'b')));
        }
    }

    public function test_secrets_of_other_plugins_are_read(): void
    {
        $lower = strtolower(implode(' ', str_split(self::SECRET, 4))) . '====';
        self::assertSame(totp_code(self::SECRET, 59), totp_code($lower, 59));
        self::assertSame(6, strlen(totp_code('GEZDGNBVGY3TQOJQ', 59)), '80 bits');
        self::assertSame(6, strlen(totp_code('GEZDGNBVGY3TQOJQGEZDGNBVG7', 59)), '26 characters with spare bits set');
    }

    public function test_generated_secrets_and_codes(): void
    {
        self::assertMatchesRegularExpression('/^[A-Z2-7]{32}$/', totp_secret());
        self::assertMatchesRegularExpression('/^[A-Z2-7]{52}$/', totp_secret(32));
        self::assertMatchesRegularExpression('/^\d{8}$/', otp_code());
        self::assertCount(50, array_unique(array_map(static fn () => otp_code(12), range(1, 50))));
    }

    public function test_a_set_of_backup_codes(): void
    {
        ['codes' => $codes, 'hashes' => $hashes] = backup_codes();
        self::assertCount(10, array_unique($codes));
        self::assertCount(1, array_unique(array_map(static fn (string $hash): string => explode('$', $hash)[4], $hashes)));
        foreach ($codes as $i => $code) {
            self::assertMatchesRegularExpression('/^([0-9A-HJKMNP-TV-Z]{5}-){2}[0-9A-HJKMNP-TV-Z]{5}$/', $code);
        }
        self::assertSame(7, backup_code_verify($codes[7], $hashes));
        $sloppy = strtr(strtolower($codes[3]), ['0' => 'o', '1' => 'l', '-' => ' ']);
        self::assertSame(3, backup_code_verify($sloppy, $hashes));
        unset($hashes[3]);
        self::assertNull(backup_code_verify($codes[3], $hashes));
        self::assertSame(4, backup_code_verify($codes[4], $hashes), 'the key, not the position');
        self::assertNull(backup_code_verify('00000-00000-00000', $hashes));
        self::assertNull(backup_code_verify($codes[0], []));
    }

    public function test_hashes_are_phc_strings_php_reads_and_writes(): void
    {
        ['codes' => [$code], 'hashes' => [$hash]] = backup_codes(1);
        self::assertStringStartsWith('$argon2id$v=19$m=19456,t=2,p=1$', $hash);
        module('Argon2', defined('PASSWORD_ARGON2ID'));
        self::assertTrue(password_verify($code, $hash));
        $own = password_hash($code, PASSWORD_ARGON2ID, ['memory_cost' => 8192, 'time_cost' => 3, 'threads' => 1]);
        self::assertSame(0, backup_code_verify(strtolower($code), [$own]));
    }

    public function test_a_tampered_hash_decides_neither_memory_nor_time(): void
    {
        ['codes' => [$code], 'hashes' => [$hash]] = backup_codes(1);
        foreach (['m=4194304,t=2,p=1', 'm=19456,t=4000000,p=1', 'm=19456,t=2,p=255', 'm=4294967295,t=1,p=1', 'm=1,t=1,p=1', 'm=0,t=0,p=0'] as $cost) {
            $start = hrtime(true);
            self::assertNull(backup_code_verify($code, [str_replace('m=19456,t=2,p=1', $cost, $hash)]), $cost);
            self::assertLessThan(0.5, (hrtime(true) - $start) / 1e9, $cost);
        }
        self::assertSame(1, backup_code_verify($code, [str_replace('m=19456', 'm=4194304', $hash), $hash]));
    }

    public function test_a_set_costs_one_argon2(): void
    {
        ['hashes' => $hashes] = backup_codes(10);
        $time = static function (array $hashes): float {
            $times = [];
            for ($i = 0; $i < 5; $i++) {
                $start = hrtime(true);
                backup_code_verify('00000-00000-00000', $hashes);
                $times[] = hrtime(true) - $start;
            }
            return min($times);
        };
        self::assertLessThan(3.0, $time($hashes) / $time([$hashes[0]]));
    }

    public function test_a_qr_code_is_accessible_svg(): void
    {
        $svg = qr_svg(totp_uri(totp_secret(), 'ann@example.org', 'Site & Co'), 'Scan <me>');
        $xml = new SimpleXMLElement($svg);
        self::assertSame('img', (string) $xml['role']);
        self::assertSame('Scan <me>', (string) $xml->title);
        [, , $width, $height] = array_map('intval', explode(' ', (string) $xml['viewBox']));
        self::assertSame($width, $height);
        preg_match_all('/M(\d+) (\d+)h(\d+)/', (string) $xml->path['d'], $runs, PREG_SET_ORDER);
        foreach ($runs as [, $x, $y, $length]) {
            self::assertGreaterThanOrEqual(4, min($x, $y), 'quiet zone');
            self::assertLessThanOrEqual($width - 4, max($x + $length, $y + 1), 'quiet zone');
        }
        self::assertLessThan(9 * 1024, strlen($svg));
    }

    public function test_secrets_of_wp_2fa(): void
    {
        $key = base64_encode(random_bytes(16));
        $iv = random_bytes(16);
        module('openssl', extension_loaded('openssl'));
        $cipher = openssl_encrypt(self::SECRET, 'aes-256-ctr', hash('sha256', base64_decode($key), true), OPENSSL_RAW_DATA, $iv);
        foreach (['lsc_', 'ssl_'] as $prefix) {
            self::assertSame(self::SECRET, wp2fa_unseal($prefix . base64_encode($iv . $cipher), $key));
        }
        self::assertNull(wp2fa_unseal('lsc_' . base64_encode($iv . $cipher), base64_encode(random_bytes(16))));
        foreach (['', 'lsc_', 'wps_' . base64_encode($iv . $cipher), self::SECRET, 'lsc_!!!', 'lsc_' . base64_encode($iv)] as $stored) {
            self::assertNull(wp2fa_unseal($stored, $key));
        }
    }
}
