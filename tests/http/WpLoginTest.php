<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/** wp-login.php without JavaScript: the password, then one field. */
final class WpLoginTest extends HttpTestCase
{
    private const STEP = '/wp-login.php?action=sallyport';

    public function test_the_password_leads_to_a_form_of_one_field_and_no_cookie(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        self::assertSame(200, $page->status);
        self::assertFalse($browser->isSignedIn());
        self::assertArrayNotHasKey('location', $page->headers);
        self::assertStringContainsString('no-store', (string) $page->header('cache-control'), 'from core, and before 6.8 from us');
        $fields = Browser::fields($page);
        self::assertMatchesRegularExpression(self::CHALLENGE, $fields['sallyport_challenge']);
        self::assertSame(1, preg_match_all('/<input type="(?:text|password|number|tel)"/', $page->body));
        self::assertStringContainsString('autocomplete="one-time-code"', $page->body);
        self::assertStringContainsString('<label for="sallyport_code">', $page->body);
        self::assertStringContainsString('Signing in as <bdi>' . $person->login[0] . '***</bdi>.', $page->body);
        self::assertStringNotContainsString($person->login, $page->body);
        self::assertStringNotContainsString($person->password, $page->body);
        self::assertStringNotContainsString('name="pwd"', $page->body);
    }

    public function test_a_wrong_code_shows_the_same_form_with_an_error(): void
    {
        [$person, $browser, $page] = $this->begun();
        $first = Browser::fields($page);
        self::assertStringContainsString(' aria-describedby="sallyport-help" required', $page->body);
        $page = $this->step($browser, $page, $person->app->wrong());
        self::assertStringContainsString('id="login_error"', $page->body);
        self::assertStringContainsString(' aria-describedby="login_error sallyport-help" aria-invalid="true" required', $page->body);
        self::assertSame($first['sallyport_challenge'], Browser::fields($page)['sallyport_challenge']);
        self::assertSame('', Browser::fields($page)['sallyport_code'], 'what was typed is not shown again');
        self::assertFalse($browser->isSignedIn());
        self::assertSame(302, $this->step($browser, $page, $person->app->code())->status);
        self::assertTrue($browser->isSignedIn());
    }

    public function test_a_missing_code_shows_the_form_again(): void
    {
        [$person, $browser, $page] = $this->begun();
        $page = $browser->send('POST', self::STEP, ['sallyport_challenge' => Browser::fields($page)['sallyport_challenge']]);
        self::assertFalse($browser->isSignedIn());
        self::assertArrayHasKey('sallyport_challenge', Browser::fields($page));
    }

    /** @dataProvider nonsense */
    public function test_an_empty_code_shows_the_form_again(mixed $code): void
    {
        [$person, $browser, $page] = $this->begun();
        $page = $browser->send('POST', self::STEP, ['sallyport_code' => $code] + Browser::fields($page));
        self::assertSame(200, $page->status);
        self::assertStringContainsString('id="login_error"', $page->body);
        self::assertSame(302, $this->step($browser, $page, $person->app->code())->status);
        self::assertTrue($browser->isSignedIn());
    }

    /** @return array<string, array{mixed}> */
    public static function nonsense(): array
    {
        return ['empty' => [''], 'a blank' => [' '], 'a list' => [['123456']], 'long' => [str_repeat('1', 1000)], 'NUL' => ["123\0456"], 'no UTF-8' => ["\xff\xfe"]];
    }

    public function test_the_right_code_signs_in_and_wp_admin_opens(): void
    {
        [$person, $browser, $page] = $this->begun();
        $answer = $this->step($browser, $page, $person->app->code());
        self::assertSame(302, $answer->status);
        self::assertStringEndsWith('/wp-admin/profile.php', $answer->header('location'), 'a subscriber');
        self::assertTrue($browser->isSignedIn());
        $admin = $browser->send('GET', '/wp-admin/profile.php');
        self::assertSame(200, $admin->status);
        self::assertStringContainsString($person->email, $admin->body);
        foreach ($answer->headers['set-cookie'] as $cookie) {
            self::assertStringNotContainsString('expires=', $cookie, 'a session cookie: not remembered');
        }
    }

    public function test_a_backup_code_does_too(): void
    {
        [$person, $browser, $page] = $this->begun();
        $this->step($browser, $page, $person->codes[0]);
        self::assertTrue($browser->isSignedIn());
    }

