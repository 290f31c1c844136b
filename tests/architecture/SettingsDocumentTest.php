<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;
use Sallyport\WP\Settings\Words;
use Sallyport\WP\Store\Settings;

/** The settings: the page and docs/settings.md have the same text for each. */
final class SettingsDocumentTest extends TestCase
{
    public static function setUpBeforeClass(): void
    {
        // The sentences are translated; here they stay English.
        if (!function_exists('__')) {
            eval('function __(string $text): string { return $text; }');
        }
        foreach (['DAY_IN_SECONDS' => 86400, 'YEAR_IN_SECONDS' => 31536000] as $name => $seconds) {
            defined($name) || define($name, $seconds);
        }
        foreach (['Engine', 'Store/Settings', 'Settings/Words'] as $class) {
            require_once dirname(__DIR__, 2) . "/wp-plugin/src/$class.php";
        }
    }

    public function test_the_page_describes_each_setting_as_the_class_does(): void
    {
        $table = explode("\nConstants that are no settings:", (string) file_get_contents(dirname(__DIR__, 2) . '/docs/settings.md'))[0];
        preg_match_all('/^\| `(\w+)` \| (?:`(.*?)`)? ?\| (.*?)(?: \(\[[^|]+\))? \|$/m', $table, $rows);
        $page = array_combine($rows[1], array_map(null, $rows[2], $rows[3]));
        $code = [];
        foreach (Settings::names() as $name) {
            $code[$name] = [Settings::text(Settings::standard($name)), str_replace('|', '\|', trim(Words::consequence($name) . ' ' . Words::form($name)))];
        }
        ksort($page);
        ksort($code);
        self::assertSame($code, $page);
    }

    public function test_every_setting_is_in_one_group_and_has_a_name(): void
    {
        $grouped = array_merge(...array_values(Words::groups()));
        sort($grouped);
        $names = Settings::names();
        sort($names);
        self::assertSame($names, $grouped);
        foreach ($names as $name) {
            self::assertNotSame('', Words::title($name));
        }
    }
}
