<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Site;

require_once __DIR__ . '/HttpTestCase.php';

/** The plugin is deleted as WordPress does it: what is deleted, what stays, and what is there after a new installation. */
final class UninstallTest extends HttpTestCase
{
    private static ?Site $own = null;

    protected function tearDown(): void
    {
        self::$own?->down();
        self::$own = null;
    }

    protected static function site(): Site
    {
        return self::$own ?? throw new \LogicException('put up in setUp()');
    }

    protected function setUp(): void
    {
        self::$own = Site::up(self::options(['multisite' => str_contains($this->getName(), 'network')]));
        parent::setUp();
    }

    public function test_by_default_deletion_keeps_what_guards_accounts_and_the_setting_removes_everything(): void
    {
        $person = $this->lived();
        $guarding = ['factors' => 1, 'backup_codes' => 10];
        self::assertEquals($guarding, array_intersect_key($this->left()['rows'], $guarding));
        $this->remove();
        $left = $this->left();
        $rows = array_diff_key(array_filter($left['rows']), ['throttle' => 1, 'spent' => 1, 'sso_sites' => 1]);
        self::assertEquals($guarding, $rows, 'sign-ins, devices and the log are deleted');
        self::assertSame([], $left['events']);
        self::assertEquals(['_sallyport_app_password', '_sallyport_state'], array_values(array_diff($left['meta'], ['_sallyport_email_proven'])));
        self::assertTrue($left['key'] && $left['options'] > 0);
        $this->othersAreAsTheyWere();

        $this->activate();
        self::assertSame(401, $this->get('/wp-json/wp/v2/users/me', $person->token)->status, 'a token from before');
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0], 'factor' => 'backup_code'])->status);

        static::site()->up_again(self::options(['define' => ['SALLYPORT_UNINSTALL' => 'everything']]));
        $this->remove();
        $this->nothingIsLeft();
        $this->othersAreAsTheyWere();
        $this->activate();
        self::assertSame(200, $this->logIn($person)->status, 'like a new installation: the factor is gone');
    }

    public function test_on_a_network_it_is_turned_off_and_deleted_on_every_site(): void
    {
        static::site()->php('$id = wp_insert_site(["domain" => get_network()->domain, "path" => "/second/", "user_id" => 1, "title" => "x"]); is_wp_error($id) && throw new \RuntimeException($id->get_error_message());');
        static::site()->request('GET', '/second/wp-json/');
        $this->lived();
        static::site()->plugin('$plugin->settings()->set("uninstall", "everything"); switch_to_blog(get_blog_id_from_url(get_network()->domain, "/second/")); wp_schedule_event(time() + 900, "hourly", "sallyport_webhooks");');
        $before = $this->left();
        self::assertSame(2, count($before['blogs']));
        $this->deactivate();
        $after = $this->left();
        self::assertSame([], $after['events']);
        self::assertSame(['events' => 0] + $before, ['events' => 0] + $after, 'deactivation deletes nothing');
        $this->othersAreAsTheyWere();
        static::site()->php('global $wpdb; $wpdb->query("DROP TABLE {$wpdb->base_prefix}sallyport_devices");');
        $this->remove();
        $this->nothingIsLeft();
        $this->othersAreAsTheyWere();
        // once more, by the default setting: there is nothing left to delete
        static::site()->php('require_once ABSPATH . "wp-admin/includes/plugin.php"; uninstall_plugin("sallyport/sallyport.php");');
        self::assertSame([], array_filter($this->left()['rows']), 'a plugin that is broken can be deleted');
    }

    /** A site on which everything has been used, with data of other plugins beside ours. */
    private function lived(): Person
    {
        $person = $this->enrolled();
        self::assertSame(200, $this->logIn($person, ['code' => array_pop($person->codes), 'factor' => 'backup_code', 'device_name' => 'kitchen'])->status);
        $this->challenge($person);
        $browser = new Browser(static::site());
        $browser->logIn($person);
        static::site()->plugin(<<<'PHP'
            global $wpdb;
            $id = (int) $argv[1];
            add_option('sallyportish', 'theirs');
            update_user_meta($id, '_sallyportish', 'theirs');
            wp_schedule_event(time() + 3600, 'hourly', 'sallyportish');
            $wpdb->query("CREATE TABLE {$wpdb->base_prefix}sallyportish (id int)");
            wp_schedule_event(time() + 900, 'hourly', 'sallyport_webhooks');
            WP_Application_Passwords::create_new_application_password($id, ['name' => 'theirs']);
            $plugin->meta()->write($id, static fn () => add_user_meta($id, '_sallyport_app_password', 'x'));
            $sessions = WP_Session_Tokens::get_instance($id);
            $token = $sessions->create(time() + 3600);
            $sessions->update($token, ['sallyport' => ['user' => $id], 'theirs' => 'a "quoted" \\\\ word'] + $sessions->get($token));
            PHP, [(string) $person->id]);
        self::assertNotSame([], $this->left()['events']);
        self::assertSame(1, $this->left()['marks']);
        return $person;
    }

    private function activate(): void
    {
        static::site()->php('require_once ABSPATH . "wp-admin/includes/plugin.php"; $e = activate_plugin("sallyport/sallyport.php"); is_wp_error($e) && throw new \RuntimeException($e->get_error_message());');
    }

    private function deactivate(): void
    {
        static::site()->php('require_once ABSPATH . "wp-admin/includes/plugin.php"; deactivate_plugins("sallyport/sallyport.php");');
    }

    /** Like the Plugins screen, in two requests: the second one loads none of our files. */
    private function remove(): void
    {
        $this->deactivate();
        static::site()->php('require_once ABSPATH . "wp-admin/includes/plugin.php"; class_exists("Sallyport\\WP\\Plugin", false) && throw new \RuntimeException("loaded"); uninstall_plugin("sallyport/sallyport.php");');
    }

    private function nothingIsLeft(): void
    {
        $left = $this->left();
        unset($left['blogs']);
        self::assertSame(['rows' => [], 'options' => 0, 'meta' => [], 'marks' => 0, 'events' => [], 'key' => false], $left);
    }

    private function othersAreAsTheyWere(): void
    {
        $theirs = static::site()->php(<<<'PHP'
            global $wpdb;
            $holders = $wpdb->get_results("SELECT user_id FROM $wpdb->usermeta WHERE meta_key = '_sallyportish'");
            $id = (int) $holders[0]->user_id;
            $sessions = array_column(get_user_meta($id, 'session_tokens', true), 'theirs');
            return [get_option('sallyportish'), (bool) wp_next_scheduled('sallyportish'), count($wpdb->get_results("SHOW TABLES LIKE '{$wpdb->base_prefix}sallyportish'")), $sessions, count(WP_Application_Passwords::get_user_application_passwords($id))];
            PHP);
        self::assertSame(['theirs', true, 1, ['a "quoted" \\ word'], 1], $theirs);
    }

    /** @return array<string, mixed> all our data, on every site of the network */
    private function left(): array
    {
        return static::site()->php(<<<'PHP'
            global $wpdb;
            $rows = [];
            foreach ($wpdb->get_col("SHOW TABLES LIKE '{$wpdb->base_prefix}sallyport%'") as $table) {
                if (str_starts_with($table, "{$wpdb->base_prefix}sallyport_")) {
                    $rows[substr($table, strlen($wpdb->base_prefix) + 10)] = (int) $wpdb->get_var("SELECT COUNT(*) FROM $table");
                }
            }
            $blogs = is_multisite() ? array_map('intval', get_sites(['fields' => 'ids'])) : [1];
            $options = is_multisite() ? (int) $wpdb->get_var("SELECT COUNT(*) FROM $wpdb->sitemeta WHERE meta_key LIKE 'sallyport%'") : 0;
            $events = [];
            foreach ($blogs as $blog) {
                is_multisite() && switch_to_blog($blog);
                $options += count(array_diff($wpdb->get_col("SELECT option_name FROM $wpdb->options WHERE option_name LIKE 'sallyport%'"), ['sallyportish']));
                foreach (_get_cron_array() as $hooks) {
                    array_push($events, ...array_diff(preg_grep('/^sallyport/', array_keys($hooks)), ['sallyportish']));
                }
                is_multisite() && restore_current_blog();
            }
            $meta = $wpdb->get_col("SELECT DISTINCT meta_key FROM $wpdb->usermeta WHERE meta_key LIKE '%sallyport%' AND meta_key <> '_sallyportish' ORDER BY meta_key");
            $marks = (int) $wpdb->get_var("SELECT COUNT(*) FROM $wpdb->usermeta WHERE meta_key = 'session_tokens' AND meta_value LIKE '%sallyport%'");
            $files = array_filter([...glob(WP_CONTENT_DIR . '/sallyport-key.php'), ...(glob(dirname(rtrim(ABSPATH, '/')) . '/.sallyport-*.php') ?: [])], static fn ($file) => is_readable($file) && str_contains(file_get_contents($file), 'master key'));
            return ['rows' => $rows, 'options' => $options, 'meta' => $meta, 'marks' => $marks, 'events' => array_values($events), 'key' => $files !== [], 'blogs' => $blogs];
            PHP);
    }
}
