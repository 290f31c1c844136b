<?php

declare(strict_types=1);

use Sallyport\Key;
use Sallyport\WP\Engine;
use Sallyport\WP\Plugin;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\KeyState;
use Sallyport\WP\Store\SigningKeyRow;

/** The life of a stored key, next → active → retiring → gone, with a clock of the test's own: no token becomes invalid on the way. */
final class SigningKeysTest extends WPTestCase
{
    private const OPTION = 'sallyport_signing_key';
    private const T = 1_900_000_000;
    private const LIFE = 3600 + 60; // how long a retiring key is kept at least: its longest token, and the leeway

    private Plugin $site;

    protected function setUp(): void
    {
        parent::setUp();
        delete_option(self::OPTION);
        $this->site = new Plugin();
        $this->site->key_rotation()->begin(self::T);
    }

    public function test_a_new_blog_has_one_active_key_of_the_setting(): void
    {
        self::assertSame([['active', 'HS256', 'generated']], $this->states(self::T, 'state', 'algorithm', 'source'));
        delete_option(self::OPTION);
        $this->site->settings()->set('algorithm', 'ES384');
        $this->site->key_rotation()->begin(self::T);
        self::assertSame([['active', 'ES384']], $this->states(self::T, 'state', 'algorithm'));
        $this->site->key_rotation()->begin(self::T);
        self::assertCount(1, $this->site->signing_keys()->all(self::T), 'a second set-up changes nothing');
    }

    public function test_a_key_that_was_lost_is_made_anew_by_the_next_token(): void
    {
        delete_option(self::OPTION);
        self::assertSame('ok', $this->verify((new Plugin()), $this->sign($this->site, self::T), self::T));
    }

    public function test_a_key_goes_through_its_states(): void
    {
        $old = $this->sign($this->site, self::T);
        $this->site->key_rotation()->generate(self::T, 'ES256');
        self::assertSame([['active', 'HS256'], ['next', 'ES256']], $this->states(self::T, 'state', 'algorithm'));
        self::assertSame('HS256', $this->alg($this->sign($this->site, self::T)), 'a next key signs nothing');

        $this->site->key_rotation()->rotate(self::T + 300);
        self::assertSame([['active', 'ES256'], ['retiring', 'HS256']], $this->states(self::T + 300, 'state', 'algorithm'));
        self::assertSame('ES256', $this->alg($this->sign($this->site, self::T + 300)));
        self::assertSame('ok', $this->verify($this->site, $old, self::T + 300));

        $last = self::T + 300 + self::LIFE;
        self::assertCount(2, $this->site->signing_keys()->all($last - 1));
        self::assertCount(1, $this->site->signing_keys()->all($last));
    }

    public function test_a_retiring_key_past_its_time_verifies_nothing(): void
    {
        $token = $this->site->engine()->jwt_sign(['exp' => self::T + 999_999], $this->site->signing_keys()->keyring(self::T), 'at+jwt');
        $this->site->key_rotation()->generate(self::T);
        $this->site->key_rotation()->rotate(self::T);
        self::assertSame('ok', $this->verify($this->site, $token, self::T + self::LIFE - 1));
        self::assertSame('unknown_key', $this->verify($this->site, $token, self::T + self::LIFE), 'not deleted yet, but no longer accepted');
        self::assertCount(2, get_option(self::OPTION)['keys']);
        $this->site->key_rotation()->generate(self::T + self::LIFE);
        self::assertSame(['active', 'next'], array_column(get_option(self::OPTION)['keys'], 'state'), 'the next write deletes it');
    }

