<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Jwt;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/../support/Jwt.php';
require_once __DIR__ . '/HttpTestCase.php';

/** The `/2fa` contract: the requests and answers of a client of laravel-devices. */
final class TwofaTest extends HttpTestCase
{
    public function test_the_samples_of_its_documentation(): void
    {
        $person = $this->person();
        $this->signIn($person);
        self::told(400, 'Two factor authentication is not enabled for current user', $this->code($person));
        self::told(200, 'Two factor authentication enabled for current user', $this->enable($person));
        $app = $this->shown($person);
        Totp::steady();
        self::told(200, 'Two factor authentication successful', $this->verify($person, $app->code(-1)));
        self::told(400, 'Two factor authentication already enabled for current user', $this->enable($person));
        self::told(400, 'Two factor authentication failed', $this->verify($person, $app->wrong()));
        self::told(200, 'Two factor authentication successful', $this->verify($person, $app->code()));
        self::told(200, 'Two factor authentication disabled for current user', $this->disable($person));
        self::told(400, 'Two factor authentication is not enabled for current user', $this->disable($person));
        self::assertSame($person->id, $this->whoIs($person->token), 'the same token throughout');
    }

    public function test_the_code_is_a_picture_for_an_img(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $this->enable($person);
        $answer = $this->code($person);
        self::assertSame(['code', 'uri'], array_keys($answer->json));
        self::assertStringStartsWith('data:image/svg+xml;base64,', $answer->json['code']);
        $svg = base64_decode(substr($answer->json['code'], strlen('data:image/svg+xml;base64,')), true);
        $picture = simplexml_load_string((string) $svg);
        self::assertNotFalse($picture);
        self::assertSame('svg', $picture->getName());
        self::assertStringStartsWith('otpauth://totp/', $answer->json['uri']);
        self::assertStringContainsString('no-store', (string) $answer->header('cache-control'));
    }

    public function test_enabling_again_while_pending_keeps_the_secret_and_disabling_forgets_it(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $this->enable($person);
        $first = $this->code($person)->json['uri'];
        self::told(200, 'Two factor authentication enabled for current user', $this->enable($person));
        self::assertSame($first, $this->code($person)->json['uri']);
        self::told(200, 'Two factor authentication disabled for current user', $this->disable($person));
        self::told(400, 'Two factor authentication failed', $this->verify($person, (new Totp($first))->code()));
        $this->enable($person);
        self::assertNotSame($first, $this->code($person)->json['uri']);
        self::assertSame(200, $this->logIn($person)->status, 'a pending factor is not asked for');
    }

    /** Otherwise, somebody with the password would know the secret before its owner does, and keep it. */
    public function test_a_pending_enrolment_is_shown_and_finished_only_where_it_began(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $thief = clone $person;
        $thief->token = $this->logIn($thief)->json['token'];

        $this->enable($thief);
        $stolen = $this->shown($thief);
        self::told(400, 'Two factor authentication is not enabled for current user', $this->code($person));
        self::told(400, 'Two factor authentication failed', $this->verify($person, $stolen->code()));
        self::told(200, 'Two factor authentication enabled for current user', $this->enable($person));
        $app = $this->shown($person);
        self::assertNotSame($stolen->secret, $app->secret);

        foreach (['code' => $this->code($thief), 'get-totp-uri' => $this->post('/two-factor/get-totp-uri', ['password' => $thief->password], $thief->token)] as $route => $answer) {
            self::assertSame(400, $answer->status, $route);
            self::assertStringNotContainsString($app->secret, $answer->body, $route);
        }
        self::told(400, 'Two factor authentication failed', $this->verify($thief, $app->code()));
        self::told(200, 'Two factor authentication successful', $this->verify($person, $app->code()));
    }

