<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';

/** POST /token/validate: valid means that acceptance would accept the token. */
final class TokenValidateTest extends HttpTestCase
{
    public function test_a_good_token_is_valid_in_the_body_or_as_bearer(): void
    {
        $person = $this->person();
        $this->signIn($person);
        foreach ([$this->post('/token/validate', ['token' => $person->token]), $this->post('/token/validate', bearer: $person->token)] as $answer) {
            self::assertSame(200, $answer->status, (string) $answer);
            self::assertSame(['valid' => true, 'data' => self::claims($person->token)], $answer->json);
            self::assertStringContainsString('no-store', $answer->header('cache-control'));
        }
    }

    public function test_a_proven_token_is_valid(): void
    {
        $person = $this->enrolled();
        $answer = $this->post('/token/validate', ['token' => $person->token]);
        self::assertSame([200, true], [$answer->status, $answer->json['valid'] ?? null], (string) $answer);
    }

    public function test_two_different_tokens_are_ambiguous(): void
    {
        $one = $this->person();
        $this->signIn($one);
        $first = $one->token;
        $this->signIn($one);
        self::refused(400, 'sallyport_ambiguous', $this->post('/token/validate', ['token' => $first], $one->token));
    }

    public function test_a19_a_forged_token_is_invalid(): void
    {
        $person = $this->person();
        $this->signIn($person);
        [$header, $claims, $signature] = explode('.', $person->token);
        $other = rtrim(strtr(base64_encode(json_encode(['sub' => '1'] + self::claims($person->token))), '+/', '-_'), '=');
        $none = rtrim(strtr(base64_encode('{"typ":"at+jwt","alg":"none"}'), '+/', '-_'), '=');
        foreach (["$header.$other.$signature", "$none.$other.", "$header.$claims.", 'no token', 'a.b.c', "$person->token.x"] as $forged) {
            $answer = $this->post('/token/validate', ['token' => $forged]);
            self::assertFalse($answer->json['valid'] ?? null, (string) $answer);
            self::refused(401, 'sallyport_token_invalid', $answer);
            self::assertSame('Bearer error="invalid_token"', $answer->header('www-authenticate'));
            if ($forged !== 'no token') {
                self::assertNull($this->whoIs($forged), $forged);
            }
        }
    }

    public function test_an_invalid_bearer_is_a_401_on_public_routes_too(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $answer = $this->get('/wp-json/wp/v2/posts', substr($person->token, 0, -6) . 'AAAAAA');
        self::refusedCredential('sallyport_token_invalid', $answer);
    }

    public function test_an_expired_token_says_so(): void
    {
        $person = $this->person();
        $token = static::site()->php(<<<'PHP'
            $plugin = new \Sallyport\WP\Plugin();
            $home = untrailingslashit(get_option('home'));
            $claims = ['iss' => $home, 'aud' => $home, 'sub' => $argv[1], 'iat' => time() - 1000, 'nbf' => time() - 1000, 'exp' => time() - 1, 'jti' => 'x', 'sid' => 'y'];
            return $plugin->engine()->jwt_sign($claims, $plugin->signing_keys()->keyring(), 'at+jwt');
            PHP, [(string) $person->id]);
        $answer = $this->post('/token/validate', ['token' => $token]);
        self::assertSame('expired', self::refused(401, 'sallyport_token_invalid', $answer)['reason']);
        self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $token));
    }

    public function test_a_token_from_before_enrolment_is_no_longer_valid(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $old = $person->token;
        $this->enrol($person);
        $answer = $this->post('/token/validate', ['token' => $old]);
        self::assertFalse($answer->json['valid'] ?? null);
        self::refused(401, 'sallyport_token_unproven', $answer);
    }

    public function test_a_token_of_a_deleted_user_is_invalid(): void
    {
        $person = $this->person();
        $this->signIn($person);
        static::site()->php('require_once ABSPATH . "wp-admin/includes/user.php"; return wp_delete_user((int) $argv[1]);', [(string) $person->id]);
        self::refused(401, 'sallyport_token_invalid', $this->post('/token/validate', ['token' => $person->token]));
        self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $person->token));
    }
}
