<?php

declare(strict_types=1);

namespace Sallyport\Tests;

use RuntimeException;

/**
 * A receiver of webhooks on a loopback port, in a process of its own. /200 answers 200, /500 answers 500, /hang does not answer.
 *
 *     $receiver = new Receiver();
 *     $receiver->url('/200');
 *     $receiver->await(1)[0]['body'];    // waits until that many requests have arrived
 *     $receiver->down();
 */
final class Receiver
{
    public readonly int $port;
    private readonly string $log;
    /** @var resource */
    private $process;

    public function __construct()
    {
        $this->log = (string) tempnam(sys_get_temp_dir(), 'sallyport');
        $process = proc_open([PHP_BINARY, __DIR__ . '/receiver.php', $this->log], [['file', '/dev/null', 'r'], ['pipe', 'w']], $pipes);
        $this->process = is_resource($process) ? $process : throw new RuntimeException('no receiver');
        $this->port = (int) fgets($pipes[1]);
        register_shutdown_function($this->down(...));
    }

    public function down(): void
    {
        if (is_resource($this->process)) {
            proc_terminate($this->process);
            proc_close($this->process);
            @unlink($this->log);
        }
    }

    public function url(string $path): string
    {
        return "http://127.0.0.1:$this->port$path";
    }

    /** @return list<array{method: string, path: string, headers: array<string, string>, body: string}> the requests so far */
    public function requests(): array
    {
        return array_map(
            static fn (string $line): array => json_decode($line, true, 8, JSON_THROW_ON_ERROR),
            file($this->log, FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES) ?: [],
        );
    }

    /** The requests, once there are so many; fewer after a timeout. @return list<array<string, mixed>> */
    public function await(int $count, float $seconds = 10): array
    {
        for ($end = microtime(true) + $seconds; count($this->requests()) < $count && microtime(true) < $end;) {
            usleep(20_000);
        }
        return $this->requests();
    }

    public function forget(): void
    {
        file_put_contents($this->log, '');
    }

    /** The number of hanging requests. */
    public function hanging(): int
    {
        return (int) file_get_contents($this->url('/open'));
    }

    /** Answers the hanging requests. */
    public function release(): void
    {
        file_get_contents($this->url('/release'));
    }
}
