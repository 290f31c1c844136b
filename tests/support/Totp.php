<?php

declare(strict_types=1);

namespace Sallyport\Tests;

/** RFC 6238 again, in PHP: the tests' authenticator app shares no code with the engine under test. */
final class Totp
{
    public readonly string $secret;
    private string $algorithm = 'SHA1';
    private int $digits = 6;
    private int $period = 30;

    /** From the answer of `enable`: `totpURI`, or the bare base32 secret. */
    public function __construct(string $uriOrSecret)
    {
        if (str_starts_with($uriOrSecret, 'otpauth:')) {
            parse_str((string) parse_url($uriOrSecret, PHP_URL_QUERY), $query);
            $uriOrSecret = $query['secret'];
            $this->algorithm = $query['algorithm'] ?? 'SHA1';
            $this->digits = (int) ($query['digits'] ?? 6);
            $this->period = (int) ($query['period'] ?? 30);
        }
        $this->secret = $uriOrSecret;
    }

    /** The code of the step that is $steps after the present one. Codes of −1, 0 and +1 are right, each once and in ascending order. */
    public function code(int $steps = 0, ?int $now = null): string
    {
        $counter = intdiv($now ?? time(), $this->period) + $steps;
        $hash = hash_hmac($this->algorithm, pack('J', $counter), $this->key(), true);
        $word = unpack('N', substr($hash, ord($hash[-1]) & 15, 4))[1] & 0x7fffffff;
        return str_pad((string) ($word % 10 ** $this->digits), $this->digits, '0', STR_PAD_LEFT);
    }

    /** A code that is wrong for all nearby steps. */
    public function wrong(): string
    {
        $near = array_map(fn (int $steps): string => $this->code($steps), range(-5, 5));
        for ($code = 0; in_array($wrong = sprintf("%0{$this->digits}d", $code), $near, true); $code++);
        return $wrong;
    }

    /** Waits if a step is about to end, because the code of the previous step is right only until then. */
    public static function steady(int $seconds = 4): void
    {
        $left = 30 - time() % 30;
        if ($left <= $seconds) {
            usleep((int) (($left - fmod(microtime(true), 1) + 0.05) * 1e6));
        }
    }

    private function key(): string
    {
        $bits = '';
        foreach (str_split(rtrim(strtoupper($this->secret), '=')) as $letter) {
            $bits .= sprintf('%05b', strpos('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', $letter));
        }
        return implode('', array_map(static fn (string $byte): string => chr((int) bindec($byte)), str_split(substr($bits, 0, intdiv(strlen($bits), 8) * 8), 8)));
    }
}
