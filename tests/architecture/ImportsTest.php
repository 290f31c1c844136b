<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

final class ImportsTest extends TestCase
{
    /** In code, or in what a docblock says about it. */
    public function test_what_is_imported_is_used(): void
    {
        $unused = [];
        foreach (Source::texts() as $path => $text) {
            $body = (string) preg_replace('/^use [^;]+;/m', '', $text);
            foreach (self::imported($text) as $name) {
                if (preg_match('/\b' . preg_quote($name, '/') . '\b/', $body) !== 1) {
                    $unused[] = "$path: $name";
                }
            }
        }
        self::assertSame([], $unused);
    }

    /** @return list<string> the last part of each, or its alias */
    private static function imported(string $text): array
    {
        preg_match_all('/^use (?:function |const )?([^;]+);/m', $text, $found);
        $names = [];
        foreach ($found[1] as $import) {
            foreach (preg_split('/[{},]/', $import) as $part) {
                $name = preg_replace('/^.*(?:\\\\| as )/', '', trim($part));
                if ($name !== '') {
                    $names[] = $name;
                }
            }
        }
        return $names;
    }
}
