<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;
use Sallyport\WP\Activity\Event;

require_once __DIR__ . '/Source.php';

/** The events of the activity log: one table in the code, and the same in docs/activity.md. */
final class EventsTest extends TestCase
{
    public static function setUpBeforeClass(): void
    {
        // The sentences are translated; here they stay English.
        if (!function_exists('__')) {
            eval('function __(string $text): string { return $text; }');
        }
        require_once dirname(__DIR__, 2) . '/wp-plugin/src/Activity/Event.php';
    }

    public function test_the_page_lists_the_events_of_the_code_with_their_meanings(): void
    {
        $page = explode("\n## Events\n", (string) file_get_contents(dirname(__DIR__, 2) . '/docs/activity.md'))[1];
        preg_match_all('/^\| `(\w+)` \| (.+) \|$/m', $page, $rows);
        $code = array_combine(
            array_column(Event::cases(), 'value'),
            array_map(static fn (Event $event): string => $event->meaning(), Event::cases()),
        );
        self::assertSame($code, array_combine($rows[1], $rows[2]));
    }

    public function test_every_event_has_a_short_title_of_its_own(): void
    {
        $titles = array_map(static fn (Event $event): string => $event->title(), Event::cases());
        self::assertSame($titles, array_unique($titles));
        foreach ($titles as $title) {
            self::assertLessThanOrEqual(90, mb_strlen($title), $title);
            self::assertDoesNotMatchRegularExpression('/\.$/', $title);
        }
    }

    public function test_every_event_is_recorded_by_somebody(): void
    {
        $text = implode(
            "\n",
            array_map(
                static fn (Source $file): string => preg_match('~^src/(Activity/Event\.php|Notice/)~', $file->path) === 1
                    ? ''
                    : $file->text,
                Source::all(),
            ),
        );
        foreach (Event::cases() as $event) {
            self::assertMatchesRegularExpression("/\\bEvent::$event->name\\b/", $text, 'nobody records it');
        }
    }

    public function test_names_are_words_and_fit_their_column(): void
    {
        foreach (Event::cases() as $event) {
            self::assertMatchesRegularExpression('/^[a-z]+(_[a-z]+)*$/D', $event->value);
            self::assertLessThanOrEqual(64, strlen($event->value));
        }
    }

    /** The log accepts only cases of the enum: a text would be a TypeError, but only at run time. */
    public function test_only_event_cases_are_recorded(): void
    {
        $wrong = [];
        foreach (Source::all() as $file) {
            if (preg_match_all('/(?:activity->record|families->end|->announce)\(\s*(?:\$\w+,\s*)?([\'"]\w+[\'"])/', $file->text, $found)) {
                $wrong[$file->path] = array_diff($found[1], ["'failed'", "'success'"]);
            }
        }
        self::assertSame([], array_filter($wrong));
    }
}
