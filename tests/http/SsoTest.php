<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\ForeignSite;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/SsoTestCase.php';

/** Two sites side by side: one issues the token, the other accepts it. */
final class SsoTest extends SsoTestCase
{
    private const SECRET = 'one secret for the connection, and for the tokens of one of them';
    private static ?Site $home = null;
    private static ?Site $away = null;

    /** The site on which the user is already signed in. */
    protected static function site(): Site
    {
        if (self::$home === null) {
            $define = ['SALLYPORT_SECRET_KEY' => strtr(self::SECRET, ' ,', '--')];
            self::$home = Site::up(self::options(['define' => $define]));
            self::$away = Site::up();
            $file = self::$away->dir . '/.site/run/secret';
            file_put_contents($file, self::secret() . "\n");
            foreach ([[self::$home, self::$away], [self::$away, self::$home]] as [$site, $other]) {
                copy($file, $copy = $site->dir . '/.site/run/shared-secret');
                chmod($copy, 0644);
                self::assertSame(
                    [0, "Success: The connection sister was created.\n", ''],
                    $site->command('site', 'add', 'sister', $other->url . '/', '--allow=issue,exchange', "--secret-file=$copy"),
                );
            }
            self::assertSame(
                [0, "Success: The connection one-way was created.\n", ''],
                self::$home->command('site', 'add', 'one-way', 'https://one-way.example', '--allow=exchange', "--secret-file=$copy"),
            );
        }
        return self::$home;
    }

    private static function secret(): string
    {
        return strtr(self::SECRET, ' ,', '--');
    }

    public static function tearDownAfterClass(): void
    {
        self::$home?->down();
        self::$away?->down();
        self::$home = self::$away = null;
    }

    public function test_from_one_site_to_the_other(): void
    {
        $person = $this->proven_person();
        $there = $this->sameThere($person);
        $issued = $this->issue($person->token);
        self::assertSame(200, $issued->status, (string) $issued);
        self::assertSame(['site_key', 'token', 'signature'], array_keys($issued->json));
        self::assertStringContainsString('no-store', (string) $issued->header('cache-control'));
        $claims = self::claims($issued->json['token']);
        $own = self::claims($person->token);
        self::assertSame(
            [static::site()->url, self::$away->url, (string) $person->id, $person->email, true, ['pwd'], $own['auth_time'], 60],
            [$claims['iss'], $claims['aud'], $claims['sub'], $claims['email'], $claims['email_verified'], $claims['amr'], $claims['auth_time'], $claims['exp'] - $claims['iat']],
        );
        self::assertMatchesRegularExpression('/^[0-9a-f-]{36}$/', $claims['jti']);
        self::assertSame(hash_hmac('sha256', 'sister.' . $issued->json['token'], self::secret()), $issued->json['signature']);
        self::assertSame(['site' => 'sister'], json_decode(self::activity($person->id, 'sso_issued')[0]['detail'], true));

        $answer = $this->exchangeThere($issued->json);
        self::assertSame([200, $there], [$answer->status, $answer->json['user']['ID'] ?? null], (string) $answer);
        $here = self::$away->request('GET', '/wp-json/wp/v2/users/me', bearer: $answer->json['token']);
        self::assertSame($there, $here->json['id']);
        $claims = self::claims($answer->json['token']);
        self::assertSame([['sso'], 'aal1', $own['auth_time']], [$claims['amr'], $claims['acr'], $claims['auth_time']]);
        self::assertSame('replayed', self::refused(401, 'sallyport_sso_refused', $this->exchangeThere($issued->json))['reason']);
        // A token for the other site is not accepted by the site that issued it.
        self::assertSame('untrusted', self::refused(401, 'sallyport_sso_refused', $this->exchange($this->issue($person->token)->json))['reason']);
        foreach ([static::site(), self::$away] as $site) {
            self::assertNotNull($site->rows('site', 'list')[0]['last_used']);
        }
    }

    public function test_the_other_sites_second_factor_is_required_and_ours_does_not_replace_it(): void
    {
        $person = $this->proven_person();
        $this->enrol($person);
        $this->sameThere($person);
        $claims = self::claims($this->issue($person->token)->json['token']);
        self::assertSame(['mfa', 'otp', 'pwd'], $claims['amr']);
        $there = new Person(self::$away, 0, $person->login, $person->email, $person->password);
        $app = $this->enrolThere($there);
        $answer = $this->exchangeThere($this->issue($person->token)->json);
        $challenge = self::refused(401, 'sallyport_second_factor_required', $answer)['challenge'];
        $in = self::$away->request('POST', self::API . '/challenge/verify', json: ['challenge' => $challenge, 'code' => $app->code()]);
        self::assertSame(['mfa', 'otp', 'sso'], self::claims($in->json['token'] ?? (string) $in)['amr']);
        // And a token for the next site says the same about the sign-in.
        self::$away->php('update_user_meta(0, "x", "y"); update_option("sallyport_settings", ["sso_trust_email" => true]);');
        $back = self::$away->request('POST', self::API . '/sso/issue', json: ['site_key' => 'sister'], bearer: $in->json['token']);
        self::assertSame(['mfa', 'otp', 'sso'], self::claims($back->json['token'] ?? (string) $back)['amr']);
        self::refused(401, 'sallyport_second_factor_required', $this->exchange($back->json));
    }

