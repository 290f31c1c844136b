<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** The daily job deletes what has expired, compares factors with marks, and leaves everything else alone. */
final class HousekeepingTest extends HttpTestCase
{
    use OwnSite;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return self::options();
    }

    public function test_there_is_one_daily_event_on_the_main_site(): void
    {
        self::assertSame(['daily'], self::events());
        static::site()->plugin('$plugin->setup()->run(); $plugin->housekeeping()->schedule();');
        self::assertSame(['daily'], self::events());
    }

    public function test_a_lost_event_is_scheduled_again_by_wp_admin_and_none_remains_after_deactivation(): void
    {
        static::site()->php('do_action("deactivated_plugin", "another/another.php", false);');
        self::assertSame(['daily'], self::events(), 'another plugin was turned off');
        static::site()->php('deactivate_plugins("sallyport/sallyport.php", false, is_multisite());');
        self::assertSame([], self::events());
        static::site()->php('require_once ABSPATH . "wp-admin/includes/plugin.php"; $e = activate_plugin("sallyport/sallyport.php", "", is_multisite()); is_wp_error($e) && throw new RuntimeException($e->get_error_message());');
        self::assertSame(['daily'], self::events());
        static::site()->php('wp_clear_scheduled_hook("sallyport_housekeeping");');
        $this->get('/wp-admin/admin-ajax.php?action=rest-nonce');
        self::assertSame(['daily'], self::events());
    }

    public function test_a_family_past_its_time_is_ended_mark_and_row_and_others_live(): void
    {
        $gone = $this->person();
        $alive = $this->person();
        $refresh = [];
        foreach ([$gone, $alive] as $person) {
            $answer = $this->logIn($person)->json;
            [$person->token, $refresh[]] = [$answer['token'], $answer['refresh_token']];
        }
        self::assertSame($gone->id, $this->whoIs($gone->token));
        self::sql("UPDATE {families} SET expires_at = %d WHERE user_id = %d", time() - 1, $gone->id);
        $this->clean();
        self::assertSame([0, 0, 0], self::remains($gone, $refresh[0]));
        self::assertSame([1, 1, 1], self::remains($alive, $refresh[1]));
        self::assertNull($this->whoIs($gone->token));
        self::assertSame($alive->id, $this->whoIs($alive->token));
        self::assertSame(200, $this->post('/token/refresh', ['refresh_token' => $refresh[1]])->status);
    }

    public function test_refresh_tokens_challenges_and_old_throttle_rows_go(): void
    {
        $person = $this->enrolled();
        $this->logIn($person);
        $this->logIn($this->person(), ['device_name' => 'a phone']);
        $this->post('/token', ['username' => $person->login, 'password' => 'wrong']);
        $this->post('/token', ['username' => 'nobody-of-this-name', 'password' => 'wrong']);
        $live = [
            'refresh_tokens' => self::rowsOf('refresh_tokens'),
            'challenges' => self::rowsOf('challenges'),
            'devices' => self::rowsOf('devices'),
            'throttle' => self::rowsOf('throttle'),
        ];
        $this->clean();
        foreach ($live as $table => $rows) {
            self::assertSame($rows, self::rowsOf($table), "$table: none of these has expired");
        }
        $wrong = $this->challenge($person);
        self::refused(401, 'sallyport_invalid_code', $this->post('/challenge/verify', ['challenge' => $wrong, 'code' => $person->app->wrong()]));
        self::sql('UPDATE {refresh_tokens} SET expires_at = %d', time() - 1);
        self::sql('UPDATE {challenges} SET expires_at = %d', time() - 1);
        self::sql('UPDATE {devices} SET expires_at = %d', time() - 1);
        self::sql("INSERT INTO {links} (digest, purpose, user_id, blog_id, expires_at) VALUES (%s, 'x', 1, 1, %d)", str_repeat('0', 64), time() - 1);
        self::sql('UPDATE {throttle} SET expires_at = %d, until = %d WHERE expires_at > 0', time() - 1, 0);
        $this->clean();
        self::assertSame([0, 0, 0, 0], [self::rowsOf('refresh_tokens'), self::rowsOf('challenges'), self::rowsOf('devices'), self::rowsOf('links')]);
        $counts = array_column(self::rows('SELECT name, failures FROM {throttle} WHERE failures > %d', 0), 'failures', 'name');
        self::assertSame([hash('sha256', "second-step:$person->id") => '1'], $counts, 'only a right code resets the count of the account');
    }

    public function test_a_lock_that_holds_is_kept(): void
    {
        self::forgetFailures();
        $this->post('/token', ['username' => 'somebody-else', 'password' => 'wrong']);
        self::sql('UPDATE {throttle} SET expires_at = %d, until = %d', time() - 1, time() + 500);
        $this->clean();
        self::assertGreaterThan(0, self::rowsOf('throttle'));
        self::forgetFailures();
    }

    public function test_the_log_is_kept_as_long_as_the_setting_says(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $age = static fn (int $days): mixed => self::sql('UPDATE {activity} SET time = %d WHERE user_id = %d', time() - $days * 86400 - 60, $person->id);
        $rows = count(self::activity($person->id, 'token_issued'));
        self::assertGreaterThan(0, $rows);
        $age(89);
        $this->clean();
        self::assertCount($rows, self::activity($person->id, 'token_issued'));
        static::site()->wp('sallyport', 'setting', 'set', 'activity_days', '0');
        $age(4000);
        $this->clean();
        self::assertCount($rows, self::activity($person->id, 'token_issued'), 'with 0 they are kept forever');
        static::site()->wp('sallyport', 'setting', 'reset', 'activity_days');
        $age(90);
        $this->clean();
        self::assertSame([], self::activity($person->id, 'token_issued'));
    }

    public function test_a_backlog_is_worked_off_in_batches_as_long_as_there_is_time(): void
    {
        static::site()->php(<<<'PHP'
            global $wpdb;
            $row = "(" . (time() - 400 * 86400) . ", 'token_issued', 0, 1, '', '', 'ok', '')";
            for ($i = 0; $i < 21; $i++) {
                $wpdb->query("INSERT INTO {$wpdb->base_prefix}sallyport_activity (time, event, user_id, blog_id, ip, issuer, outcome, detail) VALUES " . implode(',', array_fill(0, 500, $row)));
            }
            PHP);
        for ($runs = 0; $runs < 20 && self::old() > 0; $runs++) {
            $this->clean();
        }
        self::assertSame(0, self::old());
        self::assertSame(['daily'], self::events());
    }

    /** Some servers only have an hourly cron. */
    public function test_one_run_does_more_than_twenty_batches_and_what_is_left_is_left_to_another_run(): void
    {
        $batches = static::site()->plugin(<<<'PHP'
            $batches = 0;
            $parts = ['a' => static function (int $now, int $limit) use (&$batches): int {
                ++$batches;
                return $batches < 1000 ? $limit : 0;
            }];
            (new \Sallyport\WP\Housekeeping($parts, $plugin->activity()))->run(time());
            $done = $batches;
            (new \Sallyport\WP\Housekeeping(['a' => static function (int $now, int $limit): int {
                sleep(1);
                return $limit;
            }], $plugin->activity()))->run(time() - 18);
            return $done;
            PHP);
        self::assertSame(1000, $batches);
        $events = self::events();
        sort($events);
        self::assertSame(['', 'daily'], $events);
        $this->clean();
        self::assertSame(['daily'], self::events());
    }

    /** The server would kill a run without end, and with it all parts that come later. */
    public function test_the_parts_take_turns_and_a_run_ends_when_its_time_is_over(): void
    {
        [$turns, $late] = static::site()->plugin(<<<'PHP'
            $turns = '';
            $parts = [
                'a' => static function (int $now, int $limit) use (&$turns): int {
                    $turns .= 'a';
                    return strlen($turns) < 6 ? $limit : 0;
                },
                'b' => static function () use (&$turns): int {
                    $turns .= 'b';
                    return 0;
                },
            ];
            (new \Sallyport\WP\Housekeeping($parts, $plugin->activity()))->run(time());
            $got = $turns;
            $turns = '';
            (new \Sallyport\WP\Housekeeping($parts, $plugin->activity()))->run(time() - 21);
            return [$got, $turns];
            PHP);
        self::assertSame('abaaaa', $turns);
        self::assertSame('', $late);
        static::site()->php('wp_clear_scheduled_hook("sallyport_housekeeping"); wp_schedule_event(time(), "daily", "sallyport_housekeeping");');
    }

    public function test_a_factor_without_a_mark_is_repaired(): void
    {
        $person = $this->enrolled();
        self::sql('DELETE FROM {usermeta} WHERE meta_key = %s AND user_id = %d', '_sallyport_state', $person->id);
        self::assertSame($person->id, $this->whoIs($person->token), 'without the mark, the user is asked for nothing');
        $this->clean();
        self::refusedCredential('sallyport_token_stale', $this->get('/wp-json/wp/v2/users/me', $person->token));
        self::assertCount(1, self::activity($person->id, 'state_repaired'));
        $this->clean();
        self::assertCount(1, self::activity($person->id, 'state_repaired'), 'once');
        self::assertSame($person->id, $this->whoIs($this->proven($person)));
    }

    public function test_data_of_accounts_deleted_while_inactive_is_removed_before_their_id_is_reused(): void
    {
        $gone = $this->enrolled();
        $alive = $this->enrolled();
        foreach ([$gone, $alive] as $person) {
            $this->logIn($person);
        }
        self::deleteUnheard($gone);
        self::assertGreaterThan(3, count($there = self::of($gone)));
        $left = self::of($alive);
        self::halfADayLater();
        $this->clean();
        $this->clean();
        self::assertSame($there, self::of($gone), 'factors that are missing for the first time may be restored');
        self::halfADayLater();
        $this->clean();
        self::assertSame(['activity'], self::of($gone));
        self::assertSame($left, self::of($alive));
        self::assertSame([], self::activity($gone->id, 'state_repaired'));
        self::assertSame($alive->id, $this->whoIs($alive->token));
    }

    /** A request of the deleted user may still be running. */
    public function test_a_mark_stored_after_the_deletion_keeps_nothing_else(): void
    {
        $person = $this->enrolled();
        self::deleteUnheard($person);
        self::sql("INSERT INTO {usermeta} (user_id, meta_key, meta_value) VALUES (%d, '_sallyport_state', 'x')", $person->id);
        foreach (range(1, 2) as $run) {
            self::halfADayLater();
            $this->clean();
        }
        self::assertSame(['activity'], self::of($person));
        self::assertSame([], static::site()->php('return get_user_meta((int) $argv[1]);', [(string) $person->id]));
    }

    public function test_users_missing_during_a_restore_keep_everything(): void
    {
        $person = $this->enrolled();
        $there = self::of($person);
        $move = static fn (int $from, int $to): array => [
            self::sql('UPDATE {users} SET ID = %d WHERE ID = %d', $to, $from),
            self::sql('UPDATE {usermeta} SET user_id = %d WHERE user_id = %d', $to, $from),
        ];
        for ($day = 0; $day < 3; $day++) {
            $away = 1 === $day;
            $away && $move($person->id, 1000000);
            self::halfADayLater();
            $this->clean();
            $away && $move(1000000, $person->id);
        }
        self::assertSame($there, self::of($person));
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    public function test_users_missing_only_from_the_users_table_or_from_an_empty_one_are_not_treated_as_deleted(): void
    {
        $person = $this->enrolled();
        $there = self::of($person);
        $rows = static fn (string $which): mixed => static::site()->plugin(<<<'PHP'
            global $wpdb;
            $lost = [];
            foreach ([[$wpdb->users, 'ID'], [$wpdb->usermeta, 'user_id']] as $i => [$table, $id]) {
                if ('emptied' === $argv[1] || 0 === $i) {
                    $is = 'emptied' === $argv[1] ? '1 = 1' : "$id = " . (int) $argv[2];
                    $lost[$table] = $wpdb->get_results("SELECT * FROM $table WHERE $is", ARRAY_A);
                    $wpdb->query("DELETE FROM $table WHERE $is");
                }
            }
            foreach (range(1, 3) as $day) {
                $kept = get_option('sallyport_missing_users', ['at' => time()]);
                update_option('sallyport_missing_users', ['at' => $kept['at'] - 43200] + $kept);
                $plugin->housekeeping()->run(time());
            }
            foreach ($lost as $table => $rows) {
                array_map(static fn (array $row) => $wpdb->insert($table, $row), $rows);
            }
            PHP, [$which, (string) $person->id]);
        foreach (['one lost', 'emptied'] as $which) {
            $rows($which);
            self::assertSame($there, self::of($person), $which);
        }
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    public function test_a_mark_that_says_no_beside_a_factor_is_repaired(): void
    {
        $person = $this->enrolled();
        $old = static::site()->php('return get_user_meta((int) $argv[1], "_sallyport_state", true);', [(string) $person->id]);
        self::sql('UPDATE {usermeta} SET meta_value = %s WHERE meta_key = %s AND user_id = %d', serialize(['enrolled' => false] + $old), '_sallyport_state', $person->id);
        $this->clean();
        $new = static::site()->php('return get_user_meta((int) $argv[1], "_sallyport_state", true);', [(string) $person->id]);
        self::assertTrue($new['enrolled']);
        self::assertNotSame($old['epoch'], $new['epoch']);
    }

    public function test_a_mark_without_a_factor_is_reported_and_stays_refused(): void
    {
        $person = $this->enrolled();
        $plain = $this->person();
        $left = $this->enrolled();
        self::assertSame(200, $this->post('/two-factor/disable', ['password' => $left->password], $left->token)->status);
        self::sql('DELETE FROM {factors} WHERE user_id = %d', $person->id);
        $this->clean();
        self::assertCount(1, self::activity($person->id, 'factors_missing'));
        self::assertSame([], [...self::activity($plain->id, 'factors_missing'), ...self::activity($left->id, 'factors_missing')]);
        self::refused(503, 'sallyport_unavailable', $this->logIn($person));
    }

    public function test_a_failing_part_does_not_stop_the_others(): void
    {
        $person = $this->person();
        $this->signIn($person);
        self::sql('UPDATE {activity} SET time = %d WHERE user_id = %d', 1000, $person->id);
        self::sql('UPDATE {families} SET expires_at = %d WHERE user_id = %d', time() - 1, $person->id);
        self::renameTable('challenges', 'away');
        self::halfADayLater();
        $this->clean();
        self::renameTable('away', 'challenges');
        self::assertSame([], self::activity($person->id, 'token_issued'));
        self::assertSame('0', self::rows('SELECT COUNT(*) AS n FROM {families} WHERE user_id = %d', $person->id)[0]['n']);
        $failed = array_map(static fn (array $row): string => json_decode($row['detail'], true)['part'], self::activity(0, 'housekeeping_failed'));
        sort($failed);
        self::assertSame(['challenges', 'deleted accounts'], $failed, 'which looks into every table');
    }

    /** As without Sallyport, which only learns of it by an action. */
    private static function deleteUnheard(Person $person): void
    {
        static::site()->php('require_once ABSPATH . "wp-admin/includes/user.php"; require_once ABSPATH . "wp-admin/includes/ms.php"; remove_all_actions("deleted_user"); is_multisite() ? wpmu_delete_user((int) $argv[1]) : wp_delete_user((int) $argv[1]);', [(string) $person->id]);
    }

    /** Set-up: the job noticed so much earlier that the factors are missing. */
    private static function halfADayLater(): void
    {
        static::site()->php('$kept = get_option("sallyport_missing_users", ["at" => time()]); update_option("sallyport_missing_users", ["at" => $kept["at"] - 43200] + $kept);');
    }

    /** @return list<string> the tables that contain rows of a user */
    private static function of(Person $person): array
    {
        return static::site()->plugin('$rows = new Sallyport\WP\Store\UserRows($plugin->database()); return array_values(array_filter($rows::tables(), static fn (string $table): bool => $rows->count($table, (int) $argv[1]) > 0));', [(string) $person->id]);
    }

    /** Makes the event due, and runs cron. */
    private function clean(): void
    {
        static::site()->php('wp_clear_scheduled_hook("sallyport_housekeeping"); wp_schedule_event(time() - 5, "daily", "sallyport_housekeeping");');
        static::site()->cron();
    }

    /** @return list<string> the schedules of the events on the main site; '' for a single event */
    private static function events(): array
    {
        return static::site()->php(<<<'PHP'
            $found = [];
            foreach (_get_cron_array() as $hooks) {
                foreach ($hooks['sallyport_housekeeping'] ?? [] as $event) {
                    $found[] = (string) $event['schedule'];
                }
            }
            return $found;
            PHP);
    }

    /** @return array{int, int, int} family, its mark, its refresh token */
    private static function remains(Person $person, string $refresh): array
    {
        return [
            (int) self::rows('SELECT COUNT(*) AS n FROM {families} WHERE user_id = %d', $person->id)[0]['n'],
            (int) self::rows('SELECT COUNT(*) AS n FROM {usermeta} WHERE meta_key = %s AND user_id = %d', '_sallyport_family', $person->id)[0]['n'],
            (int) self::rows('SELECT COUNT(*) AS n FROM {refresh_tokens} WHERE digest = %s', hash('sha256', $refresh))[0]['n'],
        ];
    }

    private static function old(): int
    {
        return (int) self::rows('SELECT COUNT(*) AS n FROM {activity} WHERE time < %d', time() - 300 * 86400)[0]['n'];
    }

    private static function rowsOf(string $table): int
    {
        return (int) self::rows("SELECT COUNT(*) AS n FROM {{$table}} WHERE 1 = %d", 1)[0]['n'];
    }

    /** @return list<array<string, string>> */
    private static function rows(string $sql, int|string ...$args): array
    {
        return static::site()->plugin('return $plugin->database()->rows($argv[1], array_map(static fn ($a) => is_numeric($a) ? (int) $a : $a, array_slice($argv, 2)));', [$sql, ...array_map('strval', $args)]);
    }
}
