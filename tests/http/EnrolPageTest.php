<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/PolicyTestCase.php';

/** The page of wp-login.php for setting up an authenticator app: by an administrator's link, or because the policy stops a login. */
final class EnrolPageTest extends PolicyTestCase
{
    private const PAGE = '/wp-login.php?action=sallyport-enrol';

    /** The token of a user who may invite. */
    private static ?string $admin = null;

    public function test_a_link_and_the_password_lead_to_setting_up_an_app_and_signing_in(): void
    {
        $person = $this->person();
        $link = $this->link($person);
        $browser = new Browser(static::site());
        foreach (range(1, 2) as $_) {
            $page = $browser->send('GET', $link);
            self::assertSame(200, $page->status);
            self::assertStringContainsString($person->login, $page->body);
            self::assertStringNotContainsString('login_error', $page->body);
            self::assertTellsNobodyItsAddress($page);
        }
        $wrong = $this->sendPassword($browser, $page, 'not theirs');
        self::assertStringContainsString('The password is wrong', $wrong->body);
        $blank = $this->sendPassword($browser, $wrong, '');
        self::assertStringContainsString('name="sallyport_password"', $blank->body);
        $page = $this->sendPassword($browser, $blank, $person->password);
        self::assertFalse($browser->isSignedIn());
        self::assertStringContainsString('no-store', (string) $page->header('cache-control'), 'it contains a secret');
        $app = self::app($page);
        $again = $browser->send('POST', self::PAGE, ['sallyport_code' => $app->wrong()] + Browser::fields($page));
        self::assertStringContainsString('id="login_error"', $again->body);
        self::assertSame($app->code(), self::app($again)->code(), 'the same secret');
        self::assertFalse($browser->isSignedIn());
        self::assertNull(self::state($person), 'no factor is active yet');

        Totp::steady();
        $done = $browser->send('POST', self::PAGE, ['sallyport_code' => ' ' . chunk_split($app->code(-1), 3, ' ')] + Browser::fields($again));
        $person->codes = self::codes($done);
        self::assertCount(10, $person->codes);
        self::assertTrue($browser->isSignedIn());
        self::assertSame(200, $browser->send('GET', '/wp-admin/profile.php')->status, 'the session counts');
        $person->app = $app;
        $this->challenge($person);
        $this->proven($person, $person->codes[0]);
        self::assertTold($person, 'factor_added');

        // A used link or page no longer works.
        self::assertStringContainsString('has already been used', $browser->send('GET', $link)->body);
        $late = new Browser(static::site());
        self::forgetCodes($person);
        $over = $late->send('POST', self::PAGE, ['sallyport_code' => $app->code()] + Browser::fields($again));
        self::assertStringContainsString('page has expired', $over->body);
        self::assertFalse($late->isSignedIn());
    }

    public function test_the_answer_names_the_address_of_the_page(): void
    {
        $answer = $this->invited($this->person());
        self::assertSame(static::site()->url . '/wp-login.php?action=sallyport-enrol&link=' . $answer['link'], $answer['url']);
    }

    public function test_an_invalid_link_shows_no_form(): void
    {
        $person = $this->person();
        $link = $this->link($person);
        $this->link($person);
        $browser = new Browser(static::site());
        foreach ([$link, self::PAGE, self::PAGE . '&link=x', self::PAGE . '&link[]=x', self::PAGE . '&link=spl1_' . str_repeat('A', 43)] as $path) {
            $page = $browser->send('GET', $path);
            self::assertSame(200, $page->status);
            self::assertMatchesRegularExpression('/has already been used or has expired|follow the link again/', $page->body, $path);
            self::assertStringNotContainsString('sallyport_password', $page->body, $path);
        }
        foreach ([
            ['sallyport_enrolment' => 'x'],
            ['sallyport_enrolment' => 'spe1_' . str_repeat('A', 43), 'sallyport_code' => '123456'],
            ['sallyport_enrolment' => 'x', 'sallyport_confirmed' => '1'],
        ] as $form) {
            self::assertStringContainsString('page has expired', $browser->send('POST', self::PAGE, $form)->body);
        }
    }

    public function test_wrong_passwords_are_throttled_as_everywhere(): void
    {
        $person = $this->person();
        $link = $this->link($person);
        $browser = new Browser(static::site());
        $page = $browser->send('GET', $link);
        for ($i = 0; $i < 10; $i++) {
            $page = $this->sendPassword($browser, $page, "wrong $i");
        }
        self::stretchWait($person);
        $page = $this->sendPassword($browser, $page, $person->password);
        self::assertMatchesRegularExpression('/Try again in \d+ (second|min)/', $page->body);
        self::assertStringNotContainsString('otpauth', $page->body);
        self::forgetFailures();
        self::app($this->sendPassword($browser, $page, $person->password));
    }

