<?php

declare(strict_types=1);

use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FamilyRow;
use Sallyport\WP\Token\Families;

/** What another process does with a user's families while one of them is ended. */
final class FamilyCrossedTest extends WPTestCase
{
    private const SID = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';

    private Families $families;
    private FamilyRow $family;

    protected function setUp(): void
    {
        parent::setUp();
        $this->families = (fn (): Families => $this->families())->call(self::plugin());
        $this->family = $this->families->open($this->user()->ID, null, 'pwd', time(), time());
    }

    public function test_one_that_is_given_another_sid_leaves_no_mark(): void
    {
        global $wpdb;
        $this->end('/^\s*DELETE\b.*sallyport_families/is', 1, fn () => $wpdb->update($wpdb->base_prefix . 'sallyport_families', ['sid' => self::SID], ['id' => $this->family->id]));
        self::assertSame([], $this->marks());
    }

    public function test_one_that_begins_keeps_its_mark(): void
    {
        global $wpdb;
        $row = ['id' => null, 'sid' => self::SID] + $wpdb->get_row("SELECT * FROM {$wpdb->base_prefix}sallyport_families WHERE id = {$this->family->id}", ARRAY_A);
        // Between the two reads of what is left: the marks, and the rows.
        $this->end('/^\s*SELECT (sid|user_id, meta_key)\b(?!.*sallyport_refresh)/is', 3, static fn () => $wpdb->insert($wpdb->base_prefix . 'sallyport_families', $row));
        self::assertSame([self::SID], $this->marks());
    }

    public function test_one_that_ends_as_it_begins_is_revoked_and_no_fault(): void
    {
        add_filter('query', $end = function (string $query) use (&$end): string {
            global $wpdb;
            if (preg_match('/^\s*SELECT user_id, meta_key\b/is', $query) === 1) {
                remove_filter('query', $end);
                $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_families WHERE user_id = {$this->family->user_id}");
                $wpdb->delete($wpdb->usermeta, ['user_id' => $this->family->user_id, 'meta_key' => '_sallyport_family']);
            }
            return $query;
        });
        $this->expectExceptionObject(Refusal::token_invalid('revoked'));
        $this->families->open($this->family->user_id, null, 'pwd', time(), time());
    }

    public function test_one_that_ends_before_its_mark_is_made_leaves_none(): void
    {
        add_filter('query', $end = function (string $query) use (&$end): string {
            global $wpdb;
            if (preg_match('/^\s*INSERT\b.*_sallyport_family/is', $query) === 1) {
                remove_filter('query', $end);
                $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_families WHERE id > {$this->family->id}");
            }
            return $query;
        });
        try {
            $this->families->open($this->family->user_id, null, 'pwd', time(), time());
            self::fail('it was opened');
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_token_invalid', $refusal->getMessage());
        }
        self::assertSame([$this->family->sid], $this->marks());
    }

    /** Ends the family; before the $nth statement like this, another process changes the rows, and adds the mark. */
    private function end(string $before, int $nth, Closure $change): void
    {
        global $wpdb;
        add_filter('query', $cross = function (string $query) use (&$cross, &$nth, $before, $change, $wpdb): string {
            if (preg_match($before, $query) === 1 && --$nth === 0) {
                remove_filter('query', $cross);
                $change();
                $wpdb->insert($wpdb->usermeta, ['user_id' => $this->family->user_id, 'meta_key' => '_sallyport_family', 'meta_value' => self::SID]);
            }
            return $query;
        });
        $this->families->end($this->family);
        self::assertFalse(has_filter('query', $cross), 'the other process acted in between');
    }

    /** @return list<string> the marks as they are stored */
    private function marks(): array
    {
        wp_cache_delete($this->family->user_id, 'user_meta');
        return get_user_meta($this->family->user_id, '_sallyport_family');
    }
}
