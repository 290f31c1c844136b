<?php

declare(strict_types=1);

// php receiver.php LOG: a receiver of webhooks whose answer depends on the path. The first line that it prints is its port;
// it writes a line of JSON into LOG for each request. /hang answers only after a request of /release; /open says how many wait.
$server = stream_socket_server('tcp://127.0.0.1:0') ?: exit(1);
echo substr(strrchr((string) stream_socket_get_name($server, false), ':'), 1), "\n";
$clients = $received = $hanging = [];
$answer = static function ($client, int $status, string $body = '', string $headers = ''): void {
    @fwrite($client, "HTTP/1.1 $status X\r\nConnection: close\r\n{$headers}Content-Length: " . strlen($body) . "\r\n\r\n$body");
    @fclose($client);
};
while (true) {
    $ready = [$server, ...$clients, ...$hanging];
    $none = null;
    stream_select($ready, $none, $none, null);
    foreach ($ready as $stream) {
        if ($stream === $server) {
            $client = stream_socket_accept($server);
            $clients[(int) $client] = $client;
            $received[(int) $client] = '';
            continue;
        }
        $id = (int) $stream;
        $bytes = (string) fread($stream, 65536);
        if ($bytes === '') { // the sender has closed the connection
            unset($clients[$id], $hanging[$id], $received[$id]);
            fclose($stream);
            continue;
        }
        $received[$id] .= $bytes;
        [$head, $body] = explode("\r\n\r\n", $received[$id], 2) + [1 => null];
        if (isset($hanging[$id]) || $body === null || (preg_match('/^content-length:\s*(\d+)/mi', $head, $match) && strlen($body) < (int) $match[1])) {
            continue;
        }
        unset($clients[$id], $received[$id]);
        [$method, $path] = explode(' ', $head);
        if ($path === '/open') {
            $answer($stream, 200, (string) count($hanging));
            continue;
        }
        if ($path === '/release') {
            array_map(static fn ($waiting) => $answer($waiting, 200), $hanging);
            $hanging = [];
            $answer($stream, 200);
            continue;
        }
        preg_match_all('/^([\w-]+):\s*(.*?)\r?$/m', $head, $lines);
        $headers = array_combine(array_map(strtolower(...), $lines[1]), $lines[2]);
        file_put_contents($argv[1], json_encode(['method' => $method, 'path' => $path, 'headers' => $headers, 'body' => $body]) . "\n", FILE_APPEND);
        if ($path === '/hang') {
            $hanging[$id] = $stream;
        } elseif ($path === '/redirect') {
            $answer($stream, 307, '', 'Location: http://' . stream_socket_get_name($server, false) . "/followed\r\n");
        } elseif ($path === '/undecodable') {
            $answer($stream, 200, 'not gzip', "Content-Encoding: gzip\r\n");
        } elseif ($path === '/endless') {
            $answer($stream, 200, str_repeat('x', 3_000_000));
        } else {
            $answer($stream, (int) substr($path, 1, 3) ?: 200);
        }
    }
}
