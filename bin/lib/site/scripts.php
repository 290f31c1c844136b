<?php
// php scripts.php MARK: runs the code of each line of stdin, {code, arguments} in JSON, in a WordPress of its own, and
// ends what it printed with a line of MARK and the exit code. PHP starts once for all of them, and what one compiled is
// in opcache's memory for the next: that is most of what `bin/site php` takes.
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
