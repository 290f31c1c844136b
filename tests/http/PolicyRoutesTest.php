<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;

require_once __DIR__ . '/PolicyTestCase.php';

/** Setting a policy, and monitor-only (docs/policy.md). */
final class PolicyRoutesTest extends PolicyTestCase
{
    protected function tearDown(): void
    {
        static::site()->plugin('delete_site_option("sallyport_policy_network"); $plugin->policy_option()->spread();');
        parent::tearDown();
    }

    public function test_an_administrator_reads_and_replaces_it(): void
    {
        $admin = $this->enrolled('administrator');
        $before = $this->get(self::API . '/policy', $admin->token);
        self::assertSame(200, $before->status, (string) $before);
        self::assertSame([null, false, false, false], [$before->json['network'], $before->json['monitor'], $before->json['monitor_fixed'], $before->json['broken']]);
        self::assertContains('totp', $before->json['factors']);
        self::assertStringContainsString('"roles":{}', $before->body);
        self::assertSame(
            ['optional', 7, false, true, false],
            [
                $before->json['site']['default'],
                $before->json['site']['grace_days'],
                $before->json['site']['weak_for_administrators'],
                $before->json['site']['confirm_by_mail'],
                $before->json['site']['monitor'],
            ],
        );

        $after = $this->put(['site' => ['roles' => ['subscriber' => 'required'], 'grace_days' => 0]], $admin->token);
        self::assertSame(200, $after->status, (string) $after);
        self::assertSame(['subscriber' => 'required'], $after->json['site']['roles']);
        $this->offered($this->logIn($this->person()));
        $detail = json_decode(self::activity($admin->id, 'policy_changed')[0]['detail'], true);
        self::assertSame(['site', '[] → {"subscriber":"required"}', '7 → 0'], [$detail['level'], $detail['roles'], $detail['grace_days']]);

        // A rule that stays keeps its start; a rule that is left out is deleted.
        $since = fn (): array => static::site()->php('return get_option("sallyport_policy")["site"]["since"];');
        static::site()->plugin('$plugin->policy_option()->change_site(fn ($site) => ["since" => ["role:subscriber" => 5]] + $site);');
        self::assertSame(200, $this->put(['site' => ['roles' => ['subscriber' => 'required', 'editor' => 'required']]], $admin->token)->status);
        self::assertSame(5, $since()['role:subscriber']);
        self::assertEqualsWithDelta(time(), $since()['role:editor'], 30);
        self::assertSame(200, $this->put(['site' => []], $admin->token)->status);
        self::assertSame([], $since());
        self::assertSame(200, $this->logIn($this->person())->status);
    }

    public function test_an_invalid_policy_is_refused_entirely_and_its_fields_are_named(): void
    {
        $admin = $this->enrolled('administrator');
        $wrong = [
            'site.roles.nobody' => ['roles' => ['nobody' => 'required']],
            'site.roles.editor' => ['roles' => ['editor' => 'must']],
            'site.roles' => ['roles' => 'required'],
            'site.capabilities.eat_cake' => ['capabilities' => ['eat_cake' => 'required']],
            'site.users.999999' => ['users' => ['999999' => 'required']],
            'site.users.ada' => ['users' => ['ada' => 'required']],
            'site.sites.1' => ['sites' => ['1' => 'required']],
            'site.default' => ['default' => null],
            'site.grace_days' => ['grace_days' => '7'],
            'site.grace_days ' => ['grace_days' => 366],
            'site.grace_days  ' => ['grace_days' => -1],
            'site.factors.editor' => ['factors' => ['editor' => ['topt']]],
            'site.factors.editor ' => ['factors' => ['editor' => []]],
            'site.factors.editor  ' => ['factors' => ['editor' => ['backup_code']]],
            'site.factors.nobody' => ['factors' => ['nobody' => ['totp']]],
            'site.strong_roles' => ['strong_roles' => ['a' => 'editor']],
            'site.strong_roles.nobody' => ['strong_roles' => ['nobody']],
            'site.monitor' => ['monitor' => 'yes'],
            'site.since' => ['since' => ['role:editor' => 0]],
            'site.rolls' => ['rolls' => []],
        ];
        foreach ($wrong as $path => $fields) {
            $data = self::refused(400, 'rest_invalid_param', $this->put(['site' => $fields + ['roles' => ['subscriber' => 'required']]], $admin->token));
            self::assertArrayHasKey(trim($path), $data['params'], json_encode($data));
        }
        self::assertSame(
            ['roles' => 'roles is not a level of a policy.'],
            self::refused(400, 'rest_invalid_param', $this->put(['roles' => ['editor' => 'required']], $admin->token))['params'],
        );
        self::refused(400, 'rest_invalid_param', $this->put(['site' => ['required']], $admin->token));
        self::refused(400, 'rest_invalid_param', $this->put(['site' => 'required'], $admin->token));
        self::refused(400, 'rest_missing_callback_param', $this->put([], $admin->token));
        self::refused(403, 'rest_forbidden', $this->put(['network' => ['default' => 'required']], $admin->token));
        self::assertSame([], $this->get(self::API . '/policy', $admin->token)->json['site']['roles']);
    }

