<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/**
 * Mails about what happens to an account: NIST SP 800-63B-4 4.6 (N14) and 4.2.1.1 (N7), OWASP ASVS 5.0 6.3.5
 * and 6.3.7 (A3).
 */
final class MailTest extends HttpTestCase
{
    use OwnSite; // with its own themes and filters

    public function test_n14_turning_on_new_codes_and_turning_off_are_mailed(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $app = $this->begin($person);
        self::assertSame([], $this->to($person, 0), 'a pending enrolment is not a change');
        $person->token = $this->post('/two-factor/verify-totp', ['code' => $app->code()], $person->token)->json['token'];
        self::assertCount(1, $this->to($person, 1));
        $new = $this->post('/two-factor/generate-backup-codes', ['password' => $person->password], $person->token)->json['backupCodes'];
        self::assertCount(2, $this->to($person, 2));
        self::assertSame(200, $this->post('/two-factor/disable', ['password' => $person->password], $person->token)->status);
        $mails = $this->to($person, 3);
        self::assertCount(3, $mails);
        foreach (['was set up', 'New backup codes', 'turned off'] as $i => $words) {
            self::assertStringContainsString($words, $mails[$i]);
            self::assertMatchesRegularExpression('/^Subject: .+/m', $mails[$i]);
            self::assertStringContainsString('From: 127.0.0.1', $mails[$i]);
            self::assertStringContainsString("\nAuto-Submitted: auto-generated\n", $mails[$i]);
            self::assertStringContainsString("\nX-Sallyport-Notice: " . ['factor_added', 'backup_codes_replaced', 'factor_removed'][$i] . "\n", $mails[$i]);
            foreach ([$app->secret, $person->password, ...$person->codes, ...$new] as $secret) {
                self::assertStringNotContainsString($secret, $mails[$i]);
            }
        }
    }

    public function test_it_is_in_text_and_in_html_and_says_when_where_and_what_to_do(): void
    {
        static::site()->php('update_option("timezone_string", "Asia/Tokyo"); update_option("blogname", "Ada\'s <b>Shop</b>");');
        $person = $this->person();
        $this->signIn($person);
        $this->enrol($person);
        [$mail] = $this->to($person, 1);
        static::site()->php('update_option("timezone_string", ""); update_option("blogname", "WordPress");');
        self::assertMatchesRegularExpression('~^Content-Type: multipart/alternative;~mi', $mail);
        [, $text, $html] = self::parts($mail);
        $when = '/\d{4}-\d\d-\d\d \d\d:\d\d JST/';
        foreach ([
            "A second factor was added to your account",
            'From now on you will be asked for a code when you sign in.',
            '127.0.0.1',
            'change your password now',
            static::site()->url,
        ] as $words) {
            self::assertStringContainsString($words, $text . ($words === 'A second factor was added to your account' ? $mail : ''));
            self::assertStringContainsString($words, $html);
        }
        self::assertMatchesRegularExpression($when, $text);
        self::assertMatchesRegularExpression($when, $html);
        self::assertStringContainsString("Ada's <b>Shop</b>", $text);
        self::assertStringNotContainsString('<b>', $html);
        self::assertStringContainsString('Ada&#039;s &lt;b&gt;Shop', $html);
    }

