<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/TwoSites.php';

/** A site that became a network while plugins were active has Sallyport only on itself; a second network has none. */
final class NetworkWideTest extends HttpTestCase
{
    use TwoSites;

    public function test_network_administrators_are_told_if_it_is_active_on_one_site_only(): void
    {
        $person = $this->enrolled();
        self::assertSame('good', self::said()[0]);
        self::on('active_plugins');
        try {
            // A session made where it is inactive counts there, and nowhere else.
            $browser = new Browser(static::site());
            $browser->send('POST', '/other/wp-login.php', ['log' => $person->login, 'pwd' => $person->password, 'testcookie' => '1']);
            self::assertTrue($browser->isSignedIn());
            self::assertSame(302, (clone $browser)->send('GET', '/wp-admin/profile.php')->status);
            [$state, $todo] = self::said();
            self::assertSame('critical', $state);
            self::assertStringContainsString('on for this site only', $todo);
            $admin = new Browser(static::site());
            $admin->logIn(Person::admin(static::site()));
            self::assertStringContainsString('Sallyport is on for this site only', $admin->send('GET', '/wp-admin/index.php')->body);
        } finally {
            self::on('active_sitewide_plugins');
        }
        self::assertSame('good', self::said()[0]);
    }

    public function test_another_network_without_it_is_named(): void
    {
        static::site()->php(<<<'PHP'
            require_once ABSPATH . 'wp-admin/includes/schema.php';
            require_once ABSPATH . 'wp-admin/includes/upgrade.php';
            populate_network(2, get_network()->domain, 'admin@example.test', 'Two', '/two/', false);
            PHP);
        [$state, $todo] = self::said();
        self::assertSame('critical', $state);
        self::assertStringContainsString('/two/', $todo);
        static::site()->php('update_network_option(2, "active_sitewide_plugins", get_network_option(1, "active_sitewide_plugins"));');
        self::assertSame('good', self::said()[0]);
    }

    /** Changes the options directly, without the step-up that protects both. */
    private static function on(string $where): void
    {
        static::site()->php(<<<'PHP'
            $site = 'active_plugins' === $argv[1];
            update_option('active_plugins', $site ? ['sallyport/sallyport.php'] : []);
            update_site_option('active_sitewide_plugins', $site ? [] : ['sallyport/sallyport.php' => time()]);
            PHP, [$where]);
    }

    /** @return array{string, string} what `status` says about it: the state, and what to do */
    private static function said(): array
    {
        [, $out] = static::site()->command('status', '--format=json');
        $row = array_column(json_decode($out, true), null, 'test')['network'];
        return [$row['state'], $row['todo']];
    }
}
