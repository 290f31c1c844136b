<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/HttpTestCase.php';

/** The activity log for administrators: GET /activity and `wp sallyport activity`; and how much of an address it stores. */
final class ActivityTest extends HttpTestCase
{
    private const NOON = 1790000000; // 2026-09-21T14:13:20+00:00

    private static ?Site $site = null;
    private static ?string $token = null;

    protected static function site(): Site
    {
        return self::$site ??= Site::up(self::options());
    }

    public static function tearDownAfterClass(): void
    {
        self::$site?->down();
        self::$site = self::$token = null;
    }

    public function test_it_is_for_administrators_and_a_factor_is_demanded_of_them(): void
    {
        self::refused(401, 'rest_not_logged_in', $this->get(self::API . '/activity'));
        foreach (['subscriber', 'editor'] as $role) {
            $person = $this->person($role);
            $this->signIn($person);
            self::refused(403, 'rest_forbidden', $this->get(self::API . '/activity', $person->token));
        }
        $person = $this->person('administrator');
        $this->signIn($person);
        $password = $person->applicationPassword();
        $basic = $person->basic($password);
        self::assertSame(200, $this->get(self::API . '/activity', headers: $basic)->status);
        $old = $person->token;
        self::assertSame(200, $this->get(self::API . '/activity', $old)->status);
        $this->enrol($person);
        self::refused(401, 'sallyport_token_unproven', $this->get(self::API . '/activity', headers: $basic));
        self::refused(401, 'sallyport_token_unproven', $this->get(self::API . '/activity', $old));
        $answer = $this->get(self::API . '/activity', $person->token);
        self::assertSame(200, $answer->status);
        self::assertStringContainsString('no-store', (string) $answer->header('cache-control'));
    }

    public function test_a_sign_in_is_an_entry(): void
    {
        $person = $this->enrolled();
        $before = time();
        $this->logIn($person, ['device_name' => "Ada's \u{1b}[31mphone\u{202e}", 'code' => $person->app->code()]);
        $items = self::of($this->items(['user' => $person->id]), 'token_issued', 'code_accepted');
        self::assertSame(['token_issued', 'code_accepted'], array_slice(array_column($items, 'event'), 0, 2));
        [$entry] = $items;
        self::assertSame(['id', 'time', 'event', 'user', 'ip', 'device', 'issuer', 'outcome', 'detail'], array_keys($entry));
        self::assertSame(['ID' => $person->id, 'user_login' => $person->login], $entry['user']);
        self::assertSame(['127.0.0.1', "Ada's [31mphone", 'sallyport', 'ok'], [$entry['ip'], $entry['device'], $entry['issuer'], $entry['outcome']]);
        self::assertMatchesRegularExpression('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/', $entry['time']);
        self::assertEqualsWithDelta($before, strtotime($entry['time']), 30);
        self::assertSame(['factor' => 'totp'], $items[1]['detail']);
        self::assertStringContainsString('"detail":{}', $this->read(['user' => $person->id, 'event' => 'token_issued'])->body, 'an object, empty or not');
    }

    public function test_later_events_of_a_sign_in_keep_its_original_device_name(): void
    {
        $person = $this->person();
        $tokens = $this->logIn($person, ['device_name' => 'tablet'])->json;
        self::assertSame(200, $this->post('/token/refresh', ['refresh_token' => $tokens['refresh_token']], headers: ['user-agent' => 'another'])->status);
        $person->token = $tokens['token'];
        self::assertSame(200, $this->post('/token/revoke', [], $person->token, ['user-agent' => 'another'])->status);
        self::assertSame(
            [['token_revoked', 'tablet'], ['token_refreshed', 'tablet'], ['token_issued', 'tablet']],
            array_map(
                static fn (array $item): array => [$item['event'], $item['device']],
                self::of($this->items(['user' => $person->id]), 'token_revoked', 'token_refreshed', 'token_issued'),
            ),
        );
        $this->post('/token', ['username' => 'nobody-at-all', 'password' => 'x'], headers: ['user-agent' => 'Curl/9 (test)']);
        $entry = $this->items(['event' => 'password_refused'])[0];
        self::assertSame([null, 'Curl/9 (test)', 'sallyport_invalid_credentials'], [$entry['user'], $entry['device'], $entry['outcome']]);
    }

