<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

/** docs/hooks.md lists all hooks of ours, and no others. */
final class HooksDocumentTest extends TestCase
{
    /** A name that ends in a variable => the text for the variable. */
    private const ENDS = ['sallyport_two_factor_' => ['success', 'failed']];

    public function test_every_hook_is_documented_with_its_arguments(): void
    {
        preg_match_all('/^### (.*)\n\n((?:(?!^#).*\n)*)/m', (string) file_get_contents(dirname(__DIR__, 2) . '/docs/hooks.md'), $sections, PREG_SET_ORDER);
        $documented = [];
        foreach ($sections as [, $heading, $text]) {
            preg_match_all('/`(sallyport_\w+)`/', $heading, $names);
            // An argument is a type and a variable, in one pair of backticks.
            $documented += array_fill_keys($names[1], preg_match_all('/`[^`]*\$\w+`/', $text));
        }
        $fired = $this->fired();
        self::assertGreaterThan(7, count($fired));
        ksort($fired);
        ksort($documented);
        self::assertSame($fired, $documented);
    }

    public function test_the_table_is_what_the_code_says(): void
    {
        $root = dirname(__DIR__, 2);
        exec(implode(' ', array_map(escapeshellarg(...), [PHP_BINARY, "$root/bin/lib/docs/hooks.php", "$root/docs/hooks.md", "$root/wp-plugin"])), $lines, $code);
        self::assertSame(0, $code);
        self::assertSame(implode("\n", $lines) . "\n", file_get_contents("$root/docs/hooks.md"), 'bin/docs updates it');
        $told = [];
        foreach (preg_grep('/^\| `sallyport_/', $lines) as $line) {
            $told[explode('`', $line)[1]] = preg_match_all('/`[^`]*\$\w+`/', substr($line, 3 + (int) strpos($line, '` |')));
        }
        $fired = $this->fired();
        $fired['sallyport_two_factor_{$what}'] = $fired['sallyport_two_factor_failed'];
        unset($fired['sallyport_two_factor_success'], $fired['sallyport_two_factor_failed']);
        ksort($fired);
        ksort($told);
        self::assertSame($fired, $told, 'a @param for each argument');
    }

    /** @return array<string, int> name => the number of its arguments */
    private function fired(): array
    {
        $fired = [];
        foreach (Source::all() as $file) {
            foreach ($file->arguments('do_action', 'apply_filters') as $arguments) {
                $name = trim($arguments[0][0]->text, "'\"");
                if (!str_starts_with($name, 'sallyport_')) {
                    continue;
                }
                foreach (count($arguments[0]) === 1 ? [''] : self::ENDS[$name] ?? ['…'] as $end) {
                    $fired[$name . $end] = count($arguments) - 1;
                }
            }
        }
        return $fired;
    }
}
