<?php

declare(strict_types=1);

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Probe\Visitor;
use Sallyport\WP\Store\ActivityRows;

require_once ABSPATH . 'wp-admin/includes/user.php';

/** Events of a probe's temporary user are marked in the log; events of other users are not, whatever their names. */
final class ProbeVisitorTest extends WPTestCase
{
    /** @dataProvider people */
    public function test_a_visitor_is_recognised_by_login_and_address(bool $is, string $login, string $email, int $age): void
    {
        $id = $this->named($login, $email, $age);
        self::assertSame($is, Visitor::is($id));
        self::plugin()->activity()->record(Event::LoginRefused, $id, '', 'x', ['why' => 'y']);
        [$row] = self::rows($id);
        self::assertSame($is ? '{"why":"y","probe":"yes"}' : '{"why":"y"}', $row['detail']);
        self::assertSame($is, ActivityRows::is_probed($row));
    }

    /** @return array<string, array{bool, string, string, int}> */
    public static function people(): array
    {
        $address = 'aaaaaaaaaaaaaaaaaaaa@probe.invalid';
        return [
            'a visitor' => [true, 'sallyport-probe-1', $address, 0],
            'one of a probe that died' => [false, 'sallyport-probe-1', $address, 901],
            'by name alone' => [false, 'sallyport-probe-1', 'somebody@example.test', 0],
            'by address alone' => [false, 'somebody', $address, 0],
        ];
    }

    public function test_a_visitor_being_removed_is_recognised_until_the_end(): void
    {
        $id = $this->named('sallyport-probe-2', Visitor::address(), 1000);
        self::assertFalse(Visitor::is($id));
        Visitor::leaves($id, function () use ($id): void {
            wp_delete_user($id);
            self::assertSame([true, false], array_map(Visitor::is(...), [$id, $id + 1]));
        });
        self::assertFalse(Visitor::is($id));
        self::assertFalse(Visitor::is(0));
    }

    public function test_no_user_can_hide_from_the_chart(): void
    {
        $id = $this->user()->ID;
        $rows = new ActivityRows(self::plugin()->database());
        $count = static fn (): int => array_sum($rows->slots(get_current_blog_id(), [Event::LoginRefused->value], time() - 60, 900));
        $before = $count();
        self::plugin()->activity()->record(Event::LoginRefused, $id, '', 'x', ['why' => '","probe":"yes"', '"probe":"yes"' => 'x']);
        self::assertFalse(ActivityRows::is_probed(self::rows($id)[0]));
        self::assertSame($before + 1, $count());
        $visitor = $this->named('sallyport-probe-3', Visitor::address(), 0);
        self::plugin()->activity()->record(Event::LoginRefused, $visitor);
        self::plugin()->activity()->record(Event::ProbeRun, 1, detail: ['visitor' => (string) $visitor]);
        self::plugin()->activity()->record(Event::ProbeRun, 1, detail: ['visitor' => (string) $id]);
        self::assertSame($before + 1, $count(), 'even with an id that once belonged to a temporary user');
    }

    private function named(string $login, string $email, int $age): int
    {
        $id = wp_insert_user(['user_login' => $login, 'user_email' => $email, 'user_pass' => 'x', 'user_registered' => gmdate('Y-m-d H:i:s', time() - $age)]);
        self::assertIsInt($id);
        return $id;
    }

    /** @return list<array<string, string>> */
    private static function rows(int $id): array
    {
        return (new ActivityRows(self::plugin()->database()))->of_user(get_current_blog_id(), $id, [Event::LoginRefused->value], 9);
    }
}
