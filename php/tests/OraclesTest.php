<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Sallyport\{Key, Keyring};

use function Sallyport\{jwt_sign, jwt_verify, qr_svg, totp_code, totp_secret, totp_uri, totp_verify};

/**
 * Independent implementations agree with the engine. Each is a program in tests/oracles that reads and writes JSON.
 *
 * For tokens, a program gets `claims` to sign, and `tokens` to verify, each with `alg`, `jwk` and `token`. It answers with
 * `verified`, for each token its claims, or null if the signature is wrong, and `signed`, one for each algorithm:
 * `alg`, `token`, and the key in the formats that it can write (`secret`, `private` and `public` in PEM, `jwk`, `private_jwk`).
 */
final class OraclesTest extends TestCase
{
    private const ALGORITHMS = ['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];
    // Sorted by name, which is the order in which jwcrypto writes them.
    private const CLAIMS = [
        'aud' => 'site',
        'data' => ['list' => [1, -2.5, null, true], 'name' => "Zoë \u{1d49c} \\/ \""],
        'exp' => 4102444800,
        'iss' => 'https://example.test',
        'sub' => '7',
    ];
    private const RULES = ['iss' => 'https://example.test', 'aud' => 'site', 'required' => ['exp', 'sub']];

    /** @var array<string, array<mixed>> the answer of each program, which is asked once */
    private static array $answers = [];

    /** @return iterable<string, array{string}> */
    public static function token_programs(): iterable
    {
        foreach (['pyjwt_tokens.py', 'jwcrypto_tokens.py', 'jose.mjs'] as $program) {
            yield $program => [$program];
        }
    }

    /** @dataProvider token_programs */
    public function test_they_verify_what_is_signed_here_and_nothing_altered(string $program): void
    {
        [$ours, $answer] = self::exchanged($program);
        self::assertCount(2 * count(self::ALGORITHMS), $ours);
        foreach ($ours as $i => ['alg' => $alg]) {
            self::assertSame($i % 2 === 0 ? self::CLAIMS : null, $answer['verified'][$i], "$alg, " . ($i % 2 === 0 ? 'as it is' : 'altered'));
        }
    }

    /** @dataProvider token_programs */
    public function test_what_they_sign_is_verified_here_with_their_keys_in_every_form(string $program): void
    {
        $signed = self::exchanged($program)[1]['signed'];
        self::assertSame(self::ALGORITHMS, array_column($signed, 'alg'));
        foreach ($signed as $one) {
            $this->verified_with_all($one['alg'], $one['token'], $one);
        }
    }

    /** @param array<string, string> $forms of one key, by name */
    private function verified_with_all(string $alg, string $token, array $forms): void
    {
        $read = 0;
        foreach (array_diff_key($forms, ['alg' => 1, 'token' => 1]) as $form => $text) {
            $key = match ($form) {
                'secret' => Key::fromSecret($alg, $text, 'theirs'),
                'public', 'private' => Key::fromPem($alg, $text, 'theirs'),
                // As most sites publish them, without a kid.
                'jwk', 'private_jwk' => Key::fromJwk(json_encode(['kid' => 'theirs'] + json_decode($text, true)), $alg),
            };
            $read++;
            $ring = new Keyring($key);
            self::assertSame(self::CLAIMS, jwt_verify($token, $ring, 1, self::RULES), "$alg, $form");
            self::assertSame('signature', reason(static fn () => jwt_verify(self::altered($token), $ring, 1, self::RULES)), "$alg, $form, altered");
            if (in_array($form, ['secret', 'private', 'private_jwk'], true)) {
                self::assertSame(self::CLAIMS, jwt_verify(jwt_sign(self::CLAIMS, $ring), $ring, 1, self::RULES), "$alg, $form signs");
            }
        }
        self::assertGreaterThanOrEqual($alg[0] === 'H' ? 1 : 3, $read, $alg);
    }

    public function test_codes_agree_for_every_hash_number_of_digits_and_period(): void
    {
        $all = [];
        foreach (['SHA1', 'SHA256', 'SHA512'] as $algorithm) {
            foreach ([6, 7, 8] as $digits) {
                foreach ([1, 15, 30, 60, 119, 120] as $period) {
                    $all[] = ['secret' => totp_secret(random_int(16, 64)), 'algorithm' => $algorithm, 'digits' => $digits, 'period' => $period,
                        'times' => [0, 29, 59, 1111111109, 2000000000, 4294967296, 20000000000, random_int(0, 2 ** 33)]];
                }
            }
        }
        $ours = array_map(
            static fn (array $one): array => array_map(
                static fn (int $now): string => totp_code($one['secret'], $now, $one['algorithm'], $one['digits'], $one['period']),
                $one['times'],
            ),
            $all,
        );
        foreach ($all as $i => $one) {
            foreach ($one['times'] as $j => $now) {
                self::assertSame(intdiv($now, $one['period']), totp_verify($one['secret'], $ours[$i][$j], $now, -1, 0, $one['algorithm'], $one['digits'], $one['period']));
            }
        }
        self::assertSame($ours, self::ask('otplib.mjs', $all));
        // pyotp reads the URI, as an authenticator app does.
        $uris = array_map(
            static fn (array $one): array => [
                'uri' => totp_uri($one['secret'], 'ann: an account', 'Café', $one['algorithm'], $one['digits'], $one['period']),
                'times' => $one['times'],
            ],
            $all,
        );
        self::assertSame($ours, self::ask('pyotp_codes.py', $uris));
    }

    /** @dataProvider pictures */
    public function test_a_reader_reads_the_picture(string $text): void
    {
        $folder = sys_get_temp_dir() . '/sallyport-qr-' . bin2hex(random_bytes(6));
        mkdir($folder);
        try {
            file_put_contents("$folder/a.svg", qr_svg($text, 'Scan <me>'));
            self::run_program(['rsvg-convert', '--zoom', '6', '--output', "$folder/a.png", "$folder/a.svg"]);
            self::assertSame($text, rtrim(self::run_program(['zbarimg', '--quiet', '--raw', '--nodbus', "$folder/a.png"]), "\n"));
        } finally {
            array_map(unlink(...), glob("$folder/*") ?: []);
            rmdir($folder);
        }
    }

    /** @return iterable<string, array{string}> */
    public static function pictures(): iterable
    {
        $secret = totp_secret();
        yield 'usual' => [totp_uri($secret, 'ada.lovelace@example.test', 'An Example Site')];
        yield 'other scripts' => [totp_uri($secret, 'Ζωή@παράδειγμα.δοκιμή', 'Ein Café & Söhne')];
        yield 'long' => [totp_uri(totp_secret(64), str_repeat('ä', 100), str_repeat('é', 100), 'SHA512', 8, 60)];
        yield 'short' => [totp_uri('GEZDGNBVGY3TQOJQ', 'a', '')];
    }

    /** @return array{list<array<string, string>>, array<mixed>} our tokens, each followed by an altered one, and the program's answer */
    private static function exchanged(string $program): array
    {
        return self::$answers[$program] ??= (static function () use ($program): array {
            $tokens = [];
            foreach (self::ALGORITHMS as $alg) {
                $key = Key::generate($alg, 'ours');
                $jwk = $alg[0] === 'H' ? ['kty' => 'oct', 'k' => rtrim(strtr(base64_encode($key->secret()), '+/', '-_'), '=')] : $key->publicJwk();
                $token = jwt_sign(self::CLAIMS, new Keyring($key));
                foreach ([$token, self::altered($token)] as $one) {
                    $tokens[] = ['alg' => $alg, 'jwk' => json_encode($jwk, JSON_THROW_ON_ERROR), 'token' => $one];
                }
            }
            return [$tokens, self::ask($program, ['claims' => self::CLAIMS, 'tokens' => $tokens])];
        })();
    }

    /** The token with one changed bit in its signature. */
    private static function altered(string $token): string
    {
        [$header, $payload, $signature] = explode('.', $token);
        $raw = (string) base64_decode(strtr($signature, '-_', '+/'));
        $raw[20] = $raw[20] ^ "\x01";
        return "$header.$payload." . rtrim(strtr(base64_encode($raw), '+/', '-_'), '=');
    }

    /** @param array<mixed> $question @return array<mixed> */
    private static function ask(string $program, array $question): array
    {
        $path = dirname(__DIR__, 2) . "/tests/oracles/$program";
        // Debian's own Python, because apt installs modules for it.
        $interpreter = str_ends_with($program, '.py') ? '/usr/bin/python3' : 'node';
        return json_decode(self::run_program([$interpreter, $path], json_encode($question, JSON_THROW_ON_ERROR)), true, 64, JSON_THROW_ON_ERROR);
    }

    /** @param list<string> $command @return string its stdout */
    private static function run_program(array $command, string $input = ''): string
    {
        $errors = tmpfile();
        $process = proc_open($command, [['pipe', 'r'], ['pipe', 'w'], $errors], $pipes);
        self::assertIsResource($process, "$command[0] is there");
        fwrite($pipes[0], $input);
        fclose($pipes[0]);
        $output = (string) stream_get_contents($pipes[1]);
        $code = proc_close($process);
        rewind($errors);
        self::assertSame(0, $code, implode(' ', $command) . ': ' . stream_get_contents($errors));
        return $output;
    }
}
