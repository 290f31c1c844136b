<?php

declare(strict_types=1);

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Store\ActivityRows;
use Sallyport\WP\Store\Meta;
use Sallyport\WP\Store\Schema;
use Sallyport\WP\Store\ThrottleRows;
use Sallyport\WP\Store\UserRows;

/** WordPress' tools for personal data, and what is left of a deleted account. The schema drives it: a new table without a rule fails here. */
final class PrivacyTest extends WPTestCase
{
    /** Tables whose rows belong to no user: they store only the hash of a name, or belong to the site. */
    private const NOBODYS = ['throttle', 'spent', 'sso_sites'];

    /** Columns whose values let somebody in, or represent such a value. */
    private const SECRET = ['secret', 'hash', 'digest', 'mac', 'fingerprint', 'epoch', 'sid', 'successor', 'begun_by', 'body', 'public_key'];

    public function test_every_table_declares_the_owner_of_its_rows(): void
    {
        $tables = array_keys(self::schema());
        self::assertGreaterThan(15, count($tables));
        self::assertEqualsCanonicalizing($tables, [...UserRows::tables(), ...self::NOBODYS]);
        foreach (self::NOBODYS as $table) {
            self::assertNotContains('user_id', self::schema()[$table], $table);
        }
    }

    /** A new table with a blog_id is deleted with the site, or its rows expire. */
    public function test_rows_of_a_site_are_deleted_with_it_or_expire(): void
    {
        $ending = ['challenges', 'families', 'activity', 'links', 'enrolment_tokens', 'inherited_proofs'];
        $of = array_keys(array_filter(self::schema(), static fn (array $columns): bool => in_array('blog_id', $columns, true)));
        self::assertEqualsCanonicalizing($of, [...(new ReflectionClassConstant(Sallyport\WP\Store\BlogRows::class, 'OF'))->getValue(), ...$ending]);
    }

    /** A network's log can be long. */
    public function test_rows_of_a_user_are_found_by_an_index(): void
    {
        foreach ((new ReflectionMethod(Schema::class, 'definitions'))->invoke(null) as $definition) {
            if (preg_match('/^  user_id /m', $definition) === 1) {
                self::assertMatchesRegularExpression('/^  (PRIMARY |UNIQUE )?KEY +(\w+ )?\(user_id[,)]/m', $definition);
            }
        }
    }

    /** On MariaDB, a DELETE that asks another table for the owner reads all rows, and locks each until it is done: meanwhile nobody's token could be refreshed. */
    public function test_a_users_rows_are_deleted_by_their_keys_a_few_at_a_time(): void
    {
        $user = $this->user();
        $this->fill($user->ID);
        for ($i = 0; $i < 600; $i++) {
            self::plugin()->database()->insert(
                'device_secrets',
                [
                    'digest' => hash('sha256', "secret $i"),
                    'device_id' => self::plugin()->devices()->of($user->ID, time())[0]->id,
                    'successor' => '',
                    'replaced_at' => 0,
                    'expires_at' => 0,
                ],
            );
        }
        $deletes = [];
        add_filter('query', static function (string $query) use (&$deletes): string {
            str_starts_with($query, 'DELETE') && $deletes[] = $query;
            return $query;
        });
        (new UserRows(self::plugin()->database()))->delete_all($user->ID);
        self::assertSame(['activity'], array_keys(array_filter(self::counts($user->ID))));
        foreach ($deletes as $query) {
            self::assertMatchesRegularExpression('/^DELETE FROM \S+ WHERE \w+ IN \(\'[^()]+\'\) AND /', $query);
            self::assertLessThanOrEqual(500, substr_count($query, "', '") + 1);
        }
        self::assertCount(2, preg_grep('/device_secrets/', $deletes), 'and no more than 500');
    }

    public function test_nothing_but_the_log_remains_of_a_deleted_user(): void
    {
        $user = $this->user();
        $other = $this->user();
        $this->fill($user->ID);
        $this->fill($other->ID);
        $before = self::counts($other->ID);
        self::assertSame(array_fill_keys(UserRows::tables(), 1), self::counts($user->ID), 'every table has a row');
        require_once ABSPATH . 'wp-admin/includes/user.php';
        require_once ABSPATH . 'wp-admin/includes/ms.php';
        is_multisite() ? wpmu_delete_user($user->ID) : wp_delete_user($user->ID);
        $left = array_filter(self::counts($user->ID));
        self::assertSame(['activity'], array_keys($left), 'kept until it expires: docs/activity.md');
        self::assertSame([], get_user_meta($user->ID));
        self::assertSame($before, self::counts($other->ID));
    }

