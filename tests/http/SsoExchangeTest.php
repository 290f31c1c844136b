<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\ForeignSite;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/SsoTestCase.php';

/** POST /sso/exchange, from a signer that is not Sallyport: who is let in, and who is not. */
final class SsoExchangeTest extends SsoTestCase
{
    private static ?ForeignSite $foreign = null;

    protected function setUp(): void
    {
        parent::setUp();
        self::$foreign ??= self::foreign();
        self::forgetFailures();
    }

    private static function from(): ForeignSite
    {
        return self::$foreign;
    }

    public function test_a_foreign_signer_signs_its_user_in(): void
    {
        $person = $this->person();
        $answer = $this->exchange(self::from()->signsIn($person->email) + ['device_name' => 'a phone']);
        $token = $this->signedInBySso($person, $answer);
        self::assertSame(['token', 'expiration', 'expires_in', 'user', 'refreshable', 'jti', 'refresh_token', 'refresh_expires_in', 'device'], array_keys($answer->json));
        self::assertSame('a phone', $this->get(self::API . '/tokens', $token)->json[0]['device_name']);
        self::assertSame(['site' => self::from()->key], json_decode(self::activity($person->id, 'sso_accepted')[0]['detail'], true));
        self::assertCount(1, self::activity($person->id, 'token_issued'));
    }

    public function test_in_headers_as_well(): void
    {
        $person = $this->person();
        $sent = self::from()->signsIn($person->email);
        $headers = ['X-Sallyport-Site-Key' => $sent['site_key'], 'X-Sallyport-Sso-Token' => $sent['token'], 'X-Sallyport-Signature' => $sent['signature']];
        foreach ($sent as $name => $value) {
            self::refused(400, 'sallyport_ambiguous', $this->exchange([$name => "x$value"] + $sent, $headers));
        }
        $this->signedInBySso($person, $this->exchange(['site_key' => $sent['site_key']], $headers));
    }

    public function test_the_address_is_compared_without_regard_to_case_and_with_regard_to_accents(): void
    {
        $person = $this->person();
        $this->signedInBySso($person, $this->exchange(self::from()->signsIn(strtoupper($person->email))));
        foreach (['ü' . substr($person->email, 1), "$person->email ", '', $person->login, "' OR 1=1 -- "] as $other) {
            $this->notAccepted('no_such_user', null, $this->exchange(self::from()->signsIn($other)));
        }
    }

    public function test_amr_and_auth_time_stay_what_they_are_when_the_token_is_refreshed(): void
    {
        $person = $this->person();
        $hour = time() - 3600;
        $first = $this->exchange(self::from()->signsIn($person->email, ['auth_time' => $hour]))->json;
        $second = $this->post('/token/refresh', ['refresh_token' => $first['refresh_token']])->json;
        foreach ([$first, $second] as $answer) {
            self::assertSame([['sso'], $hour], [self::claims($answer['token'])['amr'], self::claims($answer['token'])['auth_time']]);
        }
        foreach ([time() + 3600, '7', null, -1] as $no_time) {
            $claims = self::claims($this->exchange(self::from()->signsIn($person->email, ['auth_time' => $no_time]))->json['token']);
            self::assertEqualsWithDelta(time(), $claims['auth_time'], 30);
        }
    }

    public function test_an_enrolled_user_gets_the_challenge_and_nothing_else(): void
    {
        $person = $this->enrolled();
        $issued = count(self::activity($person->id, 'token_issued'));
        // Whatever the other site says about the sign-in of its user.
        $answer = $this->exchange(self::from()->signsIn($person->email, ['amr' => ['mfa', 'otp'], 'acr' => 'aal3', 'sp' => ['v' => 1]]));
        $data = self::refused(401, 'sallyport_second_factor_required', $answer);
        self::assertSame(['status', 'challenge', 'expires_in', 'factors', 'preferred'], array_keys($data));
        self::assertSame($data['challenge'], $answer->header('x-sallyport-challenge'));
        self::assertNull($answer->header('set-cookie'));
        self::assertCount($issued, self::activity($person->id, 'token_issued'));

        self::refused(401, 'sallyport_invalid_code', $this->post('/challenge/verify', ['challenge' => $data['challenge'], 'code' => $person->app->wrong()]));
        $in = $this->post('/challenge/verify', ['challenge' => $data['challenge'], 'code' => $person->app->code()]);
        self::assertSame(200, $in->status, (string) $in);
        self::assertSame($person->id, $this->whoIs($in->json['token']));
        $claims = self::claims($in->json['token']);
        self::assertSame([['mfa', 'otp', 'sso'], 'aal2'], [$claims['amr'], $claims['acr']], 'no password was checked here');

        $refreshed = self::claims($this->post('/token/refresh', ['refresh_token' => $in->json['refresh_token']])->json['token']);
        self::assertSame([['mfa', 'otp', 'sso'], $claims['auth_time']], [$refreshed['amr'], $refreshed['auth_time']]);
        $stepped = $this->post('/two-factor/verify-backup-code', ['code' => $person->codes[0]], $in->json['token']);
        self::assertSame(['backup_code', 'mfa', 'sso'], self::claims($stepped->json['token'])['amr']);
    }