    public function test_a_change_requires_a_fresh_proof_and_cannot_lock_out_its_author(): void
    {
        $admin = $this->enrolled('administrator');
        self::refused(401, 'sallyport_step_up_required', $this->put(['site' => []], self::agedToken($admin, 601)));
        self::assertSame(200, $this->put(['site' => []], self::agedToken($admin, 500))->status);
        self::refused(409, 'sallyport_policy_locks_out', $this->put(['site' => ['factors' => ['administrator' => ['email']], 'weak_for_administrators' => true]], $admin->token));

        $other = $this->administrator();
        $this->signIn($other);
        static::site()->php('global $wpdb; $wpdb->update($wpdb->users, ["user_registered" => "2020-01-01 00:00:00"], ["ID" => (int) $argv[1]]);', [(string) $other->id]);
        self::refused(409, 'sallyport_policy_locks_out', $this->put(['site' => ['roles' => ['administrator' => 'required'], 'grace_days' => 0]], $other->token));
        self::assertSame(200, $this->put(['site' => ['roles' => ['administrator' => 'required'], 'grace_days' => 1]], $other->token)->status);
        // Without a factor, an administrator can require more of others, but never less.
        $said = ['roles' => ['administrator' => 'required'], 'grace_days' => 1];
        self::assertSame(200, $this->put(['site' => $said + ['strong_roles' => ['editor']]], $other->token)->status);
        self::refused(401, 'sallyport_step_up_required', $this->put([self::topLevel() => ['monitor' => true, 'strong_roles' => ['editor']] + $said], $other->token));
        foreach ([['strong_roles' => ['editor'], 'grace_days' => 2] + $said, $said, []] as $fields) {
            self::refused(401, 'sallyport_step_up_required', $this->put(['site' => $fields], $other->token));
        }
        $now = $this->get(self::API . '/policy', $other->token)->json;
        self::assertSame(
            [false, ['editor'], ['administrator' => 'required'], 1],
            [$now['monitor'], $now['site']['strong_roles'], $now['site']['roles'], $now['site']['grace_days']],
        );
        $this->enrol($other);
        self::assertSame(200, $this->put(['site' => []], $other->token)->status);
    }

