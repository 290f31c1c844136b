<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/HttpTestCase.php';

/** Actions that weaken an account require a fresh proof at every route (standards A18, O3), and other plugins' routes can require one. */
final class StepUpEverywhereTest extends HttpTestCase
{
    private static ?Site $own = null;

    public static function tearDownAfterClass(): void
    {
        self::$own?->down();
        self::$own = null;
    }

    protected static function site(): Site
    {
        return self::$own ??= Site::up(['plugin' => [__DIR__ . '/../fixtures/guarded-routes']]);
    }

    public function test_another_plugins_route_asks_before_it_runs(): void
    {
        $person = $this->enrolled();
        $old = self::agedToken($person, 121);
        foreach (['POST', 'DELETE'] as $method) {
            $answer = static::site()->request($method, '/wp-json/guarded/v1/payouts/7', bearer: $old);
            self::assertSame(120, self::refused(401, 'sallyport_step_up_required', $answer)['max_age']);
            self::assertSame('Bearer error="insufficient_user_authentication", max_age=120', $answer->header('www-authenticate'));
        }
        self::assertSame(200, $this->get('/wp-json/guarded/v1/payouts/7', $old)->status, 'another method');
        self::assertSame(200, $this->outer('/payouts/list', $old)->status, 'another route');
        self::refused(
            401,
            'sallyport_step_up_required',
            static::site()->request('POST', '/wp-json/guarded/v1/payouts/7', headers: ['x-http-method-override' => 'DELETE'], bearer: $old),
        );
        self::refused(401, 'sallyport_step_up_required', static::site()->request('POST', '/wp-json/GUARDED/v1/PAYOUTS/7', bearer: $old));
        self::assertSame(200, $this->outer('/payouts/7', self::agedToken($person, 100))->status);
        self::refused(401, 'sallyport_step_up_required', $this->outer('/payouts/7', self::agedToken($person, 0, 'device pwd')));
        $inner = $this->outer('/inner', $old)->json;
        self::assertSame([401, 'sallyport_step_up_required'], [$inner['status'], $inner['data']['code']]);
        $batch = static::site()->request('POST', '/wp-json/batch/v1', json: ['requests' => [['method' => 'POST', 'path' => '/guarded/v1/payouts/1']]], bearer: $old);
        self::assertSame('sallyport_step_up_required', $batch->json['responses'][0]['body']['code'] ?? null, (string) $batch);
    }

    /** Core answers HEAD with the handler of GET. */
    public function test_guarding_get_guards_head(): void
    {
        $old = self::agedToken($this->enrolled(), 61);
        $status = static fn (string $method, array $headers = []): int => static::site()->request($method, '/wp-json/guarded/v1/read', headers: $headers, bearer: $old)->status;
        self::assertSame([401, 401, 401, 200], [$status('GET'), $status('HEAD'), $status('POST', ['x-http-method-override' => 'HEAD']), $status('POST')]);
    }

