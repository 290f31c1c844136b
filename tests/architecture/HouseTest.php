<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

/** Rules for all files of the plugin. */
final class HouseTest extends TestCase
{
    private const TRANSLATORS = [
        '__' => 2, '_e' => 2, 'esc_html__' => 2, 'esc_html_e' => 2, 'esc_attr__' => 2, 'esc_attr_e' => 2,
        '_x' => 3, '_ex' => 3, 'esc_html_x' => 3, 'esc_attr_x' => 3, '_n' => 4, '_nx' => 5, '_n_noop' => 3, '_nx_noop' => 4,
    ];

    public function test_types_are_strict_everywhere(): void
    {
        foreach (Source::all() as $file) {
            $words = array_column(array_slice($file->tokens, 0, 7), 'text');
            self::assertSame(['declare', '(', 'strict_types', '=', '1', ')', ';'], $words, $file->path);
        }
    }

    public function test_files_are_short(): void
    {
        foreach (Source::all() as $file) {
            self::assertLessThanOrEqual(350, substr_count($file->text, "\n"), $file->path);
        }
    }

    public function test_a_file_under_src_holds_one_class_of_its_name(): void
    {
        foreach (Source::all() as $file) {
            if (!str_starts_with($file->path, 'src/')) {
                continue;
            }
            $classes = [];
            foreach ($file->tokens as $i => $token) {
                if ($token->is([T_CLASS, T_INTERFACE, T_ENUM, T_TRAIT]) && $file->tokens[$i + 1]->is(T_STRING) && !$file->tokens[$i - 1]->is([T_DOUBLE_COLON, T_NEW])) {
                    $classes[] = $file->tokens[$i + 1]->text;
                }
            }
            self::assertSame([basename($file->path, '.php')], $classes, $file->path);
        }
    }

    /** What PHP notices only when the line runs: a `use` that was forgotten, or whose class is gone. */
    public function test_every_class_of_ours_that_is_named_is_there(): void
    {
        $there = array_fill_keys(array_map(static fn (Source $file): string => 'Sallyport\\WP\\' . $file->name(), array_values(Source::all())), true);
        $missing = [];
        foreach (Source::all() as $file) {
            foreach ([...array_fill_keys($file->imports(), 0), ...$file->classes()] as $class => $line) {
                if (str_starts_with($class, 'Sallyport\\WP\\') && !isset($there[$class])) {
                    $missing[] = "$file->path:$line $class";
                }
            }
        }
        self::assertSame([], $missing);
    }

    public function test_text_is_translated_in_our_own_domain(): void
    {
        $texts = 0;
        foreach (Source::all() as $file) {
            foreach (self::TRANSLATORS as $function => $count) {
                foreach ($file->arguments($function) as $arguments) {
                    $texts++;
                    self::assertCount($count, $arguments, "$file->path: $function()");
                    self::assertSame("'sallyport'", implode('', array_column(end($arguments), 'text')), "$file->path: $function()");
                    self::assertTrue(count($arguments[0]) === 1 && $arguments[0][0]->is(T_CONSTANT_ENCAPSED_STRING), "$file->path: a text must be a literal");
                }
            }
        }
        self::assertGreaterThan(30, $texts);
    }

    public function test_no_class_has_a_vague_name(): void
    {
        foreach (Source::all() as $file) {
            self::assertDoesNotMatchRegularExpression('/(Manager|Helper|Util|Utils|Data|Info|Provider|Session)$/', basename($file->path, '.php'), $file->path);
        }
    }

    public function test_nothing_dumps_or_evaluates(): void
    {
        foreach (Source::all() as $file) {
            self::assertSame(
                [],
                $file->calls(
                    'var_dump',
                    'print_r',
                    'var_export',
                    'unserialize',
                    'extract',
                    'assert',
                    'create_function',
                    'call_user_func',
                    'phpinfo',
                ),
                $file->path,
            );
            foreach ($file->tokens as $token) {
                self::assertFalse($token->is([T_EVAL, T_GOTO]), "$file->path:$token->line");
            }
        }
    }

    public function test_what_is_kept_from_the_sniffs_says_why(): void
    {
        foreach (Source::all() as $file) {
            self::assertDoesNotMatchRegularExpression('/phpcs:(ignore|disable)(?!.* -- \S)/', $file->text, $file->path);
        }
    }

    /** WP-CLI prints a doc comment of one line with its slashes and stars. */
    public function test_the_help_of_a_command_is_of_several_lines(): void
    {
        $commands = array_filter(Source::all(), static fn (Source $file): bool => preg_match('~^src/Cli/\w+Command\.php$~', $file->path) === 1);
        self::assertNotSame([], $commands);
        foreach ($commands as $file) {
            self::assertDoesNotMatchRegularExpression('~^\s*/\*\* .*\*/\s+(final class|public function (?!__construct))~m', $file->text, $file->path);
        }
    }
}
