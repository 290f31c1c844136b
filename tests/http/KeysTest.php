<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/HttpTestCase.php';

/** The signing keys over REST: permissions, requests and results; and the JWK set. */
final class KeysTest extends HttpTestCase
{
    private const SET = '/.well-known/jwks.json';

    private static ?Site $site = null;
    private static ?Person $admin = null;

    /** A site of its own: changes of its keys do not affect other tests. */
    protected static function site(): Site
    {
        return self::$site ??= Site::up(self::options());
    }

    public static function tearDownAfterClass(): void
    {
        self::$site?->down();
        self::$site = self::$admin = null;
    }

    /** An administrator without a factor, with a token. */
    private function admin(): Person
    {
        if (self::$admin === null) {
            self::$admin = $this->person('administrator');
        }
        self::$admin->token !== '' || $this->signIn(self::$admin);
        return self::$admin;
    }

    /** @param array<string, mixed> $body */
    private function change(array $body, ?string $bearer = null): Response
    {
        return $this->post('/keys', $body, $bearer ?? $this->admin()->token);
    }

    /** @return list<array<string, mixed>> */
    private function keys(): array
    {
        $answer = $this->get(self::API . '/keys', $this->admin()->token);
        self::assertSame(200, $answer->status, (string) $answer);
        return $answer->json['keys'];
    }

    private function retire(string $state): void
    {
        foreach ($this->keys() as $key) {
            if ($key['state'] === $state) {
                self::assertSame(200, $this->change(['action' => 'retire', 'kid' => $key['kid']])->status);
            }
        }
    }

    /** Set-up: a key for this algorithm signs. */
    private function switchTo(string $algorithm): void
    {
        $this->retire('next');
        foreach ([['action' => 'generate', 'algorithm' => $algorithm], ['action' => 'rotate', 'now' => true]] as $body) {
            $answer = $this->change($body);
            self::assertSame(200, $answer->status, (string) $answer);
        }
    }

    public function test_only_administrators_manage_keys(): void
    {
        $doings = [
            fn (?string $token): Response => $this->get(self::API . '/keys', $token),
            fn (?string $token): Response => $this->post('/keys', ['action' => 'generate'], $token),
            fn (?string $token): Response => $this->post('/keys', ['action' => 'rotate'], $token),
            fn (?string $token): Response => $this->post('/keys', ['action' => 'retire', 'kid' => 'sp-none'], $token),
            fn (?string $token): Response => $this->post('/keys', ['action' => ['nonsense']], $token),
            fn (?string $token): Response => $this->post('/keys', [], $token),
        ];
        $before = $this->keys();
        foreach ($doings as $do) {
            self::refused(401, 'rest_not_logged_in', $do(null));
        }
        foreach (['subscriber', 'editor'] as $role) {
            $person = $this->person($role);
            $this->signIn($person);
            foreach ($doings as $do) {
                self::refused(403, 'rest_forbidden', $do($person->token));
            }
        }
        self::assertSame($before, $this->keys());
    }

    public function test_an_administrator_without_a_factor_with_the_plain_token(): void
    {
        self::assertSame(['source', 'algorithm', 'keys'], array_keys($this->get(self::API . '/keys', $this->admin()->token)->json));
        $this->switchTo('ES256');
        $keys = $this->keys();
        self::assertSame(['kid', 'algorithm', 'state', 'source', 'created', 'changed', 'until'], array_keys($keys[0]));
        self::assertSame(['ES256', 'active', 'generated', null], [$keys[0]['algorithm'], $keys[0]['state'], $keys[0]['source'], $keys[0]['until']]);
        self::assertMatchesRegularExpression('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/', $keys[1]['until']);
    }