    public function test_n7_a_used_backup_code_is_mailed_with_what_is_left(): void
    {
        $person = $this->enrolled();
        $before = count($this->to($person, 1));
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0]])->status);
        self::assertStringContainsString('You have 9 left. Create new ones before you run out.', $this->to($person, $before + 1)[$before]);
        self::sql('UPDATE {backup_codes} SET used_at = 1 WHERE user_id = %d AND used_at = 0 AND id NOT IN (SELECT id FROM (SELECT MAX(id) AS id FROM {backup_codes} WHERE user_id = %d) AS last)', $person->id, $person->id);
        self::assertSame(200, $this->logIn($person, ['code' => end($person->codes)])->status);
        self::assertStringContainsString('It was your last one: create new ones now.', $this->to($person, $before + 2)[$before + 1]);
    }

    public function test_what_is_to_be_done_on_the_page_is_a_link_to_it(): void
    {
        $person = $this->enrolled();
        $before = count($this->to($person, 1));
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0], 'trust_device' => true])->status);
        $page = static::site()->url . '/wp-admin/profile.php?page=sallyport-security';
        foreach (array_slice($this->to($person, $before + 2), $before) as $mail) {
            [, $text, $html] = self::parts($mail);
            self::assertStringContainsString("Sign-in security: $page\n", $text);
            self::assertStringContainsString('<a href="' . $page . '"', $html);
        }
    }

    public function test_a3_a_right_password_with_a_wrong_code_is_mailed_once_an_hour(): void
    {
        $person = $this->enrolled();
        $before = count($this->to($person, 1));
        $this->logIn($person, ['code' => $person->app->wrong()]);
        $mails = $this->to($person, $before + 1);
        self::assertStringContainsString('entered a wrong code', end($mails));
        self::assertStringContainsString('someone knows your password', end($mails));
        $this->logIn($person, ['code' => $person->app->wrong()]);
        usleep(500_000);
        self::assertCount($before + 1, $this->to($person, $before + 1), 'the next within the hour');
        self::sql('UPDATE {throttle} SET until = 1 WHERE name = %s', hash('sha256', "notice:code_refused:$person->id"));
        $this->logIn($person, ['code' => $person->app->wrong()]);
        self::assertCount($before + 2, $this->to($person, $before + 2), 'an hour later');
    }

    public function test_a3_wrong_codes_at_once_are_mailed_once(): void
    {
        $person = $this->enrolled();
        $before = count($this->to($person, 1));
        $wrong = ['POST', self::API . '/token', 'json' => ['username' => $person->login, 'password' => $person->password, 'code' => $person->app->wrong()]];
        static::site()->concurrently(array_fill(0, 8, $wrong));
        usleep(500_000);
        self::assertCount($before + 1, $this->to($person, $before + 1));
    }

    public function test_n2_a_code_that_comes_twice_and_a3_the_lock_are_mailed(): void
    {
        $person = $this->enrolled();
        $before = count($this->to($person, 1));
        $code = $person->app->code();
        $this->logIn($person, ['code' => $code]);
        $this->logIn($person, ['code' => $code]);
        self::assertStringContainsString('had already been used', $this->to($person, $before + 1)[$before]);
        for ($i = 0; $i < 11; $i++) {
            $this->logIn($person, ['code' => $person->app->wrong()]);
        }
        $mails = $this->to($person, $before + 3);
        self::assertCount($before + 3, $mails);
        self::assertStringContainsString('No code is accepted for 15 minutes. After 100 wrong codes in a row the lock no longer ends by itself', end($mails));
        self::assertMatchesRegularExpression('/^When: \d{4}-\d\d-\d\d \d\d:\d\d UTC\r?$/m', end($mails));
    }

    public function test_events_without_news_are_not_mailed(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $this->logIn($person, ['password' => 'wrong']);
        $app = $this->begin($person);
        $this->post('/two-factor/verify-totp', ['code' => $app->wrong()], $person->token);
        usleep(300_000);
        self::assertSame([], $this->to($person, 0), 'no mail for a wrong password, nor for a wrong code during the set-up');
        $this->enrol($person);
        $before = count($this->to($person, 1));
        $this->logIn($person);
        $this->logIn($person, ['code' => $person->app->code()]);
        usleep(300_000);
        self::assertCount($before, $this->to($person, $before), 'signing in');
        for ($i = 0; $i < 6; $i++) {
            $this->post('/2fa/verify', ['code' => $person->app->wrong()], $person->token);
        }
        usleep(300_000);
        self::assertCount($before + 1, $this->to($person, $before + 1), 'a wait of five minutes is not a lock');
    }

    public function test_the_mail_about_a_trusted_device_says_how_long_and_where_to_remove_it(): void
    {
        // If WordPress has the page: on a network, an administrator cannot edit users.
        $administrators = self::isNetwork() ? 'profile.php' : 'users.php';
        foreach (['subscriber' => 'profile.php', 'administrator' => $administrators] as $role => $page) {
            $person = $this->enrolled($role);
            $before = count($this->to($person, 1));
            self::assertSame(200, $this->logIn($person, ['code' => $person->app->code(), 'trust_device' => true])->status);
            [, $text, $html] = self::parts($this->to($person, $before + 1)[$before]);
            foreach ([
                'The device below is now trusted: you will not be asked for a code on it for 30 days after each use.',
                static::site()->url . "/wp-admin/$page?page=sallyport-security",
            ] as $words) {
                self::assertStringContainsString($words, $text);
                self::assertStringContainsString($words, $html);
            }
        }
    }

    /** The client chooses the name of its device. */
    public function test_a3_a_new_device_is_mailed_and_its_name_does_no_harm(): void
    {
        $person = $this->person();
        $name = "<img src=x onerror=alert(1)>\u{202E}gnp.exe\r\nBcc: evil@evil.test https://evil.test/ www.evil.test";
        $headers = ['user-agent' => "Mozilla <script>\u{202E}"];
        self::assertSame(200, $this->post('/token', ['username' => $person->login, 'password' => $person->password, 'device_name' => $name], headers: $headers)->status);
        [$mail] = $this->to($person, 1);
        [$head, $text, $html] = self::parts($mail);
        self::assertStringContainsString('A new device is remembered', $mail);
        foreach (['<img', 'https://evil', 'www.', "\u{202E}", "\nBcc"] as $harm) {
            self::assertStringNotContainsString($harm, $text, $harm);
            self::assertStringNotContainsString($harm, $html, $harm);
            self::assertStringNotContainsString($harm, $head, $harm);
        }
        self::assertStringContainsString('gnp.exe', $text);
    }

    public function test_names_of_factors_do_no_harm_and_tell_several_apart(): void
    {
        $person = $this->enrolled();
        $this->to($person, 1);
        $answer = $this->post('/two-factor/enable', ['password' => $person->password, 'label' => "<img src=x>\u{202E}"], $person->token);
        self::refused(400, 'rest_invalid_param', $answer);
        $answer = $this->post('/two-factor/enable', ['password' => $person->password, 'label' => '<img src=x> https://evil.test'], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        $answer = $this->post(
            '/two-factor/verify-totp',
            ['code' => (new Totp($answer->json['totpURI']))->code()],
            $person->token,
            ['user-agent' => 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
        );
        $mails = $this->to($person, 2);
        [, $text, $html] = self::parts(end($mails));
        self::assertMatchesRegularExpression('/^Which: ".+"$/m', $text);
        self::assertMatchesRegularExpression('/^Device: Firefox on Linux\r?$/m', $text);
        self::assertStringNotContainsString('https://', $text);
        foreach (['<img', 'https://evil'] as $harm) {
            self::assertStringNotContainsString($harm, $html);
        }
        $factors = $this->get(self::API . '/two-factor', $answer->json['token'])->json['factors'];
        self::assertSame(200, $this->delete("/two-factor/factors/{$factors[0]['id']}", $answer->json['token'])->status);
        self::assertStringContainsString('X-Sallyport-Notice: one_factor_removed', $this->to($person, 3)[2]);
    }

    public function test_mails_are_in_the_readers_language(): void
    {
        $person = $this->person();
        $this->signIn($person);
        static::site()->php(<<<'PHP'
            update_user_meta((int) $argv[1], 'locale', 'de_DE');
            wp_mkdir_p(WP_LANG_DIR . '/plugins');
            file_put_contents(WP_LANG_DIR . '/de_DE.l10n.php', "<?php return ['domain' => 'default', 'messages' => []];");
            file_put_contents(WP_LANG_DIR . '/plugins/sallyport-de_DE.l10n.php', '<?php return ["domain" => "sallyport", "messages" => ["A second factor was added to your account" => "Ein zweiter Faktor kam dazu", "When" => "Wann"]];');
            PHP, [(string) $person->id]);
        $this->enrol($person);
        [$mail] = $this->to($person, 1);
        static::site()->php('array_map("unlink", [WP_LANG_DIR . "/de_DE.l10n.php", WP_LANG_DIR . "/plugins/sallyport-de_DE.l10n.php"]);');
        self::assertStringContainsString('Ein zweiter Faktor kam dazu', $mail);
        self::assertStringContainsString('Wann: ', $mail);
        self::assertStringContainsString('lang="de-DE"', self::parts($mail)[2]);
    }

    public function test_a_theme_can_replace_templates_and_a_failing_one_stops_no_notice(): void
    {
        static::site()->php(<<<'PHP'
            $folder = get_stylesheet_directory() . '/sallyport/mail';
            wp_mkdir_p($folder);
            file_put_contents("$folder/notice.php", '<p>THEIRS <?php echo esc_html($letter->title); ?></p>');
            file_put_contents("$folder/factor_removed-text.php", 'GONE <?php echo $letter->name;');
            file_put_contents("$folder/backup_codes_replaced.php", '<?php echo "HALF"; throw new RuntimeException("broken");');
            PHP);
        $person = $this->person();
        $this->signIn($person);
        $this->enrol($person);
        $this->to($person, 1);
        $this->post('/two-factor/generate-backup-codes', ['password' => $person->password], $person->token);
        $this->to($person, 2);
        $this->post('/two-factor/disable', ['password' => $person->password], $person->token);
        $mails = array_map(self::parts(...), $this->to($person, 3));
        static::site()->php('array_map("unlink", glob(get_stylesheet_directory() . "/sallyport/mail/*")); rmdir(get_stylesheet_directory() . "/sallyport/mail"); rmdir(get_stylesheet_directory() . "/sallyport");');
        self::assertStringContainsString('<p>THEIRS A second factor was added to your account</p>', $mails[0][2]);
        self::assertStringNotContainsString('HALF', $mails[1][2]);
        self::assertStringContainsString('The old ones no longer work.', $mails[1][2]);
        self::assertStringContainsString('GONE factor_removed', $mails[2][1]);
        self::assertStringContainsString('THEIRS', $mails[2][2]);
        $this->forgetLog('Sallyport: the template');
    }

    public function test_filters_change_or_stop_a_notice(): void
    {
        static::site()->php(<<<'PHP'
            wp_mkdir_p(WPMU_PLUGIN_DIR);
            file_put_contents(WPMU_PLUGIN_DIR . '/mails.php', '<?php
                add_filter("sallyport_notice_send", fn ($send, $notice, $user) => $notice !== "backup_codes_replaced", 10, 3);
                add_filter("sallyport_notice_subject", fn ($subject, $notice) => "About $notice", 10, 2);
                add_filter("sallyport_notice_body", fn ($body, $notice, $user, $letter) => $notice === "factor_added" ? ["text" => "For $user->user_login: $letter->title", "html" => ""] : "nonsense", 10, 4);');
            PHP);
        $person = $this->person();
        $this->signIn($person);
        $this->enrol($person);
        $this->post('/two-factor/generate-backup-codes', ['password' => $person->password], $person->token);
        $this->post('/two-factor/disable', ['password' => $person->password], $person->token);
        $mails = $this->to($person, 2);
        static::site()->php('unlink(WPMU_PLUGIN_DIR . "/mails.php");');
        self::assertCount(2, $mails);
        self::assertStringContainsString('Subject: About factor_added', $mails[0]);
        self::assertStringContainsString("For $person->login: A second factor was added", $mails[0]);
        self::assertStringNotContainsString('text/html', $mails[0]);
        self::assertStringContainsString('turned off', $mails[1], 'an invalid body is ignored');
    }

    /** The mails to a user, once there are so many, or after ten seconds. @return list<string> decoded */
    private function to(Person $person, int $wanted): array
    {
        for ($until = microtime(true) + 10; ; usleep(20_000)) {
            $mails = array_filter(static::site()->notices(), static fn (string $mail): bool => preg_match('/^To: .*' . preg_quote($person->email, '/') . '/m', $mail) === 1);
            if (count($mails) >= $wanted || microtime(true) > $until) {
                return array_map(self::decoded(...), array_values($mails));
            }
        }
    }

    /** @return array{string, string, string} headers, text and HTML of a decoded mail */
    private static function parts(string $mail): array
    {
        self::assertSame(1, preg_match('/boundary="?([^"\s;]+)/i', $mail, $boundary), $mail);
        $parts = explode("--$boundary[1]", $mail);
        self::assertCount(4, $parts, $mail);
        self::assertStringContainsString('text/plain', $parts[1]);
        self::assertStringContainsString('text/html', $parts[2]);
        return [$parts[0], ...array_map(static fn (string $part): string => self::decoded($part), [$parts[1], $parts[2]])];
    }

    /** Removes PHP's messages that this test caused on purpose. */
    private function forgetLog(string $said): void
    {
        $log = static::site()->info['debug_log'];
        self::assertStringContainsString($said, (string) file_get_contents($log));
        static::site()->php('file_put_contents(ini_get("error_log"), preg_replace("/^.*" . $argv[1] . ".*\n/m", "", file_get_contents(ini_get("error_log"))));', [$said]);
    }
}