    public function test_no_token_is_lost_in_a_thousand_logins_with_a_rotation_every_fifteen(): void
    {
        $open = [];
        $rotations = 0;
        $kinds = ['HS256', 'ES256', 'EdDSA', 'HS512'];
        for ($i = 0, $now = self::T; $i < 1000; $i++, $now += 40) {
            // Each on an instance of its own, like requests, and every third in two processes at once.
            $open[] = [$this->sign(new Plugin(), $now), $now + 900];
            if ($i % 15 === 0) {
                $this->site->key_rotation()->generate($now, $kinds[$i / 15 % 4]);
            }
            $other = (new Plugin())->signing_keys()->keyring($now); // a request that runs while the keys change
            if ($i % 15 === 8) {
                $this->site->key_rotation()->rotate($now);
                $rotations++;
                $open[] = [$this->site->engine()->jwt_sign(['exp' => $now + 900], $other, 'at+jwt'), $now + 900];
                self::assertSame(
                    ['exp' => $now + 900],
                    $this->site->engine()->jwt_verify($this->sign($this->site, $now), $other, $now, []),
                    'the running request accepts a token of the new key',
                );
            }
            foreach ($open as $key => [$token, $exp]) {
                $ends = $now + 40 >= $exp;
                if ($ends || $key % 7 === $i % 7) {
                    self::assertSame('ok', $this->verify($this->site, $token, $ends ? $exp - 1 : $now), "token $key at $i");
                }
                if ($ends) {
                    self::assertNotSame('ok', $this->verify($this->site, $token, $exp));
                    unset($open[$key]);
                }
            }
        }
        self::assertSame(67, $rotations);
        self::assertLessThan(16, count(get_option(self::OPTION)['keys']), 'expired keys are deleted');
    }

    public function test_a_key_is_kept_for_the_longest_token_it_signed_though_the_setting_is_shorter_by_then(): void
    {
        $this->site->settings()->set('token_ttl', 86400);
        $token = $this->site->engine()->jwt_sign(['exp' => self::T + 86400], $this->site->signing_keys()->keyring(self::T), 'at+jwt');
        $this->site->settings()->set('token_ttl', 60);
        $this->site->key_rotation()->generate(self::T);
        $this->site->key_rotation()->rotate(self::T);
        self::assertSame('ok', $this->verify(new Plugin(), $token, self::T + 86399));
        self::assertCount(1, (new Plugin())->signing_keys()->all(self::T + 86400 + 60));
    }

    public function test_a_key_pair_is_published_five_minutes_before_it_signs_unless_urgent(): void
    {
        $this->site->key_rotation()->generate(self::T, 'ES256');
        self::assertSame(['reason' => 'too_early', 'retry_after' => 1], $this->refused('sallyport_key_conflict', fn () => $this->site->key_rotation()->rotate(self::T + 299)));
        $this->site->key_rotation()->rotate(self::T + 1, at_once: true);
        self::assertSame([['active', 'ES256'], ['retiring', 'HS256']], $this->states(self::T + 1, 'state', 'algorithm'));
    }

    public function test_a_secret_is_published_nowhere_and_need_not_wait(): void
    {
        $this->site->key_rotation()->generate(self::T, 'HS384');
        $this->site->key_rotation()->rotate(self::T);
        self::assertSame([['active', 'HS384'], ['retiring', 'HS256']], $this->states(self::T, 'state', 'algorithm'));
    }

    public function test_retiring_ends_what_does_not_sign(): void
    {
        $token = $this->sign($this->site, self::T);
        $active = $this->site->signing_keys()->all(self::T)[0]['kid'];
        $this->site->key_rotation()->generate(self::T);
        $next = $this->site->signing_keys()->all(self::T)[1]['kid'];
        self::assertSame(['reason' => 'is_active'], $this->refused('sallyport_key_conflict', fn () => $this->site->key_rotation()->retire(self::T, $active)));
        $this->refused('sallyport_key_unknown', fn () => $this->site->key_rotation()->retire(self::T, 'sp-none'));
        $this->site->key_rotation()->retire(self::T, $next);
        self::assertSame([['active', $active]], $this->states(self::T, 'state', 'kid'));
        self::assertSame('ok', $this->verify($this->site, $token, self::T));

        $this->site->key_rotation()->generate(self::T);
        $this->site->key_rotation()->rotate(self::T);
        $this->site->key_rotation()->retire(self::T, $active);
        self::assertSame('unknown_key', $this->verify($this->site, $token, self::T));
        $this->refused('sallyport_key_unknown', fn () => $this->site->key_rotation()->retire(self::T, $active));
    }