    public function test_this_token_stays_valid_and_all_others_end(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $other = $this->logIn($person)->json;
        $mine = $this->logIn($person)->json;
        $person->token = $mine['token'];
        $browser = $this->signedIn($person);
        $this->enable($person);
        $app = $this->shown($person);
        Totp::steady();
        $answer = $this->verify($person, $app->code(-1));
        self::assertSame(['message'], array_keys($answer->json), (string) $answer);
        self::assertSame($person->id, $this->whoIs($person->token));
        self::assertTrue($this->post('/token/validate', [], $person->token)->json['valid']);
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $other['token']));
        self::refused(401, 'sallyport_token_invalid', $this->post('/token/refresh', ['refresh_token' => $other['refresh_token']]));
        self::assertSame([], static::site()->php('return WP_Session_Tokens::get_instance((int) $argv[1])->get_all();', [(string) $person->id]));
        self::assertStringContainsString('wp-login.php', (string) $browser->send('GET', '/wp-admin/profile.php')->header('location'));

        // Later tokens of the family carry the proof themselves.
        $next = $this->post('/token/refresh', ['refresh_token' => $mine['refresh_token']]);
        self::assertSame(200, $next->status, (string) $next);
        self::assertSame($person->id, $this->whoIs($next->json['token']));
        self::assertSame('aal2', self::claims($next->json['token'])['acr']);
        self::assertSame(1, count($this->get(self::API . '/tokens', $person->token)->json));
    }

    public function test_a_proof_in_place_ends_with_its_family(): void
    {
        $person = $this->enrolledHere();
        self::assertSame(200, $this->post('/token/revoke', [], $person->token)->status);
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $person->token));
        self::assertSame([], static::site()->php('return get_user_meta((int) $argv[1], "_sallyport_family_proof");', [(string) $person->id]));
    }

    public function test_a_proof_in_place_is_void_after_a_change_of_epoch(): void
    {
        $person = $this->enrolledHere();
        static::site()->plugin('$plugin->state()->raise((int) $argv[1], true, time());', [(string) $person->id]);
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $person->token));
    }

    public function test_a_proof_in_place_counts_only_for_its_family_and_user(): void
    {
        $person = $this->enrolledHere();
        $stranger = $this->enrolledHere();
        // A family of the same user without a proof, and the record of another family beside it.
        [$unproven] = static::site()->plugin('return [$plugin->access_tokens()->response(get_userdata((int) $argv[1]), null)["token"]];', [(string) $person->id]);
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $unproven));
        static::site()->php(<<<'PHP'
            global $wpdb;
            [$proof] = get_user_meta((int) $argv[1], '_sallyport_family_proof');
            $wpdb->insert($wpdb->usermeta, ['user_id' => (int) $argv[2], 'meta_key' => '_sallyport_family_proof', 'meta_value' => serialize($proof)]);
            PHP, [(string) $stranger->id, (string) $person->id]);
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $unproven));
    }

    /** Our proofs are never attached to another issuer's token, whatever it says about itself. */
    public function test_a_foreign_token_that_names_the_family_is_not_stepped_up(): void
    {
        $person = $this->enrolledHere();
        $token = $this->foreignToken($person->id, ['sid' => self::claims($person->token)['sid']]);
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $token));
    }

    /** Its signature is refused; and even if a plugin believes the token, the family's proof is not used for it. */
    public function test_a_proof_in_place_does_not_help_an_invalid_token(): void
    {
        $person = $this->enrolledHere();
        [$head, , $signature] = explode('.', $person->token);
        $altered = rtrim(strtr(base64_encode((string) json_encode(['exp' => time() + 86400] + self::claims($person->token))), '+/', '-_'), '=');
        $lent = static fn (string $token): bool => static::site()->plugin(<<<'PHP'
            try {
                return $plugin->access_tokens()->proof_in_place($argv[2], (int) $argv[1]) !== null;
            } catch (\Sallyport\WP\Refusal) {
                return false;
            }
            PHP, [(string) $person->id, $token]);
        self::assertSame([true, false], [$lent($person->token), $lent("$head.$altered.$signature")]);
    }

    public function test_another_issuers_token_is_answered_with_one_of_ours(): void
    {
        $person = $this->person();
        $token = $this->foreignToken($person->id);
        self::assertSame($person->id, $this->whoIs($token));
        $patch = static fn (string $path): Response => static::site()->request('PATCH', self::API . $path, json: [], bearer: $token);
        self::told(200, 'Two factor authentication enabled for current user', $patch('/2fa/enable'));
        $app = new Totp($this->get(self::API . '/2fa/code', $token)->json['uri']);
        $answer = $this->post('/2fa/verify', ['code' => $app->code()], $token);
        self::assertSame(['message', 'token'], array_keys($answer->json), (string) $answer);
        self::assertNull($this->whoIs($token));
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
    }

    public function test_a_browser_steps_up_the_session_it_has(): void
    {
        $person = $this->person();
        $browser = $this->signedIn($person);
        $headers = ['x-wp-nonce' => $browser->nonce()];
        self::assertSame(200, $browser->send('PATCH', self::API . '/2fa/enable', headers: $headers, json: [])->status);
        $app = new Totp($browser->send('GET', self::API . '/2fa/code', headers: $headers)->json['uri']);
        $answer = $browser->send('POST', self::API . '/2fa/verify', headers: $headers, json: ['code' => $app->code()]);
        self::assertSame(['message'], array_keys($answer->json), (string) $answer);
        self::assertSame(200, $browser->send('GET', '/wp-admin/profile.php')->status);
    }

    public function test_once_active_showing_the_secret_and_disabling_require_a_fresh_proof(): void
    {
        $person = $this->enrolled();
        $old = self::agedToken($person, 601);
        self::stepUp($this->get(self::API . '/2fa/code', $old));
        self::stepUp(static::site()->request('PATCH', self::API . '/2fa/disable', json: [], bearer: $old));
        self::told(200, 'Two factor authentication successful', $this->post('/2fa/verify', ['code' => $person->app->code()], $old));
        self::assertSame(200, $this->get(self::API . '/2fa/code', $old)->status, 'this token is stepped up');
        self::assertSame($person->id, $this->whoIs($person->token), 'a step-up ends no other sign-in');
        self::told(200, 'Two factor authentication disabled for current user', static::site()->request('PATCH', self::API . '/2fa/disable', json: [], bearer: $old));
        self::assertSame($person->id, $this->whoIs($old));
    }

    public function test_a_challenge_is_completed_with_tokens(): void
    {
        $person = $this->enrolled();
        $challenge = $this->challenge($person);
        self::refused(400, 'sallyport_two_factor_failed', $this->post('/2fa/verify', ['code' => $person->app->wrong(), 'challenge' => $challenge]));
        $answer = $this->post('/2fa/verify', ['code' => $person->app->code()], $challenge);
        self::told(200, 'Two factor authentication successful', $answer);
        foreach (['token', 'expires_in', 'refresh_token'] as $name) {
            self::assertArrayHasKey($name, $answer->json);
        }
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        self::refused(401, 'sallyport_challenge_gone', $this->post('/2fa/verify', ['code' => $person->app->code(1), 'challenge' => $challenge]));
        self::refused(401, 'sallyport_token_invalid', static::site()->request('PATCH', self::API . '/2fa/enable', json: [], bearer: $this->challenge($person)));
    }

    public function test_from_the_sixth_failure_one_waits_five_minutes(): void
    {
        $person = $this->enrolled();
        for ($i = 0; $i < 5; $i++) {
            self::told(400, 'Two factor authentication failed', $this->verify($person, $person->app->wrong()));
        }
        $answer = $this->verify($person, $person->app->code());
        self::refused(429, 'sallyport_too_many_attempts', $answer);
        self::assertSame(['Too Many Attempts.', 300], [$answer->json['message'], $answer->json['retry_after']]);
        self::assertSame('300', $answer->header('retry-after'));
        // A new challenge, or another factor, does not bypass the wait.
        self::refused(429, 'sallyport_too_many_attempts', $this->post('/2fa/verify', ['code' => $person->app->code(), 'challenge' => $this->challenge($person)]));
        self::refused(429, 'sallyport_too_many_attempts', $this->verify($person, $person->codes[0]));
        self::assertLessThanOrEqual(300, $this->verify($person, $person->app->code())->json['retry_after']);
        self::waited($person);
        self::told(200, 'Two factor authentication successful', $this->verify($person, $person->app->code()));
    }

    public function test_the_accounts_budget_counts_as_well(): void
    {
        $person = $this->enrolled();
        for ($i = 0; $i < 10; $i++) {
            $i === 5 && self::waited($person);
            self::told(400, 'Two factor authentication failed', $this->verify($person, $person->app->wrong()));
        }
        self::waited($person);
        $answer = $this->verify($person, $person->app->code());
        self::refused(423, 'sallyport_locked', $answer);
        self::assertSame($answer->json['data']['retry_after'], $answer->json['retry_after']);
    }

    public function test_only_wrong_codes_are_counted_and_a_right_one_resets_the_count(): void
    {
        $person = $this->enrolled();
        for ($i = 0; $i < 6; $i++) {
            self::refused(400, 'sallyport_factor_unavailable', $this->post('/2fa/verify', ['code' => '123456', 'factor' => 'palm'], $person->token));
        }
        foreach ([0, 1] as $step) {
            for ($i = 0; $i < 4; $i++) {
                self::told(400, 'Two factor authentication failed', $this->verify($person, $person->app->wrong()));
            }
            self::told(200, 'Two factor authentication successful', $this->verify($person, $person->app->code($step)));
        }
    }

    /** @dataProvider intruders */
    public function test_nobody_else_gets_in(string $how): void
    {
        $person = $how === 'app-password' ? $this->person() : $this->enrolled();
        $headers = [];
        if ($how === 'app-password') {
            $password = $person->applicationPassword();
            $headers = $person->basic($password);
        }
        foreach ([
            ['GET', '/2fa/code', null], ['PATCH', '/2fa/enable', []], ['PATCH', '/2fa/disable', []],
            ['POST', '/2fa/verify', ['code' => '123456']],
        ] as [$method, $path, $body]) {
            $answer = static::site()->request($method, self::API . $path, json: $body, headers: $headers);
            self::refused(...[...($how === 'nobody' ? [401, 'rest_not_logged_in'] : [403, 'sallyport_app_password_not_exchangeable']), $answer]);
        }
    }

    public static function intruders(): array
    {
        return [['nobody'], ['app-password']];
    }

    public function test_each_verification_is_announced_once(): void
    {
        $heard = fn (Person $person): array => array_map(
            static fn (array $row): string => $row['event'],
            static::site()->php('return array_values(array_filter(get_option("heard", []), fn ($row) => $row["user"] === (int) $argv[1]));', [(string) $person->id]),
        );
        static::site()->php(<<<'PHP'
            wp_mkdir_p(WPMU_PLUGIN_DIR);
            file_put_contents(WPMU_PLUGIN_DIR . '/hear.php', '<?php foreach (["success", "failed"] as $what) { add_action("sallyport_two_factor_$what", function ($user, $factor, $issuer) use ($what) { update_option("heard", [...get_option("heard", []), ["event" => "$what $factor $issuer", "user" => $user->ID]], false); }, 10, 3); }');
            PHP);
        try {
            $person = $this->person();
            $this->signIn($person);
            $this->enable($person);
            $app = $this->shown($person);
            Totp::steady(15);
            $this->verify($person, $app->wrong());
            $this->verify($person, $first = $app->code(-1));
            $this->verify($person, $app->wrong());
            $this->post('/2fa/verify', ['code' => $first, 'challenge' => $this->challenge($person)]);
            $this->post('/2fa/verify', ['code' => $app->code(), 'challenge' => $this->challenge($person)]);
            $this->post('/two-factor/verify-totp', ['code' => $app->code(1)], $person->token);
            self::assertSame(
                ['failed totp sallyport', 'success totp sallyport', 'failed totp sallyport', 'failed totp sallyport', 'success totp sallyport', 'success totp sallyport'],
                $heard($person),
            );
        } finally {
            static::site()->php('unlink(WPMU_PLUGIN_DIR . "/hear.php"); delete_option("heard");');
        }
    }

    /** A person whose token was proven in place. */
    private function enrolledHere(): Person
    {
        $person = $this->person();
        $this->signIn($person);
        $this->enable($person);
        $person->app = $this->shown($person);
        Totp::steady();
        self::told(200, 'Two factor authentication successful', $this->verify($person, $person->app->code(-1)));
        self::assertSame($person->id, $this->whoIs($person->token));
        return $person;
    }

    private function code(Person $person): Response
    {
        return $this->get(self::API . '/2fa/code', $person->token);
    }

    private function shown(Person $person): Totp
    {
        $answer = $this->code($person);
        self::assertSame(200, $answer->status, (string) $answer);
        return new Totp($answer->json['uri']);
    }

    private function enable(Person $person): Response
    {
        return static::site()->request('PATCH', self::API . '/2fa/enable', json: [], bearer: $person->token);
    }

    private function disable(Person $person): Response
    {
        return static::site()->request('PATCH', self::API . '/2fa/disable', json: [], bearer: $person->token);
    }

    private function verify(Person $person, string $code): Response
    {
        return $this->post('/2fa/verify', ['code' => $code], $person->token);
    }

    private static function told(int $status, string $message, Response $answer): void
    {
        self::assertSame([$status, $message], [$answer->status, $answer->json['message'] ?? null], (string) $answer);
    }

    private static function stepUp(Response $answer): void
    {
        self::refused(401, 'sallyport_step_up_required', $answer);
        self::assertSame('Bearer error="insufficient_user_authentication", max_age=600', $answer->header('www-authenticate'));
    }

    /** Set-up: the five minutes of this person have passed. */
    private static function waited(Person $person): void
    {
        self::sql('UPDATE {throttle} SET until = 1 WHERE name = %s', hash('sha256', "twofa:$person->id"));
    }

    /** A token as the bridged plugin signs it. @param array<string, mixed> $more */
    private function foreignToken(int $id, array $more = []): string
    {
        $now = time();
        return Jwt::hs256(
            $more
                + [
                    'iss' => static::site()->url,
                    'iat' => $now,
                    'nbf' => $now,
                    'exp' => $now + 600,
                    'data' => ['user' => ['id' => (string) $id]],
                ],
            self::JWT_SECRET,
        );
    }
}
