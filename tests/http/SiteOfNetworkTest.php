<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/TwoSites.php';

/** Settings and failures of one site of a network, and the users and limits that all sites share. */
final class SiteOfNetworkTest extends HttpTestCase
{
    use TwoSites;

    private const ITS_PAGE = 'https://theirs.example/new-password';
    private const ME = '/wp-json/wp/v2/users/me';

    /** Core refuses users the dashboard of a site to which they do not belong. */
    public function test_a_user_signing_in_at_another_site_of_the_network_is_sent_to_their_own(): void
    {
        $person = $this->enrolled();
        foreach (['/wp-admin/' => $person->app->code(), '/wp-admin/user/' => $person->codes[0]] as $where => $code) { // of the main site, then of no site
            $browser = new Browser(static::site());
            $page = $browser->send(
                'POST',
                '/other/wp-login.php',
                [
                    'log' => $person->login,
                    'pwd' => $person->password,
                    'redirect_to' => static::site()->url . '/other/wp-admin/',
                    'testcookie' => '1',
                ],
            );
            $answer = $browser->send('POST', '/other/wp-login.php?action=sallyport', ['sallyport_code' => $code] + Browser::fields($page));
            self::assertSame(static::site()->url . $where, $answer->header('location'));
            static::site()->php('remove_user_from_blog((int) $argv[1], 1); return 1;', [(string) $person->id]);
        }
    }

    /** An object cache that was not told which groups the network shares stores the users once for each site. */
    public function test_a_factor_counts_everywhere_whatever_a_cache_knows_of_networks(): void
    {
        $dropin = static::site()->dir . '/wp-content/object-cache.php';
        file_put_contents($dropin, str_replace('in_array($group, $this->global, true)', 'false', file_get_contents(__DIR__ . '/../fixtures/object-cache/object-cache.php')));
        try {
            $person = $this->person();
            $password = static::site()->php(
                'add_user_to_blog((int) $argv[1], (int) $argv[2], "subscriber"); return WP_Application_Passwords::create_new_application_password((int) $argv[2], ["name" => "a test"])[0];',
                [(string) self::$other, (string) $person->id],
            );
            $asked = fn (string $site): ?int => $this->get($site . self::ME, headers: $person->basic($password))->json['id'] ?? null;
            self::assertSame([$person->id, $person->id], [$asked(''), $asked('/other')]);
            $this->enrolled($person);
            self::assertSame([null, null], [$asked(''), $asked('/other')]);
        } finally {
            unlink($dropin);
        }
    }

    /** Whoever chooses that page receives the key, and so the password. */
    public function test_a_sites_reset_url_applies_only_to_its_own_members(): void
    {
        [$member, $stranger, $runs] = [$this->person(), $this->person(), $this->person('administrator')];
        $super = $this->person();
        static::site()->php(
            'foreach ([2, 4] as $who) { add_user_to_blog((int) $argv[1], (int) $argv[$who], "subscriber"); } grant_super_admin((int) $argv[5]); return 1;',
            [(string) self::$other, (string) $member->id, (string) $stranger->id, (string) $runs->id, (string) $super->id],
        );
        self::says(self::$other, 'reset_url', self::ITS_PAGE);
        $core = static::site()->url . '/wp-login.php';
        self::assertStringStartsWith(self::ITS_PAGE . '?', $this->linkThere($member));
        self::assertStringStartsWith($core, $this->linkThere($stranger), 'not of that site');
        self::assertStringStartsWith($core, $this->linkThere($runs), 'an administrator of another');
        self::assertStringStartsWith($core, $this->linkThere($super), 'a super admin');
        self::says(1, 'reset_url', self::ITS_PAGE);
        self::assertStringStartsWith($core, $this->linkThere($super, ''), 'of the main site, which others may administer');
        self::says(1, 'reset_url', null);
        self::hold(['reset_url' => 'https://network.example/new-password']);
        try {
            self::assertStringStartsWith('https://network.example/', $this->linkThere($super));
            self::assertStringStartsWith('https://network.example/', $this->linkThere($member));
        } finally {
            self::hold(['reset_url' => null]);
            self::says(self::$other, 'reset_url', null);
        }
    }

