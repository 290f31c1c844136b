<?php

declare(strict_types=1);

use Sallyport\WP\Plugin;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\State;

/** The row that acceptance reads: nobody else can write it, and an old epoch does not return. */
final class StateTest extends WPTestCase
{
    private const KEY = '_sallyport_state';

    private State $state;

    protected function setUp(): void
    {
        parent::setUp();
        $this->state = self::plugin()->state();
    }

    public function test_every_raise_is_another_epoch(): void
    {
        $id = $this->user()->ID;
        self::assertNull($this->state->read($id));
        $epochs = array_map(fn (): string => $this->state->raise($id, true, 1), range(1, 5));
        self::assertCount(5, array_unique($epochs));
        self::assertMatchesRegularExpression('/^[0-9a-f]{32}$/', $epochs[4]);
        self::assertSame(['epoch' => $epochs[4], 'enrolled' => true, 'since' => 1, 'at' => 1, 'session' => ''], $this->state->read($id));
    }

    public function test_since_is_when_the_enrolment_began(): void
    {
        $id = $this->user()->ID;
        $this->state->raise($id, true, 10);
        $this->state->raise($id, true, 20);
        self::assertSame(10, $this->state->read($id)['since']);
        $this->state->raise($id, false, 30);
        $this->state->raise($id, true, 40);
        self::assertSame(40, $this->state->read($id)['since']);
    }

    public function test_no_other_code_can_write_the_mark(): void
    {
        $id = $this->user()->ID;
        $this->state->raise($id, true, 1);
        $before = $this->state->read($id);
        self::assertFalse(update_user_meta($id, self::KEY, ['enrolled' => false]));
        self::assertFalse(add_user_meta($id, self::KEY, ['enrolled' => false]));
        self::assertFalse(delete_user_meta($id, self::KEY));
        self::assertFalse(delete_metadata('user', 0, self::KEY, '', true));
        self::assertSame($before, $this->state->read($id));
    }

    public function test_a_cache_that_outlives_the_request_brings_no_old_epoch_back(): void
    {
        $id = $this->user()->ID;
        $this->state->raise($id, true, 1);
        $old = update_meta_cache('user', [$id])[$id];
        $epoch = $this->state->raise($id, true, 2);
        wp_cache_set($id, $old, 'user_meta'); // what another process read before
        self::withPersistentCache(function () use ($id, $epoch): void {
            global $wpdb;
            $state = (new Plugin())->state();
            self::assertSame($epoch, $state->epoch($id));
            $before = $wpdb->num_queries;
            self::assertSame($epoch, $state->epoch($id));
            self::assertSame($epoch, get_user_meta($id, self::KEY, true)['epoch'], 'nor for other code that reads the user');
            self::assertSame($before, $wpdb->num_queries, 'once a request');
        });
    }

    /** @dataProvider filters */
    public function test_no_filter_hides_it(string $filter, callable $answer): void
    {
        $id = $this->user()->ID;
        $this->state->raise($id, true, 1);
        wp_cache_delete($id, 'user_meta');
        add_filter($filter, $answer);
        try {
            self::assertTrue($this->state->is_enrolled($id), 'nothing cached');
            self::assertTrue($this->state->is_enrolled($id), 'cached');
        } finally {
            remove_filter($filter, $answer);
        }
    }

    /** @return array<string, array{string, callable}> */
    public static function filters(): array
    {
        return [
            'a value of its own' => ['get_user_metadata', static fn (): array => ['']],
            'no meta' => ['get_user_metadata', static fn (): array => []],
            'a cache of its own' => ['update_user_metadata_cache', '__return_true'],
        ];
    }

    /** The database takes these keys for the same one; PHP does not. */
    public function test_no_other_code_can_write_the_mark_by_an_equivalent_key(): void
    {
        global $wpdb;
        $id = $this->user()->ID;
        $this->state->raise($id, true, 1);
        $before = $this->state->read($id);
        foreach (['_SALLYPORT_STATE', '_sallyport_state ', '_Sallyport_State  ', "_sallyp\u{f6}rt_state", "_sallyport\u{ad}_state", "_sallyport_st\u{ff41}te"] as $key) {
            update_user_meta($id, $key, ['enrolled' => false], $before);
            update_user_meta($id, $key, ['enrolled' => false]);
            delete_user_meta($id, $key);
            delete_metadata('user', 0, $key, '', true);
            wp_cache_delete($id, 'user_meta');
            self::assertSame($before, $this->state->read($id), $key);
        }
        self::assertNotFalse(update_user_meta($id, "caf\u{e9}", 'theirs'));
    }

