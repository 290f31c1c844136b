<?php

declare(strict_types=1);

/*
 * Plugin Name: What a request costs
 * Description: Activates the plugins that a request of bench/requests.php names, and for any other request only Sallyport; writes time and queries to bench.json.
 */

$named = $_SERVER['HTTP_X_BENCH'] ?? null;
ini_set('opcache.revalidate_freq', '2'); // PHP's default. bin/site makes opcache check each file in each request, because its files change.

add_filter('option_active_plugins', static fn (array $active): array => $named === null ? preg_grep('~^sallyport/~', $active) : array_filter(explode(',', $named)));

if ($named !== null) {
    // After core's, which fires `shutdown`.
    register_shutdown_function(static function (): void {
        $took = [1000 * (microtime(true) - $_SERVER['REQUEST_TIME_FLOAT']), $GLOBALS['wpdb']->num_queries];
        file_put_contents(ABSPATH . 'bench.json.new', json_encode($took, JSON_THROW_ON_ERROR));
        rename(ABSPATH . 'bench.json.new', ABSPATH . 'bench.json');
    });
}
