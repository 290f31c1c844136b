<?php

declare(strict_types=1);

/** What is stored about a store that failed. */
final class HealthTest extends WPTestCase
{
    public function test_any_stored_value_can_be_read(): void
    {
        $health = self::plugin()->health();
        foreach ([['x' => '1'], ['owed' => 'x'], ['owed' => ['x' => true, 7 => 'x', 8 => true, 9 => false]]] as $stored) {
            update_option('sallyport_down', $stored);
            self::assertTrue($health->is_down());
            self::assertSame(isset($stored['owed'][8]) ? [8 => true, 9 => false] : [], $health->owed());
        }
        update_option('sallyport_down', '');
        self::assertFalse($health->is_down());
        self::assertSame([], $health->owed());
    }

    /** Another process has written some other option, and with it all options as it had found them; or another server cannot reach this cache. */
    public function test_a_lasting_cache_hides_a_mark_for_a_minute_at_most(): void
    {
        self::withPersistentCache(static function (): void {
            $health = self::plugin()->health();
            $found = wp_load_alloptions();
            $health->down('test');
            wp_cache_set('alloptions', $found, 'options');
            self::assertTrue($health->is_down());
            $health->require_store();
            self::assertFalse($health->is_down());
            self::elsewhere([7 => true]);
            self::assertFalse($health->is_down(), 'not yet');
            wp_cache_set('sallyport_down', ['at' => time() - 60] + wp_cache_get('sallyport_down', 'sallyport'), 'sallyport');
            self::assertSame([7 => true], $health->owed());
        });
    }

    /** Each process has its own copy of the options, from before the other process wrote. */
    public function test_no_process_loses_what_another_owes(): void
    {
        $health = self::plugin()->health();
        self::assertFalse($health->is_down());
        self::elsewhere([7 => true]);
        self::assertFalse($health->is_down(), 'as this process knows it');
        $health->down('test');
        self::assertSame([7 => true], $health->owed());
        self::elsewhere([7 => true, 8 => false]);
        $health->owe(9, true);
        self::assertEquals([7 => true, 8 => false, 9 => true], $health->owed());
        self::elsewhere([7 => true, 9 => true, 10 => true]);
        $health->settled(9);
        self::assertSame([7 => true, 10 => true], $health->owed());
        $health->prepare();
        self::assertSame([7 => true, 10 => true], self::row()['owed']);
    }

    public function test_what_another_process_owes_between_the_read_and_the_write_is_not_lost(): void
    {
        $health = self::plugin()->health();
        $health->down('test');
        add_filter('query', $meanwhile = static function (string $query) use (&$meanwhile): string {
            if (str_starts_with($query, 'UPDATE') && str_contains($query, 'sallyport_down')) {
                remove_filter('query', $meanwhile);
                self::elsewhere([7 => true]);
            }
            return $query;
        });
        $health->owe(8, true);
        self::assertEquals([7 => true, 8 => true], $health->owed());
    }

    /** The database's message may quote the statement, and would appear in the answer of a site that shows errors. */
    public function test_an_unreadable_row_causes_no_notice(): void
    {
        $health = self::plugin()->health();
        $break = static fn (string $query): string => str_contains($query, 'SELECT option_value') ? 'SELECT nonsense' : $query;
        add_filter('query', $break);
        try {
            self::withPersistentCache(static function () use ($health): void {
                wp_cache_delete('sallyport_down', 'sallyport');
                self::assertSame('', self::logged(static fn () => self::assertFalse($health->is_down())));
            });
        } finally {
            remove_filter('query', $break);
        }
    }

    public function test_an_epoch_owed_during_recovery_keeps_the_store_marked_as_down(): void
    {
        [$user, $other] = [$this->user()->ID, $this->user()->ID];
        $health = self::plugin()->health();
        $health->owe($user, false);
        $meanwhile = static function () use ($user, $other): void {
            self::elsewhere([$user => false, $other => true]);
        };
        add_action('added_user_meta', $meanwhile);
        $health->require_store();
        remove_action('added_user_meta', $meanwhile);
        self::assertSame([$other => true], self::row()['owed']);
        self::assertTrue($health->is_down());
        $health->require_store();
        self::assertFalse($health->is_down());
        self::assertNull(self::row());
    }

    /** @param array<int, bool> $owed */
    private static function elsewhere(array $owed): void
    {
        global $wpdb;
        $wpdb->update($wpdb->options, ['option_value' => serialize(['owed' => $owed])], ['option_name' => 'sallyport_down']);
    }

    private static function row(): mixed
    {
        global $wpdb;
        return maybe_unserialize($wpdb->get_var("SELECT option_value FROM $wpdb->options WHERE option_name = 'sallyport_down'"));
    }
}
