<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/** Any input in any field gets a 4xx of the contract, never a 500, and causes no PHP notice (checked in tearDown). */
final class BadInputTest extends HttpTestCase
{
    /** Route => field => its type: text, flag, or text of at most so many bytes. A field that may be absent has a "?". */
    private const ROUTES = [
        '/token' => [
            'username' => 256, 'password' => 4096, 'code' => '?256', 'factor' => '?256', 'challenge' => '?256',
            'device' => '?256', 'device_name' => '?256', 'trust_device' => 'flag',
        ],
        '/login' => [
            'username' => 256, 'password' => 4096, 'code' => '?256', 'factor' => '?256', 'challenge' => '?256',
            'device' => '?256', 'device_name' => '?256', 'trust_device' => 'flag',
        ],
        '/challenge/verify' => ['challenge' => 256, 'code' => 256, 'factor' => '?256', 'device' => '?256', 'device_name' => '?256', 'trust_device' => 'flag'],
        '/challenge/send' => ['challenge' => 256, 'factor' => '?256'],
        '/sign-in/email' => [
            'email' => 256, 'password' => 4096, 'rememberMe' => 'flag', 'code' => '?256', 'factor' => '?256',
            'device' => '?256', 'device_name' => '?256', 'trust_device' => 'flag',
        ],
        '/sign-in/username' => [
            'username' => 256, 'password' => 4096, 'rememberMe' => 'flag', 'code' => '?256', 'factor' => '?256',
            'device' => '?256', 'device_name' => '?256', 'trust_device' => 'flag',
        ],
        '/token/validate' => ['token' => 8192],
        '/token/refresh' => ['refresh_token' => 256, 'device' => '?256'],
        '/token/revoke' => ['token' => 8192, 'all' => 'flag'],
        '/register' => ['username' => 256, 'email' => 256, 'password' => 4096, 'name' => '?250'],
        '/forgot-password' => ['login' => 256, 'delivery' => '?256'],
        '/reset-password' => ['login' => 256, 'password' => 4096, 'token' => '?256', 'otp' => '?256'],
        '/change-password' => ['current_password' => 4096, 'new_password' => 4096, 'device' => '?256'],
        '/sso/issue' => ['site_key' => 256],
        '/sso/exchange' => [
            'site_key' => 256, 'token' => 8192, 'signature' => 8192, 'code' => '?256', 'factor' => '?256',
            'device' => '?256', 'device_name' => '?256', 'trust_device' => 'flag',
        ],
        '/two-factor/enable' => ['password' => 4096, 'issuer' => '?64', 'method' => '?256', 'device' => '?256'],
        '/two-factor/get-totp-uri' => ['password' => 4096, 'device' => '?256'],
        '/two-factor/verify-totp' => ['code' => 256, 'challenge' => '?256', 'device' => '?256', 'trustDevice' => 'flag', 'disableSession' => 'flag'],
        '/two-factor/send-otp' => ['challenge' => '?256', 'factor' => '?256'],
        '/two-factor/verify-otp' => ['code' => 256, 'challenge' => '?256', 'device' => '?256', 'trustDevice' => 'flag', 'disableSession' => 'flag'],
        '/two-factor/verify-backup-code' => ['code' => 256, 'challenge' => '?256', 'device' => '?256', 'trustDevice' => 'flag', 'disableSession' => 'flag'],
        '/two-factor/generate-backup-codes' => ['password' => 4096, 'device' => '?256'],
        '/two-factor/disable' => ['password' => 4096, 'device' => '?256'],
        '/2fa/verify' => ['code' => 256, 'factor' => '?256', 'challenge' => '?256', 'device' => '?256', 'device_name' => '?256', 'trust_device' => 'flag'],
        '/enrolment-link/exchange' => ['link' => 256, 'password' => 4096, 'device' => '?256'],
    ];

    /** Fields to which another test sends invalid values. */
    private const ELSEWHERE = [
        '/keys' => ['action', 'algorithm', 'kid', 'pem', 'now'], // KeysTest
        '/two-factor/enable' => ['label', 'algorithm', 'digits', 'period'], // AuthenticatorsTest
        '/two-factor/get-totp-uri' => ['id'], // AuthenticatorsTest
        '/two-factor/factors/{id}' => ['label'], // AuthenticatorsTest
        '/users/{id}/two-factor/reset' => ['reason'], // RescueTest
        '/users/{id}/unlock' => ['reason'],
        '/users/{id}/revoke' => ['reason'],
        '/users/{id}/enrolment-link' => ['reason'],
        '/policy' => ['site', 'network'], // PolicyRoutesTest
        '/token/refresh' => ['token'], // RefreshTest: accepted only if the site allows it
    ];

