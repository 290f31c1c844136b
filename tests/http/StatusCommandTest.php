<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** `wp sallyport status`: Site Health's tests on the command line, whatever is broken. */
final class StatusCommandTest extends HttpTestCase
{
    use OwnSite;

    public function test_it_prints_site_healths_results_and_exits_with_0_if_nothing_is_critical(): void
    {
        [$code, $rows] = self::status();
        self::assertSame(0, $code);
        self::assertSame(static::site()->php(<<<'PHP'
            $said = [];
            foreach (apply_filters('site_status_tests', ['direct' => []])['direct'] as $name => $test) {
                $said[substr($name, strlen('sallyport_'))] = [$test['test']()['status'], $test['test']()['label']];
            }
            return $said;
            PHP), array_map(static fn (array $row): array => [$row['state'], $row['says']], $rows));
        self::assertSame(['good', ''], [$rows['tables']['state'], $rows['tables']['todo']]);
        self::assertSame('recommended', $rows['probe']['state']);

        [$code, $out, $err] = static::site()->command('status');
        self::assertSame([0, "state\ttest\tsays"], [$code, strtok($out, "\n")]);
        self::assertStringContainsString("good\ttables\tSallyport's tables can be read and written\n", $out);
        self::assertStringContainsString('Warning: ' . $rows['probe']['says'] . ': ' . $rows['probe']['todo'], $err);
    }

    public function test_without_the_extension_and_a_table_it_says_both_and_ends_with_1(): void
    {
        static::site()->up_again(['without-extension' => true]);
        self::renameTable('devices', 'elsewhere');
        try {
            [$code, $rows, $err] = self::status();
        } finally {
            self::renameTable('elsewhere', 'devices');
            static::site()->up_again();
        }
        self::assertSame([1, 'critical', 'critical'], [$code, $rows['engine']['state'], $rows['tables']['state']]);
        self::assertStringContainsString('is not loaded', $rows['engine']['todo']);
        self::assertStringContainsString('Error: Critical: ' . $rows['engine']['says'] . '; ' . $rows['tables']['says'], $err);
        self::assertSame(0, self::status()[0]);
    }

    public function test_with_another_master_key_and_with_none(): void
    {
        try {
            static::site()->up_again(['define' => ['SALLYPORT_MASTER_KEY' => 'b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXkgb3Q=']]);
            [$code, $rows] = self::status();
            self::assertSame([1, 'critical'], [$code, $rows['engine']['state']]);
            static::site()->up_again();
            $file = static::site()->php('[$file] = [...glob(WP_CONTENT_DIR . "/sallyport-key.php"), ...glob(dirname(ABSPATH) . "/.sallyport-*.php")]; return $file;');
            rename($file, "$file.away");
            [$code, $rows] = self::status();
            rename("$file.away", $file);
            self::assertSame([1, 'critical'], [$code, $rows['engine']['state']]);
            self::assertStringContainsString(basename($file), $rows['engine']['todo']);
        } finally {
            static::site()->up_again();
        }
    }

    public function test_a_database_that_takes_no_writes_is_critical(): void
    {
        $plugins = static::site()->php('wp_mkdir_p(WPMU_PLUGIN_DIR); return WPMU_PLUGIN_DIR;');
        file_put_contents("$plugins/read-only.php", '<?php add_filter("query", fn ($sql) => preg_match("/^\s*(SELECT|SHOW)/i", $sql) ? $sql : "UPDATE nowhere SET x = 1");');
        try {
            [$code, $rows] = self::status();
        } finally {
            unlink("$plugins/read-only.php");
        }
        self::assertSame([1, 'critical'], [$code, $rows['tables']['state']]);
        self::assertStringContainsString('takes no writes', $rows['tables']['todo']);
        self::assertSame(0, self::status()[0]);
    }

    public function test_foreign_text_is_printed_as_plain_text_on_one_line(): void
    {
        static::site()->plugin('$plugin->activity()->record(\Sallyport\WP\Activity\Event::SwitchRefused, 1, "", "x", ["file" => "a\n\e[31m<b> & c", "function" => "f"]);');
        [, $rows] = self::status();
        self::assertStringEndsWith('a [31m<b> & c f', $rows['switches']['todo']);
    }

    /** @return array{int, array<string, array<string, string>>, string} Exit code, test => its row, stderr */
    private static function status(): array
    {
        [$code, $out, $err] = static::site()->command('status', '--format=json');
        $rows = json_decode($out, true, 8, JSON_THROW_ON_ERROR);
        return [$code, array_column($rows, null, 'test'), $err];
    }
}