    public function test_filters(): void
    {
        $this->seed();
        $ids = fn (array $filter): array => array_map(static fn (array $item): int => (int) $item['device'], $this->items($filter));
        self::assertSame([5, 4, 3, 2, 1], $ids([]), 'the newest first');
        self::assertSame([5, 1], $ids(['event' => 'code_refused']));
        self::assertSame([3, 1], $ids(['user' => '1']));
        self::assertSame([2], $ids(['user' => '0']), 'an unknown user');
        self::assertSame([2, 1], $ids(['ip' => '192.0.2.7']));
        self::assertSame([3], $ids(['ip' => '2001:0DB8:0:0::0001']), 'however it is spelt');
        self::assertSame([4], $ids(['issuer' => 'jwt-auth']));
        self::assertSame([4, 3], $ids(['outcome' => 'ok']));
        self::assertSame([1], $ids(['event' => 'code_refused', 'user' => '1', 'outcome' => 'sallyport_invalid_code']));
        self::assertSame([5, 4, 3], $ids(['after' => gmdate('c', self::NOON + 200)]), 'from then on');
        self::assertSame([2, 1], $ids(['before' => gmdate('c', self::NOON + 200)]), 'before then');
        self::assertSame([3], $ids(['after' => '2026-09-21T16:16:40+02:00', 'before' => '2026-09-21T14:18:20Z']));
        self::assertSame([5, 4, 3, 2, 1], $ids(['after' => '2026-09-21']));
        self::assertSame([], $ids(['before' => '2026-09-21', 'after' => '2026-09-20']));
        self::assertSame([], $ids(['event' => 'key_rotated']));
        self::assertSame(200, $this->get(self::API . '/activity?after=2026-09-21T14:16:40+00:00', self::token())->status, 'a plus sign that became a space');
        self::assertSame(3, $this->get(self::API . '/activity?after=2026-09-21T14:16:40+00:00', self::token())->json['total']);
    }

    public function test_pages(): void
    {
        $this->seed();
        $page = fn (int $page, int $size): Response => $this->read(['page' => $page, 'per_page' => $size]);
        $answer = $page(1, 2);
        self::assertSame([5, 3, ['5', '4']], [$answer->json['total'], $answer->json['pages'], array_column($answer->json['items'], 'device')]);
        self::assertSame(['5', '3'], [$answer->header('x-wp-total'), $answer->header('x-wp-totalpages')]);
        self::assertSame(['3', '2'], array_column($page(2, 2)->json['items'], 'device'));
        self::assertSame(['1'], array_column($page(3, 2)->json['items'], 'device'));
        self::assertSame(['items' => [], 'total' => 5, 'pages' => 3], $page(4, 2)->json);
        self::assertSame(['items' => [], 'total' => 0, 'pages' => 0], $this->read(['event' => 'key_retired'])->json);
        self::assertCount(5, $page(1, 100)->json['items']);
    }

    /** @dataProvider wrong */
    public function test_an_unknown_filter_is_refused(string $query): void
    {
        $answer = $this->get(self::API . "/activity?$query", self::token());
        $data = self::refused(400, 'rest_invalid_param', $answer);
        self::assertSame([preg_replace('/[\[=].*/s', '', $query)], array_keys($data['params']));
    }

    /** @return array<string, array{0: string}> */
    public static function wrong(): array
    {
        $queries = [
            'event=nothing', 'event[]=code_refused', 'event=', 'event[a][b]=1', 'user=-1', 'user=ada', 'user=1.5',
            'user=%201', 'user[]=1', 'user=99999999999999999999', 'user=', 'user=1e3',
            'ip=10.0.0.0/8', 'ip=ada', 'ip[]=10.0.0.1', 'ip=', 'issuer=', 'issuer[]=x', 'issuer=' . str_repeat('x', 65),
            'issuer=%00', 'issuer=%ff', 'outcome=', 'outcome[]=x', 'outcome=' . str_repeat('x', 65),
            'after=yesterday', 'after=2026-13-01', 'after=2026-02-30', 'after=1790000000', 'after=2026-09-21T25:00:00Z',
            'after=2026-09-21T10:00:00', 'after[]=2026-09-21', 'after=', 'before=2026-9-1', 'before=x',
            "before=2026-09-21%0a",
            'page=0', 'page=-1', 'page=x', 'page=1000001', 'page[]=1', 'per_page=0', 'per_page=101', 'per_page=x',
            'per_page[]=1', 'per_page=', 'format=xml', 'format[]=csv', 'format=',
        ];
        return array_combine($queries, array_map(static fn (string $query): array => [$query], $queries));
    }

