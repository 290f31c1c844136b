<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** Two networks of one WordPress share users and tables, but neither policy nor settings. */
final class TwoNetworksTest extends HttpTestCase
{
    use OwnSite;

    private const NEW = 'YW5vdGhlciBrZXksIG9mIHRoaXJ0eS10d28gYnl0ZXM=';

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return ['multisite' => true];
    }

    public static function setUpBeforeClass(): void
    {
        static::site()->php(<<<'PHP'
            require_once ABSPATH . 'wp-admin/includes/schema.php';
            require_once ABSPATH . 'wp-admin/includes/upgrade.php';
            populate_network(2, get_network()->domain, 'admin@example.test', 'Two', '/two/', false);
            foreach (['active_sitewide_plugins', 'site_admins'] as $name) {
                update_network_option(2, $name, get_network_option(1, $name));
            }
            $site = wp_insert_site(['domain' => get_network()->domain, 'path' => '/two/', 'network_id' => 2, 'user_id' => 1, 'title' => 'Two']);
            is_wp_error($site) && throw new RuntimeException($site->get_error_message());
            PHP);
        static::site()->request('GET', '/two/wp-json/');
    }

    public function test_each_network_has_its_own_policy_and_settings(): void
    {
        $person = $this->person();
        static::site()->php('add_user_to_blog(2, (int) $argv[1], "subscriber");', [(string) $person->id]);
        self::decides('/two', ['roles' => ['subscriber' => 'required'], 'grace_days' => 0]);
        static::site()->plugin('switch_to_blog(2); $plugin->settings()->hold(["token_ttl" => 120], fn () => null); return 1;');
        $asked = function () use ($person): void {
            self::refused(403, 'sallyport_enrolment_required', self::logInAt('/two', $person));
            $answer = self::logInAt('', $person);
            self::assertSame([200, 900], [$answer->status, $answer->json['expires_in']], (string) $answer);
            self::assertSame(120, static::site()->plugin('switch_to_blog(2); return $plugin->settings()->get("token_ttl");'));
        };
        $asked();
        static::site()->php('do_action("sallyport_housekeeping");');
        $asked();
        self::decides('', ['roles' => ['editor' => 'required']]);
        $asked();
        $reach = static::site()->plugin('switch_to_blog(2); return (fn () => $this->policy_reach())->call($plugin)->of(["network" => new \Sallyport\WP\Gate\Rules(["default" => "required"])])["roles"];');
        self::assertSame(['administrator'], array_keys($reach), 'it reaches only its own users, no subscriber of the other');
    }

    public function test_a_site_that_comes_after_a_new_master_key_takes_it_whatever_its_network(): void
    {
        static::site()->up_again(['multisite' => true, 'define' => ['SALLYPORT_NEW_MASTER_KEY' => self::NEW]]);
        [$code, , $err] = static::site()->command('key', 'reseal', '--yes');
        self::assertSame(0, $code, $err);
        self::assertCount(1, array_unique(static::site()->php('return [get_network_option(1, "sallyport_key_check"), get_network_option(2, "sallyport_key_check"), get_blog_option(2, "sallyport_key_check")];')));
    }

    /** @param array<string, mixed> $policy */
    private static function decides(string $network, array $policy): void
    {
        $token = self::logInAt($network, Person::admin(static::site()))->json['token'];
        $answer = static::site()->request('PUT', $network . self::API . '/policy', json: ['network' => $policy], bearer: $token);
        self::assertSame(200, $answer->status, (string) $answer);
    }

    private static function logInAt(string $network, Person $person): Response
    {
        return static::site()->request('POST', $network . self::API . '/token', json: ['username' => $person->login, 'password' => $person->password]);
    }
}
