<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Receiver;
use Sallyport\Tests\Site;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/../support/Receiver.php';

/** Events are sent to receivers that accept them, fail, hang, or do not exist; no login waits for any of them. */
final class WebhooksTest extends HttpTestCase
{
    private const BACKOFF = [30, 120, 600, 3600, 21600, 86400];

    private static ?Site $site = null;
    private static ?Receiver $receiver = null;

    protected static function site(): Site
    {
        // WP-Cron is off, as in every site of bin/site: a first attempt does not need it.
        return self::$site ??= Site::up(self::options(['define' => ['WP_ACCESSIBLE_HOSTS' => '127.0.0.1,receiver.test']]));
    }

    public static function setUpBeforeClass(): void
    {
        self::$receiver = new Receiver();
    }

    public static function tearDownAfterClass(): void
    {
        self::$receiver?->down();
        self::$site?->down();
        self::$site = self::$receiver = null;
    }

    protected function setUp(): void
    {
        parent::setUp();
        self::$receiver->release();
        self::$receiver->forget();
        static::site()->php('global $wpdb; update_option("sallyport_settings", ["webhook_allow_private" => true]); delete_option("sallyport_webhooks"); delete_option("sallyport_webhook_worker"); wp_clear_scheduled_hook("sallyport_webhooks"); $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_webhook_deliveries");');
    }

    public function test_an_event_arrives_signed_and_says_what_the_contract_says_and_no_more(): void
    {
        $person = $this->enrolled();
        [, $secret] = self::endpoint('/200');
        Totp::steady();
        $code = $person->app->code();
        $answer = $this->logIn($person, ['code' => $code, 'device_name' => 'a "device" of thëirs']);
        self::assertSame(200, $answer->status, (string) $answer);

        $sent = array_column(
            array_map(
                static fn (array $request): array => ['event' => json_decode($request['body'], true)['event']] + $request,
                self::$receiver->await(2),
            ),
            null,
            'event',
        );
        $issued = $sent['token_issued'] ?? self::fail(json_encode(array_keys($sent)));
        self::assertSame(['POST', '/200', 'application/json'], [$issued['method'], $issued['path'], $issued['headers']['content-type']]);
        self::assertMatchesRegularExpression('~^Sallyport/\d+\.\d+\.\d+$~D', $issued['headers']['user-agent']);
        self::assertSame(self::verified($issued, $secret), json_decode($issued['body'], true));

        $row = self::activity($person->id, 'token_issued')[0];
        self::assertSame([
            'id' => (int) $row['id'],
            'event' => 'token_issued',
            'time' => gmdate('Y-m-d\TH:i:s+00:00', (int) $row['time']),
            'site' => static::site()->url,
            'user' => ['ID' => $person->id, 'user_login' => $person->login],
            'ip' => $row['ip'],
            'device' => $row['device'] ?? '',
            'issuer' => 'sallyport',
            'outcome' => 'ok',
        ], json_decode($issued['body'], true));
        $all = json_encode(self::$receiver->requests());
        foreach ([$code, $person->password, $answer->json['token'], $answer->json['refresh_token'], $secret, 'spc1_', 'detail'] as $hidden) {
            self::assertStringNotContainsString($hidden, $all);
        }
    }

    public function test_an_unknown_user_is_null_and_a_refusal_has_its_code(): void
    {
        [, $secret] = self::endpoint('/200', 'password_refused');
        $this->post('/token', ['username' => 'nobody-of-this-name', 'password' => 'wrong']);
        $event = self::verified(self::$receiver->await(1)[0], $secret);
        self::assertSame(['password_refused', null, 'sallyport_invalid_credentials'], [$event['event'], $event['user'], $event['outcome']]);
        self::forgetFailures();
    }

