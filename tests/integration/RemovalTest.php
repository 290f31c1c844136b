<?php

declare(strict_types=1);

use Sallyport\WP\Store\Removal;

/** What is deleted with the plugin, even if the log has three million rows and somebody waits for it. */
final class RemovalTest extends WPTestCase
{
    public function test_a_table_is_emptied_at_once(): void
    {
        $asked = $this->emptied('SELECT 1'); // The real statement would commit the test's transaction on MariaDB.
        self::assertSame(['TRUNCATE TABLE ' . $GLOBALS['wpdb']->base_prefix . 'sallyport_spent'], $asked);
    }

    public function test_rows_are_deleted_in_steps_if_truncate_is_not_permitted(): void
    {
        self::plugin()->database()->insert('spent', ['name' => str_repeat('a', 64), 'expires_at' => 1]);
        self::assertCount(2, $this->emptied('SELECT nothing FROM nowhere'));
        self::assertSame([], self::plugin()->database()->rows('SELECT name FROM {spent} WHERE 1 = %d', [1]));
    }

    /** @return list<string> the statements that emptied the table */
    private function emptied(string $truncate): array
    {
        $asked = [];
        add_filter('query', static function (string $query) use (&$asked, $truncate): string {
            if (preg_match('/^(TRUNCATE|DELETE)/', $query) !== 1) {
                return $query;
            }
            $asked[] = $query;
            return str_starts_with($query, 'TRUNCATE') ? $truncate : $query;
        });
        (new Removal(self::plugin()->database()))->empty('spent');
        return $asked;
    }
}
