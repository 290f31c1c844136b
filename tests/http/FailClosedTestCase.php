<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** A site of its own with enrolled users, from which the tests remove something. */
abstract class FailClosedTestCase extends HttpTestCase
{
    use OwnSite;

    protected static Person $person;
    protected static Person $plain;
    protected static Browser $theirs;
    protected static Browser $admins;
    protected static string $nonce;
    /** A proven token of a bridged plugin. */
    protected static string $bridged;

    /** Creates all users while everything still works. */
    protected function people(): void
    {
        $site = static::site();
        $site->php('is_multisite() ? update_site_option("registration", "user") : update_option("users_can_register", 1);');
        self::$person = $this->enrolled();
        self::$plain = $this->person();
        self::$theirs = new Browser($site);
        $page = self::$theirs->logIn(self::$person);
        self::$theirs->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => self::$person->codes[0]] + Browser::fields($page));
        self::$nonce = self::$theirs->nonce();
        self::$admins = new Browser($site);
        self::$admins->logIn(Person::admin($site));
        $login = ['username' => self::$person->login, 'password' => self::$person->password, 'sallyport_code' => self::$person->codes[1]];
        self::$bridged = $site->request('POST', '/wp-json/jwt-auth/v1/token', json: $login)->json['token'];
        self::$person->token = self::$person->token === '' ? $this->proven(self::$person) : self::$person->token;
        $this->assertOpen();
    }

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return self::options();
    }

    /** Restarts the site without some of its parts. @param array<string, mixed> $options @param array<string, scalar> $define */
    protected static function restart(array $options = [], array $define = []): void
    {
        self::site()->up_again($options + ['define' => $define + ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET]]);
    }

    /** Enrolled users get in nowhere, with any credential; others everywhere except at our own token routes. */
    protected function assertClosed(string $notice): void
    {
        foreach ([self::$person, self::$plain] as $someone) {
            self::refused(503, 'sallyport_unavailable', $this->logIn($someone));
            self::refused(503, 'sallyport_unavailable', $this->post('/login', ['username' => $someone->login, 'password' => $someone->password]));
        }
        self::refused(503, 'sallyport_unavailable', $this->logIn(self::$person, ['code' => self::$person->codes[2]]));
        self::refused(503, 'sallyport_unavailable', $this->logIn(self::$person, ['code' => self::$person->app->code()]));
        self::refused(503, 'sallyport_unavailable', $this->post('/challenge/verify', ['challenge' => 'spc1_' . str_repeat('A', 43), 'code' => '123456']));
        self::refused(503, 'sallyport_unavailable', $this->post('/token/validate', ['token' => self::$person->token]));
        self::refused(503, 'sallyport_unavailable', $this->post('/sso/exchange', ['site_key' => 'nobody', 'token' => 'x', 'signature' => 'x']));
        $this->assertAccountsClosed();
        $this->assertOtherDoorsClosed();
        $this->assertCredentialsClosed();
        $this->assertAdministratorsAreTold($notice);
    }

    private function assertAccountsClosed(): void
    {
        $login = 'new' . bin2hex(random_bytes(5));
        self::refused(503, 'sallyport_unavailable', $this->post('/register', ['username' => $login, 'email' => "$login@example.test", 'password' => 'long enough, that is']));
        foreach ([self::$person->login, self::$plain->login, $login] as $name) {
            self::refused(503, 'sallyport_unavailable', $this->post('/forgot-password', ['login' => $name]));
            self::refused(503, 'sallyport_unavailable', $this->post('/reset-password', ['login' => $name, 'password' => 'long enough, that is', 'otp' => '12345678']));
        }
    }

    private function assertOtherDoorsClosed(): void
    {
        $site = static::site();
        $bridged = static fn (Person $person, array $more = []) => $site->request(
            'POST',
            '/wp-json/jwt-auth/v1/token',
            json: $more + ['username' => $person->login, 'password' => $person->password],
        );
        self::refused(503, 'sallyport_unavailable', $bridged(self::$person));
        self::refused(503, 'sallyport_unavailable', $bridged(self::$person, ['sallyport_code' => self::$person->codes[2]]));
        self::assertSame(200, $bridged(self::$plain)->status);

        $browser = new Browser($site);
        $page = $browser->logIn(self::$person);
        self::assertFalse($browser->isSignedIn());
        self::assertStringContainsString('does not work at the moment', $page->body);
        $page = $browser->logIn(self::$plain);
        self::assertTrue($browser->isSignedIn(), "somebody without a factor: $page");
        self::assertSame(200, $browser->send('GET', '/wp-admin/profile.php')->status);

        foreach (['password', 'sign-on'] as $door) {
            $answer = $site->request('POST', "/wp-json/switcher/v1/$door", json: ['username' => self::$person->login, 'password' => self::$person->password]);
            self::refused(503, 'sallyport_unavailable', $answer);
            $answer = $site->request('POST', "/wp-json/switcher/v1/$door", json: ['username' => self::$plain->login, 'password' => self::$plain->password]);
            self::assertSame([200, self::$plain->id], [$answer->status, $answer->json['user'] ?? null]);
        }
        $xml = '<?xml version="1.0"?><methodCall><methodName>wp.getProfile</methodName><params><param><value>1</value></param><param><value>'
            . self::$person->login . '</value></param><param><value>' . self::$person->password . '</value></param></params></methodCall>';
        self::assertStringContainsString('<fault>', $site->request('POST', '/xmlrpc.php', form: $xml, headers: ['content-type' => 'text/xml'])->body);
    }

    private function assertCredentialsClosed(): void
    {
        $site = static::site();
        self::assertNotSame(self::$person->id, $this->whoIs(self::$person->token));
        self::refused(503, 'sallyport_unavailable', $this->get('/wp-json/wp/v2/users/me', self::$person->token));
        self::refused(503, 'sallyport_unavailable', $this->get('/wp-json/wp/v2/users/me', self::$bridged));
        self::refused(503, 'sallyport_unavailable', $this->get(self::API . '/two-factor', self::$person->token));
        $browser = clone self::$theirs;
        self::refused(503, 'sallyport_unavailable', $browser->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => self::$nonce]));
        self::assertTrue($browser->isSignedIn(), 'a valid cookie outlives the failure');
        self::assertNotSame(200, $browser->send('GET', '/wp-admin/profile.php')->status);
        self::assertSame(0, $browser->send('GET', '/wp-admin/admin-ajax.php?action=switcher')->json['user']);
        $answer = $site->request('POST', '/wp-json/switcher/v1/borrow?switcher_to=' . self::$person->id);
        self::assertSame(0, $answer->json['user']);
    }

    private function assertAdministratorsAreTold(string $notice): void
    {
        $page = self::$admins->send('GET', '/wp-admin/index.php');
        self::assertSame(200, $page->status);
        $text = html_entity_decode(strip_tags($page->body), ENT_QUOTES);
        self::assertStringContainsString('Users with a second factor cannot sign in.', $text);
        self::assertStringContainsString($notice, $text);
    }

    /** Everything works again, and earlier proofs are still accepted. */
    protected function assertOpen(): void
    {
        self::assertSame(self::$person->id, $this->whoIs(self::$person->token), 'the old proven token');
        self::assertSame(self::$person->id, $this->whoIs(self::$bridged), 'and the bridged one');
        self::assertSame(self::$person->id, self::$theirs->send('GET', '/wp-json/wp/v2/users/me', headers: ['x-wp-nonce' => self::$nonce])->json['id'] ?? null, 'the old cookie');
        self::assertSame(200, self::$theirs->send('GET', '/wp-admin/profile.php')->status);
        self::refused(401, 'sallyport_second_factor_required', $this->logIn(self::$person));
        self::assertSame(200, $this->logIn(self::$plain)->status);
        $page = self::$admins->send('GET', '/wp-admin/index.php');
        self::assertSame(200, $page->status);
        self::assertStringNotContainsString('cannot sign in', $page->body);
    }
}