    public function test_enrolling_a_factor_in_such_a_sign_in_does_not_turn_it_into_a_password_login(): void
    {
        $person = $this->person();
        $in = $this->exchange(self::from()->signsIn($person->email))->json;
        self::assertSame(200, static::site()->request('PATCH', self::API . '/2fa/enable', json: [], bearer: $in['token'])->status);
        $app = new Totp($this->get(self::API . '/2fa/code', $in['token'])->json['uri']);
        $verified = $this->post('/2fa/verify', ['code' => $app->code()], $in['token']);
        self::assertSame(200, $verified->status, (string) $verified);
        $refreshed = $this->post('/token/refresh', ['refresh_token' => $in['refresh_token']]);
        self::assertSame(['mfa', 'otp', 'sso'], self::claims($refreshed->json['token'])['amr'], (string) $refreshed);
    }

    public function test_the_code_may_come_along(): void
    {
        $person = $this->enrolled();
        $wrong = $this->exchange(self::from()->signsIn($person->email) + ['code' => $person->app->wrong()]);
        $data = self::refused(401, 'sallyport_invalid_code', $wrong);
        self::assertSame(4, $data['attempts_left']);
        $in = $this->exchange(self::from()->signsIn($person->email) + ['code' => $person->app->code()]);
        self::assertSame($person->id, $this->whoIs($in->json['token'] ?? null), (string) $in);
        self::assertSame(['mfa', 'otp', 'sso'], self::claims($in->json['token'])['amr']);
        $late = $this->post('/challenge/verify', ['challenge' => $data['challenge'], 'code' => $person->codes[0]]);
        self::assertSame(['backup_code', 'mfa', 'sso'], self::claims($late->json['token'])['amr'], (string) $late);
    }

    public function test_the_answer_is_that_of_any_login(): void
    {
        $person = $this->enrolled();
        $in = $this->exchange(self::from()->signsIn($person->email) + ['code' => $person->codes[0], 'trust_device' => true])->json;
        self::assertSame(9, $in['backup_codes_left']);
        self::assertSame(200, $this->logIn($person, ['device' => $in['device']])->status, 'it is trusted');
        $plain = $this->person();
        $known = $this->exchange(self::from()->signsIn($plain->email) + ['device_name' => 'a tablet'])->json;
        self::assertSame(['a tablet'], array_column($this->get(self::API . '/two-factor', $known['token'])->json['devices'], 'name'));
        self::assertStringStartsWith('sp', $known['device']);
    }

    public function test_a_trusted_device_replaces_the_code_only_beside_a_password(): void
    {
        $person = $this->enrolled();
        $device = $this->logIn($person, ['code' => array_shift($person->codes), 'trust_device' => true])->json['device'];
        self::refused(401, 'sallyport_second_factor_required', $this->exchange(self::from()->signsIn($person->email) + ['device' => $device]));
        self::assertSame(200, $this->logIn($person, ['device' => $device])->status, 'nor was it used up');
    }

