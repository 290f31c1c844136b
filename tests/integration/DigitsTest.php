<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use Sallyport\WP\Digits;

/** Numeric codes as people type and paste them: Digits ignores the same characters as the extension does in a TOTP code. */
final class DigitsTest extends TestCase
{
    public function test_characters_added_by_copying_are_dropped(): void
    {
        foreach ([
            "123 456", "123-456", "123\u{2212}456", "123\u{2009}456", "\u{feff}123456", "12\u{200b}34\u{200d}56",
            "\u{200e}123456\u{200f}", "123\u{ad}456", "123\u{2060}456", "\u{61c}123456", "\u{2068}123456\u{2069}",
            "\u{202d}123456\u{202c}", "１２３４５６", "۱۲۳۴۵۶",
        ] as $typed) {
            self::assertSame('123456', Digits::typed($typed, 6, 6), bin2hex($typed));
        }
        foreach (['12345', '1234567', '12345x', "12345\u{301}6", '1.23456', '½23456', ''] as $typed) {
            self::assertNull(Digits::typed($typed, 6, 6), bin2hex($typed));
        }
    }
}
