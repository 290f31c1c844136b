<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Elsewhere;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';
require_once __DIR__ . '/OtherPluginChangeLaws.php';
require_once __DIR__ . '/OtherPluginFormLaws.php';
require_once __DIR__ . '/OtherPluginImportLaws.php';
require_once __DIR__ . '/OtherPluginTokenLaws.php';
require_once __DIR__ . '/../support/Elsewhere.php';

/** Laws for users of another plugin's second factor; the plugin is the stand-in, or the real one (Elsewhere). */
abstract class OtherPluginTestCase extends HttpTestCase
{
    use OwnSite;
    use OtherPluginChangeLaws;
    use OtherPluginFormLaws;
    use OtherPluginImportLaws;
    use OtherPluginTokenLaws;

    protected const FACTOR = '';
    protected const PLUGIN = '';
    protected const TOTP = '';
    protected const CODES = '';
    protected const BACKUP = ['', ''];
    protected const ENABLED = '';
    protected const TURN_ON = '';

    /** @return list<string> */
    private function theirCodes(Person $person): array
    {
        return static::site()->php('return get_user_meta((int) $argv[1], $argv[2], true);', [(string) $person->id, static::CODES]);
    }

    /** As their form does after a right backup code. */
    private function takeOutOfTheirList(Person $person, string $code): int
    {
        return static::site()->php(
            '$all = get_user_meta((int) $argv[1], $argv[2], true); $left = array_values(array_filter($all, static fn ($hash) => !wp_check_password($argv[3], $hash))); update_user_meta((int) $argv[1], $argv[2], $left); return count($all) - count($left);',
            [(string) $person->id, static::CODES, $code],
        );
    }

    /** @param callable(): void $do */
    protected function withoutThePlugin(callable $do): void
    {
        $file = basename(Elsewhere::folder(static::PLUGIN)) . '/' . static::PLUGIN . '.php';
        static::site()->php('require_once ABSPATH . "wp-admin/includes/plugin.php"; deactivate_plugins($argv[1]); return 1;', [$file]);
        try {
            $do();
        } finally {
            static::site()->php('require_once ABSPATH . "wp-admin/includes/plugin.php"; return activate_plugin($argv[1]) ?? 1;', [$file]);
        }
    }

    protected static function raisedWith(): array
    {
        return self::options(['plugin' => [Elsewhere::folder(static::PLUGIN), __DIR__ . '/../fixtures/jwt-authentication-for-wp-rest-api'], 'server' => 'fpm']);
    }

    /** @return array{Person, Elsewhere} */
    protected function theirs(): array
    {
        $person = $this->person();
        return [$person, Elsewhere::enrol(static::site(), static::PLUGIN, $person->id)];
    }

    /** @return array{Browser, Response} the browser and the answer after the password */
    protected function atTheirForm(Person $person): array
    {
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        self::assertArrayHasKey('wp-auth-nonce', Browser::fields($page), (string) $page);
        self::assertArrayNotHasKey('sallyport_challenge', Browser::fields($page), 'asked once');
        return [$browser, $page];
    }

    protected function sendForm(Browser $browser, Response $page, string $code): Response
    {
        return $browser->send(
            'POST',
            '/wp-login.php?action=validate_2fa',
            ['provider' => static::TOTP, 'authcode' => $code]
                + Browser::fields($page)
                + ['redirect_to' => static::site()->url . '/wp-admin/'],
        );
    }

    /** Deletes the plugin's own waits after a wrong code, which are not tested here. */
    protected function forgetTheirWaits(Person $person): void
    {
        static::site()->php('delete_user_meta((int) $argv[1], "_two_factor_last_login_failure"); delete_user_meta((int) $argv[1], "wp_2fa_totp-login-attempts"); delete_user_meta((int) $argv[1], "wp_2fa_email-login-attempts"); return 1;', [(string) $person->id]);
    }

    abstract protected function byMailAlone(Person $person): void;

    abstract protected function garble(Person $person): void;
}
