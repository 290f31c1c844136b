<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** A shop's login form, its sign-in after a new password, WP-Cron, and the site after Sallyport is deactivated. */
final class ShopDoorsTest extends HttpTestCase
{
    use OwnSite;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return [
            'plugin' => [
                __DIR__ . '/../fixtures/shop',
                __DIR__ . '/../fixtures/switcher',
                __DIR__ . '/../fixtures/jwt-authentication-for-wp-rest-api',
            ],
            'define' => ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET],
        ];
    }

    public function test_its_form_lets_nobody_in_who_has_a_factor(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        foreach ([[], ['sallyport_code' => $person->app->code()]] as $more) {
            $answer = $browser->send('POST', '/', ['woocommerce-login' => 'Log in', 'username' => $person->login, 'password' => $person->password] + $more);
            self::assertStringContainsString('sallyport_second_factor_required', $answer->body);
            self::assertStringContainsString('wp-login.php', $answer->body, 'the refusal links to wp-login.php');
            self::assertFalse($browser->isSignedIn());
        }
        $back = static fn (string $page): int => preg_match(
            '@wp-login\.php\?redirect_to=' . preg_quote(rawurlencode($page), '@') . '"@',
            $browser->send(
                'POST',
                '/',
                ['woocommerce-login' => 'Log in', 'username' => $person->login, 'password' => $person->password],
                ['referer' => $page],
            )->body,
        );
        self::assertSame(1, $back(static::site()->url . '/checkout/?step=2'), 'from the page of the form, and back');
        self::assertSame(0, $back('https://elsewhere.example/checkout/'));
        $plain = $this->person();
        $browser->send('POST', '/', ['woocommerce-login' => 'Log in', 'username' => $plain->login, 'password' => $plain->password]);
        self::assertTrue($browser->isSignedIn());
        self::assertSame(10, strlen($browser->nonce()));
    }

    public function test_a_form_that_a_script_sends_is_told_where_to_go(): void
    {
        $page = static::site()->url . '/basket/';
        $send = static fn (Person $person): mixed => (new Browser(static::site()))->send(
            'POST',
            '/wp-admin/admin-ajax.php',
            ['action' => 'shop_login', 'username' => $person->login, 'password' => $person->password],
            ['referer' => $page],
        )->json;
        self::assertStringContainsString('wp-login.php?redirect_to=' . rawurlencode($page) . '"', $send($this->enrolled())['message']);
        self::assertArrayHasKey('to', $send($this->person()));
    }

    public function test_its_form_leads_a_browser_to_the_second_step_and_back(): void
    {
        $person = $this->enrolled();
        [$browser, $answer] = $this->atItsForm($person, ['rememberme' => 'forever']);
        self::assertSame(302, $answer->status, (string) $answer);
        self::assertFalse($browser->isSignedIn());
        [$step] = array_values(preg_grep('/^sallyport_step_/', $answer->headers['set-cookie']));
        self::assertMatchesRegularExpression('~; path=/wp-login\.php; HttpOnly; SameSite=Lax$~i', $step);
        self::assertStringNotContainsString('spc1_', (string) $answer->header('location'));
        self::assertStringContainsString('no-store', (string) $answer->header('cache-control'));
        $page = $browser->send('GET', $answer->header('location'));
        self::assertSame(200, $page->status);
        self::assertStringContainsString('name="sallyport_code"', $page->body);
        self::assertSame(200, $browser->send('GET', $answer->header('location'))->status, 'and once more, by the button for it');
        $wrong = $this->step($browser, $page, $person->app->wrong());
        self::assertStringContainsString('id="login_error"', $wrong->body);
        $in = $this->step($browser, $wrong, $person->app->code());
        self::assertSame([302, '/my-account/'], [$in->status, $in->header('location')]);
        self::assertStringContainsString('expires=', implode(preg_grep('/^wordpress_logged_in_/', $in->headers['set-cookie'])), 'it is remembered');
        self::assertStringContainsString("Hello $person->login", $browser->send('GET', '/my-account/')->body);
        self::assertSame([], preg_grep('/^sallyport_step_/', array_keys($browser->cookies)));
    }

    public function test_it_leads_to_the_forms_destination_and_nowhere_else(): void
    {
        $url = static::site()->url;
        foreach ([['redirect' => "$url/?basket=1"], ['redirect_to' => '/x?a=%2F&b=c'], ['redirect' => 'https://elsewhere.example/']] as $i => $wanted) {
            $person = $this->enrolled();
            [$browser, $answer] = $this->atItsForm($person, $wanted);
            $in = $this->step($browser, $browser->send('GET', $answer->header('location')), $person->app->code());
            self::assertSame([current($wanted), current($wanted), "$url/wp-admin/"][$i], $in->header('location'));
            self::assertStringNotContainsString('expires=', implode(preg_grep('/^wordpress_logged_in_/', $in->headers['set-cookie'])));
        }
    }

    public function test_a_trusted_device_is_asked_for_no_code_there(): void
    {
        $person = $this->enrolled();
        [$browser, $answer] = $this->atItsForm($person);
        $this->step($browser, $browser->send('GET', $answer->header('location')), $person->app->code(), ['sallyport_trust_device' => '1']);
        $browser->cookies = array_intersect_key($browser->cookies, array_flip(preg_grep('/^sallyport_device_/', array_keys($browser->cookies))));
        self::assertCount(1, $browser->cookies);
        $device = $browser->cookies;
        [, $answer] = $this->atItsForm($person, browser: $browser);
        $in = $browser->send('GET', $answer->header('location'));
        self::assertSame([302, '/my-account/'], [$in->status, $in->header('location')]);
        self::assertTrue($browser->isSignedIn());
        self::assertNotSame($device, array_intersect_key($browser->cookies, $device), 'the device has a new secret');
        self::assertSame(302, (new Browser(static::site()))->send('GET', $answer->header('location'))->status, 'other users have none');
    }

    public function test_the_second_step_is_only_for_the_browser_that_was_sent_there(): void
    {
        $person = $this->enrolled();
        [$browser, $answer] = $this->atItsForm($person);
        [$name] = array_values(preg_grep('/^sallyport_step_/', array_keys($browser->cookies)));
        $at = $answer->header('location');
        $login = static::site()->url . '/wp-login.php?redirect_to=%2Fmy-account%2F';
        foreach ([null, 'x', 'spc1_' . str_repeat('A', 43), $this->challenge($person)] as $secret) { // the last is from another door
            $other = new Browser(static::site());
            $secret === null || $other->cookies[$name] = $secret;
            self::assertSame([302, $login], [$other->send('GET', $at)->status, $other->send('GET', $at)->header('location')], (string) $secret);
        }
        $spent = $browser->cookies[$name];
        $this->step($browser, $browser->send('GET', $at), $person->app->code());
        self::assertTrue($browser->isSignedIn());
        $again = new Browser(static::site());
        $again->cookies[$name] = $spent;
        self::assertSame($login, $again->send('GET', $at)->header('location'), 'it has expired');
    }

    public function test_a_request_that_is_no_page_navigation_is_refused_as_before(): void
    {
        $person = $this->enrolled();
        $login = ['woocommerce-login' => 'Log in', 'username' => $person->login, 'password' => $person->password];
        foreach ([['sec-fetch-dest' => 'empty'], ['sec-fetch-dest' => 'iframe'], []] as $said) {
            $answer = static::site()->request('POST', '/', form: $login, headers: $said);
            self::assertSame(200, $answer->status);
            self::assertStringContainsString('sallyport_second_factor_required', $answer->body);
        }
        foreach (['/wp-json/switcher/v1/sign-on', '/wp-json/switcher/v1/password'] as $route) {
            $answer = static::site()->request('POST', $route, json: ['username' => $person->login, 'password' => $person->password], headers: self::WAITS_FOR_A_PAGE);
            self::assertSame('sallyport_second_factor_required', $answer->json['code'] ?? null, (string) $answer);
        }
    }

    public function test_a_user_who_must_enrol_is_led_to_the_enrolment_page(): void
    {
        $person = $this->person();
        static::site()->plugin('$plugin->policy_option()->change_site(static fn () => ["users" => [(int) $argv[1] => "required"], "since" => ["user:$argv[1]" => 1], "grace_days" => 0]);', [(string) $person->id]);
        [$browser, $answer] = $this->atItsForm($person);
        self::assertSame(302, $answer->status, (string) $answer);
        self::assertStringNotContainsString('spe1_', (string) $answer->header('location'));
        $page = $browser->send('GET', $answer->header('location'));
        self::assertSame(200, $page->status);
        self::assertStringContainsString('name="sallyport_enrolment"', $page->body);
        self::assertFalse($browser->isSignedIn());
    }

    /** A page that a plugin uses instead of wp-login.php: browsers that do not say what they wait for are also led on from there. */
    public function test_a_page_in_place_of_wp_login_leads_to_the_second_step(): void
    {
        foreach ([[], self::WAITS_FOR_A_PAGE] as $headers) {
            $person = $this->enrolled();
            $browser = new Browser(static::site());
            $send = static fn (array $headers): Response => $browser->send('POST', '/log-in/', ['log' => $person->login, 'pwd' => $person->password], $headers);
            $refused = $send(['sec-fetch-dest' => 'empty']);
            self::assertSame([200, false], [$refused->status, $browser->isSignedIn()]);
            self::assertStringContainsString('A second factor is required', $refused->body);
            $answer = $send($headers);
            self::assertSame([302, '/wp-login.php'], [$answer->status, parse_url((string) $answer->header('location'), PHP_URL_PATH)], (string) $answer);
            [[, $cookie]] = $answer->cookies('sallyport_step_');
            self::assertSame('/wp-login.php', $cookie['path']);
            $in = $this->step($browser, $browser->send('GET', $answer->header('location')), $person->app->code());
            self::assertSame(302, $in->status, (string) $in);
            self::assertTrue($browser->counts());
        }
        $plain = $this->person();
        self::assertSame(
            static::site()->url . '/my-account/',
            (new Browser(static::site()))->send(
                'POST',
                '/log-in/',
                ['log' => $plain->login, 'pwd' => $plain->password],
            )->header('location'),
        );
    }

    public function test_the_reason_why_an_enrolment_cannot_begin_is_shown(): void
    {
        $person = $this->person('administrator');
        static::site()->plugin('$plugin->policy_option()->change_site(static fn () => ["users" => [(int) $argv[1] => "required"], "since" => ["user:$argv[1]" => 1], "grace_days" => 0]);', [(string) $person->id]);
        self::mailBroken(true);
        try {
            [$browser, $answer] = $this->atItsForm($person);
            $page = $browser->send('GET', $answer->header('location'));
            self::assertStringContainsString('The email could not be sent', $page->body);
            self::assertStringNotContainsString('we sent a link', $page->body);
        } finally {
            self::mailBroken(false);
        }
        self::renameTable('enrolment_tokens', 'away');
        try {
            $answer = $this->atItsForm($person)[1];
            self::assertStringContainsString('sallyport_unavailable', $answer->body, (string) $answer);
        } finally {
            self::renameTable('away', 'enrolment_tokens');
        }
    }

    public function test_the_cookie_after_a_reset_is_not_accepted_for_an_enrolled_user(): void
    {
        foreach ([[$this->enrolled(), 0], [$this->person(), 1]] as [$person, $in]) {
            $key = static::site()->php('return get_password_reset_key(get_userdata((int) $argv[1]));', [(string) $person->id]);
            $browser = new Browser(static::site());
            $answer = $browser->send(
                'POST',
                '/',
                [
                    'wc_reset_password' => 'true',
                    'reset_key' => $key,
                    'reset_login' => $person->login,
                    'password_1' => "another $person->password",
                ],
            );
            self::assertSame($in * $person->id, $answer->json['user'], (string) $answer);
            self::assertTrue($browser->isSignedIn(), 'the plugin sets it');
            self::assertTrue(static::site()->plugin('return $plugin->proven_emails()->is_proven((int) $argv[1]);', [(string) $person->id]), 'whoever has the key has read the mail');
            self::assertSame($in * 10, strlen($in === 0 ? trim($browser->nonce(), '0') : $browser->nonce()));
        }
    }

    public function test_customers_kept_out_of_wp_admin_are_led_to_their_account(): void
    {
        $browser = $this->signedIn($this->enrolled());
        $to = static fn (string $path): ?string => $browser->send('GET', $path)->header('location');
        self::assertSame(static::site()->url . '/my-account/?sallyport-security=1', $to('/wp-admin/profile.php?page=sallyport-security'), 'as mails link to it');
        self::assertSame(static::site()->url . '/my-account/', $to('/wp-admin/profile.php'));
    }

    public function test_cron_jobs_that_act_as_a_user_keep_working(): void
    {
        $person = $this->enrolled();
        static::site()->php('update_option("shop_as", (int) $argv[1]); wp_schedule_single_event(time() - 1, "shop_cron");', [(string) $person->id]);
        static::site()->request('GET', '/wp-cron.php?doing_wp_cron');
        for ($end = microtime(true) + 10; static::site()->php('return (int) get_option("shop_was");') === 0 && microtime(true) < $end;); // It answers before it starts its work.
        self::assertSame($person->id, static::site()->php('return (int) get_option("shop_was");'));
        static::site()->php('update_option("shop_was", 0); do_action("shop_cron");');
        self::assertSame($person->id, static::site()->php('return (int) get_option("shop_was");'), 'and on the command line');
    }

    private const WAITS_FOR_A_PAGE = ['sec-fetch-dest' => 'document'];

    /** @param array<string, string> $more @return array{Browser, Response} what a browser is answered that sends the form of the account page */
    private function atItsForm(Person $person, array $more = [], ?Browser $browser = null): array
    {
        $browser ??= new Browser(static::site());
        $fields = Browser::fields($browser->send('GET', '/my-account/'));
        self::assertSame('/my-account/', $fields['_wp_http_referer'] ?? null);
        unset($fields['rememberme']);
        return [
            $browser,
            $browser->send(
                'POST',
                '/my-account/',
                $more + ['woocommerce-login' => 'Log in', 'username' => $person->login, 'password' => $person->password] + $fields,
                self::WAITS_FOR_A_PAGE,
            ),
        ];
    }

    /** @param array<string, string> $more */
    private function step(Browser $browser, Response $page, string $code, array $more = []): Response
    {
        return $browser->send('POST', '/wp-login.php?action=sallyport', $more + ['sallyport_code' => $code] + Browser::fields($page));
    }

    /** Must be the last test: it removes Sallyport. */
    public function test_deactivating_sallyport_leaves_other_plugins_unchanged(): void
    {
        $person = $this->enrolled();
        $login = ['username' => $person->login, 'password' => $person->password];
        $token = fn (): int => static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: $login)->status;
        self::assertSame(401, $token());
        $browser = $this->signedIn($person);
        static::site()->php('deactivate_plugins("sallyport/sallyport.php", false, is_multisite());');
        try {
            $answer = static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: $login);
            self::assertSame([200, ['token', 'user_email', 'user_nicename', 'user_display_name']], [$answer->status, array_keys($answer->json)]);
            self::assertSame($person->id, $this->whoIs($answer->json['token']));
            self::assertSame(10, strlen($browser->nonce()), 'a browser stays signed in');
            self::assertSame(404, $this->post('/token', $login)->status);
            $browser = new Browser(static::site());
            $browser->logIn($person);
            self::assertSame(10, strlen($browser->nonce()));
            self::assertSame([0, 0], static::site()->php('return [(int) wp_next_scheduled("sallyport_housekeeping"), (int) has_filter("authenticate", "sallyport")];'));
        } finally {
            static::site()->php('activate_plugin("sallyport/sallyport.php", "", is_multisite());');
        }
        self::assertSame(401, $token());
    }
}
