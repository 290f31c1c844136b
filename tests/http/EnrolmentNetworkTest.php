<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Elsewhere;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/TwoSites.php';
require_once __DIR__ . '/../support/Elsewhere.php';

/**
 * A factor counts on every site of a network. A user who must have one on the first site, and confirm it there by mail, cannot enrol one
 * with the password alone on the second site, which requires nothing.
 */
final class EnrolmentNetworkTest extends HttpTestCase
{
    use TwoSites;

    private const THERE = '/other' . self::API;

    protected static function site(): Site
    {
        return self::$network ??= Site::up(['multisite' => true, 'plugin' => [Elsewhere::folder(Elsewhere::TWO_FACTOR)]]);
    }

    protected function tearDown(): void
    {
        self::policy([]);
        parent::tearDown();
    }

    public function test_no_enrolment_begins_on_a_site_without_requirements(): void
    {
        $person = $this->victim();
        $bearer = $this->logInThere($person)->json['token'];
        $tries = [
            'an app' => fn (): Response => $this->there('/two-factor/enable', ['password' => $person->password], $bearer),
            'codes by mail' => fn (): Response => $this->there('/two-factor/enable', ['password' => $person->password, 'method' => 'otp'], $bearer),
            '/2fa' => fn (): Response => static::site()->request('PATCH', self::THERE . '/2fa/enable', json: [], bearer: $bearer),
        ];
        foreach ($tries as $how => $try) {
            $offer = self::refused(403, 'sallyport_enrolment_required', $try());
            self::assertTrue($offer['confirm_by_mail'], $how);
            self::refused(403, 'sallyport_enrolment_unconfirmed', $this->there('/two-factor/enable', ['password' => $person->password], $offer['enrolment_token']));
        }
        self::assertSame(0, self::factors($person));
        // The owner opens the link in the mail, whichever site sent it, and continues there.
        self::confirm($person);
        $begun = $this->there('/two-factor/enable', ['password' => $person->password], $offer['enrolment_token']);
        self::assertSame(200, $begun->status, (string) $begun);
        $app = new Totp($begun->json['totpURI']);
        Totp::steady();
        $answer = $this->there('/two-factor/verify-totp', ['code' => $app->code(-1)], $offer['enrolment_token']);
        self::assertSame(200, $answer->status, (string) $answer);
        $here = $this->logIn($person, ['code' => $app->code()]);
        self::assertSame(['administrator'], $here->json['user']['roles'] ?? null, (string) $here);
        // A user with a factor adds another one as usual, with a proof.
        $more = $this->there('/two-factor/enable', ['password' => $person->password, 'label' => 'second'], $answer->json['token']);
        self::assertSame(200, $more->status, (string) $more);
    }

    public function test_an_enrolment_from_before_is_not_activated(): void
    {
        $person = $this->victim([]);
        $bearer = $this->logInThere($person)->json['token'];
        $begun = $this->there('/two-factor/enable', ['password' => $person->password], $bearer);
        self::assertSame(200, $begun->status, (string) $begun);
        $app = new Totp($begun->json['totpURI']);
        self::demand();
        Totp::steady();
        foreach (['/two-factor/verify-totp', '/2fa/verify'] as $route) {
            self::refused(403, 'sallyport_enrolment_required', $this->there($route, ['code' => $app->code(-1)], $bearer));
        }
        self::assertSame(1, self::factors($person, 'pending'));
        self::assertSame(0, self::factors($person, 'active'));
    }

    /** The second site's own policy would allow enrolling with the password alone. */
    public function test_a_login_refused_by_the_second_site_waits_for_the_mail_too(): void
    {
        $person = $this->victim();
        self::policy(['default' => 'required', 'grace_days' => 0], self::$other);
        $offer = self::refused(403, 'sallyport_enrolment_required', $this->logInThere($person));
        self::assertTrue($offer['confirm_by_mail']);
        self::refused(403, 'sallyport_enrolment_unconfirmed', $this->there('/two-factor/enable', ['password' => $person->password], $offer['enrolment_token']));
        self::policy([], self::$other);
    }

