<?php

declare(strict_types=1);

use Sallyport\WP\Gate\Outgoing;

/** Strict mode's search for tokens, in text that strangers write. */
final class OutgoingTest extends WPTestCase
{
    /** How long it takes is not for strangers to say: four times the text takes about four times as long, not sixteen. */
    public function test_the_search_time_grows_linearly_with_the_text(): void
    {
        foreach (['eyJ-', 'eyJ.', 'a.eyJaaaaa.', '-eyJ', 'eyJaaaaa.eyJ'] as $unit) {
            self::assertLessThan(8, self::took($unit, 20000) / self::took($unit, 5000), $unit);
        }
    }

    /** The least of five, since whatever else the machine does only adds. */
    private static function took(string $unit, int $times): float
    {
        $text = str_repeat($unit, $times) . '. eyJhbGciOiJIUzI1NiJ9.eyJuYW1lIjoxfQ.x';
        $took = [];
        for ($i = 0; $i < 5; $i++) {
            $began = hrtime(true);
            $found = Outgoing::tokens_in($text);
            $took[] = hrtime(true) - $began;
            self::assertContains('eyJhbGciOiJIUzI1NiJ9.eyJuYW1lIjoxfQ.x', $found);
        }
        return min($took);
    }
}
