<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** Who may call a route, by the setting `route_roles`. The routes' own requirements are in RouteTableTest. */
final class AccessTest extends HttpTestCase
{
    use OwnSite;

    protected function tearDown(): void
    {
        self::storeSettings([]);
        parent::tearDown();
    }

    /** @dataProvider words */
    public function test_the_setting_decides_who_may_call_a_route(string $word, array $expected): void
    {
        // Stored directly, not by the setting's own check: a role may have been removed since.
        self::site()->php('update_option("sallyport_settings", ["route_roles" => [$argv[1]]] + get_option("sallyport_settings", []));', [$word]);
        $route = explode('=', $word)[0];
        $method = in_array($route, ['tokens', 'jwks', 'two-factor', 'keys'], true) ? 'GET' : 'POST';
        foreach ($expected as $role => $code) {
            $person = $role === 'nobody' ? null : $this->person($role);
            if ($person !== null) {
                $this->signIn($person);
            }
            $answer = $this->call($method, $route, $person?->token);
            if ($code === '') {
                self::assertNotContains($answer->json['code'] ?? '', ['rest_not_logged_in', 'rest_forbidden', 'sallyport_route_forbidden', 'rest_no_route'], "$role: $answer");
            } else {
                self::refused(['rest_no_route' => 404, 'rest_not_logged_in' => 401][$code] ?? 403, $code, $answer);
            }
        }
    }

    /** @return array<string, array{string, array<string, string>}> role => code of the refusal, or none */
    public static function words(): array
    {
        $nobody = 'rest_not_logged_in';
        $wrong = 'sallyport_route_forbidden';
        return [
            'off' => ['jwks=off', ['nobody' => 'rest_no_route', 'administrator' => 'rest_no_route']],
            'signed in' => ['jwks=signed-in', ['nobody' => $nobody, 'subscriber' => '', 'administrator' => '']],
            'a role' => ['jwks=editor', ['nobody' => $nobody, 'subscriber' => $wrong, 'editor' => '', 'administrator' => $wrong]],
            'two roles' => ['challenge/verify=author|editor', ['nobody' => $nobody, 'subscriber' => $wrong, 'editor' => '']],
            'a role that is no more' => ['jwks=wizard', ['nobody' => $nobody, 'administrator' => $wrong]],
            'public opens nothing that needs a caller' => ['tokens=public', ['nobody' => $nobody, 'subscriber' => '']],
            'nor a capability' => ['keys=public', ['nobody' => $nobody, 'subscriber' => 'rest_forbidden']],
            'nor does a role' => ['keys=subscriber', ['nobody' => $nobody, 'subscriber' => 'rest_forbidden']],
            'a caller who needs the role as well' => ['tokens=editor', ['nobody' => $nobody, 'subscriber' => $wrong, 'editor' => '']],
            'the body is not looked at' => ['two-factor/enable=editor', ['subscriber' => $wrong, 'editor' => '']],
        ];
    }

    public function test_a_route_with_a_parameter(): void
    {
        $person = $this->person();
        $this->signIn($person);
        self::site()->wp('sallyport', 'setting', 'set', 'route_roles', 'tokens/{id}=off');
        self::refused(404, 'rest_no_route', $this->delete('/tokens/1', $person->token));
        self::assertSame(200, $this->get(self::API . '/tokens', $person->token)->status);
    }

    public function test_a_route_that_is_off_is_not_listed_and_ignores_the_body(): void
    {
        self::site()->wp('sallyport', 'setting', 'set', 'route_roles', 'token=off');
        self::assertArrayNotHasKey('/sallyport/v1/token', $this->get(self::API)->json['routes']);
        self::assertArrayHasKey('/sallyport/v1/login', $this->get(self::API)->json['routes']);
        self::assertSame([], self::site()->request('OPTIONS', self::API . '/token')->json);
        foreach (['{', '[]', 'null', '{"username":1}'] as $body) {
            self::refused(404, 'rest_no_route', self::site()->request('POST', self::API . '/token', form: $body, headers: ['content-type' => 'application/json']));
        }
        self::refused(404, 'rest_no_route', self::site()->request('POST', self::API . '/TOKEN', json: []));
    }

