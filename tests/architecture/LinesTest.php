<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;

/** A line holds one thought, and is read without scrolling. A text stays whole: it is translated, searched for and copied as it is. */
final class LinesTest extends TestCase
{
    private const ROOT = __DIR__ . '/../..';

    /** Columns, and how many of them may stand beside a text that is longer. A line of a template has its markup there. */
    private const CODE = [140, 80];
    private const TEMPLATE = [140, 140];
    private const TEST = [180, 120];

    public function test_lines_of_the_plugin_are_short(): void
    {
        self::assertSame([], self::long(['wp-plugin/*.php', 'wp-plugin/src/**'], self::CODE));
        self::assertSame([], self::long(['wp-plugin/templates/**'], self::TEMPLATE));
    }

    public function test_lines_of_the_extension_are_short(): void
    {
        self::assertSame([], self::long(['src/**', 'build.rs'], self::CODE));
    }

    public function test_lines_of_the_tests_are_short(): void
    {
        self::assertSame([], self::long(['tests/**', 'php/**', 'bench/**', 'bin/**', 'examples/**'], self::TEST));
    }

    /** @dataProvider lines */
    public function test_a_line_is_long_without_its_text(bool $isLong, string $line): void
    {
        self::assertSame($isLong, self::isLong($line, self::CODE));
    }

    /** @return iterable<string, array{bool, string}> */
    public static function lines(): iterable
    {
        $text = str_repeat('a text ', 30);
        yield 'short' => [false, '$a = $b;'];
        yield 'as long as may be' => [false, str_pad('$a = $b;', 140, ' ', STR_PAD_LEFT)];
        yield 'too long' => [true, str_pad('$a = $b;', 141, ' ', STR_PAD_LEFT)];
        yield 'a text' => [false, "\treturn __( '$text', 'sallyport' );"];
        yield 'a text in two numbers' => [false, "\t_n( '$text', '$text', \$count, 'sallyport' ),"];
        yield 'two texts' => [true, "\tarray( '$text', '$text' ),"];
        yield 'a text, and code beside it' => [true, "\t\$a = array_map( static fn ( string \$one ): string => sprintf( __( '$text', 'sallyport' ), \$one ), \$all );"];
        yield 'names' => [true, '$names = array( ' . str_repeat("'a_name', ", 20) . ');'];
        yield 'an exception of phpcs' => [false, str_pad('$a = $_GET; ', 130, ' ', STR_PAD_LEFT) . '// phpcs:ignore WordPress.Security -- the key is checked.'];
        yield 'a type' => [false, "\t/** @return array{" . str_repeat('name: string, ', 20) . '} */'];
        yield 'a comment' => [true, "\t// $text"];
        yield 'a pattern' => [false, "\t'/" . str_repeat('x', 200) . "/',"];
    }

    /** @param list<string> $where @param array{int, int} $most @return list<string> */
    private static function long(array $where, array $most): array
    {
        $paths = implode(' ', array_map(static fn (string $path): string => escapeshellarg(":(glob)$path"), $where));
        $files = shell_exec('cd ' . escapeshellarg(self::ROOT) . " && git ls-files --cached --others --exclude-standard -- $paths");
        $long = [];
        foreach (preg_grep('~\.(php|rs|m?js)$~', explode("\n", (string) $files)) as $file) {
            $text = (string) @file_get_contents(self::ROOT . "/$file");
            foreach (array_diff_key(explode("\n", $text), str_ends_with($file, '.php') ? self::quoted($text) : []) as $i => $line) {
                if (self::isLong($line, $most)) {
                    $long[] = $file . ':' . ($i + 1);
                }
            }
        }
        return $long;
    }

    /** @return array<int, true> The lines, from 0, within a literal of several lines: SQL, and scripts that run elsewhere. */
    private static function quoted(string $text): array
    {
        $quoted = [];
        foreach (\PhpToken::tokenize($text) as $token) {
            if ($token->is([T_CONSTANT_ENCAPSED_STRING, T_ENCAPSED_AND_WHITESPACE]) && str_contains($token->text, "\n")) {
                $quoted += array_fill($token->line - 1, substr_count($token->text, "\n") + 1, true);
            }
        }
        return $quoted;
    }

    /** @param array{int, int} $most */
    private static function isLong(string $line, array $most): bool
    {
        // What a tool reads stands in its line: an exception of phpcs behind the code, a type, a field of the plugin's header.
        $line = preg_replace('~ // phpcs:ignore .*?( \?>.*)?$~', '$1', $line);
        if (mb_strlen($line) <= $most[0] || preg_match('~^\s*/?\*\*? (@\w|[A-Z][a-z]+: {2})~', $line) === 1) {
            return false;
        }
        // A text has blanks, or is as long as a key or a pattern. Both of _n() are one.
        $literal = '(?:\'(?:[^\'\\\\]|\\\\.)*\'|"(?:[^"\\\\]|\\\\.)*")';
        preg_match_all("/_n\\( $literal, $literal|$literal/", $line, $found);
        $texts = preg_grep('/\s|.{60}/', $found[0]);
        return mb_strlen($line) - max([0, ...array_map(mb_strlen(...), $texts)]) > $most[1];
    }
}