    public function test_monitor_only_lets_through_reports_and_proves_nothing(): void
    {
        $admin = $this->enrolled($this->administrator());
        $level = self::topLevel();
        $person = $this->enrolled();
        $old = static::site()->plugin('return $plugin->access_tokens()->response(get_userdata((int) $argv[1]), null)["token"];', [(string) $person->id]);
        $stranger = $this->person();
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $old));
        $policy = ['roles' => ['subscriber' => 'required'], 'grace_days' => 0];
        $answer = $this->put([$level => $policy + ['monitor' => true]], $admin->token);
        self::assertSame([200, true], [$answer->status, $answer->json['monitor'] ?? null], (string) $answer);

        self::assertSame($person->id, $this->whoIs($old));
        self::assertSame($person->id, $this->whoIs($old));
        $in = $this->logIn($person);
        self::assertSame(200, $in->status, (string) $in);
        self::assertArrayNotHasKey('sp', self::claims($in->json['token']));
        self::assertSame($person->id, $this->whoIs($in->json['token']));
        self::assertSame(200, $this->post('/token/refresh', ['refresh_token' => $in->json['refresh_token']])->status);
        $theirs = static::site()->request('POST', '/wp-json/jwt-auth/v1/token', form: ['username' => $person->login, 'password' => $person->password]);
        self::assertSame(200, $theirs->status, (string) $theirs);
        self::assertSame($person->id, $this->whoIs($theirs->json['token']));
        $browser = new Browser(static::site());
        $browser->logIn($person);
        self::assertTrue($browser->isSignedIn());
        self::assertStringContainsString($person->email, $browser->send('GET', '/wp-admin/profile.php')->body);
        $this->signIn($stranger);
        self::assertSame($stranger->id, $this->whoIs($stranger->token));
        $doors = array_map(static fn (array $row): string => json_decode($row['detail'], true)['door'], self::activity($person->id, 'would_refuse'));
        sort($doors);
        self::assertSame(['bearer', 'cookie', 'login', 'sallyport', 'tmeister'], $doors, 'once for each door');

        // A wrong code is still wrong; and requests that require a proof still require it.
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        self::refused(401, 'sallyport_step_up_required', $this->post('/two-factor/disable', ['password' => $person->password], $old));
        self::refused(401, 'sallyport_token_unproven', $this->post('/two-factor/verify-totp', ['code' => $person->app->code()], $old));
        $admins = new Browser(static::site());
        $admins->signIn($admin, null);
        self::assertStringContainsString('Monitor-only is on', $admins->send('GET', '/wp-admin/index.php')->body);

        self::assertSame(200, $this->put([$level => []], $admin->token)->status);
        foreach ([$old, $in->json['token'], $theirs->json['token']] as $token) {
            self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $token));
        }
        self::assertStringNotContainsString($person->email, $browser->send('GET', '/wp-admin/profile.php')->body);
    }

    /** A user is deleted; a role disappears with its plugin, and returns. */
    public function test_a_rule_for_a_deleted_subject_does_not_block_other_changes(): void
    {
        $gone = $this->person('editor');
        $left = $this->person('editor');
        static::site()->php('add_role("vendor", "Vendor", ["read" => true, "sell" => true]);');
        $names = [
            'users' => [$gone->id => 'off', $left->id => 'off'],
            'roles' => ['vendor' => 'required'],
            'capabilities' => ['sell' => 'required'],
            'factors' => ['vendor' => ['totp']],
            'strong_roles' => ['vendor'],
        ];
        $admin = $this->enrolled('administrator');
        $said = $this->put(['site' => $names], $admin->token);
        self::assertSame(200, $said->status, (string) $said);
        static::site()->php('remove_role("vendor"); $GLOBALS["wpdb"]->delete($GLOBALS["wpdb"]->users, ["ID" => (int) $argv[1]]);', [(string) $gone->id]);
        foreach ([['set', 'grace_days', '3'], ['set', 'default', 'required'], ['reset', 'default'], ['reset', "users.$left->id"]] as $words) {
            [$code, , $err] = static::site()->command('policy', ...$words, ...['--yes']);
            self::assertSame(0, $code, implode(' ', $words) . ": $err");
        }
        $after = $this->get(self::API . '/policy', $admin->token)->json['site'];
        self::assertSame([3, ['vendor' => 'required'], [$gone->id => 'off'], ['vendor']], [$after['grace_days'], $after['roles'], $after['users'], $after['strong_roles']]);
        self::assertSame(200, $this->put(['site' => []], $admin->token)->status);
        self::refused(400, 'rest_invalid_param', $this->put(['site' => $names], $admin->token));
    }

    public function test_on_the_command_line(): void
    {
        $person = $this->person('editor');
        $run = function (string ...$words): array {
            [$code, $out, $err] = static::site()->command('policy', ...$words, ...($words[0] === 'explain' ? [] : ['--yes']));
            self::assertSame(0, $code, $err);
            return json_decode($out, true, 16, JSON_THROW_ON_ERROR);
        };
        self::assertSame(['editor' => 'required'], $run('set', 'roles.editor', 'required')['roles']);
        self::assertSame(['editor' => ['totp', 'backup_code']], $run('set', 'factors.editor', 'totp,backup_code')['factors']);
        self::assertSame(0, $run('set', 'grace_days', '0')['grace_days']);
        $explained = $run('explain', $person->login);
        self::assertSame(
            ['required', 'site role:editor', ['totp', 'backup_code'], ['site role:editor' => 'required']],
            [$explained['mode'], $explained['rule'], $explained['factors'], $explained['rules']],
        );
        self::assertTrue($explained['refused']);
        self::assertSame([], $run('reset', 'roles.editor')['roles']);
        self::assertSame('optional', $run('explain', $person->login)['mode']);
        self::assertSame('required', $run('set', 'default', 'required')['default']);
        self::assertSame('optional', $run('reset', 'default')['default']);
        self::assertSame(7, $run('reset', 'grace_days')['grace_days']);
        foreach ([
            ['set', 'roles.editor', 'must'], ['set', 'roles.nobody', 'off'], ['set', 'rolls', 'off'],
            ['set', 'roles', 'off'], ['set', 'grace_days', 'soon'], ['explain', 'nobody-of-that-name'],
        ] as $words) {
            self::assertSame(1, static::site()->command('policy', ...$words)[0], implode(' ', $words));
        }
        self::assertSame(self::isNetwork() ? 0 : 1, static::site()->command('policy', 'get', '--network')[0]);
    }

    public function test_the_command_shows_who_is_affected_and_asks_before_locking_anybody_out(): void
    {
        $this->enrolled('contributor');
        $run = static fn (string ...$words): array => static::site()->command('policy', ...$words);
        $said = static fn (): array => json_decode($run('get')[1], true)['roles'];
        [$code, $out, $err] = $run('set', 'roles.contributor', 'required');
        self::assertSame([0, ['contributor' => 'required']], [$code, json_decode($out, true)['roles'] ?? null], 'with a grace period it only warns');
        self::assertMatchesRegularExpression('/^Warning: Contributor: \d+ of \d+ ha(s|ve) no second factor and ha(s|ve) until .* to set one up\.$/m', $err);
        self::assertSame('', $run('set', 'grace_days', '14')[2], 'roles for which nothing becomes stricter are not named');

        [$code, $out, $err] = $run('set', 'grace_days', '0');
        self::assertSame(0, $code);
        self::assertStringContainsString('This takes effect at once. Change the policy? [y/n]', $out);
        self::assertStringContainsString('cannot sign in or stay signed in', $err);
        self::assertSame(14, json_decode($run('get')[1], true)['grace_days']);
        [$code, $out, $err] = $run('set', 'factors.contributor', 'email');
        self::assertStringContainsString('[y/n]', $out);
        self::assertStringContainsString('Contributor: 1 of ', $err);
        self::assertStringContainsString('has only a factor that no longer counts', $err);
        self::assertSame(0, $run('set', 'grace_days', '0', '--yes')[0]);
        self::assertSame([0, ['contributor' => 'required']], [json_decode($run('get')[1], true)['grace_days'], $said()]);
    }

    /** The level of the policy where monitor-only is set. */
    private static function topLevel(): string
    {
        return self::isNetwork() ? 'network' : 'site';
    }
}
