<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Site;

require_once __DIR__ . '/../support/Site.php';
require_once __DIR__ . '/../support/Totp.php';
require_once __DIR__ . '/../support/Browser.php';
require_once __DIR__ . '/../support/Person.php';
require_once __DIR__ . '/../support/Door.php';
require_once __DIR__ . '/../support/Jwt.php';

/**
 * The sites on which the contract is tested: Sallyport, a plugin that issues tokens, and the test plugin in tests/contract/probe.
 *
 * SALLYPORT_TMEISTER=DIR uses another JWT Authentication for WP REST API instead of the stand-in: the real one. Every plugin
 * has such a variable: SALLYPORT_ and the name of its bridge.
 */
final class ContractSite
{
    public const SECRET = 'known to the tests, and to other code on the site';

    private const TMEISTER = ['tmeister', 'jwt-authentication-for-wp-rest-api', ['JWT_AUTH_SECRET_KEY' => self::SECRET]];

    /** @var array<string, Site> by the plugin's slug */
    private static array $sites = [];

    public static function get(): Site
    {
        return self::with(...self::TMEISTER);
    }

    /**
     * One site for each plugin that issues tokens.
     *
     * @param string $issuer the name from Issuer::name()
     * @param string $slug of the stand-in in tests/fixtures
     * @param array<string, string> $define
     * @param array<string, string> $beside plugins it needs: name for the environment => slug
     */
    public static function with(string $issuer, string $slug, array $define, array $beside = []): Site
    {
        return self::$sites[$slug] ??= Site::up(self::plugins($issuer, $slug, $define, $beside));
    }

    /** @return array<string, mixed> options for a separate site with the same plugins */
    public static function options(): array
    {
        return self::plugins(...self::TMEISTER);
    }

    /** @param array<string, string> $define @param array<string, string> $beside @return array<string, mixed> */
    private static function plugins(string $issuer, string $slug, array $define, array $beside = []): array
    {
        $plugins = array_map(
            static fn (string $name, string $slug): string => getenv('SALLYPORT_' . strtoupper(str_replace('-', '_', $name))) ?: __DIR__ . "/../fixtures/$slug",
            array_keys($beside + [$issuer => $slug]),
            $beside + [$issuer => $slug],
        );
        // PHP's own server may give all simultaneous requests to one worker, which answers them one after another: no race at all.
        return [
            'server' => 'fpm',
            'plugin' => [...$plugins, __DIR__ . '/probe'],
            'define' => $define,
        ];
    }
}
