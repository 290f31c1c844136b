<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** The front end has the site's address, and WordPress another one: links to pages of WordPress still work. */
final class HomeElsewhereTest extends HttpTestCase
{
    use OwnSite;

    private const PAGE = '/wp-admin/profile.php?page=sallyport-security';

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return ['define' => ['WP_HOME' => 'https://front.example'], 'multisite' => false]; // A network ignores the constant.
    }

    public function test_a_sign_in_leads_to_the_users_destination(): void
    {
        self::assertSame(static::site()->url . self::PAGE, $this->signInTo(static::site()->url . self::PAGE));
        self::assertSame('https://front.example/account', $this->signInTo('https://front.example/account'));
        foreach (['https://elsewhere.example/', static::site()->url . '.elsewhere.example/', static::site()->url . '@elsewhere.example/', '//elsewhere.example/'] as $other) {
            self::assertSame(static::site()->url . '/wp-admin/', $this->signInTo($other), $other);
        }
    }

    public function test_a_form_that_requires_step_up_leads_to_its_page_and_back(): void
    {
        $person = $this->enrolled();
        $browser = $this->signedIn($person);
        static::ageSessions($person);
        $sent = (string) $browser->send('GET', '/wp-admin/authorize-application.php?app_name=x')->header('location');
        self::assertStringStartsWith(static::site()->url . '/wp-login.php?action=sallyport-step-up&redirect_to=', $sent);
        $form = Browser::fields($browser->send('GET', substr($sent, strlen(static::site()->url))));
        $back = ['redirect_to' => static::site()->url . self::PAGE, 'sallyport_code' => array_shift($person->codes)];
        self::assertSame(static::site()->url . self::PAGE, $browser->send('POST', '/wp-login.php?action=sallyport-step-up', $back + $form)->header('location'));
    }

    public function test_a_form_of_sign_in_security_leads_to_its_own_page(): void
    {
        $person = $this->person();
        $browser = $this->signedIn($person);
        $form = Browser::fields($browser->send('GET', self::PAGE));
        $answer = $browser->send('POST', self::PAGE, ['sallyport_password' => $person->password] + $form);
        self::assertSame(302, $answer->status, (string) $answer);
        self::assertStringStartsWith(static::site()->url . self::PAGE, (string) $answer->header('location'));
    }

    private function signInTo(string $page): ?string
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $form = Browser::fields($browser->logIn($person, ['redirect_to' => $page]));
        return $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $person->app->code()] + $form)->header('location');
    }
}
