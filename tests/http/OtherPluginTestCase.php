<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Elsewhere;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';
require_once __DIR__ . '/../support/Elsewhere.php';

/** What holds for users of another plugin's second factor; the plugin is the stand-in, or the real one (Elsewhere). */
abstract class OtherPluginTestCase extends HttpTestCase
{
    use OwnSite;

    protected const FACTOR = '';
    protected const PLUGIN = '';
    protected const TOTP = '';
    protected const CODES = '';
    protected const BACKUP = ['', ''];
    protected const ENABLED = '';
    protected const TURN_ON = '';

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
        self::assertSame($person->id, $this->whoIs($answer->json['token'] ?? null), 'a client that knows of totp alone: ' . $answer);
        $answer = $this->post('/two-factor/verify-backup-code', ['code' => $app->backupCode(), 'challenge' => $this->challenge($person)]);
        self::assertSame($person->id, $this->whoIs($answer->json['token'] ?? null), (string) $answer);
    }

    public function test_so_it_is_at_another_plugins_login(): void
    {
        [$person, $app] = $this->theirs();
        $login = fn (array $more): Response => static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: $more + ['username' => $person->login, 'password' => $person->password]);
        self::refused(401, 'sallyport_second_factor_required', $login([]));
        self::assertSame($person->id, $this->whoIs($login(['sallyport_code' => $app->code()])->json['token'] ?? null));
    }

    public function test_a_token_and_a_cookie_from_before_the_enrolment_do_not_count_even_before_anybody_logs_in(): void
    {
        // As found on a site that Sallyport comes to: nobody has seen it being made.
        [$person] = $this->theirs();
        self::sql('UPDATE {usermeta} SET meta_key = %s WHERE meta_key = %s AND user_id = %d', 'hidden', static::ENABLED, $person->id);
        self::sql("DELETE FROM {usermeta} WHERE meta_key = '_sallyport_state' AND user_id = %d", $person->id);
        $this->signIn($person);
        $browser = new Browser(static::site());
        $browser->logIn($person);
        self::assertSame($person->id, $this->whoIs($person->token));
        self::assertTrue(self::counts($browser));
        self::sql('UPDATE {usermeta} SET meta_key = %s WHERE meta_key = %s AND user_id = %d', static::ENABLED, 'hidden', $person->id);
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $person->token));
        self::assertFalse(self::counts($browser));
    }

    public function test_their_form_asks_on_wp_login_and_its_session_counts(): void
    {
        [$person, $app] = $this->theirs();
        [$browser, $page] = $this->atTheirForm($person);
        self::assertFalse($browser->isSignedIn(), 'no cookie before the code');
        $this->sendForm($browser, $page, $app->code());
        self::assertTrue($browser->isSignedIn());
        self::assertTrue(self::counts($browser));
        $me = $browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => $browser->nonce()]);
        self::assertSame($person->id, $me->json['id'] ?? null, (string) $me);
    }

    public function test_the_session_of_the_password_alone_counts_for_nothing(): void
    {
        [$person] = $this->theirs();
        // As if their form had not come: the session that core made is kept.
        $cookie = static::site()->php('$token = WP_Session_Tokens::get_instance((int) $argv[1])->create(time() + 900); return LOGGED_IN_COOKIE . "=" . rawurlencode(wp_generate_auth_cookie((int) $argv[1], time() + 900, "logged_in", $token));', [(string) $person->id]);
        self::assertSame('0', static::site()->request('GET', '/wp-admin/admin-ajax.php?action=rest-nonce', headers: ['cookie' => $cookie])->body);
    }

    public function test_a_code_used_over_tokens_is_used_on_their_form_and_the_other_way_round(): void
    {
        [$person, $app] = $this->theirs();
        $this->steady();
        $code = $app->code();
        $this->proven($person, $code);
        [$browser, $page] = $this->atTheirForm($person);
        $this->sendForm($browser, $page, $code);
        self::assertFalse(self::counts($browser), 'not signed in');

        $this->forgetTheirWaits($person);
        [$browser, $page] = $this->atTheirForm($person);
        $next = $app->code();
        $this->sendForm($browser, $page, $next);
        self::assertTrue(self::counts($browser));
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
        self::assertFalse($browser->isSignedIn(), 'nor is it on their form');
        self::sql('UPDATE {throttle} SET until = 0 WHERE failures = %d', 10);
        [$browser, $page] = $this->atTheirForm($person);
        $this->sendForm($browser, $page, $app->app->code());
        self::assertTrue($browser->isSignedIn());
        self::assertSame([], static::site()->php('global $wpdb; return $wpdb->get_col("SELECT failures FROM {$wpdb->base_prefix}sallyport_throttle WHERE failures >= 10");'), 'a right code there clears it');
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

    public function test_a_method_that_is_theirs_alone_is_refused_over_tokens_and_theirs_in_the_browser(): void
    {
        [$person] = $this->theirs();
        $this->byMailAlone($person);
        self::refused(403, 'sallyport_browser_required', $this->logIn($person));
        self::refused(403, 'sallyport_browser_required', $this->logIn($person, ['code' => '123456']));
        $this->atTheirForm($person);
    }

    public function test_it_counts_as_long_as_the_plugin_runs_and_no_longer(): void
    {
        [$person, $app] = $this->theirs();
        $token = $this->proven($person, $app->code());
        self::assertSame($person->id, $this->whoIs($token));
        $this->withoutThePlugin(function () use ($person): void {
            $this->signIn($person);
            self::assertSame($person->id, $this->whoIs($person->token), 'as that plugin leaves it: by the password');
        });
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $person->token));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
    }

    public function test_a_list_of_factors_names_it_and_an_app_of_ours_is_another(): void
    {
        $list = fn (string ...$names): mixed => static::site()->plugin('$plugin->policy_option()->change_site(static fn () => ["factors" => ["subscriber" => array_slice($argv, 1)]]);', $names);
        [$person, $app] = $this->theirs();
        $token = $this->proven($person, $app->backupCode());
        [$browser, $page] = $this->atTheirForm($person);
        $this->sendForm($browser, $page, $app->code());
        try {
            $list(static::FACTOR);
            self::assertSame($person->id, $this->whoIs($token));
            self::assertTrue(self::counts($browser));
            $list('totp', 'backup_code');
            self::refused(403, 'sallyport_enrolment_required', $this->logIn($person, ['code' => $app->code()]));
            self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $token));
            self::assertFalse(self::counts($browser));
        } finally {
            static::site()->plugin('$plugin->policy_option()->change_site(static fn () => []);');
        }
    }

    public function test_a_new_password_ends_what_was_proven_and_not_the_factor(): void
    {
        [$person, $app] = $this->theirs();
        $token = $this->proven($person, $app->code());
        static::site()->php('wp_set_password($argv[2], (int) $argv[1]); return 1;', [(string) $person->id, $person->password = 'another password of theirs']);
        self::assertNull($this->whoIs($token));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        $this->proven($person, $app->code());
    }

    public function test_what_is_set_up_anew_or_turned_off_there_ends_what_was_proven(): void
    {
        [$person, $app] = $this->theirs();
        $token = $this->proven($person, $app->code());
        $anew = Elsewhere::enrol(static::site(), static::PLUGIN, $person->id);
        self::assertNull($this->whoIs($token));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $app->code()]));
        $token = $this->proven($person, $anew->backupCode());
        Elsewhere::remove(static::site(), $person->id);
        self::assertNull($this->whoIs($token));
        $this->signIn($person);
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    /** In the request that writes it, without a word more: as their screens do. */
    public function test_who_turns_it_on_stays_signed_in_and_is_asked_before_anything_is_weakened(): void
    {
        $person = $this->person();
        $browser = new Browser(static::site());
        $browser->logIn($person);
        $this->turnOn($browser);
        self::refused(403, 'sallyport_browser_required', $this->logIn($person));
        self::assertTrue(self::counts($browser));
        $answer = $browser->send('POST', self::API . '/two-factor/generate-backup-codes', headers: ['x-wp-nonce' => $browser->nonce()], json: ['password' => $person->password]);
        self::refused(401, 'sallyport_step_up_required', $answer);
        // The way out for who has only what needs a browser: an authenticator app of ours.
        $answer = $browser->send('POST', self::API . '/two-factor/enable', headers: ['x-wp-nonce' => $browser->nonce()], json: ['password' => $person->password]);
        self::assertSame(200, $answer->status, (string) $answer);
        $other = new Browser(static::site());
        $other->cookies = $browser->cookies;
        self::assertTrue(self::counts($other), 'it is the session that counts');
    }

    /** Else a stolen session, or a trusted device, would make itself a strong factor there, and step up by it. */
    public function test_who_has_a_factor_of_ours_steps_up_before_one_is_added_there(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $form = Browser::fields($browser->logIn($person));
        $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => array_shift($person->codes)] + $form);
        self::assertTrue(self::counts($browser));
        static::site()->php(<<<'PHP'
            $sessions = get_user_meta((int) $argv[1], 'session_tokens', true);
            foreach ($sessions as &$session) { $session['sallyport']['at'] -= 700; }
            update_user_meta((int) $argv[1], 'session_tokens', $sessions);
            PHP, [(string) $person->id]);
        $is_on = fn (): bool => isset(Elsewhere::stored(static::site(), $person->id)[static::ENABLED]);
        $this->turnOn($browser);
        self::assertFalse($is_on());
        self::assertTrue(self::counts($browser));
        $verified = $browser->send('POST', self::API . '/2fa/verify', headers: ['x-wp-nonce' => $browser->nonce()], json: ['code' => array_shift($person->codes)]);
        self::assertSame(200, $verified->status, (string) $verified);
        $this->turnOn($browser);
        self::assertTrue($is_on());
        self::assertTrue(self::counts($browser));
        $browser->send('POST', self::API . '/two-factor/disable', headers: ['x-wp-nonce' => $browser->nonce()], json: ['password' => $person->password]);
        Elsewhere::remove(static::site(), $person->id);
    }

    /** Monitor-only lets a session through; it gives it nothing that lasts. */
    public function test_who_is_only_let_through_is_given_no_proof_by_turning_something_on_there(): void
    {
        [$person] = $this->theirs();
        $browser = new Browser(static::site());
        [$name, $value] = explode('=', static::site()->php('$token = WP_Session_Tokens::get_instance((int) $argv[1])->create(time() + 900); return LOGGED_IN_COOKIE . "=" . rawurlencode(wp_generate_auth_cookie((int) $argv[1], time() + 900, "logged_in", $token));', [(string) $person->id]));
        static::site()->php('wp_mkdir_p(WPMU_PLUGIN_DIR); file_put_contents(WPMU_PLUGIN_DIR . "/monitor.php", "<?php define(\'SALLYPORT_MONITOR\', true);"); return 1;');
        try {
            $browser->cookies[$name] = $value;
            self::assertTrue(self::counts($browser));
            $this->turnOn($browser);
        } finally {
            static::site()->php('unlink(WPMU_PLUGIN_DIR . "/monitor.php"); return 1;');
        }
        self::assertFalse(self::counts($browser));
    }

    public function test_a_backup_code_used_on_their_form_is_dead_over_tokens_even_if_their_list_gets_it_back(): void
    {
        [$person, $app] = $this->theirs();
        $before = $this->theirCodes($person);
        $code = $app->backupCode();
        [$browser, $page] = $this->atTheirForm($person);
        $browser->send('POST', '/wp-login.php?action=validate_2fa', [static::BACKUP[0] => $code, 'provider' => static::BACKUP[1]] + Browser::fields($page) + ['redirect_to' => static::site()->url . '/wp-admin/']);
        self::assertTrue(self::counts($browser));
        static::site()->php('update_user_meta((int) $argv[1], $argv[2], json_decode($argv[3], true)); return 1;', [(string) $person->id, static::CODES, json_encode($before)]);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
        $this->proven($person, $app->backupCode());
    }

    public function test_their_block_stays_where_everybody_is_let_through(): void
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
        $allowed = static::site()->plugin('$user = null; add_filter("authenticate", static function ($found) use (&$user) { return $user = apply_filters("two_factor_user_api_login_enable", false, $found->ID); }, 31); $plugin->bridged_logins(); wp_authenticate($argv[1], $argv[2]); return $user;', [$person->login, $person->password]);
        self::assertFalse($allowed);
    }

    public function test_an_import_that_only_looks_changes_nothing(): void
    {
        [$person] = $this->theirs();
        $before = Elsewhere::stored(static::site(), $person->id);
        self::assertSame(['imported', 10], $this->import($person, '--dry-run'));
        self::assertSame($before, Elsewhere::stored(static::site(), $person->id));
        self::assertSame([], $this->rowsOf($person));
    }

    public function test_an_imported_factor_is_asked_for_without_the_plugin_and_nobody_scans_a_code(): void
    {
        [$person, $app] = $this->theirs();
        $this->steady();
        $token = $this->proven($person, $used = $app->code());
        $before = Elsewhere::stored(static::site(), $person->id);
        self::assertSame(['imported', 10], $this->import($person));
        self::assertSame($before, Elsewhere::stored(static::site(), $person->id), 'theirs is untouched');
        self::assertSame($person->id, $this->whoIs($token), 'it is the same factor: what was proven was');
        self::assertSame(['already', 10], $this->import($person));
        self::assertCount(1, $this->rowsOf($person));

        $this->withoutThePlugin(function () use ($person, $app, $used, $token): void {
            self::assertSame($person->id, $this->whoIs($token));
            $data = self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
            self::assertSame(['totp', 'imported_backup_code'], $data['factors']);
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $used]));
            self::assertSame($person->id, $this->whoIs($this->proven($person, $app->code())));
            $code = $app->backupCode();
            self::assertSame($person->id, $this->whoIs($this->proven($person, $code)));
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
            $browser = new Browser(static::site());
            self::assertArrayHasKey('sallyport_challenge', Browser::fields($browser->logIn($person)), 'our form asks');
        });
    }

    public function test_after_the_import_what_is_used_there_is_used_here_and_the_other_way_round(): void
    {
        [$person, $app] = $this->theirs();
        $this->import($person);
        $this->steady();
        $code = $app->code();
        [$browser, $page] = $this->atTheirForm($person);
        $this->sendForm($browser, $page, $code);
        self::assertTrue(self::counts($browser), 'asked once, by their form');
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code, 'factor' => 'totp']));
        $next = $app->code();
        $this->proven($person, $next);
        [$thief, $page] = $this->atTheirForm($person);
        $this->sendForm($thief, $page, $next);
        self::assertFalse(self::counts($thief));

        [$first, $second] = $app->codes;
        $this->proven($person, $first);
        self::assertCount(9, $this->theirCodes($person));
        self::assertSame(1, $this->takeOutOfTheirList($person, $second));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $second, 'factor' => 'imported_backup_code']));
    }

    public function test_an_undone_import_leaves_what_was_there_before_and_no_used_code_comes_back(): void
    {
        [$person, $app] = $this->theirs();
        $before = Elsewhere::stored(static::site(), $person->id);
        $this->import($person);
        self::assertSame(['undone', 10], $this->undo($person, '--dry-run'));
        self::assertCount(1, $this->rowsOf($person));
        self::assertSame(['undone', 10], $this->undo($person));
        self::assertSame($before, Elsewhere::stored(static::site(), $person->id));
        self::assertSame([], $this->rowsOf($person));
        self::assertSame(['nothing', 0], $this->undo($person));
        self::assertSame([static::FACTOR], self::refused(401, 'sallyport_second_factor_required', $this->logIn($person))['factors']);

        $this->import($person);
        $this->steady();
        [$code, $backup] = [$app->code(), $app->backupCode()];
        $token = $this->proven($person, $code);
        $this->proven($person, $backup);
        self::assertSame(['undone', 9], $this->undo($person));
        self::assertSame($person->id, $this->whoIs($token));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $backup]));
        $this->proven($person, $app->code());
        $this->proven($person, $app->backupCode());
        $this->withoutThePlugin(fn () => $this->signIn($person));
    }

    public function test_an_import_is_undone_only_where_the_plugin_asks(): void
    {
        [$person, $app] = $this->theirs();
        $this->import($person);
        $this->withoutThePlugin(function () use ($person): void {
            [$exit, , $why] = static::site()->command('import', 'undo', static::PLUGIN, "--only=$person->id");
            self::assertSame(1, $exit, $why);
            self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        });
        Elsewhere::remove(static::site(), $person->id);
        self::assertSame(['kept', 0], $this->undo($person));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
    }

    public function test_what_cannot_be_imported_is_told_and_left_alone(): void
    {
        [$unreadable] = $this->theirs();
        $this->garble($unreadable);
        [$mailed] = $this->theirs();
        $this->byMailAlone($mailed);
        [$exit, $report, $why] = static::site()->command('import', static::PLUGIN, '--format=json', "--only=$unreadable->login");
        self::assertSame([1, 'unreadable'], [$exit, json_decode($report, true)[0]['result'] ?? null], $why);
        self::assertSame(['nothing', 0], $this->import($mailed));
        self::assertSame([], [...$this->rowsOf($unreadable), ...$this->rowsOf($mailed)]);
        Elsewhere::remove(static::site(), $unreadable->id);
    }

    public function test_a_user_is_imported_by_one_process_at_a_time(): void
    {
        [$person] = $this->theirs();
        $claim = fn (string $do): mixed => static::site()->plugin('$rows = new \Sallyport\WP\Store\ThrottleRows($plugin->database()); return $rows->' . $do . ';', ['import:' . static::PLUGIN . ":$person->id"]);
        $claim('claim($argv[1], 60, time())');
        [$exit, $report] = static::site()->command('import', static::PLUGIN, "--only=$person->id", '--format=json');
        self::assertSame([1, 'busy'], [$exit, json_decode($report, true)[0]['result'] ?? null]);
        self::assertSame([], $this->rowsOf($person));
        $claim('clear($argv[1])');
        self::assertSame(['imported', 10], $this->import($person));
    }

    public function test_everybody_is_imported_and_the_report_says_who(): void
    {
        [$one] = $this->theirs();
        [$two] = $this->theirs();
        $stranger = $this->person();
        [$exit, $report, $why] = static::site()->command('import', static::PLUGIN, '--format=json');
        self::assertSame(0, $exit, $why . $report);
        $said = array_column(json_decode($report, true), 'result', 'user');
        self::assertSame(['imported', 'imported'], [$said[$one->id] ?? null, $said[$two->id] ?? null]);
        self::assertArrayNotHasKey($stranger->id, $said);
        self::assertMatchesRegularExpression('/^\d+ users …$/m', $why);
        self::assertStringNotContainsString('$', $report, 'no hash, no secret');
        [, $report] = static::site()->command('import', static::PLUGIN, '--format=json');
        self::assertSame(['already', 'already'], array_values(array_intersect_key(array_column(json_decode($report, true), 'result', 'user'), [$one->id => 0, $two->id => 0])));
        [$exit, $report] = static::site()->command('import', 'undo', static::PLUGIN, '--format=json');
        self::assertSame(0, $exit);
        self::assertSame([], [...$this->rowsOf($one), ...$this->rowsOf($two)], $report);
    }

    /** @return array{string, int} what became of the user, and how many backup codes */
    protected function import(Person $person, string ...$more): array
    {
        return $this->said('import', static::PLUGIN, "--only=$person->id", ...$more);
    }

    /** @return array{string, int} */
    protected function undo(Person $person, string ...$more): array
    {
        return $this->said('import', 'undo', static::PLUGIN, "--only=$person->id", ...$more);
    }

    /** @return array{string, int} */
    private function said(string ...$words): array
    {
        [$exit, $report, $why] = static::site()->command(...[...$words, '--format=json']);
        self::assertSame(0, $exit, $why . $report);
        $line = json_decode($report, true)[0] ?? self::fail($report);
        return [$line['result'], $line['backup_codes']];
    }

    /** @return list<string> */
    private function rowsOf(Person $person): array
    {
        return static::site()->php('global $wpdb; return $wpdb->get_col("SELECT id FROM {$wpdb->base_prefix}sallyport_factors WHERE user_id = " . (int) $argv[1]);', [(string) $person->id]);
    }

    /** @return list<string> */
    private function theirCodes(Person $person): array
    {
        return static::site()->php('return get_user_meta((int) $argv[1], $argv[2], true);', [(string) $person->id, static::CODES]);
    }

    /** As their form does with a backup code that was right. */
    private function takeOutOfTheirList(Person $person, string $code): int
    {
        return static::site()->php('$all = get_user_meta((int) $argv[1], $argv[2], true); $left = array_values(array_filter($all, static fn ($hash) => !wp_check_password($argv[3], $hash))); update_user_meta((int) $argv[1], $argv[2], $left); return count($all) - count($left);', [(string) $person->id, static::CODES, $code]);
    }

    /** @param callable(): void $do */
    protected function withoutThePlugin(callable $do): void
    {
        $file = basename(Elsewhere::folder(static::PLUGIN)) . '/' . static::PLUGIN . '.php';
        static::site()->php('require_once ABSPATH . "wp-admin/includes/plugin.php"; deactivate_plugins($argv[1]); return 1;', [$file]);
        try {
            $do();
        } finally {
            static::site()->php('require_once ABSPATH . "wp-admin/includes/plugin.php"; return activate_plugin($argv[1]) ?? 1;', [$file]);
        }
    }

    protected static function raisedWith(): array
    {
        return self::options(['plugin' => [Elsewhere::folder(static::PLUGIN), __DIR__ . '/../fixtures/jwt-authentication-for-wp-rest-api'], 'server' => 'fpm']);
    }

    /** @return array{Person, Elsewhere} */
    protected function theirs(): array
    {
        $person = $this->person();
        return [$person, Elsewhere::enrol(static::site(), static::PLUGIN, $person->id)];
    }

    /** Whether what the browser holds signs it in. An admin page may lead elsewhere once, to the plugin's own welcome. */
    protected static function counts(Browser $browser): bool
    {
        return preg_match('/\A[0-9a-f]{10}\z/', $browser->nonce()) === 1;
    }

    /** As their screens do: they write that a method is on. */
    private function turnOn(Browser $browser): void
    {
        static::site()->php('wp_mkdir_p(WPMU_PLUGIN_DIR); file_put_contents(WPMU_PLUGIN_DIR . "/on.php", $argv[1]); return 1;', ['<?php add_action("wp_ajax_turn_on", function () { ' . static::TURN_ON . ' exit("on"); });']);
        try {
            self::assertSame('on', $browser->send('GET', '/wp-admin/admin-ajax.php?action=turn_on')->body);
        } finally {
            static::site()->php('unlink(WPMU_PLUGIN_DIR . "/on.php"); return 1;');
        }
    }

    /** @return array{Browser, Response} after the password */
    protected function atTheirForm(Person $person): array
    {
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        self::assertArrayHasKey('wp-auth-nonce', Browser::fields($page), (string) $page);
        self::assertArrayNotHasKey('sallyport_challenge', Browser::fields($page), 'asked once');
        return [$browser, $page];
    }

    protected function sendForm(Browser $browser, Response $page, string $code): Response
    {
        return $browser->send('POST', '/wp-login.php?action=validate_2fa', ['provider' => static::TOTP, 'authcode' => $code] + Browser::fields($page) + ['redirect_to' => static::site()->url . '/wp-admin/']);
    }

    /** The plugin's own waits after a wrong code, which are not what is tested. */
    protected function forgetTheirWaits(Person $person): void
    {
        static::site()->php('delete_user_meta((int) $argv[1], "_two_factor_last_login_failure"); delete_user_meta((int) $argv[1], "wp_2fa_totp-login-attempts"); delete_user_meta((int) $argv[1], "wp_2fa_email-login-attempts"); return 1;', [(string) $person->id]);
    }

    abstract protected function byMailAlone(Person $person): void;

    abstract protected function garble(Person $person): void;
}