    /** @dataProvider marks */
    public function test_a_repair_does_not_overwrite_a_concurrent_mark(bool $was_marked_before): void
    {
        global $wpdb;
        $id = $this->user()->ID;
        if ($was_marked_before) {
            $this->state->raise($id, false, 1);
        }
        self::assertFalse($this->state->is_enrolled($id)); // this request has now cached it
        $theirs = ['epoch' => str_repeat('e', 32), 'enrolled' => true, 'since' => 2, 'at' => 2, 'session' => ''];
        $wpdb->delete($wpdb->usermeta, ['user_id' => $id, 'meta_key' => self::KEY]);
        $wpdb->insert($wpdb->usermeta, ['user_id' => $id, 'meta_key' => self::KEY, 'meta_value' => serialize($theirs)]);
        self::assertFalse($this->state->repair($id, 3));
        self::assertSame($theirs, $this->state->read($id));
        wp_cache_delete($id, 'user_meta');
        self::assertSame($theirs, $this->state->read($id));
    }

    public function test_an_activation_after_a_repair_has_its_own_epoch(): void
    {
        $id = $this->user()->ID;
        self::assertTrue($this->state->repair($id, 1));
        $repaired = $this->state->read($id);
        self::assertTrue($repaired['enrolled']);
        self::assertNotSame($repaired['epoch'], $this->state->raise($id, true, 2));
    }

    /** @return array<string, array{bool}> */
    public static function marks(): array
    {
        return ['never marked' => [false], 'marked as without one' => [true]];
    }

    /** Somebody who has only the password can change it again and again, hoping to hit the moment in which the user enrols. */
    public function test_a_change_that_crosses_an_activation_does_not_unmark_the_user(): void
    {
        global $wpdb;
        $id = $this->user()->ID;
        $this->state->raise($id, false, 10);
        $activated = ['epoch' => str_repeat('a', 32), 'enrolled' => true, 'since' => 11, 'at' => 11, 'session' => ''];
        add_filter('query', $meanwhile = static function (string $query) use (&$meanwhile, $wpdb, $id, $activated): string {
            if (str_starts_with($query, 'UPDATE') && str_contains($query, '_sallyport_state')) {
                remove_filter('query', $meanwhile);
                $wpdb->update($wpdb->usermeta, ['meta_value' => serialize($activated)], ['user_id' => $id, 'meta_key' => '_sallyport_state']);
            }
            return $query;
        });
        self::assertSame($activated['epoch'], $this->state->renew($id, 12));
        self::assertSame($activated, $this->state->read($id));
        self::assertNotSame($activated['epoch'], $this->state->renew($id, 13));
        self::assertSame([true, 11, 13], [$this->state->is_marked($id), $this->state->read($id)['since'], $this->state->read($id)['at']]);
    }

    /** The row as another process left it after this process read it. */
    public function test_a_mark_made_since_the_read_is_kept(): void
    {
        global $wpdb;
        $id = $this->user()->ID;
        $epoch = $this->state->raise($id, false, 10);
        self::assertFalse($this->state->is_marked($id));
        $wpdb->update(
            $wpdb->usermeta,
            ['meta_value' => serialize(['epoch' => $epoch, 'enrolled' => true, 'since' => 11, 'at' => 10, 'session' => ''])],
            ['user_id' => $id, 'meta_key' => '_sallyport_state'],
        );
        self::assertNotSame($epoch, $this->state->renew($id, 12));
        self::assertTrue($this->state->is_marked($id));
    }

    /** The other process began before the password changed, or before whatever ends the epoch. */
    public function test_an_unseen_epoch_of_another_process_ends_too(): void
    {
        global $wpdb;
        $id = $this->user()->ID;
        $epoch = $this->state->raise($id, true, 10);
        $unseen = str_repeat('a', 32);
        $wpdb->update(
            $wpdb->usermeta,
            ['meta_value' => serialize(['epoch' => $unseen, 'enrolled' => true, 'since' => 11, 'at' => 11, 'session' => ''])],
            ['user_id' => $id, 'meta_key' => '_sallyport_state'],
        );
        self::assertSame($epoch, $this->state->epoch($id), 'as this process knows it');
        self::assertNotContains($this->state->renew($id, 12), [$epoch, $unseen]);
        self::assertTrue($this->state->is_marked($id));
    }

    public function test_an_epoch_that_cannot_be_read_again_is_owed(): void
    {
        $id = $this->user()->ID;
        $this->state->raise($id, true, 10);
        add_filter('query', $break = static fn (string $query): string => str_contains($query, 'meta_value FROM') ? 'SELECT nonsense' : $query);
        try {
            $this->state->renew($id, 12);
            self::fail('it was stored');
        } catch (Refusal $refusal) {
            self::assertSame([$id => true], self::plugin()->health()->owed());
        } finally {
            remove_filter('query', $break);
        }
    }

