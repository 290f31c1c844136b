<?php

declare(strict_types=1);

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Activity\Log;
use Sallyport\WP\Refusal;
use Sallyport\WP\Settings\ActivityQuery;
use Sallyport\WP\Settings\Chart;
use Sallyport\WP\Store\ActivityRows;

/** The query of the activity tab, and the days of the log's chart. */
final class ActivityQueryTest extends WPTestCase
{
    public function test_a_filter_is_read_from_the_url_and_written_to_the_next_one(): void
    {
        $user = $this->user();
        $query = new ActivityQuery([
            'page' => 'sallyport', 'tab' => 'activity', 'event' => ' code_refused ', 'who' => $user->user_login,
            'outcome' => 'ok', 'from' => '', 'to' => ['x'], 'paged' => '3',
        ]);
        self::assertSame(3, $query->page);
        self::assertSame(['event' => 'code_refused', 'user' => $user->ID, 'outcome' => 'ok'], $query->filter());
        self::assertSame(['event' => 'code_refused', 'who' => $user->user_login, 'outcome' => 'ok', 'paged' => '4'], $query->address(4));
        self::assertSame([], (new ActivityQuery([]))->address());
        self::assertSame([], (new ActivityQuery([]))->filter());
    }

    public function test_a_user_is_found_by_name_or_address_and_a_deleted_one_by_id(): void
    {
        $user = $this->user();
        self::assertSame(['user' => $user->ID], (new ActivityQuery(['who' => $user->user_email]))->filter());
        self::assertSame(['user' => 987654321], (new ActivityQuery(['who' => '987654321']))->filter());
        $this->assertRefused('rest_user_invalid_id', ['who' => 'nobody at all']);
    }

    public function test_days_are_in_the_sites_time_zone_and_inclusive(): void
    {
        update_option('timezone_string', 'Asia/Kathmandu');
        $asked = (new ActivityQuery(['from' => '2026-10-27', 'to' => '2026-10-27']))->filter();
        self::assertSame(strtotime('2026-10-26T18:15:00Z'), $asked['after']);
        self::assertSame(DAY_IN_SECONDS, $asked['before'] - $asked['after']);
        update_option('timezone_string', 'Europe/Berlin');
        $asked = (new ActivityQuery(['from' => '2026-10-25', 'to' => '2026-10-25']))->filter();
        self::assertSame(25 * HOUR_IN_SECONDS, $asked['before'] - $asked['after'], 'summer time ends');
        self::assertSame('2026-10-25T00:00:00+02:00', (new ActivityQuery(['from' => '2026-10-25']))->route()['after']);
    }

    public function test_an_invalid_filter_is_refused(): void
    {
        foreach ([
            ['event' => 'nonsense'], ['from' => '2026-02-31'], ['to' => 'yesterday'], ['outcome' => str_repeat('x', 65)],
            ['outcome' => "\xff"], ['who' => '9999999999999999999999'],
        ] as $asked) {
            $this->assertRefused('rest_invalid_param', $asked);
        }
        foreach (['0', '-1', '1e3', '9999999', ['2']] as $page) {
            self::assertSame(1, (new ActivityQuery(['paged' => $page]))->page);
        }
    }

    /** By the keys of an index: otherwise the last page of three million rows would read all of them. */
    public function test_a_page_reads_the_rows_it_shows_and_no_others(): void
    {
        $rows = new Sallyport\WP\Store\ActivityRows(self::plugin()->database());
        $add = static fn (int $time): int => $rows->add(['time' => $time, 'event' => 'token_issued', 'user_id' => 7, 'blog_id' => get_current_blog_id(), 'detail' => '']);
        $ids = array_map($add, [100, 300, 200, 300, 100, 500]);
        $asked = '';
        $catch = static function (string $query) use (&$asked): string {
            $asked = $query;
            return $query;
        };
        add_filter('query', $catch);
        $page = array_map(intval(...), array_column($rows->find(get_current_blog_id(), ['user' => 7, 'after' => 100, 'before' => 500], 2, 1), 'id'));
        self::assertSame([$ids[1], $ids[2]], $page, 'the newest first, and of one time the one that was written last');
        self::assertMatchesRegularExpression('/\(SELECT id FROM \S+ WHERE [^()]+ LIMIT 2 OFFSET 1\)/', $asked);
        self::assertSame(1, preg_match_all('/OFFSET/', $asked));
        if ($GLOBALS['wpdb'] instanceof WP_SQLite_DB === false) {
            $plan = $GLOBALS['wpdb']->get_results('EXPLAIN ' . substr($asked, (int) strpos($asked, '(SELECT') + 1, strpos($asked, ') p') - strpos($asked, '(SELECT') - 1));
            self::assertStringContainsString('Using index', $plan[0]->Extra);
        }
    }

