<?php

declare(strict_types=1);

use Sallyport\WP\Plugin;
use Sallyport\WP\Refusal;

/** A statement that lost a deadlock is sent again, three times in all at most; any other failure is final at once. */
final class DatabaseTest extends WPTestCase
{
    private Plugin $plugin;

    /** How often the statement was sent. */
    private int $sent = 0;

    protected function setUp(): void
    {
        parent::setUp();
        $this->plugin = new Plugin();
    }

    /** @dataProvider statements */
    public function test_a_statement_that_lost_a_deadlock_is_sent_again(string $statement): void
    {
        foreach ([
            'none' => 0, 'Deadlock found' => 1, 'Lock wait timeout' => 2, 'database is locked' => 2,
            'Record has changed since last read' => 2, 'to rollback the current transaction.' => 2,
        ] as $error => $losses) {
            $this->failing($error, $losses);
            $answer = $this->send($statement);
            self::assertSame($losses + 1, $this->sent, $error);
            self::assertSame(match ($statement) {
                'rows' => [['found' => '0']],
                'execute' => 1,
                'insert' => $answer,
            }, $answer);
            self::assertFalse($this->plugin->health()->is_down());
            $this->failing('', 0);
            self::assertSame($statement === 'rows' ? 0 : 1, $this->plugin->database()->execute('DELETE FROM {throttle} WHERE name = %s', ['new']));
        }
    }

    /** A database with tables from long ago. */
    public function test_text_with_emoji_is_stored_even_in_tables_without_utf8mb4(): void
    {
        add_filter('pre_get_table_charset', $old = static fn (): string => 'utf8');
        add_filter('pre_get_col_charset', $old);
        $database = $this->plugin->database();
        $id = $database->insert('devices', ['digest' => str_repeat('e', 64), 'user_id' => 1, 'name' => 'Ada’s 💻', 'created_at' => 1, 'last_used_at' => 1, 'expires_at' => 1]);
        $name = static fn (): string => $database->row('SELECT name FROM {devices} WHERE id = %d', [$id])['name'];
        self::assertSame("Ada’s \u{FFFD}", $name());
        self::assertSame(1, $database->execute('UPDATE {devices} SET name = %s WHERE id = %d', ['📱', $id]));
        self::assertSame("\u{FFFD}", $name());
        self::assertFalse($this->plugin->health()->is_down());
        remove_filter('pre_get_table_charset', $old);
        remove_filter('pre_get_col_charset', $old);
        $database->execute('UPDATE {devices} SET name = %s WHERE id = %d', ['📱', $id]);
        self::assertSame('📱', $name());
        $database->execute('DELETE FROM {devices} WHERE id = %d', [$id]);
    }

    /** @dataProvider statements */
    public function test_a_statement_that_loses_three_deadlocks_is_refused(string $statement): void
    {
        $this->failing('Deadlock found', PHP_INT_MAX);
        $this->assertRefused($statement);
        self::assertSame(3, $this->sent);
    }

    /** @dataProvider statements */
    public function test_another_failure_is_refused_at_once(string $statement): void
    {
        $this->failing('gone', PHP_INT_MAX);
        $this->assertRefused($statement);
        self::assertSame(1, $this->sent);
    }

    /** @dataProvider statements */
    public function test_so_is_another_failure_after_a_lost_deadlock(string $statement): void
    {
        $this->failing('Deadlock found', 1, 'gone');
        $this->assertRefused($statement);
        self::assertSame(2, $this->sent);
    }

    /** If the database reports a lost deadlock only at COMMIT, as a cluster does, the statement is sent again together with it. */
    public function test_what_is_not_kept_is_not_decided(): void
    {
        $sent = [];
        add_filter('query', static function (string $query) use (&$sent): string {
            $sent[] = strtok(trim($query), ' ');
            return $query === 'COMMIT' ? 'SELECT 1 FROM `deadlock found`' : $query;
        }, 1);
        try {
            $this->plugin->database()->decide('INSERT IGNORE INTO {throttle} (name) VALUES (%s)', ['new']);
            self::fail('it was decided');
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_unavailable', $refusal->reason->value);
        }
        self::assertSame(['INSERT', 'COMMIT', 'INSERT', 'COMMIT', 'INSERT', 'COMMIT'], array_slice(array_values(array_intersect($sent, ['INSERT', 'COMMIT'])), 0, 6));
    }

    /** @return array<string, array{string}> */
    public static function statements(): array
    {
        return ['rows' => ['rows'], 'a statement' => ['execute'], 'an insert' => ['insert']];
    }

    private function send(string $statement): mixed
    {
        $database = $this->plugin->database();
        return match ($statement) {
            'rows' => $database->rows('SELECT COUNT(*) AS found FROM {throttle} WHERE name = %s', ['new']),
            'execute' => $database->execute('INSERT INTO {throttle} (name) VALUES (%s)', ['new']),
            'insert' => $database->insert('throttle', ['name' => 'new']),
        };
    }

    private function assertRefused(string $statement): void
    {
        global $wpdb;
        $quiet = $wpdb->suppress_errors;
        try {
            $this->send($statement);
            self::fail('it was not refused');
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_unavailable', $refusal->reason->value);
        }
        self::assertTrue($this->plugin->health()->is_down());
        self::assertSame($quiet, $wpdb->suppress_errors);
    }

    /** The first $times statements on the throttle table fail with $error, and the next ones with $then if it is given: both databases name the missing table. */
    private function failing(string $error, int $times, ?string $then = null): void
    {
        $this->sent = 0;
        remove_all_filters('query', 20);
        add_filter('query', function (string $query) use ($error, $times, $then): string {
            if (!preg_match('/^\s*(SELECT|INSERT)\b.*sallyport_throttle/s', $query)) {
                return $query;
            }
            $failure = ++$this->sent <= $times ? $error : $then;
            return $failure === null ? $query : "SELECT 1 FROM `$failure`";
        }, 20);
    }
}
