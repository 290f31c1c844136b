<?php

declare(strict_types=1);

use Sallyport\WP\Name;

/** The names that devices and browsers give themselves, as people see them. */
final class NameTest extends WPTestCase
{
    public function test_a_device_is_named_in_words(): void
    {
        $table = [
            // the name it gives itself, the name that people see
            ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Windows'],
            ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1', 'Safari on iPhone'],
            ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0', 'Edge on Windows'],
            ['Mozilla/5.0 (X11; Linux x86_64)', 'Linux'],
            ['Mozilla/5.0 (compatible; Robot/2.1; +https://robot.example)', 'Unknown browser'],
            ['curl/8.14.1', 'curl'],
            ['python-requests/2.32.3', 'python-requests'],
            ['WordPress/7.1; https://other.example', 'WordPress'],
            ['Dart/3.9 (dart:io)', 'Dart'],
            ["my\u{202E} \u{2028}phone", 'my phone'],
            ['curl/8.14.1</td><b>', 'curl/8.14.1</td><b>'], // unknown: unchanged, and escaped where it is shown
            ['Ada’s 13/14 inch', 'Ada’s 13/14 inch'],
            ['', ''],
        ];
        foreach ($table as [$said, $words]) {
            self::assertSame($words, Name::in_words($said), $said);
        }
    }
}
