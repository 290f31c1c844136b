<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use FilesystemIterator;
use PHPUnit\Framework\TestCase;
use RecursiveDirectoryIterator;
use RecursiveIteratorIterator;

/** docs/standards.md: every clause that applies has a test named after it, and the page lists every such test. */
final class StandardsTest extends TestCase
{
    private const ROOT = __DIR__ . '/../..';

    /** Letter of a row's id => the number of rows. */
    private const ROWS = ['N' => 16, 'A' => 20, 'T' => 4, 'J' => 5, 'O' => 4];

    public function test_no_row_is_missing(): void
    {
        $ids = [];
        foreach (self::ROWS as $letter => $count) {
            $ids = [...$ids, ...array_map(static fn (int $number): string => $letter . $number, range(1, $count))];
        }
        self::assertSame($ids, array_keys($this->rows()));
    }

    public function test_every_row_names_tests_that_are_there_and_named_after_it(): void
    {
        foreach ($this->rows() as $id => $tests) {
            self::assertNotSame([], $tests, $id);
            foreach ($tests as $test) {
                self::assertContains($test, $this->tests(), $id);
                self::assertContains($id, self::named($test), "$test is not named after $id");
            }
        }
    }

    public function test_every_test_that_is_named_after_a_row_is_in_it_or_beside_one_that_is(): void
    {
        $rows = $this->rows();
        foreach ($this->tests() as $test) {
            foreach (self::named($test) as $id) {
                self::assertArrayHasKey($id, $rows, $test);
            }
        }
    }

    /** @return array<string, list<string>> id of a row => `Class::method` */
    private function rows(): array
    {
        $page = (string) file_get_contents(self::ROOT . '/docs/standards.md');
        preg_match_all('/^\| ([A-Z]\d+) \|.*\| ([^|]*) \|$/m', $page, $rows, PREG_SET_ORDER);
        $tests = [];
        foreach ($rows as [, $id, $named]) {
            preg_match_all('/`(\w+::test_\w+)`/', $named, $found);
            $tests[$id] = $found[1];
        }
        return $tests;
    }

    /** @return list<string> all `Class::method` of the suites */
    private function tests(): array
    {
        static $tests = null;
        if ($tests !== null) {
            return $tests;
        }
        foreach (['tests', 'php/tests'] as $folder) {
            foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator(self::ROOT . "/$folder", FilesystemIterator::SKIP_DOTS)) as $file) {
                if (str_ends_with($file->getFilename(), 'Test.php')) {
                    preg_match_all('/^    public function (test_\w+)\(/m', (string) file_get_contents($file->getPathname()), $found);
                    $tests = [...$tests ?? [], ...array_map(static fn (string $method): string => $file->getBasename('.php') . '::' . $method, $found[1])];
                }
            }
        }
        return $tests;
    }

    /** @return list<string> the ids at the beginning of a test's name */
    private static function named(string $test): array
    {
        preg_match('/::test((?:_[natjo]\d+)+)_/', $test, $found);
        return array_map(strtoupper(...), array_filter(explode('_', $found[1] ?? '')));
    }
}
