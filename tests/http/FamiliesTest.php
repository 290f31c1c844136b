<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;

require_once __DIR__ . '/HttpTestCase.php';

/** Sign-ins: listed, and ended by their user, by changes of the account, and by the device limit. */
final class FamiliesTest extends HttpTestCase
{
    private const ME = '/wp-json/wp/v2/users/me';

    public function test_a_revoked_token_is_dead_on_the_next_request_with_all_its_family(): void
    {
        $person = $this->person();
        $here = $this->logIn($person)->json;
        $there = $this->logIn($person)->json;
        $answer = $this->post('/token/revoke', [], $here['token']);
        self::assertSame([200, ['message' => 'Token revoked successfully.']], [$answer->status, $answer->json]);
        self::refusedCredential('sallyport_token_invalid', $this->get(self::ME, $here['token']));
        self::refusedCredential('sallyport_token_invalid', $this->post('/token/refresh', ['refresh_token' => $here['refresh_token']]));
        self::assertSame($person->id, $this->whoIs($there['token']));
        self::assertCount(1, self::activity($person->id, 'token_revoked'));
    }

    public function test_revoking_again_is_no_error_in_the_body_or_as_a_bearer(): void
    {
        $token = $this->logIn($this->person())->json['token'];
        for ($i = 0; $i < 2; $i++) {
            self::assertSame(200, $this->post('/token/revoke', ['token' => $token])->status);
            self::assertSame(200, $this->post('/token/revoke', [], $token)->status);
        }
    }

    public function test_a_refresh_token_ends_its_family_as_well(): void
    {
        $person = $this->person();
        $tokens = $this->logIn($person)->json;
        for ($i = 0; $i < 2; $i++) {
            self::assertSame(200, $this->post('/token/revoke', ['token' => $tokens['refresh_token']])->status);
        }
        self::refusedCredential('sallyport_token_invalid', $this->post('/token/refresh', ['refresh_token' => $tokens['refresh_token']]));
        self::refusedCredential('sallyport_token_invalid', $this->get(self::ME, $tokens['token']));
        self::assertCount(1, self::activity($person->id, 'token_revoked'));
    }

    public function test_an_expired_token_still_ends_its_family_and_no_other(): void
    {
        $person = $this->person();
        $tokens = $this->logIn($person)->json;
        $there = $this->logIn($person)->json;
        $expired = self::expired($tokens['token']);
        self::refusedCredential('sallyport_token_invalid', $this->get(self::ME, $expired));
        self::refusedCredential('sallyport_token_invalid', $this->post('/token/revoke', ['all' => true], $expired));
        self::assertSame(200, $this->post('/token/revoke', [], $expired)->status);
        self::refusedCredential('sallyport_token_invalid', $this->post('/token/refresh', ['refresh_token' => $tokens['refresh_token']]));
        self::assertSame($person->id, $this->whoIs($there['token']));
    }

    public function test_revoking_all_ends_every_family(): void
    {
        $person = $this->person();
        $tokens = [$this->logIn($person)->json['token'], $this->logIn($person)->json['token']];
        self::assertSame(200, $this->post('/token/revoke', ['all' => true], $tokens[0])->status);
        foreach ($tokens as $token) {
            self::refusedCredential('sallyport_token_invalid', $this->get(self::ME, $token));
        }
    }

