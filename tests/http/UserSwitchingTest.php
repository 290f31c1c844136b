<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** The plugin User Switching, or its stand-in; SALLYPORT_USER_SWITCHING=DIR uses the real one. */
final class UserSwitchingTest extends HttpTestCase
{
    use OwnSite;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return ['plugin' => [getenv('SALLYPORT_USER_SWITCHING') ?: __DIR__ . '/../fixtures/user-switching', __DIR__ . '/../fixtures/two-factor']];
    }

    public function test_the_switch_carries_the_proof_of_who_switched_and_ends_with_it(): void
    {
        $administrator = $this->enrolled($this->administrator());
        $person = $this->enrolled();
        $browser = $this->signedIn($administrator);
        $this->switch($browser, $administrator, $person);
        self::assertSame([], static::activity($person->id, 'switch_refused'));
        self::assertSame($person->id, $this->who($browser));
        // Requests that need a proof of that user's own factor are refused.
        $answer = $browser->send('POST', self::API . '/two-factor/get-totp-uri', headers: ['x-wp-nonce' => $browser->nonce()], json: ['password' => $person->password]);
        self::refused(401, 'sallyport_step_up_required', $answer);
        $made = $browser->send('POST', '/wp-json/wp/v2/users/me/application-passwords', headers: ['x-wp-nonce' => $browser->nonce()], json: ['name' => 'an app']);
        self::refused(401, 'sallyport_step_up_required', $made);
        // If the switcher's proof becomes invalid, the switch ends.
        static::site()->php('wp_set_password("another password", (int) $argv[1]);', [(string) $administrator->id]);
        self::assertSame(0, $this->who($browser));
    }

    public function test_it_ends_with_the_right_to_switch(): void
    {
        [$administrator, $other] = [$this->enrolled($this->administrator()), $this->enrolled('administrator')];
        $browser = $this->signedIn($administrator);
        $this->switch($browser, $administrator, $other);
        self::assertSame($other->id, $this->who($browser));
        static::site()->php('(new WP_User((int) $argv[1]))->set_role("editor"); is_multisite() && revoke_super_admin((int) $argv[1]);', [(string) $administrator->id]);
        self::assertSame(0, $this->who($browser));
        self::assertSame('sallyport_token_unproven', static::activity($other->id, 'credential_refused')[0]['outcome']);
    }

    /** As WooCommerce does it, by the user's roles. */
    public function test_a_plugin_that_says_who_may_edit_whom_may_ask_who_the_user_is(): void
    {
        static::site()->php(<<<'PHP'
            wp_mkdir_p(WPMU_PLUGIN_DIR);
            file_put_contents(WPMU_PLUGIN_DIR . '/roles.php', '<?php add_filter("map_meta_cap", fn ($caps, $cap) => $cap === "edit_user" && !in_array("administrator", wp_get_current_user()->roles, true) ? ["do_not_allow"] : $caps, 10, 2);');
            PHP);
        try {
            [$administrator, $person] = [$this->enrolled($this->administrator()), $this->enrolled()];
            $browser = $this->signedIn($administrator);
            $this->switch($browser, $administrator, $person);
            self::assertSame($person->id, $this->who($browser));
            self::assertSame([[], []], [static::activity($person->id, 'switch_refused'), static::activity($administrator->id, 'switch_refused')]);
        } finally {
            static::site()->php('unlink(WPMU_PLUGIN_DIR . "/roles.php");');
        }
    }

    public function test_switching_back_works(): void
    {
        $administrator = $this->enrolled($this->administrator());
        foreach ([$this->enrolled(), $this->person()] as $person) {
            self::forgetCodes($administrator);
            $browser = $this->signedIn($administrator);
            $this->switch($browser, $administrator, $person);
            self::assertSame($person->id, $this->who($browser));
            $this->back($browser, $person, $administrator);
            self::assertSame($administrator->id, $this->who($browser));
            self::assertSame([], static::activity($administrator->id, 'switch_refused'));
        }
    }

    public function test_switching_without_a_proof_makes_the_request_anonymous(): void
    {
        $administrator = $this->administrator();
        $person = $this->enrolled();
        $browser = $this->signedIn($administrator);
        $this->switch($browser, $administrator, $person);
        self::assertSame(0, $this->who($browser));
    }

    public function test_without_the_right_to_edit_the_user_no_proof_is_carried(): void
    {
        [$one, $other] = [$this->enrolled(), $this->enrolled()];
        $attached = static::site()->plugin(<<<'PHP'
            wp_set_current_user((int) $argv[1]);
            $epoch = $plugin->state()->read((int) $argv[1])['epoch'];
            $plugin->acceptance()->admit(\Sallyport\WP\Challenge\Proof::verified((int) $argv[1], 'wordpress', ['otp'], time(), $epoch));
            return array_map(fn (int $from): array => $plugin->acceptance()->attach(['switched_from_id' => $from], (int) $argv[2]), [(int) $argv[1], 1]);
            PHP, [(string) $one->id, (string) $other->id]);
        self::assertSame([['switched_from_id' => $one->id], ['switched_from_id' => 1]], $attached);
    }

    public function test_what_is_changed_while_switched_makes_no_proof_of_the_other_user(): void
    {
        static::site()->php(<<<'PHP'
            wp_mkdir_p(WPMU_PLUGIN_DIR);
            file_put_contents(WPMU_PLUGIN_DIR . '/turn.php', '<?php add_action("wp_ajax_turn", fn () => wp_send_json(update_user_meta(get_current_user_id(), "_two_factor_totp_key", "JBSWY3DPEHPK3PXP" . rand())));');
            PHP);
        $administrator = $this->enrolled($this->administrator());
        $person = $this->person();
        static::site()->php('update_user_meta((int) $argv[1], "_two_factor_totp_key", "JBSWY3DPEHPK3PXP"); update_user_meta((int) $argv[1], "_two_factor_enabled_providers", ["Two_Factor_Totp"]); update_user_meta((int) $argv[1], "_two_factor_provider", "Two_Factor_Totp");', [(string) $person->id]);
        $browser = $this->signedIn($administrator);
        $this->switch($browser, $administrator, $person);
        self::assertSame($person->id, $this->who($browser));
        $browser->send('GET', '/wp-admin/admin-ajax.php?action=turn');
        $proofs = static::site()->php('return array_column(WP_Session_Tokens::get_instance((int) $argv[1])->get_all(), "sallyport");', [(string) $person->id]);
        self::assertSame([$administrator->id], array_column($proofs, 'user'), json_encode($proofs));
    }

    private function switch(Browser $browser, Person $from, Person $to): void
    {
        $this->go($browser, $from, "switch_to_user&user_id=$to->id", "switch_to_user_$to->id");
    }

    private function back(Browser $browser, Person $from, Person $to): void
    {
        $this->go($browser, $from, 'switch_to_olduser', "switch_to_olduser_$to->id");
    }

    private function go(Browser $browser, Person $from, string $action, string $nonce): void
    {
        $cookie = rawurldecode($browser->cookies[current(preg_grep('/^wordpress_logged_in_/', array_keys($browser->cookies)))]);
        $nonce = static::site()->php('$_COOKIE[LOGGED_IN_COOKIE] = $argv[2]; wp_set_current_user((int) $argv[1]); return wp_create_nonce($argv[3]);', [(string) $from->id, $cookie, $nonce]);
        $answer = $browser->send('GET', "/wp-login.php?action=$action&_wpnonce=$nonce&nr=1");
        self::assertSame(302, $answer->status, (string) $answer);
    }

    private function who(Browser $browser): int
    {
        $nonce = $browser->nonce();
        return strlen($nonce) === 10 ? (int) ($browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => $nonce])->json['id'] ?? 0) : 0;
    }
}
