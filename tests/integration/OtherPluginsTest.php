<?php

declare(strict_types=1);

use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Store\ForeignMeta;
use Sallyport\WP\Store\SpentRows;

/** Changes of other plugins' data, and our records of used codes: each by one statement, on every database. */
final class OtherPluginsTest extends WPTestCase
{
    private ForeignMeta $meta;

    private SpentRows $spent;

    protected function setUp(): void
    {
        parent::setUp();
        $this->meta = new ForeignMeta(self::plugin()->database(), self::plugin()->meta());
        $this->spent = new SpentRows(self::plugin()->database());
    }

    public function test_backup_codes_are_preferred_only_if_there_is_nothing_else(): void
    {
        self::assertSame('email', Factors::preferred(['backup_code', 'imported_backup_code', 'email']));
        self::assertSame('imported_backup_code', Factors::preferred(['imported_backup_code']));
    }

    public function test_a_mark_is_raised_and_never_lowered(): void
    {
        $id = $this->user()->ID;
        $this->meta->raise($id, 'mark', 900);
        self::assertSame('900', get_user_meta($id, 'mark', true));
        $this->meta->raise($id, 'mark', 870);
        self::assertSame('900', get_user_meta($id, 'mark', true));
        // Compared as numbers, not as text: 1000 is more than 990.
        $this->meta->raise($id, 'mark', 990);
        $this->meta->raise($id, 'mark', 1000);
        self::assertSame('1000', get_user_meta($id, 'mark', true));
        $this->meta->raise($id, 'mark', 999);
        self::assertSame('1000', get_user_meta($id, 'mark', true));
        self::assertCount(1, get_user_meta($id, 'mark'));
    }

    public function test_a_text_is_taken_out_of_a_list_once_and_the_others_stay(): void
    {
        $id = $this->user()->ID;
        $hashes = ['$wp$2y$10$one', '$P$Btwo', '$2y$10$three\'s "quote" 100%'];
        update_user_meta($id, 'list', $hashes);
        self::assertSame($hashes, $this->meta->texts($id, 'list'));
        self::assertTrue($this->meta->take($id, 'list', $hashes[1]));
        self::assertFalse($this->meta->take($id, 'list', $hashes[1]));
        self::assertSame([$hashes[0], $hashes[2]], get_user_meta($id, 'list', true));
        self::assertTrue($this->meta->take($id, 'list', $hashes[2]));
        self::assertTrue($this->meta->take($id, 'list', $hashes[0]));
        self::assertSame([], get_user_meta($id, 'list', true));
        self::assertNull($this->meta->texts($id, 'no such list'));
        update_user_meta($id, 'list', 'a text');
        self::assertNull($this->meta->texts($id, 'list'));
        self::assertFalse($this->meta->take($id, 'list', 'a text'));
    }

    /** Another request takes another code between our reading and our writing. */
    public function test_what_another_process_removes_at_the_same_time_does_not_come_back(): void
    {
        global $wpdb;
        $id = $this->user()->ID;
        update_user_meta($id, 'list', ['a', 'b', 'c']);
        $once = static function (string $query) use (&$once, $id, $wpdb): string {
            if (preg_match('/^\s*UPDATE\s+\S*usermeta/i', $query)) {
                remove_filter('query', $once, 5);
                $wpdb->query($wpdb->prepare("UPDATE $wpdb->usermeta SET meta_value = %s WHERE user_id = %d AND meta_key = 'list'", serialize(['a', 'c']), $id));
            }
            return $query;
        };
        add_filter('query', $once, 5);
        self::assertTrue($this->meta->take($id, 'list', 'a'));
        self::assertSame(['c'], get_user_meta($id, 'list', true));
    }

    public function test_a_cached_value_is_not_used(): void
    {
        global $wpdb;
        $id = $this->user()->ID;
        update_user_meta($id, 'list', ['a', 'b']);
        get_user_meta($id, 'list', true);
        $wpdb->query($wpdb->prepare("UPDATE $wpdb->usermeta SET meta_value = %s WHERE user_id = %d AND meta_key = 'list'", serialize(['b']), $id));
        self::assertSame(['b'], $this->meta->texts($id, 'list'));
    }

    public function test_a_step_is_spent_with_every_earlier_one(): void
    {
        $name = hash('sha256', __METHOD__);
        self::assertTrue($this->spent->advance($name, 300));
        self::assertFalse($this->spent->advance($name, 300));
        self::assertFalse($this->spent->advance($name, 270));
        self::assertTrue($this->spent->advance($name, 330));
        self::assertFalse($this->spent->advance($name, 300));
        self::assertTrue($this->spent->advance(hash('sha256', 'another'), 300));
    }

    public function test_an_epoch_is_begun_once_and_says_nothing_of_a_factor(): void
    {
        $state = self::plugin()->state();
        $id = $this->user()->ID;
        $begun = $state->begin($id);
        self::assertSame([false, 0], [$begun['enrolled'], $begun['at']]);
        self::assertSame($begun, $state->begin($id));
        self::assertFalse($state->is_enrolled($id));
        $epoch = $state->raise($id, true, 10);
        self::assertSame($epoch, $state->begin($id)['epoch']);
    }

    public function test_a_moved_factor_keeps_its_epoch(): void
    {
        $state = self::plugin()->state();
        $id = $this->user()->ID;
        $epoch = $state->begin($id)['epoch'];
        $state->mark($id, true, 10);
        self::assertSame([$epoch, true, 10, 0, ''], array_values($state->read($id)));
        $state->mark($id, true, 20);
        self::assertSame(10, $state->read($id)['since']);
        $state->mark($id, false, 30);
        self::assertSame([$epoch, false], array_slice(array_values($state->read($id)), 0, 2));
    }
}