    public function test_an_unproven_token_ends_only_its_own_family(): void
    {
        $person = $this->enrolled();
        $stranger = static::site()->plugin('return $plugin->access_tokens()->response(get_userdata((int) $argv[1]), null)["token"];', [(string) $person->id]);
        self::refused(401, 'sallyport_token_unproven', $this->post('/token/revoke', ['all' => true, 'token' => $stranger]));
        self::refused(401, 'sallyport_token_unproven', $this->post('/token/revoke', ['all' => true], $stranger));
        self::assertSame(200, $this->post('/token/revoke', ['token' => $stranger])->status);
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    public function test_a_token_that_is_not_ours_revokes_nothing(): void
    {
        [$header, $claims] = explode('.', $this->logIn($this->person())->json['token']);
        foreach (['nonsense', "$header.$claims." . str_repeat('A', 43)] as $token) {
            self::refusedCredential('sallyport_token_invalid', $this->post('/token/revoke', ['token' => $token]));
        }
    }

    public function test_users_see_their_sign_ins(): void
    {
        $person = $this->person();
        $this->logIn($person, ['device_name' => "The <b>kitchen's</b> tablet"]);
        $token = $this->logIn($person)->json['token'];
        $list = $this->get(self::API . '/tokens', $token)->json;
        self::assertSame(["The kitchen's tablet", false], [$list[0]['device_name'], $list[0]['current']]);
        self::assertTrue($list[1]['current']);
        foreach ($list as $family) {
            self::assertSame(['id', 'device_name', 'ip', 'created', 'last_used', 'expires', 'current'], array_keys($family));
            self::assertSame('127.0.0.1', $family['ip']);
            self::assertEqualsWithDelta(time(), strtotime($family['created']), 60);
            self::assertStringEndsWith('+00:00', $family['expires']);
        }
        self::refused(401, 'rest_not_logged_in', $this->get(self::API . '/tokens'));
    }

    public function test_users_end_a_sign_in_of_their_own_and_of_nobody_else(): void
    {
        $person = $this->person();
        $there = $this->logIn($person)->json['token'];
        $here = $this->logIn($person)->json['token'];
        $id = $this->get(self::API . '/tokens', $here)->json[0]['id'];
        self::refused(404, 'sallyport_no_such_token', $this->delete("/tokens/$id", $this->logIn($this->person())->json['token']));
        self::assertSame($person->id, $this->whoIs($there));
        self::assertSame(200, $this->delete("/tokens/$id", $here)->status);
        self::refusedCredential('sallyport_token_invalid', $this->get(self::ME, $there));
        self::refused(404, 'sallyport_no_such_token', $this->delete("/tokens/$id", $here));
        self::assertSame($person->id, $this->whoIs($here));
        self::refused(401, 'rest_not_logged_in', $this->delete("/tokens/$id"));
    }

    public function test_users_end_all_their_other_sign_ins(): void
    {
        $person = $this->person();
        $there = $this->logIn($person)->json['token'];
        $here = $this->logIn($person)->json['token'];
        self::assertSame(200, $this->delete('/tokens', $here)->status);
        self::refusedCredential('sallyport_token_invalid', $this->get(self::ME, $there));
        self::assertSame($person->id, $this->whoIs($here));
    }

    /** @dataProvider endings */
    public function test_a17_what_happens_to_the_account_ends_them(string $php, bool $ends = true): void
    {
        $person = $this->person('editor');
        $tokens = $this->logIn($person)->json;
        static::site()->php($php, [(string) $person->id, $person->password]);
        self::assertSame($ends ? null : $person->id, $this->whoIs($tokens['token']));
        self::assertSame($ends ? 401 : 200, $this->post('/token/refresh', ['refresh_token' => $tokens['refresh_token']])->status);
    }

    /** @return array<string, array{0: string, 1?: bool}> */
    public static function endings(): array
    {
        return [
            'a new password' => ['wp_set_password("another of theirs", (int) $argv[1]);'],
            'a reset' => ['reset_password(get_userdata((int) $argv[1]), "another of theirs");'],
            'a profile with a new password' => ['wp_update_user(["ID" => (int) $argv[1], "user_pass" => "another of theirs"]);'],
            'a profile without' => ['wp_update_user(["ID" => (int) $argv[1], "display_name" => "Somebody"]);', false],
            'the same password hashed anew' => ['wp_set_password($argv[2], (int) $argv[1]);', false],
            'a lower role' => ['get_userdata((int) $argv[1])->set_role("subscriber");'],
            'a role less' => ['get_userdata((int) $argv[1])->remove_role("editor");'],
            'a role more' => ['get_userdata((int) $argv[1])->add_role("author");', false],
            'deletion' => ['require_once ABSPATH . "wp-admin/includes/user.php"; wp_delete_user((int) $argv[1]);'],
        ];
    }

    public function test_log_out_everywhere_in_the_profile_ends_them(): void
    {
        $person = $this->person();
        $token = $this->logIn($person)->json['token'];
        $browser = new Browser(static::site());
        $browser->logIn($person);
        $page = $browser->send('GET', '/wp-admin/profile.php')->body;
        $nonce = Browser::fields($browser->send('GET', '/wp-admin/profile.php'))['_wpnonce'] ?? '';
        self::assertNotSame('', $nonce, $page);
        $form = ['action' => 'destroy-sessions', 'user_id' => (string) $person->id];
        $browser->send('POST', '/wp-admin/admin-ajax.php', $form + ['nonce' => 'guessed']);
        self::assertSame($person->id, $this->whoIs($token), 'a forged request ends nothing');
        $answer = $browser->send('POST', '/wp-admin/admin-ajax.php', $form + ['nonce' => $nonce]);
        self::assertTrue($answer->json['success'] ?? false, (string) $answer);
        self::refusedCredential('sallyport_token_invalid', $this->get(self::ME, $token));
    }

    public function test_removing_a_factor_ends_all_sign_ins_but_this_one(): void
    {
        $person = $this->enrolled();
        $there = $this->logIn($person, ['code' => $person->app->code()])->json['token'];
        self::assertSame(200, $this->post('/two-factor/disable', ['password' => $person->password], $person->token)->status);
        self::assertSame($person->id, $this->whoIs($person->token));
        self::refusedCredential('sallyport_token_invalid', $this->get(self::ME, $there));
    }

    public function test_no_other_code_can_revive_a_family(): void
    {
        $person = $this->person();
        $token = $this->logIn($person)->json['token'];
        $this->post('/token/revoke', [], $token);
        self::assertFalse(static::site()->php('return add_user_meta((int) $argv[1], "_sallyport_family", $argv[2]);', [(string) $person->id, self::claims($token)['sid']]));
        self::assertNull($this->whoIs($token));
    }

    public function test_a_token_adds_no_query(): void
    {
        $person = $this->person();
        $tokens = [$this->logIn($person)->json['token'], $this->logIn($person)->json['token']];
        $queries = array_map(fn (?string $token): int => (int) $this->get('/wp-json/switcher/v1/who', $token)->json['queries'], [null, ...$tokens]);
        self::assertSame($queries[1], $queries[2]);
        self::assertSame(2, $queries[1] - $queries[0], "core's two: the user and their meta");
    }

    /** An expired token of the same sign-in, signed by the site. */
    private static function expired(string $token): string
    {
        return static::site()->php(<<<'PHP'
            $claims = json_decode(base64_decode(strtr(explode('.', $argv[1])[1], '-_', '+/')), true);
            foreach (['iat', 'nbf', 'exp'] as $name) {
                $claims[$name] -= 3600;
            }
            $plugin = new \Sallyport\WP\Plugin();
            return $plugin->engine()->jwt_sign($claims, $plugin->signing_keys()->keyring(), 'at+jwt');
            PHP, [$token]);
    }
}
