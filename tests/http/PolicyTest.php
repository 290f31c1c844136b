<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/PolicyTestCase.php';

/** Who must have a second factor, and what happens to users without one (docs/policy.md). */
final class PolicyTest extends PolicyTestCase
{
    public function test_a_user_without_a_factor_past_the_deadline_counts_for_nothing(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $refresh = $this->logIn($person)->json['refresh_token'];
        $browser = $this->signedIn($person);
        $theirs = static::site()->request('POST', '/wp-json/jwt-auth/v1/token', form: ['username' => $person->login, 'password' => $person->password])->json['token'];
        $app = $person->applicationPassword();
        $basic = $person->basic($app);
        $nonce = $browser->nonce();
        $me = '/wp-json/wp/v2/users/me';
        $doors = [
            'our bearer' => fn () => $this->get($me, $person->token),
            'their bearer' => fn () => $this->get($me, $theirs),
            'application password' => fn () => $this->get($me, headers: $basic),
            'cookie' => fn () => $browser->send('GET', $me, headers: ['x-wp-nonce' => $nonce]),
        ];
        foreach ($doors as $name => $ask) {
            self::assertSame($person->id, $ask()->json['id'] ?? null, $name);
        }
        self::required(ago: 8 * 86400);
        foreach ($doors as $name => $ask) {
            self::refusedCredential('sallyport_token_unproven', $ask());
        }
        self::refused(401, 'sallyport_token_unproven', $this->get(self::API . '/tokens', $person->token));
        self::refused(401, 'sallyport_token_unproven', $this->post('/token/refresh', ['refresh_token' => $refresh]));
        self::refused(401, 'sallyport_token_unproven', $this->post('/token/validate', ['token' => $person->token]));
        self::assertFalse($browser->isSignedIn());
        // Other users continue as before.
        $editor = $this->person('editor');
        $this->signIn($editor);
        self::assertSame($editor->id, $this->whoIs($editor->token));
    }

    public function test_every_login_refuses_a_user_who_must_enrol_and_says_how(): void
    {
        $person = $this->person();
        self::required();
        foreach (['/token', '/login'] as $route) {
            $this->offered($this->post($route, ['username' => $person->login, 'password' => $person->password]));
        }
        $this->offered(static::site()->request('POST', '/wp-json/jwt-auth/v1/token', form: ['username' => $person->login, 'password' => $person->password]));
        self::refused(403, 'sallyport_enrolment_required', $this->post('/sign-in/email', ['email' => $person->email, 'password' => $person->password]));
        // With a wrong password, nobody learns of it.
        self::refused(401, 'sallyport_invalid_credentials', $this->post('/token', ['username' => $person->login, 'password' => 'wrong']));

        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        self::assertSame(200, $page->status);
        self::assertFalse($browser->isSignedIn());
        self::assertStringContainsString('Verify and turn on', $page->body);
        self::assertDoesNotMatchRegularExpression('/eyJ[\w-]*\.eyJ/', $page->body, 'the form contains an enrolment token (EnrolPageTest), and nothing that signs in');

        $call = "<?xml version=\"1.0\"?><methodCall><methodName>wp.getProfile</methodName><params><param><value><int>1</int></value></param><param><value><string>$person->login</string></value></param><param><value><string>$person->password</string></value></param></params></methodCall>";
        $answer = static::site()->request('POST', '/xmlrpc.php', form: $call, headers: ['content-type' => 'text/xml']);
        self::assertStringContainsString('faultCode', $answer->body);
        self::assertStringNotContainsString($person->email, $answer->body);

        // An application password is not a password: it opens no enrolment.
        $app = $person->applicationPassword();
        foreach ([self::API . '/token', '/wp-json/jwt-auth/v1/token'] as $route) {
            $refused = static::site()->request('POST', $route, json: ['username' => $person->login, 'password' => $app]);
            self::assertGreaterThanOrEqual(400, $refused->status);
            self::assertStringNotContainsString('spe1_', $refused->body);
            self::assertDoesNotMatchRegularExpression('/eyJ[\w-]*\.eyJ/', $refused->body);
        }
    }