    /** Limits are by the client's address, for all sites: whoever lists a proxy decides which address that is. */
    public function test_a_site_lists_no_proxies_of_its_own(): void
    {
        self::says(self::$other, 'trusted_proxies', '127.0.0.1');
        self::says(self::$other, 'proxy_header', 'x-real-ip');
        self::assertSame('127.0.0.1', $this->countedThere());
        self::assertSame('127.0.0.1', $this->countedThere(['x-real-ip' => '203.0.113.8']));
        // Nor does the page offer it.
        $refused = static::site()->plugin('switch_to_blog((int) $argv[1]); try { (new \Sallyport\WP\Gate\SettingEditor($plugin->settings(), $plugin->activity()))->change(["trusted_proxies" => "127.0.0.1"], 0); return ""; } catch (\Sallyport\WP\Refusal $refusal) { return $refusal->reason->value; }', [(string) self::$other]);
        self::assertSame('rest_invalid_param', $refused);
        $admin = $this->person('administrator');
        static::site()->php('add_user_to_blog((int) $argv[1], (int) $argv[2], "administrator"); return 1;', [(string) self::$other, (string) $admin->id]);
        $browser = $this->signedIn($admin);
        $field = static fn (string $site): string => preg_match(
            '/<[^>]*name="setting\[trusted_proxies\]"[^>]*>/',
            $browser->send('GET', "$site/wp-admin/options-general.php?page=sallyport&tab=settings")->body,
            $found,
        )
            ? $found[0]
            : '';
        self::assertStringContainsString('disabled', $field('/other'));
        self::assertStringContainsString('name=', $field(''));
        self::assertStringNotContainsString('disabled', $field(''));
        try {
            self::hold(['trusted_proxies' => ['127.0.0.1']]);
            self::assertSame('203.0.113.9', $this->countedThere(), 'the network’s value applies, with the default header');
            self::hold(['trusted_proxies' => null]);
            self::says(1, 'trusted_proxies', '127.0.0.1');
            self::assertSame('127.0.0.1', $this->countedThere());
            self::assertSame('203.0.113.9', $this->countedThere(site: ''), 'the main site’s value applies there');
        } finally {
            self::hold(['trusted_proxies' => null]);
            self::says(1, 'trusted_proxies', null);
            self::says(self::$other, 'trusted_proxies', null);
            self::says(self::$other, 'proxy_header', null);
            self::forgetFailures();
        }
    }

    /** Otherwise the site's administrator could reach the network behind the server, by a webhook endpoint. */
    public function test_a_site_does_not_open_the_servers_network_to_webhooks(): void
    {
        $allows = static fn (): bool => static::site()->plugin(
            'switch_to_blog((int) $argv[1]); return $plugin->settings()->get("webhook_allow_private");',
            [(string) self::$other],
        );
        self::says(self::$other, 'webhook_allow_private', 'true');
        try {
            self::assertFalse($allows());
            self::hold(['webhook_allow_private' => true]);
            self::assertTrue($allows());
        } finally {
            self::hold(['webhook_allow_private' => null]);
            self::says(self::$other, 'webhook_allow_private', null);
        }
    }

