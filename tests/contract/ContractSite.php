<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Site;

require_once __DIR__ . '/../support/Site.php';
require_once __DIR__ . '/../support/Totp.php';
require_once __DIR__ . '/../support/Person.php';
require_once __DIR__ . '/../support/Door.php';
require_once __DIR__ . '/../support/Jwt.php';

/**
 * The site the contract is held against: Sallyport beside a plugin that issues tokens of its own, and the probe.
 *
 * SALLYPORT_TMEISTER=DIR takes another JWT Authentication for WP REST API than the stand-in: the real one.
 */
final class ContractSite
{
    public const SECRET = 'known to the tests, and to other code on the site';

    private static ?Site $site = null;

    public static function get(): Site
    {
        return self::$site ??= Site::up(self::options());
    }

    /** @return array<string, mixed> for a site of one's own with the same plugins */
    public static function options(): array
    {
        // PHP's own server may hand all that comes at once to one worker, which answers one after another: no race at all.
        return (getenv('SALLYPORT_SITE_PHP') ? [] : ['server' => 'fpm']) + [
            'plugin' => [getenv('SALLYPORT_TMEISTER') ?: __DIR__ . '/../fixtures/jwt-authentication-for-wp-rest-api', __DIR__ . '/probe'],
            'define' => ['JWT_AUTH_SECRET_KEY' => self::SECRET],
        ];
    }
}