    public function test_the_grace_ends_at_its_deadline(): void
    {
        $person = $this->person();
        self::required(ago: 6 * 86400);
        $answer = $this->logIn($person);
        self::assertSame(200, $answer->status, (string) $answer);
        $deadline = $answer->json['enrolment_deadline'];
        self::assertEqualsWithDelta(time() + 86400, strtotime($deadline), 120);
        self::assertStringEndsWith('+00:00', $deadline);
        $state = $this->get(self::API . '/two-factor', $answer->json['token'])->json;
        self::assertSame([false, true, $deadline], [$state['enabled'], $state['required'], $state['deadline']]);
        $refreshed = $this->post('/token/refresh', ['refresh_token' => $answer->json['refresh_token']]);
        self::assertSame($deadline, $refreshed->json['enrolment_deadline'] ?? null, (string) $refreshed);

        // During the grace period a user enrols as usual, and then there is no deadline any more.
        $person->token = $refreshed->json['token'];
        $this->enrol($person);
        $state = $this->get(self::API . '/two-factor', $person->token)->json;
        self::assertSame([true, true, null], [$state['enabled'], $state['required'], $state['deadline']]);
        $again = $this->logIn($person, ['code' => $person->app->code()]);
        self::assertArrayNotHasKey('enrolment_deadline', $again->json);

        // Then it ends.
        $late = $this->person();
        self::required(ago: 7 * 86400 - 60);
        $token = $this->logIn($late)->json['token'] ?? null;
        self::assertSame($late->id, $this->whoIs($token));
        self::required(ago: 7 * 86400);
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $token));
        // A user who registers later has a grace period of their own.
        static::site()->php('global $wpdb; $wpdb->update($wpdb->users, ["user_registered" => gmdate("Y-m-d H:i:s", time() - 6 * 86400)], ["ID" => (int) $argv[1]]); clean_user_cache((int) $argv[1]);', [(string) $late->id]);
        self::assertSame($late->id, $this->whoIs($token));
    }

    public function test_rules_by_capability_by_user_and_for_everybody_else(): void
    {
        $editor = $this->person('editor');
        $one = $this->person();
        $two = $this->person();
        $refused = fn (): array => array_map(fn (Person $person): bool => $this->logIn($person)->status === 403, [$editor, $one, $two]);
        self::assertSame([false, false, false], $refused());
        self::policy(['capabilities' => ['publish_posts' => 'required'], 'grace_days' => 0]);
        self::assertSame([true, false, false], $refused());
        self::policy(['users' => [$two->id => 'required'], 'grace_days' => 0]);
        self::assertSame([false, false, true], $refused());
        self::policy(['default' => 'required', 'roles' => ['editor' => 'optional'], 'grace_days' => 0]);
        self::assertSame([false, true, true], $refused());
        // Of several rules, the strictest holds.
        self::policy(['roles' => ['subscriber' => 'required'], 'users' => [$two->id => 'off'], 'grace_days' => 0]);
        self::assertSame([false, true, true], $refused());
    }

    public function test_off_prevents_enrolment_and_existing_factors_are_still_required(): void
    {
        $enrolled = $this->enrolled();
        $person = $this->person();
        $this->signIn($person);
        self::policy(['roles' => ['subscriber' => 'off']]);
        self::refused(400, 'sallyport_factor_unavailable', $this->post('/two-factor/enable', ['password' => $person->password], $person->token));
        self::refused(400, 'sallyport_factor_unavailable', static::site()->request('PATCH', self::API . '/2fa/enable', json: [], bearer: $person->token));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($enrolled));
        self::assertSame($enrolled->id, $this->whoIs($enrolled->token));
    }

    public function test_a_factor_that_is_required_is_not_taken_away(): void
    {
        $person = $this->enrolled();
        self::required();
        self::refused(403, 'sallyport_factor_required', $this->post('/two-factor/disable', ['password' => $person->password], $person->token));
        self::refused(403, 'sallyport_factor_required', static::site()->request('PATCH', self::API . '/2fa/disable', json: [], bearer: $person->token));
        self::assertSame($person->id, $this->whoIs($person->token));
        // During the grace period, too.
        self::required(ago: 0);
        self::refused(403, 'sallyport_factor_required', $this->post('/two-factor/disable', ['password' => $person->password], $person->token));
        self::policy([]);
        self::assertSame(200, $this->post('/two-factor/disable', ['password' => $person->password], $person->token)->status);
    }

    public function test_a_policy_that_cannot_be_read_is_a_strict_one_and_says_so(): void
    {
        $person = $this->person();
        $admin = $this->enrolled($this->administrator());
        $page = $this->signedIn($admin)->send('GET', '/wp-admin/index.php')->body;
        self::assertStringNotContainsString('policy', strip_tags((string) preg_replace('~.*?(<div class="notice notice-error">.*?</div>).*~s', '$1', $page)));
        $broken = [
            'a mode' => '{"site":{"roles":{"subscriber":"mandatory"},"grace_days":0},"network":null}',
            'a field' => '{"site":{"rolls":{"subscriber":"optional"}},"network":null}',
            'a type' => '{"site":{"grace_days":"7"},"network":null}',
            'a list' => '{"site":{"factors":{"subscriber":"totp"}},"network":null}',
            'all' => '"optional"',
            'the level' => '{"site":"optional","network":null}',
            'no level' => '{"network":null}',
        ];
        foreach ($broken as $what => $stored) {
            static::site()->php('global $wpdb; $wpdb->update($wpdb->options, ["option_value" => maybe_serialize(json_decode($argv[1], true))], ["option_name" => "sallyport_policy"]); wp_cache_flush();', [$stored]);
            self::assertSame(403, $this->logIn($person)->status, $what);
        }
        self::forgetCodes($admin);
        self::assertStringContainsString('Some or all of the policy cannot be read', $this->signedIn($admin)->send('GET', '/wp-admin/index.php')->body);
        // A deleted policy is not a permission either.
        static::site()->php('delete_option("sallyport_policy");');
        self::assertSame(403, $this->logIn($person)->status);
        self::assertSame(0, static::site()->command('policy', 'set', 'grace_days', '3')[0]);
        self::assertSame(200, $this->logIn($person)->status);
    }

    /** Core's page of all options accepts any name from an administrator; for the database, some different names are the same. */
    public function test_no_option_of_ours_is_written_by_cores_page(): void
    {
        self::policy(['roles' => ['subscriber' => 'required'], 'grace_days' => 0]);
        static::site()->php('update_option("theirs", "as it was");');
        $stored = static fn (): array => static::site()->php('global $wpdb; return array_column($wpdb->get_results("SELECT option_name, option_value FROM $wpdb->options WHERE option_name LIKE \'sallyport%\' ORDER BY option_name", ARRAY_A), "option_value", "option_name");');
        $browser = $this->signedIn($this->enrolled($this->administrator()));
        $before = $stored();
        self::assertArrayHasKey('sallyport_settings', $before);
        $names = [...array_keys($before), 'sallyport_down', 'SALLYPORT_SETTINGS', 'Sallyport_Policy', "sallyp\u{f6}rt_settings", "s\u{e4}llyport_down"];
        $nonce = Browser::fields($browser->send('GET', '/wp-admin/options.php'))['_wpnonce'];
        $form = ['_wpnonce' => $nonce, 'action' => 'update', 'option_page' => 'options', 'page_options' => implode(',', [...$names, 'theirs']), 'theirs' => 'changed'];
        foreach ($names as $name) {
            $form[$name . '[x]'] = '1';
        }
        self::assertSame(302, $browser->send('POST', '/wp-admin/options.php', $form)->status);
        self::assertSame('changed', static::site()->php('return get_option("theirs");'));
        self::assertSame($before, $stored());
        self::assertSame(403, $this->logIn($this->person())->status);
    }
}
