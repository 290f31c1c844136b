<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

/** The reasons why a token is not valid, of the plugin and of the extension, are listed in docs/openapi.json. */
final class TokenReasonsTest extends TestCase
{
    public function test_the_document_lists_every_reason_there_is_and_no_other(): void
    {
        $root = dirname(__DIR__, 2);
        $document = json_decode((string) file_get_contents("$root/docs/openapi.json"), true);
        $listed = $document['components']['schemas']['sallyport_token_invalid']['properties']['data']['properties']['reason']['enum'] ?? [];

        $plugin = implode("\n", array_map(static fn (Source $file): string => $file->text, Source::all()));
        preg_match_all("/token_invalid\\( '(\\w+)' \\)/", $plugin, $ours);
        preg_match_all('/Self::\w+ => "(\w+)"/', (string) file_get_contents("$root/src/error.rs"), $theirs);

        self::assertEqualsCanonicalizing(array_values(array_unique([...$ours[1], ...$theirs[1]])), $listed);
    }
}
