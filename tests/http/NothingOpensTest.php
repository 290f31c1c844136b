<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/** Unknown parameters, unknown factors, and hooks of other plugins that would grant access open nothing. */
final class NothingOpensTest extends HttpTestCase
{
    private const ME = '/wp-json/wp/v2/users/me';

    /** Words of ours, of core's and of bridged plugins, which somebody who has read the source would try. */
    private const UNEXPECTED = [
        'proof', 'sp', 'amr', 'acr', 'epoch', 'uid', 'issuer', 'first', 'verified', 'trusted', 'skip', 'bypass', 'monitor', 'enrolled', 'interactive', 'exempt',
        'two_factor', 'twoFactorEnabled', 'sallyport_verified', 'sallyport_proof', 'sallyport_monitor', 'SALLYPORT_DISABLE', 'sallyport_trust_switch', 'sallyport_disable',
        'wp-auth-id', 'wp-auth-nonce', 'provider', 'remember_device', 'wp_2fa_token', 'reauth', 'customize-login', 'user',
        'user_id', 'ID', 'id', 'role', 'rest_route_none', '_method_none',
    ];

    public function test_presence_of_an_unexpected_parameter_opens_nothing(): void
    {
        $person = $this->enrolled();
        $old = static::site()->plugin('return $plugin->access_tokens()->response(get_userdata((int) $argv[1]), null)["token"];', [(string) $person->id]);
        foreach (['1', 'true', '', (string) $person->id, 'mfa'] as $value) {
            $bag = array_fill_keys(self::UNEXPECTED, $value);
            $headers = array_combine(
                array_map(static fn (string $name): string => 'x-' . strtr(strtolower($name), '_', '-'), self::UNEXPECTED),
                array_fill(0, count(self::UNEXPECTED), $value),
            );
            $headers['cookie'] = http_build_query($bag, '', '; ');
            $query = '?' . http_build_query($bag);
            foreach ($this->logins($person, $bag, $query, $headers) as $door => $answer) {
                self::assertSame(
                    'sallyport_second_factor_required',
                    $answer->json['code'] ?? (($answer->json['twoFactorRedirect'] ?? false) ? 'sallyport_second_factor_required' : null),
                    "$door: $answer",
                );
                self::assertDoesNotMatchRegularExpression('/eyJ[\w-]*\.eyJ/', $answer->body, $door);
            }
            $browser = new Browser(static::site());
            $page = $browser->send(
                'POST',
                '/wp-login.php' . $query,
                $bag + ['log' => $person->login, 'pwd' => $person->password, 'testcookie' => '1'],
                array_diff_key($headers, ['cookie' => 1]),
            );
            self::assertFalse($browser->isSignedIn(), $page->body);
            self::refusedCredential('sallyport_token_unproven', static::site()->request('GET', self::ME . $query, headers: $headers, bearer: $old));
            self::refusedCredential('sallyport_token_unproven', static::site()->request('POST', self::ME . $query, json: $bag, headers: $headers, bearer: $old));
        }
    }

    public function test_an_unknown_factor_is_refused_at_every_login_and_spends_nothing(): void
    {
        $person = $this->enrolled();
        $code = $person->app->code(1);
        foreach (['none', 'sms', 'TOTP', 'totp ', 'device', 'browser', 'pwd', '0', 'backup_code,totp'] as $factor) {
            self::refused(400, 'sallyport_factor_unavailable', $this->logIn($person, ['code' => $code, 'factor' => $factor]));
            $theirs = static::site()->request(
                'POST',
                '/wp-json/jwt-auth/v1/token',
                json: [
                    'username' => $person->login,
                    'password' => $person->password,
                    'sallyport_code' => $code,
                    'sallyport_factor' => $factor,
                ],
            );
            self::refused(400, 'sallyport_factor_unavailable', $theirs);
        }
        self::assertSame(200, $this->logIn($person, ['code' => $code])->status);
        self::assertSame([], self::activity($person->id, 'code_refused'));
    }

