<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Elsewhere;
use Sallyport\Tests\Person;

require_once __DIR__ . '/OtherPluginTestCase.php';

/** Users of Two Factor. */
final class TwoFactorPluginTest extends OtherPluginTestCase
{
    protected const FACTOR = 'two_factor';
    protected const PLUGIN = Elsewhere::TWO_FACTOR;
    protected const ENABLED = '_two_factor_enabled_providers';
    protected const TURN_ON = 'update_user_meta(get_current_user_id(), "_two_factor_enabled_providers", ["Two_Factor_Email"]);';
    protected const BACKUP = ['two-factor-backup-code', 'Two_Factor_Backup_Codes'];
    protected const CODES = '_two_factor_backup_codes';
    protected const TOTP = 'Two_Factor_Totp';

    /** Two Factor stamps a session that it verified, and the session in which it was turned on. */
    public function test_a_session_they_verified_counts_if_older_than_us_but_not_than_the_epoch(): void
    {
        [$person, $app] = $this->theirs();
        self::sql("DELETE FROM {usermeta} WHERE meta_key = '_sallyport_state' AND user_id = %d", $person->id);
        $session = fn (int $age): string => static::site()->php(<<<'PHP'
            add_filter('attach_session_information', static fn (array $session): array => ['two-factor-login' => time() - (int) $argv[2], 'two-factor-provider' => 'Two_Factor_Totp'] + $session);
            $token = WP_Session_Tokens::get_instance((int) $argv[1])->create(time() + 900);
            return LOGGED_IN_COOKIE . '=' . rawurlencode(wp_generate_auth_cookie((int) $argv[1], time() + 900, 'logged_in', $token));
            PHP, [(string) $person->id, (string) $age]);
        $counts = fn (string $cookie): bool => preg_match(
            '/\A[0-9a-f]{10}\z/',
            static::site()->request('GET', '/wp-admin/admin-ajax.php?action=rest-nonce', headers: ['cookie' => $cookie])->body,
        ) === 1;
        self::assertTrue($counts($session(3600)), 'from before the first epoch');
        $person->changePassword('another password of theirs');
        self::assertFalse($counts($session(3600)), 'from before this one');
        self::assertTrue($counts($session(-1)), 'since');
    }

    /** By the route that its own screen calls, which does not stamp the session. */
    public function test_setting_up_an_app_on_its_own_screen_keeps_the_session(): void
    {
        if (!getenv('SALLYPORT_TWO_FACTOR')) {
            self::markTestSkipped('the stand-in has no such route');
        }
        $person = $this->person();
        $browser = new Browser(static::site());
        $browser->logIn($person);
        $app = new \Sallyport\Tests\Totp('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
        $set_up = ['user_id' => $person->id, 'key' => $app->secret, 'code' => $app->code(-1), 'enable_provider' => true];
        $answer = $browser->send('POST', '/wp-json/two-factor/1.0/totp', headers: ['x-wp-nonce' => $browser->nonce()], json: $set_up);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertTrue($browser->counts());
        self::assertSame($person->id, $this->whoIs($this->proven($person, $app->code())));
        self::assertSame(['imported', 0], $this->import($person));
        self::assertSame(['undone', 0], $this->undo($person));
        self::assertSame($person->id, $this->whoIs($this->proven($person, $app->code(1))));
    }

    /** Its text counts from a wrong code that was entered there, and there may be none. */
    public function test_their_form_tells_a_locked_account_for_how_long(): void
    {
        [$person, $app] = $this->theirs();
        [$browser, $page] = $this->atTheirForm($person);
        for ($i = 0; $i < 10; $i++) {
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $app->app->wrong()]));
        }
        $page = $this->sendForm($browser, $page, $app->code());
        self::assertSame(200, $page->status, (string) $page);
        self::assertMatchesRegularExpression('/try again in 15 min/', $page->body);
        self::assertFalse($browser->isSignedIn());
        self::sql('DELETE FROM {throttle} WHERE failures = %d', 10);
    }

    public function test_their_form_refuses_a_code_that_cannot_be_counted(): void
    {
        [$person, $app] = $this->theirs();
        [$browser, $page] = $this->atTheirForm($person);
        self::renameTable('throttle', 'throttle_away');
        try {
            $page = $this->sendForm($browser, $page, $app->code());
        } finally {
            self::renameTable('throttle_away', 'throttle');
        }
        self::assertSame(200, $page->status, (string) $page);
        self::assertStringContainsString('try again in', $page->body);
        self::assertFalse($browser->isSignedIn());
    }

    public function test_a_user_whose_methods_are_gone_is_refused(): void
    {
        [$person, $app] = $this->theirs();
        static::site()->php(<<<'PHP'
            wp_mkdir_p(WPMU_PLUGIN_DIR);
            file_put_contents(WPMU_PLUGIN_DIR . '/gone.php', '<?php add_filter("two_factor_providers_for_user", "__return_empty_array", 99); add_filter("two_factor_providers", "__return_empty_array", 99);');
            return 1;
            PHP);
        try {
            $answer = $this->logIn($person, ['code' => $app->code()]);
            self::assertGreaterThanOrEqual(400, $answer->status, (string) $answer);
            self::assertArrayNotHasKey('token', (array) $answer->json);
        } finally {
            static::site()->php('unlink(WPMU_PLUGIN_DIR . "/gone.php"); return 1;');
        }
        $this->proven($person, $app->code());
    }

    protected function byMailAlone(Person $person): void
    {
        static::site()->php('update_user_meta((int) $argv[1], "_two_factor_enabled_providers", ["Two_Factor_Email"]); delete_user_meta((int) $argv[1], "_two_factor_provider"); return 1;', [(string) $person->id]);
    }

    protected function garble(Person $person): void
    {
        static::site()->php('update_user_meta((int) $argv[1], "_two_factor_totp_key", "not base32!"); return 1;', [(string) $person->id]);
    }
}
