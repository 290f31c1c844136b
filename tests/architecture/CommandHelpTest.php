<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

/** What `wp help sallyport …` shows: every example is an existing command, with options that it has. */
final class CommandHelpTest extends TestCase
{
    private const SHOWN = [
        'activity', 'factor link', 'factor missing', 'factor reset', 'import two-factor', 'import undo',
        'import wp-2fa', 'key rotate', 'policy set', 'probe', 'site add', 'status', 'webhook add',
    ];

    public function test_examples_in_the_help_use_existing_options(): void
    {
        $shown = [];
        foreach (self::helps() as $command => $help) {
            preg_match('/^ \* ## EXAMPLES\n(.*?)(?=^ \* @|\z)/ms', $help, $section);
            preg_match_all('/^ \*     (wp .*)$/m', $section[1] ?? '', $examples);
            preg_match_all('/^ \* (\[?)(<[\w-]+>|--[\w-]+)/m', $help, $takes, PREG_SET_ORDER);
            $least = array_filter($takes, static fn (array $one): bool => $one[1] === '' && $one[2][0] === '<');
            foreach ($examples[1] as $example) {
                $words = str_getcsv(preg_split('/ [|>] /', $example)[0], ' ', '"', '');
                $options = array_map(static fn (string $word): string => strtok($word, '='), preg_grep('/^--/', $words));
                self::assertStringStartsWith("wp sallyport $command", $example);
                self::assertSame([], array_diff($options, array_column($takes, 2)), $example);
                self::assertGreaterThanOrEqual(count($least), count($words) - count($options) - 2 - count(explode(' ', $command)), $example);
                $shown[] = $command;
            }
        }
        self::assertSame([], array_values(array_diff(self::SHOWN, $shown)), 'commands that people look up in an emergency need an example');
    }

    /** WP-CLI uses the first line as the short description, wherever its sentence ends. */
    public function test_the_short_description_of_a_command_is_one_line(): void
    {
        foreach (self::helps() as $command => $help) {
            self::assertMatchesRegularExpression('~^/\*\*\n \* .+\.\n \*(\n|/)~', $help, $command);
        }
    }

    /** @return array<string, string> Command => its doc comment, without indentation. */
    private static function helps(): array
    {
        preg_match_all("/'(\w+)'\s+=> new (\w+Command)\(/", Source::all()['src/Configuring.php']->text, $commands, PREG_SET_ORDER);
        $helps = [];
        foreach ($commands as [, $noun, $class]) {
            $text = Source::all()["src/Cli/$class.php"]->text;
            preg_match_all('~(/\*\*(?:(?!\*/).)*\*/)\s+public function (?!__construct)(\w+)\(~s', $text, $methods, PREG_SET_ORDER);
            foreach ($methods as [, $help, $method]) {
                $verb = preg_match('/@subcommand (\S+)/', $help, $named) ? $named[1] : rtrim($method, '_');
                $helps[$verb === '__invoke' ? $noun : "$noun $verb"] = preg_replace('/^\t/m', '', $help);
            }
        }
        return $helps;
    }
}
