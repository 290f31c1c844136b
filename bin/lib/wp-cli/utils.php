<?php

namespace WP_CLI\Utils;

function get_flag_value(array $assoc, string $flag, $default = null)
{
    return $assoc[$flag] ?? $default;
}

/** @param iterable<array<string, mixed>|object> $items @param list<string>|string $fields */
function format_items(string $format, iterable $items, $fields): void
{
    $fields = is_array($fields) ? $fields : array_map('trim', explode(',', $fields));
    $rows = [];
    foreach ($items as $item) {
        if ($format === 'ids') {
            $rows[] = $item;
            continue;
        }
        $item = (array) $item;
        $rows[] = array_combine($fields, array_map(static fn (string $field) => $item[$field] ?? null, $fields));
    }
    $text = static fn ($value): string => is_scalar($value) || $value === null ? (string) $value : json_encode($value);
    switch ($format) {
        case 'count':
            \WP_CLI::line((string) count($rows));
            break;
        case 'ids':
            \WP_CLI::line(implode(' ', $rows));
            break;
        case 'json':
            fwrite(STDOUT, json_encode($rows)); // without a newline, like WP-CLI
            break;
        case 'yaml':
            \WP_CLI::line('---');
            foreach ($rows as $row) {
                $lead = '-';
                foreach ($row as $field => $value) {
                    \WP_CLI::line("$lead $field: " . json_encode($value));
                    $lead = ' ';
                }
            }
            break;
        case 'csv':
            fputcsv(STDOUT, $fields, escape: '');
            foreach ($rows as $row) {
                fputcsv(STDOUT, array_map($text, $row), escape: '');
            }
            break;
        case 'table':
            // If stdout is not a terminal, WP-CLI also prints columns separated by tabs.
            \WP_CLI::line(implode("\t", $fields));
            foreach ($rows as $row) {
                \WP_CLI::line(implode("\t", array_map($text, $row)));
            }
            break;
        default:
            \WP_CLI::error("Invalid format: $format");
    }
}
