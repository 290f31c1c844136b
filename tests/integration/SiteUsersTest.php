<?php

declare(strict_types=1);

use Sallyport\WP\Store\SiteUsers;

/** All users of a site, however many: core's search reads all users, so it is made once for thousands. */
final class SiteUsersTest extends WPTestCase
{
    private const MANY = 1100;

    public function test_every_user_of_a_role_comes_once_and_is_searched_for_once(): void
    {
        global $wpdb;
        $before = count(get_users(['fields' => 'ID']));
        $rows = static fn (callable $row): string => implode(', ', array_map($row, range(1, self::MANY)));
        $wpdb->query(
            "INSERT INTO $wpdb->users (ID, user_login, user_nicename, user_email) VALUES "
                . $rows(static fn (int $i): string => sprintf("(%d, 'many%d', 'many%d', 'many%d@example.test')", 5000 + $i, $i, $i, $i)),
        );
        $wpdb->query(
            "INSERT INTO $wpdb->usermeta (user_id, meta_key, meta_value) VALUES "
                . $rows(
                    static fn (int $i): string => sprintf(
                        "(%d, '%s', '%s')",
                        5000 + $i,
                        $wpdb->get_blog_prefix() . 'capabilities',
                        serialize(['author' => true]),
                    ),
                ),
        );
        $searches = 0;
        add_filter('query', static function (string $query) use (&$searches): string {
            $searches += preg_match('/FROM \S+users\b.* LIMIT \d+, ?\d+/s', $query);
            return $query;
        });
        $of = static fn (array ...$asked): array => array_map(static fn (WP_User $user): int => $user->ID, iterator_to_array(SiteUsers::each(...$asked), false));
        self::assertSame(range(5001, 5000 + self::MANY), $of(which: ['role' => 'author']));
        self::assertSame(1, $searches);
        self::assertCount($before + self::MANY, $of());
        self::assertSame(2, $searches);
        self::assertCount(700, iterator_to_array(SiteUsers::each(700), false));
        self::assertSame(3, $searches);
    }
}
