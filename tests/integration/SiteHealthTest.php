<?php

declare(strict_types=1);

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Housekeeping;

/** Each line of Site Health changes with its cause; lines that need a constant or the extension are tested in tests/http. */
final class SiteHealthTest extends WPTestCase
{
    public function test_on_a_healthy_site_every_result_is_good_and_valid_for_core(): void
    {
        self::plugin()->probe_result()->keep([['door' => 'wp-login.php', 'verdict' => 'shut']], time());
        self::protect(1);
        foreach (self::results() as $name => $result) {
            self::assertSame('good', $result['status'], "$name: {$result['description']}");
            self::assertSame($name, $result['test']);
            self::assertNotSame('', $result['label']);
            self::assertSame(wp_kses_post($result['description']), $result['description']);
        }
    }

    public function test_other_plugins_tests_are_kept_and_an_invalid_list_is_left_alone(): void
    {
        self::assertSame('x', apply_filters('site_status_tests', ['direct' => ['theirs' => 'x'], 'async' => []])['direct']['theirs']);
        self::assertNull(self::plugin()->site_health()->tests(null));
        self::assertNull(self::plugin()->debug_section()->add(null));
    }

    public function test_an_open_door_is_red_and_a_probe_of_other_plugins_is_outdated(): void
    {
        self::assertSame('recommended', self::statusOf('probe'));
        self::assertStringContainsString('use the button “Test every door now”', self::results()['sallyport_probe']['description']);
        self::plugin()->probe_result()->keep([['door' => 'xmlrpc.php', 'verdict' => 'shut'], ['door' => 'wp-login.php', 'verdict' => 'open']], time());
        self::assertSame('critical', self::statusOf('probe'));
        self::assertStringContainsString('wp-login.php', self::results()['sallyport_probe']['description']);
        self::assertStringNotContainsString('xmlrpc.php', self::results()['sallyport_probe']['description']);
        self::plugin()->probe_result()->keep(
            [
                ['door' => 'wp-login.php', 'verdict' => 'could not tell'],
                ['door' => 'oauth', 'verdict' => 'not knocked'],
                ['door' => 'xmlrpc.php', 'verdict' => 'shut'],
            ],
            time(),
        );
        self::assertSame('good', self::statusOf('probe'));
        self::assertStringContainsString('wp-login.php, oauth.', self::results()['sallyport_probe']['description'], 'it says what is unknown');
        update_option('sallyport_probe', ['plugins' => 'others'] + get_option('sallyport_probe'));
        self::assertSame('recommended', self::statusOf('probe'));
    }

    public function test_monitor_only_is_red(): void
    {
        self::plugin()->probe_result()->keep([['door' => 'wp-login.php', 'verdict' => 'shut']], time());
        self::assertSame('good', self::statusOf('probe'));
        $this->policy(['monitor' => true]);
        self::assertSame('critical', self::statusOf('monitor'));
        self::assertSame('critical', self::statusOf('probe'), 'doors that were found shut are open now');
        self::assertStringContainsString('Yes: monitor-only lets everyone in', self::results()['sallyport_probe']['description']);
    }

    public function test_a_policy_that_cannot_be_read_is_red(): void
    {
        $this->policy(['roles' => ['editor' => 'mandatory']]);
        self::assertSame('critical', self::statusOf('policy'));
    }

    public function test_an_administrator_without_a_factor_is_orange_whatever_the_role_is_called(): void
    {
        self::assertStringContainsString('1 of 1 administrators has no second factor', self::results()['sallyport_administrators']['label']);
        self::protect(1);
        $this->user('editor');
        self::assertSame('good', self::statusOf('administrators'));
        $this->user('editor')->add_cap('manage_options');
        $this->user('administrator');
        self::assertSame('recommended', self::statusOf('administrators'));
        self::assertStringContainsString('2 of 3 administrators have no second factor', self::results()['sallyport_administrators']['label']);
    }

    public function test_the_daily_job_is_reported_if_its_event_is_missing_or_overdue(): void
    {
        wp_clear_scheduled_hook(Housekeeping::EVENT);
        self::assertSame('recommended', self::statusOf('housekeeping'));
        wp_schedule_event(time() - HOUR_IN_SECONDS + 60, 'daily', Housekeeping::EVENT);
        self::assertSame('good', self::statusOf('housekeeping'), 'WP-Cron waits for a visitor');
        wp_clear_scheduled_hook(Housekeeping::EVENT);
        wp_schedule_event(time() - HOUR_IN_SECONDS - 60, 'daily', Housekeeping::EVENT);
        self::assertSame('recommended', self::statusOf('housekeeping'));
    }

    public function test_a13_a_clock_that_wordpress_org_disagrees_with_is_wrong_in_either_direction(): void
    {
        foreach ([[-18, 'critical'], [18, 'critical'], [-12, 'good'], [12, 'good'], [0, 'good']] as [$off, $status]) {
            self::hear('https://api.wordpress.org/core/version-check/1.7/', time() - $off);
            self::assertSame($status, self::statusOf('clock'), "$off seconds");
        }
    }

    public function test_the_clock_is_compared_only_with_a_recent_answer_of_wordpress_org(): void
    {
        foreach (['http://api.wordpress.org/', 'https://api.wordpress.org.evil.example/', 'https://example.test/'] as $other) {
            self::hear($other, time() - 1000);
            self::assertSame('good', self::statusOf('clock'), $other);
        }
        self::hear('https://api.wordpress.org/', time() - 1000);
        self::assertSame('critical', self::statusOf('clock'));
        update_option('sallyport_clock', [1000, time() - 4 * DAY_IN_SECONDS], false);
        self::assertSame('good', self::statusOf('clock'));
        do_action('http_api_debug', new WP_Error('x'), 'response', '', [], 'https://api.wordpress.org/');
        do_action('http_api_debug', ['headers' => ['date' => 'never']], 'response', '', [], 'https://api.wordpress.org/');
        self::assertSame('good', self::statusOf('clock'));
    }

