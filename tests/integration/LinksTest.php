<?php

declare(strict_types=1);

use Sallyport\WP\Challenge\Links;
use Sallyport\WP\Store\LinkRows;
use Sallyport\WP\Store\State;

/** NIST SP 800-63B-4 section 4.1.2.2: what a one-time link is bound to, and that it works once. */
final class LinksTest extends WPTestCase
{
    private const NOW = 1_800_000_000;

    private Links $links;
    private LinkRows $rows;
    private State $state;
    private int $user;
    private string $secret;

    protected function setUp(): void
    {
        parent::setUp();
        $plugin = self::plugin();
        $this->state = $plugin->state();
        $this->rows = new LinkRows($plugin->database());
        $this->links = new Links($this->rows, $this->state);
        $this->user = $this->user()->ID;
        $this->secret = $this->links->open('enrol', $this->user, 600, self::NOW);
    }

    public function test_it_has_256_bits_and_only_their_digest_is_stored(): void
    {
        self::assertMatchesRegularExpression('/^spl1_[A-Za-z0-9_-]{43}$/', $this->secret);
        global $wpdb;
        $row = $wpdb->get_row("SELECT * FROM {$wpdb->base_prefix}sallyport_links ORDER BY id DESC LIMIT 1", ARRAY_A);
        self::assertSame(hash('sha256', $this->secret), $row['digest']);
        self::assertStringNotContainsString(substr($this->secret, 5), implode(' ', $row));
    }

    public function test_it_opens_once(): void
    {
        self::assertSame($this->user, $this->links->holder($this->secret, 'enrol', self::NOW), 'looking up a link does not spend it');
        self::assertSame($this->user, $this->links->spend($this->secret, 'enrol', self::NOW + 599));
        self::assertNull($this->links->spend($this->secret, 'enrol', self::NOW + 599));
        self::assertNull($this->links->holder($this->secret, 'enrol', self::NOW + 599));
    }

    public function test_only_one_of_several_parallel_requests_spends_it(): void
    {
        $id = $this->rows->find(hash('sha256', $this->secret), 'enrol', 1, self::NOW)['id'];
        self::assertTrue($this->rows->spend($id, self::NOW));
        self::assertFalse($this->rows->spend($id, self::NOW + 1));
    }

    public function test_it_lasts_as_long_as_it_was_made_for(): void
    {
        $id = $this->rows->find(hash('sha256', $this->secret), 'enrol', 1, self::NOW)['id'];
        self::assertNull($this->links->holder($this->secret, 'enrol', self::NOW + 600));
        self::assertNull($this->links->spend($this->secret, 'enrol', self::NOW + 600));
        self::assertFalse($this->rows->spend($id, self::NOW + 600));
    }

    public function test_it_is_invalid_for_another_purpose(): void
    {
        self::assertNull($this->links->spend($this->secret, 'unlock', self::NOW));
        self::assertSame($this->user, $this->links->spend($this->secret, 'enrol', self::NOW));
    }

    public function test_it_is_invalid_on_another_blog(): void
    {
        $GLOBALS['blog_id'] = 2; // get_current_blog_id() reads this
        try {
            self::assertNull($this->links->spend($this->secret, 'enrol', self::NOW));
        } finally {
            $GLOBALS['blog_id'] = 1;
        }
    }

    public function test_it_is_invalid_after_a_change_of_epoch(): void
    {
        $this->state->raise($this->user, true, self::NOW);
        self::assertNull($this->links->spend($this->secret, 'enrol', self::NOW));
    }

    public function test_a_later_one_of_the_same_purpose_voids_it_and_no_other(): void
    {
        $other = $this->links->open('unlock', $this->user, 600, self::NOW);
        $later = $this->links->open('enrol', $this->user, 600, self::NOW);
        self::assertNull($this->links->spend($this->secret, 'enrol', self::NOW));
        self::assertSame($this->user, $this->links->spend($later, 'enrol', self::NOW));
        self::assertSame($this->user, $this->links->spend($other, 'unlock', self::NOW));
    }

    public function test_it_can_be_closed_and_other_text_is_no_link(): void
    {
        $this->links->close($this->user);
        self::assertNull($this->links->spend($this->secret, 'enrol', self::NOW));
        foreach (['', 'spl1_', 'spc1_' . str_repeat('A', 43), "' OR 1=1"] as $none) {
            self::assertNull($this->links->spend($none, 'enrol', self::NOW));
        }
    }
}
