<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** WP 2FA's REST login: the requests and answers of its guide, and none of the ways to bypass the password. */
final class Wp2faLoginTest extends HttpTestCase
{
    use OwnSite; // its settings and plugins change

    private const LOGIN = '/wp-json/wp-2fa-methods/v1/login';
    private const STRANGER = 'Unauthorized user 2FA attempt';

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return self::options();
    }

    /** @dataProvider forms */
    public function test_every_form_of_the_guide_completes_a_login(string $path, array $body): void
    {
        $person = $this->enrolled();
        $fill = fn (string $text): string => strtr($text, ['{id}' => (string) $person->id, '{code}' => $person->app->code()]);
        $answer = $this->wp2fa($fill($path), array_map($fill, $body), $this->challenge($person));
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(['status', 'message', 'redirect_to', 'token'], array_slice(array_keys($answer->json), 0, 4));
        self::assertSame([true, 'Successfully signed in with WP 2FA.', static::site()->url . '/wp-admin/'], array_slice(array_values($answer->json), 0, 3));
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        self::assertNull($answer->header('set-cookie'));
        self::assertStringContainsString('no-store', (string) $answer->header('cache-control'));
        self::assertSame(in_array('true', [...explode('/', $path), $body['remember_device'] ?? ''], true), isset($answer->json['device']));
    }

    public static function forms(): array
    {
        return [
            'body' => ['', ['user_id' => '{id}', 'token' => '{code}']],
            'body, all' => ['', ['user_id' => '{id}', 'token' => '{code}', 'provider' => 'totp', 'remember_device' => 'true']],
            'user' => ['/{id}', ['token' => '{code}']],
            'code' => ['/{id}/{code}', []],
            'provider' => ['/{id}/{code}/totp', []],
            'device' => ['/{id}/{code}/totp/true', []],
            'no device' => ['/{id}/{code}/totp/false', []],
        ];
    }

    public function test_the_challenge_travels_as_everywhere(): void
    {
        $person = $this->enrolled();
        $path = self::LOGIN . "/$person->id/";
        $answer = static::site()->request('POST', $path . $person->app->code(), form: ['challenge' => $this->challenge($person)]);
        self::assertTrue($answer->json['status'] ?? null, (string) $answer);
        $answer = static::site()->request('POST', $path . $person->app->code(1), bearer: $this->challenge($person));
        self::assertTrue($answer->json['status'] ?? null, (string) $answer);
        self::refused(400, 'sallyport_ambiguous', $this->wp2fa("/$person->id/123456", [], $this->challenge($person), ['authorization' => "Bearer $person->token"]));
    }

    public function test_a_wrong_code_and_a_factor_the_user_does_not_have(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        $wrong = ['status' => false, 'message' => 'Provided details are wrong.', 'redirect_to' => ''];
        self::shape(200, $wrong, $this->wp2fa("/$person->id/{$person->app->wrong()}", [], $challenge));
        self::shape(200, $wrong, $this->wp2fa("/$person->id/{$person->app->wrong()}/email", [], $challenge));
        self::shape(200, $wrong, $this->wp2fa("/$person->id/1-2%203/totp", [], $challenge));
        self::shape(200, $wrong, $this->wp2fa("/$person->id/123456", ['factor' => 'palm'], $challenge, ['x-sallyport-factor' => 'palm']));
        self::assertSame(3, count(self::activity($person->id, 'code_refused')));
        self::assertTrue($this->wp2fa("/$person->id/" . $person->app->code(), [], $challenge)->json['status']);
    }

    public function test_the_provider_is_a_hint(): void
    {
        $person = $this->enrolled();
        foreach ([
            'totp' => $person->codes[0],
            'backup_codes' => strtolower($person->codes[1]),
            'backup_code' => str_replace('-', '%20', $person->codes[2]),
        ] as $provider => $code) {
            self::assertTrue($this->wp2fa("/$person->id/$code/$provider", [], $this->challenge($person))->json['status'], $provider);
        }
        $code = $person->app->code();
        self::assertTrue($this->wp2fa("/$person->id/" . substr($code, 0, 3) . '-' . substr($code, 3) . '/email', [], $this->challenge($person))->json['status']);
    }

    public function test_malformed_fields(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        self::shape(400, self::invalid('User ID is required'), $this->wp2fa('', ['token' => '123456'], $challenge));
        self::shape(400, self::invalid('Token is required'), $this->wp2fa("/$person->id", [], $challenge));
        self::shape(400, self::invalid('Token is required'), $this->wp2fa('', ['user_id' => $person->id, 'token' => ''], $challenge));
        $bad = [
            ['', ['user_id' => [$person->id], 'token' => '123456']],
            ['', ['user_id' => $person->id, 'token' => ['123456']]],
            ['', ['user_id' => $person->id, 'token' => 123456]],
            ['', ['user_id' => $person->id, 'token' => '123456', 'provider' => ['totp']]],
            ['', ['user_id' => '1e1', 'token' => '123456']],
            ['', ['user_id' => -1, 'token' => '123456']],
            ['', ['user_id' => 0, 'token' => '123456']],
            ['/0/123456', []],
            ["/$person->id/123456/palm", []],
            ["/$person->id/123456/TOTP", []],
            ["/$person->id/123456/totp/banana", []],
            ["/$person->id/" . str_repeat('1', 300), []],
            ["/$person->id/%00", []],
            ["/$person->id/%ff", []],
        ];
        foreach ($bad as [$path, $body]) {
            $answer = $this->wp2fa($path, $body, $challenge);
            if (str_ends_with($path, '%00') && $answer->json === null) {
                self::assertSame(400, $answer->status, 'nginx refuses it');
                continue;
            }
            self::refused(400, 'rest_invalid_param', $answer);
            self::assertSame(400, $answer->json['status'], (string) $answer);
        }
        $differ = $this->wp2fa("/$person->id/123456", ['token' => '654321'], $challenge);
        self::refused(400, 'sallyport_ambiguous', $differ);
        self::assertSame(400, $differ->json['status']);
        self::refused(400, 'sallyport_ambiguous', $this->wp2fa('/1/123456', ['user_id' => [1]], $challenge));
        self::assertSame([], self::activity($person->id, 'code_refused'));
    }

    /** @dataProvider strangers */
    public function test_without_a_proof_of_the_password_no_code_is_checked(string $how): void
    {
        $person = $this->enrolled();
        $other = $this->enrolled();
        $mine = $this->challenge($person);
        [$challenge, $headers, $id] = match ($how) {
            'nothing' => [null, [], $person->id],
            'nobody there' => [null, [], 999999],
            'challenge of another' => [$this->challenge($other), [], $person->id],
            'challenge, nobody there' => [$mine, [], 999999],
            'no challenge' => ['spc1_' . str_repeat('A', 43), [], $person->id],
            'token' => [null, ['authorization' => "Bearer $person->token"], $person->id],
            'token of another' => [null, ['authorization' => "Bearer $other->token"], $person->id],
        };
        for ($i = 0; $i < 12; $i++) {
            self::shape(400, self::invalid(self::STRANGER), $this->wp2fa("/$id/" . $person->app->code(), [], $challenge, $headers));
        }
        self::assertSame([], [...self::activity($person->id, 'code_refused'), ...self::activity($other->id, 'code_refused')]);
        self::assertTrue($this->wp2fa("/$person->id/" . $person->app->code(), [], $mine)->json['status'], 'locked by a stranger');
    }

    public static function strangers(): array
    {
        return array_map(
            static fn (string $how): array => [$how],
            ['nothing', 'nobody there', 'challenge of another', 'challenge, nobody there', 'no challenge', 'token', 'token of another'],
        );
    }

    public function test_a_used_or_used_up_challenge_is_no_proof(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        self::assertTrue($this->wp2fa("/$person->id/" . $person->app->code(), [], $challenge)->json['status']);
        self::shape(400, self::invalid(self::STRANGER), $this->wp2fa("/$person->id/" . $person->app->code(1), [], $challenge));
        $challenge = $this->challenge($person);
        for ($i = 0; $i < 5; $i++) {
            $this->wp2fa("/$person->id/" . $person->app->wrong(), [], $challenge);
        }
        self::shape(400, self::invalid(self::STRANGER), $this->wp2fa("/$person->id/" . $person->app->code(1), [], $challenge));
    }

    public function test_a_session_is_ended_and_a_new_one_started(): void
    {
        $person = $this->enrolled();
        self::forgetCodes($person);
        $browser = $this->signedIn($person);
        $twin = clone $browser;
        self::shape(400, self::invalid(self::STRANGER), $this->in($browser, "/$person->id/{$person->app->code(1)}", []));
        $nonce = ['x-wp-nonce' => $browser->nonce()];
        self::shape(200, ['status' => false, 'message' => 'Provided details are wrong.', 'redirect_to' => ''], $this->in($browser, "/$person->id/{$person->app->wrong()}", $nonce));
        self::shape(400, self::invalid(self::STRANGER), $this->in($browser, '/1/' . $person->app->code(1), $nonce));
        self::shape(400, self::invalid(self::STRANGER), $this->in($browser, "/$person->id/{$person->app->code(1)}?_wpnonce={$nonce['x-wp-nonce']}", []));
        $answer = $this->in($browser, "/$person->id/{$person->app->code(1)}", $nonce);
        self::assertTrue($answer->json['status'] ?? null, (string) $answer);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        self::assertTrue($browser->isSignedIn());
        self::assertNotSame($twin->cookies, $browser->cookies);
        self::assertSame(200, $browser->send('GET', '/wp-admin/profile.php')->status);
        self::assertSame(302, $twin->send('GET', '/wp-admin/profile.php')->status, 'the earlier session has ended');
        self::assertCount(1, static::site()->php('return WP_Session_Tokens::get_instance((int) $argv[1])->get_all();', [(string) $person->id]));
    }

    public function test_a_session_from_before_is_none_and_a_user_without_a_factor_has_no_code(): void
    {
        $person = $this->person();
        $browser = $this->signedIn($person);
        $nonce = ['x-wp-nonce' => $browser->nonce()];
        self::shape(200, ['status' => false, 'message' => 'Provided details are wrong.', 'redirect_to' => ''], $this->in($browser, "/$person->id/123456", $nonce));
        $this->signIn($person);
        $this->enrol($person);
        $answer = $this->in($browser, "/$person->id/" . $person->app->code(), $nonce);
        self::assertSame(['rest_cookie_invalid_nonce', 403], [$answer->json['code'], $answer->json['status']], 'the enrolment ended it');
    }

    public function test_the_interactive_login_gets_its_cookie_and_no_token(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $challenge = Browser::fields($browser->logIn($person))['sallyport_challenge'];
        self::refused(403, 'sallyport_origin_refused', $browser->send('POST', self::LOGIN . "/$person->id/" . $person->app->code(), ['challenge' => $challenge]));
        self::refused(
            403,
            'sallyport_origin_refused',
            $browser->send(
                'POST',
                self::LOGIN,
                json: ['user_id' => $person->id, 'token' => $person->app->code(), 'challenge' => $challenge],
                headers: ['origin' => 'https://evil.example'],
            ),
        );
        self::assertFalse($browser->isSignedIn());
        $answer = $browser->send('POST', self::LOGIN, json: ['user_id' => $person->id, 'token' => $person->app->code(), 'challenge' => $challenge]);
        self::shape(200, ['status' => true, 'message' => 'Successfully signed in with WP 2FA.', 'redirect_to' => static::site()->url . '/wp-admin/'], $answer);
        self::assertTrue($browser->isSignedIn());
        self::assertSame(200, $browser->send('GET', '/wp-admin/profile.php')->status);
    }

    public function test_another_plugins_login_is_answered_with_its_own_token(): void
    {
        $person = $this->enrolled();
        $begun = static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: ['username' => $person->login, 'password' => $person->password]);
        $answer = $this->wp2fa("/$person->id/" . $person->app->code(), ['remember_device' => true], $begun->json['data']['challenge']);
        self::assertSame(200, $this->logIn($person, ['device' => $answer->json['device'] ?? ''])->status, 'the device is trusted');
        self::assertTrue($answer->json['status'] ?? null, (string) $answer);
        self::assertArrayNotHasKey('sid', self::claims($answer->json['token']));
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
    }

    public function test_locked(): void
    {
        $person = $this->enrolled();
        $challenges = [$this->challenge($person), $this->challenge($person), $this->challenge($person)];
        for ($i = 0; $i < 10; $i++) {
            $this->wp2fa("/$person->id/" . $person->app->wrong(), [], $challenges[intdiv($i, 5)]);
        }
        $answer = $this->wp2fa("/$person->id/" . $person->app->code(), [], $challenges[2]);
        self::assertSame(200, $answer->status);
        self::assertSame(['status', 'message', 'redirect_to', 'retry_after'], array_keys($answer->json));
        self::assertSame([false, 'Too many attempts. Please try again later.', ''], array_slice(array_values($answer->json), 0, 3));
        self::assertEqualsWithDelta(900, $answer->json['retry_after'], 30);
        self::assertSame((string) $answer->json['retry_after'], $answer->header('retry-after'));
    }

    public function test_a_get_is_not_answered_whatever_method_override_it_sends(): void
    {
        $person = $this->enrolled();
        $challenge = ['x-sallyport-challenge' => $this->challenge($person)];
        $path = self::LOGIN . "/$person->id/" . $person->app->code();
        foreach (['', '/', '?_method=POST', '#header'] as $how) {
            $headers = $challenge + ($how === '#header' ? ['x-http-method-override' => 'POST'] : []);
            $answer = static::site()->request('GET', $path . ($how === '#header' ? '' : $how), headers: $headers);
            self::shape(405, ['code' => 'invalid_request', 'message' => 'Send this by POST.', 'data' => ['status' => 405], 'status' => 405], $answer);
            self::assertSame('POST', $answer->header('allow'), $how);
        }
        // A POST stays a POST, whatever `_method` says; clients had to use it for the plugin itself.
        self::assertTrue(static::site()->request('POST', "$path?_method=GET", headers: $challenge)->json['status']);
        $challenge = ['x-sallyport-challenge' => $this->challenge($person), 'x-http-method-override' => 'GET'];
        self::assertTrue(static::site()->request('POST', self::LOGIN . "/$person->id/" . $person->app->code(1), headers: $challenge)->json['status']);
        self::shape(400, self::invalid(self::STRANGER), static::site()->request('POST', "$path?_method=GET"));
    }

    public function test_a_get_is_answered_where_the_site_says_so(): void
    {
        static::site()->wp('sallyport', 'setting', 'set', 'wp2fa_get', 'true');
        try {
            $person = $this->enrolled();
            $answer = static::site()->request(
                'GET',
                self::LOGIN . "/$person->id/{$person->app->code()}/totp/true",
                headers: ['x-sallyport-challenge' => $this->challenge($person)],
            );
            self::assertTrue($answer->json['status'] ?? null, (string) $answer);
            self::assertArrayHasKey('device', $answer->json);
            self::shape(400, self::invalid(self::STRANGER), $this->get(self::LOGIN . "/$person->id/{$person->app->code(1)}"));
        } finally {
            static::site()->wp('sallyport', 'setting', 'reset', 'wp2fa_get');
        }
    }

    public function test_its_filter_can_refuse_and_never_grant(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        $wrong = ['status' => false, 'message' => 'Provided details are wrong.', 'redirect_to' => ''];
        $this->withPlugin('add_filter("wp_2fa_validate_login_api", fn () => ["valid" => true]); add_filter("login_redirect", fn ($to, $wanted, $user) => home_url("/hello/$user->ID"), 10, 3);', function () use ($person, $challenge, $wrong): void {
            self::shape(200, $wrong, $this->wp2fa("/$person->id/" . $person->app->wrong(), [], $challenge));
            self::assertSame(static::site()->url . "/hello/$person->id", $this->wp2fa("/$person->id/" . $person->app->code(), [], $challenge)->json['redirect_to']);
        });
        foreach (['["valid" => false]', '[]', 'true', 'null', '["valid" => 1]'] as $said) {
            $this->withPlugin("add_filter('wp_2fa_validate_login_api', fn () => $said);", function () use ($person, $wrong, $said): void {
                self::forgetCodes($person);
                $answer = $this->wp2fa("/$person->id/" . $person->app->code(), ['remember_device' => true], $this->challenge($person));
                self::assertSame([], self::activity($person->id, 'device_trusted'), 'nor is the device trusted');
                self::assertSame($wrong, $answer->json, $said);
            });
        }
    }

    public function test_it_yields_to_the_plugin_itself_and_can_be_turned_off(): void
    {
        $this->withPlugin('define("WP_2FA_VERSION", "3.1.1.2");', function (): void {
            self::assertSame('rest_no_route', static::site()->request('POST', self::LOGIN)->json['code']);
        });
        static::site()->wp('sallyport', 'setting', 'set', 'route_roles', 'wp-2fa-methods/v1=off');
        try {
            self::assertSame('rest_no_route', static::site()->request('POST', self::LOGIN)->json['code']);
            self::assertSame('rest_no_route', static::site()->request('POST', self::LOGIN . '/1/123456')->json['code']);
            self::assertSame(400, $this->post('/login')->status, 'our own login is another route');
        } finally {
            static::site()->wp('sallyport', 'setting', 'reset', 'route_roles');
        }
    }

    public function test_it_goes_through_the_same_checks_as_all_our_routes(): void
    {
        static::site()->wp('sallyport', 'setting', 'set', 'require_https', 'true');
        try {
            $answer = static::site()->request('POST', self::LOGIN . '/1/123456');
            self::refused(403, 'sallyport_https_required', $answer);
            self::assertSame(403, $answer->json['status']);
        } finally {
            static::site()->wp('sallyport', 'setting', 'reset', 'require_https');
        }
        $answer = static::site()->request('POST', self::LOGIN . '/1/123456', headers: ['origin' => 'https://evil.example']);
        self::assertNull($answer->header('access-control-allow-origin'));
        self::assertNotNull(static::site()->request('POST', self::LOGIN . '/1/123456', headers: ['origin' => static::site()->url])->header('access-control-allow-origin'));
    }

    /** @param array<string, mixed> $body @param array<string, string> $headers */
    private function wp2fa(string $path, array $body, ?string $challenge, array $headers = []): Response
    {
        return static::site()->request('POST', self::LOGIN . $path, json: $body, headers: $headers + ($challenge === null ? [] : ['x-sallyport-challenge' => $challenge]));
    }

    /** @param array<string, string> $headers */
    private function in(Browser $browser, string $path, array $headers): Response
    {
        return $browser->send('POST', self::LOGIN . $path, headers: $headers, json: []);
    }

    /** @return array<string, mixed> */
    private static function invalid(string $message): array
    {
        return ['code' => 'invalid_request', 'message' => $message, 'data' => ['status' => 400], 'status' => 400];
    }

    /** @param array<string, mixed> $body */
    private static function shape(int $status, array $body, Response $answer): void
    {
        self::assertSame([$status, $body], [$answer->status, $answer->json], (string) $answer);
    }

    private function withPlugin(string $php, callable $then): void
    {
        static::site()->php('wp_mkdir_p(WPMU_PLUGIN_DIR); file_put_contents(WPMU_PLUGIN_DIR . "/other.php", "<?php " . $argv[1]);', [$php]);
        try {
            $then();
        } finally {
            static::site()->php('unlink(WPMU_PLUGIN_DIR . "/other.php");');
        }
    }
}
