<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Elsewhere;
use Sallyport\Tests\Person;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/OtherPluginTestCase.php';

/** Users of WP 2FA. */
final class Wp2faTest extends OtherPluginTestCase
{
    protected const FACTOR = 'wp_2fa';
    protected const PLUGIN = Elsewhere::WP_2FA;
    protected const ENABLED = 'wp_2fa_enabled_methods';
    protected const TURN_ON = 'update_user_meta(get_current_user_id(), "wp_2fa_enabled_methods", "email");';
    protected const BACKUP = ['wp-2fa-backup-code', 'backup_codes'];
    protected const CODES = 'wp_2fa_backup_codes';
    protected const TOTP = 'totp';

    /** It does not remember codes: its own form would accept one twice. */
    public function test_a_code_is_good_once_on_its_own_form(): void
    {
        [$person, $app] = $this->theirs();
        Totp::steady();
        $code = $app->code();
        [$browser, $page] = $this->atTheirForm($person);
        $this->sendForm($browser, $page, $code);
        self::assertTrue($browser->counts());
        [$thief, $page] = $this->atTheirForm($person);
        $this->sendForm($thief, $page, $code);
        self::assertFalse($thief->counts());
        self::assertCount(1, self::activity($person->id, 'code_replayed'));
        self::assertTrue($browser->counts(), 'the other session continues');
    }

    /** It lets a user in without a code if the policy has disabled the user's method. */
    public function test_a_user_whose_method_its_policy_disallows_is_asked_by_us(): void
    {
        if (getenv('SALLYPORT_WP_2FA')) {
            self::markTestSkipped('the stand-in has a switch for it');
        }
        [$person, $app] = $this->theirs();
        static::site()->php('update_option("wp_2fa_stand_in_forbidden", ["totp"]); return 1;');
        try {
            $browser = new Browser(static::site());
            $page = $browser->logIn($person);
            self::assertFalse($browser->isSignedIn());
            $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $app->code()] + Browser::fields($page));
            self::assertTrue($browser->counts());
        } finally {
            static::site()->php('delete_option("wp_2fa_stand_in_forbidden"); return 1;');
        }
    }

    /** Its wizard creates a secret for everybody who opens it. */
    public function test_a_secret_from_an_unfinished_wizard_changes_nothing_for_a_user_without_a_factor(): void
    {
        $person = $this->person();
        $this->signIn($person);
        static::site()->php('update_user_meta((int) $argv[1], "wp_2fa_totp_key", "lsc_" . base64_encode(random_bytes(48))); return 1;', [(string) $person->id]);
        self::assertSame($person->id, $this->whoIs($person->token));
        self::assertSame([], static::site()->php('return get_user_meta((int) $argv[1], "_sallyport_state");', [(string) $person->id]));
    }

    /** It signs in whoever has its nonce and a code, without a password, and without its form. */
    public function test_its_rest_route_yields_no_proof(): void
    {
        [$person] = $this->theirs();
        static::site()->php(
            'wp_mkdir_p(WPMU_PLUGIN_DIR); file_put_contents(WPMU_PLUGIN_DIR . "/route.php", $argv[1]); return 1;',
            ['<?php add_action("rest_api_init", fn () => register_rest_route("stand-in/v1", "/login/(?P<id>\d+)", ["methods" => "POST", "permission_callback" => "__return_true", "callback" => function ($request) { wp_set_auth_cookie((int) $request["id"]); do_action("wp_2fa_user_authenticated", get_userdata((int) $request["id"])); return true; }]));'],
        );
        try {
            foreach ([[], ['wp-auth-id' => $person->id, 'wp-auth-nonce' => 'x', 'provider' => 'totp']] as $form) {
                $browser = new Browser(static::site());
                $answer = $browser->send('POST', "/wp-json/stand-in/v1/login/$person->id" . ($form === [] ? '' : '?' . http_build_query($form)));
                self::assertSame('true', $answer->body);
                self::assertTrue($browser->isSignedIn(), 'there is a cookie');
                self::assertFalse($browser->counts(), 'but it is not accepted');
            }
        } finally {
            static::site()->php('unlink(WPMU_PLUGIN_DIR . "/route.php"); return 1;');
        }
    }

    protected function byMailAlone(Person $person): void
    {
        static::site()->php('update_user_meta((int) $argv[1], "wp_2fa_enabled_methods", "email"); delete_user_meta((int) $argv[1], "wp_2fa_backup_codes"); return 1;', [(string) $person->id]);
    }

    protected function garble(Person $person): void
    {
        static::site()->php('update_user_meta((int) $argv[1], "wp_2fa_totp_key", "lsc_" . base64_encode(random_bytes(48))); return 1;', [(string) $person->id]);
    }
}
