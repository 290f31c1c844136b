<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/PolicyTestCase.php';

/** The token that opens the enrolment of a factor, and nothing else, for a user who must have one (docs/policy.md). */
final class EnrolmentTokenTest extends PolicyTestCase
{
    public function test_it_enrols_and_signs_in_once(): void
    {
        $person = $this->person();
        self::required();
        $token = $this->offered($this->logIn($person));
        $state = $this->get(self::API . '/two-factor', $token);
        self::assertSame([false, true, []], [$state->json['enabled'], $state->json['required'], $state->json['factors']]);
        // The password is still required: somebody who finds only the token cannot enrol.
        self::refused(400, 'INVALID_PASSWORD', $this->post('/two-factor/enable', ['password' => 'wrong'], $token));

        $answer = $this->enrolBy($token, $person);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertTrue($answer->json['status']);
        foreach (['token', 'user', 'expiration', 'expires_in', 'jti', 'refresh_token', 'refresh_expires_in'] as $field) {
            self::assertArrayHasKey($field, $answer->json);
        }
        self::assertSame((string) $person->id, $answer->json['user']['id']);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        self::assertSame(200, $this->post('/token/refresh', ['refresh_token' => $answer->json['refresh_token']])->status);

        // The token is spent, and there is a factor now.
        foreach (['/two-factor/enable', '/two-factor/verify-totp'] as $route) {
            self::refused(401, 'sallyport_token_invalid', $this->post($route, ['password' => $person->password, 'code' => $person->app->code()], $token));
        }
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertCount(1, self::activity($person->id, 'enrolment_offered'));
    }

    /** Only a request whose answer contains a refresh token must come from a page of the site. */
    public function test_with_the_refresh_cookie_it_opens_the_same_routes(): void
    {
        $person = $this->person();
        self::required();
        static::site()->php('update_option("sallyport_settings", ["refresh_cookie" => true] + (array) get_option("sallyport_settings"));');
        try {
            $token = $this->offered($this->logIn($person));
            self::assertSame(200, $this->get(self::API . '/two-factor', $token)->status);
            self::assertSame(200, static::site()->request('PATCH', self::API . '/2fa/enable', bearer: $token)->status, 'without a body, as curl sends it');
            $app = new Totp($this->get(self::API . '/2fa/code', $token)->json['uri']);
            self::refused(403, 'sallyport_origin_refused', static::site()->request('POST', self::API . '/2fa/verify', form: ['code' => $app->code()], bearer: $token));
            $answer = $this->post('/2fa/verify', ['code' => $app->code()], $token);
            self::assertSame(200, $answer->status, (string) $answer);
            self::assertNotNull($answer->header('set-cookie'));
        } finally {
            static::site()->php('update_option("sallyport_settings", array_diff_key((array) get_option("sallyport_settings"), ["refresh_cookie" => 1]));');
        }
    }

    public function test_it_opens_nothing_else(): void
    {
        $person = $this->person();
        self::required();
        $token = $this->offered($this->logIn($person));
        $routes = [
            ['GET', '/wp-json/wp/v2/users/me'],
            ['GET', '/wp-json/wp/v2/posts'],
            ['GET', '/wp-json/wp/v2/users?context=edit'],
            ['POST', '/wp-json/jwt-auth/v1/token/validate'],
            ['GET', self::API . '/tokens'],
            ['POST', self::API . '/token'],
            ['POST', self::API . '/token/validate'],
            ['POST', self::API . '/token/revoke'],
            ['POST', self::API . '/challenge/verify'],
            ['POST', self::API . '/change-password'],
            ['POST', self::API . '/two-factor/disable'],
            ['POST', self::API . '/two-factor/get-totp-uri'],
            ['POST', self::API . '/two-factor/generate-backup-codes'],
            ['POST', self::API . '/two-factor/verify-backup-code'],
            ['PATCH', self::API . '/2fa/disable'],
            ['GET', self::API . '/policy'],
            ['POST', self::API . '/sso/issue'],
            ['GET', self::API . '/get-session'],
        ];
        foreach ($routes as [$method, $path]) {
            self::refused(
                401,
                'sallyport_token_invalid',
                static::site()->request($method, $path, json: $method === 'GET' ? null : ['password' => $person->password], bearer: $token),
            );
        }
        // In a batch, and when the user is determined outside of REST, the request is a guest's.
        $batch = static::site()->request(
            'POST',
            '/wp-json/batch/v1',
            json: ['requests' => [['path' => '/wp/v2/posts', 'method' => 'POST', 'body' => ['title' => 'x', 'status' => 'publish']]]],
            bearer: $token,
        );
        self::assertStringNotContainsString('"status":201', $batch->body);
        self::assertStringNotContainsString($person->email, static::site()->request('GET', '/wp-admin/profile.php', bearer: $token)->body);
        // In the body, among other credentials, it is not a credential either.
        self::refused(401, 'sallyport_challenge_gone', $this->post('/token', ['challenge' => $token, 'code' => '123456']));
        self::refused(401, 'sallyport_token_invalid', $this->post('/token/refresh', ['refresh_token' => $token]));
        // After an opened route, the request is a guest's again: the token is still valid, but only on such routes.
        self::assertSame(200, $this->get(self::API . '/two-factor', $token)->status);
        self::assertNull($this->whoIs($token));
    }

