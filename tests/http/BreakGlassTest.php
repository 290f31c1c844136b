<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** SALLYPORT_DISABLE, for the case that nobody can get in: it is reported everywhere, and credentials issued under it are not accepted afterwards. */
final class BreakGlassTest extends HttpTestCase
{
    use OwnSite;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return self::options();
    }

    public function test_break_glass_skips_the_code_and_is_shown_on_admin_pages_and_in_the_log(): void
    {
        $person = $this->enrolled($this->administrator());
        $proven = $person->token;
        $lower = $this->person();
        self::restart(['SALLYPORT_DISABLE' => true]);
        $answer = $this->logIn($person);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        $bridged = static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: ['username' => $person->login, 'password' => $person->password]);
        self::assertSame($person->id, $this->whoIs($bridged->json['token'] ?? ''));
        $browser = new Browser(static::site());
        $browser->logIn($person);
        self::assertTrue($browser->isSignedIn());
        self::assertCount(3, self::activity($person->id, 'break_glass_used'));
        self::assertSame(
            200,
            $this->post('/two-factor/generate-backup-codes', ['password' => $person->password], $answer->json['token'])->status,
            'a user who lost the codes creates new ones',
        );
        foreach (['index.php', 'plugins.php', 'tools.php', 'users.php', 'edit.php'] as $page) {
            self::assertStringContainsString('SALLYPORT_DISABLE is set', $browser->send('GET', "/wp-admin/$page")->body, $page);
        }
        $theirs = new Browser(static::site());
        $theirs->logIn($lower);
        self::assertStringNotContainsString('SALLYPORT_DISABLE', $theirs->send('GET', '/wp-admin/index.php')->body, 'users who cannot fix it do not see it');
        self::assertSame([], self::activity($lower->id, 'break_glass_used'));
        self::refused(401, 'sallyport_invalid_credentials', $this->post('/token', ['username' => $person->login, 'password' => 'wrong']));
        static::site()->plugin('$plugin->probe_result()->keep([["door" => "wp-login.php", "verdict" => "shut"]], time());');
        self::assertFalse($this->get(self::API . '/probe', $proven)->json['current'], 'doors that were found shut are open now');
        $overview = $browser->send('GET', '/wp-admin/options-general.php?page=sallyport')->body;
        self::assertSame(2, substr_count($overview, 'Yes: SALLYPORT_DISABLE lets everyone in with a password alone.'), 'the answer of the probe, and Site Health');
        self::assertStringNotContainsString('shut to the password alone', $overview);

        self::restart();
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $answer->json['token']));
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $bridged->json['token']));
        self::assertNotSame(200, $browser->send('GET', '/wp-admin/profile.php')->status, 'nor does the session count');
        self::assertSame($person->id, $this->whoIs($proven), 'an earlier proof is still accepted');
        self::assertTrue($this->get(self::API . '/probe', $proven)->json['current']);
        $this->challenge($person);
    }

    public function test_false_is_no_break_glass(): void
    {
        $person = $this->enrolled();
        self::restart(['SALLYPORT_DISABLE' => false]);
        $this->challenge($person);
        self::assertSame([], self::activity($person->id, 'break_glass_used'));
        self::restart();
    }

    public function test_it_opens_wp_login_where_sallyport_cannot_work(): void
    {
        $person = $this->enrolled($this->administrator());
        static::site()->up_again(['without-extension' => true, 'define' => ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET]]);
        $browser = new Browser(static::site());
        $browser->logIn($person);
        self::assertFalse($browser->isSignedIn());
        static::site()->up_again(['without-extension' => true, 'define' => ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET, 'SALLYPORT_DISABLE' => true]]);
        $browser->logIn($person);
        self::assertTrue($browser->isSignedIn());
        $page = $browser->send('GET', '/wp-admin/index.php')->body;
        self::assertStringContainsString('SALLYPORT_DISABLE is set', $page);
        self::assertStringContainsString('Once SALLYPORT_DISABLE is removed, users with a second factor cannot sign in.', $page);
        self::assertStringNotContainsString('Users with a second factor cannot sign in', $page, 'as yet they can');
        self::refused(503, 'sallyport_unavailable', $this->logIn($person));
        self::restart();
    }

    /** @param array<string, scalar> $define */
    private static function restart(array $define = []): void
    {
        static::site()->up_again(['define' => $define + ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET]]);
    }
}
