<?php

declare(strict_types=1);

use Sallyport\WP\Code;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

/** The server's log tells whoever runs the site why nobody with a factor gets in. */
final class ServerLogTest extends WPTestCase
{
    public function test_the_reason_for_a_refusal_is_logged_once_a_minute(): void
    {
        $gone = Refusal::unavailable(Problem::ExtensionMissing);
        self::assertSame('', self::logged(static fn () => Refusal::unavailable(Problem::ExtensionMissing)), 'nobody was refused');
        $said = self::logged(static fn () => [$gone->to_error(), $gone->to_graphql(), $gone->as(Code::FactorUnavailable)->to_error()]);
        self::assertSame(1, substr_count($said, 'Sallyport: ' . Problem::ExtensionMissing->message()), $said);
        self::assertStringContainsString(
            'Sallyport: ' . Problem::Database->message(),
            self::logged(static fn () => Refusal::unavailable(Problem::Database)->to_error()),
            'another one',
        );
        self::assertSame('', self::logged(static fn () => (new Refusal(Code::Unavailable))->to_error()));

        update_option('sallyport_logged', ['ExtensionMissing' => time() - 59]);
        self::assertSame('', self::logged(static fn () => $gone->to_error()));
        update_option('sallyport_logged', ['ExtensionMissing' => time() - 60]);
        self::assertSame(1, substr_count(self::logged(static fn () => $gone->to_error()), 'Sallyport: '));
        update_option('sallyport_logged', 'x');
        self::assertSame(1, substr_count(self::logged(static fn () => $gone->to_error()), 'Sallyport: '));
        self::assertStringNotContainsString('extension', $gone->to_error()->get_error_message(), 'the client is not told');
    }

    public function test_requests_without_a_refusal_do_not_read_the_last_time(): void
    {
        Refusal::unavailable(Problem::ExtensionMissing)->to_error();
        self::assertArrayNotHasKey('sallyport_logged', wp_load_alloptions(true));
    }
}