    /** Nobody can use the deleted user's tokens any more, so there is no reason to refuse everybody else. */
    public function test_a_deleted_user_is_owed_nothing(): void
    {
        global $wpdb;
        $id = $this->user()->ID;
        $before = $this->state->raise($id, true, 10);
        add_action('updated_user_meta', static function () use ($wpdb, $id): void {
            $wpdb->delete($wpdb->users, ['ID' => $id]);
            $wpdb->delete($wpdb->usermeta, ['user_id' => $id]);
        });
        self::assertNotSame($before, $this->state->renew($id, 12));
        self::assertFalse($this->state->repair($this->gone(), 12));
        self::assertFalse(self::plugin()->health()->is_down());
    }

    private function gone(): int
    {
        global $wpdb;
        $id = $this->user()->ID;
        $wpdb->delete($wpdb->users, ['ID' => $id]);
        add_filter('add_user_metadata', static fn ($check, $user) => $user === $id ? false : $check, PHP_INT_MAX, 2);
        return $id;
    }

    public function test_other_meta_is_left_alone(): void
    {
        $id = $this->user()->ID;
        self::assertIsInt(add_user_meta($id, 'colour', 'red'));
        self::assertTrue(update_user_meta($id, 'colour', 'blue'));
        self::assertTrue(delete_user_meta($id, 'colour'));
    }

    public function test_an_unreadable_row_is_an_enrolment_with_no_epoch(): void
    {
        global $wpdb;
        $id = $this->user()->ID;
        $wpdb->insert($wpdb->usermeta, ['user_id' => $id, 'meta_key' => self::KEY, 'meta_value' => 'garbage']);
        wp_cache_delete($id, 'user_meta');
        self::assertTrue($this->state->is_enrolled($id));
        self::assertSame('', $this->state->read($id)['epoch']);
    }

    public function test_a_failed_write_is_refused(): void
    {
        $id = $this->user()->ID;
        add_filter('update_user_metadata', static fn ($check, $user, $key) => $key === self::KEY ? false : $check, PHP_INT_MAX, 3);
        $this->expectException(Refusal::class);
        $this->state->raise($id, true, 1);
    }

    public function test_it_is_not_in_rest(): void
    {
        $user = $this->user('administrator');
        $this->state->raise($user->ID, true, 1);
        wp_set_current_user($user->ID);
        $answer = (string) wp_json_encode($this->rest('GET', "/wp/v2/users/$user->ID", ['context' => 'edit'])->get_data());
        self::assertStringNotContainsString($this->state->read($user->ID)['epoch'], $answer);
    }

    public function test_an_epoch_that_could_not_be_stored_is_owed_until_it_is(): void
    {
        $id = $this->user()->ID;
        $before = $this->state->raise($id, true, 1);
        $break = static fn ($check, $user, $key) => $key === self::KEY ? false : $check;
        add_filter('update_user_metadata', $break, PHP_INT_MAX, 3);
        try {
            $this->state->raise($id, true, 2);
            self::fail('it was not stored');
        } catch (Refusal) {
            self::assertSame([$id => true], self::plugin()->health()->owed());
        }
        try {
            self::plugin()->health()->require_store();
            self::fail('it is still owed');
        } catch (Refusal) {
            self::assertTrue(self::plugin()->health()->is_down());
        }
        remove_filter('update_user_metadata', $break, PHP_INT_MAX);
        self::plugin()->health()->require_store();
        self::assertFalse(self::plugin()->health()->is_down());
        self::assertNotSame($before, $this->state->read($id)['epoch']);
    }

    /** 80,000 users took more than the 128 MB that PHP has by default. */
    public function test_reading_many_users_does_not_fill_memory(): void
    {
        $ask = function (int $first, int $most): void {
            for ($id = $first; $id < $first + $most; $id++) {
                wp_cache_set($id, ['_sallyport_state' => [serialize(['enrolled' => true, 'epoch' => md5((string) $id), 'since' => 1])]], 'user_meta');
                $this->state->is_enrolled($id);
                wp_cache_delete($id, 'user_meta');
            }
        };
        $ask(1_000_000, 1000);
        $before = memory_get_usage();
        $ask(2_000_000, 10_000);
        self::assertLessThan(2_000_000, memory_get_usage() - $before);
    }

    public function test_an_empty_cache_after_a_failed_query_is_no_answer(): void
    {
        $id = $this->user()->ID;
        $this->state->raise($id, true, 1);
        wp_cache_set($id, [], 'user_meta');
        self::assertTrue($this->state->is_enrolled($id));
    }
}
