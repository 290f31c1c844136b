<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

/** wp-plugin/languages: the template has the texts of the source, and the German translation is complete. bin/pot updates both. */
final class TranslationTest extends TestCase
{
    private const LANGUAGES = __DIR__ . '/../../wp-plugin/languages';
    private const RENEW = 'run bin/pot, and translate what is empty in wp-plugin/languages/sallyport-de_DE.po; then bin/pot again';

    /** function => which arguments are text, and which is the context */
    private const TEXTS = [
        '__' => [[0], null], '_e' => [[0], null], 'esc_html__' => [[0], null], 'esc_html_e' => [[0], null], 'esc_attr__' => [[0], null], 'esc_attr_e' => [[0], null],
        '_x' => [[0], 1], '_ex' => [[0], 1], 'esc_html_x' => [[0], 1], 'esc_attr_x' => [[0], 1],
        '_n' => [[0, 1], null], '_nx' => [[0, 1], 3], '_n_noop' => [[0, 1], null], '_nx_noop' => [[0, 1], 2],
    ];

    public function test_the_template_has_the_texts_of_the_source(): void
    {
        preg_match('/^ \* Description: *(.*)$/m', Source::all()['sallyport.php']->text, $description);
        $texts = [self::key(null, [$description[1]])];
        foreach (Source::all() as $file) {
            foreach (self::TEXTS as $function => [$which, $context]) {
                foreach ($file->arguments($function) as $arguments) {
                    $said = static fn (int $i): string => self::literal($arguments[$i][0]);
                    $texts[] = self::key($context === null ? null : $said($context), array_map($said, $which));
                }
            }
        }
        $texts = array_values(array_unique($texts));
        $template = array_keys(self::entries(self::text('sallyport.pot')));
        sort($texts);
        sort($template);
        self::assertGreaterThan(500, count($texts));
        self::assertSame([], array_values(array_diff($texts, $template)), 'not in sallyport.pot: ' . self::RENEW);
        self::assertSame([], array_values(array_diff($template, $texts)), 'in the source no more: ' . self::RENEW);
        self::assertStringContainsString('Project-Id-Version: Sallyport ' . self::version(), self::text('sallyport.pot'), self::RENEW);
    }

    /** As xgettext does it: a comment belongs to the first text after it. */
    public function test_translators_are_told_what_a_placeholder_stands_for(): void
    {
        $untold = [];
        foreach (Source::all() as $path => $file) {
            $is_told = false;
            $tokens = array_values(array_filter(\PhpToken::tokenize($file->text), static fn (\PhpToken $token): bool => !$token->is(T_WHITESPACE)));
            foreach ($tokens as $i => $token) {
                if ($token->is([T_COMMENT, T_DOC_COMMENT])) {
                    $is_told = str_contains($token->text, 'translators:');
                } elseif (isset(self::TEXTS[$token->text]) && $tokens[$i + 1]->text === '(') {
                    if (!$is_told && self::places(self::literal($tokens[$i + 2])) !== []) {
                        $untold[] = "$path:$token->line";
                    }
                    $is_told = false;
                }
            }
        }
        self::assertSame([], $untold, 'a text with a placeholder, and right before its call no /* translators: */');
    }

    public function test_the_german_translation_is_whole_and_means_the_same_places(): void
    {
        $german = self::entries(self::text('sallyport-de_DE.po'));
        self::assertEqualsCanonicalizing(array_keys(self::entries(self::text('sallyport.pot'))), array_keys($german), self::RENEW);
        foreach ($german as $key => $entry) {
            self::assertFalse($entry['fuzzy'], "guessed: $key");
            self::assertCount(count($entry['texts']), $entry['translations'], "$key: " . self::RENEW);
            foreach ($entry['translations'] as $i => $translation) {
                self::assertNotSame('', $translation, "not translated: $key. " . self::RENEW);
                $text = $entry['texts'][$i];
                self::assertSame(self::places($text), self::places($translation), "$key: placeholders");
                self::assertSame(self::tags($text), self::tags($translation), "$key: tags");
                self::assertSame([substr_count($text, "\n"), trim($text) === $text], [substr_count($translation, "\n"), trim($translation) === $translation], "$key: lines");
            }
        }
        // Like WordPress' own German: it addresses the reader informally.
        self::assertSame(
            [],
            array_values(
                preg_grep(
                    '/\b(Sie|Ihre?[mnrs]?) (können|müssen|haben|sind|sich|Passwort|Konto|bitte)\b/',
                    array_map(static fn (array $entry): string => implode(' ', $entry['translations']), $german),
                ),
            ),
        );
    }

