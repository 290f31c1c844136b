<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';

/** docs/ describes the routes that a site registers. `bin/docs` updates it. */
final class DocumentTest extends HttpTestCase
{
    /** Codes that only commands use. */
    private const COMMAND_LINE = ['sallyport_webhook_invalid', 'sallyport_webhook_unknown', 'sallyport_webhook_failed'];

    private const DOCS = __DIR__ . '/../../docs';

    public function test_openapi_json_is_what_the_registered_routes_say(): void
    {
        $said = static::site()->wp('sallyport', 'openapi');
        self::assertSame(static::site()->url, json_decode($said, true)['servers'][0]['variables']['site']['default']);
        $this->same(file_get_contents(self::DOCS . '/openapi.json'), str_replace('"' . static::site()->url . '"', '"https://example.com"', $said));
    }

    public function test_routes_that_accept_a_challenge_or_a_sign_in_document_both(): void
    {
        $paths = json_decode((string) file_get_contents(self::DOCS . '/openapi.json'), true)['paths'];
        foreach ([
            '/2fa/verify' => true, '/two-factor/send-otp' => true, '/two-factor/verify-totp' => true,
            '/two-factor/verify-otp' => true, '/two-factor/verify-backup-code' => false,
        ] as $path => $enrols) {
            self::assertSame([[], ['bearer' => []], ['challenge' => []], ...($enrols ? [['enrolment' => []]] : [])], $paths[$path]['post']['security'], $path);
        }
    }

    public function test_type_generators_learn_the_members_of_every_object(): void
    {
        $document = json_decode((string) file_get_contents(self::DOCS . '/openapi.json'), true);
        $closed = [];
        $look = static function (array $place, string $where) use (&$look, &$closed): void {
            if (in_array('object', (array) ($place['type'] ?? []), true) && !isset($place['properties']) && !isset($place['additionalProperties'])) {
                $closed[] = $where;
            }
            foreach (array_filter($place, is_array(...)) as $name => $part) {
                $look($part, "$where/$name");
            }
        };
        $look($document, '');
        self::assertSame([], $closed, 'for generators, a schema with neither is an object without members');
        $completed = $document['paths']['/challenge/verify']['post']['responses']['200']['content']['application/json']['schema']['anyOf'];
        self::assertContains(['$ref' => '#/components/schemas/TokenResponse'], $completed);
        $id = static fn (string $path): array => array_column($document['paths'][$path]['delete']['parameters'], 'schema', 'name')['id'];
        self::assertSame($document['components']['schemas']['SignIn']['properties']['id']['type'], $id('/tokens/{id}')['type']);
        self::assertSame($document['components']['schemas']['Factor']['properties']['id']['type'], $id('/two-factor/factors/{id}')['type']);
    }

    public function test_type_generators_can_tell_answers_apart(): void
    {
        $document = json_decode((string) file_get_contents(self::DOCS . '/openapi.json'), true);
        $begun = $document['paths']['/two-factor/enable']['post']['responses']['200']['content']['application/json']['schema']['oneOf'];
        self::assertSame([['const' => 'totp'], ['const' => 'otp']], array_column(array_column($begun, 'properties'), 'method'));
        self::assertSame(['method', 'totpURI', 'backupCodes'], $begun[0]['required']);
        $key = $document['components']['schemas']['KeySet']['properties']['keys']['items'];
        self::assertSame([], array_diff($key['required'], array_keys($key['properties'])), 'required members have a type');
        self::assertSame(['challenge', 'code'], $document['components']['schemas']['PostChallengeVerifyBody']['required']);
    }

    /** With an enum of several types, or a list without the type of its items, a generator leaves out every route that uses it. */
    public function test_a_value_of_several_types_is_documented_type_by_type(): void
    {
        $mixed = [];
        $look = static function (array $place, string $where) use (&$look, &$mixed): void {
            $values = $place['enum'] ?? null;
            if (
                is_array($values) && array_is_list($values) && count(array_unique(array_map(get_debug_type(...), $values))) > 1
                || ($place['type'] ?? null) === 'array' && !isset($place['items'])
            ) {
                $mixed[] = $where;
            }
            foreach (array_filter($place, is_array(...)) as $name => $part) {
                $look($part, "$where/$name");
            }
        };
        $document = json_decode((string) file_get_contents(self::DOCS . '/openapi.json'), true);
        $look($document, '');
        self::assertSame([], $mixed);
        self::assertSame('object', $document['components']['schemas']['PolicyLevel']['type'], 'if it may be null, its schema says so');
    }

    public function test_no_optional_field_is_documented_as_missing(): void
    {
        $paths = json_decode((string) file_get_contents(self::DOCS . '/openapi.json'), true)['paths'];
        $missing = static fn (string $path): bool => str_contains($paths[$path]['post']['responses']['400']['description'], 'rest_missing_callback_param');
        self::assertSame([false, false, false, false], array_map($missing, ['/two-factor/send-otp', '/users/{id}/unlock', '/users/{id}/revoke', '/users/{id}/enrolment-link']));
        self::assertSame([true, true, true], array_map($missing, ['/token', '/sso/exchange', '/change-password']), 'one of several values, or this one');
    }

