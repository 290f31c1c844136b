<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** A shop's log-in, its sign-in after a new password, WP-Cron, and what is left when Sallyport goes. */
final class ShopDoorsTest extends HttpTestCase
{
    use OwnSite;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return ['plugin' => [__DIR__ . '/../fixtures/shop', __DIR__ . '/../fixtures/jwt-authentication-for-wp-rest-api'], 'define' => ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET]];
    }

    public function test_its_form_lets_nobody_in_who_has_a_factor(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        foreach ([[], ['sallyport_code' => $person->app->code()]] as $more) {
            $answer = $browser->send('POST', '/', ['woocommerce-login' => 'Log in', 'username' => $person->login, 'password' => $person->password] + $more);
            self::assertStringContainsString('sallyport_second_factor_required', $answer->body);
            self::assertStringContainsString('wp-login.php', $answer->body, 'where to go');
            self::assertFalse($browser->isSignedIn());
        }
        $back = static fn (string $page): int => preg_match('@wp-login\.php\?redirect_to=' . preg_quote(rawurlencode($page), '@') . '"@', $browser->send('POST', '/', ['woocommerce-login' => 'Log in', 'username' => $person->login, 'password' => $person->password], ['referer' => $page])->body);
        self::assertSame(1, $back(static::site()->url . '/checkout/?step=2'), 'from where the form stands, and back');
        self::assertSame(0, $back('https://elsewhere.example/checkout/'));
        $plain = $this->person();
        $browser->send('POST', '/', ['woocommerce-login' => 'Log in', 'username' => $plain->login, 'password' => $plain->password]);
        self::assertTrue($browser->isSignedIn());
        self::assertSame(10, strlen($browser->nonce()));
    }

    public function test_a_cookie_after_a_new_password_counts_for_nobody_who_has_a_factor(): void
    {
        foreach ([[$this->enrolled(), 0], [$this->person(), 1]] as [$person, $in]) {
            $key = static::site()->php('return get_password_reset_key(get_userdata((int) $argv[1]));', [(string) $person->id]);
            $browser = new Browser(static::site());
            $answer = $browser->send('POST', '/', ['wc_reset_password' => 'true', 'reset_key' => $key, 'reset_login' => $person->login, 'password_1' => "another $person->password"]);
            self::assertSame($in * $person->id, $answer->json['user'], (string) $answer);
            self::assertTrue($browser->isSignedIn(), 'the plugin sets it');
            self::assertTrue(static::site()->plugin('return $plugin->proven_emails()->is_proven((int) $argv[1]);', [(string) $person->id]), 'who has the key has read the mail');
            self::assertSame($in * 10, strlen($in === 0 ? trim($browser->nonce(), '0') : $browser->nonce()));
        }
    }

    public function test_whom_a_shop_keeps_out_of_wp_admin_it_leads_to_their_account(): void
    {
        $browser = $this->signedIn($this->enrolled());
        $to = static fn (string $path): ?string => $browser->send('GET', $path)->header('location');
        self::assertSame(static::site()->url . '/my-account/?sallyport-security=1', $to('/wp-admin/profile.php?page=sallyport-security'), 'as mails link to it');
        self::assertSame(static::site()->url . '/my-account/', $to('/wp-admin/profile.php'));
    }

    public function test_what_cron_does_as_somebody_goes_on(): void
    {
        $person = $this->enrolled();
        static::site()->php('update_option("shop_as", (int) $argv[1]); wp_schedule_single_event(time() - 1, "shop_cron");', [(string) $person->id]);
        static::site()->request('GET', '/wp-cron.php?doing_wp_cron');
        for ($end = microtime(true) + 10; static::site()->php('return (int) get_option("shop_was");') === 0 && microtime(true) < $end;); // It answers before it does anything.
        self::assertSame($person->id, static::site()->php('return (int) get_option("shop_was");'));
        static::site()->php('update_option("shop_was", 0); do_action("shop_cron");');
        self::assertSame($person->id, static::site()->php('return (int) get_option("shop_was");'), 'and on the command line');
    }

    /** Last: Sallyport is away after it. */
    public function test_when_sallyport_goes_the_others_are_as_they_were(): void
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