    public function test_a_site_without_https_is_red_unless_it_is_a_local_one(): void
    {
        $health = self::plugin()->site_health();
        update_option('home', 'http://example.test');
        self::assertSame(['critical', 'good'], [$health->https('production')['status'], $health->https('local')['status']]);
        self::assertStringNotContainsString('encrypted', $health->https('local')['label'], 'which it is not');
        update_option('home', 'https://example.test');
        self::assertSame(['good', 'Passwords and tokens travel encrypted'], [$health->https('production')['status'], $health->https('production')['label']]);
        update_option('sallyport_settings', ['require_https' => 'false']);
        self::assertSame(['recommended', 'good'], [$health->https('production')['status'], $health->https('local')['status']]);
    }

    public function test_refused_origins_and_switches_of_the_last_week_are_reported_escaped_with_a_remedy(): void
    {
        $evil = '<script>alert(1)</script>';
        self::plugin()->activity()->record(Event::OriginRefused, 0, '', 'x', ['origin' => 'https://app.example', 'add' => 'wp sallyport setting set cors https://app.example']);
        self::plugin()->activity()->record(Event::SwitchRefused, 1, '', 'x', ['file' => "wp-content/plugins/$evil.php", 'function' => 'borrow']);
        $results = self::results();
        self::assertSame(['recommended', 'recommended'], [$results['sallyport_origins']['status'], $results['sallyport_switches']['status']]);
        self::assertStringContainsString(
            '<code>https://app.example</code> <code>wp sallyport setting set cors https://app.example</code>',
            $results['sallyport_origins']['description'],
        );
        self::assertStringContainsString("<code>add_filter( &#039;sallyport_trust_switch&#039;, static fn (", $results['sallyport_switches']['description']);
        self::assertStringNotContainsString($evil, $results['sallyport_switches']['description']);
        self::assertStringContainsString(esc_html($evil), $results['sallyport_switches']['description']);
        $later = time() + 7 * DAY_IN_SECONDS + 1;
        self::assertSame(['good', 'good'], [self::plugin()->surroundings()->origins($later)['status'], self::plugin()->surroundings()->switches($later)['status']]);
    }

    public function test_refused_credentials_of_other_plugins_within_the_week_are_reported(): void
    {
        $refused = static fn (array $detail) => self::plugin()->activity()->record(Event::CredentialRefused, 1, '', 'sallyport_token_unproven', $detail);
        $refused([]); // a cookie, or a token of ours
        self::assertSame('good', self::statusOf('credentials'));
        $refused(['found_by' => 'wp-content/plugins/shop/keys.php']);
        $refused(['found_by' => 'wp-content/plugins/jwt/jwt.php', 'iss' => '<script>']);
        $result = self::results()['sallyport_credentials'];
        self::assertSame('recommended', $result['status']);
        self::assertStringContainsString('<code>wp-content/plugins/shop/keys.php</code></li>', $result['description']);
        self::assertStringContainsString('<code>wp-content/plugins/jwt/jwt.php</code> <code>&lt;script&gt;</code>', $result['description']);
        self::assertSame('good', self::plugin()->surroundings()->credentials(time() + 7 * DAY_IN_SECONDS + 1)['status']);
    }

    /** People post it in forums. */
    public function test_the_section_of_debug_information_holds_no_secret(): void
    {
        update_option('sallyport_settings', ['trusted_proxies' => ['192.0.2.7']]);
        $section = apply_filters('debug_information', [])['sallyport'];
        $fields = array_column($section['fields'], 'value');
        self::assertContains('ok', $fields);
        self::assertContainsOnly('string', $fields);
        $all = implode("\n", $fields);
        $master = (new ReflectionMethod(Sallyport\WP\Store\MasterKey::class, 'read'))->invoke((new ReflectionMethod(self::plugin(), 'master_key'))->invoke(self::plugin()))[0];
        self::assertStringNotContainsString($master, $all);
        self::assertDoesNotMatchRegularExpression('~[A-Za-z0-9+/_-]{32}~', $all, 'no text is so long that it could be a secret');
        self::assertTrue($section['fields']['settings']['private']);
        self::assertStringContainsString('192.0.2.7', $section['fields']['settings']['value']);
    }

    /** @return array<string, array<string, mixed>> */
    private static function results(): array
    {
        $ours = array_filter(
            apply_filters('site_status_tests', ['direct' => [], 'async' => []])['direct'],
            static fn (string $name): bool => str_starts_with($name, 'sallyport_'),
            ARRAY_FILTER_USE_KEY,
        );
        self::assertGreaterThan(10, count($ours));
        return array_map(static fn (array $test): array => $test['test'](), $ours);
    }

    private static function statusOf(string $name): string
    {
        return self::results()["sallyport_$name"]['status'];
    }

    private static function protect(int $user_id): void
    {
        self::plugin()->database()->insert('factors', ['user_id' => $user_id, 'type' => 'totp', 'status' => 'active', 'secret' => '', 'created_at' => time()]);
    }

    private static function hear(string $url, int $time): void
    {
        do_action('http_api_debug', ['headers' => ['date' => gmdate('D, d M Y H:i:s \G\M\T', $time)], 'body' => ''], 'response', 'Requests', [], $url);
    }

    /** @param array<string, mixed> $site */
    private function policy(array $site): void
    {
        $option = ['site' => $site, 'network' => is_multisite() ? $site : null, 'rev' => 1_000_000];
        remove_all_filters('pre_update_option_sallyport_policy');
        update_option('sallyport_policy', $option);
    }
}
