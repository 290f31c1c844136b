<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** `wp sallyport key` and `wp sallyport setting`: results on stdout, everything else on stderr, and the right exit code. */
final class CommandsTest extends HttpTestCase
{
    use OwnSite;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return ['define' => ['SALLYPORT_TOKEN_TTL' => 1200]];
    }

    public function test_a_rotation_on_the_command_line(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $first = $this->key('list');
        self::assertSame(['active'], array_column($first, 'state'));

        $two = $this->key('generate', '--alg=ES256');
        self::assertSame([['active', 'HS256'], ['next', 'ES256']], self::states($two));
        self::assertSame($two, $this->key('list'));
        [$code, $out, $err] = static::site()->command('key', 'rotate', '--yes', '--format=json');
        self::assertSame([1, ''], [$code, $out]);
        self::assertStringContainsString('sallyport_key_conflict: too_early', $err);
        self::assertMatchesRegularExpression('/2\d\d s\b|300 s\b/', $err);
        self::assertStringContainsString('use --now', $err);
        self::assertStringContainsString('`wp sallyport key rotate`', $this->fails('key', 'generate'));

        self::assertSame([['active', 'ES256'], ['retiring', 'HS256']], self::states($this->key('rotate', $two[1]['kid'], '--now', '--yes')));
        self::assertSame($person->id, $this->whoIs($person->token));
        self::assertSame([['active', 'ES256']], self::states($this->key('retire', $first[0]['kid'], '--yes')));
        self::assertNull($this->whoIs($person->token));
        $this->signIn($person);
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    public function test_a_pem_file(): void
    {
        [$pem, $kid] = static::site()->php('$key = \Sallyport\Key::generate("EdDSA"); return [$key->toPem(), $key->kid()];');
        $file = static::site()->dir . '/.site/run/key.pem';
        file_put_contents($file, $pem);
        chmod($file, 0644);
        $keys = $this->key('generate', '--alg=EdDSA', "--pem=$file");
        self::assertSame([$kid, 'EdDSA', 'next', 'imported'], [end($keys)['kid'], end($keys)['algorithm'], end($keys)['state'], end($keys)['source']]);
        $this->key('retire', $kid, '--yes');
        self::assertStringContainsString('sallyport_key_invalid', $this->fails('key', 'generate', '--alg=RS256', "--pem=$file"));
        self::assertStringContainsString('cannot be read', $this->fails('key', 'generate', '--alg=EdDSA', '--pem=/nowhere'));
        self::assertStringContainsString('cannot be read', $this->fails('key', 'generate', '--alg=EdDSA', '--pem=/'));
        self::assertStringNotContainsString('next', json_encode($this->key('list')));
    }

    public function test_forms_of_output(): void
    {
        $table = explode("\n", trim($this->ok('key', 'list')));
        $csv = array_map(static fn (string $line): array => str_getcsv($line, escape: ''), explode("\n", trim($this->ok('key', 'list', '--format=csv'))));
        $json = $this->key('list');
        self::assertSame(['kid', 'algorithm', 'state', 'source', 'created', 'changed', 'until'], $csv[0]);
        self::assertSame($csv[0], array_keys($json[0]));
        self::assertStringStartsWith('kid', $table[0]);
        self::assertSame([count($json) + 1, count($json) + 1], [count($table), count($csv)]);
        self::assertSame($json[0]['kid'], $csv[1][0]);
        self::assertStringContainsString("token_ttl,1200,true\n", $this->ok('setting', 'list', '--format=csv'));
        self::assertStringContainsString("refresh_by_token\tfalse\tfalse\n", $this->ok('setting', 'list'));
    }

    public function test_without_yes_it_asks_and_does_nothing(): void
    {
        $this->key('generate', '--alg=HS512');
        $before = $this->key('list');
        foreach ([['rotate'], ['retire', end($before)['kid']]] as $words) {
            [$code, $out] = static::site()->command('key', ...$words);
            self::assertSame(0, $code);
            self::assertStringContainsString('[y/n]', $out);
        }
        self::assertSame($before, $this->key('list'));
        $this->key('retire', end($before)['kid'], '--yes');
    }

    public function test_what_is_refused_ends_with_1_and_leaves_stdout_empty(): void
    {
        self::assertStringContainsString('sallyport_key_unknown', $this->fails('key', 'retire', 'sp-none', '--yes'));
        self::assertStringContainsString('sallyport_key_conflict: no_next) There is no next key: `wp sallyport key generate` makes one.', $this->fails('key', 'rotate', '--yes'));
        self::assertStringContainsString('is_active', $this->fails('key', 'retire', $this->key('list')[0]['kid'], '--yes'));
        foreach ([['key', 'generate', '--alg=none'], ['key', 'list', '--format=xml'], ['key', 'revolve'], ['setting', 'get', 'algorithm', 'token_ttl']] as $words) {
            $this->fails(...$words);
        }
    }

    public function test_a_missing_argument_prints_the_usage(): void
    {
        foreach ([['key', 'retire', '--yes'], ['setting', 'get'], ['setting', 'set', 'algorithm']] as $words) {
            [$code, $out, $err] = static::site()->command(...$words);
            self::assertSame([1, ''], [$code, $err]);
            self::assertStringStartsWith("usage: wp sallyport $words[0] $words[1] <", $out);
        }
        [$code, $out] = static::site()->command('key');
        self::assertSame(0, $code);
        self::assertStringContainsString('or: wp sallyport key list [--format=<format>]', $out);
    }

    public function test_where_sallyport_cannot_work_it_ends_with_2(): void
    {
        static::site()->up_again(['define' => ['SALLYPORT_SECRET_KEY' => 'too short', 'SALLYPORT_TOKEN_TTL' => 1200]]);
        try {
            [$code, $out, $err] = static::site()->command('key', 'list');
            self::assertSame([2, ''], [$code, $out]);
            self::assertStringContainsString('too weak', $err);
        } finally {
            static::site()->up_again(['define' => ['SALLYPORT_TOKEN_TTL' => 1200]]);
        }
    }

    public function test_settings(): void
    {
        self::assertSame("HS256\n", $this->ok('setting', 'get', 'algorithm'));
        self::assertSame("EdDSA\n", $this->ok('setting', 'set', 'algorithm', 'EdDSA'));
        self::assertSame("EdDSA\n", $this->ok('setting', 'get', 'algorithm'));
        $list = array_column(json_decode($this->ok('setting', 'list', '--format=json'), true), null, 'name');
        self::assertSame(['name' => 'algorithm', 'value' => 'EdDSA', 'fixed' => false], $list['algorithm']);
        self::assertSame(['name' => 'token_ttl', 'value' => 1200, 'fixed' => true], $list['token_ttl']);
        self::assertStringContainsString('SALLYPORT_TOKEN_TTL decides', $this->fails('setting', 'set', 'token_ttl', '60'));
        self::assertStringContainsString('algorithm does not accept this value.', $this->fails('setting', 'set', 'algorithm', 'none'));
        self::assertStringContainsString('algorithm', $this->fails('setting', 'get', 'no_such'));
        self::assertStringContainsString('no such setting', $this->fails('setting', 'set', 'no_such', '1'));
        foreach ([
            ['refresh_ttl', '5', 'A whole number of seconds, from 60 to ten years.'],
            ['cors', 'app.example.com', 'Origins such as https://app.example'],
            ['trusted_proxies', 'foo', 'IP addresses or ranges such as 10.0.0.0/8'],
            ['algorithm', 'none', 'One of HS256, HS384'],
            ['strict', 'perhaps', 'One of true, false.'],
            ['app_passwords_denied', 'edtor', 'Names of roles such as editor, with commas between them. The roles of this site are administrator, editor,'],
            ['route_roles', 'sso/issue=edtor', 'The roles of this site are administrator, editor,'],
        ] as [$name, $value, $hint]) {
            self::assertStringContainsString($hint, $this->fails('setting', 'set', $name, $value));
        }
        self::assertSame("HS256\n", $this->ok('setting', 'reset', 'algorithm'));
        self::assertStringContainsString('SALLYPORT_TOKEN_TTL decides', $this->fails('setting', 'reset', 'token_ttl'));
    }

    public function test_the_log_says_that_it_was_done_here(): void
    {
        $since = static fn (): array => static::site()->php('global $wpdb; return $wpdb->get_results("SELECT id, event, detail FROM {$wpdb->base_prefix}sallyport_activity ORDER BY id", ARRAY_A);');
        $before = count($since());
        $this->ok('setting', 'set', 'refresh_ttl', '86400');
        $this->ok('policy', 'set', 'grace_days', '9');
        $key = $this->key('generate', '--alg=HS384');
        $this->key('retire', end($key)['kid'], '--yes');
        static::site()->command('webhook', 'add', 'https://8.8.8.8/hook');
        $this->ok('setting', 'reset', 'refresh_ttl');
        $this->ok('policy', 'reset', 'grace_days');
        $rows = array_map(static fn (array $row): array => [$row['event'], json_decode($row['detail'], true)['by'] ?? null], array_slice($since(), $before));
        self::assertSame(
            array_map(
                static fn (string $event): array => [$event, 'wp-cli'],
                ['setting_changed', 'policy_changed', 'key_generated', 'key_retired', 'webhook_added', 'setting_changed', 'policy_changed'],
            ),
            $rows,
        );
    }

    public function test_what_a_request_or_wp_cron_does_is_not_logged_as_wp_cli(): void
    {
        $by = static::site()->plugin(<<<'PHP'
            $by = [];
            add_action('sallyport_activity', function (array $row) use (&$by) { $by[] = json_decode($row['detail'], true)['by'] ?? null; });
            $record = fn () => $plugin->activity()->record(Sallyport\WP\Activity\Event::KeyRetired, 0);
            $record();
            define('WP_CLI', true);
            $record();
            define('DOING_CRON', true);
            $record();
            return $by;
            PHP);
        self::assertSame([null, 'wp-cli', null], $by);
    }

    public function test_an_import_says_where_there_is_nothing_to_import_and_warns_of_no_policy(): void
    {
        foreach (['two-factor' => 'Two Factor', 'wp-2fa' => 'WP 2FA'] as $plugin => $name) {
            self::assertSame([0, '[]', "$name has left nothing here.\n"], static::site()->command('import', $plugin, '--dry-run', '--format=json'));
        }
        $id = $this->person()->id;
        static::site()->php('update_user_meta((int) $argv[1], "_two_factor_enabled_providers", ["Two_Factor_Totp"]);', [(string) $id]);
        $err = static::site()->command('import', 'two-factor', '--dry-run')[2];
        self::assertStringNotContainsString('left nothing', $err);
        self::assertStringContainsString('Policy of Two Factor', $err);
    }

    public function test_a_policy_is_printed_as_the_route_has_it(): void
    {
        $said = $this->ok('policy', 'get');
        foreach (['roles', 'capabilities', 'users', 'sites', 'factors'] as $map) {
            self::assertStringContainsString("\"$map\": {}", $said);
        }
        self::assertStringContainsString('"strong_roles": []', $said);
    }

    /** @return list<array<string, string|null>> */
    private function key(string ...$words): array
    {
        return json_decode($this->ok('key', ...[...$words, '--format=json']), true, 8, JSON_THROW_ON_ERROR);
    }

    private function ok(string ...$words): string
    {
        [$code, $out, $err] = static::site()->command(...$words);
        self::assertSame([0, ''], [$code, $err], $out);
        return $out;
    }

    private function fails(string ...$words): string
    {
        [$code, $out, $err] = static::site()->command(...$words);
        self::assertSame([1, ''], [$code, $out], implode(' ', $words));
        self::assertStringStartsWith('Error: ', $err);
        return $err;
    }

    /** @param list<array<string, string|null>> $keys @return list<array{string, string}> */
    private static function states(array $keys): array
    {
        return array_map(static fn (array $key): array => [$key['state'], $key['algorithm']], $keys);
    }
}