    /** The compiled file that WordPress reads. */
    public function test_the_compiled_translation_is_that_of_the_source(): void
    {
        $file = (string) file_get_contents(self::LANGUAGES . '/sallyport-de_DE.mo');
        ['magic' => $magic, 'count' => $count, 'ids' => $ids, 'texts' => $texts] = unpack('Vmagic/Vrevision/Vcount/Vids/Vtexts', $file);
        self::assertSame(0x950412de, $magic);
        $read = static function (int $table, int $i) use ($file): string {
            ['length' => $length, 'offset' => $offset] = unpack('Vlength/Voffset', $file, $table + 8 * $i);
            return substr($file, $offset, $length);
        };
        $compiled = [];
        for ($i = 0; $i < $count; $i++) {
            $compiled[$read($ids, $i)] = $read($texts, $i);
        }
        unset($compiled['']);
        $expected = [];
        foreach (self::entries(self::text('sallyport-de_DE.po')) as $entry) {
            $expected[($entry['context'] === null ? '' : $entry['context'] . "\4") . implode("\0", $entry['texts'])] = implode("\0", $entry['translations']);
        }
        self::assertEquals($expected, $compiled, self::RENEW);
    }

    private static function version(): string
    {
        preg_match('/^ \* Version: *(.*)$/m', Source::all()['sallyport.php']->text, $version);
        return $version[1];
    }

    private static function text(string $name): string
    {
        return (string) file_get_contents(self::LANGUAGES . '/' . $name);
    }

    /** @param list<string> $texts */
    private static function key(?string $context, array $texts): string
    {
        return ($context === null ? '' : "$context: ") . $texts[0];
    }

    private static function literal(\PhpToken $token): string
    {
        $text = substr($token->text, 1, -1);
        return $token->text[0] === '"' ? stripcslashes($text) : strtr($text, ["\\'" => "'", '\\\\' => '\\']);
    }

    /** @return list<string> */
    private static function places(string $text): array
    {
        preg_match_all('/%(?:\d+\$)?[sd]/', $text, $places);
        sort($places[0]);
        return $places[0];
    }

    /** @return list<string> */
    private static function tags(string $text): array
    {
        preg_match_all('~</?[a-z][^>]*>~', $text, $tags);
        return $tags[0];
    }

    /** @return array<string, array{context: ?string, texts: list<string>, translations: list<string>, fuzzy: bool}> of a .po or .pot */
    private static function entries(string $file): array
    {
        $entries = [];
        foreach (preg_split('/\n\n+/', trim($file)) as $block) {
            preg_match_all('/^(msg\w+(?:\[\d\])?) ((?:".*"\n?)+)/m', "$block\n", $fields, PREG_SET_ORDER);
            $said = [];
            foreach ($fields as [, $name, $text]) {
                preg_match_all('/"(.*)"/', $text, $parts);
                $said[$name] = stripcslashes(implode('', $parts[1]));
            }
            if (($said['msgid'] ?? '') !== '') {
                $texts = array_values(array_intersect_key($said, ['msgid' => 1, 'msgid_plural' => 1]));
                $entries[self::key($said['msgctxt'] ?? null, $texts)] = [
                    'context' => $said['msgctxt'] ?? null,
                    'texts' => $texts,
                    'translations' => array_values(array_filter($said, static fn (string $name): bool => str_starts_with($name, 'msgstr'), ARRAY_FILTER_USE_KEY)),
                    'fuzzy' => preg_match('/^#, .*\bfuzzy\b/m', $block) === 1,
                ];
            }
        }
        return $entries;
    }
}
