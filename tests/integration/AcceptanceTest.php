<?php

declare(strict_types=1);

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Refusal;

/** What a proof counts for, in cases that cannot be caused over HTTP. */
final class AcceptanceTest extends WPTestCase
{
    public function test_a_proof_counts_under_its_own_epoch_only(): void
    {
        $id = $this->user()->ID;
        $epoch = self::plugin()->state()->raise($id, true, 1);
        $acceptance = self::plugin()->acceptance();
        foreach ([$epoch => true, str_repeat('0', 32) => false, '' => false] as $of => $counts) {
            $acceptance->admit(Proof::verified($id, 'sallyport', ['otp', 'pwd'], time(), (string) $of));
            self::assertSame($counts, $acceptance->proof($id) !== null, "epoch '$of'");
        }
    }

    public function test_our_token_proves_nothing_where_another_plugin_reads_its_own(): void
    {
        $user = $this->user();
        $token = self::plugin()->access_tokens()->response($user, null)['token'];
        $issuer = fn (): Sallyport => new Sallyport(self::plugin()->access_tokens(...), self::plugin()->namespaces(...));
        $issuer()->require_user('a token of another plugin', $user->ID);
        try {
            $issuer()->require_user($token, $user->ID);
            self::fail('nobody looked at it');
        } catch (Refusal $refusal) {
            self::assertSame(Code::TokenUnproven, $refusal->reason);
        }
        $_SERVER['HTTP_AUTHORIZATION'] = "Bearer $token";
        $issuer()->require_user($token, $user->ID);
    }

    public function test_two_missing_epochs_do_not_match(): void
    {
        global $wpdb;
        $id = $this->user()->ID;
        $wpdb->insert($wpdb->usermeta, ['user_id' => $id, 'meta_key' => '_sallyport_state', 'meta_value' => 'garbage']);
        wp_cache_delete($id, 'user_meta');
        $acceptance = self::plugin()->acceptance();
        $acceptance->admit(Proof::verified($id, 'sallyport', ['otp', 'pwd'], time(), ''));
        self::assertSame('', self::plugin()->state()->read($id)['epoch']);
        self::assertNull($acceptance->proof($id));
    }
}
