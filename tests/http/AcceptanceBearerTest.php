<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';

/** A bearer token counts as an enrolled user only with a proof that was made for that token. */
final class AcceptanceBearerTest extends HttpTestCase
{
    private const ME = '/wp-json/wp/v2/users/me';

    private static ?Person $mine = null;
    private static ?Person $theirs = null;
    /** @var array<string, string>|null */
    private static ?array $forged = null;

    public function test_a_token_from_before_enrolment_is_refused_on_every_route(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $old = $person->token;
        $this->enrol($person);
        foreach ([self::ME, '/wp-json/wp/v2/posts', self::API . '/two-factor', '/?rest_route=/wp/v2/users/me', '/wp-json/switcher/v1/who', '/wp-json/'] as $path) {
            self::refusedCredential('sallyport_token_unproven', $this->get($path, $old));
        }
        self::refusedCredential('sallyport_token_unproven', $this->post('/two-factor/disable', ['password' => $person->password], $old));
        self::assertSame(0, $this->get('/wp-admin/admin-ajax.php?action=switcher', $old)->json['user']);
    }

    public function test_a_bridged_token_from_before_enrolment_is_refused(): void
    {
        $person = $this->person();
        $old = static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: ['username' => $person->login, 'password' => $person->password])->json['token'];
        self::assertSame($person->id, $this->whoIs($old));
        $this->signIn($person);
        $this->enrol($person);
        self::refusedCredential('sallyport_token_unproven', $this->get(self::ME, $old));
        self::assertSame(0, $this->get('/wp-admin/admin-ajax.php?action=switcher', $old)->json['user']);
    }

    /** @dataProvider forgeries */
    public function test_a_claim_that_was_altered_or_lifted_proves_nothing(string $php): void
    {
        self::$mine ??= $this->enrolled();
        self::$theirs ??= $this->enrolled();
        // Signed with the site's own key: a proof must be checked even where the signature is right.
        self::$forged ??= $this->sign(self::$mine, self::$theirs, array_column(self::forgeries(), 0));
        $forged = self::$forged[$php];
        self::refusedCredential('sallyport_token_unproven', $this->get(self::ME, $forged));
        self::refused(401, 'sallyport_token_unproven', $this->post('/token/validate', ['token' => $forged]));
    }

    public function test_the_same_claims_signed_again_are_accepted(): void
    {
        $person = $this->enrolled();
        self::assertSame($person->id, $this->whoIs($this->sign($person, $person, [''])['']));
    }

    /** @return array<string, array{string}> how the forger changes $claims, given the real claims $mine and $theirs */
    public static function forgeries(): array
    {
        return [
            'no claim' => ['unset($claims["sp"]);'],
            'null' => ['$claims["sp"] = null;'],
            'true' => ['$claims["sp"] = true;'],
            'empty' => ['$claims["sp"] = [];'],
            'another mac' => ['$claims["sp"]["mac"] = str_repeat("0", 64);'],
            'no mac' => ['$claims["sp"]["mac"] = "";'],
            'mac true' => ['$claims["sp"]["mac"] = true;'],
            'mac 0' => ['$claims["sp"]["mac"] = 0;'],
            'lifted into a new token of one\'s own' => ['$claims["jti"] = wp_generate_uuid4();'],
            'longer life' => ['$claims["exp"] += 900;'],
            'longer life of both' => ['$claims["exp"] += 900; $claims["sp"]["exp"] += 900;'],
            'no end' => ['$claims["sp"]["exp"] = 0;'],
            'another\'s proof' => ['$claims["sp"] = $theirs["sp"];'],
            'another\'s, renamed' => ['$claims["sp"] = ["uid" => $mine["sp"]["uid"]] + $theirs["sp"];'],
            'another issuer' => ['$claims["sp"]["iss"] = "tmeister";'],
            'another blog' => ['$claims["sp"]["blog"] = 2;'],
            'a younger proof' => ['$claims["sp"]["at"] += 60;'],
            'another amr' => ['$claims["sp"]["amr"] = ["hwk"];'],
            'amr joined' => ['$claims["sp"]["amr"] = [implode(" ", $claims["sp"]["amr"])];'],
            'an old epoch' => ['$claims["sp"]["epoch"] = str_repeat("0", 32);'],
            'no epoch' => ['$claims["sp"]["epoch"] = "";'],
            'a text for a number' => ['$claims["sp"]["uid"] = (string) $claims["sp"]["uid"];'],
            'more fields' => ['$claims["sp"]["x"] = 1;'],
            'another version' => ['$claims["sp"]["v"] = 2;'],
            'issued at another time' => ['$claims["iat"] -= 1;'],
        ];
    }

    public function test_a_proven_token_of_another_user_does_not_help(): void
    {
        $person = $this->enrolled();
        $other = $this->enrolled();
        self::assertSame($other->id, $this->whoIs($other->token));
        // A token that names one user, with the unchanged proof of the other.
        $php = '$claims = $theirs; $claims["sub"] = $mine["sub"];';
        $forged = $this->sign($person, $other, [$php])[$php];
        self::refusedCredential('sallyport_token_unproven', $this->get(self::ME, $forged));
    }

    public function test_a_wrong_signature_is_invalid_however_good_the_proof(): void
    {
        $person = $this->enrolled();
        [$header, $claims] = explode('.', $person->token);
        $key = rtrim(strtr(base64_encode(hash_hmac('sha256', "$header.$claims", 'guessed', true)), '+/', '-_'), '=');
        self::refusedCredential('sallyport_token_invalid', $this->get(self::ME, "$header.$claims.$key"));
        self::assertNull($this->whoIs("$header.$claims.$key"));
    }

    public function test_a_forged_token_of_ours_is_no_guest_whatever_its_header_says(): void
    {
        $person = $this->person();
        $this->signIn($person);
        [, $claims] = explode('.', $person->token);
        $encoded = static fn (string $bytes): string => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
        foreach (['{"alg":"HS256","typ":"JWT"}', '{"alg":"HS256"}', '{"alg":"none"}', '{"alg":"none","typ":"JWT"}', '{"alg":"HS256","typ":"at+jwt"}'] as $header) {
            $signed = $encoded($header) . ".$claims";
            $forged = "$signed." . (str_contains($header, 'none') ? '' : $encoded(hash_hmac('sha256', $signed, 'guessed', true)));
            foreach (['/wp-json/wp/v2/posts', self::ME, '/wp-json/sallyport/v1/tokens'] as $path) {
                self::refusedCredential('sallyport_token_invalid', $this->get($path, $forged));
            }
        }
    }

    public function test_a_token_from_before_the_site_moved_asks_for_a_refresh(): void
    {
        $person = $this->person();
        $tokens = $this->logIn($person)->json;
        $old = static::site()->plugin('add_filter("option_home", static fn () => "https://old.example"); return $plugin->access_tokens()->response(get_userdata((int) $argv[1]), null)["token"];', [(string) $person->id]);
        self::assertSame('https://old.example', self::claims($old)['iss']);
        self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/posts', $old));
        self::assertSame(200, $this->post('/token/refresh', ['refresh_token' => $tokens['refresh_token']])->status);
    }

    public function test_a_token_of_another_site_is_left_to_its_plugin(): void
    {
        $person = $this->person();
        $this->signIn($person);
        [$header, $claims] = array_map(
            static fn (string $part): array => json_decode(base64_decode(strtr($part, '-_', '+/')), true),
            array_slice(explode('.', $person->token), 0, 2),
        );
        $encoded = static fn (array $part): string => rtrim(strtr(base64_encode(json_encode($part)), '+/', '-_'), '=');
        $other = $encoded(['kid' => 'sp-other'] + $header) . '.' . $encoded(['iss' => 'https://elsewhere.example'] + $claims) . '.AAAA';
        self::assertStringStartsWith('jwt_auth_', $this->get('/wp-json/wp/v2/posts', $other)->json['code'], 'the other plugin read it');
    }

    public function test_another_secret_of_ours_as_bearer_is_refused_and_not_a_guest(): void
    {
        $person = $this->enrolled();
        $tokens = $this->logIn($person, ['code' => $person->app->code()])->json;
        foreach ([$tokens['refresh_token'], 'spd1_' . str_repeat('A', 43), 'spl1_' . str_repeat('A', 43), 'spc1_' . str_repeat('A', 43)] as $secret) {
            foreach (['/wp-json/wp/v2/posts', self::ME] as $path) {
                self::refusedCredential('sallyport_token_invalid', $this->get($path, $secret));
            }
        }
        self::assertSame(200, $this->post('/token/refresh', ['refresh_token' => $tokens['refresh_token']])->status);
    }

    public function test_a_bearer_beside_the_same_users_cookie_needs_no_nonce(): void
    {
        $person = $this->enrolled();
        $browser = $this->browserOf($person);
        self::assertSame($person->id, $browser->send('GET', self::ME, bearer: $person->token)->json['id']);
        self::assertSame($person->id, $browser->send('GET', '/wp-json/switcher/v1/who', bearer: $person->token)->json['user']);
    }

    public function test_beside_the_users_own_cookie_the_bearer_decides(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $old = $person->token;
        $this->enrol($person);
        $browser = $this->browserOf($person);
        $nonce = $browser->nonce();
        self::refusedCredential('sallyport_token_unproven', $browser->send('GET', self::ME, bearer: $old));
        $browser = $this->browserOf($person, $person->app->code(1));
        self::refusedCredential('sallyport_token_unproven', $browser->send('GET', self::ME, headers: ['x-wp-nonce' => $nonce], bearer: $old));
    }

    public function test_a_bad_bearer_does_not_end_the_proven_cookie_beside_it(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $old = $person->token;
        $this->enrol($person);
        $browser = $this->browserOf($person);
        foreach ([$old, substr($person->token, 0, -6) . 'AAAAAA', 'garbage'] as $bearer) {
            foreach ([self::ME, '/', '/wp-admin/admin-ajax.php?action=switcher'] as $path) {
                $browser->send('GET', $path, bearer: $bearer);
                self::assertTrue($browser->isSignedIn(), "$path ended the cookie");
            }
        }
        self::assertSame(200, $browser->send('GET', '/wp-admin/profile.php')->status);
    }

    public function test_a_bearer_beside_anothers_cookie_is_ambiguous(): void
    {
        $person = $this->enrolled();
        $other = new Browser(static::site());
        $other->logIn($this->person());
        self::refused(400, 'sallyport_ambiguous', $other->send('GET', self::ME, bearer: $person->token));
        self::refused(400, 'sallyport_ambiguous', $other->send('GET', self::ME, headers: ['x-wp-nonce' => $other->nonce()], bearer: $person->token));
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    public function test_two_bearers_are_ambiguous(): void
    {
        $person = $this->enrolled();
        $second = $this->proven($person);
        $other = $this->enrolled();
        foreach ([$second, $other->token] as $token) {
            self::refused(400, 'sallyport_ambiguous', $this->get(self::ME, $person->token, ['x-other-token' => $token]));
        }
        self::assertSame($person->id, $this->get(self::ME, $person->token, ['x-other-token' => $person->token])->json['id'] ?? null, 'the same token twice counts as one');
    }

    public function test_a_bearer_of_a_careless_issuer_needs_the_proof_too(): void
    {
        $person = $this->enrolled();
        $unsigned = 'e30.' . rtrim(strtr(base64_encode(json_encode(['sub' => (string) $person->id])), '+/', '-_'), '=') . '.x';
        self::refusedCredential('sallyport_token_unproven', $this->get(self::ME, headers: ['x-other-token' => $unsigned]));
        $plain = $this->person();
        $unsigned = 'e30.' . rtrim(strtr(base64_encode(json_encode(['sub' => (string) $plain->id])), '+/', '-_'), '=') . '.x';
        self::assertSame($plain->id, $this->get(self::ME, headers: ['x-other-token' => $unsigned])->json['id'] ?? null, 'decided by that plugin');
    }

    public function test_two_tokens_in_one_header_are_not_a_bearer(): void
    {
        $person = $this->enrolled();
        foreach (["Bearer $person->token, Bearer $person->token", "Bearer $person->token $person->token", "Bearer $person->token,"] as $value) {
            // 403 is the stand-in's own answer for a token that it cannot read.
            self::assertContains($this->get(self::ME, headers: ['authorization' => $value])->status, [401, 403], $value);
        }
    }

    public function test_a_user_without_a_factor_is_unaffected_by_a_cookie_of_another(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $other = new Browser(static::site());
        $other->logIn($this->person());
        self::assertSame($person->id, $other->send('GET', self::ME, bearer: $person->token)->json['id'] ?? null);
    }

    private function browserOf(Person $person, ?string $code = null): Browser
    {
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $code ?? $person->app->code()] + Browser::fields($page));
        self::assertTrue($browser->isSignedIn());
        return $browser;
    }

    /** @param list<string> $forgeries @return array<string, string> the forgery => the token */
    private function sign(Person $person, Person $other, array $forgeries): array
    {
        $php = '$forge = [];';
        foreach ($forgeries as $forgery) {
            $php .= '[$mine, $theirs] = [json_decode($argv[1], true), json_decode($argv[2], true)]; $claims = $mine; ' . $forgery
                . '$forge[' . var_export($forgery, true) . '] = $plugin->engine()->jwt_sign($claims, $plugin->signing_keys()->keyring(), "at+jwt");';
        }
        return static::site()->php(
            '$plugin = new \Sallyport\WP\Plugin();' . $php . 'return $forge;',
            [json_encode(self::claims($person->token)), json_encode(self::claims($other->token))],
        );
    }
}