    public function test_who_has_to_begin_anew_is_told_so(): void
    {
        $schemas = json_decode((string) file_get_contents(self::DOCS . '/openapi.json'), true)['components']['schemas'];
        $ends = [
            'sallyport_token_invalid', 'sallyport_token_stale', 'sallyport_token_unproven',
            'sallyport_refresh_reused', 'sallyport_challenge_gone', 'sallyport_sso_refused',
            'INVALID_TWO_FACTOR_COOKIE', 'OTP_HAS_EXPIRED', 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE',
        ];
        foreach ($ends as $code) {
            self::assertStringContainsString(' Please ', $schemas[$code]['description'], $code);
        }
    }

    public function test_the_headers_a_client_keeps_are_said(): void
    {
        $paths = json_decode((string) file_get_contents(self::DOCS . '/openapi.json'), true)['paths'];
        $person = $this->enrolled();
        $completed = $this->post('/challenge/verify', ['challenge' => $this->challenge($person), 'code' => $person->app->code(1), 'trust_device' => true]);
        self::assertNotNull($completed->header('x-sallyport-device'), (string) $completed);
        self::assertArrayHasKey('X-Sallyport-Device', $paths['/challenge/verify']['post']['responses']['200']['headers'] ?? []);
        self::assertNotNull($this->get(self::API . '/jwks')->header('etag'));
        self::assertArrayHasKey('ETag', $paths['/jwks']['get']['responses']['200']['headers'] ?? []);
    }

    public function test_where_a_site_has_its_rest_api_elsewhere_the_document_says_so(): void
    {
        $address = static::site()->php('add_filter("rest_url_prefix", static fn () => "api"); return Sallyport\WP\Rest\OpenApi::of("sallyport/v1", array(), home_url())["servers"][0]["url"];');
        self::assertSame('{site}/api/sallyport/v1', $address);
    }

    public function test_a_route_that_a_site_turned_off_is_not_in_its_document(): void
    {
        static::site()->wp('sallyport', 'setting', 'set', 'route_roles', 'register=off');
        try {
            $paths = json_decode(static::site()->wp('sallyport', 'openapi'), true)['paths'];
        } finally {
            static::site()->wp('sallyport', 'setting', 'reset', 'route_roles');
        }
        self::assertArrayNotHasKey('/register', $paths);
        self::assertArrayHasKey('/token', $paths);
    }

    public function test_the_tables_of_rest_md_are_what_openapi_json_says(): void
    {
        exec(
            implode(
                ' ',
                array_map(
                    escapeshellarg(...),
                    [PHP_BINARY, __DIR__ . '/../../bin/lib/docs/rest.php', self::DOCS . '/openapi.json', self::DOCS . '/rest.md'],
                ),
            ),
            $lines,
            $code,
        );
        self::assertSame(0, $code);
        $this->same(file_get_contents(self::DOCS . '/rest.md'), implode("\n", $lines) . "\n");
    }

    public function test_the_codes_for_typescript_are_those_of_openapi_json(): void
    {
        exec(implode(' ', array_map(escapeshellarg(...), [PHP_BINARY, __DIR__ . '/../../bin/lib/docs/codes.php', self::DOCS . '/openapi.json'])), $lines, $code);
        self::assertSame(0, $code);
        $this->same(file_get_contents(self::DOCS . '/codes.d.ts'), implode("\n", $lines) . "\n");
    }

    public function test_no_route_of_ours_is_registered_without_saying_what_it_is(): void
    {
        $silent = static::site()->php(<<<'PHP'
            $silent = [];
            foreach (rest_get_server()->get_routes('sallyport/v1') as $path => $handlers) {
                foreach ($handlers as $handler) {
                    if (!isset($handler['sallyport_route'])) {
                        $silent[] = $path;
                    }
                }
            }
            return $silent;
            PHP);
        self::assertSame(['/sallyport/v1'], $silent, "except core's own index of the namespace");
    }

    public function test_every_code_is_said_by_some_route(): void
    {
        $codes = static::site()->php('return array_column(\Sallyport\WP\Code::cases(), "value");');
        $shapes = json_decode(file_get_contents(self::DOCS . '/openapi.json'), true)['components']['schemas'];
        self::assertSame(self::COMMAND_LINE, array_values(array_diff($codes, array_keys($shapes))));
    }

    public function test_settings_md_lists_every_setting_and_its_default(): void
    {
        $defaults = static::site()->php(<<<'PHP'
            $settings = (new ReflectionClassConstant(\Sallyport\WP\Store\Settings::class, 'DEFAULTS'))->getValue();
            return array_map(static fn ($value) => is_bool($value) ? ($value ? 'true' : 'false') : implode(',', (array) $value), $settings);
            PHP);
        preg_match_all('/^\| `([a-z0-9_]+)` \| (?:`([^`]*)` )?\|/m', file_get_contents(self::DOCS . '/settings.md'), $rows);
        $documented = array_combine($rows[1], $rows[2]);
        ksort($defaults);
        ksort($documented);
        self::assertSame($defaults, $documented);
    }

    private function same(string $kept, string $generated): void
    {
        self::assertTrue(
            $kept === $generated,
            "stale: run bin/docs\n"
                . (
                    new \SebastianBergmann\Diff\Differ(new \SebastianBergmann\Diff\Output\UnifiedDiffOutputBuilder())
                )->diff($kept, $generated),
        );
    }
}