    public function test_the_documented_samples_accept_only_valid_signatures(): void
    {
        $body = '{"id":1,"event":"token_issued"}';
        $sign = static fn (int $t, string $body, string $secret): string => "t=$t,v1=" . hash_hmac('sha256', "$t.$body", $secret);
        $now = time();
        $right = $sign($now, $body, 'whsec_a');
        $table = [
            'right' => [$body, $right, 'whsec_a', true],
            'another body' => ['{"id":2,"event":"token_issued"}', $right, 'whsec_a', false],
            'another secret' => [$body, $right, 'whsec_b', false],
            'an old one' => [$body, $sign($now - 301, $body, 'whsec_a'), 'whsec_a', false],
            'one of the future' => [$body, $sign($now + 360, $body, 'whsec_a'), 'whsec_a', false],
            'an old one with a new time' => [$body, "t=$now," . explode(',', $sign($now - 600, $body, 'whsec_a'))[1], 'whsec_a', false],
            'no signature' => [$body, '', 'whsec_a', false],
            'half of one' => [$body, substr($right, 0, -2), 'whsec_a', false],
        ];
        $expected = array_map(static fn (array $case): ?array => $case[3] ? json_decode($case[0], true) : null, $table);
        self::assertSame($expected, self::sample('php', $table));
        self::assertSame($expected, self::sample('js', $table));
    }

    public function test_a_receiver_that_hangs_holds_up_no_login_and_one_worker(): void
    {
        self::endpoint('/hang', 'token_issued');
        $people = [$this->person(), $this->person(), $this->person()];
        $this->signIn($people[0]);
        self::$receiver->await(1);
        self::assertSame(1, self::$receiver->hanging(), 'the login was answered before the receiver');
        array_map($this->signIn(...), array_slice($people, 1));
        self::assertCount(1, self::$receiver->requests());
        self::assertSame(['1', '0', '0'], array_column(self::deliveries(), 'attempts'));
    }

    public function test_a_running_worker_sees_a_new_endpoint(): void
    {
        [$id] = self::endpoint('/200', 'token_issued');
        $rows = static::site()->plugin(<<<'PHP'
            global $wpdb;
            $table = "{$wpdb->base_prefix}sallyport_webhook_deliveries";
            $add = fn (string $endpoint) => $wpdb->insert($table, ['endpoint' => $endpoint, 'blog_id' => get_current_blog_id(), 'event' => 'token_issued', 'body' => '{}', 'next_at' => 1, 'created_at' => time()]);
            get_option('sallyport_webhooks');
            $add($argv[1]);
            // While it sends, another process adds an event, of which this process' cache knows nothing.
            add_filter('pre_http_request', static function () use ($wpdb, $plugin, $add): array {
                static $added = false;
                $option = unserialize($wpdb->get_var("SELECT option_value FROM $wpdb->options WHERE option_name = 'sallyport_webhooks'"));
                $option['endpoints'][] = ['id' => 'younger', 'sealed' => $plugin->engine()->seal('whsec', 'webhook', get_current_blog_id() . ':younger')] + $option['endpoints'][0];
                $added || $wpdb->update($wpdb->options, ['option_value' => serialize($option)], ['option_name' => 'sallyport_webhooks']) && $add('younger');
                $added = true;
                return ['response' => ['code' => 200]];
            });
            do_action('sallyport_webhooks');
            return $wpdb->get_results("SELECT * FROM $table ORDER BY id", ARRAY_A);
            PHP, [$id]);
        self::assertSame([$id => ['200', 'done'], 'younger' => ['200', 'done']], array_map(self::outcome(...), array_column($rows, null, 'endpoint')));
    }

    public function test_a_time_out_is_a_failed_try_and_the_endpoint_is_left_alone_for_a_while(): void
    {
        [$id] = self::endpoint('/hang', 'token_issued');
        // The worker gives up after ten seconds; here the connection is closed earlier.
        $this->signIn($this->person());
        self::$receiver->await(1);
        $this->signIn($this->person());
        self::$receiver->down();
        self::$receiver = new Receiver();
        [$first, $second] = self::settled(2);
        self::assertSame(['1', 'unreachable', 'due'], [$first['attempts'], $first['answer'], $first['state']]);
        self::assertEqualsWithDelta(time() + 30, (int) $first['next_at'], 20);
        self::assertSame(['0', '', 'due'], [$second['attempts'], $second['answer'], $second['state']]);
        self::assertEqualsWithDelta(time() + 30, (int) $second['next_at'], 20);
        self::assertSame($id, $second['endpoint']);
    }

