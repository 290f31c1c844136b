<?php

declare(strict_types=1);

namespace Sallyport\Tests;

use RuntimeException;

/** One `bin/site scripts`: runs PHP inside a site, each piece in a process and a WordPress of its own. */
final class Scripts
{
    private readonly string $mark;
    private readonly string $errors;
    /** @var resource */
    private $process;
    /** @var array{resource, resource} its stdin and its stdout */
    private array $pipes = [];

    public function __construct(string $dir)
    {
        $this->mark = bin2hex(random_bytes(16));
        $this->errors = (string) tempnam(sys_get_temp_dir(), 'sallyport');
        $command = [dirname(__DIR__, 2) . '/bin/site', 'scripts', '--dir', $dir, $this->mark];
        $this->process = proc_open($command, [['pipe', 'r'], ['pipe', 'w'], ['file', $this->errors, 'a']], $this->pipes);
    }

    public function __destruct()
    {
        array_map(fclose(...), $this->pipes);
        proc_close($this->process);
        unlink($this->errors);
    }

    /**
     * @param list<string> $arguments its $argv[1], …
     * @return string what it printed
     * @throws RuntimeException where it ended with another exit code than 0
     */
    public function run(string $code, array $arguments): string
    {
        $before = (int) filesize($this->errors);
        fwrite($this->pipes[0], json_encode(['code' => $code, 'arguments' => $arguments], JSON_THROW_ON_ERROR) . "\n");
        for ($output = ''; ($line = fgets($this->pipes[1])) !== false; $output .= $line) {
            if (str_starts_with($line, "$this->mark ")) {
                $ended = (int) substr($line, strlen($this->mark));
                $output = substr($output, 0, -1);
                break;
            }
        }
        clearstatcache();
        return ($ended ?? null) === 0 ? $output : throw new RuntimeException('bin/site scripts ended with ' . ($ended ?? 'no answer') . ': ' . trim(file_get_contents($this->errors, offset: $before) . "\n$output"));
    }
}