    public function test_key_changes_that_are_refused(): void
    {
        $rotation = $this->site->key_rotation();
        self::assertSame(['reason' => 'no_next'], $this->refused('sallyport_key_conflict', fn () => $rotation->rotate(self::T)));
        $rotation->generate(self::T);
        self::assertSame(['reason' => 'next_exists'], $this->refused('sallyport_key_conflict', fn () => $rotation->generate(self::T)));
        $this->refused('sallyport_key_unknown', fn () => $rotation->rotate(self::T, 'sp-another'));
        $this->refused('sallyport_key_invalid', fn () => $rotation->generate(self::T, 'none'));
        $rotation->rotate(self::T);
        for ($i = 2; $i < 32; $i++) {
            $rotation->generate(self::T);
            $rotation->rotate(self::T);
        }
        self::assertSame(['reason' => 'too_many'], $this->refused('sallyport_key_conflict', fn () => $rotation->generate(self::T)));
        $rotation->generate(self::T + self::LIFE);
        self::assertCount(2, $this->site->signing_keys()->all(self::T + self::LIFE));
    }

    /** @dataProvider pairs */
    public function test_a_pasted_key_is_named_by_its_thumbprint_and_sealed(string $algorithm): void
    {
        $key = Key::generate($algorithm);
        $this->site->key_rotation()->generate(self::T, $algorithm, $key->toPem());
        self::assertSame([$key->kid(), 'imported'], $this->states(self::T, 'kid', 'source')[1]);
        self::assertSame('is_there', $this->again($algorithm, $key->toPem()));
        $this->site->key_rotation()->rotate(self::T + 300);
        $token = $this->sign($this->site, self::T + 300);
        self::assertSame([$algorithm, $key->kid()], [$this->alg($token), json_decode(base64_decode(explode('.', $token)[0]), true)['kid']]);
        self::assertSame([$key->publicJwk()], $this->site->signing_keys()->jwks(self::T + 300)['keys']);
        $stored = $this->raw();
        foreach (str_split(strtr(base64_encode($key->toPem()), ['=' => '']), 40) as $piece) {
            self::assertStringNotContainsString($piece, $stored);
        }
        self::assertStringNotContainsString('PRIVATE', $stored);
    }

    /** @return array<string, array{string}> */
    public static function pairs(): array
    {
        return ['RS256' => ['RS256'], 'PS256' => ['PS256'], 'ES256' => ['ES256'], 'ES384' => ['ES384'], 'EdDSA' => ['EdDSA']];
    }

    public function test_what_is_no_private_key_for_the_algorithm_is_refused(): void
    {
        $cases = json_decode((string) file_get_contents(dirname(__DIR__) . '/vectors/pem_cases.json'), true)['cases'];
        $tried = 0;
        foreach ($cases as $case) {
            $public = str_contains($case['pem'], 'PUBLIC KEY') && in_array($case['alg'], Engine::ALGORITHMS, true);
            if (($case['expect'] ?? '') === 'refused' || $public) {
                $this->refused('sallyport_key_invalid', fn () => $this->site->key_rotation()->generate(self::T, $case['alg'], $case['pem']));
                $tried++;
            }
        }
        self::assertGreaterThan(20, $tried);
        self::assertCount(1, $this->site->signing_keys()->all(self::T));
    }

    public function test_no_secret_is_in_the_set_whatever_the_state(): void
    {
        $this->site->key_rotation()->generate(self::T, 'ES256');
        self::assertSame(['ES256'], array_column($this->site->signing_keys()->jwks(self::T)['keys'], 'alg'), 'next');
        $this->site->key_rotation()->rotate(self::T + 300);
        $this->site->key_rotation()->generate(self::T + 300, 'HS512');
        $this->site->key_rotation()->rotate(self::T + 300);
        $this->site->key_rotation()->generate(self::T + 300, 'RS256');
        self::assertSame(['active', 'retiring', 'retiring', 'next'], array_column($this->site->signing_keys()->all(self::T + 300), 'state'));
        $set = $this->site->signing_keys()->jwks(self::T + 300);
        self::assertEqualsCanonicalizing(['ES256', 'RS256'], array_column($set['keys'], 'alg'));
        foreach ($set['keys'] as $key) {
            self::assertContains($key['kty'], ['EC', 'RSA']);
            self::assertSame([], array_intersect(array_keys($key), ['k', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'oth']));
        }
        self::assertSame(['RS256'], array_column($this->site->signing_keys()->jwks(self::T + 300 + self::LIFE)['keys'], 'alg'));
    }