    public function test_a_500_is_retried_with_growing_delays_and_then_fails(): void
    {
        [$id, $secret] = self::endpoint('/500');
        $person = $this->person();
        $this->signIn($person);
        self::assertCount(1, self::$receiver->await(1), 'the first by itself');
        [$delivery] = self::settled(1);
        foreach (self::BACKOFF as $i => $wait) {
            self::assertSame([(string) ($i + 1), '500', 'due'], [$delivery['attempts'], $delivery['answer'], $delivery['state']]);
            self::assertEqualsWithDelta(time() + $wait, (int) $delivery['next_at'], 20);
            self::assertSame([$delivery], self::work(), 'not before it is due');
            [$delivery] = self::work(due: true);
        }
        self::assertSame(['7', '500', 'failed'], [$delivery['attempts'], $delivery['answer'], $delivery['state']]);
        self::assertSame('7', self::work(due: true)[0]['attempts'], 'no more');
        self::assertCount(7, self::$receiver->requests());
        self::assertCount(1, array_unique(array_column(self::$receiver->requests(), 'body')), 'the same bytes in every attempt');
        self::assertSame($person->id, self::verified(self::$receiver->requests()[6], $secret)['user']['ID']);
        $rows = self::activity(0, 'webhook_failed');
        self::assertCount(1, $rows);
        self::assertSame(['endpoint' => $id, 'delivery' => $delivery['id'], 'event' => 'token_issued', 'answer' => '500'], json_decode($rows[0]['detail'], true));
        self::assertCount(1, self::deliveries(), 'no webhook is sent for it');
    }

    public function test_an_event_of_wp_cron_sends_what_is_due_and_goes_with_the_last_endpoint(): void
    {
        [$id] = self::endpoint('/500');
        $this->signIn($this->person());
        self::$receiver->await(1);
        self::settled(1);
        self::assertSame('sallyport_minute', static::site()->php('return wp_get_schedule("sallyport_webhooks");'));
        self::sql('UPDATE {webhook_deliveries} SET next_at = %d', time());
        static::site()->cron();
        self::assertCount(2, self::$receiver->requests());
        static::site()->php('wp_clear_scheduled_hook("sallyport_webhooks"); wp_schedule_event(time(), "sallyport_minute", "sallyport_webhooks");');
        self::assertSame(0, static::site()->command('webhook', 'remove', $id, '--yes')[0]);
        self::assertSame([], self::deliveries(), 'and its queued events');
        static::site()->cron();
        self::assertFalse(static::site()->php('return wp_next_scheduled("sallyport_webhooks");'));
    }

    public function test_deactivation_leaves_no_event_behind(): void
    {
        self::endpoint('/200');
        $this->signIn($this->person());
        self::$receiver->await(1);
        self::assertNotFalse(static::site()->php('return wp_next_scheduled("sallyport_webhooks");'));
        static::site()->php('deactivate_plugins("sallyport/sallyport.php", false, is_multisite());');
        self::assertFalse(static::site()->php('return wp_next_scheduled("sallyport_webhooks");'));
        static::site()->php('require_once ABSPATH . "wp-admin/includes/plugin.php"; $e = activate_plugin("sallyport/sallyport.php", "", is_multisite()); is_wp_error($e) && throw new RuntimeException($e->get_error_message());');
    }

    public function test_410_ends_the_endpoint(): void
    {
        [$id] = self::endpoint('/410');
        $this->signIn($this->person());
        self::$receiver->await(1);
        self::assertSame(['410', 'failed'], self::outcome(self::settled(1)[0]));
        for ($end = microtime(true) + 10; self::command('list')[0]['active'] && microtime(true) < $end;);
        self::assertFalse(self::command('list')[0]['active']);
        self::assertSame($id, json_decode(self::activity(0, 'webhook_gone')[0]['detail'], true)['endpoint']);
        $this->signIn($this->person());
        self::assertCount(1, self::deliveries(), 'no event is queued for it any more');
    }

