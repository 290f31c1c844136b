<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Totp;

/** Laws for users of another plugin's second factor at that plugin's own form, where that plugin asks and we count. */
trait OtherPluginFormLaws
{
    public function test_their_form_asks_on_wp_login_and_its_session_counts(): void
    {
        [$person, $app] = $this->theirs();
        [$browser, $page] = $this->atTheirForm($person);
        self::assertFalse($browser->isSignedIn(), 'no cookie before the code');
        $this->sendForm($browser, $page, $app->code());
        self::assertTrue($browser->isSignedIn());
        self::assertTrue($browser->counts());
        $me = $browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => $browser->nonce()]);
        self::assertSame($person->id, $me->json['id'] ?? null, (string) $me);
    }

    public function test_the_session_of_the_password_alone_counts_for_nothing(): void
    {
        [$person] = $this->theirs();
        // As if their form had not been shown: the session that core made is kept.
        $cookie = static::site()->php('$token = WP_Session_Tokens::get_instance((int) $argv[1])->create(time() + 900); return LOGGED_IN_COOKIE . "=" . rawurlencode(wp_generate_auth_cookie((int) $argv[1], time() + 900, "logged_in", $token));', [(string) $person->id]);
        self::assertSame('0', static::site()->request('GET', '/wp-admin/admin-ajax.php?action=rest-nonce', headers: ['cookie' => $cookie])->body);
    }

    public function test_a_code_used_over_tokens_is_used_on_their_form_and_the_other_way_round(): void
    {
        [$person, $app] = $this->theirs();
        Totp::steady();
        $code = $app->code();
        $this->proven($person, $code);
        [$browser, $page] = $this->atTheirForm($person);
        $this->sendForm($browser, $page, $code);
        self::assertFalse($browser->counts(), 'not signed in');

        $this->forgetTheirWaits($person);
        [$browser, $page] = $this->atTheirForm($person);
        $next = $app->code();
        $this->sendForm($browser, $page, $next);
        self::assertTrue($browser->counts());
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $next]));
    }

    public function test_there_is_one_budget_for_their_form_and_tokens(): void
    {
        [$person, $app] = $this->theirs();
        [$browser, $page] = $this->atTheirForm($person);
        for ($i = 0; $i < 4; $i++) {
            $page = $this->sendForm($browser, $page, $app->app->wrong());
            $this->forgetTheirWaits($person);
        }
        for ($i = 0; $i < 6; $i++) {
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $app->app->wrong()]));
        }
        self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $app->code()]));
        $this->sendForm($browser, $page, $app->code());
        self::assertFalse($browser->isSignedIn(), 'it is not accepted on their form either');
        self::sql('UPDATE {throttle} SET until = 0 WHERE failures = %d', 10);
        [$browser, $page] = $this->atTheirForm($person);
        $this->sendForm($browser, $page, $app->app->code());
        self::assertTrue($browser->isSignedIn());
        self::assertSame(
            [],
            static::site()->php('global $wpdb; return $wpdb->get_col("SELECT failures FROM {$wpdb->base_prefix}sallyport_throttle WHERE failures >= 10");'),
            'a right code there resets the count',
        );
    }

    public function test_a_right_code_signs_in_though_the_count_cannot_be_reset(): void
    {
        [$person, $app] = $this->theirs();
        [$browser, $page] = $this->atTheirForm($person);
        $plugin = static::site()->php('wp_mkdir_p(WPMU_PLUGIN_DIR); return WPMU_PLUGIN_DIR . "/no-reset.php";');
        file_put_contents($plugin, '<?php add_filter("query", fn ($sql) => str_contains($sql, "SET until = 0, failures = 0") ? "UPDATE nowhere SET x = 1" : $sql);');
        try {
            $answer = $this->sendForm($browser, $page, $app->code());
        } finally {
            unlink($plugin);
        }
        self::assertSame(302, $answer->status, (string) $answer);
        self::assertTrue($browser->isSignedIn());
    }

    public function test_nobody_is_locked_by_a_stranger_at_their_form(): void
    {
        [$person, $app] = $this->theirs();
        $form = ['wp-auth-id' => $person->id, 'wp-auth-nonce' => str_repeat('0', 64), 'provider' => static::TOTP, 'authcode' => '000000', 'redirect_to' => ''];
        for ($i = 0; $i < 11; $i++) {
            (new Browser(static::site()))->send('POST', '/wp-login.php?action=validate_2fa', $form);
        }
        $this->proven($person, $app->code());
    }

    public function test_a_method_only_they_know_is_refused_over_tokens_and_left_to_them_in_the_browser(): void
    {
        [$person] = $this->theirs();
        $this->byMailAlone($person);
        self::refused(403, 'sallyport_browser_required', $this->post('/sign-in/email', ['email' => $person->email, 'password' => $person->password]));
        self::refused(403, 'sallyport_browser_required', $this->logIn($person));
        self::refused(403, 'sallyport_browser_required', $this->logIn($person, ['code' => '123456']));
        $this->atTheirForm($person);
    }

    public function test_a_backup_code_used_on_their_form_stays_spent_over_tokens_even_if_their_list_is_restored(): void
    {
        [$person, $app] = $this->theirs();
        $before = $this->theirCodes($person);
        $code = $app->backupCode();
        [$browser, $page] = $this->atTheirForm($person);
        $browser->send(
            'POST',
            '/wp-login.php?action=validate_2fa',
            [static::BACKUP[0] => $code, 'provider' => static::BACKUP[1]]
                + Browser::fields($page)
                + ['redirect_to' => static::site()->url . '/wp-admin/'],
        );
        self::assertTrue($browser->counts());
        static::site()->php('update_user_meta((int) $argv[1], $argv[2], json_decode($argv[3], true)); return 1;', [(string) $person->id, static::CODES, json_encode($before)]);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
        $this->proven($person, $app->backupCode());
    }
}
