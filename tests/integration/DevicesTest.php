<?php

declare(strict_types=1);

/** How many devices a user can have, and for how long. */
final class DevicesTest extends WPTestCase
{
    private const NOW = 1_800_000_000;

    public function test_beyond_twenty_the_oldest_is_forgotten_and_nobody_elses(): void
    {
        $devices = self::plugin()->devices();
        $others = $devices->remember(1, 'another user\'s', self::NOW);
        $secrets = [];
        for ($i = 0; $i < 22; $i++) {
            $secrets[] = $devices->remember(2, "device $i", self::NOW + $i);
        }
        $known = array_keys(array_filter($secrets, static fn (string $secret): bool => $devices->find($secret, self::NOW + 30) !== null));
        self::assertSame(range(2, 21), $known);
        self::assertSame(1, $devices->find($others, self::NOW + 30)->user_id);
        $devices->forget_all(2);
        self::assertNull($devices->find($secrets[21], self::NOW + 30));
        self::assertNotNull($devices->find($others, self::NOW + 30));
    }

    public function test_one_is_known_for_180_days_however_often_it_is_used(): void
    {
        $devices = self::plugin()->devices();
        $secret = $devices->remember(2, 'x', self::NOW);
        $last = self::NOW + 180 * DAY_IN_SECONDS - 1;
        $devices->use($devices->find($secret, $last), $last);
        self::assertSame(2, $devices->find($secret, $last)->user_id);
        self::assertNull($devices->find($secret, $last + 1));
        self::assertSame(0, self::plugin()->database()->delete_expired('devices', $last, 10));
        self::assertSame(1, self::plugin()->database()->delete_expired('devices', $last + 1, 10));
    }

    public function test_only_text_in_the_form_of_a_device_secret_is_looked_up(): void
    {
        global $wpdb;
        $devices = self::plugin()->devices();
        $before = $wpdb->num_queries;
        foreach ([null, '', 'x', 'spr1_' . str_repeat('A', 43), 'spd1', 'SPD1_x'] as $secret) {
            self::assertNull($devices->find($secret, self::NOW));
        }
        self::assertSame($before, $wpdb->num_queries);
    }
}