    public function test_deliveries_of_a_removed_endpoint_are_not_sent(): void
    {
        self::endpoint('/500');
        self::endpoint('/200', 'token_revoked');
        $this->signIn($this->person());
        self::$receiver->await(1);
        self::settled(1);
        static::site()->php('$o = get_option("sallyport_webhooks"); array_shift($o["endpoints"]); update_option("sallyport_webhooks", $o);');
        self::assertSame(['no_endpoint', 'failed'], self::outcome(self::work(due: true)[0]));
        self::assertCount(1, self::$receiver->requests());
    }

    public function test_no_redirect_is_followed_and_no_answer_is_read_whole_or_requested_twice(): void
    {
        foreach (['/redirect' => ['307', 'due'], '/undecodable' => ['200', 'done'], '/endless' => ['200', 'done']] as $path => $outcome) {
            $outcomes[self::endpoint($path, 'token_issued')[0]] = $outcome;
        }
        $this->signIn($this->person());
        self::$receiver->await(3);
        self::assertSame($outcomes, array_map(self::outcome(...), array_column(self::settled(3), null, 'endpoint')));
        self::assertSame(['/redirect', '/undecodable', '/endless'], array_column(self::$receiver->requests(), 'path'));
    }

    public function test_a_destination_that_became_forbidden_gets_nothing(): void
    {
        self::endpoint('/200', 'token_issued');
        self::endpoint('/200', 'token_issued', "https://127.0.0.1:8443/");
        static::site()->wp('sallyport', 'setting', 'set', 'webhook_allow_private', 'false');
        $this->signIn($this->person());
        self::assertSame(['scheme', 'address'], array_column(self::settled(2), 'answer'));
        self::assertSame([], self::$receiver->requests());
    }

    /** A name that no resolver knows: the request can only arrive at the address that the check found. */
    public function test_the_connection_goes_to_the_address_that_was_checked(): void
    {
        $send = fn (string $to): string => static::site()->plugin(<<<'PHP'
            $sender = new \Sallyport\WP\Webhook\Sender(new \Sallyport\WP\Webhook\Destinations($plugin->settings(), fn () => [$argv[2]]), $plugin->engine());
            // The instance whose hooks are registered.
            (new ReflectionProperty($plugin, 'made'))->setValue($plugin, ['webhook_sender' => $sender] + (new ReflectionProperty($plugin, 'made'))->getValue($plugin));
            return $sender->send($argv[1], 'secret', '{}', time());
            PHP, ['http://receiver.test:' . self::$receiver->port . '/200', $to]);
        self::assertSame('200', $send('127.0.0.1'));
        self::assertSame('unreachable', $send('127.0.0.9'));
        self::assertSame(['receiver.test:' . self::$receiver->port], array_column(array_column(self::$receiver->requests(), 'headers'), 'host'));
    }

    public function test_old_deliveries_are_deleted(): void
    {
        self::endpoint('/500', 'token_issued');
        foreach ([1, 2] as $ignored) {
            $this->signIn($this->person());
        }
        [$old, $kept] = self::settled(2);
        self::sql('UPDATE {webhook_deliveries} SET created_at = %d WHERE id = %d', time() - 7 * 86400, (int) $old['id']);
        static::site()->php('do_action("sallyport_housekeeping");');
        self::assertSame([$kept], self::deliveries());
    }