    public function test_a_user_who_must_have_a_factor_sets_it_up_at_the_login_and_reaches_their_destination(): void
    {
        $person = $this->person();
        self::required();
        $browser = new Browser(static::site());
        $page = $browser->logIn($person, ['redirect_to' => '/wp-admin/profile.php?x=a%2Fb', 'rememberme' => 'forever']);
        $app = self::app($page);
        self::assertFalse($browser->isSignedIn());
        $mine = Browser::fields($page);
        self::assertSame(['/wp-admin/profile.php?x=a%2Fb', 'forever'], [$mine['redirect_to'], $mine['rememberme']]);
        // Somebody else with the password cannot read the secret that the owner enrols.
        $theirs = new Browser(static::site());
        $other = $theirs->logIn($person);
        self::assertNotSame($app->code(), self::app($other)->code());
        // Nor does that other sign-in end the owner's.
        $page = $browser->send('POST', self::PAGE, ['sallyport_code' => ''] + $mine);
        self::assertStringContainsString('Please enter the code', $page->body);
        $app = self::app($page);
        $done = $browser->send('POST', self::PAGE, ['sallyport_code' => $app->code()] + $mine);
        self::assertCount(10, self::codes($done));
        self::assertTrue($browser->isSignedIn());
        self::assertStringContainsString('action="/wp-admin/profile.php?x=a%2Fb"', $done->body);
        self::assertSame('a/b', Browser::fields($done)['x'] ?? '');
        self::assertStringContainsString('page has expired', $theirs->send('POST', self::PAGE, ['sallyport_code' => $app->code()] + Browser::fields($other))->body);
        self::assertFalse($theirs->isSignedIn());
    }

    public function test_no_redirect_leads_to_another_site(): void
    {
        $person = $this->person();
        self::required();
        $browser = new Browser(static::site());
        $page = $browser->logIn($person, ['redirect_to' => 'https://evil.example/x']);
        $app = self::app($page);
        $done = $browser->send('POST', self::PAGE, ['sallyport_code' => $app->code()] + Browser::fields($page));
        self::assertCount(10, self::codes($done));
        self::assertStringNotContainsString('evil.example', $done->body);
    }

    public function test_an_administrator_waits_for_the_mailed_link(): void
    {
        $person = $this->person('administrator');
        self::required('administrator');
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        self::assertStringNotContainsString('otpauth', $page->body);
        self::assertStringContainsString('we sent a link', $page->body);
        $page = $browser->send('POST', self::PAGE, Browser::fields($page));
        self::assertStringContainsString('id="login_error"', $page->body);
        self::assertStringNotContainsString('otpauth', $page->body);
        $other = new Browser(static::site());
        $other->send('POST', '/wp-login.php?action=sallyport-confirm', Browser::fields($other->send('GET', $this->confirmation($person))));
        $page = $browser->send('POST', self::PAGE, Browser::fields($page));
        $app = self::app($page);
        $done = $browser->send('POST', self::PAGE, ['sallyport_code' => $app->code()] + Browser::fields($page));
        self::assertCount(10, self::codes($done));
        self::assertTrue($browser->isSignedIn());
    }

    public function test_a_mail_that_could_not_be_sent_is_shown_logged_and_sent_again(): void
    {
        $person = $this->person('administrator');
        self::required('administrator');
        $browser = new Browser(static::site());
        self::mailBroken(true);
        try {
            $page = $browser->logIn($person);
            self::assertMatchesRegularExpression('/The email could not be sent\. .*they can create a link for you to set up the second factor\./', $page->body);
            self::assertStringNotContainsString('we sent a link', $page->body);
            self::assertStringNotContainsString('I have confirmed', $page->body);
            $failed = self::activity($person->id, 'mail_failed');
            self::assertSame([['sallyport_mail_not_sent', '{"mail":"enrolment"}']], array_map(static fn (array $row): array => [$row['outcome'], $row['detail']], $failed));
            $page = $browser->send('POST', self::PAGE, Browser::fields($page));
            self::assertStringContainsString('The email could not be sent', $page->body);
            self::assertCount(2, self::activity($person->id, 'mail_failed'));
            self::assertFalse(self::refused(403, 'sallyport_enrolment_required', $this->logIn($person))['mail_sent']);
        } finally {
            self::mailBroken(false);
        }
        $page = $browser->send('POST', self::PAGE, Browser::fields($page));
        self::assertStringContainsString('<p class="message" role="status">The email was sent again.', $page->body);
        self::assertStringContainsString('we sent a link', $page->body);
        $first = $this->confirmation($person);
        $page = $browser->send('POST', self::PAGE, ['sallyport_mail_again' => '1'] + Browser::fields($page));
        self::assertStringContainsString('sent again', $page->body);
        // The sixth mail to the address has to wait; the link of the one before it is valid.
        $page = $browser->send('POST', self::PAGE, ['sallyport_mail_again' => '1'] + Browser::fields($page));
        self::assertMatchesRegularExpression('/The next one has to wait\. Try again in (9|10) min/', $page->body);
        self::assertCount(1, self::activity($person->id, 'account_throttled'));
        self::assertStringNotContainsString('otpauth', $page->body);
        $other = new Browser(static::site());
        self::assertStringContainsString('has already been used or has expired', $other->send('GET', $first)->body, 'the last one counts');
        $other->send('POST', '/wp-login.php?action=sallyport-confirm', Browser::fields($other->send('GET', $this->confirmation($person))));
        self::app($browser->send('POST', self::PAGE, ['sallyport_mail_again' => '1'] + Browser::fields($page))); // confirmed meanwhile: no mail is needed
        $again = (new Browser(static::site()))->logIn($person);
        self::assertStringContainsString('The next one has to wait', $again->body);
        self::assertStringNotContainsString('we sent a link', $again->body);
        self::assertStringContainsString(
            'page has expired',
            $browser->send(
                'POST',
                self::PAGE,
                ['sallyport_enrolment' => 'spe1_' . str_repeat('A', 43), 'sallyport_mail_again' => '1'],
            )->body,
        );
    }