    public function test_the_networks_policy_applies_to_super_admins(): void
    {
        $person = $this->victim([]);
        static::site()->php('remove_user_from_blog((int) $argv[1], 1); grant_super_admin((int) $argv[1]);', [(string) $person->id]);
        $bearer = $this->logInThere($person)->json['token'];
        static::site()->plugin('$plugin->policy_option()->change_network(static fn () => ["sites" => [1 => "required"], "grace_days" => 0]);');
        try {
            self::refused(401, 'sallyport_token_unproven', $this->there('/two-factor/enable', ['password' => $person->password], $bearer));
            self::assertTrue(self::refused(403, 'sallyport_enrolment_required', $this->logInThere($person))['confirm_by_mail']);
        } finally {
            static::site()->plugin('delete_site_option("sallyport_policy_network"); $plugin->policy_option()->spread();');
        }
    }

    public function test_a_user_who_needs_no_confirmation_enrols_as_on_a_single_site(): void
    {
        $person = $this->victim([]);
        $bearer = $this->logInThere($person)->json['token'];
        $begin = fn (): int => $this->there('/two-factor/enable', ['password' => $person->password], $bearer)->status;
        self::demand(['grace_days' => 30, 'since' => ['role:administrator' => time()]]);
        self::assertSame(200, $begin(), 'during the grace period');
        self::demand(['confirm_by_mail' => false]);
        self::assertSame(200, $begin(), 'the policy requires no mail');
        self::policy(['roles' => ['editor' => 'required'], 'grace_days' => 0]);
        self::assertSame(200, $begin(), 'nothing is required of this user');
        self::demand();
        self::assertSame(403, $begin());
    }

    /** Sign-in security has no token that a mail could confirm: it leads to the page of wp-login.php, which has one. */
    public function test_the_page_of_sign_in_security_requires_the_mail(): void
    {
        $person = $this->victim([]);
        static::site()->php('add_user_to_blog((int) $argv[1], (int) $argv[2], "subscriber");', [(string) self::$other, (string) $person->id]);
        $browser = new Browser(static::site());
        $browser->logIn($person);
        $page = '/other/wp-admin/profile.php?page=sallyport-security';
        $form = Browser::fields($browser->send('GET', $page));
        self::demand();
        $answer = $browser->send('POST', $page, ['sallyport_do' => 'begin', 'label' => 'app', 'sallyport_password' => $person->password] + $form);
        self::assertSame(302, $answer->status);
        $goal = self::path((string) $answer->header('location'));
        self::assertStringStartsWith('/other/wp-login.php?action=sallyport-enrol', $goal);
        self::assertSame(0, self::factors($person));
        // Without the session's nonce, it is only a page without a link.
        self::assertStringContainsString('follow the link again', $browser->send('GET', preg_replace('/_wpnonce=\w+/', '_wpnonce=x', $goal))->body);
        $wait = $browser->send('GET', $goal);
        self::assertStringContainsString('we sent a link to your email address', $wait->body);
        $at = '/other/wp-login.php?action=sallyport-enrol';
        $still = $browser->send('POST', $at, Browser::fields($wait));
        self::assertStringNotContainsString('sallyport_code', $still->body);
        self::confirm($person);
        $scan = $browser->send('POST', $at, Browser::fields($still));
        self::assertSame(1, preg_match('/otpauth:[^"<]+/', html_entity_decode($scan->body), $uri), $scan->body);
        $app = new Totp(html_entity_decode($uri[0]));
        Totp::steady();
        $done = $browser->send('POST', $at, ['sallyport_code' => $app->code(-1)] + Browser::fields($scan));
        self::assertStringContainsString('profile.php?page=sallyport-security', html_entity_decode($done->body), 'it leads back');
        self::assertSame(1, self::factors($person, 'active'));
        self::assertSame(200, $browser->send('GET', $page)->status, 'the session counts');
    }

    /** Another plugin's factor counts like ours, on every site. */
    public function test_no_factor_of_another_plugin_is_turned_on_either(): void
    {
        $person = $this->victim([]);
        $browser = new Browser(static::site());
        $browser->logIn($person);
        static::site()->php(
            'wp_mkdir_p(WPMU_PLUGIN_DIR); file_put_contents(WPMU_PLUGIN_DIR . "/on.php", $argv[1]); return 1;',
            ['<?php add_action("wp_ajax_turn_on", function () { exit(update_user_meta(get_current_user_id(), "_two_factor_enabled_providers", ["Two_Factor_Email"]) ? "on" : "no"); });'],
        );
        $turn_on = static fn (): string => (clone $browser)->send('GET', '/other/wp-admin/admin-ajax.php?action=turn_on')->body;
        try {
            self::demand();
            self::assertSame('no', $turn_on());
            self::demand(['confirm_by_mail' => false]);
            self::assertSame('on', $turn_on());
        } finally {
            static::site()->php('unlink(WPMU_PLUGIN_DIR . "/on.php"); return 1;');
        }
    }