    public function test_an_enrolled_administrator_needs_a_fresh_proof_to_change_them(): void
    {
        $person = $this->enrolled('administrator');
        $before = $this->keys();
        $old = self::agedToken($person, 601);
        self::assertSame(200, $this->get(self::API . '/keys', $old)->status, 'listing the keys weakens nothing');
        foreach ([['action' => 'generate'], ['action' => 'rotate'], ['action' => 'retire', 'kid' => $before[0]['kid']], []] as $body) {
            $answer = $this->post('/keys', $body, $old);
            self::refused(401, 'sallyport_step_up_required', $answer);
            self::assertSame('Bearer error="insufficient_user_authentication", max_age=600', $answer->header('www-authenticate'));
        }
        self::assertSame($before, $this->keys());
        $fresh = self::agedToken($person, 560);
        $answer = $this->post('/keys', ['action' => 'generate', 'algorithm' => 'EdDSA'], $fresh);
        self::assertSame(200, $answer->status, (string) $answer);
        $next = array_column($answer->json['keys'], 'kid', 'state')['next'];
        self::assertSame(200, $this->post('/keys', ['action' => 'retire', 'kid' => $next], $fresh)->status);
        self::assertCount(1, self::activity($person->id, 'key_generated'));
        self::assertSame(['kid' => $next, 'algorithm' => 'EdDSA'], json_decode(self::activity($person->id, 'key_retired')[0]['detail'], true));
    }

    public function test_an_application_password_is_no_fresh_proof(): void
    {
        $person = $this->enrolled('administrator');
        $made = static::site()->request('POST', '/wp-json/wp/v2/users/me/application-passwords', json: ['name' => 'an app'], bearer: $person->token);
        $basic = $person->basic($made->json['password']);
        self::assertSame(200, $this->get(self::API . '/keys', headers: $basic)->status);
        self::refused(401, 'sallyport_step_up_required', $this->post('/keys', ['action' => 'generate'], headers: $basic));
    }