    public function test_the_interim_login_frame_shows_the_codes_and_asks_to_sign_in_again(): void
    {
        $person = $this->person();
        self::required();
        $browser = new Browser(static::site());
        $page = $browser->logIn($person, ['interim-login' => '1']);
        $app = self::app($page);
        $done = $browser->send('POST', self::PAGE, ['sallyport_code' => $app->code()] + Browser::fields($page));
        self::assertCount(10, self::codes($done));
        self::assertFalse($browser->isSignedIn());
        self::assertSame('1', Browser::fields($done)['interim-login'] ?? '');
    }

    public function test_wrong_codes_count_in_the_accounts_budget_and_the_wait_is_said(): void
    {
        $person = $this->person();
        self::required();
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        $app = self::app($page);
        for ($i = 0; $i < 10; $i++) {
            $page = $browser->send('POST', self::PAGE, ['sallyport_code' => $app->wrong()] + Browser::fields($page));
        }
        $page = $browser->send('POST', self::PAGE, ['sallyport_code' => $app->code()] + Browser::fields($page));
        self::assertMatchesRegularExpression('/Try again in 15 min(ute)?s/', $page->body);
        self::assertFalse($browser->isSignedIn());
    }

    public function test_a_user_who_cannot_set_up_an_app_is_told_so(): void
    {
        $person = $this->enrolled('editor');
        self::policy(['factors' => ['editor' => ['email']]]);
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        $page = $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $person->app->code()] + Browser::fields($page));
        self::assertFalse($browser->isSignedIn());
        self::assertStringNotContainsString('otpauth', $page->body);
        self::assertStringContainsString('id="login_error"', $page->body);
    }

    /** The path of the link in the last mail that asks somebody to confirm. */
    private function confirmation(Person $person): string
    {
        $mails = array_filter(
            array_map(self::decoded(...), static::site()->mails()),
            static fn (string $mail): bool => str_contains($mail, $person->email) && str_contains($mail, 'sallyport-confirm'),
        );
        self::assertSame(1, preg_match('~https?://\S+(/wp-login\.php\?action=sallyport-confirm\S+)~', (string) end($mails), $found));
        return $found[1];
    }

    /** @return array<string, mixed> */
    private function invited(Person $person): array
    {
        self::$admin ??= $this->enrolled($this->administrator())->token;
        $answer = $this->post("/users/$person->id/enrolment-link", [], self::$admin);
        self::assertSame(200, $answer->status, (string) $answer);
        return $answer->json;
    }

    private function link(Person $person): string
    {
        return substr($this->invited($person)['url'], strlen(static::site()->url));
    }

    private function sendPassword(Browser $browser, Response $page, string $password): Response
    {
        return $browser->send('POST', self::PAGE, ['sallyport_password' => $password] + Browser::fields($page));
    }

    /** An app that has scanned the page's QR code. */
    private static function app(Response $page): Totp
    {
        self::assertSame(1, preg_match('~href="(otpauth://totp/[^"]+)"~', $page->body, $found), $page->body);
        self::assertStringContainsString('<svg', $page->body);
        return new Totp(html_entity_decode($found[1]));
    }

    /** @return list<string> */
    private static function codes(Response $page): array
    {
        preg_match_all('~<code>([0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5})</code>~', $page->body, $found);
        return $found[1];
    }

    /** @return array<string, mixed>|null */
    private static function state(Person $person): ?array
    {
        $state = static::site()->plugin('return $plugin->state()->read((int) $argv[1]);', [(string) $person->id]);
        return ($state['enrolled'] ?? false) ? $state : null;
    }
}