    public function test_under_headlesskeys_names_too(): void
    {
        self::storeSettings(['headlesskey' => true, 'route_roles' => ['token=off', 'login=editor']]);
        foreach (['headlesskey/v1', 'wpauthapi/v1'] as $namespace) {
            self::refused(404, 'rest_no_route', self::site()->request('POST', "/wp-json/$namespace/token", json: []));
            self::refused(401, 'rest_not_logged_in', self::site()->request('POST', "/wp-json/$namespace/login", json: []));
        }
    }

    public function test_from_inside_too(): void
    {
        self::storeSettings(['route_roles' => ['jwks=editor', 'token=off']]);
        $people = [$this->person()->id, $this->person('editor')->id];
        self::assertSame([401, 403, 200, 404], self::site()->php(<<<'PHP'
            $status = [];
            foreach ([0, (int) $argv[1], (int) $argv[2]] as $id) {
                wp_set_current_user($id);
                $status[] = rest_do_request('/sallyport/v1/jwks')->get_status();
            }
            $status[] = rest_do_request(new WP_REST_Request('POST', '/sallyport/v1/token'))->get_status();
            return $status;
            PHP, array_map('strval', $people)));
    }

    /** @dataProvider nonsense */
    public function test_an_unknown_word_is_refused(string $words): void
    {
        try {
            self::site()->wp('sallyport', 'setting', 'set', 'route_roles', $words);
            self::fail("'$words' was taken");
        } catch (\RuntimeException $refused) {
            self::assertStringContainsString('route_roles does not accept this value.', $refused->getMessage());
        }
        self::assertSame('', trim(self::site()->wp('sallyport', 'setting', 'get', 'route_roles')));
    }

    /** @return array<string, array{string}> */
    public static function nonsense(): array
    {
        return [
            'no who' => ['register'],
            'a role there is not' => ['sso/issue=editor|edtor'],
            'an empty one' => ['token='],
            'no such route' => ['regster=off'],
            'nor one of a namespace' => ['sallyport/v1/token=off'],
            'off and a role' => ['token=off|editor'],
            'public and a role' => ['token=public|editor'],
            'an empty role' => ['token=editor|'],
            'upper case' => ['token=Editor'],
            'twice' => ['token=off,token=editor'],
            'one of two' => ['token=off,login=!'],
        ];
    }

    public function test_a_constant_that_cannot_be_read_turns_the_route_off_and_is_told(): void
    {
        $administrator = Person::admin(self::site());
        try {
            self::site()->up_again(['define' => ['SALLYPORT_ROUTE_ROLES' => 'token=Of, login, jwks=off jwks=public, token/validate=editor']]);
            self::refused(404, 'rest_no_route', $this->post('/token'));
            self::refused(404, 'rest_no_route', $this->post('/login'));
            self::refused(404, 'rest_no_route', $this->get(self::API . '/jwks'));
            self::refused(401, 'rest_not_logged_in', $this->post('/token/validate'));
            self::assertSame(400, $this->post('/token/refresh')->status);
            $browser = new Browser(self::site());
            $browser->logIn($administrator);
            self::assertStringContainsString('the value of the constant SALLYPORT_ROUTE_ROLES cannot be used', $browser->send('GET', '/wp-admin/index.php')->body);
            self::site()->up_again(['define' => ['SALLYPORT_ROUTE_ROLES' => 'token=off']]);
            self::assertStringNotContainsString('SALLYPORT_ROUTE_ROLES', $browser->send('GET', '/wp-admin/index.php')->body);
            self::refused(404, 'rest_no_route', $this->post('/token'));
        } finally {
            self::site()->up_again();
        }
    }

    private function call(string $method, string $name, ?string $token): Response
    {
        return self::site()->request($method, self::API . '/' . strtr($name, ['{id}' => '999999']), json: $method === 'GET' ? null : [], bearer: $token);
    }
}
