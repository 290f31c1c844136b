<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** Credentials of a plugin without a bridge. */
final class GenericDoorTest extends HttpTestCase
{
    use OwnSite;

    private const FILE = 'wp-content/plugins/unbridged/unbridged.php';
    private const OWN_SCRIPT = ['sec-fetch-site' => 'same-origin', 'sec-fetch-mode' => 'cors', 'sec-fetch-dest' => 'empty'];

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return ['plugin' => [__DIR__ . '/../fixtures/unbridged']];
    }

    public function test_its_token_is_refused_wherever_it_is_sent_and_the_log_names_the_file(): void
    {
        $person = $this->enrolled();
        $token = $this->issued($person)->json['token'];
        $me = '/wp-json/wp/v2/users/me';
        foreach ([
            [$me, ['authorization' => "Bearer $token"]],
            [$me, ['x-unbridged' => $token]],
            ["$me?unbridged=$token", []],
            [$me, ['cookie' => "unbridged=$token"]],
            ['/wp-json/wp/v2/types', ['x-unbridged' => $token]],
            ["/?rest_route=/wp/v2/users/me&unbridged=$token", []],
        ] as [$path, $headers]) {
            self::refused(401, 'sallyport_token_unproven', $this->get($path, headers: $headers));
        }
        foreach ([['authorization' => "Bearer $token"], ['x-unbridged' => $token], ['cookie' => "unbridged=$token"]] as $headers) {
            self::assertSame(400, $this->get('/wp-admin/admin-ajax.php?action=rest-nonce', headers: $headers)->status);
        }
        $rows = array_map(static fn (array $row): array => json_decode($row['detail'], true), static::activity($person->id, 'credential_refused'));
        self::assertSame([self::FILE], array_values(array_unique(array_column($rows, 'found_by'))));
        self::assertSame(['https://unbridged.example'], array_values(array_unique(array_column($rows, 'iss'))));
    }

    public function test_a_class_that_has_the_name_of_two_factors_is_not_taken_for_it(): void
    {
        [$person, $plain] = [$this->enrolled(), $this->person()];
        static::site()->php('update_user_meta((int) $argv[1], "_two_factor_enabled_providers", ["Two_Factor_Email"]);', [(string) $plain->id]);
        self::assertTrue($this->signedIn($plain)->counts());
        self::assertTrue($this->signedIn($person)->counts());
        self::assertSame([true, false], static::site()->php('return [class_exists("Two_Factor_Core"), has_action("two_factor_user_authenticated")];'), 'nor is what it says about a user heard');
    }

    /** The plugin cannot identify the user a second time. The refusal still gives the right reason, and not "already used". */
    public function test_a_credential_that_is_good_once_is_told_why_it_is_refused(): void
    {
        [$person, $plain] = [$this->enrolled(), $this->person()];
        $me = fn (Person $who): Response => $this->get('/wp-json/wp/v2/users/me', headers: ['x-unbridged-once' => $this->issued($who)->json['token']]);
        self::refused(401, 'sallyport_token_unproven', $me($person));
        self::assertSame($plain->id, $me($plain)->json['id'] ?? null);
    }

    public function test_users_without_a_factor_see_no_difference(): void
    {
        $person = $this->person();
        $this->strict(true);
        $token = $this->issued($person)->json['token'];
        self::assertSame($person->id, $this->whoIs($token));
        self::assertNotNull($this->issued($person, '/header')->header('x-unbridged'));
        self::assertSame('stays', $this->issued($person, '/graphql')->json['headers']['X-Other']);
        self::assertArrayHasKey('data', $this->issued($person, '/graphql')->json['results']);
    }

    public function test_a_site_can_trust_its_file_and_step_up_is_still_required(): void
    {
        $person = $this->enrolled();
        $token = $this->issued($person)->json['token'];
        static::site()->php('update_option("unbridged_trusted", $argv[1]);', [self::FILE]);
        self::assertSame($person->id, $this->whoIs($token));
        self::assertSame($person->id, $this->get('/wp-json/wp/v2/users/me', headers: ['x-unbridged' => $token])->json['id']);
        self::refused(401, 'sallyport_step_up_required', $this->post('/two-factor/get-totp-uri', ['password' => $person->password], $token));
        // But not a user that another plugin found, whatever token is beside it.
        self::refused(401, 'sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', bearer: self::unproven($person)));
        static::site()->php('update_option("unbridged_trusted", "");');
        self::assertNull($this->whoIs($token));
    }

    public function test_a_token_of_ours_beside_it_proves_only_its_own_user_and_only_while_valid(): void
    {
        [$person, $other] = [$this->enrolled(), $this->enrolled()];
        $found = $this->issued($person)->json['token'];
        // In small letters, because that plugin looks for its token under "Bearer" first, and only then elsewhere.
        $get = fn (string $path, string $token): Response => $this->get($path, headers: ['x-unbridged' => $found, 'authorization' => "bearer $token"]);
        $me = fn (string $token): Response => $get('/wp-json/wp/v2/users/me', $token);
        $nonce = fn (string $token): int => strlen($get('/wp-admin/admin-ajax.php?action=rest-nonce', $token)->body);
        self::assertSame([$person->id, 10], [$me($person->token)->json['id'], $nonce($person->token)]);
        self::refused(401, 'sallyport_token_unproven', $me($other->token));
        self::assertSame(1, $nonce($other->token));
        self::assertSame(200, $this->post('/token/revoke', bearer: $person->token)->status);
        self::assertSame(1, $nonce($person->token), '0, as for a guest');
        self::assertSame('revoked', self::refused(401, 'sallyport_token_invalid', $me($person->token))['reason']);
        self::assertSame('sallyport_token_invalid', static::activity($person->id, 'credential_refused')[0]['outcome']);
    }

    /** The MAC of a proof covers only some claims. With a wrong signature, the others can be anybody's. */
    public function test_an_altered_token_of_ours_proves_nothing(): void
    {
        $person = $this->enrolled();
        $found = $this->issued($person)->json['token'];
        $moved = static::site()->plugin(<<<'PHP'
            add_filter("option_home", static fn () => "https://old.example");
            $proof = Sallyport\WP\Challenge\Proof::verified((int) $argv[1], "sallyport", ["mfa", "otp", "pwd"], time(), $plugin->state()->epoch((int) $argv[1]));
            return $plugin->access_tokens()->response(get_userdata((int) $argv[1]), $proof)["token"];
            PHP, [(string) $person->id]);
        $me = fn (string $token): Response => $this->get('/wp-json/wp/v2/users/me', headers: ['x-unbridged' => $found, 'authorization' => "bearer $token"]);
        self::assertSame(200, $me($person->token)->status);
        $encoded = static fn (array $part): string => rtrim(strtr(base64_encode(json_encode($part)), '+/', '-_'), '=');
        foreach ([$person->token, $moved] as $token) {
            $claims = self::claims($token);
            foreach ([$claims, array_diff_key($claims, ['client_id' => 1])] as $left) {
                $is_looked_at = $token === $person->token && isset($left['client_id']);
                self::refused(
                    401,
                    $is_looked_at ? 'sallyport_token_invalid' : 'sallyport_token_unproven',
                    $me($encoded(['alg' => 'HS256', 'typ' => 'JWT']) . ".{$encoded($left)}.c2lnbmF0dXJl"),
                );
            }
        }
    }

    /** A stranger's page, whose author knows the password, sends the browser to a URL with the token. */
    public function test_a_cookie_without_its_nonce_is_no_proof_for_it(): void
    {
        $person = $this->enrolled();
        $token = '&unbridged=' . $this->issued($person)->json['token'];
        $browser = $this->signedIn($person);
        $nonce = '&_wpnonce=' . $browser->nonce();
        $me = static fn (string $more): int => $browser->send('GET', "/wp-json/unbridged/v1/me?x$more")->json['user'] ?? 0;
        $post = static fn (string $more): bool => $browser->send('GET', "/wp-json/wp/v2/users/me?_method=POST&description=theirs$more")->status === 200;
        self::assertSame([$person->id, 0], [$me($token . $nonce), $me($token)]);
        self::assertSame([true, false], [$post($token . $nonce), $post($token)]);
        static::site()->php('update_option("unbridged_no_nonce", "1");');
        try {
            self::assertSame([true, false], [$post($token . $nonce), $post($token)]);
            self::assertSame(0, $me($token));
            self::assertSame([true, true], [$post(''), $post('&unbridged=x')], 'as the site has chosen');
            static::site()->php('update_option("unbridged_trusted", $argv[1]);', [self::FILE]);
            self::assertSame([$person->id, true], [$me($token), $post($token)]);
        } finally {
            static::site()->php('delete_option("unbridged_no_nonce"); delete_option("unbridged_trusted");');
        }
        self::assertTrue($browser->isSignedIn());
        self::assertSame(self::FILE, json_decode(static::activity($person->id, 'credential_refused')[0]['detail'], true)['found_by']);
    }

    /** The same if the plugin finds its user only when authentication errors are collected. */
    public function test_nor_is_one_whose_user_is_found_late(): void
    {
        $person = $this->enrolled();
        $token = $this->issued($person)->json['token'];
        $browser = $this->signedIn($person);
        $nonce = '&_wpnonce=' . $browser->nonce();
        $me = static fn (string $more): int => $browser->send('GET', "/wp-json/wp/v2/users/me?x$more")->json['id'] ?? 0;
        self::assertSame([$person->id, 0], [$me("&unbridged_late=$token$nonce"), $me("&unbridged_late=$token")]);
        $graphql = static fn (string $more): mixed => $browser->send('GET', "/?unbridged_graphql$more")->json['user'] ?? null;
        self::assertSame([$person->id, 0], [$graphql($nonce), $graphql('')]);
        foreach (['between', 'unbridged_late', 'unbridged'] as $where) {
            self::assertSame(0, $graphql("&$where=$token"), $where);
        }
        self::assertTrue($browser->isSignedIn());
    }

    /** Requests that another site's page can also send: a form, or a URL with `_method`. */
    public function test_with_the_nonce_disabled_a_cookie_alone_steps_up_nothing(): void
    {
        [$person, $other] = [$this->enrolled($this->administrator()), $this->enrolled()];
        $browser = $this->signedIn($person);
        $reset = fn (array $headers = [], string $more = ''): Response => $browser->send(
            'POST',
            self::API . "/users/$other->id/two-factor/reset$more",
            ['reason' => 'theirs'],
            $headers,
        );
        static::site()->php('update_option("unbridged_no_nonce", "1");');
        try {
            self::assertSame($person->id, $browser->send('GET', '/wp-json/wp/v2/users/me')->json['id'] ?? null, 'as the site has chosen');
            self::refused(401, 'sallyport_step_up_required', $reset());
            self::refused(401, 'sallyport_step_up_required', $browser->send('POST', self::API . '/two-factor/disable', ['password' => $person->password]));
            self::refused(401, 'sallyport_step_up_required', $browser->send('GET', '/wp-json/wp/v2/users/me/application-passwords?_method=POST&name=theirs'));
            self::refused(401, 'sallyport_step_up_required', $browser->send('POST', '/wp-json/wp/v2/users/me', ['email' => "theirs$person->id@example.test"]));
            self::assertTrue($browser->isSignedIn());
            self::assertSame(200, $reset(more: '?_wpnonce=' . $browser->nonce())->status);
        } finally {
            static::site()->php('delete_option("unbridged_no_nonce");');
        }
    }

    /** Then nobody is asked whose filter may have found the user: a shop's limit of requests would count the request twice. */
    public function test_with_the_nonce_disabled_the_sites_own_scripts_step_up_and_no_filter_runs_twice(): void
    {
        [$person, $other] = [$this->enrolled($this->administrator()), $this->enrolled()];
        $browser = $this->signedIn($person);
        $me = static fn (array $headers): Response => $browser->send('GET', '/wp-json/wp/v2/users/me', headers: $headers);
        self::assertSame(401, $me(self::OWN_SCRIPT)->status, 'core requires one');
        static::site()->php('update_option("unbridged_no_nonce", "1");');
        try {
            self::assertSame([$person->id, '1'], [($answer = $me(self::OWN_SCRIPT))->json['id'] ?? null, $answer->header('x-unbridged-asked')]);
            foreach ([
                ['sec-fetch-site' => 'same-site'],
                ['sec-fetch-site' => 'cross-site'],
                ['sec-fetch-mode' => 'navigate', 'sec-fetch-dest' => 'document'],
                ['sec-fetch-mode' => 'no-cors'],
                ['sec-fetch-dest' => 'image'],
            ] as $other_page) {
                self::assertSame('2', $me($other_page + self::OWN_SCRIPT)->header('x-unbridged-asked'), implode(' ', $other_page));
            }
            self::assertSame(200, $browser->send('POST', self::API . "/users/$other->id/two-factor/reset", ['reason' => 'ours'], self::OWN_SCRIPT)->status);
        } finally {
            static::site()->php('delete_option("unbridged_no_nonce");');
        }
    }

    public function test_a_token_read_from_a_cookie_steps_up_only_for_the_sites_own_scripts(): void
    {
        $person = $this->enrolled();
        $passwords = fn (array $headers): Response => static::site()->request(
            'POST',
            '/wp-json/wp/v2/users/me/application-passwords',
            form: ['name' => bin2hex(random_bytes(4))],
            headers: $headers,
        );
        $cookie = ['cookie' => "copied=$person->token"];
        self::assertSame($person->id, $this->get('/wp-json/wp/v2/users/me', headers: $cookie)->json['id'] ?? null);
        self::refused(401, 'sallyport_step_up_required', $passwords($cookie));
        self::refused(401, 'sallyport_step_up_required', $passwords(['cookie' => "copied=Bearer%20$person->token"]));
        self::refused(401, 'sallyport_step_up_required', $passwords($cookie + ['sec-fetch-site' => 'cross-site'] + self::OWN_SCRIPT));
        self::assertSame([201, 201], [$passwords($cookie + self::OWN_SCRIPT)->status, $passwords($cookie + ['authorization' => "Bearer $person->token"])->status]);
    }

    public function test_a_guest_query_inside_a_page_keeps_the_pages_user(): void
    {
        $person = $this->enrolled();
        self::assertSame([$person->id, null, $person->id], $this->signedIn($person)->send('GET', '/?unbridged_page')->json);
        self::assertSame([0, null, 0], $this->get('/?unbridged_page&unbridged=' . $this->issued($person)->json['token'])->json);
    }

    public function test_strict_mode_withholds_its_token(): void
    {
        $person = $this->enrolled();
        self::assertSame(200, $this->issued($person)->status);
        $this->strict(true);
        foreach (['/token', '/deep', '/exits'] as $route) {
            self::refused(401, 'sallyport_token_unproven', $this->issued($person, $route));
        }
        $answer = $this->issued($person, '/header');
        self::assertSame([200, null, 'stays'], [$answer->status, $answer->header('x-unbridged'), $answer->header('x-other')]);
        $answer = $this->issued($person, '/graphql');
        self::assertSame(
            [null, 'sallyport_token_unproven', ['X-Other' => 'stays']],
            [$answer->json['results']['data'], $answer->json['results']['errors'][0]['extensions']['code'], $answer->json['headers']],
            (string) $answer,
        );
        self::assertDoesNotMatchRegularExpression('/eyJ/', (string) $answer);
        $detail = json_decode(static::activity($person->id, 'token_withheld')[0]['detail'], true);
        self::assertSame('https://unbridged.example', $detail['iss']);
        // A proven token is sent, and so are our own answers.
        $proven = $this->proven($person);
        self::assertSame($proven, $this->issued($person, '/mine', ['authorization' => "Bearer $proven"])->json['token']);
    }

    public function test_strict_mode_withholds_tokens_at_admin_ajax(): void
    {
        [$person, $other] = [$this->enrolled(), $this->person()];
        $ask = fn (Person $whose, array $more = []): Response => static::site()->request(
            'POST',
            '/wp-admin/admin-ajax.php',
            form: ['action' => 'unbridged', 'username' => $whose->login, 'password' => $whose->password] + $more,
        );
        foreach ([[], ['text' => '1'], ['early' => $person->login]] as $more) {
            self::assertStringContainsString('eyJ', $ask($person, $more)->body, 'without strict mode it is sent');
        }
        $this->strict(true);
        foreach ([[], ['text' => '1'], ['early' => $person->login]] as $more) {
            $answer = $ask($person, $more);
            self::refused(401, 'sallyport_token_unproven', $answer);
            self::assertStringStartsWith('application/json', (string) $answer->header('content-type'));
            self::assertDoesNotMatchRegularExpression('/eyJ/', (string) $answer);
        }
        $answer = $ask($person, ['header' => '1']);
        self::assertSame([200, 'ok', null, 'stays'], [$answer->status, $answer->body, $answer->header('x-unbridged'), $answer->header('x-other')]);
        self::assertSame('admin-ajax.php?action=unbridged', json_decode(static::activity($person->id, 'token_withheld')[0]['detail'], true)['where']);
        // A user without a factor sees no difference, and other answers are unchanged.
        self::assertStringContainsString('eyJ', $ask($other)->json['data']['token']);
        self::assertSame('', static::site()->request('POST', '/wp-admin/admin-ajax.php', form: ['action' => 'sallyport_webhooks'])->body);
        self::assertSame([400, '0'], (fn (Response $answer): array => [$answer->status, $answer->body])($this->get('/wp-admin/admin-ajax.php?action=rest-nonce')));
    }

    public function test_strict_mode_withholds_what_it_cannot_read(): void
    {
        [$person, $other] = [$this->enrolled(), $this->person()];
        $this->strict(true);
        static::site()->up_again(['without-extension' => true]);
        try {
            foreach ([$person, $other] as $whose) {
                foreach (['/token', '/exits'] as $route) {
                    self::refused(503, 'sallyport_unavailable', $this->issued($whose, $route));
                }
                self::refused(
                    503,
                    'sallyport_unavailable',
                    static::site()->request(
                        'POST',
                        '/wp-admin/admin-ajax.php',
                        form: ['action' => 'unbridged', 'username' => $whose->login, 'password' => $whose->password],
                    ),
                );
                self::assertSame(
                    [200, null, 'stays'],
                    (
                        fn (Response $answer): array => [$answer->status, $answer->header('x-unbridged'), $answer->header('x-other')]
                    )($this->issued($whose, '/header')),
                );
            }
            self::assertSame('0', $this->get('/wp-admin/admin-ajax.php?action=rest-nonce')->body, 'an answer without a token is unchanged');
        } finally {
            static::site()->up_again();
        }
    }

    /** An answer of the site may also contain a stranger's comment. */
    public function test_strict_mode_searches_any_text_or_withholds_it(): void
    {
        [$person, $other] = [$this->enrolled(), $this->person()];
        $this->strict(true);
        self::refused(401, 'sallyport_token_unproven', $this->issued($person, '/among?unit=eyJ-&times=60000&then=.'));
        self::assertSame(200, $this->issued($other, '/among?unit=eyJ-&times=60000&then=.')->status);
        // A run of letters so long that PHP gives up.
        foreach ([$person, $other] as $whose) {
            self::refused(503, 'sallyport_unavailable', $this->issued($whose, '/among?unit=aeyJ&times=300000&then=.eyJuYW1l.x'));
        }
    }

    public function test_the_probe_finds_its_login_by_name_and_reports_it_shut(): void
    {
        $this->strict(false);
        [$code, $doors] = $this->probe();
        self::assertSame([0, 'shut'], [$code, $doors['POST /unbridged/v1/token']['verdict']]);
        self::assertStringContainsString('counts for nothing', $doors['POST /unbridged/v1/token']['reason']);
        static::site()->php('update_option("unbridged_trusted", $argv[1]);', [self::FILE]);
        [$code, $doors] = $this->probe();
        static::site()->php('update_option("unbridged_trusted", "");');
        self::assertSame([1, 'open'], [$code, $doors['POST /unbridged/v1/token']['verdict']]);
    }

    public function test_the_list_of_doors_names_the_plugin_of_each(): void
    {
        [$code, $out] = static::site()->command('doors', '--format=json');
        $doors = array_column(json_decode($out, true), null, 'door');
        self::assertSame(0, $code);
        self::assertSame(
            ['route', self::FILE, '1.0', 'Gate\\Acceptance; no bridge knows this handler'],
            array_values(array_diff_key($doors['POST /unbridged/v1/token'], ['door' => 1])),
        );
        self::assertSame(
            ['hook', self::FILE, '1.0'],
            [
                $doors['determine_current_user']['kind'],
                $doors['determine_current_user']['file'],
                $doors['determine_current_user']['version'],
            ],
        );
        self::assertSame('Gate\\Gate, Gate\\Acceptance', $doors['POST /sallyport/v1/token']['gate']);
        self::assertArrayHasKey('wp-login.php', $doors);
    }

    public function test_settings_tell_an_administrator_which_routes_no_bridge_knows(): void
    {
        $browser = new Browser(static::site());
        $browser->logIn($this->person('administrator'));
        $page = $browser->send('GET', '/wp-admin/options-general.php?page=sallyport&tab=integrations');
        self::assertSame(200, $page->status);
        $unknown = explode('id="sallyport-unknown"', $page->body)[1];
        self::assertMatchesRegularExpression('~' . preg_quote(self::FILE, '~') . ' 1\.0</bdi>.*POST /unbridged/v1/token.*determine_current_user~s', $unknown);
        self::assertStringNotContainsString('/sallyport/v1/token', $unknown);
    }

    protected function tearDown(): void
    {
        $this->strict(false);
        parent::tearDown();
    }

    /** @param array<string, string> $headers */
    private function issued(Person $person, string $route = '/token', array $headers = []): Response
    {
        return static::site()->request('POST', "/wp-json/unbridged/v1$route", json: ['username' => $person->login, 'password' => $person->password], headers: $headers);
    }

    private function strict(bool $on): void
    {
        static::site()->php('update_option("sallyport_settings", ["strict" => $argv[1] === "1"] + (array) get_option("sallyport_settings"));', [$on ? '1' : '0']);
    }

    /** A token of ours from before the person enrolled. */
    private static function unproven(Person $person): string
    {
        return static::site()->plugin('return $plugin->access_tokens()->response(get_userdata((int) $argv[1]), null)["token"];', [(string) $person->id]);
    }

    /** @return array{int, array<string, array<string, string>>} */
    private function probe(): array
    {
        [$code, $out] = static::site()->command('probe', '--format=json');
        return [$code, array_column(json_decode($out, true), null, 'door')];
    }
}
