<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;

require_once __DIR__ . '/FailClosedTestCase.php';

/** A table that cannot be read: restored from an incomplete backup, crashed, or dropped. */
final class FailClosedStoreTest extends FailClosedTestCase
{
    /** @dataProvider tables */
    public function test_without_a_table_nobody_enrolled_gets_in_and_it_comes_back(string $table): void
    {
        $this->people();
        self::renameTable($table, "{$table}_away");
        try {
            if (in_array($table, ['families', 'refresh_tokens', 'devices', 'activity'], true)) {
                // A table that no check of a factor reads: the first login that needs it tells the next requests.
                $this->logIn(self::$plain, ['device_name' => 'a phone']);
            }
            $this->assertClosed('A table of Sallyport cannot be read or written.');
        } finally {
            self::renameTable("{$table}_away", $table);
        }
        $this->assertOpen();
        self::assertSame(200, $this->logIn(self::$person, ['code' => self::$person->app->code()])->status);
    }

    /** @return array<string, array{string}> */
    public static function tables(): array
    {
        $names = ['factors', 'backup_codes', 'challenges', 'families', 'refresh_tokens', 'devices', 'throttle', 'activity'];
        return array_combine($names, array_map(static fn (string $name): array => [$name], $names));
    }

    public function test_an_emptied_factors_table_does_not_show_that_nobody_has_a_factor(): void
    {
        $this->people();
        static::site()->php('global $wpdb; $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_factors SET user_id = user_id + 100000 WHERE user_id = " . (int) $argv[1]);', [(string) self::$person->id]);
        self::refused(503, 'sallyport_unavailable', $this->logIn(self::$person));
        $browser = new Browser(static::site());
        $browser->logIn(self::$person);
        self::assertFalse($browser->isSignedIn());
        self::assertSame(200, $this->logIn(self::$plain)->status);
    }

    public function test_a_lost_mark_is_repaired_and_the_factor_still_asked_for(): void
    {
        $this->people();
        static::site()->php('global $wpdb; $wpdb->delete($wpdb->usermeta, ["user_id" => (int) $argv[1], "meta_key" => "_sallyport_state"]); wp_cache_flush();', [(string) self::$person->id]);
        self::refused(401, 'sallyport_second_factor_required', $this->logIn(self::$person));
        self::refusedCredential('sallyport_token_stale', $this->get('/wp-json/wp/v2/users/me', self::$person->token));
        self::assertSame(200, $this->logIn(self::$person, ['code' => self::$person->app->code()])->status);
    }

    public function test_an_unreadable_mark_refuses_its_user(): void
    {
        $this->people();
        static::site()->php('global $wpdb; $wpdb->update($wpdb->usermeta, ["meta_value" => "garbage"], ["user_id" => (int) $argv[1], "meta_key" => "_sallyport_state"]); wp_cache_flush();', [(string) self::$person->id]);
        self::assertNull($this->whoIs(self::$person->token));
        self::assertNotSame(200, $this->logIn(self::$person)->status);
        self::assertSame(302, (clone self::$theirs)->send('GET', '/wp-admin/profile.php')->status);
    }

    public function test_a_secret_of_another_row_does_not_open(): void
    {
        $this->people();
        $mine = $this->enrolled();
        // Somebody who can write to the database stores their own secret in another user's row.
        static::site()->php('global $wpdb; $t = $wpdb->base_prefix . "sallyport_factors"; $wpdb->update($t, ["secret" => $wpdb->get_var("SELECT secret FROM $t WHERE user_id = " . (int) $argv[2])], ["user_id" => (int) $argv[1]]);', [(string) self::$person->id, (string) $mine->id]);
        self::refused(503, 'sallyport_unavailable', $this->logIn(self::$person, ['code' => $mine->app->code()]));
    }
}
