<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** A browser that another plugin signs in: by a mailed link, or by another site's assertion. */
final class PluginSignInTest extends HttpTestCase
{
    use OwnSite;

    private const BY_LINK = '/?link=%d';
    private const WITH_USER = '/?link=%d&first';
    private const BY_WORD = '/wp-admin/admin-ajax.php?action=links&link=%d';

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return ['plugin' => [__DIR__ . '/../fixtures/links']];
    }

    public function test_who_has_no_factor_is_signed_in_as_ever(): void
    {
        foreach ([self::BY_LINK, self::WITH_USER, self::BY_WORD] as $way) {
            [$browser, $answer] = $this->follow($this->person(), $way);
            self::assertSame([302, static::site()->url . '/?members'], [$answer->status, $answer->header('location')]);
            self::assertSame([], $answer->cookies('sallyport_'));
            self::assertTrue($browser->counts());
        }
    }

    public function test_who_has_a_factor_is_led_to_the_second_step_and_then_where_the_plugin_leads(): void
    {
        foreach ([self::BY_LINK, self::WITH_USER, self::BY_WORD] as $way) {
            $person = $this->enrolled();
            [$browser, $answer] = $this->follow($person, $way);
            self::assertFalse($browser->isSignedIn(), $way);
            self::assertSame(
                [],
                static::site()->php('return get_user_meta((int) $argv[1], "session_tokens", true) ?: [];', [(string) $person->id]),
                'no session of the plugin\'s is left',
            );
            [[, $cookie]] = $answer->cookies('sallyport_step_');
            self::assertSame(['/wp-login.php', true, 'Lax'], [$cookie['path'], $cookie['httponly'], $cookie['samesite']], 'the browser comes from a mail or another site');
            $page = $browser->send('GET', $answer->header('location'));
            $wrong = $this->step($browser, $page, $person->app->wrong());
            self::assertStringContainsString('id="login_error"', $wrong->body);
            self::assertFalse($browser->isSignedIn());
            $in = $this->step($browser, $wrong, $person->app->code());
            self::assertSame([302, static::site()->url . '/?members'], [$in->status, $in->header('location')]);
            self::assertTrue($browser->counts());
            self::assertSame([], preg_grep('/^sallyport_step_/', array_keys($browser->cookies)));
            self::assertSame(['mfa', 'otp', 'sso'], self::amr($person), 'no password was checked');
        }
    }

    public function test_a_script_that_goes_on_by_core_s_filter_is_led_there_as_well(): void
    {
        $url = static::site()->url;
        foreach (['&script=1' => ["$url/?members", "$url/?members"], '&script=' => ["$url/", "$url/wp-admin/profile.php"]] as $script => [$without, $with]) {
            self::assertSame($without, $this->follow($this->person(), self::BY_LINK . $script)[1]->json['goes_to']);
            foreach (['document', 'empty'] as $dest) {
                $person = $this->enrolled();
                [$browser, $answer] = $this->follow($person, self::BY_LINK . $script, headers: ['sec-fetch-dest' => $dest]);
                self::assertFalse($browser->isSignedIn());
                $in = $this->step($browser, $browser->send('GET', $answer->json['goes_to']), $person->app->code());
                self::assertSame([302, $with], [$in->status, $in->header('location')], (string) $in);
                self::assertTrue($browser->counts());
            }
        }
    }

    public function test_a_trusted_device_stands_beside_a_password_and_not_beside_a_link(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $this->step($browser, $browser->logIn($person), $person->app->code(), ['sallyport_trust_device' => '1']);
        self::assertTrue($browser->counts());
        $browser->cookies = array_filter($browser->cookies, static fn (string $name): bool => str_starts_with($name, 'sallyport_device_'), ARRAY_FILTER_USE_KEY);
        self::assertCount(1, $browser->cookies);
        [, $answer] = $this->follow($person, self::BY_LINK, $browser);
        self::assertStringContainsString('name="sallyport_code"', $browser->send('GET', $answer->header('location'))->body);
        self::assertFalse($browser->isSignedIn());
    }

    public function test_who_has_to_enrol_is_led_to_where_that_is_done(): void
    {
        $person = $this->person();
        static::site()->plugin('$plugin->policy_option()->change_site(static fn () => ["users" => [(int) $argv[1] => "required"], "since" => ["user:$argv[1]" => 1], "grace_days" => 0]);', [(string) $person->id]);
        [$browser, $answer] = $this->follow($person, self::BY_LINK);
        self::assertFalse($browser->isSignedIn());
        $page = $browser->send('GET', $answer->header('location'));
        self::assertSame(1, preg_match('~href="(otpauth://totp/[^"]+)"~', $page->body, $uri), (string) $page);
        $browser->send('POST', '/wp-login.php?action=sallyport-enrol', ['sallyport_code' => (new Totp(html_entity_decode($uri[1])))->code()] + Browser::fields($page));
        self::assertTrue($browser->counts());
        self::assertSame(['mfa', 'otp', 'sso'], self::amr($person), 'no password was checked');
    }

    public function test_nobody_is_led_from_a_script_to_another_site_or_as_somebody_else(): void
    {
        $stays = function (Person $person, string $to, string $more = '', array $headers = [], ?Browser $browser = null): void {
            [$browser, $answer] = $this->follow($person, self::BY_LINK . $more, $browser, $headers);
            self::assertSame($to, $answer->header('location'));
            self::assertFalse($browser->counts());
        };
        $here = static::site()->url . '/?members';
        $person = $this->enrolled();
        [$browser, $answer] = $this->follow($person, self::BY_WORD, headers: ['sec-fetch-dest' => 'empty']);
        self::assertSame([$here, false], [$answer->header('location'), $browser->counts()]);
        $stays($person, 'https://front.example/in', '&to=https://front.example/in');
        $stays($person, $here, browser: $this->signedIn($this->person()));
        [$browser, $answer] = $this->follow($person, self::WITH_USER . '&answers');
        self::assertSame(['user' => 0], $answer->json);
        self::assertFalse($browser->counts());
    }

    /** For it, and for plugins that count failures, an error would mean a wrong password. */
    public function test_ultimate_members_form_leads_to_the_second_step(): void
    {
        $send = static fn (Browser $browser, Person $who, string $password): Response => $browser->send(
            'POST',
            '/?members',
            ['um_username' => $who->login, 'um_password' => $password],
        );
        foreach ([$this->enrolled(), $this->person()] as $person) {
            $browser = new Browser(static::site());
            self::assertStringContainsString('Password is incorrect.', $send($browser, $person, 'wrong')->body);
            $answer = $send($browser, $person, $person->password);
            self::assertSame([302, $person->app === null], [$answer->status, $browser->counts()], (string) $answer);
            if ($person->app !== null) {
                $this->step($browser, $browser->send('GET', $answer->header('location')), $person->app->code());
                self::assertTrue($browser->counts());
            }
        }
    }

    /** Its form ends the session that ours has proven, and ours led to it again. */
    public function test_a_plugin_that_asks_for_a_factor_of_its_own_after_the_sign_in_does_so_once_at_most(): void
    {
        [$strong, $weak, $plain] = [$this->enrolled(), $this->enrolled(), $this->person()];
        $trusting = new Browser(static::site());
        $this->step($trusting, $trusting->logIn($weak), $weak->app->code(), ['sallyport_trust_device' => '1']);
        $trusting->cookies = array_filter($trusting->cookies, static fn (string $name): bool => str_starts_with($name, 'sallyport_device_'), ARRAY_FILTER_USE_KEY);
        foreach ([$strong, $weak, $plain] as $person) {
            static::site()->php('update_user_meta((int) $argv[1], "links_factor", "1");', [(string) $person->id]);
        }
        $theirs = static fn (Browser $browser, Person $person): Response => $browser->send('POST', '/wp-login.php?action=itsec-2fa', ['links' => $person->id]);

        $browser = new Browser(static::site());
        $answer = $this->step($browser, $browser->logIn($strong), $strong->app->code());
        self::assertSame([302, true], [$answer->status, $browser->counts()], "ours is enough: $answer");

        // A trusted device is less than its code: it asks, and ours asks for a code, once.
        self::assertStringContainsString("Its own code, of $weak->login.", $trusting->logIn($weak)->body);
        $led = $theirs($trusting, $weak);
        self::assertFalse($trusting->counts());
        $answer = $this->step($trusting, $trusting->send('GET', $led->header('location')), $weak->app->code(1));
        self::assertSame([302, true], [$answer->status, $trusting->counts()], (string) $answer);

        $browser = new Browser(static::site());
        self::assertStringContainsString("Its own code, of $plain->login.", $browser->logIn($plain)->body);
        self::assertSame([302, true], [$theirs($browser, $plain)->status, $browser->counts()]);
    }

    public function test_a_locked_account_is_signed_in_by_nothing(): void
    {
        $person = $this->enrolled();
        for ($i = 0; $i < 10; $i++) {
            $last = $this->logIn($person, ['code' => $person->app->wrong()]);
        }
        self::assertSame('sallyport_locked', $this->logIn($person, ['code' => $person->app->code()])->json['code'], (string) $last);
        [$browser, $answer] = $this->follow($person, self::BY_LINK);
        $page = $browser->send('GET', $answer->header('location'));
        self::assertMatchesRegularExpression('~id="login_error".*locked.*Try again in 1[45] minutes~s', $page->body, 'as after a password');
        self::assertStringNotContainsString('sallyport_challenge', $page->body);
        self::assertFalse($browser->counts());
    }

    /** @return list<string> of the session's proof */
    private static function amr(Person $person): array
    {
        return current(static::site()->php('return get_user_meta((int) $argv[1], "session_tokens", true);', [(string) $person->id]))['sallyport']['amr'];
    }

    /** @param array<string, string> $headers @return array{Browser, Response} */
    private function follow(Person $person, string $way, ?Browser $browser = null, array $headers = []): array
    {
        $browser ??= new Browser(static::site());
        return [
            $browser,
            $browser->send(
                'GET',
                sprintf($way, $person->id),
                headers: $headers + ['sec-fetch-site' => 'cross-site', 'sec-fetch-mode' => 'navigate', 'sec-fetch-dest' => 'document'],
            ),
        ];
    }

    /** @param array<string, string> $more */
    private function step(Browser $browser, Response $page, string $code, array $more = []): Response
    {
        return $browser->send('POST', '/wp-login.php?action=sallyport', $more + ['sallyport_code' => $code] + Browser::fields($page));
    }
}
