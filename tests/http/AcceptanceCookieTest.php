<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/** Cookies from before enrolment, or of a door that asked for no code, make nobody count as an enrolled user. */
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

    public function test_an_old_cookie_without_a_nonce_is_nobody(): void
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

    public function test_an_old_cookie_is_refused_even_if_its_session_came_back(): void
    {
        [$person, $browser, $nonce, $sessions] = $this->cookieFromBefore();
        // Another plugin, or a late cache fill, puts the old session records back.
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

    public function test_a_cookie_given_by_a_door_that_asked_for_no_password_is_nothing(): void
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

    public function test_a_cookie_of_somebody_without_a_factor_is_as_it_was(): void
    {
        $person = $this->person();
        $browser = new Browser(static::site());
        $answer = $browser->logIn($person);
        self::assertSame(302, $answer->status);
        self::assertSame($person->id, $browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => $browser->nonce()])->json['id']);
        self::assertSame(0, $browser->send('GET', '/wp-json/switcher/v1/who')->json['user']);
    }

    /** @return array{Person, Browser, string, array<mixed>} and the session records as they were; sessions are put back, so that the proof alone decides */
    private function cookieFromBefore(string $role = 'subscriber'): array
    {
        $person = $this->person($role);
        $browser = new Browser(static::site());
        $browser->logIn($person);
        $nonce = $browser->nonce();
        $sessions = static::site()->php('return get_user_meta((int) $argv[1], "session_tokens", true);', [(string) $person->id]);
        $this->signIn($person);
        $this->enrol($person);
        // Core's own end of the session would hide what acceptance does.
        static::site()->php('update_user_meta((int) $argv[1], "session_tokens", json_decode($argv[2], true));', [(string) $person->id, json_encode($sessions)]);
        return [$person, $browser, $nonce, $sessions];
    }
}
