<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;
use Sallyport\WP\Notice\Notice;

require_once __DIR__ . '/Source.php';

/** The mails to users: one table in the code, and the same in docs/mails.md. */
final class NoticesTest extends TestCase
{
    public static function setUpBeforeClass(): void
    {
        require_once dirname(__DIR__, 2) . '/wp-plugin/src/Notice/Notice.php';
    }

    public function test_the_page_lists_the_notices_of_the_code(): void
    {
        preg_match_all('/^\| `(\w+)` \| .+ \| (each time|once an hour) \|$/m', (string) file_get_contents(dirname(__DIR__, 2) . '/docs/mails.md'), $rows);
        $code = array_combine(
            array_column(Notice::cases(), 'value'),
            array_map(static fn (Notice $notice): string => $notice->is_throttled() ? 'once an hour' : 'each time', Notice::cases()),
        );
        self::assertSame($code, array_combine($rows[1], $rows[2]));
    }

    /** Otherwise wp_mail() would be called in two places, in two ways. */
    public function test_only_the_mailer_mails(): void
    {
        $files = array_keys(array_filter(Source::all(), static fn (Source $file): bool => $file->calls('wp_mail') !== []));
        self::assertSame(['src/Mailer.php'], $files);
    }
}