    public function test_the_key_of_a_site_set_up_before_there_was_rotation_keeps_working(): void
    {
        $before = get_option(self::OPTION)['keys'][0];
        $token = $this->sign($this->site, self::T);
        update_option(self::OPTION, ['kid' => $before['kid'], 'alg' => 'HS256', 'sealed' => $before['sealed']], true);
        self::assertSame('ok', $this->verify(new Plugin(), $token, self::T));
        self::assertSame([[$before['kid'], 'active', null]], $this->states(self::T, 'kid', 'state', 'created'));
        self::assertSame($before['kid'], get_option(self::OPTION)['keys'][0]['kid'], 'it is now in the new format');
        (new Plugin())->key_rotation()->generate(self::T, 'EdDSA');
        (new Plugin())->key_rotation()->rotate(self::T + 300);
        self::assertSame('ok', $this->verify(new Plugin(), $token, self::T + 300));
    }

    public function test_an_unreadable_stored_list_is_not_an_empty_one(): void
    {
        foreach ([
            'text',
            5,
            [],
            ['keys' => 'x'],
            ['keys' => [['kid' => 'a']]],
            ['keys' => [['state' => 'lost', 'kid' => 'a', 'alg' => 'HS256', 'sealed' => 'x']]],
            ['keys' => [null]],
        ] as $stored) {
            update_option(self::OPTION, $stored, true);
            $this->refused('sallyport_unavailable', static fn () => (new Plugin())->signing_keys()->keyring(self::T));
            $this->refused('sallyport_unavailable', static fn () => (new Plugin())->key_rotation()->generate(self::T));
        }
        self::assertSame(['keys' => [null]], get_option(self::OPTION));
    }

    public function test_a_sealed_key_does_not_open_under_another_name(): void
    {
        $stored = get_option(self::OPTION);
        $stored['keys'][0]['kid'] = 'sp-another';
        update_option(self::OPTION, $stored, true);
        $this->refused('sallyport_unavailable', static fn () => (new Plugin())->signing_keys()->keyring(self::T));
    }

    public function test_of_two_first_keys_the_first_is_kept(): void
    {
        $first = $this->sign($this->site, self::T);
        $row = $this->site->signing_key_rows()->read(self::T)[0];
        // Another process that found no key, and comes later.
        $this->site->signing_key_rows()->begin(new SigningKeyRow('sp-later', 'HS256', KeyState::Active, SigningKeyRow::GENERATED, $row->sealed, self::T, self::T));
        self::assertSame([[$row->kid, 'active']], $this->states(self::T, 'kid', 'state'));
        self::assertSame('ok', $this->verify(new Plugin(), $first, self::T));
    }

    public function test_two_concurrent_changes_are_both_kept(): void
    {
        $calls = 0;
        $this->site->signing_key_rows()->change(function (array $rows) use (&$calls): array {
            if (++$calls === 1) {
                (new Plugin())->key_rotation()->generate(self::T, 'EdDSA'); // another process, between our reading and our writing
            }
            return array_map(static fn (SigningKeyRow $row): SigningKeyRow => $row->state === KeyState::Active ? $row->lasting(7777) : $row, $rows);
        }, self::T);
        self::assertSame(2, $calls);
        self::assertSame([['active', 7777], ['next', 0]], array_map(static fn (array $key): array => [$key['state'], $key['lifetime']], get_option(self::OPTION)['keys']));
    }

    public function test_a_change_that_is_always_overtaken_gives_up(): void
    {
        $this->refused('sallyport_key_conflict', fn () => $this->site->signing_key_rows()->change(function (array $rows): array {
            $this->touch();
            return [$rows[0]->lasting(random_int(1, PHP_INT_MAX))];
        }, self::T));
    }

    public function test_after_a_change_every_reader_reads_the_row(): void
    {
        wp_load_alloptions();
        $this->site->key_rotation()->generate(self::T);
        self::assertSame(maybe_unserialize($this->raw()), get_option(self::OPTION));
        self::assertSame($this->raw(), wp_load_alloptions()[self::OPTION], 'it is autoloaded');
    }

