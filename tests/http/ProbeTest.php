<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** `wp sallyport probe` and /probe: every door is shut; with a guard removed, it says which one is open. */
final class ProbeTest extends HttpTestCase
{
    use OwnSite;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return [
            'plugin' => [getenv('SALLYPORT_TMEISTER') ?: __DIR__ . '/../fixtures/jwt-authentication-for-wp-rest-api'],
            'define' => ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET, 'SALLYPORT_WEBHOOK_ALLOW_PRIVATE' => true],
        ];
    }

    public static function setUpBeforeClass(): void
    {
        static::site()->php(
            'wp_mkdir_p(WPMU_PLUGIN_DIR); file_put_contents(WPMU_PLUGIN_DIR . "/holes.php", base64_decode($argv[1]));',
            [base64_encode((string) file_get_contents(__DIR__ . '/../fixtures/holes/holes.php'))],
        );
    }

    public function test_every_door_is_shut_and_nothing_is_left_behind(): void
    {
        $left = 'global $wpdb; $count = fn (string $table): int => (int) $wpdb->get_var("SELECT COUNT(*) FROM $wpdb->base_prefix$table");'
            . 'return array_map($count, ["users", "sallyport_factors", "usermeta", "sallyport_families", "sallyport_refresh_tokens", "sallyport_challenges"]);';
        $before = static::site()->php($left);
        [$code, $doors] = $this->probe();
        self::assertSame(0, $code);
        self::assertSame(['not there', 'shut'], self::sorted($doors), json_encode($doors));
        foreach ([
            'sallyport: token', 'sallyport: sign-in/email', '?rest_route=', '?_method=POST', 'wp-login.php', 'xmlrpc.php',
            'xmlrpc.php: system.multicall', 'REST: application password', 'cookie made without a proof',
            'wp_authenticate()', 'rest_do_request()', 'tmeister: token', 'sallyport: token/refresh',
            'tmeister: token: the token from before the enrolment',
            'tmeister: token: the token from before the enrolment, at admin-ajax.php',
            'wp-login.php: the cookie from before the enrolment, over REST',
        ] as $door) {
            self::assertSame('shut', $doors[$door] ?? null, $door);
        }
        self::assertSame($before, static::site()->php($left));
        self::assertSame([], static::site()->mails());
        self::assertSame([], static::site()->notices());
        $row = static::activity(0, 'probe_run')[0];
        $visitor = json_decode($row['detail'], true)['visitor'];
        foreach (['password-address:127.0.0.1', "password-user:$visitor", "second-step:$visitor"] as $count) {
            self::assertSame(
                0,
                static::site()->php('global $wpdb; return (int) $wpdb->get_var($wpdb->prepare("SELECT failures FROM {$wpdb->base_prefix}sallyport_throttle WHERE name = %s", hash("sha256", $argv[1])));', [$count]),
                "$count: counted as an attack",
            );
        }
        self::assertSame(['ok', 'wp-cli', ''], [$row['outcome'], json_decode($row['detail'], true)['by'], json_decode($row['detail'], true)['open']]);
    }

    public function test_webhooks_tell_of_it_once_and_the_chart_not_at_all(): void
    {
        $person = $this->enrolled();
        self::assertSame(0, static::site()->command('webhook', 'add', 'http://127.0.0.1:9/')[0]);
        try {
            $chart = static fn (): array => static::site()->plugin('$kind = (fn () => self::kinds())->bindTo(null, Sallyport\WP\Settings\ActivityLog::class)(); return array_map("array_sum", (fn () => $this->log())->call($plugin)->days($kind, 2, time()));');
            $before = $chart();
            $this->probe();
            self::assertSame(['probe_run'], self::queued());
            self::assertSame($before, $chart());
            $row = static::activity(0, 'probe_run')[0];
            $visitor = json_decode($row['detail'], true)['visitor'];
            $rows = static::site()->php('global $wpdb; return $wpdb->get_results($wpdb->prepare("SELECT event, detail FROM {$wpdb->base_prefix}sallyport_activity WHERE user_id = %d", $argv[1]), ARRAY_A);', [$visitor]);
            self::assertContains('token_revoked', array_column($rows, 'event'), 'also the events of their deletion');
            self::assertContains('credential_refused', array_column($rows, 'event'));
            foreach ($rows as $row) {
                self::assertSame('yes', json_decode($row['detail'], true)['probe'] ?? null, $row['event']);
            }
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
            self::assertSame(['probe_run', 'code_refused', 'challenge_opened'], self::queued(), 'events of other users are sent');
            self::assertSame(array_sum($before) + 1, array_sum($chart()));
        } finally {
            static::site()->php('delete_option("sallyport_webhooks");');
        }
    }

    /** @return list<string> the queued events for webhooks */
    private static function queued(): array
    {
        return static::site()->php('global $wpdb; return $wpdb->get_col("SELECT event FROM {$wpdb->base_prefix}sallyport_webhook_deliveries ORDER BY id");');
    }

    /** @dataProvider guards @param list<string> $open */
    public function test_with_a_guard_taken_out_it_says_which_door_is_open(string $holes, array $open): void
    {
        $this->holes(...explode(' ', $holes));
        [$code, $doors, $said] = $this->probe();
        self::assertSame($open, array_keys($doors, 'open', true), json_encode($doors));
        self::assertSame(1, $code);
        self::assertStringContainsString(implode(', ', $open), $said);
        $row = static::activity(0, 'probe_run')[0];
        self::assertSame(['open', implode(', ', $open)], [$row['outcome'], json_decode($row['detail'], true)['open']]);
    }

    /** @return array<string, array{string, list<string>}> */
    public static function guards(): array
    {
        $before = ': the token from before the enrolment';
        $cookie = 'wp-login.php: the cookie from before the enrolment';
        $old = [
            "sallyport: token$before", "sallyport: token$before, at admin-ajax.php", "$cookie, over REST",
            "$cookie, at admin-ajax.php", "tmeister: token$before", "tmeister: token$before, at admin-ajax.php",
        ];
        return [
            'the bridge\'s answer' => ['tmeister', ['tmeister: token']],
            'a late filter that answers after ours' => ['late', ['wp_authenticate()']],
            'acceptance' => ['acceptance', ['REST: application password', 'cookie made without a proof', ...$old]],
            'acceptance and every filter on authenticate, beside a plugin that takes the password in every request' => [
                'acceptance authenticate password',
                [
                    'wp-login.php',
                    'xmlrpc.php',
                    'xmlrpc.php: system.multicall',
                    'REST: Basic authentication with the password',
                    'REST: application password',
                    'cookie made without a proof',
                    'wp_authenticate()',
                    ...$old,
                ],
            ],
        ];
    }

    /** Otherwise a plugin could issue the same token again, within the same second. It would pass for the earlier one, and the door for shut. */
    public function test_no_door_is_knocked_on_twice_in_one_second(): void
    {
        [$before, $after] = static::site()->plugin(<<<'PHP'
            [$times, $enrolled] = [[], 0];
            add_filter("pre_http_request", function ($answer) use (&$times) { $times[] = time(); return $answer; });
            add_action("added_user_meta", function ($id, $user, $key) use (&$times, &$enrolled) { $enrolled = $key === "_sallyport_state" ? count($times) : $enrolled; }, 10, 3);
            (fn () => $this->probe())->call($plugin)->run(0, "wp-cli", time());
            return [$times[$enrolled - 1], $times[$enrolled]];
            PHP);
        self::assertGreaterThan($before, $after);
    }

    public function test_a_site_that_cannot_reach_itself_is_told(): void
    {
        $this->holes('loopback');
        [$code, $doors, $said] = $this->probe();
        self::assertSame(2, $code);
        self::assertStringContainsString('could not be reached', $said);
        self::assertSame(['could not tell', 'shut', 'shut'], [$doors['wp-login.php'], $doors['wp_authenticate()'], $doors['rest_do_request()']]);
    }

    public function test_over_rest_with_a_fresh_proof(): void
    {
        $administrator = $this->enrolled('administrator');
        self::refused(401, 'sallyport_step_up_required', $this->post('/probe', bearer: static::agedToken($administrator, 700)));
        $token = $this->proven($administrator);
        $run = $this->post('/probe', bearer: $token);
        self::assertSame(200, $run->status, (string) $run);
        self::assertTrue($run->json['current']);
        self::assertSame(['not there', 'shut'], self::sorted(array_column($run->json['doors'], 'verdict', 'door')), (string) $run);
        self::assertSame($run->json, $this->get(self::API . '/probe', $token)->json);
        self::assertSame('ok', static::activity($administrator->id, 'probe_run')[0]['outcome']);
        static::site()->php('file_put_contents(WPMU_PLUGIN_DIR . "/new.php", "<?php\n/* Plugin Name: New\n * Version: 1.0 */\n");');
        self::assertFalse($this->get(self::API . '/probe', $token)->json['current']);
        static::site()->php('unlink(WPMU_PLUGIN_DIR . "/new.php");');
    }

    public function test_only_the_leftover_visitor_of_a_dead_probe_is_removed(): void
    {
        $left = static::site()->php(<<<'PHP'
            $make = fn (string $login, string $email, string $at) => wp_insert_user(['user_login' => $login, 'user_email' => $email, 'user_pass' => 'x', 'user_registered' => $at]);
            $address = \Sallyport\WP\Probe\Visitor::address(...);
            $old = gmdate('Y-m-d H:i:s', time() - 1000);
            return [$make('sallyport-probe-1', $address(), $old), $make('sallyport-probe-2', 'somebody@example.test', $old), $make('somebody', $address(), $old), $make('sallyport-probe-4', $address(), gmdate('Y-m-d H:i:s'))];
            PHP);
        static::site()->php('do_action("sallyport_housekeeping");');
        self::assertSame(
            [false, true, true, true],
            static::site()->php('return array_map(fn ($id) => (bool) get_userdata((int) $id), array_slice($argv, 1));', array_map("strval", $left)),
        );
    }

    private function holes(string ...$names): void
    {
        static::site()->php('update_option("holes", array_slice($argv, 1));', $names);
    }

    protected function tearDown(): void
    {
        $this->holes();
        parent::tearDown();
    }

    /** @return array{int, array<string, string>, string} exit code, door => verdict, stderr */
    private function probe(): array
    {
        [$code, $out, $said] = static::site()->command('probe', '--format=json');
        return [$code, array_column(json_decode($out, true), 'verdict', 'door'), $said];
    }

    /** @param array<string, string> $doors @return list<string> */
    private static function sorted(array $doors): array
    {
        $verdicts = array_unique(array_values($doors));
        sort($verdicts);
        return $verdicts;
    }
}
