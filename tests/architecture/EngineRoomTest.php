<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;

/** The Rust part: all of src/ except bindings/ is pure. */
final class EngineRoomTest extends TestCase
{
    public function test_only_the_bindings_know_php_or_are_unsafe(): void
    {
        foreach ($this->pure() as $path => $code) {
            self::assertDoesNotMatchRegularExpression('/\bext_php_rs\b|\bunsafe\s*(\{|fn|impl|extern)/', $code, $path);
        }
    }

    public function test_the_engine_reads_no_clock_and_no_environment(): void
    {
        foreach ($this->pure() as $path => $code) {
            self::assertDoesNotMatchRegularExpression('/SystemTime::now|Instant::now|Utc::now|std::env::var|std::fs::|std::thread::spawn/', $code, $path);
        }
    }

    public function test_the_engine_knows_nothing_of_wordpress(): void
    {
        foreach ($this->pure() as $path => $code) {
            self::assertDoesNotMatchRegularExpression('/wp_json|wp-json|WP_User|\$wpdb|\broute\b/i', $code, $path);
        }
    }

    /** @return array<string, string> path => code, without comments and tests */
    private function pure(): array
    {
        $root = dirname(__DIR__, 2) . '/src';
        $pure = [];
        foreach (new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator($root, \FilesystemIterator::SKIP_DOTS)) as $file) {
            $path = substr($file->getPathname(), strlen($root) + 1);
            if ($file->getExtension() === 'rs' && !str_starts_with($path, 'bindings')) {
                $code = preg_replace('~^\s*//.*$~m', '', (string) file_get_contents($file->getPathname()));
                $pure[$path] = preg_split('/#\[cfg\(test\)\]/', $code)[0];
            }
        }
        self::assertNotSame([], $pure);
        return $pure;
    }
}
