<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** Tools → Site Health reports problems with constants, key and extension; its other lines are tested in tests/integration. */
final class SiteHealthTest extends HttpTestCase
{
    use OwnSite;

    private const KEY = 'a key that is not the one of this site, and long enough';

    public function test_the_page_has_our_lines_and_our_section(): void
    {
        $browser = new Browser(static::site());
        $browser->logIn(Person::admin(static::site()));
        $page = $browser->send('GET', '/wp-admin/site-health.php');
        self::assertSame(200, $page->status);
        self::assertStringContainsString('Extension and master key are in order', $page->body);
        self::assertStringContainsString('Master key from', $browser->send('GET', '/wp-admin/site-health.php?tab=debug')->body);
    }

    public function test_what_opens_the_second_step_and_a_key_of_another_site_are_red(): void
    {
        static::site()->up_again(['define' => ['SALLYPORT_DISABLE' => true, 'SALLYPORT_MONITOR' => true, 'SALLYPORT_TOKEN_TTL' => 'soon', 'SALLYPORT_MASTER_KEY' => self::KEY]]);
        $results = self::results();
        foreach (['break_glass', 'monitor', 'engine', 'signing_key'] as $name) {
            self::assertSame('critical', $results[$name][0], $name);
        }
        self::assertStringContainsString('in several places', $results['engine'][1]);
        self::assertSame('recommended', $results['constants'][0]);
        self::assertStringContainsString('SALLYPORT_TOKEN_TTL', $results['constants'][1]);
        self::assertStringNotContainsString(self::KEY, (string) json_encode($results));
    }

    public function test_a_missing_extension_and_a_missing_table_are_red(): void
    {
        static::site()->up_again(['without-extension' => true]);
        self::renameTable('devices', 'elsewhere');
        try {
            $results = self::results();
        } finally {
            self::renameTable('elsewhere', 'devices');
        }
        self::assertSame('critical', $results['engine'][0]);
        self::assertStringContainsString('is not loaded', $results['engine'][1]);
        self::assertSame('critical', $results['tables'][0]);
        self::assertSame('recommended', $results['administrators'][0]);
    }

    public function test_the_probe_is_told_by_the_name_the_routes_have(): void
    {
        static::site()->up_again(['define' => ['SALLYPORT_REST_NAMESPACE' => 'front/door']]);
        self::assertStringContainsString('POST /front/door/v1/probe.', self::results()['probe'][1]);
    }

    /** @return array<string, array{string, string}> name => status and description */
    private static function results(): array
    {
        return static::site()->php(<<<'PHP'
            $results = [];
            foreach (apply_filters('site_status_tests', ['direct' => [], 'async' => []])['direct'] as $name => $test) {
                $result = $test['test']();
                $results[substr($name, strlen('sallyport_'))] = [$result['status'], $result['description']];
            }
            return $results;
            PHP);
    }
}