    public function test_redirect_to_is_kept_and_checked(): void
    {
        $site = static::site();
        foreach ([
            "$site->url/wp-admin/users.php?x=1&y=a%2Fb" => "$site->url/wp-admin/users.php?x=1&y=a%2Fb",
            'https://evil.example/' => "$site->url/wp-admin/",
            '//evil.example/' => "$site->url/wp-admin/",
        ] as $asked => $expected) {
            [$person, $browser, $page] = $this->begun(['redirect_to' => $asked]);
            self::assertSame($asked, Browser::fields($page)['redirect_to']);
            $page = $this->step($browser, $page, $person->app->wrong());
            self::assertSame($asked, Browser::fields($page)['redirect_to']);
            self::assertSame($expected, $this->step($browser, $page, $person->app->code())->header('location'));
        }
    }

    public function test_without_a_destination_core_decides_where_to_go(): void
    {
        $site = static::site();
        foreach (['subscriber' => '/wp-admin/profile.php', 'editor' => '/wp-admin/'] as $role => $expected) {
            foreach (['', "$site->url/wp-admin/"] as $asked) {
                [$person, $browser, $page] = $this->begun(['redirect_to' => $asked], $role);
                self::assertSame($site->url . $expected, $this->step($browser, $page, $person->app->code())->header('location'));
            }
        }
    }

    /** Nobody is signed in by it: the user will not be asked for a code, and none is spent. */
    public function test_a_browser_that_keeps_no_cookie_is_told_so_by_core(): void
    {
        $browser = new Browser(static::site());
        $browser->cookies = [];
        $page = $browser->logIn($this->enrolled());
        self::assertStringContainsString('Cookies are blocked or not supported by your browser.', strip_tags($page->body));
        self::assertStringNotContainsString('sallyport_challenge', $page->body);
        self::assertFalse($browser->isSignedIn());
    }

    public function test_remember_me_is_kept(): void
    {
        [$person, $browser, $page] = $this->begun(['rememberme' => 'forever']);
        $page = $this->step($browser, $page, $person->app->wrong());
        $answer = $this->step($browser, $page, $person->app->code());
        $cookies = preg_grep('/^wordpress_logged_in_/', $answer->headers['set-cookie']);
        self::assertSame(1, preg_match('/expires=([^;]+)/', implode($cookies), $match));
        self::assertEqualsWithDelta(time() + 14 * 86400, strtotime($match[1]), 86400);
    }

    public function test_all_input_is_escaped_when_printed(): void
    {
        [$person, $browser, $page] = $this->begun(['redirect_to' => '"><script>alert(1)</script>']);
        self::assertStringNotContainsString('<script>alert(1)', $page->body);
        $page = $this->step($browser, $page, '"><script>alert(1)</script>');
        self::assertStringNotContainsString('<script>alert(1)', $page->body);
        $page = $browser->send('POST', self::STEP, ['sallyport_challenge' => '"><script>alert(1)</script>', 'sallyport_code' => '123456']);
        self::assertStringNotContainsString('<script>alert(1)', $page->body);
    }

    public function test_the_second_step_without_the_first_leads_back_to_the_login(): void
    {
        $browser = new Browser(static::site());
        $answer = $browser->send('GET', self::STEP);
        self::assertSame(302, $answer->status);
        self::assertStringContainsString('/wp-login.php', $answer->header('location'));
        foreach (['', 'spc1_' . str_repeat('A', 43)] as $challenge) {
            $page = $browser->send('POST', self::STEP, ['sallyport_challenge' => $challenge, 'sallyport_code' => '123456']);
            self::assertSame(200, $page->status);
            self::assertArrayNotHasKey('sallyport_code', Browser::fields($page));
            self::assertStringContainsString('Start again', $page->body);
        }
        self::assertFalse($browser->isSignedIn());
    }

    public function test_a_code_in_the_address_is_refused(): void
    {
        [$person, $browser, $page] = $this->begun();
        $code = $person->app->code();
        $page = $browser->send('POST', self::STEP . "&sallyport_code=$code", array_diff_key(Browser::fields($page), ['sallyport_code' => '']));
        self::assertFalse($browser->isSignedIn());
        $this->step($browser, $page, $code);
        self::assertTrue($browser->isSignedIn(), 'and not spent');
    }

    public function test_a_challenge_of_this_form_is_useless_over_rest(): void
    {
        [$person, $browser, $page] = $this->begun();
        $challenge = Browser::fields($page)['sallyport_challenge'];
        $code = $person->app->code();
        foreach (['/challenge/verify', '/token', '/two-factor/verify-totp'] as $route) {
            $data = self::refused(400, 'sallyport_wrong_door', $this->post($route, ['challenge' => $challenge, 'code' => $code]));
            self::assertSame('wordpress', $data['issuer']);
        }
        self::assertSame(302, $this->step($browser, $page, $code)->status, 'nothing was spent');
    }