    /** Otherwise, whoever has the password could have the mail sent to themselves. */
    public function test_the_address_of_the_mail_cannot_be_changed_meanwhile(): void
    {
        $person = $this->victim();
        static::site()->php('add_user_to_blog((int) $argv[1], (int) $argv[2], "subscriber"); return 1;', [(string) self::$other, (string) $person->id]);
        $bearer = $this->logInThere($person)->json['token'];
        $change = fn (string $field, string $value): Response => static::site()->request('POST', '/other/wp-json/wp/v2/users/me', json: [$field => $value], bearer: $bearer);
        $email = static fn (): string => static::site()->php('clean_user_cache((int) $argv[1]); return get_userdata((int) $argv[1])->user_email;', [(string) $person->id]);
        self::assertGreaterThanOrEqual(400, $change('email', "new-$person->email")->status);
        self::assertSame($person->email, $email());
        self::assertSame(200, $change('first_name', 'Ada')->status, 'the other fields are saved');
        self::policy([]);
        $browser = new Browser(static::site());
        $browser->logIn($person);
        $profile = '/other/wp-admin/profile.php';
        $form = Browser::fields($browser->send('GET', $profile));
        self::demand();
        $form = ['email' => "new-$person->email", 'pass1' => '', 'pass2' => ''] + $form;
        self::assertStringContainsString('must have a second factor', $browser->send('POST', $profile, $form)->body);
        self::policy([]);
        self::assertStringNotContainsString('must have a second factor', $browser->send('POST', $profile, $form)->body);
        self::assertSame(200, $change('email', "new-$person->email")->status);
        self::assertSame("new-$person->email", $email());
    }

    /** An administrator of the first site only, without a factor. @param array<string, mixed>|null $policy of that site; null: demand() */
    private function victim(?array $policy = null): Person
    {
        $person = $this->person('administrator');
        static::site()->php('global $wpdb; $wpdb->update($wpdb->users, ["user_registered" => "2020-01-01 00:00:00"], ["ID" => (int) $argv[1]]);', [(string) $person->id]);
        $policy === null ? self::demand() : self::policy($policy);
        return $person;
    }

    /** @param array<string, mixed> $more */
    private static function demand(array $more = []): void
    {
        self::policy($more + ['roles' => ['administrator' => 'required'], 'grace_days' => 0]);
    }

    /** @param array<string, mixed> $rules of a site */
    private static function policy(array $rules, int $blog = 1): void
    {
        static::site()->plugin('switch_to_blog((int) $argv[2]); $plugin->policy_option()->change_site(static fn () => json_decode($argv[1], true));', [json_encode($rules), (string) $blog]);
    }

    private function logInThere(Person $person): Response
    {
        return $this->there('/token', ['username' => $person->login, 'password' => $person->password]);
    }

    /** @param array<string, mixed> $fields */
    private function there(string $route, array $fields, ?string $bearer = null): Response
    {
        return static::site()->request('POST', self::THERE . $route, json: $fields, bearer: $bearer);
    }

    private static function factors(Person $person, string $status = ''): int
    {
        return static::site()->php(
            'global $wpdb; return (int) $wpdb->get_var($wpdb->prepare("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_factors WHERE user_id = %d AND status LIKE %s", $argv[1], $argv[2]));',
            [(string) $person->id, $status === '' ? '%' : $status],
        );
    }

    /** Opens the link in the newest mail to this user, and presses the button. */
    private static function confirm(Person $person): void
    {
        $mails = array_filter(
            array_map(self::decoded(...), static::site()->mails()),
            static fn (string $mail): bool => str_contains($mail, $person->email) && str_contains($mail, 'sallyport-confirm'),
        );
        self::assertSame(1, preg_match('~https?://\S+sallyport-confirm\S+~', (string) end($mails), $found), 'a link was mailed');
        self::assertStringStartsWith('/other/', self::path($found[0]));
        $form = Browser::fields(static::site()->request('GET', self::path($found[0])));
        self::assertStringContainsString('Confirmed', static::site()->request('POST', '/other/wp-login.php?action=sallyport-confirm', form: $form)->body);
    }

    private static function path(string $url): string
    {
        return (string) preg_replace('~^https?://[^/]+~', '', $url);
    }
}