    public function test_an_enrolment_token_beside_another_credential_is_ambiguous(): void
    {
        $person = $this->person();
        $other = $this->person('editor');
        $browser = $this->signedIn($other);
        $nonce = $browser->nonce();
        self::required();
        $token = $this->offered($this->logIn($person));
        self::refused(400, 'sallyport_ambiguous', $browser->send('GET', self::API . '/two-factor', headers: ['x-wp-nonce' => $nonce], bearer: $token));
        self::refused(400, 'sallyport_ambiguous', $this->post('/two-factor/verify-totp', ['code' => '123456', 'challenge' => 'spc1_' . str_repeat('x', 43)], $token));
    }

    public function test_it_ends_with_the_password_its_time_and_if_it_is_malformed(): void
    {
        $person = $this->person();
        self::required();
        $alive = fn (string $token): bool => $this->get(self::API . '/two-factor', $token)->status === 200;
        $token = $this->offered($this->logIn($person));
        self::assertTrue($alive($token));
        self::assertFalse($alive(substr($token, 0, -1) . ($token[-1] === 'A' ? 'B' : 'A')));
        self::assertFalse($alive('spe1_'));
        self::assertFalse($alive('spe1_' . str_repeat('x', 9000)));

        self::sql('UPDATE {enrolment_tokens} SET expires_at = %d WHERE user_id = %d', time() - 1, $person->id);
        self::assertFalse($alive($token));
        self::sql('UPDATE {enrolment_tokens} SET expires_at = %d WHERE user_id = %d', time() + 60, $person->id);
        self::assertTrue($alive($token));
        self::sql('UPDATE {enrolment_tokens} SET blog_id = 99 WHERE user_id = %d', $person->id);
        self::assertFalse($alive($token));
        self::sql('UPDATE {enrolment_tokens} SET blog_id = 1 WHERE user_id = %d', $person->id);
        self::assertTrue($alive($token));
        self::assertSame([], static::site()->php('global $wpdb; return array_values(array_filter($wpdb->get_col("SELECT digest FROM {$wpdb->base_prefix}sallyport_enrolment_tokens"), fn ($digest) => ! preg_match("/^[0-9a-f]{64}$/", $digest)));'));

        $person->changePassword('another one');
        self::assertFalse($alive($token));
    }

    public function test_a_factor_enrolled_elsewhere_ends_it(): void
    {
        $person = $this->person();
        $this->signIn($person);
        self::required();
        $token = $this->offered($this->logIn($person));
        self::policy([]);
        $this->enrol($person);
        self::refused(401, 'sallyport_token_invalid', $this->get(self::API . '/two-factor', $token));
    }