    public function test_a_challenge_can_be_completed_at_another_route(): void
    {
        $person = $this->enrolled();
        $sent = self::from()->signsIn($person->email);
        $challenge = self::refused(401, 'sallyport_second_factor_required', $this->exchange($sent))['challenge'];
        $again = self::from()->signsIn($person->email);
        self::refused(400, 'sallyport_ambiguous', $this->exchange($again + ['challenge' => $challenge, 'code' => $person->app->code()]));
        self::refused(400, 'sallyport_ambiguous', $this->exchange($again, ['X-Sallyport-Challenge' => $challenge]));
        $this->notAccepted('replayed', 'replayed', $this->exchange($sent + ['code' => $person->app->code()]));
        self::refused(401, 'sallyport_second_factor_required', $this->exchange($again));
    }

    public function test_a_token_is_accepted_once(): void
    {
        $person = $this->person();
        $sent = self::from()->signsIn($person->email);
        $this->signedInBySso($person, $this->exchange($sent));
        $this->notAccepted('replayed', 'replayed', $this->exchange($sent));
        // The same jti in another token counts as the same token.
        $jti = self::claims($sent['token'])['jti'];
        $this->notAccepted('replayed', 'replayed', $this->exchange(self::from()->signsIn($this->person()->email, ['jti' => $jti])));
        // But not from another site.
        $this->signedInBySso($person, $this->exchange(self::foreign()->signsIn($person->email, ['jti' => $jti])));
    }

    public function test_a_refused_token_is_not_spent(): void
    {
        $person = $this->person();
        $jti = bin2hex(random_bytes(16));
        foreach ([['email' => 'nobody@example.test'], ['email_verified' => false], ['exp' => time() - 1], ['aud' => 'https://other.example']] as $claims) {
            self::refused(401, 'sallyport_sso_refused', $this->exchange(self::from()->signsIn($person->email, $claims + ['jti' => $jti])));
        }
        self::refused(400, 'sallyport_ambiguous', $this->exchange(self::from()->signsIn($person->email, ['jti' => $jti]) + ['challenge' => 'spc1_x']));
        $this->signedInBySso($person, $this->exchange(self::from()->signsIn($person->email, ['jti' => $jti])));
    }

    public function test_a_spent_token_is_remembered_until_it_would_be_refused_for_its_age(): void
    {
        $person = $this->person();
        $sent = self::from()->signsIn($person->email);
        $this->signedInBySso($person, $this->exchange($sent));
        static::site()->php('do_action("sallyport_housekeeping");');
        $this->notAccepted('replayed', 'replayed', $this->exchange($sent));
        $left = static::site()->php('global $wpdb; $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_spent SET expires_at = 1"); do_action("sallyport_housekeeping"); return (int) $wpdb->get_var("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_spent");');
        self::assertSame(0, $left);
    }

    public function test_details_are_told_only_to_the_holder_of_the_secret(): void
    {
        $person = $this->person();
        $sent = self::from()->signsIn($person->email);
        $other = self::foreign();
        $only_out = self::foreign(['--allow=issue']);
        $answers = [
            'unknown_site' => $this->exchange(['site_key' => 'nobody'] + $sent),
            'signature' => $this->exchange(['signature' => str_repeat('0', 64)] + $sent),
            'not_allowed' => $this->exchange($only_out->signsIn($person->email)),
            'audience' => $this->exchange(self::from()->signsIn($person->email, ['aud' => 'https://other.example'])),
            'issuer' => $this->exchange(self::from()->signsIn($person->email, ['iss' => $other->address])),
        ];
        foreach ($answers as $why => $answer) {
            $this->notAccepted('untrusted', null, $answer);
            self::assertSame($answers['signature']->body, $answer->body, $why);
        }
        self::assertSame(array_keys($answers), self::refusals(count($answers)));
        // That a token is expired, spent, or of an unknown user is revealed only after a right signature.
        foreach ([['exp' => time() - 1], ['email' => 'nobody@example.test'], ['email_verified' => false]] as $claims) {
            $this->notAccepted('untrusted', null, $this->exchange(['signature' => str_repeat('0', 64)] + self::from()->signsIn($person->email, $claims)));
        }
        $sent = self::from()->signsIn($person->email); // It is valid for a minute.
        $this->signedInBySso($person, $this->exchange($sent));
        $this->notAccepted('untrusted', 'signature', $this->exchange(['signature' => str_repeat('0', 64)] + $sent));
    }

