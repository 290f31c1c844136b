<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Response;
use Sallyport\Tests\Totp;

/** Laws for users of another plugin's second factor who use tokens, while that plugin is active. */
trait OtherPluginTokenLaws
{
    public function test_the_code_is_asked_for_over_tokens_and_the_token_counts(): void
    {
        [$person, $app] = $this->theirs();
        $data = self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertSame([static::FACTOR], $data['factors']);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $app->app->wrong()]));
        $token = $this->proven($person, $app->code());
        self::assertSame($person->id, $this->whoIs($token));
        self::assertSame(['mfa', 'otp', 'pwd', static::FACTOR], self::claims($token)['amr']);

        $answer = $this->post('/two-factor/verify-totp', ['code' => $app->code(), 'challenge' => $data['challenge']]);
        self::assertSame($person->id, $this->whoIs($answer->json['token'] ?? null), 'a client that knows only totp: ' . $answer);
        $answer = $this->post('/two-factor/verify-backup-code', ['code' => $app->backupCode(), 'challenge' => $this->challenge($person)]);
        self::assertSame($person->id, $this->whoIs($answer->json['token'] ?? null), (string) $answer);
    }

    public function test_the_setting_that_narrows_codes_to_the_present_step_holds_for_theirs(): void
    {
        [$person, $app] = $this->theirs();
        static::site()->wp('sallyport', 'setting', 'set', 'totp_skew', '0');
        try {
            Totp::steady();
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $app->app->code(1)]));
        } finally {
            static::site()->wp('sallyport', 'setting', 'set', 'totp_skew', '1');
        }
        self::assertSame(200, $this->logIn($person, ['code' => $app->app->code(1)])->status);
    }

    public function test_another_plugins_login_asks_for_it_as_well(): void
    {
        [$person, $app] = $this->theirs();
        $login = fn (array $more): Response => static::site()->request(
            'POST',
            '/wp-json/jwt-auth/v1/token',
            json: $more + ['username' => $person->login, 'password' => $person->password],
        );
        self::refused(401, 'sallyport_second_factor_required', $login([]));
        self::assertSame($person->id, $this->whoIs($login(['sallyport_code' => $app->code()])->json['token'] ?? null));
    }

    public function test_a_token_and_a_cookie_from_before_the_enrolment_are_refused_at_once(): void
    {
        // As on a site where Sallyport is installed later: it did not see the enrolment.
        [$person] = $this->theirs();
        self::sql('UPDATE {usermeta} SET meta_key = %s WHERE meta_key = %s AND user_id = %d', 'hidden', static::ENABLED, $person->id);
        self::sql("DELETE FROM {usermeta} WHERE meta_key = '_sallyport_state' AND user_id = %d", $person->id);
        $this->signIn($person);
        $browser = new Browser(static::site());
        $browser->logIn($person);
        self::assertSame($person->id, $this->whoIs($person->token));
        self::assertTrue($browser->counts());
        self::sql('UPDATE {usermeta} SET meta_key = %s WHERE meta_key = %s AND user_id = %d', static::ENABLED, 'hidden', $person->id);
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $person->token));
        self::assertFalse($browser->counts());
    }

    public function test_the_factor_counts_only_while_its_plugin_is_active(): void
    {
        [$person, $app] = $this->theirs();
        $token = $this->proven($person, $app->code());
        self::assertSame($person->id, $this->whoIs($token));
        $this->withoutThePlugin(function () use ($person): void {
            $this->signIn($person);
            self::assertSame($person->id, $this->whoIs($person->token), 'as without Sallyport\'s check: the password is enough');
        });
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $person->token));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
    }

    public function test_a_list_of_factors_names_it_and_an_app_of_ours_is_another(): void
    {
        $list = fn (string ...$names): mixed => static::site()->plugin(
            '$plugin->policy_option()->change_site(static fn () => ["factors" => ["subscriber" => array_slice($argv, 1)]]);',
            $names,
        );
        [$person, $app] = $this->theirs();
        $token = $this->proven($person, $app->backupCode());
        [$browser, $page] = $this->atTheirForm($person);
        $this->sendForm($browser, $page, $app->code());
        try {
            $list(static::FACTOR);
            self::assertSame($person->id, $this->whoIs($token));
            self::assertTrue($browser->counts());
            $list('totp', 'backup_code');
            self::refused(403, 'sallyport_enrolment_required', $this->logIn($person, ['code' => $app->code()]));
            self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $token));
            self::assertFalse($browser->counts());
        } finally {
            static::site()->plugin('$plugin->policy_option()->change_site(static fn () => []);');
        }
    }

    public function test_their_block_of_logins_stays_in_monitor_only_mode(): void
    {
        [$person] = $this->theirs();
        static::site()->php('wp_mkdir_p(WPMU_PLUGIN_DIR); file_put_contents(WPMU_PLUGIN_DIR . "/monitor.php", "<?php define(\'SALLYPORT_MONITOR\', true);"); return 1;');
        try {
            $answer = $this->logIn($person);
            self::assertGreaterThanOrEqual(400, $answer->status, (string) $answer);
            self::assertArrayNotHasKey('token', (array) $answer->json);
        } finally {
            static::site()->php('unlink(WPMU_PLUGIN_DIR . "/monitor.php"); return 1;');
        }
    }

    public function test_their_block_of_other_logins_over_an_api_stays(): void
    {
        [$person] = $this->theirs();
        $allowed = static::site()->plugin(
            '$user = null; add_filter("authenticate", static function ($found) use (&$user) { return $user = apply_filters("two_factor_user_api_login_enable", false, $found->ID); }, 31); $plugin->bridged_logins(); wp_authenticate($argv[1], $argv[2]); return $user;',
            [$person->login, $person->password],
        );
        self::assertFalse($allowed);
    }
}
