<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Elsewhere;

/** Laws for changes of another plugin's second factor, or of the password. */
trait OtherPluginChangeLaws
{
    public function test_a_new_password_ends_earlier_proofs_and_not_the_factor(): void
    {
        [$person, $app] = $this->theirs();
        $token = $this->proven($person, $app->code());
        $person->changePassword('another password of theirs');
        self::assertNull($this->whoIs($token));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        $this->proven($person, $app->code());
    }

    public function test_a_new_setup_or_turning_off_there_ends_earlier_proofs(): void
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

    public function test_turned_off_there_it_ends_the_trust_in_application_passwords(): void
    {
        [$person, $app] = $this->theirs();
        $made = static::site()->request('POST', '/wp-json/wp/v2/users/me/application-passwords', json: ['name' => 'an app'], bearer: $this->proven($person, $app->code()));
        self::assertSame(201, $made->status, (string) $made);
        $basic = $person->basic($made->json['password']);
        $me = fn (): ?int => $this->get('/wp-json/wp/v2/users/me', headers: $basic)->json['id'] ?? null;
        self::assertSame($person->id, $me());
        Elsewhere::remove(static::site(), $person->id);
        self::assertSame($person->id, $me(), 'no factor: as before');
        Elsewhere::enrol(static::site(), static::PLUGIN, $person->id);
        self::assertNull($me());
    }

    public function test_a_password_changed_while_the_plugin_was_off_ends_earlier_proofs(): void
    {
        [$person, $app] = $this->theirs();
        $this->proven($person, $app->code());
        $epoch = fn (): string => static::site()->plugin('return $plugin->state()->epoch((int) $argv[1]);', [(string) $person->id]);
        $before = $epoch();
        $this->withoutThePlugin(fn () => $person->changePassword('another password of theirs'));
        self::assertNotContains($epoch(), [$before, '']);
    }

    /** In the request that writes it, without an extra call, as their screens do it. */
    public function test_turning_it_on_keeps_the_session_and_weakening_requires_step_up(): void
    {
        $person = $this->person();
        $browser = new Browser(static::site());
        $browser->logIn($person);
        $this->turnOn($browser);
        self::refused(403, 'sallyport_browser_required', $this->logIn($person));
        self::assertTrue($browser->counts());
        $answer = $browser->send('POST', self::API . '/two-factor/generate-backup-codes', headers: ['x-wp-nonce' => $browser->nonce()], json: ['password' => $person->password]);
        self::refused(401, 'sallyport_step_up_required', $answer);
        // The way out for a user whose factor only works in a browser: an authenticator app of ours.
        $answer = $browser->send('POST', self::API . '/two-factor/enable', headers: ['x-wp-nonce' => $browser->nonce()], json: ['password' => $person->password]);
        self::assertSame(200, $answer->status, (string) $answer);
        $other = new Browser(static::site());
        $other->cookies = $browser->cookies;
        self::assertTrue($other->counts(), 'it is the session that counts');
    }

    /** Otherwise, a stolen session, or a trusted device, could add a strong factor there, and step up with it. */
    public function test_a_user_with_a_factor_of_ours_steps_up_before_adding_one_there(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $form = Browser::fields($browser->logIn($person));
        $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => array_shift($person->codes)] + $form);
        self::assertTrue($browser->counts());
        static::ageSessions($person);
        $is_on = fn (): bool => isset(Elsewhere::stored(static::site(), $person->id)[static::ENABLED]);
        $this->turnOn($browser);
        self::assertFalse($is_on());
        self::assertTrue($browser->counts());
        $verified = $browser->send('POST', self::API . '/2fa/verify', headers: ['x-wp-nonce' => $browser->nonce()], json: ['code' => array_shift($person->codes)]);
        self::assertSame(200, $verified->status, (string) $verified);
        $this->turnOn($browser);
        self::assertTrue($is_on());
        self::assertTrue($browser->counts());
        $browser->send('POST', self::API . '/two-factor/disable', headers: ['x-wp-nonce' => $browser->nonce()], json: ['password' => $person->password]);
        Elsewhere::remove(static::site(), $person->id);
    }

    /** Monitor-only lets a session through, but gives it nothing that lasts. */
    public function test_in_monitor_only_mode_turning_a_factor_on_there_gives_no_proof(): void
    {
        [$person] = $this->theirs();
        $browser = new Browser(static::site());
        [$name, $value] = explode(
            '=',
            static::site()->php('$token = WP_Session_Tokens::get_instance((int) $argv[1])->create(time() + 900); return LOGGED_IN_COOKIE . "=" . rawurlencode(wp_generate_auth_cookie((int) $argv[1], time() + 900, "logged_in", $token));', [(string) $person->id]),
        );
        static::site()->php('wp_mkdir_p(WPMU_PLUGIN_DIR); file_put_contents(WPMU_PLUGIN_DIR . "/monitor.php", "<?php define(\'SALLYPORT_MONITOR\', true);"); return 1;');
        try {
            $browser->cookies[$name] = $value;
            self::assertTrue($browser->counts());
            $this->turnOn($browser);
        } finally {
            static::site()->php('unlink(WPMU_PLUGIN_DIR . "/monitor.php"); return 1;');
        }
        self::assertFalse($browser->counts());
    }

    /** Like their screens: they write that a method is on. */
    private function turnOn(Browser $browser): void
    {
        static::site()->php(
            'wp_mkdir_p(WPMU_PLUGIN_DIR); file_put_contents(WPMU_PLUGIN_DIR . "/on.php", $argv[1]); return 1;',
            ['<?php add_action("wp_ajax_turn_on", function () { ' . static::TURN_ON . ' exit("on"); });'],
        );
        try {
            self::assertSame('on', $browser->send('GET', '/wp-admin/admin-ajax.php?action=turn_on')->body);
        } finally {
            static::site()->php('unlink(WPMU_PLUGIN_DIR . "/on.php"); return 1;');
        }
    }
}
