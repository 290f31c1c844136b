<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/TwoSites.php';

/** The main site does the network's housekeeping; each site decides about, and reads, its own part of the log. */
final class NetworkHousekeepingTest extends HttpTestCase
{
    use TwoSites;

    public function test_there_is_one_event_and_it_is_the_main_sites(): void
    {
        self::site()->request('GET', '/other/wp-admin/admin-ajax.php?action=rest-nonce');
        self::assertStringStartsWith('0.1.0', self::there('return get_option("sallyport_ready");'), 'the other site is set up');
        self::assertFalse(self::there('return wp_next_scheduled("sallyport_housekeeping");'));
        self::assertIsInt(self::site()->php('return wp_next_scheduled("sallyport_housekeeping");'));
    }

    public function test_only_the_main_site_schedules_the_event_and_its_wp_admin_or_cron_restores_it(): void
    {
        $event = static fn (): mixed => self::site()->php('return wp_next_scheduled("sallyport_housekeeping");');
        self::site()->php('wp_clear_scheduled_hook("sallyport_housekeeping");');
        self::site()->request('GET', '/other/wp-admin/admin-ajax.php?action=rest-nonce');
        self::assertFalse($event(), 'checking would cost a query in every request of wp-admin');
        self::site()->request('GET', '/wp-admin/admin-ajax.php?action=rest-nonce');
        self::assertIsInt($event());
        self::site()->php('wp_clear_scheduled_hook("sallyport_housekeeping");');
        self::site()->php('remove_action("wp_version_check", "wp_version_check"); do_action("wp_version_check");');
        self::assertIsInt($event());
        self::assertFalse(self::there('return wp_next_scheduled("sallyport_housekeeping");'));
    }

    public function test_each_site_has_its_own_retention_and_rows_without_a_site_follow_the_main_site(): void
    {
        self::there('update_option("sallyport_settings", ["activity_days" => 200]);');
        $gone = self::$other + 50;
        self::rows([[1, 100], [1, 80], [self::$other, 300], [self::$other, 100], [$gone, 100], [$gone, 80]]);
        self::site()->php('wp_clear_scheduled_hook("sallyport_housekeeping"); wp_schedule_event(time() - 5, "daily", "sallyport_housekeeping");');
        self::site()->cron();
        $left = self::site()->php('global $wpdb; return $wpdb->get_results("SELECT blog_id, ROUND((" . time() . " - time) / 86400) AS age FROM {$wpdb->base_prefix}sallyport_activity WHERE device = \'seeded\' ORDER BY blog_id, age", ARRAY_N);');
        self::assertSame([[1, 80], [self::$other, 100], [$gone, 80]], array_map(static fn (array $row): array => array_map(intval(...), $row), $left));
        self::there('delete_option("sallyport_settings");');
    }

    public function test_data_of_sites_deleted_while_inactive_is_removed_when_they_are_missing_twice(): void
    {
        $left = self::site()->plugin(<<<'PHP'
            global $wpdb;
            $gone = (int) $argv[1] + 70;
            $table = $wpdb->base_prefix . 'sallyport_sso_sites';
            $left = static fn (): array => array_map('intval', $wpdb->get_col("SELECT blog_id FROM $table ORDER BY blog_id"));
            foreach ([$gone, (int) $argv[1]] as $blog) {
                $wpdb->insert($table, ['blog_id' => $blog, 'site_key' => 'shop', 'url' => 'https://shop.example', 'secret' => 'x', 'public_key' => '', 'allowed' => 'issue', 'created_at' => time()]);
                $wpdb->insert($wpdb->base_prefix . 'sallyport_webhook_deliveries', ['endpoint' => 'x', 'blog_id' => $blog, 'event' => 'x', 'body' => '', 'next_at' => time() + 86400, 'created_at' => time()]);
            }
            delete_option('sallyport_missing_sites');
            $plugin->housekeeping()->run(time());
            $found = [$left()];
            $kept = get_option('sallyport_missing_sites');
            update_option('sallyport_missing_sites', ['at' => $kept['at'] - 43200] + $kept);
            $wpdb->query("UPDATE $wpdb->blogs SET blog_id = blog_id + 1000");
            $plugin->leftovers()->forget_sites(time(), 500);
            $found[] = $left();
            update_option('sallyport_missing_sites', ['at' => $kept['at'] - 43200] + $kept);
            $wpdb->query("UPDATE $wpdb->blogs SET blog_id = blog_id - 1000");
            $plugin->housekeeping()->run(time());
            $found[] = $left();
            $found[] = array_map('intval', $wpdb->get_col("SELECT blog_id FROM {$wpdb->base_prefix}sallyport_webhook_deliveries"));
            $wpdb->query("DELETE FROM $table");
            $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_webhook_deliveries");
            return $found;
            PHP, [(string) self::$other]);
        $gone = self::$other + 70;
        self::assertSame([[self::$other, $gone], [self::$other], [self::$other], [self::$other]], $left);
    }

