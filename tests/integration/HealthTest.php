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
}
