<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use PHPUnit\Framework\TestCase;
use Sallyport\Tests\CoCartDoor;
use Sallyport\Tests\Door;
use Sallyport\Tests\GraphqlDoor;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;
use Sallyport\Tests\UsefulTeamDoor;

require_once __DIR__ . '/SimpleJwtLoginSite.php';
require_once __DIR__ . '/../support/CoCartDoor.php';
require_once __DIR__ . '/../support/GraphqlDoor.php';
require_once __DIR__ . '/../support/UsefulTeamDoor.php';

/**
 * Two plugins that issue tokens on one site, loaded before Sallyport or after it. Users without a factor get the same answers
 * with Sallyport as without it; all others are asked for the code. The plugins are the stand-ins, or the real
 * ones, by the same variables as in their bridges' tests.
 */
final class TwoAtATimeTest extends TestCase
{
    use SimpleJwtLoginSite;

    private const ME = '/wp-json/wp/v2/users/me';

    /** Name in the environment => folder of the stand-in; they are activated in this order. */
    private const PLUGINS = [
        'wp_graphql' => 'wp-graphql',
        'cocart_core' => 'cart-rest-api-for-woocommerce',
        'tmeister' => 'jwt-authentication-for-wp-rest-api',
        'useful_team' => 'jwt-auth',
        'simple_jwt_login' => 'simple-jwt-login',
        'cocart' => 'cocart-jwt-authentication',
        'wp_graphql_jwt' => 'wp-graphql-jwt-authentication',
        'headless_login' => 'wp-graphql-headless-login',
    ];

    private static ?Site $pairs = null;

    public static function tearDownAfterClass(): void
    {
        self::$pairs?->down();
        self::$pairs = null;
    }

    /** @dataProvider pairs */
    public function testNothingBreaksAndThePasswordAloneSignsNobodyIn(string $one, string $other): void
    {
        [$plain, $enrolled] = [Person::withoutFactor($this->site()), $this->enrolled()];
        foreach ([['sallyport', $one, $other], [$other, $one, 'sallyport']] as $order) {
            $this->load(...array_diff($order, ['sallyport']));
            $without = $this->answers($plain);
            self::assertNotSame([], array_filter(array_column($without, 'tokens')), json_encode($without));
            $this->load(...$order);
            self::assertSame($without, $this->answers($plain), implode(', ', $order));
            foreach ($this->doors() as $name => $door) {
                $this->assertAsksForTheCode($without[$name]['tokens'], $door, $enrolled);
            }
        }
        self::assertSame([], preg_grep('~plugins/sallyport/|Fatal~', $this->site()->logged()));
    }

    /** @param int $given how many tokens a user without a factor receives here */
    private function assertAsksForTheCode(int $given, Door $door, Person $person): void
    {
        $answer = $door->login($person);
        self::assertSame(0, self::tokens($answer), "$door->issuer: $answer");
        self::assertLessThan(500, $answer->status, "$door->issuer: $answer");
        if ($given > 0) {
            self::assertStringContainsString('sallyport_second_factor_required', $answer->body, $door->issuer);
            self::assertSame($given, self::tokens($answer = $door->login($person, ['code' => $person->backupCode()])), "$door->issuer: $answer");
        }
    }

    /** Deactivates Sallyport, or only removes its folder. */
    public function testWithoutSallyportTheOtherPluginsAnswerAsBefore(): void
    {
        [$plain, $enrolled] = [Person::withoutFactor($this->site()), $this->enrolled()];
        $ways = ['deactivate_plugins("sallyport/sallyport.php");', 'rename(WP_PLUGIN_DIR . "/sallyport", WP_CONTENT_DIR . "/gone");'];
        foreach (array_diff(array_keys(self::PLUGINS), ['wp_graphql', 'cocart_core']) as $i => $plugin) {
            $this->load($plugin);
            $before = $this->answers($plain);
            $this->load('sallyport', $plugin);
            $issuing = array_filter($this->doors(), static fn (string $name): bool => $before[$name]['tokens'] > 0, ARRAY_FILTER_USE_KEY);
            $given = array_map(static fn (Door $door): Response => $door->login($enrolled, ['code' => $enrolled->backupCode()]), $issuing);
            self::assertNotSame([], $given, $plugin);
            $this->site()->php('require_once ABSPATH . "wp-admin/includes/plugin.php"; ' . $ways[$i % 2]);
            try {
                self::assertSame([$before, $before], [$this->answers($plain), $this->answers($enrolled)], $plugin);
                preg_match('/"(eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+)"/', current($given)->body, $token);
                $me = $this->site()->request('GET', $plugin === 'cocart' ? '/wp-json/cocart/probe/me' : self::ME, bearer: $token[1]);
                self::assertSame($enrolled->id, $me->json['id'] ?? null, "$plugin: the token from before, $me");
            } finally {
                $this->site()->php('is_dir(WP_CONTENT_DIR . "/gone") && rename(WP_CONTENT_DIR . "/gone", WP_PLUGIN_DIR . "/sallyport");');
            }
        }
        self::assertSame([], preg_grep('~plugins/sallyport/|Fatal~', $this->site()->logged()));
    }