    public function test_an_administrators_waits_for_the_mailed_link_of_that_very_login(): void
    {
        $person = $this->person('administrator');
        self::required('administrator');
        $offer = self::refused(403, 'sallyport_enrolment_required', $this->logIn($person));
        self::assertTrue($offer['confirm_by_mail']);
        $mine = $offer['enrolment_token'];
        $first = $this->link($person);
        $theirs = $this->offered($this->logIn($person));
        foreach ([
            ['GET', '/two-factor', null],
            ['POST', '/two-factor/enable', ['password' => $person->password]],
            ['POST', '/two-factor/verify-totp', ['code' => '123456']],
            ['PATCH', '/2fa/enable', []],
            ['POST', '/2fa/verify', ['code' => '123456']],
            ['POST', '/two-factor/send-otp', []],
            ['POST', '/two-factor/verify-otp', ['code' => '12345678']],
        ] as [$method, $route, $body]) {
            self::refused(403, 'sallyport_enrolment_unconfirmed', static::site()->request($method, self::API . $route, json: $body, bearer: $mine));
        }
        // Viewing the page, as programs that read mail do, confirms nothing.
        $page = static::site()->request('GET', $first);
        self::assertSame(200, $page->status);
        self::assertStringContainsString("<bdi>$person->login</bdi>", $page->body);
        self::assertTellsNobodyItsAddress($page);
        self::assertSame([], preg_grep('/^wordpress_(logged_in|sec)/', $page->headers['set-cookie'] ?? []));
        self::refused(403, 'sallyport_enrolment_unconfirmed', $this->get(self::API . '/two-factor', $mine));

        $form = Browser::fields($page);
        $wrong = static::site()->request('POST', '/wp-login.php?action=sallyport-confirm', form: ['link' => 'spl1_' . str_repeat('x', 43)] + $form);
        self::assertStringContainsString('has already been used or has expired', $wrong->body);
        // The link of one login does not confirm that of another.
        $crossed = static::site()->request('POST', '/wp-login.php?action=sallyport-confirm', form: ['enrolment' => (string) ((int) $form['enrolment'] + 1)] + $form);
        self::assertStringContainsString('has already been used or has expired', $crossed->body);
        self::assertStringContainsString(
            '<p class="message" role="status">Confirmed',
            static::site()->request('POST', '/wp-login.php?action=sallyport-confirm', form: $form)->body,
        );
        self::assertStringContainsString('has already been used or has expired', static::site()->request('POST', '/wp-login.php?action=sallyport-confirm', form: $form)->body);
        self::refused(403, 'sallyport_enrolment_unconfirmed', $this->get(self::API . '/two-factor', $theirs));
        self::assertSame(200, $this->enrolBy($mine, $person)->status);
        self::assertCount(1, self::activity($person->id, 'enrolment_confirmed'));
        self::refused(401, 'sallyport_token_invalid', $this->get(self::API . '/two-factor', $theirs));

        // A site that does not want this turns it off, at its own risk.
        $other = $this->person('administrator');
        self::required('administrator', more: ['confirm_by_mail' => false]);
        $mails = count(static::site()->mails());
        self::assertSame(200, $this->enrolBy($this->offered($this->logIn($other)), $other)->status);
        self::assertSame([], preg_grep('/sallyport-confirm/', array_map(self::decoded(...), array_slice(static::site()->mails(), $mails))));
    }

    public function test_a_user_is_told_that_the_mail_was_not_sent(): void
    {
        $person = $this->person('administrator');
        self::required('administrator');
        for ($mails = 0; $mails < 5; $mails++) {
            $offer = self::refused(403, 'sallyport_enrolment_required', $this->logIn($person));
            self::assertSame([true, null], [$offer['mail_sent'], $offer['retry_after'] ?? null]);
        }
        $sent = count(static::site()->mails());
        $answer = $this->logIn($person);
        $offer = self::refused(403, 'sallyport_enrolment_required', $answer);
        self::assertFalse($offer['mail_sent']);
        self::assertGreaterThan(500, $offer['retry_after']);
        self::assertSame((string) $offer['retry_after'], $answer->header('retry-after'));
        self::assertCount($sent, static::site()->mails());
        $editor = $this->person('editor');
        self::required('editor');
        self::assertArrayNotHasKey('mail_sent', self::refused(403, 'sallyport_enrolment_required', $this->logIn($editor)));
    }