    public function test_a_new_site_inherits_nothing_from_one_with_the_same_id(): void
    {
        [$before, $after, $rules] = self::site()->plugin(<<<'PHP'
            global $wpdb;
            $rules = static fn (): array => array_keys((fn () => $this->policy_editor())->call($plugin)->show('network')['sites']);
            $site = static fn (string $path): int => wpmu_create_blog(get_network()->domain, $path, 'site', 1);
            $id = $site('/former/');
            $rows = static fn (): array => array_map(static fn (string $table): int => (int) $wpdb->get_var($wpdb->prepare("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_$table WHERE blog_id = %d", $id)), ['sso_sites', 'webhook_deliveries']);
            $wpdb->insert($wpdb->base_prefix . 'sallyport_sso_sites', ['blog_id' => $id, 'site_key' => 'shop', 'url' => 'https://shop.example', 'secret' => 'x', 'public_key' => '', 'allowed' => 'exchange', 'created_at' => time()]);
            $wpdb->insert($wpdb->base_prefix . 'sallyport_webhook_deliveries', ['endpoint' => 'x', 'blog_id' => $id, 'event' => 'x', 'body' => '', 'next_at' => time() + 86400, 'created_at' => time()]);
            (fn () => $this->policy_editor())->call($plugin)->change(['network' => ['sites' => [$id => 'off', 1 => 'optional']]], 0, time());
            $before = $rows();
            $wpdb->delete($wpdb->blogs, ['blog_id' => $id]);
            clean_blog_cache($id);
            add_filter('query', static fn (string $query): string => preg_replace('/^INSERT INTO `?' . $wpdb->blogs . '`? \(/', "$0`blog_id`, ", preg_replace('/^(INSERT INTO `?' . $wpdb->blogs . '`? .*) VALUES \(/', "$1 VALUES ($id, ", $query)));
            $new = $site('/new/');
            $found = [$before, $new === $id ? $rows() : ["$new is not $id"], $rules()];
            delete_site_option('sallyport_policy_network');
            $plugin->policy_option()->spread();
            return $found;
            PHP);
        self::assertSame([[1, 1], [0, 0], [1]], [$before, $after, $rules]);
    }

    public function test_a_deleted_users_rules_go_with_them_on_every_site_of_theirs(): void
    {
        $person = $this->person();
        $left = self::site()->plugin(<<<'PHP'
            require_once ABSPATH . 'wp-admin/includes/user.php';
            require_once ABSPATH . 'wp-admin/includes/ms.php';
            [$id, $other] = [(int) $argv[1], (int) $argv[2]];
            add_user_to_blog($other, $id, 'editor');
            $policy = (fn () => $this->policy_editor())->call($plugin);
            $on = static fn (Closure $what): array => array_map(static fn (int $blog): mixed => Sallyport\WP\Blog::on($blog, $what), [1, $other]);
            $policy->change(['network' => ['users' => [$id => 'optional', 1 => 'optional']]], 0, time());
            $on(static fn () => $policy->change(['site' => ['users' => [$id => 'off', 1 => 'optional']]], 0, time()));
            wpmu_delete_user($id);
            $left = $on(static fn (): array => array_map(static fn (string $level): array => array_keys($policy->show($level)['users']), ['site', 'network']));
            $on(static fn () => $policy->change(['site' => []], 0, time()));
            delete_site_option('sallyport_policy_network');
            $plugin->policy_option()->spread();
            return $left;
            PHP, [(string) $person->id, (string) self::$other]);
        self::assertSame([[[1], [1]], [[1], [1]]], $left);
    }

    public function test_each_site_reads_its_own_rows(): void
    {
        self::rows([[1, 1], [self::$other, 2], [self::$other, 3]]);
        foreach (['' => 1, '/other' => 2] as $path => $rows) {
            $answer = self::site()->request('POST', $path . self::API . '/token', json: ['username' => 'admin', 'password' => 'password']);
            $read = self::site()->request('GET', $path . self::API . '/activity?event=key_retired', bearer: $answer->json['token']);
            self::assertSame([200, $rows], [$read->status, $read->json['total']]);
        }
        // An administrator of one site has no rights on the other.
        $person = $this->person('administrator');
        $this->signIn($person);
        self::assertSame(200, $this->get(self::API . '/activity', $person->token)->status);
        self::refused(401, 'rest_not_logged_in', $this->get('/other' . self::API . '/activity', $person->token));
    }

    /** Stores these rows, and deletes all others of the kind. @param list<array{int, int}> $rows blog, and age in days */
    private static function rows(array $rows): void
    {
        self::site()->php(<<<'PHP'
            global $wpdb;
            $table = $wpdb->base_prefix . 'sallyport_activity';
            $wpdb->query("DELETE FROM $table WHERE device = 'seeded'");
            foreach (json_decode($argv[1]) as [$blog, $days]) {
                $wpdb->insert($table, ['time' => time() - $days * 86400, 'event' => 'key_retired', 'user_id' => 0, 'blog_id' => $blog, 'device' => 'seeded', 'outcome' => 'ok', 'detail' => '']);
            }
            PHP, [json_encode($rows)]);
    }

    private static function there(string $code): mixed
    {
        return self::site()->php('switch_to_blog((int) $argv[1]); ' . $code, [(string) self::$other]);
    }
}
