<?php

declare(strict_types=1);

/**
 * Prints the results of bench.php as a table: without JIT and with it, a ratio for each peer, and the goals.
 *
 *     php bench/table.php WITHOUT.json WITH.json [PROCESS.json]
 */

namespace Sallyport\Bench;

[$without, $with, $process] = array_map(
    static fn (string $file): array => json_decode((string) file_get_contents($file), true, 32, JSON_THROW_ON_ERROR),
    array_slice($argv, 1, 3),
) + [2 => []];
$under_jit = array_column($with['rows'], null, 'name');

/** A ratio, and whether the goal is met: `41.2× ✓`. */
$ratio = static function (?array $row, string $who, int $mode): string {
    if ($row === null || !isset($row['found'][$who])) {
        return '–';
    }
    $times = $row['found'][$who]['us'] / $row['found']['sallyport']['us'];
    $goal = $row['goals'][$who] ?? null;
    $goal = is_array($goal) ? $goal[$mode] : $goal;
    return sprintf($times >= 10 ? '%.0f×' : '%.2f×', $times) . ($goal === null ? '' : sprintf(' %s', $times >= $goal ? '✓' : sprintf('(goal %.4g×)', $goal)));
};

printf("PHP %s, %s\n\n", $without['php'], $without['cpu']);
echo "| operation | Sallyport | beside | times as fast, without JIT | with JIT |\n|---|---|---|---|---|\n";
foreach ($without['rows'] as $row) {
    $ours = $row['found']['sallyport'];
    $first = sprintf('%s | %.4g µs ±%.0f %%', $row['name'], $ours['us'], $ours['spread']);
    foreach (array_keys(array_slice($row['found'], 1)) as $who) {
        printf("| %s | %s | %s | %s |\n", $first, $who, $ratio($row, $who, 0), $with['jit'] ? $ratio($under_jit[$row['name']] ?? null, $who, 1) : '–');
        $first = ' | ';
    }
}
if ($process === []) {
    exit;
}
echo "\n| of the process | measured | goal |\n|---|---|---|\n";
foreach ($process as [$what, $found, $unit, $goal]) {
    printf("| %s | %s %s | at most %s %s%s |\n", $what, $found, $unit, $goal, $unit, $found <= $goal ? ' ✓' : '');
}