    public function test_within_the_grace_an_administrator_enrols_without_a_link(): void
    {
        $person = $this->person('administrator');
        self::required('administrator', 0);
        $this->signIn($person);
        $this->enrol($person);
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    public function test_over_the_2fa_contract(): void
    {
        $person = $this->person();
        self::required();
        $token = $this->offered($this->logIn($person));
        self::assertSame(200, static::site()->request('PATCH', self::API . '/2fa/enable', json: [], bearer: $token)->status);
        $app = new Totp($this->get(self::API . '/2fa/code', $token)->json['uri']);
        Totp::steady();
        $answer = $this->post('/2fa/verify', ['code' => $app->code(-1)], $token);
        self::assertSame(200, $answer->status, (string) $answer);
        foreach (['message', 'token', 'expiration', 'expires_in', 'user', 'refreshable', 'jti', 'refresh_token'] as $field) {
            self::assertArrayHasKey($field, $answer->json);
        }
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
    }

    /** A user whose only factor no longer counts can neither bypass it nor sign in with it. */
    public function test_a_factor_that_no_longer_counts_is_proven_and_lets_nobody_in(): void
    {
        $person = $this->person('editor');
        $this->signIn($person);
        self::assertSame(200, $this->post('/two-factor/enable', ['password' => $person->password, 'method' => 'otp'], $person->token)->status);
        self::assertSame(200, $this->post('/two-factor/send-otp', [], $person->token)->status);
        $answer = $this->post('/two-factor/verify-otp', ['code' => $this->mailed($person)], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        $weak = $answer->json['token'];
        self::assertSame($person->id, $this->whoIs($weak));

        self::policy(['strong_roles' => ['editor'], 'confirm_by_mail' => false]);
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $weak));
        $demand = self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertSame(['email'], $demand['factors']);
        self::assertSame(200, $this->post('/challenge/send', ['challenge' => $demand['challenge']])->status);
        $token = $this->offered($this->post('/token', ['challenge' => $demand['challenge'], 'code' => $this->mailed($person)]));
        // Enrolling the same factor again would not help, and would only need the mailbox.
        self::refused(400, 'sallyport_factor_unavailable', $this->post('/two-factor/enable', ['password' => $person->password, 'method' => 'otp'], $token));
        $in = $this->enrolBy($token, $person);
        self::assertSame(200, $in->status, (string) $in);
        self::assertSame($person->id, $this->whoIs($in->json['token']));
        // From now on the weak factor is neither asked for nor accepted.
        $demand = self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertNotContains('email', $demand['factors']);
        self::refused(400, 'sallyport_factor_unavailable', $this->post('/challenge/send', ['challenge' => $demand['challenge']]));
        self::refused(400, 'sallyport_factor_unavailable', $this->logIn($person, ['code' => '12345678', 'factor' => 'email']));
    }

