<?php

declare(strict_types=1);

use Sallyport\WP\Plugin;
use Sallyport\WP\Store\ThrottleRows;

/** The counters' arithmetic, which MySQL and SQLite evaluate in different orders (adr/0003). */
final class ThrottleRowsTest extends WPTestCase
{
    private const NOW = 1_800_000_000;

    private ThrottleRows $rows;

    protected function setUp(): void
    {
        parent::setUp();
        $this->rows = new ThrottleRows((new Plugin())->database());
    }

    public function test_every_tenth_reservation_locks(): void
    {
        for ($i = 1; $i <= 10; $i++) {
            self::assertTrue($this->rows->reserve('a', 10, 100, 900, self::NOW), "reservation $i");
        }
        self::assertSame(['failures' => 10, 'until' => self::NOW + 900], $this->rows->read('a'));
        self::assertFalse($this->rows->reserve('a', 10, 100, 900, self::NOW + 899));
        self::assertTrue($this->rows->reserve('a', 10, 100, 900, self::NOW + 900), 'the lock has ended');
        self::assertSame(11, $this->rows->read('a')['failures']);
    }

    public function test_at_the_limit_nothing_is_reserved_after_any_wait(): void
    {
        for ($i = 0; $i < 100; $i++) {
            $this->rows->reserve('a', 10, 100, 0, self::NOW);
        }
        self::assertFalse($this->rows->reserve('a', 10, 100, 0, self::NOW + YEAR_IN_SECONDS));
    }

    public function test_giving_back_lifts_only_the_lock_it_brought_about(): void
    {
        for ($i = 0; $i < 10; $i++) {
            $this->rows->reserve('a', 10, 100, 900, self::NOW);
        }
        $this->rows->give_back('a', 10);
        self::assertSame(['failures' => 9, 'until' => 0], $this->rows->read('a'));
        $this->rows->give_back('a', 10);
        self::assertSame(8, $this->rows->read('a')['failures']);
    }

    public function test_giving_back_never_goes_below_nothing(): void
    {
        $this->rows->reserve('a', 10, 100, 900, self::NOW);
        $this->rows->give_back('a', 10);
        $this->rows->give_back('a', 10);
        self::assertSame(0, $this->rows->read('a')['failures']);
    }

    public function test_a_limit_per_period_then_a_wait_of_one_period(): void
    {
        for ($i = 0; $i < 5; $i++) {
            self::assertSame(0, $this->rows->count_in('a', 5, 300, self::NOW + $i * 10));
        }
        self::assertSame(300, $this->rows->count_in('a', 5, 300, self::NOW + 100));
        self::assertSame(299, $this->rows->count_in('a', 5, 300, self::NOW + 101), 'asking again does not extend it');
        self::assertSame(1, $this->rows->count_in('a', 5, 300, self::NOW + 399));
        self::assertSame(0, $this->rows->count_in('a', 5, 300, self::NOW + 400));
        self::assertSame(['failures' => 1, 'until' => self::NOW + 700], $this->rows->read('a'), 'and the count starts again');
        self::assertSame(0, $this->rows->count_in('b', 5, 300, self::NOW));
        for ($i = 0; $i < 5; $i++) {
            self::assertSame(0, $this->rows->count_in('b', 5, 300, self::NOW + 300), 'those of another five minutes do not count');
        }
    }

    public function test_a_bucket_drains_by_its_cost_and_refills_with_time(): void
    {
        self::assertTrue($this->rows->take('a', 2, 3, self::NOW));
        self::assertTrue($this->rows->take('a', 2, 3, self::NOW));
        self::assertSame(self::NOW + 6, $this->rows->read('a')['until']);
        self::assertFalse($this->rows->take('a', 2, 3, self::NOW + 2));
        self::assertTrue($this->rows->take('a', 2, 3, self::NOW + 3));
        $this->rows->put_back('a', 3);
        self::assertSame(self::NOW + 6, $this->rows->read('a')['until']);
        self::assertTrue($this->rows->take('a', 2, 3, self::NOW + 60));
        self::assertSame(self::NOW + 63, $this->rows->read('a')['until']);
    }

    /** Several requests at once: the first to arrive may have read its clock last. */
    public function test_a_bucket_holds_as_much_for_who_looked_at_the_clock_a_second_earlier(): void
    {
        self::assertTrue($this->rows->take('a', 5, 600, self::NOW + 1));
        for ($i = 2; $i <= 5; $i++) {
            self::assertTrue($this->rows->take('a', 5, 600, self::NOW), "drop $i");
        }
        self::assertFalse($this->rows->take('a', 5, 600, self::NOW));
        self::assertFalse($this->rows->take('a', 5, 600, self::NOW + 1));
        self::assertSame(5, $this->rows->read('a')['failures']);
        self::assertTrue($this->rows->take('a', 5, 600, self::NOW + 601), 'and refills as usual');
        self::assertFalse($this->rows->take('a', 5, 600, self::NOW + 1200));
    }

    public function test_waits_grow_as_they_are_listed(): void
    {
        foreach ([0, 0, 5, 7, 7] as $i => $wait) {
            $now = self::NOW + 100 * $i;
            self::assertTrue($this->rows->escalate('a', [3 => 5, 4 => 7], $now));
            self::assertSame($i + 1, $this->rows->read('a')['failures']);
            self::assertSame($wait, max(0, $this->rows->read('a')['until'] - $now));
            self::assertSame($wait === 0, $this->rows->escalate('b', [1 => $wait], $now) && $this->rows->escalate('b', [1 => $wait], $now));
            $this->rows->clear('b');
        }
        self::assertFalse($this->rows->escalate('a', [3 => 5, 4 => 7], $now + 6));
        $this->rows->relent('a');
        self::assertSame(['failures' => 4, 'until' => 0], $this->rows->read('a'));
    }

    public function test_names_do_not_share_a_count_and_are_not_stored(): void
    {
        global $wpdb;
        $this->rows->reserve('a', 10, 100, 900, self::NOW);
        $this->rows->reserve('b', 10, 100, 900, self::NOW);
        $this->rows->clear('b');
        self::assertSame(1, $this->rows->read('a')['failures']);
        self::assertSame(0, $this->rows->read('b')['failures']);
        self::assertSame('0', (string) $wpdb->get_var("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_throttle WHERE name = 'a'"));
    }
}
