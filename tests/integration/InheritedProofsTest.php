<?php

use Sallyport\WP\Challenge\Proof;

/** The proof behind an opaque refresh token of another plugin. */
final class InheritedProofsTest extends WPTestCase
{
    private const TOKEN = 'an opaque refresh token';

    public function test_it_carries_only_the_proof_it_was_issued_under(): void
    {
        $proofs = self::plugin()->inherited_proofs();
        $now = time();
        $proofs->keep(self::TOKEN, Proof::restored(7, 'an-issuer', ['mfa', 'otp', 'pwd'], $now - 1000, 'the epoch'), $now + 60);
        $found = $proofs->find(self::TOKEN, 'an-issuer', 7, $now);
        self::assertSame([7, 'an-issuer', ['mfa', 'otp', 'pwd'], $now - 1000, 'the epoch'], [$found->user_id, $found->issuer, $found->amr, $found->at, $found->epoch]);
        self::assertNull($proofs->find(self::TOKEN, 'an-issuer', 8, $now), 'of another user');
        self::assertNull($proofs->find(self::TOKEN, 'another', 7, $now), 'of another issuer');
        self::assertNull($proofs->find(self::TOKEN, 'an-issuer', 7, $now + 60), 'expired');
        self::assertNull($proofs->find(self::TOKEN . ' ', 'an-issuer', 7, $now), 'another token');
        if (is_multisite()) {
            switch_to_blog(2);
            self::assertNull($proofs->find(self::TOKEN, 'an-issuer', 7, $now), 'of another site');
            restore_current_blog();
        }
    }

    public function test_it_is_spent_once(): void
    {
        $proofs = self::plugin()->inherited_proofs();
        $proofs->keep(self::TOKEN, Proof::restored(7, 'an-issuer', ['otp'], time(), 'the epoch'), time() + 60);
        self::assertSame([true, false], [$proofs->spend(self::TOKEN), $proofs->spend(self::TOKEN)]);
        self::assertNull($proofs->find(self::TOKEN, 'an-issuer', 7, time()));
        self::assertFalse($proofs->spend('one that nobody gave'));
    }

    public function test_the_token_itself_is_not_stored(): void
    {
        global $wpdb;
        self::plugin()->inherited_proofs()->keep(self::TOKEN, Proof::restored(7, 'an-issuer', ['otp'], time(), 'the epoch'), time() + 60);
        self::assertStringNotContainsString(self::TOKEN, (string) json_encode($wpdb->get_results("SELECT * FROM {$wpdb->base_prefix}sallyport_inherited_proofs")));
    }
}