    public function test_the_policys_list_of_factors_applies(): void
    {
        $person = $this->enrolled('editor');
        self::policy(['factors' => ['editor' => ['totp']]]);
        self::assertSame($person->id, $this->whoIs($person->token));
        $demand = self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertSame(['totp'], $demand['factors']);
        self::refused(400, 'sallyport_factor_unavailable', $this->logIn($person, ['code' => $person->codes[0], 'factor' => 'backup_code']));
        self::policy(['factors' => ['editor' => ['email']]]);
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $person->token));
        $this->offered($this->logIn($person, ['code' => $person->app->code()]));
        // Backup codes do not count as a replacement for a factor that does not count.
        self::policy([]);
        $tokens = $this->logIn($person, ['code' => $person->codes[1]])->json;
        self::policy(['factors' => ['editor' => ['email', 'backup_code']]]);
        $this->offered($this->logIn($person, ['code' => $person->codes[0], 'factor' => 'backup_code']));
        self::assertSame($person->id, $this->whoIs($tokens['token']), 'until it expires');
        self::refused(401, 'sallyport_token_unproven', $this->post('/token/refresh', ['refresh_token' => $tokens['refresh_token']]));
        self::policy(['factors' => ['editor' => ['totp', 'backup_code']]]);
        self::assertSame(200, $this->post('/token/refresh', ['refresh_token' => $tokens['refresh_token']])->status);
    }

    public function test_the_list_applies_to_tokens_stepped_up_in_place(): void
    {
        $person = $this->enrolled('editor');
        self::assertSame(200, $this->post('/2fa/verify', ['code' => $person->codes[0], 'factor' => 'backup_code'], $person->token)->status);
        self::policy(['factors' => ['editor' => ['totp', 'backup_code']]]);
        self::assertSame($person->id, $this->whoIs($person->token));
        self::policy(['factors' => ['editor' => ['email']]]);
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $person->token));
        // An authenticator app in the token itself still counts.
        self::policy(['factors' => ['editor' => ['totp']]]);
        self::assertSame($person->id, $this->whoIs($person->token));
        self::policy(['factors' => ['editor' => ['backup_code']]]);
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    public function test_codes_by_mail_are_not_for_administrators_unless_the_policy_says_so(): void
    {
        $person = $this->person('administrator');
        $this->signIn($person);
        $enable = fn () => $this->post('/two-factor/enable', ['password' => $person->password, 'method' => 'otp'], $person->token);
        self::refused(400, 'sallyport_factor_unavailable', $enable());
        self::policy(['weak_for_administrators' => true]);
        self::assertSame(200, $enable()->status);
    }

    public function test_a_user_who_registers_into_a_role_that_must_enrol_is_told_so(): void
    {
        static::site()->php('is_multisite() ? update_site_option("registration", "user") : update_option("users_can_register", 1); update_option("default_role", "subscriber");');
        $fields = fn (): array => ['username' => $login = 'r' . bin2hex(random_bytes(5)), 'email' => "$login@example.test", 'password' => "a password of $login", 'name' => ''];
        $given = array_diff_key($fields(), ['name' => 1]);
        self::policy(['roles' => ['subscriber' => 'required'], 'grace_days' => 0]);
        $answer = $this->post('/register', $given);
        self::assertSame(201, $answer->status, (string) $answer);
        self::assertSame(['enrolment_token', 'expires_in', 'confirm_by_mail'], array_keys($answer->json['token_response']));
        $person = new Person(static::site(), $answer->json['user_id'], $given['username'], $given['email'], $given['password']);
        self::assertSame(200, $this->enrolBy($answer->json['token_response']['enrolment_token'], $person)->status);

        self::policy(['roles' => ['subscriber' => 'required'], 'grace_days' => 3]);
        $answer = $this->post('/register', array_diff_key($fields(), ['name' => 1]));
        self::assertEqualsWithDelta(time() + 3 * 86400, strtotime($answer->json['token_response']['enrolment_deadline'] ?? '0'), 60);
        self::assertSame($answer->json['user_id'], $this->whoIs($answer->json['token_response']['token']));
    }

    /** The link in the newest mail to this user. */
    private function link(Person $person): string
    {
        $mails = array_filter(
            array_map(self::decoded(...), static::site()->mails()),
            static fn (string $mail): bool => str_contains($mail, $person->email) && str_contains($mail, 'sallyport-confirm'),
        );
        self::assertSame(1, preg_match('~https?://\S+(/wp-login\.php\?action=sallyport-confirm\S+)~', (string) end($mails), $found), 'a link was mailed');
        self::assertStringContainsString('If it is not you, do not open the link. Change your password now: someone else knows it.', end($mails));
        self::assertMatchesRegularExpression('/^When: \d{4}-\d\d-\d\d \d\d:\d\d UTC\r?$/m', end($mails));
        return $found[1];
    }

    /** The code in the newest mail to this user. */
    private function mailed(Person $person): string
    {
        $mails = array_filter(
            array_map(self::decoded(...), static::site()->mails()),
            static fn (string $mail): bool => str_contains($mail, $person->email) && preg_match('/^\s*(\d{4} ?\d{4})\s*$/m', $mail) === 1,
        );
        preg_match_all('/^\s*(\d{4} ?\d{4})\s*$/m', (string) end($mails), $codes);
        return str_replace(' ', '', end($codes[1]) ?: '');
    }
}
