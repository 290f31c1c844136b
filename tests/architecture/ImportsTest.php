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
        foreach (self::texts() as $path => $text) {
            $body = (string) preg_replace('/^use [^;]+;/m', '', $text);
            foreach (self::imported($text) as $name) {
                if (preg_match('/\b' . preg_quote($name, '/') . '\b/', $body) !== 1) {
                    $unused[] = "$path: $name";
                }
            }
        }
        self::assertSame([], $unused);
    }

    /** @return array<string, string> Path => text, of the plugin and of whatever tests or measures it. */
    private static function texts(): array
    {
        $texts = array_map(static fn (Source $file): string => $file->text, Source::all());
        $root = dirname(__DIR__, 2);
        foreach (['bench', 'bin', 'php', 'tests'] as $folder) {
            $files = new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator("$root/$folder", \FilesystemIterator::SKIP_DOTS));
            foreach (new \RegexIterator($files, '~^(?!.*/node_modules/).*\.php$~') as $file) {
                $texts[substr($file->getPathname(), strlen($root) + 1)] = (string) file_get_contents($file->getPathname());
            }
        }
        return $texts;
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