    /** A database may give an id again: after a restart, after a backup was restored, as an import says. */
    public function test_a_new_user_inherits_nothing_from_one_with_the_same_id(): void
    {
        global $wpdb;
        $gone = $this->user();
        $other = $this->user();
        $this->fill($gone->ID);
        $this->fill($other->ID);
        $before = self::counts($other->ID);
        self::plugin()->meta()->write($gone->ID, static fn (): array => array_map(static fn (string $key): mixed => add_user_meta($gone->ID, $key, 'canary'), Meta::ALL));
        $attempts = (fn () => $this->attempts())->call(self::plugin());
        $reset_codes = (fn () => $this->reset_codes())->call(self::plugin());
        $attempts->reserve($gone->ID, time());
        (new ThrottleRows(self::plugin()->database()))->claim("reset-code:$gone->ID", 1, time());
        $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_throttle SET failures = 100");
        self::assertFalse($reset_codes->are_left($gone->ID));
        $policy = (fn () => $this->policy_editor())->call(self::plugin());
        $policy->change(['site' => ['users' => [$gone->ID => 'off', $other->ID => 'required']]], 0, time());
        self::assertGreaterThan(0, $attempts->locked_for($gone->ID, time()));

        $wpdb->delete($wpdb->users, ['ID' => $gone->ID]); // As a script does it: neither hooks nor meta.
        add_filter('wp_pre_insert_user_data', static fn (array $row): array => ['ID' => $gone->ID] + $row);
        $new = $this->user();
        self::assertSame($gone->ID, $new->ID);
        self::assertSame(['webhook_deliveries'], array_keys(array_filter(self::counts($new->ID))), 'nobody reads what was sent by its user');
        self::assertSame([], array_intersect_key(get_user_meta($new->ID), array_flip(Meta::ALL)));
        self::assertSame(0, $attempts->locked_for($new->ID, time()));
        self::assertTrue($reset_codes->are_left($new->ID));
        self::assertSame([$other->ID => 'required'], $policy->show('site')['users']);
        self::assertSame($before, self::counts($other->ID));
    }

    /** A rule about one user goes with the user. */
    public function test_a_deleted_users_rule_goes_with_them(): void
    {
        $user = $this->user();
        $other = $this->user();
        $policy = (fn () => $this->policy_editor())->call(self::plugin());
        $policy->change(['site' => ['users' => [$user->ID => 'off', $other->ID => 'required']]], 0, time());
        require_once ABSPATH . 'wp-admin/includes/user.php';
        require_once ABSPATH . 'wp-admin/includes/ms.php';
        is_multisite() ? wpmu_delete_user($user->ID) : wp_delete_user($user->ID);
        self::assertSame([$other->ID => 'required'], $policy->show('site')['users']);
    }