    /** A plugin that says yes to everything, in the last filter. */
    public function test_hooks_of_other_plugins_may_veto_and_never_grant(): void
    {
        $person = $this->enrolled();
        $old = static::site()->plugin('return $plugin->access_tokens()->response(get_userdata((int) $argv[1]), null)["token"];', [(string) $person->id]);
        $theirs = ['username' => $person->login, 'password' => $person->password];
        $file = static::site()->dir . '/wp-content/mu-plugins/yes.php';
        static::site()->php('wp_mkdir_p(dirname($argv[1])); file_put_contents($argv[1], $argv[2]);', [$file, self::yes($person)]);
        try {
            foreach ($this->logins($person, [], '', []) as $door => $answer) {
                self::assertDoesNotMatchRegularExpression('/eyJ[\w-]*\.eyJ/', $answer->body, $door);
                self::assertArrayNotHasKey('token', (array) $answer->json, $door);
            }
            $browser = new Browser(static::site());
            $browser->logIn($person);
            self::assertStringNotContainsString($person->email, $browser->send('GET', '/wp-admin/profile.php')->body);
            $browser->send('POST', '/wp-json/switcher/v1/sign-on', json: $theirs);
            self::assertStringNotContainsString($person->email, $browser->send('GET', '/wp-admin/profile.php')->body, 'a session whose record contains what we would have written');
            self::assertNull($this->whoIs($old));
            self::assertNull($this->get(self::ME, headers: ['x-yes' => '1'])->json['id'] ?? null, 'the user that determine_current_user names');
            $wrong = static::site()->request('POST', "/wp-json/wp-2fa-methods/v1/login/$person->id/{$person->app->wrong()}", bearer: null);
            self::assertNotTrue($wrong->json['status'] ?? null, (string) $wrong);
            // Whether a code is right, no other plugin can decide.
            self::assertNotSame(200, static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: $theirs + ['sallyport_code' => $person->app->wrong()])->status);
            self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status, 'with the code it works');
        } finally {
            static::site()->php('unlink($argv[1]);', [$file]);
        }
    }

    /** @param array<string, string> $bag @param array<string, string> $headers @return array<string, Response> */
    private function logins(Person $person, array $bag, string $query, array $headers): array
    {
        $login = ['username' => $person->login, 'password' => $person->password];
        $send = static fn (string $path, array $body): Response => static::site()->request('POST', $path . $query, json: $body + $bag, headers: $headers);
        return [
            '/token' => $send(self::API . '/token', $login),
            '/login' => $send(self::API . '/login', $login),
            '/sign-in' => $send(self::API . '/sign-in/username', $login),
            'another plugin' => $send('/wp-json/jwt-auth/v1/token', $login),
            'one nobody knows' => $send('/wp-json/switcher/v1/password', $login),
        ];
    }

    private static function yes(Person $person): string
    {
        return <<<PHP
            <?php
            \$who = static fn () => get_user_by('id', $person->id);
            add_action('init', static fn () => add_filter('authenticate', static fn (\$user, \$login = '') => '$person->login' === \$login ? \$who() : \$user, PHP_INT_MAX, 2)); // After all others.
            add_filter('wp_authenticate_user', static fn (\$user) => is_wp_error(\$user) && \$who()->user_login === (\$_POST['log'] ?? '') ? \$who() : \$user, PHP_INT_MAX);
            add_filter('determine_current_user', static fn (\$user) => isset(\$_SERVER['HTTP_X_YES']) ? $person->id : \$user, PHP_INT_MAX);
            add_filter('rest_authentication_errors', static fn () => true, PHP_INT_MAX);
            add_filter('two_factor_user_api_login_enable', '__return_true', PHP_INT_MAX);
            add_filter('two_factor_providers_for_user', '__return_empty_array', PHP_INT_MAX);
            add_filter('wp_2fa_validate_login_api', '__return_true', PHP_INT_MAX);
            add_filter('sallyport_factors', '__return_empty_array', PHP_INT_MAX);
            add_filter('sallyport_issuers', '__return_empty_array', PHP_INT_MAX);
            add_filter('send_auth_cookies', '__return_true', PHP_INT_MAX);
            add_filter('attach_session_information', static fn (\$session) => ['sallyport' => ['issuer' => 'wordpress', 'amr' => ['mfa', 'otp', 'pwd'], 'at' => time(), 'epoch' => get_user_meta($person->id, '_sallyport_state', true)['epoch'] ?? '']] + \$session, 1);
            add_filter('jwt_auth_token_before_sign', static fn (\$claims) => ['sp' => ['v' => 1, 'uid' => $person->id]] + \$claims, PHP_INT_MAX);
            PHP;
    }
}
