<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

/** The plugin contains no cryptography and compares no secrets. */
final class SecretsTest extends TestCase
{
    public function test_n16_a10_randomness_comes_from_the_system(): void
    {
        $this->nobody(
            'wp_rand',
            'mt_rand',
            'rand',
            'uniqid',
            'lcg_value',
            'shuffle',
            'array_rand',
            'str_shuffle',
            'mt_srand',
            'srand',
            'wp_generate_password',
            'openssl_random_pseudo_bytes',
        );
    }

    public function test_there_is_no_cryptography_in_php(): void
    {
        $this->nobody(
            'hash_hmac',
            'hash_equals',
            'hash_pbkdf2',
            'md5',
            'sha1',
            'crypt',
            'password_hash',
            'password_verify',
            'openssl_encrypt',
            'openssl_decrypt',
            'openssl_sign',
            'openssl_verify',
            'sodium_crypto_secretbox',
            'sodium_crypto_auth',
            'wp_hash',
            'base_convert',
        );
    }

    public function test_sha_256_is_the_only_hash(): void
    {
        foreach (Source::all() as $file) {
            foreach ($file->arguments('hash') as $arguments) {
                self::assertSame("'sha256'", $arguments[0][0]->text, $file->path);
            }
        }
    }

    public function test_passwords_are_checked_by_core_in_two_places(): void
    {
        $files = array_keys(array_filter(Source::all(), static fn (Source $file): bool => $file->calls('wp_check_password') !== []));
        self::assertSame(['src/Revocation.php', 'src/Store/Passwords.php'], $files);
    }

    public function test_nothing_is_compared_loosely(): void
    {
        $wrong = [];
        foreach (Source::all() as $file) {
            foreach ($file->tokens as $i => $token) {
                if ($token->is([T_IS_EQUAL, T_IS_NOT_EQUAL])) {
                    $wrong[] = "$file->path:$token->line";
                }
            }
            foreach ($file->arguments('in_array', 'array_search') as $arguments) {
                if (($arguments[2][0]->text ?? '') !== 'true') {
                    $wrong[] = "$file->path: in_array or array_search without strict";
                }
            }
        }
        self::assertSame([], $wrong);
    }

    public function test_no_secret_is_compared_with_anything_but_a_literal(): void
    {
        $secret = '/^\$?(code|secret|password|mac|token|challenge|bearer|hash|hashes|digest|device|key|signature|user_pass)$/';
        $wrong = [];
        foreach (Source::all() as $file) {
            foreach ($file->tokens as $i => $token) {
                if (!$token->is([T_IS_IDENTICAL, T_IS_NOT_IDENTICAL, T_SPACESHIP])) {
                    continue;
                }
                $left = $file->tokens[$i - 1];
                $right = $this->lastOfChain($file, $i + 1);
                foreach ([[$left, $right], [$right, $left]] as [$one, $other]) {
                    if (preg_match($secret, $one->text) && $other->is([T_VARIABLE, T_STRING]) && !in_array(strtolower($other->text), ['null', 'true', 'false'], true)) {
                        $wrong["$file->path:$token->line"] = trim($left->text . ' ' . $token->text . ' ' . $right->text);
                    }
                }
            }
        }
        // A changed stored hash means a changed password; nothing that anybody sent is compared.
        unset($wrong[$this->line('src/Revocation.php', '$user->user_pass !== $before->user_pass')]);
        // Likewise: whose stored hash it is.
        unset($wrong[$this->line('src/Issuer/OneShot.php', '$user->user_pass !== $hash')]);
        // The client sent both values.
        unset($wrong[$this->line('src/Rest/GivenToken.php', '$given !== $bearer')]);
        self::assertSame([], $wrong);
    }

    public function test_arguments_that_are_secrets_are_kept_out_of_stack_traces(): void
    {
        $wrong = [];
        foreach (Source::all() as $file) {
            foreach ($file->tokens as $i => $token) {
                if ($token->is(T_VARIABLE) && in_array($token->text, ['$password', '$code', '$secret', '$plaintext', '$token'], true)
                    && $file->tokens[$i - 1]->text === 'string' && !$this->isMarked($file, $i - 1)) {
                    $wrong[] = "$file->path:$token->line $token->text";
                }
            }
        }
        // Sealed values, or an arrow function that only checks whether there is one.
        $wrong = preg_grep('~^src/(Store/FactorRow|Issuer/Issuers)\.php~', $wrong, PREG_GREP_INVERT);
        self::assertSame([], $wrong, 'mark them #[\SensitiveParameter]');
    }

    /** Whether the attribute stands before the parameter whose type is at $i; modifiers may stand between. */
    private function isMarked(Source $file, int $i): bool
    {
        do {
            $i--;
        } while ($file->tokens[$i]->is([T_PUBLIC, T_PRIVATE, T_PROTECTED, T_READONLY]) || $file->tokens[$i]->text === '?');
        return $file->tokens[$i]->text === ']';
    }

    private function nobody(string ...$functions): void
    {
        $wrong = [];
        foreach (Source::all() as $file) {
            foreach ($file->calls(...$functions) as $line) {
                $wrong[] = "$file->path:$line";
            }
        }
        self::assertSame([], $wrong);
    }

    /** The last name in `$a->b->c`, which says what the value is. */
    private function lastOfChain(Source $file, int $i): \PhpToken
    {
        while (in_array($file->tokens[$i + 1]->text ?? '', ['->', '?->'], true)) {
            $i += 2;
        }
        return $file->tokens[$i];
    }

    private function line(string $path, string $text): string
    {
        return $path . ':' . (substr_count(strstr(Source::all()[$path]->text, $text, true), "\n") + 1);
    }
}
