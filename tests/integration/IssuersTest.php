<?php

declare(strict_types=1);

use Sallyport\WP\Plugin;

/** The bearers of a request are known before anybody has asked for its user: no filter that reads them has run. */
final class IssuersTest extends WPTestCase
{
    protected function tearDown(): void
    {
        unset($_SERVER['HTTP_AUTHORIZATION'], $_SERVER['REDIRECT_HTTP_AUTHORIZATION']);
        parent::tearDown();
    }

    public function test_a_bearer_is_presented_wherever_the_server_puts_it(): void
    {
        foreach (['HTTP_AUTHORIZATION', 'REDIRECT_HTTP_AUTHORIZATION'] as $header) {
            $_SERVER[$header] = 'Bearer a.b.c';
            self::assertSame(['a.b.c'], (new Plugin())->issuers()->presented());
            unset($_SERVER[$header]);
        }
    }

    public function test_anything_but_a_bearer_is_not_presented(): void
    {
        self::assertSame([], (new Plugin())->issuers()->presented());
        $_SERVER['HTTP_AUTHORIZATION'] = 'Basic dTpw';
        self::assertSame([], (new Plugin())->issuers()->presented());
    }
}