    /** @return array<string, array{string, string}> each plugin twice, and the pairs that share a route or a mutation */
    public static function pairs(): array
    {
        $pairs = [
            ['tmeister', 'useful_team'],
            ['tmeister', 'simple_jwt_login'],
            ['useful_team', 'cocart'],
            ['simple_jwt_login', 'wp_graphql_jwt'],
            ['cocart', 'headless_login'],
            ['wp_graphql_jwt', 'headless_login'],
        ];
        return array_combine(array_map(static fn (array $pair): string => implode(', ', $pair), $pairs), $pairs);
    }

    /** @return array<string, Door> */
    private function doors(): array
    {
        return [
            'jwt-auth' => new UsefulTeamDoor($this->site()),
            'simple-jwt-login' => $this->door(),
            'cocart' => new CoCartDoor($this->site()),
            'wp_graphql_jwt' => GraphqlDoor::wpGraphqlJwt($this->site()),
            'headless_login' => GraphqlDoor::headlessLogin($this->site()),
        ];
    }

    /** @return array<string, array{status: int, tokens: int}> */
    private function answers(Person $person): array
    {
        $answers = [];
        foreach ($this->doors() as $name => $door) {
            $answers[$name] = $door->login($person);
            $answers["$name, wrong password"] = $door->submit($person->login, 'not theirs');
        }
        foreach (['a.b.c', 'eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.x'] as $bearer) {
            foreach ([self::ME, '/wp-json/cocart/probe/me', '/'] as $path) {
                $answers["$bearer at $path"] = $this->site()->request('GET', $path, bearer: $bearer);
            }
        }
        return array_map(static fn (Response $answer): array => ['status' => $answer->status, 'tokens' => self::tokens($answer)], $answers);
    }

    private static function tokens(Response $answer): int
    {
        return preg_match_all('/"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+"/', $answer->body);
    }

    private function enrolled(): Person
    {
        $this->load('sallyport');
        return Person::enrolled($this->site());
    }

    /** Makes these plugins, and those they depend on, the active ones. */
    private function load(string ...$names): void
    {
        $folders = ['sallyport' => 'sallyport'];
        foreach (self::PLUGINS as $name => $slug) {
            $folders[$name] = basename(getenv('SALLYPORT_' . strtoupper($name)) ?: $slug);
        }
        $under = ['cocart' => ['woocommerce', $folders['cocart_core']], 'wp_graphql_jwt' => [$folders['wp_graphql']], 'headless_login' => [$folders['wp_graphql']]];
        $active = array_merge(...array_map(static fn (string $name): array => [...$under[$name] ?? [], $folders[$name]], $names));
        $this->site()->php(<<<'PHP'
            require_once ABSPATH . 'wp-admin/includes/plugin.php';
            $files = array_keys(get_plugins());
            $active = array_map(fn (string $folder): string => (string) current(preg_grep("~^$folder/~", $files)), array_slice($argv, 1));
            update_option('active_plugins', array_values(array_unique(array_filter($active))));
            PHP, [...$active, 'sallyport-probe', 'probe']);
    }

    protected function site(): Site
    {
        if (self::$pairs === null) {
            $folder = static fn (string $name, string $slug): string => getenv('SALLYPORT_' . strtoupper($name)) ?: __DIR__ . "/../fixtures/$slug";
            self::$pairs = Site::up([
                'multisite' => false, // a network stores elsewhere which plugins are active
                'server' => 'fpm',
                'plugin' => [...array_filter([getenv('SALLYPORT_WOOCOMMERCE')]), ...array_map($folder, array_keys(self::PLUGINS), self::PLUGINS), __DIR__ . '/probe'],
                'define' => array_fill_keys(
                    ['JWT_AUTH_SECRET_KEY', 'COCART_JWT_AUTH_SECRET_KEY', 'GRAPHQL_JWT_AUTH_SECRET_KEY', 'GRAPHQL_LOGIN_JWT_SECRET_KEY'],
                    ContractSite::SECRET,
                ),
            ]);
            self::set(self::$pairs, []);
            self::$pairs->php('update_option("wpgraphql_login_provider_password", ["name" => "Password", "slug" => "password", "order" => 0, "isEnabled" => true]);');
        }
        return self::$pairs;
    }
}