    public function test_the_export_has_everything_of_the_user_and_no_secret(): void
    {
        $user = $this->user();
        $this->fill($user->ID);
        $this->fill($this->user()->ID, 'somebody else');
        self::plugin()->meta()->write($user->ID, static function () use ($user): void {
            add_user_meta($user->ID, Meta::PROVEN_EMAIL, $user->user_email);
            add_user_meta($user->ID, Meta::FORMER_EMAIL, ['email' => 'former@example.test', 'until' => time() + 60]);
        });
        $text = wp_json_encode($items = $this->export($user->user_email), JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
        self::assertStringContainsString('former@example.test', $text);
        $groups = array_column($items, 'group_id');
        foreach (array_diff(UserRows::tables(), ['device_secrets', 'webhook_deliveries']) as $table) { // Their data is in devices, and in the log.
            self::assertContains("sallyport-$table", $groups);
        }
        foreach (['my phone', 'the kitchen', '2027-01-15 08:00:00 UTC', 'code_refused: ', 'why not'] as $said) {
            self::assertStringContainsString($said, $text);
        }
        self::assertStringNotContainsString('canary', $text, 'a secret');
        self::assertStringNotContainsString('somebody else', $text);
        self::assertStringNotContainsString('an administrator', $text, 'the actor is another user');
        self::assertSame(count($items), count(array_unique(array_column($items, 'item_id'))), 'core merges items with the same id');
    }

    public function test_a_device_name_is_escaped_in_the_export(): void
    {
        $user = $this->user();
        self::plugin()->devices()->remember($user->ID, '<a href="https://evil.test">click</a>', time());
        self::assertStringContainsString('&lt;a href', serialize($this->export($user->user_email)));
    }

    public function test_a_long_log_comes_in_pages_each_row_once(): void
    {
        $user = $this->user();
        $this->log($user->ID, 1203);
        $items = $this->export($user->user_email, $pages);
        self::assertSame(3, $pages);
        self::assertCount(1203, array_unique(array_column(array_filter($items, static fn (array $item): bool => $item['group_id'] === 'sallyport-activity'), 'item_id')));
    }

    public function test_the_eraser_leaves_the_factors_and_says_why(): void
    {
        $user = $this->user();
        $other = $this->user();
        $this->fill($user->ID);
        $this->fill($other->ID);
        $before = self::counts($other->ID);
        self::plugin()->access_tokens()->response($user, null);
        self::assertNotSame([], get_user_meta($user->ID, Meta::FAMILY));
        $this->log($user->ID, 700);
        $answers = $this->erase($user->user_email);
        self::assertCount(2, $answers);
        self::assertSame([true, true], array_column($answers, 'items_removed'));
        self::assertTrue(end($answers)['items_retained']);
        self::assertStringContainsString('the password alone would be enough to sign in', end($answers)['messages'][0]);
        self::assertSame(['factors', 'backup_codes'], array_keys(array_filter(self::counts($user->ID))));
        self::assertSame([], get_user_meta($user->ID, Meta::FAMILY), 'its access token is void');
        self::assertSame($before, self::counts($other->ID));
        $GLOBALS['wpdb']->last_error = '';
        $rows = $GLOBALS['wpdb']->get_results("SELECT * FROM {$GLOBALS['wpdb']->base_prefix}sallyport_activity WHERE detail LIKE '%why not%' OR device = 'the kitchen'");
        self::assertSame([(string) $other->ID], array_column($rows, 'user_id'), 'the user\'s own data is deleted from the log');
        $again = $this->erase($user->user_email);
        self::assertSame([[false], [true]], [array_column($again, 'items_removed'), array_column($again, 'items_retained')]);
    }

    public function test_the_eraser_removes_an_actor_with_address_and_device(): void
    {
        [$actor, $subject, $other] = [$this->user('administrator'), $this->user(), $this->user('administrator')];
        $alike = $actor->user_login . '0'; // has the same beginning
        foreach ([$actor->user_login, $other->user_login, $alike] as $i => $by) {
            [$_SERVER['REMOTE_ADDR'], $_SERVER['HTTP_USER_AGENT']] = ["192.0.2.$i", "browser $i"];
            $rescue = (fn () => $this->rescue())->call(self::plugin());
            $rescue->reset($subject->ID, 'a reason', $by, time());
            $rescue->unlock($subject->ID, '', $by);
            $rescue->revoke($subject->ID, 'a reason', $by, time());
            $rescue->link($subject->ID, '', $by, time());
        }
        $rows = fn (): array => $this->acted($subject->ID);
        self::assertCount(12, $before = $rows());
        self::assertSame(['192.0.2.0', 'browser 0'], [current($before)['ip'], current($before)['device']]);
        $exported = wp_json_encode($this->export($subject->user_email));
        self::assertStringContainsString('sign_ins_revoked', $exported);
        self::assertDoesNotMatchRegularExpression("/192\.0\.2\.|browser \d|$other->user_login/", $exported, 'that is another user');
        $own = array_values(array_filter($this->export($actor->user_email), static fn (array $item): bool => $item['group_id'] === 'sallyport-acted'));
        self::assertCount(4, $own);
        self::assertStringContainsString('factors_reset: ', serialize($own));
        self::assertStringContainsString('192.0.2.0', serialize($own));
        self::assertStringContainsString('browser 0', serialize($own));
        self::assertDoesNotMatchRegularExpression("/a reason|$subject->user_login/", serialize($own), 'neither the other user nor the reason');
        self::assertSame([['items_removed' => true, 'items_retained' => false, 'messages' => [], 'done' => true]], $this->erase($actor->user_email));
        self::assertSame([], $this->export($actor->user_email));
        $after = $rows();
        foreach ($before as $id => $row) {
            $is_theirs = json_decode($row['detail'], true)['by'] === $actor->user_login;
            $expected = $is_theirs ? ['ip' => '', 'device' => '', 'detail' => json_encode(['by' => '[deleted]'] + json_decode($row['detail'], true))] + $row : $row;
            self::assertEquals($expected, $after[$id]);
        }
        self::assertSame([false], array_column($this->erase($actor->user_email), 'items_removed'));
    }

    /** Otherwise each page of an export and of an erasure would read all of three million rows. */
    public function test_rows_of_an_actor_are_found_by_an_index(): void
    {
        global $wpdb;
        $rows = new ActivityRows(self::plugin()->database());
        foreach ([1, 7, 9] as $blog) {
            $rows->add(['time' => $blog, 'event' => 'factors_reset', 'user_id' => 5, 'blog_id' => $blog, 'detail' => '{"by":"ada"}']);
            $rows->add(['time' => $blog, 'event' => 'token_issued', 'user_id' => 5, 'blog_id' => $blog, 'detail' => '{"by":"ada"}']);
        }
        $found = $rows->of_actor('ada', array_column(Event::BY_ANOTHER, 'value'), 2, 1);
        self::assertSame(['7', '9'], array_map(strval(...), array_column($found, 'blog_id')), 'on every blog, in a stable order');
        $asked = $wpdb->last_query;
        self::assertMatchesRegularExpression('/WHERE blog_id IN \([\d, ]+\) AND event IN .* ORDER BY blog_id, event, time, id /', $asked, 'the beginning of the index');
        if (! $wpdb instanceof WP_SQLite_DB) {
            self::assertSame('blog_event', $wpdb->get_row("EXPLAIN $asked")->key);
        }
    }

    public function test_many_rows_of_an_actor_are_anonymised_in_pages(): void
    {
        $actor = $this->user();
        $subject = $this->user();
        $this->log($subject->ID, 1100, 'factors_reset', ['by' => $actor->user_login, 'reason' => 'x']);
        $this->log($actor->ID, 30);
        self::assertCount(1130, array_unique(array_column($this->export($actor->user_email, $pages), 'item_id')));
        self::assertSame(3, $pages);
        self::assertSame([true, true, true], array_column($this->erase($actor->user_email), 'items_removed'));
        self::assertSame(
            ['[deleted]' => 1100],
            array_count_values(
                array_map(static fn (array $row): string => json_decode($row['detail'], true)['by'], $this->acted($subject->ID)),
            ),
        );
    }

    /** @return array<int, array<string, string>> by id: what others did to this user */
    private function acted(int $user_id): array
    {
        return array_column(
            $GLOBALS['wpdb']->get_results("SELECT * FROM {$GLOBALS['wpdb']->base_prefix}sallyport_activity WHERE user_id = $user_id AND detail LIKE '%\"by\"%' ORDER BY id", ARRAY_A),
            null,
            'id',
        );
    }

    public function test_a_user_without_a_factor_loses_everything(): void
    {
        $user = $this->user();
        $this->log($user->ID, 1);
        self::assertSame([['items_removed' => true, 'items_retained' => false, 'messages' => [], 'done' => true]], $this->erase($user->user_email));
        self::assertSame([], $this->export($user->user_email));
        self::assertSame([['items_removed' => false, 'items_retained' => false, 'messages' => [], 'done' => true]], $this->erase('nobody@example.test'));
        self::assertSame([], $this->export('nobody@example.test'));
    }

    public function test_a_store_that_fails_is_an_error_and_no_empty_export(): void
    {
        global $wpdb;
        $user = $this->user();
        $prefix = $wpdb->base_prefix;
        $wpdb->base_prefix = 'elsewhere_';
        try {
            $export = self::exporter()($user->user_email, 1);
            $erase = self::eraser()($user->user_email, 1);
        } finally {
            $wpdb->base_prefix = $prefix;
        }
        self::assertErrorCode('sallyport_unavailable', $export);
        self::assertErrorCode('sallyport_unavailable', $erase);
    }

    public function test_the_policy_text_is_what_the_settings_are(): void
    {
        require_once ABSPATH . 'wp-admin/includes/class-wp-privacy-policy-content.php';
        $text = new ReflectionMethod(Sallyport\WP\Privacy\PolicyText::class, 'text');
        $say = static fn (): string => $text->invoke(self::plugin()->privacy_policy_text());
        self::assertStringContainsString('for 90 days', $say());
        self::assertStringContainsString('the IP address each', $say());
        self::plugin()->settings()->set('activity_days', 7);
        self::plugin()->settings()->set('activity_address', 'none');
        self::assertStringContainsString('for 7 days', $say());
        self::assertStringContainsString('no IP addresses', $say());
        self::plugin()->settings()->set('activity_days', 0);
        self::assertStringContainsString('as long as', $say());
    }

    /** @return array<string, list<string>> table => its columns */
    private static function schema(): array
    {
        $schema = [];
        foreach ((new ReflectionMethod(Schema::class, 'definitions'))->invoke(null) as $definition) {
            preg_match('/\{(\w+)\}/', $definition, $name);
            preg_match_all('/^  ([a-z_]+) [a-z]+/m', $definition, $columns);
            $schema[$name[1]] = $columns[1];
        }
        return $schema;
    }

    /** A row in every table that belongs to this user, if there is a rule for it. */
    private function fill(int $user_id, string $device = 'the kitchen'): void
    {
        global $wpdb;
        $definitions = (new ReflectionMethod(Schema::class, 'definitions'))->invoke(null);
        $ids = [];
        foreach (self::schema() as $table => $columns) {
            if (in_array($table, self::NOBODYS, true)) {
                continue;
            }
            $definition = current(preg_grep("/\{{$table}\}/", $definitions));
            $row = [];
            foreach ($columns as $column) {
                $is_number = 1 === preg_match("/^  $column (big|small|tiny)?int/m", $definition);
                $row[$column] = match (true) {
                    $column === 'user_id' => $user_id,
                    $column === 'blog_id' => get_current_blog_id(),
                    $column === 'factor_id' => $ids['factors'] ?? 0,
                    $column === 'family_id' => $ids['families'] ?? 0,
                    $column === 'device_id' => $ids['devices'] ?? 0,
                    in_array($column, ['device', 'name'], true) => $device,
                    $column === 'body' => wp_json_encode(['user' => ['ID' => $user_id, 'user_login' => 'canary']]),
                    $column === 'label' => 'my phone',
                    $column === 'event' => Event::CodeRefused->value,
                    $column === 'detail' => wp_json_encode(['by' => 'an administrator', 'reason' => 'why not']),
                    $column === 'state' => 'sent',
                    $column === 'status' => 'active',
                    in_array($column, self::SECRET, true) => substr("canary-$user_id-$table", 0, 30),
                    $column === 'algorithm' => 'SHA1',
                    $is_number && str_ends_with($column, '_at') => 1_800_000_000,
                    $is_number => 1,
                    default => 'x',
                };
            }
            unset($row['id']);
            self::assertSame(1, $wpdb->insert("{$wpdb->base_prefix}sallyport_$table", $row), "$table: $wpdb->last_error");
            $ids[$table] = $wpdb->insert_id;
        }
    }

    /** @param array<string, string> $detail */
    private function log(int $user_id, int $rows, string $event = 'code_refused', array $detail = []): void
    {
        global $wpdb;
        $detail = $detail === [] ? '' : json_encode($detail);
        $values = implode(', ', array_fill(0, $rows, "(1800000000, '$event', $user_id, 1, '192.0.2.1', 'x', '$detail')"));
        $wpdb->query("INSERT INTO {$wpdb->base_prefix}sallyport_activity (time, event, user_id, blog_id, ip, device, detail) VALUES $values");
    }

    /** @return array<string, int> */
    private static function counts(int $user_id): array
    {
        $rows = (new ReflectionMethod(Sallyport\WP\Plugin::class, 'user_rows'))->invoke(self::plugin());
        $counts = [];
        foreach (UserRows::tables() as $table) {
            $counts[$table] = $rows->count($table, $user_id);
        }
        return $counts;
    }

    private static function exporter(): callable
    {
        return apply_filters('wp_privacy_personal_data_exporters', [])['sallyport']['callback'];
    }

    private static function eraser(): callable
    {
        return apply_filters('wp_privacy_personal_data_erasers', [])['sallyport']['callback'];
    }

    /** @return list<array<string, mixed>> */
    private function export(string $email, ?int &$pages = null): array
    {
        $items = [];
        $pages = 0;
        do {
            $answer = self::exporter()($email, ++$pages);
            self::assertIsArray($answer);
            array_push($items, ...$answer['data']);
        } while (!$answer['done'] && $pages < 20);
        return $items;
    }

    /** @return list<array<string, mixed>> */
    private function erase(string $email): array
    {
        $answers = [];
        do {
            $answers[] = $answer = self::eraser()($email, count($answers) + 1);
        } while (!$answer['done'] && count($answers) < 20);
        return $answers;
    }
}