    public function test_a_session_steps_up_as_well(): void
    {
        $person = $this->enrolled('administrator');
        $browser = new Browser(static::site());
        $step = Browser::fields($browser->logIn($person));
        $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $person->app->code()] + $step);
        $nonce = ['x-wp-nonce' => $browser->nonce()];
        $answer = $browser->send('POST', self::API . '/keys', headers: $nonce, json: ['action' => 'generate', 'algorithm' => 'HS256']);
        self::assertSame(200, $answer->status, (string) $answer);
        self::age($person, 601);
        self::refused(401, 'sallyport_step_up_required', $browser->send('POST', self::API . '/keys', headers: $nonce, json: ['action' => 'rotate']));
        self::assertSame(200, $browser->send('GET', self::API . '/keys', headers: $nonce)->status);
        $this->retire('next');
    }

    /** Set-up: the age of the proofs in a person's sessions. */
    private static function age(Person $person, int $seconds): void
    {
        static::site()->php(<<<'PHP'
            $sessions = get_user_meta((int) $argv[1], 'session_tokens', true);
            array_walk_recursive($sessions, static function (&$value, $name) use ($argv) {
                $name === 'at' && $value -= (int) $argv[2];
            });
            update_user_meta((int) $argv[1], 'session_tokens', $sessions);
            PHP, [(string) $person->id, (string) $seconds]);
    }

    public function test_a_cookie_needs_its_nonce(): void
    {
        $person = $this->person('administrator');
        $browser = new Browser(static::site());
        $browser->logIn($person);
        self::refused(401, 'rest_not_logged_in', $browser->send('GET', self::API . '/keys'));
        self::refused(401, 'rest_not_logged_in', $browser->send('POST', self::API . '/keys', json: ['action' => 'generate']));
        $nonce = ['x-wp-nonce' => $browser->nonce()];
        self::assertSame(200, $browser->send('GET', self::API . '/keys', headers: $nonce)->status);
        self::refused(409, 'sallyport_key_conflict', $browser->send('POST', self::API . '/keys', headers: $nonce, json: ['action' => 'rotate']));
    }

    /** @dataProvider fields */
    public function test_a_field_of_the_wrong_type_is_named(string $field): void
    {
        $good = ['action' => 'retire', 'kid' => 'sp-none'];
        $wrong = [
            ['x'],
            ['a' => 'b'],
            [],
            5,
            1.5,
            false,
            str_repeat('x', 20_000),
            "a\0b",
            ...($field === 'now' ? ['maybe'] : ['', true]),
            ...(in_array($field, ['action', 'algorithm'], true) ? ['none', 'hs256', 'generate '] : []),
        ];
        foreach ($wrong as $value) {
            if ($field === 'now' && $value === false) {
                continue;
            }
            $data = self::refused(400, 'rest_invalid_param', $this->change([$field => $value] + $good));
            self::assertSame([$field], array_keys($data['params']));
        }
        $form = static::site()->request('POST', self::API . '/keys', form: "action=retire&kid=x&{$field}[]=x", bearer: $this->admin()->token);
        self::assertSame([$field], array_keys(self::refused(400, 'rest_invalid_param', $form)['params']));
        $form = static::site()->request('POST', self::API . '/keys', form: "action=retire&kid=x&{$field}=%ff%fe", bearer: $this->admin()->token);
        self::refused(400, 'rest_invalid_param', $form);
    }

    /** @return array<string, array{string}> */
    public static function fields(): array
    {
        return ['action' => ['action'], 'algorithm' => ['algorithm'], 'kid' => ['kid'], 'pem' => ['pem'], 'now' => ['now']];
    }

    public function test_missing_fields_are_named_and_nonsense_is_a_4xx(): void
    {
        self::assertSame(['action'], self::refused(400, 'rest_missing_callback_param', $this->change([]))['params']);
        self::assertSame(['action'], self::refused(400, 'rest_missing_callback_param', $this->change(['action' => null]))['params']);
        self::assertSame(['kid'], self::refused(400, 'rest_missing_callback_param', $this->change(['action' => 'retire']))['params']);
        foreach (['5', '"x"', '{', '[1]', '', "\xff", str_repeat('x', 10_000_000)] as $body) {
            $answer = static::site()->request('POST', self::API . '/keys', form: $body, headers: ['content-type' => 'application/json'], bearer: $this->admin()->token);
            self::assertContains($answer->json['code'] ?? null, ['rest_missing_callback_param', 'rest_invalid_json'], (string) $answer);
        }
        foreach (["sp-none' OR '1'='1", '../../etc/passwd', '%s%d', "\u{202e}", str_repeat('k', 255)] as $kid) {
            self::refused(404, 'sallyport_key_unknown', $this->change(['action' => 'retire', 'kid' => $kid]));
        }
        // A path is not a PEM, and nothing about the file at that path is revealed.
        $proven = $this->enrolled('administrator')->token;
        foreach (['/etc/passwd', 'file:///etc/passwd', 'php://input', 'nonsense', "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"] as $pem) {
            foreach (['RS256', 'HS256'] as $algorithm) {
                self::refused(400, 'sallyport_key_invalid', $this->change(['action' => 'generate', 'algorithm' => $algorithm, 'pem' => str_pad($pem, 32, "\n")], $proven));
            }
        }
        foreach (['PUT', 'PATCH', 'DELETE'] as $method) {
            self::assertSame(404, static::site()->request($method, self::API . '/keys', bearer: $this->admin()->token)->status);
        }
    }

    public function test_a_pasted_key_goes_in_and_never_comes_out(): void
    {
        [$pem, $kid] = static::site()->php('$key = \Sallyport\Key::generate("RS256"); return [$key->toPem(), $key->kid()];');
        $body = substr($pem, 100, 40);
        $this->switchTo('HS256');
        $before = $this->keys();
        self::refused(401, 'sallyport_step_up_required', $this->change(['action' => 'generate', 'algorithm' => 'RS256', 'pem' => $pem]));
        self::assertSame($before, $this->keys(), 'whoever imports a key has a copy of it, and an administrator without a factor may be anybody with the password');
        $proven = $this->enrolled('administrator')->token;
        $answers = [
            $this->change(['action' => 'generate', 'algorithm' => 'RS256', 'pem' => $pem], $proven),
            $this->get(self::API . '/keys', $this->admin()->token),
            $this->get(self::SET),
            $this->change(['action' => 'rotate', 'kid' => $kid, 'now' => '1']),
        ];
        foreach ($answers as $answer) {
            self::assertSame(200, $answer->status, (string) $answer);
            self::assertStringContainsString($kid, $answer->body);
            self::assertStringNotContainsString($body, stripslashes($answer->body));
            self::assertStringNotContainsString('PRIVATE', $answer->body);
        }
        self::assertSame('imported', $this->keys()[0]['source']);
        self::refused(409, 'sallyport_key_conflict', $this->change(['action' => 'generate', 'algorithm' => 'RS256', 'pem' => $pem], $proven));
        self::assertStringNotContainsString($body, (string) file_get_contents(static::site()->info['debug_log']));
    }

    public function test_a_pair_waits_until_verifiers_know_it(): void
    {
        $this->switchTo('HS256');
        $this->change(['action' => 'generate', 'algorithm' => 'ES256']);
        $answer = $this->change(['action' => 'rotate']);
        $data = self::refused(409, 'sallyport_key_conflict', $answer);
        self::assertSame('too_early', $data['reason']);
        self::assertSame((string) $data['retry_after'], $answer->header('retry-after'));
        self::assertGreaterThan(240, $data['retry_after']);
        self::refused(404, 'sallyport_key_unknown', $this->change(['action' => 'rotate', 'kid' => 'sp-another', 'now' => true]));
        self::assertSame(200, $this->change(['action' => 'rotate', 'now' => true])->status);
    }

    /** @dataProvider algorithms */
    public function test_every_algorithm_from_login_to_verification(string $algorithm): void
    {
        $person = $this->person();
        $this->signIn($person);
        $old = $person->token;
        $this->switchTo($algorithm);
        $this->signIn($person);
        $header = json_decode(base64_decode(explode('.', $person->token)[0]), true);
        self::assertSame([$algorithm, 'at+jwt'], [$header['alg'], $header['typ']]);
        self::assertSame($person->id, $this->whoIs($person->token));
        self::assertSame($person->id, $this->whoIs($old), 'from before the rotation');
        $set = $this->get(self::SET)->json['keys'];
        self::assertSame(str_starts_with($algorithm, 'HS') ? [] : [$header['kid']], array_values(array_intersect([$header['kid']], array_column($set, 'kid'))));
        foreach ($set as $key) {
            self::assertSame([], array_intersect(array_keys($key), ['k', 'd', 'p', 'q']));
        }
        // The same key under another algorithm, or none: the key decides (RFC 8725 section 3.1).
        [, $claims, $signature] = explode('.', $person->token);
        foreach (['none', 'HS256', 'RS256', 'ES256'] as $other) {
            if ($other !== $algorithm) {
                $forged = rtrim(strtr(base64_encode(json_encode(['alg' => $other] + $header)), '+/', '-_'), '=');
                self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', "$forged.$claims.$signature"));
            }
        }
    }

    /** @return array<string, array{string}> */
    public static function algorithms(): array
    {
        $names = ['HS256', 'HS384', 'HS512', 'RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
        return array_combine($names, array_map(static fn (string $name): array => [$name], $names));
    }

    public function test_an_enrolled_users_token_outlives_a_rotation_with_its_proof(): void
    {
        $person = $this->enrolled();
        $this->switchTo('ES256');
        self::assertSame($person->id, $this->whoIs($person->token));
        self::assertSame($person->id, $this->whoIs($this->proven($person)));
    }

    public function test_a_key_that_is_retired_ends_its_tokens(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $this->switchTo('EdDSA');
        $this->signIn(self::$admin);
        self::assertSame($person->id, $this->whoIs($person->token));
        $this->retire('retiring');
        self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $person->token));
        $active = $this->keys()[0]['kid'];
        self::assertSame('is_active', self::refused(409, 'sallyport_key_conflict', $this->change(['action' => 'retire', 'kid' => $active]))['reason']);
    }

    public function test_the_set_is_public_and_cacheable_at_both_addresses(): void
    {
        $this->switchTo('ES384');
        $this->signIn(self::$admin);
        $this->retire('retiring');
        $answers = [];
        foreach ([self::SET, self::SET . '?x=1', self::API . '/jwks', '/?rest_route=/sallyport/v1/jwks'] as $path) {
            $answer = $answers[] = $this->get($path, headers: ['origin' => 'https://elsewhere.test']);
            self::assertSame(200, $answer->status, $path);
            self::assertSame('public, max-age=300', $answer->header('cache-control'), $path);
            self::assertStringStartsWith('application/json', $answer->header('content-type'));
            self::assertContains($answer->header('access-control-allow-origin'), ['*', 'https://elsewhere.test']);
            self::assertSame(['ES384'], array_column($answer->json['keys'], 'alg'));
            self::assertSame($answers[0]->body, $answer->body);
            foreach ([$answer->header('etag'), 'W/' . $answer->header('etag'), '"x", ' . $answer->header('etag')] as $known) {
                $again = $this->get($path, headers: ['if-none-match' => $known]);
                self::assertSame([304, ''], [$again->status, $again->body]);
                self::assertSame($answer->header('etag'), $again->header('etag'));
            }
            self::assertSame(200, $this->get($path, headers: ['if-none-match' => '"another"'])->status);
        }
        self::assertSame(200, static::site()->request('HEAD', self::SET)->status);
        // Everything else is unchanged.
        self::assertSame(404, static::site()->request('POST', self::SET)->status);
        foreach (['/x' . self::SET, '/?x=' . self::SET, '/.well-known/jwks.jsonx', '/.well-known/jwks'] as $path) {
            self::assertNull($this->get($path)->json, $path);
        }
        // A token beside it changes nothing, not even an invalid one the status at the well-known address.
        self::assertSame($answers[0]->body, $this->get(self::SET, 'a.b.c')->body);
    }

    public function test_the_set_is_below_the_sites_address_with_plain_permalinks_too(): void
    {
        $home = static::site()->php('$home = get_option("home"); update_option("home", "$home/shop"); update_option("permalink_structure", ""); return $home;');
        try {
            self::assertArrayHasKey('keys', $this->get('/shop' . self::SET)->json);
            self::assertNull($this->get(self::SET)->json);
        } finally {
            static::site()->php('update_option("home", $argv[1]); update_option("permalink_structure", "/%postname%/"); flush_rewrite_rules();', [$home]);
        }
    }

    public function test_a_valid_bearer_adds_no_query(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $enrolled = $this->enrolled();
        $this->switchTo('RS256');
        $this->change(['action' => 'generate', 'algorithm' => 'ES256']);
        $file = static::site()->dir . '/wp-content/mu-plugins/count.php';
        file_put_contents($file, <<<'PHP'
            <?php
            if (isset($_SERVER['HTTP_X_TEST_USER'])) {
                add_filter('determine_current_user', static fn () => (int) $_SERVER['HTTP_X_TEST_USER'], 10);
            }
            add_filter('rest_post_dispatch', static function ($response) {
                $response->header('X-Queries', (string) $GLOBALS['wpdb']->num_queries);
                return $response;
            });
            PHP);
        chmod($file, 0644);
        try {
            $without = $this->get('/wp-json/wp/v2/users/me', headers: ['x-test-user' => (string) $person->id]);
            $with = $this->get('/wp-json/wp/v2/users/me', $person->token);
            $proven = $this->get('/wp-json/wp/v2/users/me', $enrolled->token);
        } finally {
            unlink($file);
        }
        self::assertSame([$person->id, $person->id], [$without->json['id'], $with->json['id']]);
        self::assertGreaterThan(0, (int) $without->header('x-queries'));
        self::assertSame($without->header('x-queries'), $with->header('x-queries'));
        self::assertSame([$enrolled->id, $without->header('x-queries')], [$proven->json['id'], $proven->header('x-queries')], 'nor does a proof');
    }
}
