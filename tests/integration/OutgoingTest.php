<?php

declare(strict_types=1);

use Sallyport\WP\Gate\Outgoing;

/** Strict mode's search for tokens, in text that strangers can write. */
final class OutgoingTest extends WPTestCase
{
    /** Strangers must not decide how long it takes: for eight times the text it takes about eight times as long, not sixty-four times. */
    public function test_the_search_time_grows_linearly_with_the_text(): void
    {
        foreach (['eyJ-', 'eyJ.', 'a.eyJaaaaa.', '-eyJ', 'eyJaaaaa.eyJ'] as $unit) {
            self::assertLessThan(24, self::took($unit, 40000) / self::took($unit, 5000), $unit);
        }
    }

    /** Processor time in nanoseconds, the least of five: other work of the machine can only add to it. */
    private static function took(string $unit, int $times): float
    {
        $text = str_repeat($unit, $times) . '. eyJhbGciOiJIUzI1NiJ9.eyJuYW1lIjoxfQ.x';
        $took = [];
        for ($i = 0; $i < 5; $i++) {
            $began = self::processor();
            $found = Outgoing::tokens_in($text);
            $took[] = self::processor() - $began;
            self::assertContains('eyJhbGciOiJIUzI1NiJ9.eyJuYW1lIjoxfQ.x', $found);
        }
        return max(1000, min($took));
    }

    private static function processor(): float
    {
        $usage = getrusage();
        return 1e9 * ($usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec']) + 1e3 * ($usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec']);
    }
}
