<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/** A refresh token works once, and carries the proof of its login, with that proof's age. */
final class RefreshTest extends HttpTestCase
{
    private const REFRESH = '/^spr1_[A-Za-z0-9_-]{43}$/';

    public function test_a_log_in_gives_a_refresh_token(): void
    {
        $answer = $this->logIn($this->person());
        self::assertTrue($answer->json['refreshable']);
        self::assertMatchesRegularExpression(self::REFRESH, $answer->json['refresh_token']);
        self::assertSame(30 * 86400, $answer->json['refresh_expires_in']);
        self::assertStringContainsString('no-store', $answer->header('cache-control'));
    }

    public function test_it_is_exchanged_for_the_next_and_an_access_token_of_the_same_log_in(): void
    {
        $person = $this->person();
        $first = $this->logIn($person)->json;
        $second = $this->refresh($first['refresh_token'])->json;
        self::assertSame(array_keys($first), array_keys($second));
        self::assertMatchesRegularExpression(self::REFRESH, $second['refresh_token']);
        self::assertNotSame($first['refresh_token'], $second['refresh_token']);
        self::assertSame($person->id, $this->whoIs($second['token']));
        self::assertSame($person->id, $this->whoIs($first['token']), 'the access token is valid until it expires');
        [$old, $new] = [self::claims($first['token']), self::claims($second['token'])];
        self::assertSame($old['sid'], $new['sid']);
        self::assertNotSame($old['jti'], $new['jti']);
        self::assertSame(['pwd'], $new['amr']);
        self::assertSame(200, $this->refresh($second['refresh_token'])->status);
    }

    public function test_the_proof_goes_with_it_and_gets_no_younger(): void
    {
        $person = $this->enrolled();
        $first = $this->logIn($person, ['code' => $person->app->code()])->json;
        self::age($first['token'], 700);
        $second = $this->refresh($first['refresh_token'])->json;
        self::assertSame($person->id, $this->whoIs($second['token']));
        [$old, $new] = [self::claims($first['token']), self::claims($second['token'])];
        self::assertSame($old['auth_time'] - 700, $new['auth_time']);
        self::assertSame([$old['amr'], $old['acr']], [$new['amr'], $new['acr']]);
        self::assertSame($old['sp']['epoch'], $new['sp']['epoch']);
        self::refused(401, 'sallyport_step_up_required', $this->post('/two-factor/disable', ['password' => $person->password], $second['token']));
    }

    public function test_a_step_up_is_what_the_next_one_carries(): void
    {
        $person = $this->enrolled();
        $first = $this->logIn($person, ['code' => $person->app->code()])->json;
        self::age($first['token'], 700);
        $stepped = $this->post('/two-factor/verify-backup-code', ['code' => $person->codes[0]], $first['token']);
        self::assertSame(200, $stepped->status, (string) $stepped);
        $second = $this->refresh($first['refresh_token'])->json;
        self::assertSame(200, $this->post('/two-factor/get-totp-uri', ['password' => $person->password], $second['token'])->status);
    }

    public function test_within_ten_seconds_parallel_tabs_get_the_same_successor(): void
    {
        $first = $this->logIn($this->person())->json;
        $tabs = [$this->refresh($first['refresh_token'])->json, $this->refresh($first['refresh_token'])->json];
        self::assertSame($tabs[0]['refresh_token'], $tabs[1]['refresh_token']);
        self::assertSame(200, $this->refresh($tabs[1]['refresh_token'])->status);
    }

    public function test_a_tab_that_comes_late_gets_what_the_others_have_by_now(): void
    {
        $first = $this->logIn($this->person())->json;
        $second = $this->refresh($first['refresh_token'])->json;
        $third = $this->refresh($second['refresh_token'])->json;
        $late = $this->refresh($first['refresh_token'])->json;
        self::assertSame($third['refresh_token'], $late['refresh_token'], 'a rotated token would end the sign-in after the ten seconds');
        self::later($first['refresh_token'], 11);
        self::later($second['refresh_token'], 11);
        self::assertSame(200, $this->refresh($late['refresh_token'])->status);
    }