    public function test_the_body_filters_nothing(): void
    {
        $this->seed();
        $answer = static::site()->request('GET', self::API . '/activity', json: ['event' => 'key_rotated', 'per_page' => 'x'], bearer: self::token());
        self::assertSame([200, 5], [$answer->status, $answer->json['total']]);
    }

    public function test_a_deleted_user_is_an_id_without_a_name(): void
    {
        $person = $this->person();
        $this->signIn($person);
        static::site()->php('require_once ABSPATH . "wp-admin/includes/user.php"; require_once ABSPATH . "wp-admin/includes/ms.php"; is_multisite() ? wpmu_delete_user((int) $argv[1]) : wp_delete_user((int) $argv[1]);', [(string) $person->id]);
        $items = $this->items(['user' => $person->id]);
        self::assertContains('token_issued', array_column($items, 'event'));
        self::assertSame([['ID' => $person->id, 'user_login' => '']], array_values(array_unique(array_column($items, 'user'), SORT_REGULAR)));
    }

    public function test_csv(): void
    {
        $this->seed();
        self::sql("UPDATE {activity} SET device = %s WHERE device = %s", "=HYPERLINK(\"http://evil.test\")", '1');
        self::sql("UPDATE {activity} SET device = %s, issuer = %s WHERE device = %s", "a \"b\", c\nd", '@SUM(1)', '2');
        self::sql("UPDATE {activity} SET device = %s, issuer = %s WHERE device = %s", "\tx", '-1+1', '3');
        self::sql("UPDATE {activity} SET device = %s, issuer = %s WHERE device = %s", "\rx", '+1', '4');
        $answer = $this->read(['format' => 'csv']);
        self::assertSame(200, $answer->status);
        self::assertSame('text/csv; charset=utf-8', $answer->header('content-type'));
        self::assertSame('attachment; filename="activity.csv"', $answer->header('content-disposition'));
        self::assertSame('nosniff', $answer->header('x-content-type-options'));
        self::assertStringContainsString('no-store', (string) $answer->header('cache-control'));
        $rows = self::parse($answer->body);
        self::assertSame('id,time,event,user_id,user_login,ip,device,issuer,outcome,detail', implode(',', $rows[0]));
        self::assertCount(6, $rows);
        self::assertSame(['5', "'\rx", "'\tx", "a \"b\", c\nd", "'=HYPERLINK(\"http://evil.test\")"], array_column(array_slice($rows, 1), 6));
        self::assertSame(['sallyport', "'+1", "'-1+1", "'@SUM(1)", 'sallyport'], array_column(array_slice($rows, 1), 7));
        self::assertSame([gmdate('c', self::NOON), 'code_refused', '1', 'admin', '192.0.2.7'], array_slice($rows[5], 1, 5));
        self::assertSame('{"factor":"totp"}', $rows[5][9]);
        self::assertCount(3, self::parse($this->read(['format' => 'csv', 'event' => 'code_refused'])->body), 'filtered alike');
        self::refused(403, 'rest_forbidden', $this->get(self::API . '/activity?format=csv', $this->signedInSubscriber()));
    }

    public function test_json_lines(): void
    {
        $this->seed();
        $answer = $this->read(['format' => 'jsonl', 'event' => 'code_refused']);
        self::assertSame(['application/x-ndjson', 'attachment; filename="activity.jsonl"'], [$answer->header('content-type'), $answer->header('content-disposition')]);
        $lines = explode("\n", $answer->body);
        self::assertSame('', array_pop($lines));
        self::assertSame($this->items(['event' => 'code_refused']), array_map(static fn (string $line): array => json_decode($line, true, 8, JSON_THROW_ON_ERROR), $lines));
    }

    public function test_cores_query_parameters_for_answers_work_for_files(): void
    {
        $this->seed();
        self::assertSame("id,event\r\n", substr($this->read(['format' => 'csv', '_fields' => 'id,event'])->body, 0, 10));
        self::assertSame(['event' => 'code_refused'], json_decode(explode("\n", $this->read(['format' => 'jsonl', '_fields' => 'event'])->body)[0], true));
        foreach (['csv', 'jsonl'] as $format) {
            foreach (['_fields' => 'total', '_envelope' => '1', '_embed' => '1', '_jsonp' => 'f', '_method' => 'HEAD'] as $name => $value) {
                self::assertSame(200, $this->read(['format' => $format, $name => $value])->status, "$format, $name");
            }
        }
        self::assertSame(200, $this->read(['_fields' => 'items.user'])->status);
        self::assertCount(5, $this->read(['format' => 'csv', '_envelope' => '1'])->json['body']);
        self::assertSame("id,time,event,user_id,user_login,ip,device,issuer,outcome,detail\r\n", $this->read(['format' => 'csv', 'event' => 'key_retired'])->body);
    }

