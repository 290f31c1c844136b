<?php

declare(strict_types=1);

/**
 * What the extension costs a process: at its start, while idle in php-fpm, and while it hashes for hours. JSON on stdout.
 *
 *     php bench/process.php EXTENSION [PHP-FPM]
 */

namespace Sallyport\Bench;

[, $extension, $fpm] = $argv + [2 => ''];

/** Median milliseconds of processor time for `php -n -r ''`, alternating: with the extension, and without it. @return array{float, float} */
function start_up(string $extension): array
{
    $took = [[], []];
    for ($i = 0; $i < 80; $i++) {
        $with = $i % 2;
        $began = children();
        $process = proc_open([PHP_BINARY, '-n', ...($with ? ['-d', "extension=$extension"] : []), '-r', ''], [], $pipes);
        proc_close($process);
        $took[$with][] = children() - $began;
    }
    return array_map(static function (array $times): float {
        sort($times);
        return $times[intdiv(count($times), 2)];
    }, $took);
}

/** Milliseconds of processor time that all children have used so far. */
function children(): float
{
    $used = getrusage(1);
    return 1000 * ($used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec']) + ($used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec']) / 1000;
}

/** KiB in one line of /proc/PID/status. */
function kib(int|string $pid, string $line): int
{
    preg_match("/^$line:\s+(\d+) kB$/m", (string) file_get_contents("/proc/$pid/status"), $kib);
    return (int) $kib[1];
}

/** Resident memory of an idle worker, in KiB. */
function worker(string $fpm, string ...$options): int
{
    $folder = sys_get_temp_dir() . '/sallyport-bench-' . bin2hex(random_bytes(4));
    mkdir($folder);
    $user = posix_geteuid() === 0 ? "user = nobody\n" : '';
    file_put_contents("$folder/fpm.conf", "[global]\nerror_log = $folder/log\n[www]\n{$user}listen = $folder/socket\npm = static\npm.max_children = 2\n");
    $process = proc_open([$fpm, '-n', ...$options, '-F', '-y', "$folder/fpm.conf"], [1 => ['file', '/dev/null', 'w'], 2 => ['file', '/dev/null', 'w']], $pipes);
    $master = proc_get_status($process)['pid'];
    for ($wait = 0; $wait < 50; $wait++) {
        usleep(100_000);
        $workers = preg_split('/\s+/', trim((string) @file_get_contents("/proc/$master/task/$master/children")), -1, PREG_SPLIT_NO_EMPTY) ?: [];
        if (count($workers) === 2) {
            break;
        }
    }
    usleep(200_000);
    $kib = kib($workers[0] ?? throw new \RuntimeException('php-fpm did not start: ' . @file_get_contents("$folder/log")), 'VmRSS');
    proc_terminate($process);
    proc_close($process);
    array_map(unlink(...), array_filter(glob("$folder/*") ?: [], file_exists(...)));
    rmdir($folder);
    return $kib;
}

/** KiB by which resident memory grows over a thousand Argon2id hashes. */
function growth(string $extension): int
{
    $code = 'function k() { preg_match("/^VmRSS:\s+(\d+)/m", file_get_contents("/proc/self/status"), $m); return (int) $m[1]; }
        $set = Sallyport\backup_codes(1); $do = fn () => Sallyport\backup_code_verify("00000-00000-00000", $set["hashes"]);
        $do(); $do(); $before = k(); for ($i = 0; $i < 1000; $i++) $do(); echo k() - $before;';
    return (int) shell_exec(implode(' ', array_map(escapeshellarg(...), [PHP_BINARY, '-n', '-d', "extension=$extension", '-r', $code])));
}

[$bare, $loaded] = start_up($extension);
$figures = [
    ['start-up', round($loaded - $bare, 2), 'ms', 0.6],
    ['size of the .so', round(filesize($extension) / 1e6, 2), 'MB', 4.5],
    ['resident memory after 1000 Argon2id', growth($extension), 'kB', 1024],
];
if ($fpm !== '') {
    $figures[] = ['an idle php-fpm worker', worker($fpm, '-d', "extension=$extension") - worker($fpm), 'kB', 400];
}
echo json_encode($figures, JSON_THROW_ON_ERROR), "\n";
