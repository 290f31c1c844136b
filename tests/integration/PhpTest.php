<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Sallyport\WP\Php;

/** The replacements for mbstring give the same results as mbstring. */
final class PhpTest extends TestCase
{
    public function test_a_text_is_cut_between_characters(): void
    {
        foreach (['', 'plain', 'Zoë ☂ 𝟙', '☂☂'] as $text) {
            for ($most = 0; $most <= strlen($text) + 1; $most++) {
                self::assertSame(mb_strcut($text, 0, $most), Php::cut($text, $most), "$text, $most");
            }
        }
    }

    public function test_what_is_utf8(): void
    {
        foreach (['', 'Zoë', "\u{10FFFF}", "\0", "\xC3", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC0\xAF", "a\xFFb"] as $text) {
            self::assertSame(mb_check_encoding($text, 'UTF-8'), Php::is_utf8($text), bin2hex($text));
        }
    }
}