    public function test_a_later_reuse_of_a_rotated_token_ends_the_whole_family(): void
    {
        $person = $this->person();
        $first = $this->logIn($person)->json;
        $other = $this->logIn($person)->json;
        $second = $this->refresh($first['refresh_token'])->json;
        self::later($first['refresh_token'], 11);
        $answer = $this->refresh($first['refresh_token']);
        self::refusedCredential('sallyport_refresh_reused', $answer);
        foreach ([$first, $second] as $tokens) {
            self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $tokens['token']));
            self::refusedCredential('sallyport_token_invalid', $this->refresh($tokens['refresh_token']));
        }
        self::assertSame($person->id, $this->whoIs($other['token']), 'another login is another family');
        self::assertCount(1, self::activity($person->id, 'refresh_reused'));
    }

    public function test_the_successor_is_sealed_under_the_token_and_erased(): void
    {
        $first = $this->logIn($this->person())->json;
        $second = $this->refresh($first['refresh_token'])->json;
        $stored = self::row($first['refresh_token']);
        self::assertNotSame('', $stored['successor']);
        self::assertStringNotContainsString($second['refresh_token'], json_encode($stored));
        self::later($first['refresh_token'], 11);
        $this->refresh($second['refresh_token']);
        self::assertSame('', self::row($first['refresh_token'])['successor']);
    }

    public function test_it_expires_and_so_does_the_log_in(): void
    {
        $first = $this->logIn($this->person())->json;
        self::update($first['refresh_token'], 'expires_at = 1');
        self::assertSame('expired', self::refused(401, 'sallyport_token_invalid', $this->refresh($first['refresh_token']))['reason']);
        $first = $this->logIn($this->person())->json;
        static::site()->php('global $wpdb; $wpdb->update("{$wpdb->base_prefix}sallyport_families", ["expires_at" => time() + 100], ["sid" => $argv[1]]);', [self::claims($first['token'])['sid']]);
        self::assertLessThanOrEqual(100, $this->refresh($first['refresh_token'])->json['refresh_expires_in'], 'no longer than its family');
    }

    public function test_one_from_before_the_factor_yields_nothing(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $before = $this->logIn($person)->json;
        $this->enrol($person);
        self::refusedCredential('sallyport_token_invalid', $this->refresh($before['refresh_token']));
    }

    public function test_one_whose_proof_is_from_before_a_change_yields_nothing(): void
    {
        $person = $this->enrolled();
        $tokens = $this->logIn($person, ['code' => $person->app->code()])->json;
        foreach (['sallyport_token_stale' => str_repeat('0', 32), 'sallyport_token_unproven' => ''] as $code => $epoch) {
            static::site()->php(
                'global $wpdb; $wpdb->update("{$wpdb->base_prefix}sallyport_families", ["epoch" => $argv[2]], ["sid" => $argv[1]]);',
                [self::claims($tokens['token'])['sid'], $epoch],
            );
            self::refusedCredential($code, $this->refresh($tokens['refresh_token']));
        }
    }

    public function test_an_access_token_is_exchanged_only_where_the_site_says_so(): void
    {
        $person = $this->enrolled();
        $first = $this->logIn($person, ['code' => $person->app->code()])->json;
        self::refused(400, 'rest_missing_callback_param', $this->post('/token/refresh', ['token' => $first['token']]));
        self::storeSettings(['refresh_by_token' => true]);
        try {
            $second = $this->post('/token/refresh', ['token' => $first['token']])->json;
            self::assertArrayNotHasKey('refresh_token', $second);
            self::assertSame($person->id, $this->whoIs($second['token']));
            self::assertSame(self::claims($first['token'])['auth_time'], self::claims($second['token'])['auth_time']);
            self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $first['token']));
            self::refusedCredential('sallyport_token_invalid', $this->post('/token/refresh', ['token' => $first['token']]));
            self::refusedCredential('sallyport_token_invalid', $this->post('/token/refresh', ['token' => 'nonsense']));
            self::assertSame(200, $this->post('/token/revoke', ['token' => $second['token']])->status);
            self::refusedCredential('sallyport_token_invalid', $this->post('/token/refresh', ['token' => $second['token']]));
        } finally {
            static::site()->php('delete_option("sallyport_settings");');
        }
    }

    public function test_a20_nothing_else_is_a_refresh_token(): void
    {
        $person = $this->person();
        $answer = $this->logIn($person)->json;
        foreach ([$answer['token'], 'spr1_' . str_repeat('A', 43), hash('sha256', $answer['refresh_token']), ' '] as $token) {
            self::assertContains($this->refresh(substr($token, 0, 256))->status, [400, 401]);
        }
        self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $answer['token'] . 'x'));
        self::assertNull($this->whoIs($answer['refresh_token']), 'nor is it an access token');
    }

    private function refresh(string $token): Response
    {
        return $this->post('/token/refresh', ['refresh_token' => $token]);
    }

    /** Set-up: the login was so many seconds earlier. */
    private static function age(string $token, int $seconds): void
    {
        static::site()->php('global $wpdb; $wpdb->query($wpdb->prepare("UPDATE {$wpdb->base_prefix}sallyport_families SET proven_at = proven_at - %d WHERE sid = %s", $argv[2], $argv[1]));', [self::claims($token)['sid'], (string) $seconds]);
    }

    /** Set-up: the token was rotated so many seconds earlier. */
    private static function later(string $token, int $seconds): void
    {
        self::update($token, "rotated_at = rotated_at - $seconds");
    }

    private static function update(string $token, string $change): void
    {
        static::site()->php('global $wpdb; $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_refresh_tokens SET $argv[2] WHERE digest = \'" . hash("sha256", $argv[1]) . "\'");', [$token, $change]);
    }

    /** @return array<string, string> */
    private static function row(string $token): array
    {
        return static::site()->php('global $wpdb; return $wpdb->get_row($wpdb->prepare("SELECT * FROM {$wpdb->base_prefix}sallyport_refresh_tokens WHERE digest = %s", hash("sha256", $argv[1])), ARRAY_A);', [$token]);
    }
}
