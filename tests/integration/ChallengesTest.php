<?php

declare(strict_types=1);

use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Challenge\Challenge;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ChallengeRows;
use Sallyport\WP\Store\State;

/** What a challenge is bound to: if any of it changes, the challenge is gone. */
final class ChallengesTest extends WPTestCase
{
    private Challenges $challenges;
    private State $state;
    private WP_User $person;
    private Challenge $challenge;

    protected function setUp(): void
    {
        parent::setUp();
        $plugin = self::plugin();
        $this->state = $plugin->state();
        $this->challenges = new Challenges(new ChallengeRows($plugin->database()), $plugin->passwords(), $this->state, $plugin->activity());
        $this->person = $this->user();
        $this->state->raise($this->person->ID, true, 1);
        $this->challenge = $this->challenges->open($this->person->ID, 'sallyport', time());
    }

    public function test_it_is_found_by_the_clients_token(): void
    {
        $found = $this->challenges->find($this->challenge->token, time());
        self::assertSame(
            [$this->challenge->id, $this->person->ID, 'sallyport', $this->state->read($this->person->ID)['epoch']],
            [$found->id, $found->user_id, $found->issuer, $found->epoch],
        );
    }

    public function test_on_another_blog_it_is_gone(): void
    {
        $GLOBALS['blog_id'] = 2; // get_current_blog_id() reads this
        try {
            $this->assertGone();
        } finally {
            $GLOBALS['blog_id'] = 1;
        }
    }

    public function test_after_a_change_of_epoch_it_is_gone(): void
    {
        $this->state->raise($this->person->ID, true, 2);
        $this->assertGone();
    }

    public function test_after_a_change_of_the_stored_password_it_is_gone(): void
    {
        global $wpdb;
        $wpdb->update($wpdb->users, ['user_pass' => 'imported'], ['ID' => $this->person->ID]); // without any hook
        $this->assertGone();
    }

    public function test_of_one_user_a_hundred_are_kept_and_nobody_elses_is_touched(): void
    {
        $other = $this->user();
        $theirs = $this->challenges->open($other->ID, 'sallyport', time());
        for ($i = 1; $i < Challenge::MOST; $i++) {
            $this->challenges->open($this->person->ID, 'sallyport', time());
        }
        self::assertSame($this->challenge->id, $this->challenges->find($this->challenge->token, time())->id);
        $newest = $this->challenges->open($this->person->ID, 'sallyport', time());
        $this->assertGone();
        self::assertSame([$newest->id, $theirs->id], [$this->challenges->find($newest->token, time())->id, $this->challenges->find($theirs->token, time())->id]);
    }

    public function test_it_lasts_five_minutes(): void
    {
        $this->assertGone(time() + Challenge::TTL + 1);
    }

    private function assertGone(?int $now = null): void
    {
        try {
            $this->challenges->find($this->challenge->token, $now ?? time());
            self::fail('it was found');
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_challenge_gone', $refusal->getMessage());
        }
    }
}