    /** The possible answers to invalid input: the contract's codes of section 0, and core's own code for a body that is not JSON. */
    private const KNOWN = [
        400 => [
            'rest_invalid_param', 'rest_missing_callback_param', 'rest_invalid_json', 'sallyport_factor_unavailable',
            'sallyport_ambiguous', 'sallyport_registration_refused', 'sallyport_reset_refused',
            'sallyport_invalid_password', 'TWO_FACTOR_NOT_ENABLED',
        ],
        401 => [
            'sallyport_invalid_credentials', 'sallyport_invalid_code', 'sallyport_challenge_gone',
            'sallyport_second_factor_required', 'sallyport_token_invalid', 'rest_not_logged_in', 'INVALID_CODE',
            'INVALID_BACKUP_CODE', 'INVALID_TWO_FACTOR_COOKIE', 'INVALID_EMAIL_OR_PASSWORD',
            'INVALID_USERNAME_OR_PASSWORD', 'sallyport_link_gone',
        ],
        403 => [],
        404 => ['rest_no_route'],
        413 => [],
    ];

    private static Person $person;

    public static function tearDownAfterClass(): void
    {
        self::letRegister(false);
        self::forgetFailures();
    }

    protected function setUp(): void
    {
        parent::setUp();
        if (!isset(self::$person)) {
            self::letRegister(true);
            self::$person = $this->enrolled();
        }
    }

    private static function letRegister(bool $open): void
    {
        static::site()->php('is_multisite() ? update_site_option("registration", $argv[1] ? "user" : "none") : update_option("users_can_register", (int) $argv[1]);', [$open ? '1' : '']);
    }

    /** Sends a right code, so that the wrong ones of earlier tests lock nothing. */
    private function unlock(): void
    {
        if (self::$person->codes === [] || $this->logIn(self::$person, ['code' => array_pop(self::$person->codes)])->status !== 200) {
            self::$person = $this->enrolled();
        }
    }

    public function test_no_field_of_a_route_is_forgotten(): void
    {
        $document = json_decode(file_get_contents(__DIR__ . '/../../docs/openapi.json'), true);
        self::assertArrayHasKey('device', $document['components']['schemas']['PostTokenRefreshBody']['properties']);
        foreach ($document['paths'] as $path => $methods) {
            foreach ($methods as $method => $operation) {
                $shape = basename($operation['requestBody']['content']['application/json']['schema']['$ref'] ?? '');
                $fields = array_keys($document['components']['schemas'][$shape]['properties'] ?? []);
                self::assertSame([], array_values(array_diff($fields, array_keys(self::ROUTES[$path] ?? []), self::ELSEWHERE[$path] ?? [])), "$method $path");
            }
        }
    }

    /** @dataProvider fields */
    public function test_a_field_of_the_wrong_type_is_named(string $route, string $field, bool $flag): void
    {
        $requests = [];
        foreach (self::wrong($flag) as $what => $value) {
            $requests[$what] = $this->to($route, [$field => $value] + $this->good($route));
        }
        foreach ($this->send($requests) as $what => $answer) {
            $data = self::refused(400, 'rest_invalid_param', $answer);
            self::assertSame([$field], array_keys($data['params']), "$what: $answer");
        }
    }

    /** @dataProvider fieldsThatMayBeLeftOut */
    public function test_a_field_that_is_null_is_absent(string $route, string $field): void
    {
        $this->unlock();
        $good = $this->good($route);
        $without = $this->send([$this->to($route, array_diff_key($good, [$field => 1])), $this->to($route, [$field => null] + $good)]);
        self::assertSame([$without[0]->status, $without[0]->json['code'] ?? null], [$without[1]->status, $without[1]->json['code'] ?? null]);
        self::assertContains($without[1]->status, [200, 400, 401]);
    }