    public function test_a_challenge_of_rest_is_useless_here(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        $browser = new Browser(static::site());
        $code = $person->app->code();
        $browser->send('POST', self::STEP, ['sallyport_challenge' => $challenge, 'sallyport_code' => $code]);
        self::assertFalse($browser->isSignedIn());
        self::assertSame(200, $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code])->status, 'nothing was spent');
    }

    public function test_a_site_can_say_where_to_get_help(): void
    {
        $plugin = static::site()->dir . '/wp-content/mu-plugins/help.php';
        file_put_contents($plugin, '<?php add_filter("sallyport_lost_help", static fn ($html, $id) => "Call <a href=\"https://help.example/?u=$id\" onclick=\"x()\">us</a><script>y()</script>", 10, 2);');
        try {
            [$person, , $page] = $this->begun();
            self::assertStringContainsString('<p id="nav">Call <a href="https://help.example/?u=' . $person->id . '">us</a>y()</p>', $page->body);
        } finally {
            unlink($plugin);
        }
    }

    public function test_five_wrong_codes_end_it(): void
    {
        [$person, $browser, $page] = $this->begun();
        $fields = Browser::fields($page);
        self::assertStringContainsString('Lost your phone and your backup codes? Ask an administrator of this site for help.', $page->body);
        self::assertStringNotContainsString('left.', $page->body);
        foreach (['4 attempts left.', '3 attempts left.', '2 attempts left.', '1 attempt left.'] as $left) {
            $page = $browser->send('POST', self::STEP, ['sallyport_code' => $person->app->wrong()] + $fields);
            self::assertStringContainsString("already been used. $left", $page->body);
            self::assertStringContainsString('Lost your phone and your backup codes?', $page->body);
        }
        $page = $browser->send('POST', self::STEP, ['sallyport_code' => $person->app->wrong()] + $fields);
        self::assertArrayNotHasKey('sallyport_challenge', Browser::fields($page));
        self::assertStringContainsString('That was the last attempt for this sign-in.', $page->body);
        self::assertStringContainsString('Start again', $page->body);
        $browser->send('POST', self::STEP, ['sallyport_code' => $person->app->code()] + $fields);
        self::assertFalse($browser->isSignedIn());
    }

    public function test_the_locking_code_shows_the_wait_and_the_tries_left_are_never_overstated(): void
    {
        [$person, $browser, $page] = $this->begun();
        for ($i = 0; $i < 8; $i++) {
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        }
        $page = $this->step($browser, $page, $person->app->wrong());
        self::assertStringContainsString('1 attempt left.', $page->body);
        $page = $this->step($browser, $page, $person->app->wrong());
        self::assertMatchesRegularExpression('/second step is locked for a while\. Try again in 1[45] minutes\./', $page->body);
        self::assertStringNotContainsString('last attempt', $page->body);
        self::assertArrayNotHasKey('sallyport_challenge', Browser::fields($page));
        self::assertStringContainsString('Start again', $page->body);
        self::assertCount(0, self::activity($person->id, 'second_step_locked'), 'every code was checked');

        $stranger = new Browser(static::site());
        $person->password = 'not theirs';
        self::assertStringNotContainsString('locked', $stranger->logIn($person)->body);
    }

    public function test_the_code_beside_the_password_does_not_skip_the_form(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $browser->logIn($person, ['sallyport_challenge' => 'x', 'action' => 'login']);
        self::assertFalse($browser->isSignedIn());
    }

    public function test_people_without_a_factor_see_no_form(): void
    {
        $person = $this->person();
        $browser = new Browser(static::site());
        $answer = $browser->logIn($person);
        self::assertSame(302, $answer->status);
        self::assertTrue($browser->isSignedIn());
    }

    public function test_a_wrong_password_is_reported_as_before(): void
    {
        $person = $this->enrolled();
        $person->password = 'not theirs';
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        self::assertSame(200, $page->status);
        self::assertArrayHasKey('pwd', Browser::fields($page));
        self::assertArrayNotHasKey('sallyport_challenge', Browser::fields($page));
    }

    /** @param array<string, string> $more @return array{Person, Browser, Response} */
    private function begun(array $more = [], string $role = 'subscriber'): array
    {
        $person = $this->enrolled($role);
        $browser = new Browser(static::site());
        return [$person, $browser, $browser->logIn($person, $more)];
    }

    private function step(Browser $browser, Response $page, string $code): Response
    {
        return $browser->send('POST', self::STEP, ['sallyport_code' => $code] + Browser::fields($page));
    }
}
