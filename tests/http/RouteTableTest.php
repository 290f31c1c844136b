<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Site;

require_once __DIR__ . '/HttpTestCase.php';

/**
 * All routes and all kinds of callers: the answer to an empty request, on one site of a network. A route without a row fails.
 *
 * A row shows the least that a caller gets: 400 is the furthest that a request without fields can come.
 */
final class RouteTableTest extends HttpTestCase
{
    private const CALLERS = [
        'nobody',
        'subscriber',
        'editor',
        'administrator',
        'network administrator',
        'member of another site',
        "administrator of another site, that site's token",
        'enrolled, unproven token',
    ];

    /** All callers get the same, except that an unproven credential is refused everywhere. */
    private const ANYBODY = [400, 400, 400, 400, 400, 400, 400, 401];
    private const SIGNED_IN = [401, 400, 400, 400, 400, 400, 401, 401];
    private const LISTED = [401, 200, 200, 200, 200, 200, 401, 401];
    private const ADMINISTRATOR = [401, 403, 403, 200, 200, 403, 401, 401];
    private const ADMINISTRATOR_WRITES = [401, 403, 403, 400, 400, 403, 401, 401];
    private const NETWORK_ADMINISTRATOR = [401, 403, 403, 403, 404, 403, 401, 401]; // on a network nobody else can edit users; no user has this id

    private const TABLE = [
        'POST /token' => self::ANYBODY,
        'POST /login' => self::ANYBODY,
        'POST /sign-in/email' => self::ANYBODY,
        'POST /sign-in/username' => self::ANYBODY,
        'POST /sign-out' => [200, 200, 200, 200, 200, 200, 401, 401],
        'GET /get-session' => [200, 200, 200, 200, 200, 200, 200, 401], // another site's token is invalid here
        'POST /token/validate' => [400, 200, 200, 200, 200, 200, 401, 401], // the request asks about the Bearer
        'POST /token/refresh' => self::ANYBODY,
        'POST /token/revoke' => [400, 200, 200, 200, 200, 200, 401, 401],
        'POST /challenge/verify' => self::ANYBODY,
        'POST /challenge/send' => self::ANYBODY,
        'GET /tokens' => self::LISTED,
        'DELETE /tokens' => self::LISTED,
        'DELETE /tokens/999999999' => [401, 404, 404, 404, 404, 404, 401, 401],
        'GET /jwks' => [200, 200, 200, 200, 200, 200, 200, 401],
        'POST /register' => [404, 404, 404, 404, 404, 404, 404, 401], // the network does not allow registration
        'POST /forgot-password' => self::ANYBODY,
        'POST /reset-password' => self::ANYBODY,
        'POST /change-password' => self::SIGNED_IN,
        'POST /sso/issue' => self::SIGNED_IN,
        'POST /sso/exchange' => self::ANYBODY,
        'GET /two-factor' => self::LISTED,
        'DELETE /two-factor/devices/999999999' => [401, 404, 404, 404, 404, 404, 401, 401],
        'POST /two-factor/enable' => self::SIGNED_IN,
        'POST /two-factor/get-totp-uri' => self::SIGNED_IN,
        'POST /two-factor/verify-totp' => self::SIGNED_IN,
        'POST /two-factor/send-otp' => self::SIGNED_IN,
        'POST /two-factor/verify-otp' => self::SIGNED_IN,
        'POST /two-factor/verify-backup-code' => self::SIGNED_IN,
        'PATCH /two-factor/factors/999999999' => self::SIGNED_IN,
        'DELETE /two-factor/factors/999999999' => [401, 404, 404, 404, 404, 404, 401, 401],
        'POST /two-factor/generate-backup-codes' => self::SIGNED_IN,
        'POST /two-factor/disable' => self::SIGNED_IN,
        'GET /2fa/code' => self::SIGNED_IN,
        'POST /2fa/verify' => self::SIGNED_IN,
        'PATCH /2fa/enable' => self::LISTED,
        'PATCH /2fa/disable' => self::SIGNED_IN,
        'GET /keys' => self::ADMINISTRATOR,
        'POST /keys' => self::ADMINISTRATOR_WRITES,
        'GET /activity' => self::ADMINISTRATOR,
        'GET /policy' => self::ADMINISTRATOR,
        'PUT /policy' => self::ADMINISTRATOR_WRITES,
        'GET /probe' => self::ADMINISTRATOR,
        'POST /probe' => self::ADMINISTRATOR,
        'POST /users/999999999/two-factor/reset' => self::NETWORK_ADMINISTRATOR,
        'POST /users/999999999/unlock' => self::NETWORK_ADMINISTRATOR,
        'POST /users/999999999/revoke' => self::NETWORK_ADMINISTRATOR,
        'POST /users/999999999/enrolment-link' => self::NETWORK_ADMINISTRATOR,
        'POST /enrolment-link/exchange' => self::ANYBODY,
    ];