    public function test_an_incomplete_file_says_so(): void
    {
        $this->seed();
        static::site()->php(<<<'PHP'
            global $wpdb;
            for ($i = 0; $i < 10; $i++) {
                $wpdb->query("INSERT INTO {$wpdb->base_prefix}sallyport_activity (time, event, user_id, blog_id, ip, device, issuer, outcome, detail) VALUES " . implode(',', array_fill(0, 1000, "(1700000000, 'token_issued', 0, 1, '', '', '', 'ok', '')")));
            }
            PHP);
        $first = static::site()->request('GET', self::API . '/activity?format=csv', headers: ['origin' => static::site()->url], bearer: self::token());
        self::assertSame(static::site()->url, $first->header('access-control-allow-origin'), 'headers are sent before the first line');
        self::assertSame(
            ['10005', '2', 'attachment; filename="activity-1-of-2.csv"'],
            [$first->header('x-wp-total'), $first->header('x-wp-totalpages'), $first->header('content-disposition')],
        );
        self::assertSame(10001, substr_count($first->body, "\r\n"));
        self::assertSame(6, substr_count($this->read(['format' => 'csv', 'page' => 2])->body, "\r\n"));
        $this->seed();
    }

    /** @dataProvider addresses */
    public function test_the_setting_decides_how_much_of_an_address_is_kept(string $setting, string $address, string $kept): void
    {
        static::site()->wp('sallyport', 'setting', 'set', 'trusted_proxies', '127.0.0.1');
        static::site()->wp('sallyport', 'setting', 'set', 'activity_address', $setting);
        $person = $this->person();
        $answer = $this->post('/token', ['username' => $person->login, 'password' => $person->password], headers: ['x-forwarded-for' => $address]);
        $list = $this->get(self::API . '/tokens', $answer->json['token'])->json;
        foreach (['trusted_proxies', 'activity_address'] as $name) {
            static::site()->wp('sallyport', 'setting', 'reset', $name);
        }
        self::assertSame([$kept], array_column(self::activity($person->id, 'token_issued'), 'ip'));
        self::assertSame($address, $list['items'][0]['ip'] ?? $list[0]['ip'], 'users see the addresses of their own sign-ins');
    }

    /** @return array<string, array{0: string, 1: string, 2: string}> */
    public static function addresses(): array
    {
        return [
            'IPv4, full' => ['full', '198.51.100.23', '198.51.100.23'],
            'IPv4, truncated' => ['truncated', '198.51.100.23', '198.51.100.0'],
            'IPv6, truncated' => ['truncated', '2001:db8:1234:5678:9abc::1', '2001:db8:1234::'],
            'none' => ['none', '198.51.100.23', ''],
        ];
    }

    public function test_an_invalid_setting_is_refused(): void
    {
        $this->expectException(\RuntimeException::class);
        static::site()->wp('sallyport', 'setting', 'set', 'activity_address', 'half');
    }

    public function test_on_the_command_line(): void
    {
        $this->seed();
        $all = $this->command('--format=json');
        self::assertSame(['5', '4', '3', '2', '1'], array_column($all, 'device'));
        self::assertSame($this->items([]), $all, 'the same entries');
        self::assertSame(['5', '1'], array_column($this->command('--event=code_refused', '--format=json'), 'device'));
        self::assertSame(['3', '1'], array_column($this->command('--account=admin', '--format=json'), 'device'));
        self::assertSame(['3', '1'], array_column($this->command('--account=1', '--format=json'), 'device'));
        self::assertSame(['3', '1'], array_column($this->command('--user=admin', '--format=json'), 'device'));
        self::assertSame(['4'], array_column($this->command('--account=999999', '--format=json'), 'device'));
        self::assertSame(['4', '3'], array_column($this->command('--since=2026-09-21T14:16:40Z', '--until=2026-09-21T14:20:00Z', '--format=json'), 'device'));
        self::assertSame([], $this->command('--since=1 hour ago', '--event=key_rotated', '--format=json'));
        self::assertSame(['5', '4'], array_column($this->command('--limit=2', '--format=json'), 'device'));
        $table = explode("\n", trim(static::site()->wp('sallyport', 'activity')));
        self::assertCount(6, $table);
        self::assertSame("id\ttime\tevent\tuser_id\tuser_login\tip\tdevice\tissuer\toutcome\tdetail", $table[0]);
        self::sql('UPDATE {activity} SET device = %s WHERE device = %s', '=1+1', '5');
        self::assertSame("'=1+1", self::parse(static::site()->wp('sallyport', 'activity', '--format=csv'))[1][6]);
    }

