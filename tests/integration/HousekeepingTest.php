<?php

declare(strict_types=1);

/** The order of the daily job's parts, because some depend on others, and some can use up all the time. */
final class HousekeepingTest extends WPTestCase
{
    public function test_deleted_accounts_are_removed_before_marks_are_repaired_and_parts_for_every_site_run_last(): void
    {
        $names = array_keys((fn (): array => $this->parts)->call(self::plugin()->housekeeping()));
        self::assertSame(['network policy', 'network settings'], array_slice($names, -2));
        self::assertLessThan(array_search('unmarked factors', $names, true), array_search('deleted accounts', $names, true));
    }
}