    public function test_only_under_a_token_of_ours(): void
    {
        $person = $this->proven_person();
        self::refused(401, 'rest_not_logged_in', $this->issue(null));
        self::refused(401, 'sallyport_token_invalid', $this->issue(substr($person->token, 0, -6) . 'AAAAAA'));
        $browser = $this->signedIn($person);
        self::refused(401, 'rest_not_logged_in', $browser->send('POST', self::API . '/sso/issue', headers: ['x-wp-nonce' => $browser->nonce()], json: ['site_key' => 'sister']));
        $password = $person->applicationPassword();
        $basic = $person->basic($password);
        self::refused(403, 'sallyport_app_password_not_exchangeable', $this->post('/sso/issue', ['site_key' => 'sister'], headers: $basic));
        // A token from before the factor.
        $enrolled = $this->proven_person();
        $old = $enrolled->token;
        $this->enrol($enrolled);
        self::assertSame(401, $this->issue($old)->status);
        self::assertSame(200, $this->issue($enrolled->token)->status);
    }

    public function test_a_plugin_that_switches_users_gets_no_token_of_another(): void
    {
        [$one, $other] = [$this->proven_person(), $this->proven_person()];
        $answer = static::site()->request('POST', self::API . "/sso/issue?switcher_at=init&switcher_to=$other->id", json: ['site_key' => 'sister'], bearer: $one->token);
        self::refused(401, 'rest_not_logged_in', $answer);
        self::assertSame($one->email, self::claims($this->issue($one->token)->json['token'])['email']);
    }

    public function test_a15_what_the_caller_s_token_does_not_say_is_not_made_up(): void
    {
        $person = $this->proven_person();
        $claims = self::claims($person->token);
        $sister = new ForeignSite('sister', self::$away->url, static::site()->url, self::secret());
        foreach ([[], ['amr' => 'pwd', 'auth_time' => '7'], ['amr' => [1, ['pwd'], 'pwd'], 'auth_time' => null]] as $i => $odd) {
            $token = $sister->token($odd + array_diff_key($claims, ['amr' => 1, 'auth_time' => 1]), ['typ' => 'at+jwt']);
            $issued = self::claims($this->issue($token)->json['token']);
            self::assertSame([$i === 0 ? [] : ['pwd'], $claims['iat']], [$issued['amr'], $issued['auth_time']]);
        }
    }

    public function test_only_to_sites_it_may_be_issued_to(): void
    {
        $person = $this->proven_person();
        foreach (['nobody', 'SISTER', 'sister ', '%'] as $key) {
            self::refused(404, 'sallyport_sso_site_unknown', $this->issue($person->token, $key));
        }
        self::refused(403, 'sallyport_sso_site_forbidden', $this->issue($person->token, 'one-way'));
        self::assertSame('sallyport_sso_site_forbidden', self::activity($person->id, 'sso_refused')[0]['outcome']);
        self::refused(400, 'rest_missing_callback_param', $this->post('/sso/issue', [], $person->token));
        foreach ([7, '', ['sister'], str_repeat('x', 257)] as $key) {
            self::refused(400, 'rest_invalid_param', $this->post('/sso/issue', ['site_key' => $key], $person->token));
        }
    }

    public function test_only_an_address_that_was_proven(): void
    {
        $person = $this->person();
        $this->signIn($person);
        self::refused(403, 'sallyport_email_unverified', $this->issue($person->token));
        self::assertSame('sallyport_email_unverified', self::activity($person->id, 'sso_refused')[0]['outcome']);
        self::proveEmail($person);
        self::assertSame(200, $this->issue($person->token)->status);
        // Another address, which is not proven.
        static::site()->php('global $wpdb; $wpdb->update($wpdb->users, ["user_email" => "changed-" . $argv[2]], ["ID" => (int) $argv[1]]); clean_user_cache((int) $argv[1]);', [(string) $person->id, $person->email]);
        self::refused(403, 'sallyport_email_unverified', $this->issue($person->token));
        self::storeSettings(['sso_trust_email' => true]);
        try {
            self::assertSame("changed-$person->email", self::claims($this->issue($person->token)->json['token'])['email']);
            static::site()->php('global $wpdb; $wpdb->update($wpdb->users, ["user_email" => ""], ["ID" => (int) $argv[1]]); clean_user_cache((int) $argv[1]);', [(string) $person->id]);
            self::refused(403, 'sallyport_email_unverified', $this->issue($person->token));
        } finally {
            static::site()->php('delete_option("sallyport_settings");');
        }
    }

