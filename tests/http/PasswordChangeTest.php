<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';

/** A new password ends earlier proofs, and neither removes nor replaces the factor. */
final class PasswordChangeTest extends HttpTestCase
{
    /** A6: OWASP ASVS 5.0, 6.4.3. */
    public function test_a_reset_by_mail_neither_clears_nor_satisfies(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        $this->reset($person, 'a new password of theirs');
        self::refusedCredential('sallyport_token_stale', $this->get('/wp-json/wp/v2/users/me', $person->token));
        self::refused(401, 'sallyport_challenge_gone', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code()]));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status);
    }

    public function test_a_reset_makes_no_session(): void
    {
        $person = $this->enrolled();
        $browser = $this->reset($person, 'another password of theirs');
        self::assertFalse($browser->isSignedIn());
        self::assertSame(302, $browser->send('GET', '/wp-admin/profile.php')->status);
    }

    /** A6: OWASP ASVS 5.0, 6.4.3. */
    public function test_a6_a_plugin_that_signs_in_after_a_reset_signs_nobody_in_who_has_a_factor(): void
    {
        $plugin = static::site()->dir . '/wp-content/mu-plugins/sign-in-after-reset.php';
        static::site()->php('wp_mkdir_p(dirname($argv[1])); file_put_contents($argv[1], "<?php add_action(\"after_password_reset\", function (\$user) { wp_set_current_user(\$user->ID); wp_set_auth_cookie(\$user->ID); }, 99);");', [$plugin]);
        try {
            $plain = $this->person();
            self::assertSame(200, $this->reset($plain, 'another password of theirs')->send('GET', '/wp-admin/profile.php')->status, 'the plugin works');
            $person = $this->enrolled();
            $browser = $this->reset($person, 'another password of theirs');
            self::assertNotSame(200, $browser->send('GET', '/wp-admin/profile.php')->status);
            self::assertNotSame($person->id, $browser->send('GET', '/wp-json/wp/v2/users/me')->json['id'] ?? null);
        } finally {
            static::site()->php('unlink($argv[1]);', [$plugin]);
        }
        $this->challenge($person);
    }

    public function test_a_change_by_an_administrator_ends_tokens_sessions_and_challenges(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $person->app->code()] + Browser::fields($page));
        $nonce = $browser->nonce();
        $challenge = $this->challenge($person);
        $admin = $this->administrator();
        $this->signIn($admin);
        $answer = static::site()->request('POST', "/wp-json/wp/v2/users/$person->id", json: ['password' => 'chosen by somebody else'], bearer: $admin->token);
        self::assertSame(200, $answer->status, (string) $answer);
        $person->password = 'chosen by somebody else';
        self::refusedCredential('sallyport_token_stale', $this->get('/wp-json/wp/v2/users/me', $person->token));
        // Core has ended the session itself, so the nonce is a guest's.
        self::assertSame(403, $browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => $nonce])->status);
        self::assertSame(302, $browser->send('GET', '/wp-admin/profile.php')->status);
        self::refused(401, 'sallyport_challenge_gone', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code(1)]));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
    }

    public function test_ones_own_change_under_a_proof_ends_the_token_it_was_made_with(): void
    {
        $person = $this->enrolled();
        $answer = static::site()->request('POST', '/wp-json/wp/v2/users/me', json: ['password' => 'a fresh one of theirs'], bearer: $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::refusedCredential('sallyport_token_stale', $this->get('/wp-json/wp/v2/users/me', $person->token));
    }

    public function test_a_rehash_at_login_ends_nothing(): void
    {
        $person = $this->enrolled();
        // As imported from an older WordPress; core rehashes it at the next login.
        static::site()->php('global $wpdb; require_once ABSPATH . WPINC . "/class-phpass.php"; $wpdb->update($wpdb->users, ["user_pass" => (new PasswordHash(8, true))->HashPassword($argv[2])], ["ID" => (int) $argv[1]]); clean_user_cache((int) $argv[1]);', [(string) $person->id, $person->password]);
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status);
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    /** Directly in the database, as guides to a hacked site recommend, or while the plugin is inactive: no hook reports it. */
    public function test_a_change_made_in_the_database_ends_refreshing_and_cookies(): void
    {
        [$person, $plain] = [$this->enrolled(), $this->person()];
        $theirs = [$this->logIn($person, ['code' => $person->codes[0]]), $this->logIn($plain)];
        foreach ($theirs as $answer) {
            $kept = $this->post('/token/refresh', ['refresh_token' => $answer->json['refresh_token']]);
            self::assertSame(200, $kept->status, (string) $kept);
            static::site()->php('global $wpdb; $wpdb->update($wpdb->users, ["user_pass" => md5("changed")], ["ID" => (int) $argv[1]]); clean_user_cache((int) $argv[1]);', [(string) $answer->json['user']['ID']]);
            $refused = $this->post('/token/refresh', ['refresh_token' => $kept->json['refresh_token']]);
            self::assertSame('revoked', self::refused(401, 'sallyport_token_invalid', $refused)['reason']);
            self::assertSame(401, $this->get('/wp-json/wp/v2/users/me', $kept->json['token'])->status, 'and its access token ends with it');
        }
    }

    public function test_a_rehash_at_login_ends_no_refreshing_either(): void
    {
        $person = $this->enrolled();
        $answer = $this->logIn($person, ['code' => $person->codes[0]]);
        $older = static::site()->php(
            'global $wpdb; require_once ABSPATH . WPINC . "/class-phpass.php"; $hash = (new PasswordHash(8, true))->HashPassword($argv[2]); $wpdb->update($wpdb->users, ["user_pass" => $hash], ["ID" => (int) $argv[1]]); clean_user_cache((int) $argv[1]); return $hash;',
            [(string) $person->id, $person->password],
        );
        self::sql('UPDATE {families} SET fingerprint = %s WHERE user_id = %d', hash('sha256', "$person->id:$older"), $person->id);
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[1]])->status);
        self::assertNotSame($older, static::site()->php('return get_userdata((int) $argv[1])->user_pass;', [(string) $person->id]), 'core has rehashed it');
        self::assertSame(200, $this->post('/token/refresh', ['refresh_token' => $answer->json['refresh_token']])->status);
    }

    public function test_unexpected_hook_arguments_of_other_plugins_do_no_harm(): void
    {
        $person = $this->person();
        self::assertSame('fine', static::site()->php('$id = (int) $argv[1]; wp_set_password(12345, $id); wp_set_password("x", 99999999); do_action("profile_update", $id); do_action("profile_update", $id, null); return "fine";', [(string) $person->id]));
    }

    /** By the mailed link, as a person does it. */
    private function reset(Person $person, string $password): Browser
    {
        $site = static::site();
        $site->forgetMails();
        $browser = new Browser($site);
        $browser->send('POST', '/wp-login.php?action=lostpassword', ['user_login' => $person->login]);
        $mail = self::decoded(implode('', $site->mails()));
        self::assertSame(1, preg_match('~(/wp-login\.php\?\S*action=rp\S*)~', $mail, $link), $mail);
        $page = $browser->send('GET', $link[1]);
        $page = $browser->send('GET', preg_replace('~^https?://[^/]+~', '', (string) $page->header('location')));
        $fields = Browser::fields($page);
        $done = $browser->send('POST', '/wp-login.php?action=resetpass', ['pass1' => $password, 'pass2' => $password] + $fields);
        self::assertStringContainsString('has been reset', $done->body);
        $person->password = $password;
        return $browser;
    }
}