    public function test_the_commands(): void
    {
        $fails = function (string $why, string ...$words): void {
            [$code, $out, $err] = static::site()->command('webhook', ...$words);
            self::assertSame([1, ''], [$code, $out], implode(' ', $words));
            self::assertStringContainsString($why, $err);
        };
        self::assertSame([], self::command('list'));
        [$added] = self::command('add', self::$receiver->url('/200'), '--events=token_issued,code_replayed');
        self::assertSame(['id', 'url', 'events', 'active', 'created', 'secret'], array_keys($added));
        self::assertMatchesRegularExpression('/^whsec_[\w-]{43}$/D', $added['secret']);
        self::assertSame(['token_issued', 'code_replayed'], $added['events']);
        $list = self::command('list');
        self::assertSame([array_diff_key($added, ['secret' => 1])], $list);
        $stored = json_encode(static::site()->php('global $wpdb; return [$wpdb->get_col("SELECT option_value FROM $wpdb->options"), $wpdb->get_col("SELECT detail FROM {$wpdb->base_prefix}sallyport_activity")];'));
        self::assertStringNotContainsString(substr($added['secret'], 6), $stored, 'the secret is stored sealed');

        [$code, $out] = static::site()->command('webhook', 'test', $added['id'], '--format=json');
        self::assertSame(
            [0, 'webhook_tested', 'done', '200'],
            [$code, ...array_values(array_intersect_key(json_decode($out, true)[0], ['event' => 1, 'state' => 1, 'answer' => 1]))],
        );
        self::assertSame('webhook_tested', self::verified(self::$receiver->requests()[0], $added['secret'])['event']);

        [$bad] = self::command('add', self::$receiver->url('/500'));
        [$code, $out, $err] = static::site()->command('webhook', 'test', $bad['id'], '--format=json');
        self::assertSame([1, 'due'], [$code, json_decode($out, true)[0]['state']]);
        self::assertStringContainsString('sallyport_webhook_failed: 500', $err);
        $due = self::command('deliveries', '--state=due');
        self::assertSame([$bad['id']], array_column($due, 'endpoint'));
        self::assertSame([$bad['id'], $added['id']], array_column(self::command('deliveries'), 'endpoint'));
        self::assertStringNotContainsString('secret', json_encode($due));

        $fails('sallyport_webhook_unknown', 'retry', (string) $due[0]['id']);
        self::sql("UPDATE {webhook_deliveries} SET state = 'failed', attempts = 7 WHERE id = %d", (int) $due[0]['id']);
        [$code, $out, $err] = static::site()->command('webhook', 'retry', (string) $due[0]['id'], '--format=json');
        self::assertSame([1, 'failed', 8], [$code, json_decode($out, true)[0]['state'], json_decode($out, true)[0]['attempts']], $err);

        $fails('sallyport_webhook_invalid: scheme) The address must begin with https://.', 'add', 'ftp://127.0.0.1/');
        $fails('sallyport_webhook_invalid: events', 'add', self::$receiver->url('/200'), '--events=token_issued,no_such');
        $fails('sallyport_webhook_invalid: events', 'add', self::$receiver->url('/200'), '--events=webhook_failed');
        $fails('sallyport_webhook_unknown', 'remove', 'no-such', '--yes');
        $fails('sallyport_webhook_unknown', 'test', 'no-such');
        $fails('sallyport_webhook_unknown', 'retry', 'x');
        $fails('state', 'deliveries', '--state=lost');
        self::assertStringContainsString('[y/n]', static::site()->command('webhook', 'remove', $bad['id'])[1]);
        self::assertCount(2, self::command('list'));
        self::assertSame([0, "Success: The endpoint {$bad['id']} was removed.\n", ''], static::site()->command('webhook', 'remove', $bad['id'], '--yes'));
        self::assertSame([$added['id']], array_column(self::command('list'), 'id'));
        static::site()->php('$o = get_option("sallyport_webhooks"); $o["endpoints"] = array_fill(0, 20, $o["endpoints"][0]); update_option("sallyport_webhooks", $o);');
        $fails('sallyport_webhook_invalid: too_many', 'add', self::$receiver->url('/200'));
    }

    /** @return array{0: string, 1: string} its id and its secret */
    private static function endpoint(string $path, string $events = '', string $url = ''): array
    {
        [$added] = self::command('add', $url === '' ? self::$receiver->url($path) : $url, ...($events === '' ? [] : ["--events=$events"]));
        return [$added['id'], $added['secret']];
    }

