<?php

declare(strict_types=1);

/** What is remembered of a store that failed. */
final class HealthTest extends WPTestCase
{
    public function test_whatever_is_there_is_read(): void
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

    /** Another process wrote some other option, and with it all as it had found them. The row itself says so already: a write of it changes nothing. */
    public function test_a_mark_that_was_lost_from_a_lasting_cache_is_set_again(): void
    {
        self::withPersistentCache(static function (): void {
            $health = self::plugin()->health();
            $found = wp_load_alloptions();
            $health->down('test');
            wp_cache_set('alloptions', $found, 'options');
            self::assertFalse($health->is_down());
            $health->down('test');
            self::assertTrue($health->is_down());
        });
    }
}