    /** @dataProvider wrongCommands */
    public function test_an_invalid_argument_ends_the_command(string $option): void
    {
        $this->expectException(\RuntimeException::class);
        $this->expectExceptionMessageMatches('/ended with 1: Error/');
        static::site()->wp('sallyport', 'activity', $option);
    }

    /** @return array<string, array{0: string}> */
    public static function wrongCommands(): array
    {
        $options = [
            '--event=nothing', '--account=nobody-of-this-name', '--since=soon-ish', '--until=2026-13-45',
            '--limit=0', '--limit=x', '--limit=10001', '--format=xml', '--what=1',
        ];
        return array_combine($options, array_map(static fn (string $option): array => [$option], $options));
    }

    public function test_a_site_of_a_network_sees_its_own_rows(): void
    {
        $this->seed();
        self::sql('UPDATE {activity} SET blog_id = %d WHERE device = %s', 77, '5');
        self::assertSame(['4', '3', '2', '1'], array_column($this->items([]), 'device'));
        self::assertSame(['1'], array_column($this->items(['event' => 'code_refused']), 'device'));
        self::assertSame(['4', '3', '2', '1'], array_column($this->command('--format=json'), 'device'));
    }

    /** Stores five rows, and deletes all others: their devices are 1 to 5, the newest last. */
    private function seed(): void
    {
        self::token();
        static::site()->php(<<<'PHP'
            global $wpdb;
            $table = $wpdb->base_prefix . 'sallyport_activity';
            $wpdb->query("DELETE FROM $table");
            foreach ([
                ['code_refused', 1, '192.0.2.7', 'sallyport', 'sallyport_invalid_code', '{"factor":"totp"}'],
                ['password_refused', 0, '192.0.2.7', 'sallyport', 'sallyport_invalid_credentials', ''],
                ['token_issued', 1, '2001:db8::1', 'sallyport', 'ok', ''],
                ['token_issued', 999999, '192.0.2.8', 'jwt-auth', 'ok', ''],
                ['code_refused', 999998, '192.0.2.9', 'sallyport', 'sallyport_invalid_code', ''],
            ] as $i => [$event, $user, $ip, $issuer, $outcome, $detail]) {
                $wpdb->insert($table, ['time' => (int) $argv[1] + 100 * $i, 'event' => $event, 'user_id' => $user, 'blog_id' => get_current_blog_id(), 'ip' => $ip, 'device' => (string) ($i + 1), 'issuer' => $issuer, 'outcome' => $outcome, 'detail' => $detail]);
            }
            PHP, [(string) self::NOON]);
    }

    /** @param array<string, int|string> $filter */
    private function read(array $filter): Response
    {
        return $this->get(self::API . '/activity?' . http_build_query($filter), self::token());
    }

    /** @param array<string, int|string> $filter @return list<array<string, mixed>> */
    private function items(array $filter): array
    {
        $answer = $this->read($filter + ['per_page' => 100]);
        self::assertSame(200, $answer->status, (string) $answer);
        return $answer->json['items'];
    }

    /** @param list<array<string, mixed>> $items @return list<array<string, mixed>> those of these events */
    private static function of(array $items, string ...$events): array
    {
        return array_values(array_filter($items, static fn (array $item): bool => in_array($item['event'], $events, true)));
    }

    /** @return list<array<string, mixed>> */
    private function command(string ...$options): array
    {
        return json_decode(static::site()->wp('sallyport', 'activity', ...$options), true, 8, JSON_THROW_ON_ERROR);
    }

    /** @return list<list<string>> */
    private static function parse(string $csv): array
    {
        $file = fopen('php://memory', 'w+');
        fwrite($file, $csv);
        rewind($file);
        $rows = [];
        while (($row = fgetcsv($file, escape: '')) !== false) {
            $rows[] = $row;
        }
        return $rows;
    }

    /** A token of an administrator. */
    private static function token(): string
    {
        return self::$token ??= (static function (): string {
            $answer = static::site()->request('POST', self::API . '/token', json: ['username' => 'admin', 'password' => 'password']);
            return $answer->json['token'];
        })();
    }

    private function signedInSubscriber(): string
    {
        $person = $this->person();
        $this->signIn($person);
        return $person->token;
    }
}