    /** @return iterable<string, array{0: string, 1: string, 2: array<string, mixed>, 3?: array<string, mixed>}> the answer, the logged reason, claims, header */
    private static function badTokens(): iterable
    {
        $now = time();
        yield 'expired' => ['expired', 'expired', ['iat' => $now - 70, 'exp' => $now - 10]];
        yield 'living longer than a minute' => ['untrusted', 'too_long', ['exp' => $now + 3600]];
        yield 'of tomorrow' => ['untrusted', 'not_yet_valid', ['iat' => $now + 86400, 'exp' => $now + 86460]];
        yield 'not valid yet' => ['untrusted', 'not_yet_valid', ['nbf' => $now + 3600]];
        yield 'times that are no whole numbers' => ['untrusted', 'malformed', ['iat' => $now + 0.5]];
        foreach (['iss', 'aud', 'sub', 'iat', 'exp', 'jti', 'email'] as $claim) {
            yield "without $claim" => ['untrusted', 'claim_missing', [$claim => null]];
        }
        yield 'an empty jti' => ['untrusted', 'malformed', ['jti' => '']];
        yield 'a jti that is a number' => ['untrusted', 'malformed', ['jti' => 7]];
        yield 'an e-mail that is a list' => ['untrusted', 'malformed', ['email' => ['a@example.test']]];
        yield 'an unverified e-mail' => ['email_unverified', 'email_unverified', ['email_verified' => false]];
        yield 'an e-mail of which nothing is said' => ['email_unverified', 'email_unverified', ['email_verified' => null]];
        yield 'an e-mail verified in words' => ['email_unverified', 'email_unverified', ['email_verified' => 'true']];
        yield 'an e-mail verified in numbers' => ['email_unverified', 'email_unverified', ['email_verified' => 1]];
        yield 'the issuer with a slash' => ['untrusted', 'issuer', ['iss' => 'https://other.example/']];
        yield 'typ of an access token' => ['untrusted', 'type', [], ['typ' => 'at+jwt']];
        yield 'no typ' => ['untrusted', 'type', [], ['typ' => null]];
        yield 'typ JWT' => ['untrusted', 'type', [], ['typ' => 'JWT']];
        yield 'alg none' => ['untrusted', 'algorithm', [], ['alg' => 'none']];
        yield 'alg HS512' => ['untrusted', 'algorithm', [], ['alg' => 'HS512']];
        yield 'alg RS256' => ['untrusted', 'algorithm', [], ['alg' => 'RS256']];
        yield 'a kid of its own' => ['untrusted', 'unknown_key', [], ['kid' => 'mine']];
        yield 'a kid that is a path' => ['untrusted', 'unknown_key', [], ['kid' => '../../../../dev/null']];
        yield 'a kid that is SQL' => ['untrusted', 'unknown_key', [], ['kid' => "x' UNION SELECT 'a"]];
        yield 'crit' => ['untrusted', 'malformed', [], ['crit' => ['exp'], 'exp' => $now]];
    }

    public function test_a_correctly_signed_token_with_wrong_claims_is_refused(): void
    {
        $email = $this->person()->email;
        $told = $expected = [];
        foreach (self::badTokens() as $name => $bad) {
            $told[$name] = self::refused(401, 'sallyport_sso_refused', $this->exchange(self::from()->signsIn($email, $bad[2], $bad[3] ?? [])))['reason'];
            $expected[$name] = $bad;
        }
        self::assertSame(array_map(static fn (array $bad): string => $bad[0], $expected), $told);
        self::assertSame(array_map(static fn (array $bad): string => $bad[1], $expected), array_combine(array_keys($expected), self::refusals(count($expected))));
    }

    public function test_j5_keys_in_the_header_count_for_nothing(): void
    {
        $person = $this->person();
        $claims = self::from()->claims($person->email);
        $k = ForeignSite::base64url(str_repeat('k', 32));
        foreach ([['jwk' => ['kty' => 'oct', 'k' => $k]], ['jku' => 'https://evil.example/keys'], ['x5u' => 'https://evil.example/x']] as $header) {
            $token = self::from()->token($claims, $header, str_repeat('k', 32));
            $this->notAccepted('untrusted', null, $this->exchange(self::from()->sends($token)));
        }
        self::assertSame(array_fill(0, 3, 'signature'), self::refusals(3));
        // The only valid kid is the connection's name.
        $this->signedInBySso($person, $this->exchange(self::from()->signsIn($person->email, header: ['kid' => self::from()->key])));
    }