    /** Instead of WP 2FA's own route: without a user id, nothing is looked up. */
    private const WP2FA = [
        '',
        '/999999999',
        '/999999999/999999999',
        '/999999999/999999999/totp',
        '/999999999/999999999/totp/true',
    ];

    private static ?Site $network = null;

    public static function tearDownAfterClass(): void
    {
        self::$network?->down();
        self::$network = null;
    }

    protected static function site(): Site
    {
        return self::$network ??= Site::up(['multisite' => true]);
    }

    public function test_a2_every_route_has_a_row(): void
    {
        $registered = static::site()->php(<<<'PHP'
            $routes = [];
            foreach (rest_get_server()->get_routes('sallyport/v1') as $path => $handlers) {
                foreach ($handlers as $handler) {
                    foreach (array_keys($handler['methods']) as $method) {
                        $routes[] = "$method " . preg_replace('~\(\?P<\w+>[^)]*\)~', '999999999', substr($path, strlen('/sallyport/v1')));
                    }
                }
            }
            return array_values(array_diff($routes, ['GET '])); // core's own index of the namespace
            PHP);
        self::assertEqualsCanonicalizing($registered, array_keys(self::TABLE));
        $theirs = static::site()->php('return array_map(fn ($path) => preg_match_all("/\\?P</", $path), array_keys(rest_get_server()->get_routes("wp-2fa-methods/v1")));');
        self::assertSame([0, ...array_keys(self::WP2FA)], $theirs, "the namespace's index, and each form with one parameter more");
    }

    /** @dataProvider callers */
    public function test_each_kind_of_caller_gets_the_documented_status(int $column, string $caller): void
    {
        $requests = [];
        foreach (array_keys(self::TABLE) as $row) {
            [$method, $path] = explode(' ', $row);
            // A new token for each route, because some routes end the caller's token, or all others.
            $requests[$row] = [$method, self::API . $path, 'json' => $method === 'GET' ? null : [], 'bearer' => null];
        }
        foreach (self::WP2FA as $path) {
            $requests[$path] = ['POST', "/wp-json/wp-2fa-methods/v1/login$path", 'json' => [], 'bearer' => null];
        }
        $tokens = $this->tokens($caller, count($requests));
        $got = [];
        foreach ($requests as $row => $request) {
            $token = array_pop($tokens);
            $answer = static::site()->request($request[0], $request[1], json: $request['json'], bearer: $token);
            $got[$row] = $answer->status;
            self::assertStringNotContainsString('"token":', str_replace("\"token\":\"$token\"", '', $answer->body), "$row: no token except the caller's own");
        }
        $theirs = array_fill_keys(self::WP2FA, self::ANYBODY[$column]);
        self::assertSame(array_map(static fn (array $row): int => $row[$column], self::TABLE) + $theirs, $got, $caller);
    }

    /** @return array<string, array{0: int, 1: string}> */
    public static function callers(): array
    {
        return array_combine(self::CALLERS, array_map(null, array_keys(self::CALLERS), self::CALLERS));
    }

    /** @return list<string|null> as many tokens of this kind of caller, each of another person's family */
    private function tokens(string $caller, int $count): array
    {
        if ($caller === 'nobody') {
            return array_fill(0, $count, null);
        }
        return static::site()->plugin(<<<'PHP'
            [, $caller, $count] = $argv;
            $roles = ['subscriber' => 'subscriber', 'editor' => 'editor', 'administrator' => 'administrator'];
            $other = get_sites(['path' => '/other/', 'fields' => 'ids'])[0] ?? null;
            if ($other === null) {
                $other = wpmu_create_blog(get_network()->domain, '/other/', 'Other', 1);
            }
            $tokens = [];
            for ($i = 0; $i < $count; $i++) {
                $login = 'u' . bin2hex(random_bytes(5));
                $id = wp_insert_user(['user_login' => $login, 'user_email' => "$login@example.test", 'user_pass' => 'unused', 'role' => $roles[$caller] ?? '']);
                if ($caller === 'network administrator') {
                    grant_super_admin($id);
                } elseif (str_contains($caller, 'another site')) {
                    remove_user_from_blog($id, get_current_blog_id());
                    add_user_to_blog($other, $id, 'administrator');
                }
                $there = str_contains($caller, "that site's token");
                $there && switch_to_blog($other);
                $there && \Sallyport\WP\Setup::is_needed() && $plugin->setup()->run();
                $tokens[] = $plugin->access_tokens()->response(get_userdata($id), null)['token'];
                $there && restore_current_blog();
                if (str_contains($caller, 'enrolled')) {
                    $plugin->state()->raise($id, true, time());
                }
            }
            return $tokens;
            PHP, [$caller, (string) $count]);
    }
}
