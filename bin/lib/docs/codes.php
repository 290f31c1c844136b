<?php
// codes.php OPENAPI.JSON: prints the codes of all refusals, and what comes with each, as TypeScript.
declare(strict_types=1);

$schemas = json_decode((string) file_get_contents($argv[1]), true, 64, JSON_THROW_ON_ERROR)['components']['schemas'];
$refusals = array_filter($schemas, static fn (array $schema): bool => isset($schema['properties']['code']['const']));
ksort($refusals);

/** @param array<string, mixed> $schema */
function type(array $schema): string
{
    if (array_key_exists('const', $schema)) {
        return json_encode($schema['const'], JSON_THROW_ON_ERROR);
    }
    if (isset($schema['enum'])) {
        return implode(' | ', array_map(static fn (mixed $value): string => json_encode($value, JSON_THROW_ON_ERROR), $schema['enum']));
    }
    return implode(' | ', array_map(static fn (string $type): string => match ($type) {
        'integer', 'number' => 'number',
        'array' => 'Array<' . type($schema['items'] ?? []) . '>',
        'object' => isset($schema['properties']) ? fields($schema) : 'Record<string, ' . type((array) ($schema['additionalProperties'] ?? [])) . '>',
        default => $type,
    }, (array) ($schema['type'] ?? 'unknown')));
}

/** @param array<string, mixed> $schema */
function fields(array $schema): string
{
    $fields = [];
    foreach ($schema['properties'] as $name => $property) {
        $fields[] = $name . (in_array($name, $schema['required'] ?? [], true) ? ': ' : '?: ') . type($property);
    }
    return '{ ' . implode('; ', $fields) . ' }';
}

echo "// Made by bin/docs of docs/openapi.json. How Sallyport refuses: {code, message, data}, and never a token.\n\n";
echo "/** Under each code, what `data` holds. */\nexport interface RefusalData {\n";
foreach ($refusals as $code => $schema) {
    printf("  /** %s */\n  %s: %s;\n", $schema['description'], $code, type($schema['properties']['data']));
}
echo "}\n\nexport type RefusalCode = keyof RefusalData;\n\n";
echo "/** One that is told by its `code`: `if (refusal.code === 'sallyport_locked') refusal.data.retry_after`. */\n";
echo "export type Refusal = { [C in RefusalCode]: { code: C; message: string; data: RefusalData[C] } }[RefusalCode];\n";
