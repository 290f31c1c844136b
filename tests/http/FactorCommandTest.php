<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** `wp sallyport factor` and `wp sallyport unlock`: they help the host even if nothing else can be read. */
final class FactorCommandTest extends HttpTestCase
{
    use OwnSite;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return self::options();
    }

    public function test_the_list_shows_a_users_factors_and_no_secret(): void
    {
        $person = $this->enrolled();
        foreach ([(string) $person->id, $person->login, $person->email] as $name) {
            $rows = static::site()->rows('factor', 'list', $name);
            self::assertSame(
                [['totp', 'active', null], ['backup_code', 'active', 10]],
                array_map(static fn (array $row): array => [$row['type'], $row['status'], $row['left']], $rows),
            );
            self::assertSame(['id', 'type', 'label', 'status', 'added', 'last_used', 'left'], array_keys($rows[0]));
        }
        self::assertStringStartsWith('id', $this->ok('factor', 'list', $person->login));
        self::assertSame([], static::site()->rows('factor', 'list', $this->person()->login));
        self::assertStringContainsString('There is no such user', $this->fails(1, 'factor', 'list', 'nobody'));
    }

    public function test_the_list_shows_that_a_user_has_no_factor_and_what_the_policy_requires(): void
    {
        [$enrolled, $person] = [$this->enrolled(), $this->person()];
        $said = static function (Person $of, array $policy = []): string {
            static::site()->plugin('$plugin->policy_option()->change_site(static fn () => json_decode($argv[1], true));', [json_encode($policy)]);
            [$code, $out, $err] = static::site()->command('factor', 'list', $of->login, '--format=json');
            self::assertSame([0, true], [$code, is_array(json_decode($out))], $err);
            return $err;
        };
        try {
            self::assertSame("No second factor that counts; the policy does not require one.\n", $said($person));
            $required = ['roles' => ['subscriber' => 'required'], 'grace_days' => 3, 'since' => ['role:subscriber' => 2000000000]];
            self::assertSame("No second factor that counts; the policy requires one by 2033-05-21T03:33:20+00:00.\n", $said($person, $required));
            self::assertStringContainsString(
                'requires one, and this user cannot sign in until it is set up',
                $said($person, ['grace_days' => 0, 'since' => ['role:subscriber' => 1]] + $required),
            );
            self::assertSame('', $said($enrolled, $required));
            self::assertStringContainsString('requires one by', $said($enrolled, ['factors' => ['subscriber' => ['email']]] + $required));
        } finally {
            $said($person);
        }
    }

    public function test_a_reset_asks_says_why_and_is_logged_and_mailed(): void
    {
        $person = $this->enrolled();
        [$code, $out] = static::site()->command('factor', 'reset', $person->login, '--reason=x');
        self::assertSame(0, $code);
        self::assertStringContainsString('[y/n]', $out);
        foreach ([[], ['--reason= '], ['--reason=' . str_repeat('x', 501)]] as $reason) {
            $this->fails(1, 'factor', 'reset', $person->login, '--yes', ...$reason);
        }
        $this->challenge($person);
        static::site()->forgetMails();
        $this->ok('factor', 'reset', $person->login, '--reason=lost the phone', '--yes');
        $rows = static::activity($person->id, 'factors_reset');
        self::assertSame(['by' => 'wp-cli', 'reason' => 'lost the phone'], json_decode($rows[0]['detail'], true));
        self::assertTold($person, 'factors_reset');
        self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $person->token));
        $this->signIn($person);
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    public function test_links_are_made_for_many_users_but_not_for_those_with_a_factor(): void
    {
        [$one, $two, $enrolled] = [$this->person(), $this->person(), $this->enrolled()];
        [$code, $out, $err] = static::site()->command('factor', 'link', $one->login, (string) $enrolled->id, $two->email, '--reason=first day', '--format=json');
        $links = json_decode($out, true);
        self::assertSame([1, [$one->id, $two->id], [600, 600]], [$code, array_column($links, 'user'), array_column($links, 'expires_in')], $err);
        self::assertStringContainsString($enrolled->login . ': ', $err);
        self::assertStringContainsString('sallyport_already_enrolled', $err);
        parse_str((string) parse_url($links[1]['url'], PHP_URL_QUERY), $query);
        self::refused(400, 'sallyport_invalid_password', $this->post('/enrolment-link/exchange', ['link' => $query['link'], 'password' => $one->password]));
        $token = $this->post('/enrolment-link/exchange', ['link' => $query['link'], 'password' => $two->password])->json['enrolment_token'];
        self::assertSame(200, $this->post('/two-factor/enable', ['password' => $two->password], $token)->status);
        self::assertSame(['by' => 'wp-cli', 'reason' => 'first day'], json_decode(static::activity($one->id, 'enrolment_link_made')[0]['detail'], true));
        $this->ok('factor', 'link', $one->login);
        $this->fails(1, 'factor', 'link', $one->login, 'nobody');
        $this->fails(1, 'factor', 'link', $one->login, '--reason=');
    }

    public function test_missing_lists_users_who_must_have_a_factor_and_have_none_that_counts(): void
    {
        [$other, $none, $may, $enrolled] = [$this->enrolled('contributor'), $this->person('contributor'), $this->person('author'), $this->enrolled('editor')];
        static::site()->php('global $wpdb; $wpdb->query("UPDATE $wpdb->users SET user_registered = \'2020-01-01 00:00:00\'"); wp_cache_flush();');
        static::site()->plugin('$plugin->policy_option()->change_site(static fn () => ["roles" => ["contributor" => "required", "editor" => "required"], "factors" => ["contributor" => ["email"]], "grace_days" => 3, "since" => ["role:contributor" => 1000000, "role:editor" => 1000000]]);');
        try {
            $rows = static::site()->rows('factor', 'missing');
            $found = array_column($rows, null, 'id');
            self::assertSame(
                [
                    'id' => $none->id,
                    'login' => $none->login,
                    'roles' => ['contributor'],
                    'deadline' => gmdate('c', strtotime('2020-01-04 UTC')),
                    'has' => [],
                ],
                $found[$none->id],
            );
            self::assertSame(['totp', 'backup_code'], $found[$other->id]['has']);
            self::assertSame([], array_intersect_key($found, [$may->id => 1, $enrolled->id => 1]));
            $counted = static::site()->plugin('return $plugin->coverage()->count()["all"]["missing"];');
            self::assertSame([$counted, "$counted\n"], [count($rows), $this->ok('factor', 'missing', '--format=count')], 'as the Overview counts them');
            self::assertSame(implode(' ', array_column($rows, 'id')) . "\n", $this->ok('factor', 'missing', '--format=ids'));
            self::assertStringStartsWith("id,login,roles,deadline,has\n", $this->ok('factor', 'missing', '--format=csv'));

            [$code, $out, $err] = static::site()->command('factor', 'missing', '--role=author', '--format=json');
            self::assertSame([0, '[]', "Nobody.\n"], [$code, $out, $err]);
            $all = array_column(static::site()->rows('factor', 'missing', '--role=author', '--all'), 'deadline', 'id');
            self::assertTrue(array_key_exists($may->id, $all) && $all[$may->id] === null);
            self::assertStringContainsString('The roles are: administrator, editor', $this->fails(1, 'factor', 'missing', '--role=nobody'));
        } finally {
            static::site()->plugin('$plugin->policy_option()->change_site(static fn () => []);');
        }
    }

    public function test_missing_reads_many_users_by_few_queries(): void
    {
        $queries = static fn (): int => static::site()->plugin(<<<'PHP'
            global $wpdb;
            $missing = (fn () => new \Sallyport\WP\Enrolment\Missing($this->policies(), $this->factors(), $this->state()))->call($plugin);
            $before = $wpdb->num_queries;
            iterator_count($missing->users('', true));
            return $wpdb->num_queries - $before;
            PHP);
        $few = $queries();
        static::site()->php('for ($i = 0; $i < 30; $i++) { wp_insert_user(["user_login" => "many$i", "user_pass" => "x", "user_email" => "many$i@example.test"]); }');
        self::assertSame($few, $queries());
    }

    public function test_an_unlock_ends_a_lock_and_leaves_the_factor(): void
    {
        $person = $this->enrolled();
        self::sql('REPLACE INTO {throttle} (name, failures, until, expires_at) VALUES (%s, 100, 0, 0)', hash('sha256', "second-step:$person->id"));
        self::refused(423, 'sallyport_locked', $this->logIn($person));
        [, , $err] = static::site()->command('factor', 'list', $person->login);
        self::assertStringContainsString('locked', $err);
        [$code, $out] = static::site()->command('unlock', $person->login);
        self::assertSame(0, $code);
        self::assertStringContainsString('[y/n]', $out);
        self::refused(423, 'sallyport_locked', $this->logIn($person));
        $this->ok('unlock', $person->login, '--yes');
        self::assertCount(1, static::activity($person->id, 'second_step_unlocked'));
        [, , $err] = static::site()->command('factor', 'list', $person->login);
        self::assertStringNotContainsString('locked', $err);
        $this->challenge($person);
        $this->proven($person);
    }

    public function test_a_reset_frees_a_user_who_is_marked_but_has_no_factor(): void
    {
        $person = $this->enrolled();
        self::sql('DELETE FROM {factors} WHERE user_id = %d', $person->id);
        self::refused(503, 'sallyport_unavailable', $this->logIn($person));
        [, , $err] = static::site()->command('factor', 'list', $person->login);
        self::assertStringContainsString('wp sallyport factor reset', $err);
        $this->ok('factor', 'reset', $person->login, '--reason=gone', '--yes');
        $this->signIn($person);
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    public function test_it_works_without_the_extension_and_with_another_master_key(): void
    {
        $one = $this->enrolled();
        $two = $this->enrolled();
        static::site()->up_again(['without-extension' => true, 'define' => ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET]]);
        $this->ok('factor', 'missing', '--all');
        $this->ok('factor', 'list', $one->login);
        $this->ok('unlock', $one->login, '--yes');
        $this->ok('factor', 'reset', $one->login, '--reason=no extension', '--yes');
        static::site()->up_again(['define' => ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET, 'SALLYPORT_MASTER_KEY' => 'b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXkgb3Q=']]);
        self::refused(503, 'sallyport_unavailable', $this->logIn($two));
        $this->ok('factor', 'list', $two->login);
        $this->ok('factor', 'reset', $two->login, '--reason=lost key', '--yes');
        static::site()->up_again(['define' => ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET]]);
        foreach ([$one, $two] as $person) {
            $this->signIn($person);
            self::assertSame($person->id, $this->whoIs($person->token));
        }
    }

    /** The way that docs/recovery.md describes. */
    public function test_without_the_key_and_its_backup_the_site_starts_again(): void
    {
        $person = $this->enrolled();
        $begun = $this->person();
        $this->signIn($begun);
        $this->begin($begun);
        $gone = $this->enrolled();
        static::site()->php('require_once ABSPATH . "wp-admin/includes/user.php"; require_once ABSPATH . "wp-admin/includes/ms.php"; remove_all_actions("deleted_user"); is_multisite() ? wpmu_delete_user((int) $argv[1]) : wp_delete_user((int) $argv[1]);', [(string) $gone->id]);
        self::assertTrue(static::site()->php('[$file] = [...glob(WP_CONTENT_DIR . "/sallyport-key.php"), ...glob(dirname(ABSPATH) . "/.sallyport-" . substr(hash("sha256", implode("/", [DB_HOST, DB_NAME, $GLOBALS["wpdb"]->base_prefix])), 0, 12) . ".php")]; return unlink($file);'));
        self::refused(503, 'sallyport_unavailable', $this->logIn($person));
        static::site()->php('global $wpdb; $wpdb->query("DELETE FROM {$wpdb->prefix}sallyport_factors WHERE user_id NOT IN (SELECT ID FROM {$wpdb->prefix}users)");');
        foreach (static::site()->php('global $wpdb; return $wpdb->get_col("SELECT DISTINCT user_id FROM {$wpdb->prefix}sallyport_factors");') as $id) {
            $this->ok('factor', 'reset', $id, '--reason=the master key is lost', '--yes');
        }
        self::refused(503, 'sallyport_unavailable', $this->logIn($person));
        static::site()->php('foreach (["sallyport_key_check", "sallyport_signing_key", "sallyport_ready"] as $name) { delete_option($name); } delete_site_option("sallyport_key_check");');
        $this->signIn($person);
        $this->enrol($person);
        self::assertSame($person->id, $this->whoIs($person->token));
        $this->challenge($person);
    }

    private function ok(string ...$words): string
    {
        [$code, $out, $err] = static::site()->command(...$words);
        self::assertSame(0, $code, $err);
        return $out;
    }

    private function fails(int $with, string ...$words): string
    {
        [$code, $out, $err] = static::site()->command(...$words);
        self::assertSame([$with, ''], [$code, preg_replace('/^usage: .*/s', '', $out)], $err);
        return $err;
    }
}