    public function test_route_and_methods_are_named_as_for_the_route_itself(): void
    {
        $old = self::agedToken($this->enrolled(), 61);
        $status = static fn (string $method): int => static::site()->request($method, '/wp-json/guarded/v1/edit', bearer: $old)->status;
        self::assertSame(
            [200, 401, 401, 401, 200],
            array_map($status, ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
            'WP_REST_Server::EDITABLE is three, in one text, and a slash at the end is none',
        );
    }

    public function test_the_shorter_age_applies_and_no_method_means_every_method(): void
    {
        $person = $this->enrolled();
        foreach (['GET', 'POST', 'HEAD'] as $method) {
            $answer = static::site()->request($method, '/wp-json/guarded/v1/all', bearer: self::agedToken($person, 61));
            self::assertSame(401, $answer->status, $method);
            self::assertSame('Bearer error="insufficient_user_authentication", max_age=60', $answer->header('www-authenticate'));
        }
        self::assertSame(200, $this->get('/wp-json/guarded/v1/all', self::agedToken($person, 30))->status);
        self::refused(401, 'sallyport_step_up_required', $this->get('/wp-json/wp/v2/statuses', self::agedToken($person, 61)));
        self::assertSame(200, $this->get('/wp-json/wp/v2/statuses', self::agedToken($person, 30))->status, 'a route of core can be protected like any other');
    }

    public function test_cores_own_routes_ask_where_no_plugin_does(): void
    {
        $person = $this->enrolled();
        foreach ([
            '/users/me' => ['email' => 'elsewhere@example.test'],
            "/users/$person->id" => ['password' => 'another one entirely'],
            '/users/me/application-passwords' => ['name' => 'x'],
        ] as $route => $sent) {
            self::refused(
                401,
                'sallyport_step_up_required',
                static::site()->request(
                    'POST',
                    "/wp-json/wp/v2$route",
                    headers: ['x-guarded-none' => '1'],
                    json: $sent,
                    bearer: self::agedToken($person, 601),
                ),
            );
        }
    }

    public function test_deactivating_sallyport_requires_step_up_by_any_route(): void
    {
        $admin = $this->enrolled($this->administrator());
        $screen = self::isNetwork() ? '/wp-admin/network/plugins.php' : '/wp-admin/plugins.php';
        $active = static fn (): bool => static::site()->php('require_once ABSPATH . "wp-admin/includes/plugin.php"; return is_plugin_active("sallyport/sallyport.php");');
        $route = '/wp-json/wp/v2/plugins/sallyport/sallyport';
        self::refused(401, 'sallyport_step_up_required', static::site()->request('POST', $route, json: ['status' => 'inactive'], bearer: self::agedToken($admin, 601)));
        self::refused(401, 'sallyport_step_up_required', static::site()->request('POST', "$route?status=inactive", bearer: self::agedToken($admin, 601)));
        $browser = $this->signedIn($admin);
        static::ageSessions($admin);
        foreach ([
            'action=deactivate&plugin=sallyport%2Fsallyport.php',
            'action=deactivate-selected&checked%5B0%5D=sallyport%2Fsallyport.php',
            'action=-1&action2=deactivate-selected&checked%5B0%5D=sallyport%2Fsallyport.php',
        ] as $chosen) {
            self::assertStringContainsString('action=sallyport-step-up', (string) $browser->send('GET', "$screen?$chosen")->header('location'), $chosen);
        }
        self::assertSame(200, $browser->send('GET', $screen)->status);
        self::assertSame(['deactivated' => false], $this->outer('/turn-off', self::agedToken($admin, 601))->json, 'another plugin');
        self::assertTrue($active());
        if (!self::isNetwork()) {
            self::assertSame(
                200,
                static::site()->request(
                    'POST',
                    '/wp-json/wp/v2/plugins/guarded-routes/guarded-routes',
                    json: ['status' => 'active'],
                    bearer: self::agedToken($admin, 601),
                )->status,
                'other routes are not affected',
            );
            self::assertSame('inactive', static::site()->request('POST', $route, json: ['status' => 'inactive'], bearer: self::agedToken($admin, 10))->json['status']);
            self::assertFalse($active());
            static::site()->php('require_once ABSPATH . "wp-admin/includes/plugin.php"; activate_plugin("sallyport/sallyport.php");');
        }
    }

    public function test_users_without_a_factor_and_guests_are_left_to_the_route(): void
    {
        $person = $this->person();
        $this->signIn($person);
        self::assertSame(200, $this->outer('/payouts/7', $person->token)->status);
        self::assertSame(401, $this->outer('/payouts/7')->status);
        self::assertSame(200, $this->get('/wp-json/guarded/v1/all')->status);
    }

    public function test_an_invalid_guard_throws(): void
    {
        self::assertSame(array_fill(0, 7, 'thrown'), $this->outer('/wrong')->json);
    }

    public function test_a18_o3_address_and_password_over_the_users_routes(): void
    {
        $person = $this->enrolled($this->administrator());
        $other = $this->person();
        $old = self::agedToken($person, 601);
        foreach (['me', (string) $person->id, (string) $other->id] as $who) {
            foreach ([['email' => 'elsewhere@example.test'], ['password' => 'another one entirely'], ['email' => 'elsewhere@example.test', 'name' => 'x']] as $change) {
                foreach (['POST', 'PUT', 'PATCH'] as $method) {
                    self::refused(401, 'sallyport_step_up_required', static::site()->request($method, "/wp-json/wp/v2/users/$who", json: $change, bearer: $old));
                }
            }
            self::refused(401, 'sallyport_step_up_required', static::site()->request('POST', "/wp-json/wp/v2/users/$who?email=elsewhere@example.test", bearer: $old));
        }
        self::assertSame(
            200,
            static::site()->request(
                'POST',
                '/wp-json/wp/v2/users/me',
                json: ['name' => 'Ada', 'email' => $person->email],
                bearer: $old,
            )->status,
            'an unchanged value is not a change',
        );
        self::assertSame($person->id, $this->whoIs($old), 'and nothing ended');
        self::assertSame([], self::activity($person->id, 'password_changed'));
        self::assertSame(200, static::site()->request('POST', '/wp-json/wp/v2/users/me', json: ['email' => "new-$person->email"], bearer: $person->token)->status);
        self::assertSame(200, static::site()->request('POST', "/wp-json/wp/v2/users/$other->id", json: ['password' => 'another one entirely'], bearer: $person->token)->status);
    }

    public function test_an_application_password(): void
    {
        $person = $this->enrolled();
        $old = self::agedToken($person, 601);
        self::refused(401, 'sallyport_step_up_required', static::site()->request('POST', '/wp-json/wp/v2/users/me/application-passwords', json: ['name' => 'x'], bearer: $old));
        self::assertSame(201, static::site()->request('POST', '/wp-json/wp/v2/users/me/application-passwords', json: ['name' => 'x'], bearer: $person->token)->status);
        // Created by code that checks nothing: the application password exists, and is accepted only if the proof was fresh.
        foreach ([[$old, null], [$person->token, $person->id]] as [$token, $counts]) {
            $password = $this->outer('/app-password', $token)->json['password'];
            $me = static::site()->request('GET', '/wp-json/wp/v2/users/me', headers: $person->basic($password));
            self::assertSame($counts, $me->json['id'] ?? null, (string) $me);
        }
    }

    public function test_any_way_through_wp_update_user(): void
    {
        $person = $this->enrolled();
        $old = self::agedToken($person, 601);
        foreach ([['user_email' => 'elsewhere@example.test'], ['user_pass' => 'another one entirely']] as $change) {
            self::assertSame(['result' => 'empty_data'], $this->outer('/update', $old, $change)->json);
            self::assertSame($person->id, $this->whoIs($old), 'a refused request ends nothing');
            self::assertSame(['errors' => ['sallyport_step_up_required']], $this->outer('/woocommerce', $old, $change)->json);
            self::assertSame(['errors' => []], $this->outer('/woocommerce', $person->token, $change)->json);
        }
        self::assertSame(['result' => $person->id], $this->outer('/update', $old, ['display_name' => 'Ada', 'user_email' => $person->email])->json);
        self::assertSame([], self::activity($person->id, 'password_changed'));
        self::assertSame(['result' => $person->id], $this->outer('/update', $person->token, ['user_email' => "new-$person->email"])->json);
        self::assertSame(['result' => $person->id], $this->outer('/update', $person->token, ['user_pass' => 'another one entirely'])->json);
        self::assertCount(1, self::activity($person->id, 'password_changed'));
        self::assertNull($this->whoIs($old));
        $without = $this->person();
        $this->signIn($without);
        self::assertSame(['result' => $without->id], $this->outer('/update', $without->token, ['user_email' => "new-$without->email"])->json);
    }

    public function test_a_browser_sees_the_refusal_on_the_form_and_confirms_on_a_page(): void
    {
        $person = $this->enrolled();
        $browser = $this->signedIn($person);
        static::ageSessions($person);
        $save = function (array $more) use ($browser): Response {
            $page = $browser->send('GET', '/wp-admin/profile.php');
            $fields = array_intersect_key(Browser::fields($page), array_flip(['_wpnonce', 'user_id', 'checkuser_id', 'from', 'nickname', 'email', 'action']));
            return $browser->send('POST', '/wp-admin/profile.php', $more + ['action' => 'update'] + $fields, ['referer' => static::site()->url . '/wp-admin/profile.php?x=1']);
        };
        $mails = count(static::site()->mails());
        foreach ([['email' => 'elsewhere@example.test'], ['pass1' => 'another one entirely', 'pass2' => 'another one entirely']] as $change) {
            $page = $save($change);
            self::assertStringContainsString(
                'action=sallyport-step-up&redirect_to=' . rawurlencode(static::site()->url . '/wp-admin/profile.php?x=1') . '"',
                html_entity_decode($page->body),
                'and back to the form',
            );
        }
        self::assertCount($mails, static::site()->mails(), 'no link was mailed');
        self::assertSame([[$person->email, true], ''], self::stored($person));
        self::assertSame(302, $save(['nickname' => 'Ada'])->status, 'changes that weaken nothing are saved');
        // A link that was mailed before.
        static::site()->php('update_user_meta((int) $argv[1], "_new_email", ["hash" => "0123456789abcdef0123456789abcdef", "newemail" => "elsewhere@example.test"]);', [(string) $person->id]);
        $link = '/wp-admin/profile.php?newuseremail=0123456789abcdef0123456789abcdef';
        $sent = (string) $browser->send('GET', $link)->header('location');
        self::assertStringContainsString('action=sallyport-step-up', $sent);
        $as_others = strtr($link, ['profile.php?' => "user-edit.php?user_id=$person->id&"]);
        self::assertStringContainsString(
            'action=sallyport-step-up',
            (string) $browser->send('GET', $as_others)->header('location'),
            'core would call it updated, and forget the link',
        );
        self::assertStringContainsString('action=sallyport-step-up', (string) $browser->send('GET', '/wp-admin/authorize-application.php?app_name=x')->header('location'));
        // The profile page.
        $path = substr($sent, strlen(static::site()->url));
        $form = Browser::fields($browser->send('GET', $path));
        self::assertStringContainsString('newuseremail', $form['redirect_to']);
        $wrong = $browser->send('POST', '/wp-login.php?action=sallyport-step-up', ['sallyport_code' => $person->app->wrong()] + $form);
        self::assertStringContainsString('login_error', $wrong->body);
        self::assertStringContainsString('action=sallyport-step-up', (string) $browser->send('GET', $link)->header('location'));
        self::assertSame(
            403,
            $browser->send(
                'POST',
                '/wp-login.php?action=sallyport-step-up',
                ['sallyport_code' => array_shift($person->codes), '_wpnonce' => 'x'] + $form,
            )->status,
        );
        $right = $browser->send('POST', '/wp-login.php?action=sallyport-step-up', ['sallyport_code' => array_shift($person->codes)] + $form);
        self::assertSame([302, $link], [$right->status, $right->header('location')], (string) $right);
        self::assertStringContainsString('updated', (string) $browser->send('GET', $link)->header('location'));
        self::assertSame('elsewhere@example.test', self::stored($person)[0][0]);
        self::assertStringNotContainsString('sallyport-step-up', (string) $save(['pass1' => 'another one entirely', 'pass2' => 'another one entirely'])->body);
        self::assertFalse(self::stored($person)[0][1], 'the password has changed');
        // A guest has nothing to confirm.
        self::assertStringContainsString('wp-login.php', (string) (new Browser(static::site()))->send('GET', '/wp-login.php?action=sallyport-step-up')->header('location'));
    }

    /** @param array<mixed>|null $json */
    private function outer(string $route, ?string $bearer = null, ?array $json = null): Response
    {
        return static::site()->request('POST', "/wp-json/guarded/v1$route", json: $json ?? [], bearer: $bearer);
    }

    /** @return array{array{string, bool}, string} the address and whether the password is right for it; the address that waits for confirmation */
    private static function stored(Person $person): array
    {
        return static::site()->php('$u = get_userdata((int) $argv[1]); return [[$u->user_email, wp_check_password($argv[2], $u->user_pass)], (string) (get_user_meta($u->ID, "_new_email", true)["newemail"] ?? "")];', [(string) $person->id, $person->password]);
    }
}
