<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/HttpTestCase.php';

/** Cookies from before the enrolment, or from a login without a code, do not count as an enrolled user. */
final class AcceptanceCookieTest extends HttpTestCase
{
    public function test_an_old_cookie_with_its_nonce_is_refused_and_cleared(): void
    {
        [$person, $browser, $nonce] = $this->cookieFromBefore();
        $answer = $browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => $nonce]);
        self::refusedCredential('sallyport_token_unproven', $answer);
        self::assertFalse($browser->isSignedIn(), 'the cookie is cleared');
        self::assertNotSame([], static::activity($person->id, 'credential_refused'));
    }

    public function test_an_old_cookie_with_its_nonce_is_refused_on_public_routes_and_ours_too(): void
    {
        foreach (['/wp-json/wp/v2/posts', self::API . '/two-factor', '/wp-json/switcher/v1/who'] as $path) {
            [, $browser, $nonce] = $this->cookieFromBefore();
            self::refusedCredential('sallyport_token_unproven', $browser->send('GET', $path, headers: ['x-wp-nonce' => $nonce]));
        }
    }

    /** Otherwise, an app that keeps sending its old credential would fill the log and the webhook queue. */
    public function test_repeated_refusals_are_one_log_row_a_minute(): void
    {
        $person = $this->enrolled();
        $token = static::site()->plugin('return $plugin->access_tokens()->response(get_userdata((int) $argv[1]), null)["token"];', [(string) $person->id]);
        for ($i = 0; $i < 5; $i++) {
            self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', bearer: $token));
        }
        self::assertCount(1, static::activity($person->id, 'credential_refused'));
        self::sql('UPDATE {throttle} SET until = %d WHERE until > %d', time() - 1, time() - 1);
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', bearer: $token));
        self::assertCount(2, static::activity($person->id, 'credential_refused'), 'a minute later');
    }

    public function test_an_old_cookie_without_a_nonce_is_anonymous(): void
    {
        [, $browser] = $this->cookieFromBefore();
        self::assertSame(0, $browser->send('GET', '/wp-json/switcher/v1/who')->json['user']);
    }

    public function test_wp_admin_with_an_old_cookie_leads_to_the_login(): void
    {
        [, $browser] = $this->cookieFromBefore('administrator');
        foreach (['/wp-admin/', '/wp-admin/users.php', '/wp-admin/profile.php'] as $page) {
            $copy = clone $browser;
            $answer = $copy->send('GET', $page);
            self::assertSame(302, $answer->status);
            self::assertStringContainsString('/wp-login.php', $answer->header('location'));
            self::assertFalse($copy->isSignedIn());
        }
        self::assertSame(0, $browser->send('GET', '/wp-admin/admin-ajax.php?action=switcher')->json['user']);
    }

    public function test_a_plugin_that_asks_before_us_who_the_user_is_changes_nothing(): void
    {
        $early = static::site()->dir . '/wp-content/mu-plugins/early.php';
        file_put_contents($early, '<?php require_once ABSPATH . "wp-includes/pluggable.php"; if (isset($_SERVER["HTTP_X_EARLY"])) { wp_cookie_constants(); $GLOBALS["early"] = get_current_user_id(); add_action("wp_ajax_early", $told = static fn () => wp_send_json([$GLOBALS["early"], get_current_user_id()])); add_action("wp_ajax_nopriv_early", $told); }');
        try {
            $early_on = ['x-early' => '1'];
            [$old, $browser] = $this->cookieFromBefore('administrator');
            self::assertSame([$old->id, 0], (clone $browser)->send('GET', '/wp-admin/admin-ajax.php?action=early', headers: $early_on)->json);
            self::assertSame(302, (clone $browser)->send('GET', '/wp-admin/users.php', headers: $early_on)->status);
            $person = $this->enrolled();
            self::assertSame([$person->id, $person->id], $this->signedIn($person)->send('GET', '/wp-admin/admin-ajax.php?action=early', headers: $early_on)->json);
            self::assertSame([0, $person->id], $this->get('/wp-admin/admin-ajax.php?action=early', $person->token, $early_on)->json);
        } finally {
            unlink($early);
        }
    }

    public function test_an_old_cookie_is_refused_even_if_its_session_came_back(): void
    {
        [$person, $browser, $nonce, $sessions] = $this->cookieFromBefore();
        // Another plugin, or a late cache write, restores the old session records.
        static::site()->php('update_user_meta((int) $argv[1], "session_tokens", json_decode($argv[2], true));', [(string) $person->id, json_encode($sessions)]);
        self::refusedCredential('sallyport_token_unproven', $browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => $nonce]));
    }

    public function test_a_session_proof_of_another_epoch_is_stale(): void
    {
        $person = $this->enrolled();
        $browser = $this->signedIn($person);
        $nonce = $browser->nonce();
        self::assertSame($person->id, $browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => $nonce])->json['id']);
        static::site()->php(<<<'PHP'
            $sessions = get_user_meta((int) $argv[1], 'session_tokens', true);
            foreach ($sessions as &$session) { $session['sallyport']['epoch'] = str_repeat('0', 32); }
            update_user_meta((int) $argv[1], 'session_tokens', $sessions);
            PHP, [(string) $person->id]);
        $answer = $browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => $nonce]);
        self::refusedCredential('sallyport_token_stale', $answer);
        self::assertFalse($browser->isSignedIn());
    }

    public function test_a_request_during_the_session_proof_does_not_sign_the_browser_out(): void
    {
        $person = $this->person();
        $here = $this->signedIn($person);
        $elsewhere = $this->signedIn($person);
        $sessions = static::site()->php('return get_user_meta((int) $argv[1], "session_tokens", true);', [(string) $person->id]);
        $headers = ['x-wp-nonce' => $here->nonce()];
        $begun = $here->send('POST', self::API . '/two-factor/enable', headers: $headers, json: ['password' => $person->password])->json;
        $app = new Totp($begun['totpURI']);
        self::assertSame(200, $here->send('POST', self::API . '/two-factor/verify-totp', headers: $headers, json: ['code' => $app->code()])->status);
        // The state between the new epoch and its proof.
        static::site()->php('update_user_meta((int) $argv[1], "session_tokens", json_decode($argv[2], true));', [(string) $person->id, json_encode($sessions)]);
        $who = static fn (Browser $browser): int => $browser->send('GET', '/wp-admin/admin-ajax.php?action=switcher')->json['user'];
        self::assertSame([0, 0], [$who($here), $who($elsewhere)]);
        self::assertTrue($here->isSignedIn(), 'not yet');
        self::assertFalse($elsewhere->isSignedIn());
        static::site()->php('global $wpdb; $state = get_user_meta((int) $argv[1], "_sallyport_state", true); $state["at"] -= 11; $wpdb->update($wpdb->usermeta, ["meta_value" => serialize($state)], ["user_id" => (int) $argv[1], "meta_key" => "_sallyport_state"]);', [(string) $person->id]);
        self::assertSame(0, $who($here));
        self::assertFalse($here->isSignedIn(), 'no proof was stored');
    }

    public function test_a_cookie_from_a_login_without_a_password_is_not_accepted(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $answer = $browser->send('POST', '/wp-json/switcher/v1/link', json: ['user' => $person->id]);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertTrue($browser->isSignedIn(), 'the plugin gave it; it must not count');
        self::assertSame(302, $browser->send('GET', '/wp-admin/profile.php')->status);
    }

    public function test_a_proven_cookie_counts(): void
    {
        $person = $this->enrolled();
        $browser = $this->signedIn($person);
        self::assertSame(200, $browser->send('GET', '/wp-admin/profile.php')->status);
        self::assertSame($person->id, $browser->send('GET', '/wp-json/switcher/v1/who', headers: ['x-wp-nonce' => $browser->nonce()])->json['user']);
        self::assertSame($person->id, $browser->send('GET', '/wp-admin/admin-ajax.php?action=switcher')->json['user']);
    }

    public function test_a_cookie_of_a_user_without_a_factor_is_unaffected(): void
    {
        $person = $this->person();
        $browser = new Browser(static::site());
        $answer = $browser->logIn($person);
        self::assertSame(302, $answer->status);
        self::assertSame($person->id, $browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => $browser->nonce()])->json['id']);
        self::assertSame(0, $browser->send('GET', '/wp-json/switcher/v1/who')->json['user']);
    }

    /** @return array{Person, Browser, string, array<mixed>} also the earlier session records, which tests restore so that only the proof decides */
    private function cookieFromBefore(string $role = 'subscriber'): array
    {
        $person = $this->person($role);
        $browser = new Browser(static::site());
        $browser->logIn($person);
        $nonce = $browser->nonce();
        $sessions = static::site()->php('return get_user_meta((int) $argv[1], "session_tokens", true);', [(string) $person->id]);
        $this->signIn($person);
        $this->enrol($person);
        // Otherwise core ends the session itself, which hides what acceptance does.
        static::site()->php('update_user_meta((int) $argv[1], "session_tokens", json_decode($argv[2], true));', [(string) $person->id, json_encode($sessions)]);
        return [$person, $browser, $nonce, $sessions];
    }
}
