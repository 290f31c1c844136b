<?php
// php scripts.php MARK: runs the code of each line of stdin, JSON {code, arguments}, in a WordPress of its own. The output of
// each ends with a line of MARK and the exit code. PHP starts once for all scripts, and compiled code stays in opcache's
// memory for the next: these two take most of the time of `bin/site php`.
while (($job = fgets(STDIN)) !== false) {
    $child = pcntl_fork();
    if ($child === 0) {
        break;
    }
    $child > 0 || exit(1);
    pcntl_waitpid($child, $status);
    fwrite(STDOUT, "\n$argv[1] " . (pcntl_wifexited($status) ? pcntl_wexitstatus($status) : 255) . "\n");
}
if ($job === false) {
    exit;
}
[$_SERVER['REQUEST_TIME'], $_SERVER['REQUEST_TIME_FLOAT']] = [time(), microtime(true)];
$sallyport_job = json_decode($job, true, 4, JSON_THROW_ON_ERROR);
$argv = $_SERVER['argv'] = [__FILE__, ...$sallyport_job['arguments']];
unset($job, $child, $status);
require __DIR__ . '/prepend.php';
eval($sallyport_job['code']);
