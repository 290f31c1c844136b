<?php

declare(strict_types=1);

/**
 * Measures, and prints the results as JSON on stdout and the progress on stderr. bin/bench calls it once
 * without JIT and once with it.
 *
 *     php -d extension=… bench/bench.php [--peer=NAME=FOLDER …] [--rounds=9] [--only=WORD]
 */

namespace Sallyport\Bench;

foreach (['Peers', 'Row', 'Measure'] as $class) {
    require __DIR__ . "/$class.php";
}

$options = getopt('', ['peer:', 'rounds:', 'only:']);
$folders = [];
foreach ((array) ($options['peer'] ?? []) as $peer) {
    [$name, $folder] = explode('=', $peer, 2) + [1 => ''];
    $folders[$name] = $folder;
}
try {
    $peers = new Peers($folders);
} catch (\InvalidArgumentException $e) {
    fwrite(STDERR, $e->getMessage() . "\n");
    exit(2);
}
$measure = new Measure((int) ($options['rounds'] ?? 9));
$rows = [];
foreach (['tokens', 'codes', 'backup-codes', 'qr', 'calls'] as $file) {
    foreach ((require __DIR__ . "/cases/$file.php")($peers) as $row) {
        if (str_contains($row->name, (string) ($options['only'] ?? ''))) {
            fwrite(STDERR, sprintf("%-34s", $row->name));
            $found = $measure->row($row);
            fwrite(STDERR, sprintf("%10.2f us\n", $found['sallyport']['us']));
            $rows[] = ['name' => $row->name, 'found' => $found, 'goals' => $row->goals];
        }
    }
}
$told = (string) @file_get_contents('/proc/cpuinfo');
preg_match('/^model name\s*: (.*)$/m', $told, $model);
preg_match('/^flags\s*: (.*)$/m', $told, $flags);
$cpu = ($model[1] ?? php_uname('m')) . ': ' . implode(' ', array_intersect(['sha_ni', 'avx2', 'avx512f', 'vaes'], explode(' ', $flags[1] ?? '')));
$jit = function_exists('opcache_get_status') ? (opcache_get_status(false)['jit']['on'] ?? false) : false;
echo json_encode(['php' => PHP_VERSION, 'cpu' => $cpu, 'jit' => $jit, 'peers' => $peers->names, 'rows' => $rows], JSON_THROW_ON_ERROR), "\n";