    /** Otherwise the site's administrator could decide whose assertion signs in accounts of the network, also network administrators. */
    public function test_a_site_connects_no_others_but_who_runs_the_network_does(): void
    {
        $page = '/other/wp-admin/options-general.php?page=sallyport&tab=sites';
        $add = ['sallyport_do' => 'add', 'site_key' => 'sister', 'url' => 'https://sister.example', 'allow[exchange]' => '1'];
        $admin = $this->person('administrator');
        static::site()->php('add_user_to_blog((int) $argv[1], (int) $argv[2], "administrator"); return 1;', [(string) self::$other, (string) $admin->id]);
        $connected = fn (): int => static::site()->php('global $wpdb; return (int) $wpdb->get_var("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_sso_sites");');
        $browser = $this->signedIn($this->enrolled($admin));
        $seen = $browser->send('GET', $page)->body;
        self::assertStringContainsString('Only network administrators', $seen);
        self::assertStringNotContainsString('name="site_key"', $seen);
        $nonce = Browser::fields($browser->send('GET', str_replace('sites', 'keys', $page)))['_wpnonce'];
        self::assertStringContainsString('sallyport-error', $browser->send('POST', $page, $add + ['_wpnonce' => $nonce])->body);
        self::assertSame(0, $connected());
        static::site()->php('grant_super_admin((int) $argv[1]); return 1;', [(string) $admin->id]);
        $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => array_shift($admin->codes)] + Browser::fields($browser->logIn($admin)));
        $nonce = Browser::fields($browser->send('GET', $page))['_wpnonce'];
        self::assertStringContainsString('sallyport-secret', $browser->send('POST', $page, $add + ['_wpnonce' => $nonce])->body);
        self::assertSame(1, $connected());
    }

    /** The state that State::raise() leaves if user meta could not be written, on any site. */
    public function test_an_owed_epoch_is_owed_on_every_site_and_stored_once(): void
    {
        $person = $this->enrolled();
        $old = $person->token;
        self::assertSame($person->id, $this->whoIs($old));
        static::site()->plugin('switch_to_blog((int) $argv[2]); $plugin->health()->owe((int) $argv[1], true); return 1;', [(string) $person->id, (string) self::$other]);
        self::refusedCredential('sallyport_token_stale', $this->get(self::ME, $old));
        $new = $this->proven($person, array_shift($person->codes));
        self::assertSame($person->id, $this->whoIs($new));
        $there = static::site()->request(
            'POST',
            '/other' . self::API . '/token',
            json: ['username' => $person->login, 'password' => $person->password, 'code' => array_shift($person->codes)],
        );
        self::assertSame(200, static::site()->request('GET', '/other' . self::ME, bearer: $there->json['token'])->status, (string) $there);
        self::assertSame($person->id, $this->whoIs($new), 'the other site has not created another epoch');
        self::assertSame(['', ''], static::site()->php('return [get_option("sallyport_down"), get_blog_option((int) $argv[1], "sallyport_down")];', [(string) self::$other]));
    }

    public function test_an_update_forgets_nothing_that_is_owed(): void
    {
        $person = $this->enrolled();
        static::site()->plugin('$plugin->health()->owe((int) $argv[1], true); update_option("sallyport_schema", 0); update_option("sallyport_ready", ""); return 1;', [(string) $person->id]);
        self::assertSame(200, $this->get('/wp-json/')->status, 'a guest’s request sets up');
        self::assertNotSame(0, static::site()->php('return (int) get_option("sallyport_schema");'));
        self::refusedCredential('sallyport_token_stale', $this->get(self::ME, $person->token));
    }

    /** A session belongs to the network: one that a trusted device made on another site does not bypass the code here. */
    public function test_a_site_without_trusted_devices_accepts_none_from_another_site(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $sign_in = ['log' => $person->login, 'pwd' => $person->password, 'wp-submit' => 'Log In', 'testcookie' => '1'];
        $page = $browser->send('POST', '/other/wp-login.php', $sign_in);
        $browser->send('POST', '/other/wp-login.php?action=sallyport', ['sallyport_code' => array_shift($person->codes), 'sallyport_trust_device' => '1'] + Browser::fields($page));
        $by_code = clone $browser;
        $browser->cookies = preg_grep('/^(spd1_|WP)/', $browser->cookies) + ['wordpress_test_cookie' => 'WP Cookie check'];
        self::assertSame(302, $browser->send('POST', '/other/wp-login.php', $sign_in)->status);
        self::assertTrue($browser->isSignedIn());
        $counts = static fn (Browser $browser, string $site): bool => preg_match(
            '/\A[0-9a-f]{10}\z/',
            (clone $browser)->send('GET', "$site/wp-admin/admin-ajax.php?action=rest-nonce")->body,
        ) === 1;
        self::assertTrue($counts($browser, ''));
        self::says(1, 'trusted_devices', 'false');
        try {
            self::assertFalse($counts($browser, ''));
            self::assertTrue($counts($browser, '/other'));
            self::assertTrue($counts($by_code, ''));
        } finally {
            self::says(1, 'trusted_devices', null);
        }
        self::assertTrue($counts($browser, ''));
    }

    /** Set-up: the site's own value of a setting, stored directly; null: none. */
    private static function says(int $blog, string $setting, ?string $value): void
    {
        static::site()->plugin(
            'switch_to_blog((int) $argv[1]); return $plugin->settings()->set($argv[2], json_decode($argv[3])) ?: throw new RuntimeException($argv[2]);',
            [(string) $blog, $setting, json_encode($value)],
        );
    }

    /** Set-up: the values that the network sets for every site. @param array<string, mixed> $values */
    private static function hold(array $values): void
    {
        static::site()->plugin('return $plugin->settings()->hold(json_decode($argv[1], true), static function (): void {});', [json_encode($values)]);
    }

    /** The URL of a mailed link for a new password that was requested on the other site. */
    private function linkThere(Person $person, string $site = '/other'): string
    {
        static::site()->forgetMails();
        self::assertSame(200, static::site()->request('POST', $site . self::API . '/forgot-password', json: ['login' => $person->login])->status);
        $mail = static fn (): string => current(preg_grep("/^To: .*$person->email/mi", static::site()->mails())) ?: '';
        for ($until = microtime(true) + 10; $mail() === '' && microtime(true) < $until; usleep(20_000));
        self::assertSame(1, preg_match('~https?://\S+[?&]key=\S+~', self::decoded($mail()), $found));
        return $found[0];
    }

    /** The client address for which a wrong password is counted. @param array<string, string> $headers */
    private function countedThere(array $headers = ['x-forwarded-for' => '203.0.113.9'], string $site = '/other'): string
    {
        self::forgetFailures();
        $answer = static::site()->request('POST', $site . self::API . '/token', json: ['username' => 'nobody', 'password' => 'wrong'], headers: $headers);
        self::refused(401, 'sallyport_invalid_credentials', $answer);
        $names = array_column(static::site()->plugin('return $plugin->database()->rows("SELECT name FROM {throttle} WHERE 1 = %d", [1]);'), 'name');
        foreach (['127.0.0.1', '203.0.113.8', '203.0.113.9'] as $address) {
            if (in_array(hash('sha256', "password-address:$address"), $names, true)) {
                return $address;
            }
        }
        return '';
    }
}