    /** @dataProvider fields */
    public function test_a_form_may_say_nonsense_too(string $route, string $field, bool $flag): void
    {
        $requests = [];
        foreach (["{$field}[]=x", "{$field}[a][b]=x", "$field=%00", "$field=a%00b", "$field=%ff%fe", "$field=" . str_repeat('x', 9000)] as $i => $raw) {
            $rest = http_build_query(array_diff_key($this->good($route), [$field => 1]));
            $requests[$i] = ['form' => "$rest&$raw"] + $this->to($route, []);
            unset($requests[$i]['json']);
        }
        foreach ($this->send($requests) as $answer) {
            self::refused(400, 'rest_invalid_param', $answer);
        }
    }

    /** @return array<string, array{string, string, bool}> */
    public static function fields(): array
    {
        $fields = [];
        foreach (self::ROUTES as $route => $names) {
            foreach ($names as $name => $kind) {
                $fields["$route $name"] = [$route, $name, $kind === 'flag'];
            }
        }
        return $fields;
    }

    /** All fields except those without which a request with the right password is carried out. @return array<string, array{string, string, bool}> */
    public static function fieldsThatMayBeLeftOut(): array
    {
        return array_filter(self::fields(), static fn (array $field): bool => $field[1] !== 'device' || !str_starts_with($field[0], '/two-factor/'));
    }

    /** @dataProvider routes */
    public function test_a_body_that_is_not_an_object_is_ignored(string $route): void
    {
        $bodies = [
            '5', '"text"', 'true', 'false', 'null', '[]', '[1,2,3]', '[["code","123456"]]', '{', '{"code":', "\xff\xfe", '',
            "\0", '{"code":"123456"', '{"":""}', '{"code":"\ud800"}', str_repeat('[', 600) . str_repeat(']', 600),
            '{"code":' . str_repeat('{"a":', 600) . '1' . str_repeat('}', 601),
            '{"code":' . str_repeat('[', 400) . str_repeat(']', 400) . '}', '1e9999', '123456789012345678901234567890',
        ];
        $requests = array_map(fn (string $body): array => ['json' => null, 'form' => $body, 'headers' => ['content-type' => 'application/json']] + $this->to($route, []), $bodies);
        foreach ($this->send($requests) as $i => $answer) {
            $this->assertKnown($answer, $bodies[$i]);
        }
    }

    /** @dataProvider routes */
    public function test_another_content_type_is_no_body(string $route): void
    {
        $json = json_encode($this->good($route));
        $requests = [];
        foreach ([
            'text/plain', 'application/xml', 'application/octet-stream', 'multipart/form-data',
            'multipart/form-data; boundary=x', 'nonsense', 'application/json; charset=utf-16', '',
        ] as $type) {
            $requests[$type] = [
                'json' => null,
                'form' => $type === 'application/json; charset=utf-16' ? mb_convert_encoding($json, 'UTF-16') : $json,
                'headers' => ['content-type' => $type],
            ] + $this->to($route, []);
        }
        foreach ($this->send($requests) as $type => $answer) {
            $this->assertKnown($answer, $type);
        }
    }

    /** @dataProvider routes */
    public function test_ten_megabytes_are_refused(string $route): void
    {
        $field = array_key_first(self::ROUTES[$route]);
        $answer = $this->send([$this->to($route, [$field => str_repeat('x', 10_000_000)] + $this->good($route))])[0];
        $this->assertKnown($answer, '10 MB');
        self::assertLessThan(2000, strlen($answer->body), 'it is not sent back');
    }

    /** @return array<string, array{string}> */
    public static function routes(): array
    {
        return array_combine(array_keys(self::ROUTES), array_map(static fn (string $route): array => [$route], array_keys(self::ROUTES)));
    }

