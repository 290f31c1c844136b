<?php

/**
 * Serves the example for bin/demo and the tests, and says which WordPress it is for:
 *
 *     SITE=http://127.0.0.1:8080 php -S 127.0.0.1:8081 serve.php
 *
 * A real front end is static files: edit config.js, and send this Content-Security-Policy with them.
 */

declare(strict_types=1);

$site = (string) getenv('SITE');
header("Content-Security-Policy: default-src 'self'; img-src 'self' data:; connect-src 'self' $site; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
header('Referrer-Policy: no-referrer');
header('X-Content-Type-Options: nosniff');

$path = (string) parse_url($_SERVER['REQUEST_URI'] ?? '', PHP_URL_PATH);
$files = ['/' => 'text/html', '/index.html' => 'text/html', '/app.js' => 'text/javascript', '/client.js' => 'text/javascript', '/style.css' => 'text/css'];
if ($path === '/config.js') {
    header('Content-Type: text/javascript');
    echo 'export const site = ', json_encode($site, JSON_UNESCAPED_SLASHES), ";\n";
} elseif (isset($files[$path])) {
    header("Content-Type: {$files[$path]}; charset=utf-8");
    readfile(__DIR__ . ($path === '/' ? '/index.html' : $path));
} else {
    http_response_code(404);
}
