<?php

declare(strict_types=1);

namespace Sallyport\Tests;

use RuntimeException;

/** A running `bin/site scripts`: runs PHP inside a site, each script in a process and a WordPress of its own. */
final class Scripts
{
    private readonly string $mark;
    /** @var resource its stderr */
    private $errors;
    /** @var resource */
    private $process;
    /** @var array{resource, resource} its stdin and its stdout */
    private array $pipes = [];

    public function __construct(string $dir)
    {
        $this->mark = bin2hex(random_bytes(16));
        $file = (string) tempnam(sys_get_temp_dir(), 'sallyport');
        $this->errors = fopen($file, 'r');
        $command = [dirname(__DIR__, 2) . '/bin/site', 'scripts', '--dir', $dir, $this->mark];
        $this->process = proc_open($command, [['pipe', 'r'], ['pipe', 'w'], ['file', $file, 'a']], $this->pipes);
        unlink($file);
    }

    public function __destruct()
    {
        array_map(fclose(...), $this->pipes);
        proc_close($this->process);
    }

    /**
     * @param list<string> $arguments its $argv[1], …
     * @return string what it printed
     * @throws RuntimeException if its exit code is not 0
     */
    public function run(string $code, array $arguments): string
    {
        $before = fstat($this->errors)['size'];
        @fwrite($this->pipes[0], json_encode(['code' => $code, 'arguments' => $arguments], JSON_THROW_ON_ERROR) . "\n");
        for ($output = ''; ($line = fgets($this->pipes[1])) !== false; $output .= $line) {
            if (str_starts_with($line, "$this->mark ")) {
                $ended = (int) substr($line, strlen($this->mark));
                $output = substr($output, 0, -1);
                break;
            }
        }
        if (($ended ?? null) === 0) {
            return $output;
        }
        fseek($this->errors, $before);
        throw new RuntimeException('bin/site scripts ended with ' . ($ended ?? 'no answer') . ': ' . trim(stream_get_contents($this->errors) . "\n$output"));
    }
}