    public function test_both_signatures_are_needed(): void
    {
        $person = $this->person();
        $claims = self::from()->claims($person->email);
        [$header, $body] = explode('.', self::from()->token($claims));
        foreach (["$header.$body.", "$header.$body", self::from()->token($claims, [], str_repeat('s', 43)), '.', 'x'] as $token) {
            $this->notAccepted('untrusted', null, $this->exchange(self::from()->sends($token)));
        }
        $sent = self::from()->signsIn($person->email);
        foreach ([
            strtoupper($sent['signature']),
            substr($sent['signature'], 1),
            'x',
            hash_hmac('sha256', $sent['token'], self::from()->secret),
            hash_hmac('sha1', "$sent[site_key].$sent[token]", self::from()->secret),
        ] as $signature) {
            $this->notAccepted('untrusted', null, $this->exchange(['signature' => $signature] + $sent));
        }
        self::assertSame(array_fill(0, 5, 'signature'), self::refusals(5));
        $this->signedInBySso($person, $this->exchange($sent));
    }

    public function test_the_key_of_another_site_opens_nothing(): void
    {
        $person = $this->person();
        $other = self::foreign();
        $sent = self::from()->signsIn($person->email);
        $this->notAccepted('untrusted', 'signature', $this->exchange(['site_key' => $other->key] + $sent));
        // The other site itself, in the name of this one.
        $forged = $other->token(self::from()->claims($person->email));
        $this->notAccepted('untrusted', 'signature', $this->exchange(['site_key' => self::from()->key] + $other->sends($forged)));
        $this->notAccepted('untrusted', 'issuer', $this->exchange($other->sends($forged)));
        foreach ([strtoupper($sent['site_key']), "$sent[site_key] ", "$sent[site_key]\n", '%', "' OR 1=1 -- "] as $key) {
            $this->notAccepted('untrusted', null, $this->exchange(['site_key' => $key] + $sent));
        }
        self::assertSame(array_fill(0, 5, 'unknown_site'), self::refusals(5));
        $this->signedInBySso($person, $this->exchange($sent));
    }

    public function test_a_site_with_a_key_pair_must_sign_with_it(): void
    {
        $person = $this->person();
        [$pem, $private] = static::site()->php('$key = \Sallyport\Key::generate("RS256"); $public = openssl_pkey_get_details(openssl_pkey_get_private($key->toPem()))["key"]; return [$public, $key->toPem()];');
        $foreign = self::foreignWithKey($pem, 'RS256');
        $sign = static function (array $header) use ($foreign, $person, $private): array {
            [$head, $body] = explode('.', $foreign->token($foreign->claims($person->email), $header));
            openssl_sign("$head.$body", $signature, $private, OPENSSL_ALGO_SHA256);
            return $foreign->sends("$head.$body." . ForeignSite::base64url($signature));
        };
        $this->signedInBySso($person, $this->exchange($sign(['alg' => 'RS256'])));
        $this->signedInBySso($person, $this->exchange($sign(['alg' => 'RS256', 'kid' => $foreign->key])));
        $this->notAccepted('untrusted', 'algorithm', $this->exchange($sign(['alg' => 'RS512'])));
        $this->notAccepted('untrusted', 'algorithm', $this->exchange($sign(['alg' => 'none'])));
        // The other site's tokens must not be signed with the shared secret, nor with the public key as a secret.
        foreach ([$foreign->secret, $pem, trim($pem)] as $secret) {
            $token = $foreign->token($foreign->claims($person->email), [], $secret);
            $this->notAccepted('untrusted', 'algorithm', $this->exchange($foreign->sends($token)));
            $token = $foreign->token($foreign->claims($person->email), ['alg' => 'RS256'], $secret);
            $this->notAccepted('untrusted', 'signature', $this->exchange($foreign->sends($token)));
        }
        // And the key pair alone is not enough to send them.
        $this->notAccepted('untrusted', 'signature', $this->exchange(['signature' => hash_hmac('sha256', 'x', 'x')] + $sign(['alg' => 'RS256'])));
    }