    public function test_j4_under_one_secret_the_type_alone_tells_them_apart(): void
    {
        $person = $this->proven_person();
        $sister = new ForeignSite('sister', self::$away->url, static::site()->url, self::secret());
        self::assertSame(200, $this->exchange($sister->signsIn($person->email))->status);
        $this->notAccepted('untrusted', 'type', $this->exchange($sister->signsIn($person->email, header: ['typ' => 'at+jwt'])));
        // Signed by this site's own key, with all parts of an access token except its type.
        $claims = self::claims($person->token);
        self::assertSame($person->id, $this->whoIs($sister->token($claims, ['typ' => 'at+jwt'])), 'it would be let in');
        self::assertNull($this->whoIs($sister->token($claims, ['typ' => 'sso+jwt'])));
        $answer = $this->post('/token/validate', ['token' => $sister->token($claims, ['typ' => 'sso+jwt'])]);
        self::assertSame('type', self::refused(401, 'sallyport_token_invalid', $answer)['reason']);
    }

    public function test_what_is_sealed_for_another_connection_does_not_open(): void
    {
        $person = $this->proven_person();
        $moved = 'global $wpdb; $t = "{$wpdb->base_prefix}sallyport_sso_sites"; $wpdb->query($wpdb->prepare("UPDATE $t SET secret = %s WHERE site_key = \'sister\'", $argv[1] ?? $wpdb->get_var("SELECT secret FROM $t WHERE site_key = \'one-way\'")));';
        $sealed = static::site()->php('global $wpdb; return $wpdb->get_var("SELECT secret FROM {$wpdb->base_prefix}sallyport_sso_sites WHERE site_key = \'sister\'");');
        self::assertStringNotContainsString(self::secret(), $sealed);
        self::assertStringNotContainsString(self::secret(), (string) base64_decode(strtr($sealed, '-_', '+/')));
        static::site()->php($moved);
        try {
            self::refused(503, 'sallyport_unavailable', $this->issue($person->token));
            self::refused(
                503,
                'sallyport_unavailable',
                $this->exchange(
                    (new ForeignSite('sister', self::$away->url, static::site()->url, self::secret()))->signsIn($person->email),
                ),
            );
        } finally {
            static::site()->php($moved, [$sealed]);
        }
        self::assertSame(200, $this->issue($person->token)->status);
    }

    /** A user who is signed in at home, with a proven address. */
    public function test_in_monitor_only_it_lets_through_and_reports_as_every_door_does(): void
    {
        $person = $this->proven_person();
        $this->enrol($person);
        $old = static::site()->plugin('return $plugin->access_tokens()->response(get_userdata((int) $argv[1]), null)["token"];', [(string) $person->id]);
        self::refusedCredential('sallyport_token_unproven', $this->issue($old));
        // On a network, only the network may set it.
        $says = static fn (array $rules): mixed => static::site()->plugin(
            '$plugin->policy_option()->{is_multisite() ? "change_network" : "change_site"}(static fn () => json_decode($argv[1], true));',
            [json_encode($rules)],
        );
        $says(['monitor' => true]);
        try {
            $issued = $this->issue($old);
            self::assertSame(200, $issued->status, (string) $issued);
            self::assertSame(['pwd'], self::claims($issued->json['token'])['amr'], 'the assertion is no stronger for it');
            self::assertSame(200, $this->issue($person->token)->status);
            $rows = self::activity($person->id, 'would_refuse');
            $doors = array_map(static fn (array $row): string => json_decode($row['detail'], true)['door'], $rows);
            sort($doors);
            self::assertSame(['bearer', 'sso'], $doors);
            self::assertSame(['sallyport_token_unproven'], array_values(array_unique(array_column($rows, 'outcome'))));
        } finally {
            $says([]);
        }
        self::refusedCredential('sallyport_token_unproven', $this->issue($old));
    }

    private function proven_person(): Person
    {
        $person = $this->person();
        self::proveEmail($person);
        $this->signIn($person);
        return $person;
    }

    private static function proveEmail(Person $person): void
    {
        static::site()->plugin(<<<'PHP'
            $plugin->proven_emails()->prove(get_userdata((int) $argv[1]));
            PHP, [(string) $person->id]);
    }

    /** The id of the same person's account on the other site. */
    private function sameThere(Person $person): int
    {
        return self::$away->php(
            'return wp_insert_user(["user_login" => $argv[1] . "-there", "user_email" => $argv[2], "user_pass" => $argv[3], "role" => "subscriber"]);',
            [$person->login, $person->email, $person->password],
        );
    }

    private function enrolThere(Person $person): \Sallyport\Tests\Totp
    {
        $token = self::$away->request('POST', self::API . '/token', json: ['username' => $person->email, 'password' => $person->password])->json['token'];
        $begun = self::$away->request('POST', self::API . '/two-factor/enable', json: ['password' => $person->password], bearer: $token);
        $app = new \Sallyport\Tests\Totp($begun->json['totpURI']);
        Totp::steady();
        $done = self::$away->request('POST', self::API . '/two-factor/verify-totp', json: ['code' => $app->code(-1)], bearer: $token);
        self::assertSame(200, $done->status, (string) $done);
        return $app;
    }

    private function issue(?string $bearer, string $to = 'sister'): Response
    {
        return $this->post('/sso/issue', ['site_key' => $to], $bearer);
    }

    /** @param array<string, mixed> $body */
    private function exchangeThere(array $body): Response
    {
        return self::$away->request('POST', self::API . '/sso/exchange', json: $body);
    }
}