    /** Runs a worker to its end, after making all deliveries due if asked. @return list<array<string, string>> the deliveries then */
    private static function work(bool $due = false): array
    {
        return static::site()->php(<<<'PHP'
            global $wpdb;
            $table = "{$wpdb->base_prefix}sallyport_webhook_deliveries";
            $argv[1] && $wpdb->query("UPDATE $table SET next_at = 0");
            do_action("sallyport_webhooks");
            return $wpdb->get_results("SELECT * FROM $table ORDER BY id", ARRAY_A);
            PHP, [$due ? '1' : '0']);
    }

    /** Waits until the worker has stored its results: so many deliveries, none of them due or in progress. @return list<array<string, string>> */
    private static function settled(int $count): array
    {
        $rows = static::site()->php(<<<'PHP'
            global $wpdb;
            for ($end = microtime(true) + 15; microtime(true) < $end; usleep(50_000)) {
                $rows = $wpdb->get_results("SELECT * FROM {$wpdb->base_prefix}sallyport_webhook_deliveries ORDER BY id", ARRAY_A);
                $open = array_filter($rows, fn ($row) => $row['state'] === 'due' && ($row['next_at'] <= time() || ($row['answer'] === '' && $row['attempts'] > 0)));
                if (count($rows) === (int) $argv[1] && $open === []) {
                    return $rows;
                }
            }
            return [$rows];
            PHP, [(string) $count]);
        self::assertCount($count, $rows, json_encode($rows));
        return $rows;
    }

    /** @param array<string, string> $delivery @return array{string, string} */
    private static function outcome(array $delivery): array
    {
        return [$delivery['answer'], $delivery['state']];
    }

    /** The result of the docs' own sample code. @param array<string, mixed> $request @return array<string, mixed> */
    private static function verified(array $request, string $secret): array
    {
        $case = [[$request['body'], $request['headers']['x-sallyport-signature'], $secret]];
        [$event] = self::sample('php', $case);
        self::assertIsArray($event, json_encode($request));
        self::assertSame([$event], self::sample('js', $case));
        return $event;
    }

    /** @param array<array{string, string, string}> $cases body, header, secret @return array<array<string, mixed>|null> */
    private static function sample(string $language, array $cases): array
    {
        preg_match("/^```$language\n(.*?)^```$/ms", (string) file_get_contents(dirname(__DIR__, 2) . '/docs/webhooks.md'), $sample);
        if ($language === 'php') {
            function_exists('sallyport_webhook') || eval($sample[1]);
            return array_map(static fn (array $case): ?array => \sallyport_webhook(...array_slice($case, 0, 3)), $cases);
        }
        $script = $sample[1] . 'console.log(JSON.stringify(JSON.parse(process.argv[1]).map((one) => sallyportWebhook(...one))));';
        $process = proc_open(
            ['node', '--input-type=module', '-e', $script, json_encode(array_values($cases))],
            [['file', '/dev/null', 'r'], ['pipe', 'w'], $errors = tmpfile()],
            $pipes,
        );
        $out = (string) stream_get_contents($pipes[1]);
        self::assertSame(0, proc_close($process), (string) file_get_contents(stream_get_meta_data($errors)['uri']));
        return array_combine(array_keys($cases), json_decode($out, true));
    }

    /** @return list<array<string, string>> oldest first */
    private static function deliveries(): array
    {
        return static::site()->php('global $wpdb; return $wpdb->get_results("SELECT * FROM {$wpdb->base_prefix}sallyport_webhook_deliveries ORDER BY id", ARRAY_A);');
    }

    /** @return list<array<string, mixed>> */
    private static function command(string ...$words): array
    {
        [$code, $out, $err] = static::site()->command('webhook', ...[...$words, '--format=json']);
        self::assertSame([0, ''], [$code, $err], $out);
        return json_decode($out, true, 8, JSON_THROW_ON_ERROR);
    }
}
