<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Response;

require_once __DIR__ . '/EmailCodeTestCase.php';

/** wp-login.php for users who enrolled an address: a button mails the code, without JavaScript. */
final class EmailWpLoginTest extends EmailCodeTestCase
{
    private const STEP = '/wp-login.php?action=sallyport';

    public function test_a_user_with_only_mailed_codes_requests_one_and_enters_it(): void
    {
        $person = $this->enrolledByMail();
        $browser = new Browser(static::site());
        $page = $browser->logIn($person, ['redirect_to' => '/wp-admin/profile.php?x=a%2Fb', 'rememberme' => 'forever']);
        self::assertStringContainsString($person->login[0] . '***@e***.test', $page->body);
        self::assertStringNotContainsString($person->email, $page->body);
        self::assertStringNotContainsString('name="sallyport_code"', $page->body, 'there is no code yet');
        self::assertSame(['sallyport_send'], self::buttons($page));
        self::assertSame([], static::site()->mails(), 'no mail is sent without a request');

        $page = $this->press($browser, $page, 'sallyport_send');
        self::assertCount(1, static::site()->mails());
        self::assertSame(['wp-submit', 'sallyport_send'], self::buttons($page), 'another one');
        $fields = Browser::fields($page);
        self::assertSame(['email', 'forever', '/wp-admin/profile.php?x=a%2Fb'], [$fields['sallyport_factor'], $fields['rememberme'], $fields['redirect_to']]);
        $code = self::codeIn(self::mailsTo($person->email)[0]);
        self::assertStringNotContainsString($code, $page->body);

        $page = $browser->send('POST', self::STEP, ['sallyport_code' => self::wrong($code)] + $fields);
        self::assertStringContainsString('id="login_error"', $page->body);
        self::assertFalse($browser->isSignedIn());
        $page = $browser->send('POST', self::STEP, ['sallyport_code' => $code] + Browser::fields($page));
        self::assertSame(302, $page->status);
        self::assertStringEndsWith('/wp-admin/profile.php?x=a%2Fb', $page->header('location'));
        self::assertTrue($browser->isSignedIn());
        self::assertSame(200, $browser->send('GET', '/wp-admin/profile.php')->status, 'the session counts');
    }

    public function test_a_user_with_an_app_is_asked_for_it_and_can_request_a_mailed_code(): void
    {
        $person = $this->enrolled();
        $this->enrolByMail($person);
        self::forgetCodes($person);
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        self::assertStringContainsString('authenticator app', $page->body);
        self::assertSame(['wp-submit', 'sallyport_send'], self::buttons($page), 'Enter presses the first button');
        $page = $this->press($browser, $page, 'sallyport_send');
        self::assertSame(['wp-submit', 'sallyport_send', 'sallyport_other'], self::buttons($page));
        $mailed = Browser::fields($page);
        $page = $this->press($browser, $page, 'sallyport_other');
        self::assertArrayNotHasKey('sallyport_factor', Browser::fields($page));
        self::assertStringContainsString('authenticator app', $page->body);
        $code = self::codeIn(self::mailsTo($person->email)[0]);
        self::assertStringContainsString('id="login_error"', $browser->send('POST', self::STEP, ['sallyport_code' => $code] + Browser::fields($page))->body, "it is not the app's");
        self::assertSame(302, $browser->send('POST', self::STEP, ['sallyport_code' => $code] + $mailed)->status);
        self::assertTrue($browser->isSignedIn());

        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        self::assertSame(302, $browser->send('POST', self::STEP, ['sallyport_code' => $person->app->code()] + Browser::fields($page))->status, 'the app without asking for a mail');
    }

    public function test_a_user_with_backup_codes_can_use_one(): void
    {
        $person = $this->enrolledByMail();
        $code = static::site()->plugin('return (fn (int $id): string => $this->enrolment()->regenerate_codes($id, time())[0])->call($plugin, (int) $argv[1]);', [(string) $person->id]);
        $data = self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertSame([['backup_code', 'email'], 'email'], [$data['factors'], $data['preferred']]);
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        self::assertSame(['sallyport_send', 'sallyport_other'], self::buttons($page));
        $page = $this->press($browser, $page, 'sallyport_other');
        self::assertSame(302, $browser->send('POST', self::STEP, ['sallyport_code' => $code] + Browser::fields($page))->status);
        self::assertTrue($browser->isSignedIn());
    }

    public function test_a_second_mail_within_a_minute_is_refused_and_the_form_stays(): void
    {
        $person = $this->enrolledByMail();
        $browser = new Browser(static::site());
        $page = $this->press($browser, $browser->logIn($person), 'sallyport_send');
        $page = $this->press($browser, $page, 'sallyport_send');
        self::assertStringContainsString(' aria-describedby="login_error sallyport-help" required', $page->body, 'the error is not about the code');
        self::assertMatchesRegularExpression('/Too many attempts.*Try again in/s', $page->body);
        self::assertCount(1, static::site()->mails());
        $code = self::codeIn(self::mailsTo($person->email)[0]);
        self::assertSame(302, $browser->send('POST', self::STEP, ['sallyport_code' => $code] + Browser::fields($page))->status);
    }

    public function test_the_button_sends_nothing_without_a_challenge_of_this_door_or_an_enrolled_address(): void
    {
        $person = $this->enrolledByMail();
        $other = $this->enrolled();
        static::site()->forgetMails();
        $browser = new Browser(static::site());
        foreach (['', 'spc1_' . str_repeat('A', 43), $this->challenge($person)] as $challenge) {
            $page = $browser->send('POST', self::STEP, ['sallyport_challenge' => $challenge, 'sallyport_send' => '1']);
            self::assertStringContainsString('id="login_error"', $page->body);
        }
        $page = $browser->logIn($other);
        self::assertSame(['wp-submit'], self::buttons($page), 'no button');
        $page = $this->press($browser, $page, 'sallyport_send');
        self::assertStringContainsString('id="login_error"', $page->body);
        self::assertSame(302, $browser->send('POST', self::STEP, ['sallyport_code' => $other->app->code()] + Browser::fields($page))->status, 'nothing was spent');
        self::assertSame([], static::site()->mails());
    }

    private function press(Browser $browser, Response $page, string $button): Response
    {
        $page = $browser->send('POST', self::STEP, [$button => '1'] + array_diff_key(Browser::fields($page), ['wp-submit' => 1, 'sallyport_code' => 1]));
        self::assertSame(200, $page->status, (string) $page);
        self::assertFalse($browser->isSignedIn());
        return $page;
    }

    /** @return list<string> names of the form's buttons, in their order */
    private static function buttons(Response $page): array
    {
        preg_match_all('/<(?:input type="submit"|button type="submit") name="([\w-]+)"/', $page->body, $names);
        return $names[1];
    }
}