    public function test_a_month_is_counted_by_the_sites_days(): void
    {
        update_option('timezone_string', 'Asia/Kathmandu');
        $now = strtotime('2026-11-25T18:30:00Z'); // a quarter past midnight on the 26th there
        foreach (['2026-11-25T18:14:59Z', '2026-11-25T18:15:00Z', '2026-11-25T18:20:00Z', '2026-10-01T00:00:00Z'] as $time) {
            self::plugin()->database()->insert(
                'activity',
                [
                    'time' => strtotime($time), 'event' => 'code_accepted', 'user_id' => 1,
                    'blog_id' => get_current_blog_id(), 'outcome' => 'ok', 'detail' => '',
                ],
            );
        }
        $log = new Log(new ActivityRows(self::plugin()->database()));
        $days = $log->days(['right' => [Event::CodeAccepted], 'refused' => [Event::CodeRefused, Event::CodeReplayed]], 30, $now);
        self::assertCount(30, $days);
        self::assertSame('2026-10-28', array_key_first($days));
        self::assertSame(['right' => 2, 'refused' => 0], $days['2026-11-26']);
        self::assertSame(['right' => 1, 'refused' => 0], $days['2026-11-25']);
        self::assertSame(3, array_sum(array_column($days, 'right')));
    }

    /** In Egypt, Chile, Cuba and Lebanon, that day has no midnight. */
    public function test_a_month_has_every_day_though_summer_time_begins_at_midnight(): void
    {
        update_option('timezone_string', 'Africa/Cairo');
        $log = new Log(new ActivityRows(self::plugin()->database()));
        self::plugin()->database()->insert('activity', [
            'time' => strtotime('2026-03-25T22:10:00Z'),
            'event' => 'code_accepted',
            'user_id' => 1,
            'blog_id' => get_current_blog_id(),
            'outcome' => 'ok',
            'detail' => '',
        ]);
        foreach (['2026-04-24' => '2026-03-26', '2026-04-30' => '2026-04-01', '2026-05-23' => '2026-04-24'] as $today => $first) {
            $days = $log->days(['right' => [Event::CodeAccepted]], 30, strtotime("{$today}T12:00:00Z"));
            self::assertSame([30, $first, $today], [count($days), array_key_first($days), array_key_last($days)]);
            self::assertSame($first === '2026-03-26' ? 1 : 0, $days[$first]['right'], 'from the first minute of the first day on');
        }
    }

    /** The settings page shows the chart even for a log of millions of rows. */
    public function test_the_chart_reads_an_index_and_no_row_but_those_of_probes(): void
    {
        $asked = [];
        add_filter('query', static function (string $query) use (&$asked): string {
            str_contains($query, 'sallyport_activity') && $asked[] = $query;
            return $query;
        });
        $rows = new ActivityRows(self::plugin()->database());
        $rows->slots(get_current_blog_id(), ['code_accepted', 'device_accepted'], time() - 60, 900);
        self::assertCount(2, $asked);
        self::assertStringNotContainsString('detail', $asked[0]);
        if ($GLOBALS['wpdb'] instanceof WP_SQLite_DB === false) {
            self::assertStringContainsString('Using index;', $GLOBALS['wpdb']->get_results("EXPLAIN $asked[0]")[0]->Extra);
        }
    }

    public function test_bars_fit_into_the_chart_and_an_empty_day_has_none(): void
    {
        $chart = new Chart(['2026-11-24' => ['right' => 0, 'refused' => 0, 'locked' => 0], '2026-11-25' => ['right' => 3, 'refused' => 1, 'locked' => 0]]);
        $svg = $chart->svg('said');
        self::assertSame(1, substr_count($svg, '<g>'));
        self::assertMatchesRegularExpression('~class="sallyport-right" x="23" y="40" width="14" height="120"/><rect class="sallyport-refused" x="23" y="0" width="14" height="40"/>~', $svg);
        self::assertSame(['right' => 3, 'refused' => 1, 'locked' => 0], $chart->sums());
        self::assertNotFalse(simplexml_load_string($svg));
        self::assertStringNotContainsString('<g>', (new Chart(['2026-11-25' => ['right' => 0, 'refused' => 0, 'locked' => 0]]))->svg('said'));
    }

    private function assertRefused(string $code, array $asked): void
    {
        try {
            (new ActivityQuery($asked))->filter();
            self::fail(wp_json_encode($asked));
        } catch (Refusal $refusal) {
            self::assertSame($code, $refusal->reason->value);
        }
    }
}
