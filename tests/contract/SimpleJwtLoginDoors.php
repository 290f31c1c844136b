<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Elsewhere;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/SimpleJwtLoginSite.php';
require_once __DIR__ . '/../support/Elsewhere.php';

/** A site with Simple JWT Login 4, the stand-in or SALLYPORT_SIMPLE_JWT_LOGIN=DIR, and functions to read its answers. */
trait SimpleJwtLoginDoors
{
    use SimpleJwtLoginSite;

    private const ME = '/wp-json/wp/v2/users/me';

    private static ?Site $own = null;

    protected function setUp(): void
    {
        self::set($this->site(), []);
    }

    public static function tearDownAfterClass(): void
    {
        self::$own?->down();
        self::$own = null;
    }

    protected function site(): Site
    {
        $real = getenv('SALLYPORT_SIMPLE_JWT_LOGIN');
        return self::$own ??= Site::up([
            'server' => 'fpm',
            'plugin' => [$real ?: __DIR__ . '/../fixtures/simple-jwt-login', Elsewhere::folder(Elsewhere::TWO_FACTOR), __DIR__ . '/probe'],
        ]);
    }

    private function someone(): Person
    {
        return Person::withoutFactor($this->site());
    }

    private function someoneEnrolled(): Person
    {
        return Person::enrolled($this->site());
    }

    private function refused(int $status, string $code, Response $answer): void
    {
        self::assertSame(['success', 'data'], array_keys((array) $answer->json), "in its envelope: $answer");
        $refusal = $this->door()->refusal($answer);
        self::assertSame([$status, $code], [$refusal['status'], $refusal['code']], (string) $answer);
        self::assertSame([null, null, null], [$this->tokenIn($answer), $answer->json['data']['refresh_token'] ?? null, $answer->header('set-cookie')], (string) $answer);
        self::assertStringContainsString('no-store', (string) $answer->header('cache-control'));
    }
}