    public function test_a_key_that_was_ended_does_not_come_back_with_a_stale_cache(): void
    {
        global $wpdb;
        $token = $this->sign($this->site, self::T);
        $old = $this->site->signing_keys()->all(self::T)[0]['kid'];
        $this->site->key_rotation()->generate(self::T);
        $this->site->key_rotation()->rotate(self::T);
        $stale = wp_load_alloptions();
        $this->site->key_rotation()->retire(self::T, $old);
        // Another process, whose cache is older, updates any autoloaded option: core then writes all of them back into the cache.
        wp_cache_set('alloptions', $stale, 'options');
        self::withPersistentCache(function () use ($wpdb, $token, $stale): void {
            self::assertSame('unknown_key', $this->verify(new Plugin(), $token, self::T));

            // A database restored from a backup: within a minute, the cache contains its keys.
            $wpdb->update($wpdb->options, ['option_value' => $stale[self::OPTION]], ['option_name' => self::OPTION]);
            $kept = wp_cache_get(self::OPTION, 'sallyport');
            wp_cache_set(self::OPTION, ['at' => time() - 60] + $kept, 'sallyport');
            self::assertSame('ok', $this->verify(new Plugin(), $token, self::T));
            $before = $wpdb->num_queries;
            self::assertSame('ok', $this->verify(new Plugin(), $token, self::T));
            self::assertSame($before, $wpdb->num_queries);
        });
    }

    public function test_reading_and_verifying_cost_no_query(): void
    {
        global $wpdb;
        $now = time();
        $this->site->key_rotation()->generate($now, 'ES256');
        $this->site->key_rotation()->rotate($now, at_once: true);
        $this->site->key_rotation()->generate($now, 'RS256');
        $user = $this->user();
        $token = self::plugin()->access_tokens()->response($user, null)['token'];
        wp_load_alloptions();
        get_userdata($user->ID);
        $site = new Plugin();
        $before = $wpdb->num_queries;
        self::assertSame($user->ID, $site->access_tokens()->user_of($token));
        self::assertSame($before, $wpdb->num_queries);
    }

    public function test_the_keys_of_one_blog_are_none_of_anothers(): void
    {
        $this->site->signing_keys()->keyring(self::T);
        try {
            $GLOBALS['blog_id'] = 2;
            $this->refused('sallyport_unavailable', fn () => $this->site->signing_keys()->keyring(self::T));
        } finally {
            $GLOBALS['blog_id'] = 1;
        }
        self::assertSame('ok', $this->verify($this->site, $this->sign($this->site, self::T), self::T));
    }

    /** Writes like another process. */
    private function touch(): void
    {
        global $wpdb;
        $stored = maybe_unserialize($this->raw());
        $stored['rev']++;
        $wpdb->update($wpdb->options, ['option_value' => maybe_serialize($stored)], ['option_name' => self::OPTION]);
    }

    private function raw(): string
    {
        global $wpdb;
        return $wpdb->get_var($wpdb->prepare("SELECT option_value FROM $wpdb->options WHERE option_name = %s", self::OPTION));
    }

    private function sign(Plugin $site, int $now): string
    {
        return $site->engine()->jwt_sign(['exp' => $now + 900], $site->signing_keys()->keyring($now), 'at+jwt');
    }

    private function verify(Plugin $site, string $token, int $now): string
    {
        $claims = $site->engine()->jwt_verify($token, $site->signing_keys()->keyring($now), $now, []);
        return is_array($claims) ? 'ok' : $claims;
    }

    private function alg(string $token): string
    {
        return json_decode(base64_decode(explode('.', $token)[0]), true)['alg'];
    }

    /** @return list<list<string|null>> */
    private function states(int $now, string ...$fields): array
    {
        return array_map(static fn (array $key): array => array_map(static fn (string $field) => $key[$field], $fields), (new Plugin())->signing_keys()->all($now));
    }

    private function again(string $algorithm, string $pem): string
    {
        $next = $this->site->signing_keys()->all(self::T)[1]['kid'];
        // Not as a second next key, which would be refused for another reason.
        $this->site->signing_key_rows()->change(static fn (array $rows): array => array_map(
            static fn (SigningKeyRow $row): SigningKeyRow => $row->kid === $next ? $row->moved(KeyState::Retiring, self::T, 0, self::T + 9) : $row,
            $rows,
        ), self::T);
        $reason = $this->refused('sallyport_key_conflict', fn () => $this->site->key_rotation()->generate(self::T, $algorithm, $pem))['reason'];
        $this->site->key_rotation()->retire(self::T, $next);
        $this->site->key_rotation()->generate(self::T, $algorithm, $pem);
        return $reason;
    }

    /** @return array<string, mixed> the refusal's data */
    private function refused(string $code, callable $call): array
    {
        try {
            $call();
        } catch (Refusal $refusal) {
            self::assertSame($code, $refusal->reason->value);
            return $refusal->data;
        }
        self::fail("not refused: $code");
    }
}