    public function test_headers_obey_the_same_grammar(): void
    {
        $long = str_repeat('x', 257);
        foreach (['x-sallyport-code', 'x-sallyport-factor', 'x-sallyport-challenge'] as $name) {
            $field = substr($name, strlen('x-sallyport-'));
            foreach ([$long, "12345\xff"] as $value) {
                $data = self::refused(400, 'rest_invalid_param', $this->post('/challenge/verify', ['device_name' => 'x'], headers: [$name => $value]));
                self::assertSame([$field], array_keys($data['params']));
            }
        }
        $this->unlock();
        $challenge = $this->challenge(self::$person);
        self::refused(400, 'rest_invalid_param', $this->post('/challenge/verify', ['challenge' => $challenge], headers: ['x-sallyport-code' => "\xff\xfe"]));
        self::assertSame(
            4,
            self::refused(
                401,
                'sallyport_invalid_code',
                $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => '000000']),
            )['attempts_left'],
            'no request has spent it',
        );
        foreach ([
            "Bearer", 'Bearer ', 'Bearer ' . str_repeat('x', 9000), "Bearer \xff\xfe", 'bearer a.b.c', 'Basic x',
            'Basic ' . base64_encode("\0:\0"), 'Digest x', ', , ,', 'Bearer a b c',
        ] as $value) {
            foreach (['/wp-json/wp/v2/users/me', self::API . '/two-factor'] as $path) {
                $answer = $this->get($path, headers: ['authorization' => $value]);
                self::assertContains($answer->status, [400, 401, 403, 431], "$value: $answer");
            }
        }
    }

    public function test_a_numeric_code_is_refused_not_guessed_at(): void
    {
        $this->unlock();
        $challenge = $this->challenge(self::$person);
        foreach ([12345, 123456, 1.5, 0] as $code) {
            $data = self::refused(400, 'rest_invalid_param', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code]));
            self::assertSame(['code'], array_keys($data['params']));
        }
    }

    /** @dataProvider rightInOtherClothes */
    public function test_a_right_code_is_right_however_it_is_typed(string $pattern, int $zero): void
    {
        $person = $this->enrolled();
        $digits = array_map(static fn (string $digit): string => mb_chr($zero + (int) $digit), str_split($person->app->code()));
        $answer = $this->logIn($person, ['code' => vsprintf($pattern, $digits)]);
        self::assertSame(200, $answer->status, (string) $answer);
    }

    /** @return array<string, array{string, int}> */
    public static function rightInOtherClothes(): array
    {
        $plain = '%s%s%s%s%s%s';
        return [
            'full width' => [$plain, 0xFF10], 'Arabic-Indic' => [$plain, 0x0660], 'Devanagari' => [$plain, 0x0966], 'mathematical bold' => [$plain, 0x1D7CE],
            'a blank' => ['%s%s%s %s%s%s', 0x30], 'a dash' => ['%s%s%s-%s%s%s', 0x30], 'blanks around' => ["  $plain\n", 0x30], 'no-break space' => ["%s%s%s\u{a0}%s%s%s", 0x30],
        ];
    }

    public function test_what_is_no_code_is_a_wrong_code(): void
    {
        $codes = ['abcdef', '12345', '1234567', '+12345', '-123456', '0x1234', '1234.5', '1e5000', ' ', '🔑🔑🔑🔑🔑🔑', "' OR '1'='1", '%s%d%n%', '¹²³⁴⁵⁶', '①②③④⑤⑥', 'ⅠⅡⅢⅣⅤⅥ',
            str_repeat('1', 256), "\u{202e}123456", '---------------', 'AAAAA-AAAAA-AAAAAA', '١٢٣٤٥', "123\n", 'null', 'true', '[]', '{}', "\u{feff}000000"];
        foreach (array_chunk($codes, 4) as $some) {
            $this->unlock();
            $challenge = $this->challenge(self::$person);
            foreach ($some as $code) {
                self::refused(401, 'sallyport_invalid_code', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code]));
            }
        }
    }

    /** @dataProvider bridged */
    public function test_the_fields_of_a_bridged_login_are_as_strict(string $field, bool $flag): void
    {
        $this->unlock();
        $login = ['username' => self::$person->login, 'password' => self::$person->password];
        $requests = [];
        foreach (self::wrong($flag) as $what => $value) {
            $requests[$what] = ['POST', '/wp-json/jwt-auth/v1/token', 'json' => [$field => $value] + $login];
        }
        foreach ($this->send($requests) as $what => $answer) {
            // A form may contain the empty field for users who need it.
            $what === 'empty' ? self::refused(401, 'sallyport_second_factor_required', $answer) : self::refused(400, 'rest_invalid_param', $answer);
        }
    }

    public function test_fields_of_the_second_step_do_not_affect_users_without_a_factor(): void
    {
        $plain = $this->person();
        // A challenge would make it another user's login.
        foreach (array_column(array_diff_key(self::bridged(), ['challenge' => 1]), 0) as $field) {
            foreach ([['x'], 5, '', str_repeat('x', 300)] as $value) {
                $answer = static::site()->request('POST', '/wp-json/jwt-auth/v1/token', json: [$field => $value, 'username' => $plain->login, 'password' => $plain->password]);
                self::assertSame(200, $answer->status, "$field: $answer");
            }
        }
    }

    /** @return array<string, array{string, bool}> */
    public static function bridged(): array
    {
        return [
            'code' => ['sallyport_code', false],
            'factor' => ['sallyport_factor', false],
            'challenge' => ['sallyport_challenge', false],
            'device' => ['sallyport_device', false],
            'trust' => ['sallyport_trust_device', true],
        ];
    }

    public function test_the_second_step_of_wp_login_takes_anything(): void
    {
        $this->unlock();
        $browser = new Browser(static::site());
        $page = Browser::fields($browser->logIn(self::$person));
        $more = ['rememberme', 'interim-login', 'log', 'sallyport_send', 'sallyport_other', 'sallyport_factor'];
        foreach (array_keys($page + array_flip($more)) as $field) {
            foreach ([['x'], ['a' => ['b' => 'c']], "a\0b", "\xff\xfe", str_repeat('x', 9000)] as $value) {
                $answer = $browser->send(
                    'POST',
                    '/wp-login.php?action=sallyport',
                    [$field => $value, 'sallyport_challenge' => $field === 'sallyport_challenge' ? $value : 'spc1_' . str_repeat('A', 43)]
                        + $page,
                );
                self::assertContains($answer->status, [200, 302], $field);
                self::assertFalse($browser->isSignedIn());
            }
        }
    }

    /** @return array<string, mixed> */
    private static function wrong(bool $flag): array
    {
        $deep = 'x';
        for ($i = 0; $i < 300; $i++) {
            $deep = [$deep];
        }
        return [
            'list' => ['123456'], 'object' => ['a' => 'b'], 'empty list' => [], 'number' => 5, 'fraction' => 1.5,
            'deep' => $deep, 'long' => str_repeat('x', 9000), 'NUL' => "a\0b", 'big number' => 12345678901234567890,
        ]
            + ($flag ? ['word' => 'maybe', 'empty' => ''] : ['true' => true, 'false' => false, 'empty' => '']);
    }

    /** Fields as a client would send them: a right password, a wrong code. @return array<string, string> */
    private function good(string $route): array
    {
        $good = [
            'username' => self::$person->login, 'password' => self::$person->password,
            'challenge' => 'spc1_' . str_repeat('A', 43), 'code' => '000000', 'token' => 'a.b.c',
            'email' => self::$person->email, 'login' => self::$person->login, 'current_password' => 'not theirs',
            'new_password' => 'short', 'issuer' => 'Shop', 'method' => 'totp', 'site_key' => 'nobody',
            'link' => 'spl1_' . str_repeat('A', 43), 'signature' => str_repeat('0', 64),
        ];
        if (str_starts_with($route, '/two-factor/')) {
            // The right password would carry the request out.
            $good['password'] = self::$person->password;
            unset($good['challenge']);
        }
        return array_intersect_key($good, array_filter(self::ROUTES[$route], static fn ($kind): bool => is_int($kind)));
    }

    /** @param array<string, mixed> $fields @return array<mixed> */
    private function to(string $route, array $fields): array
    {
        // The bearer belongs to another account than the password, so that no factor is turned off.
        return [
            'POST',
            self::API . $route,
            'json' => $fields,
            'bearer' => str_starts_with($route, '/two-factor/') || in_array($route, ['/change-password', '/sso/issue'], true)
                ? self::$person->token
                : null,
        ];
    }

    /** @param array<array-key, array<mixed>> $requests @return array<array-key, Response> */
    private function send(array $requests): array
    {
        $answers = [];
        foreach (array_chunk($requests, 4, true) as $some) {
            $answers += static::site()->concurrently($some);
        }
        return $answers;
    }

    private function assertKnown(Response $answer, string|int $what): void
    {
        self::assertContains($answer->json['code'] ?? null, self::KNOWN[$answer->status] ?? [], substr((string) $what, 0, 60) . ": $answer");
        self::assertStringNotContainsString(static::site()->dir, $answer->body);
    }
}