    public function test_access_tokens_and_sso_tokens_are_never_confused(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $this->notAccepted('untrusted', 'unknown_key', $this->exchange(self::from()->sends($person->token)));
        $sent = self::from()->signsIn($person->email);
        self::refused(401, 'sallyport_token_invalid', $this->post('/token/validate', ['token' => $sent['token']]));
        self::assertNull($this->whoIs($sent['token']));
        self::assertContains($this->get(self::API . '/tokens', $sent['token'])->status, [401, 403]);
    }

    public function test_a_user_whom_a_plugin_bars_is_not_let_in(): void
    {
        $person = $this->person();
        static::site()->php('file_put_contents(WPMU_PLUGIN_DIR . "/bars.php", "<?php add_filter(\"wp_authenticate_user\", fn (\$user) => \$user->ID === (int) get_option(\"barred\") ? new WP_Error(\"barred\", \"no\") : \$user);"); update_option("barred", (int) $argv[1]);', [(string) $person->id]);
        try {
            $this->notAccepted('no_such_user', 'no_such_user', $this->exchange(self::from()->signsIn($person->email)));
            $other = $this->person();
            $this->signedInBySso($other, $this->exchange(self::from()->signsIn($other->email)));
        } finally {
            static::site()->php('unlink(WPMU_PLUGIN_DIR . "/bars.php"); delete_option("barred");');
        }
    }

    public function test_without_its_tables_nothing_is_accepted(): void
    {
        $person = $this->person();
        $sent = self::from()->signsIn($person->email);
        foreach (['spent', 'sso_sites'] as $table) {
            self::renameTable($table, "{$table}_away");
            try {
                self::refused(503, 'sallyport_unavailable', $this->exchange($sent));
            } finally {
                self::renameTable("{$table}_away", $table);
            }
        }
        $this->signedInBySso($person, $this->exchange($sent));
    }

    public function test_malformed_requests(): void
    {
        $sent = self::from()->signsIn('admin@example.test');
        foreach (array_keys($sent) as $name) {
            $data = self::refused(400, 'rest_missing_callback_param', $this->exchange(array_diff_key($sent, [$name => 1])));
            self::assertSame([$name], $data['params']);
            foreach ([7, true, [], ['a'], '', str_repeat('x', 8193), "a\0b"] as $value) {
                self::refused(400, 'rest_invalid_param', $this->exchange([$name => $value] + $sent));
            }
        }
        self::refused(400, 'rest_invalid_param', $this->exchange([], ['X-Sallyport-Site-Key' => "caf\xe9"]));
        self::refused(400, 'rest_invalid_param', $this->exchange([], ['X-Sallyport-Site-Key' => str_repeat('x', 257)]));
        self::refused(400, 'rest_invalid_param', $this->exchange($sent + ['code' => 123456]));
        self::assertSame(404, static::site()->request('GET', self::API . '/sso/exchange')->status);
    }

    public function test_failures_are_counted_of_the_address(): void
    {
        $person = $this->person();
        self::forgetFailures();
        $wrong = ['signature' => str_repeat('0', 64)] + self::from()->signsIn($person->email);
        $this->notAccepted('untrusted', 'signature', $this->exchange($wrong));
        // Set-up: as if there had been 100 failures.
        static::site()->php('global $wpdb; $wpdb->query($wpdb->prepare("UPDATE {$wpdb->base_prefix}sallyport_throttle SET until = until + %d", 3 * 99 + 60));');
        $answer = $this->exchange(self::from()->signsIn($person->email));
        self::assertGreaterThan(0, self::refused(429, 'sallyport_throttled', $answer)['retry_after']);
        self::assertSame(429, $this->logIn($person)->status, 'both share one bucket');
        self::forgetFailures();
        $this->signedInBySso($person, $this->exchange(self::from()->signsIn($person->email)));
        self::assertSame(
            0,
            (int) static::site()->php('global $wpdb; return $wpdb->get_var("SELECT SUM(failures) FROM {$wpdb->base_prefix}sallyport_throttle");'),
            'a right token takes nothing from the bucket',
        );
    }

    private static function foreignWithKey(string $pem, string $algorithm): ForeignSite
    {
        $file = static::site()->dir . '/.site/run/public.pem';
        file_put_contents($file, $pem);
        chmod($file, 0644);
        return self::foreign(["--public-key=$file", "--alg=$algorithm", '--allow=exchange']);
    }
}
