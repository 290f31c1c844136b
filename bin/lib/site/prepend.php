<?php
// auto_prepend_file of `bin/site php`, and what `bin/site scripts` begins with: WordPress is there when the script starts, in the global scope.
require __DIR__ . '/request.php';
register_shutdown_function(static function (): void {
    // Warnings stay in the debug log; what ended the script is told.
    $error = error_get_last();
    if ($error !== null && ($error['type'] & (E_ERROR | E_PARSE | E_COMPILE_ERROR | E_RECOVERABLE_ERROR))) {
        fwrite(STDERR, "{$error['message']} in {$error['file']} on line {$error['line']}\n");
    }
    // WordPress dies with exit code 0 when it cannot start (no database, say).
    if (empty($GLOBALS['sallyport_wordpress_loaded'])) {
        fwrite(STDERR, "WordPress did not load\n");
        exit(1);
    }
});
// Its answer to a fatal error is a web page on stdout.
defined('WP_DISABLE_FATAL_ERROR_HANDLER') || define('WP_DISABLE_FATAL_ERROR_HANDLER', true);
require getenv('SALLYPORT_SITE') . '/wp-load.php';
$GLOBALS['sallyport_wordpress_loaded'] = true;
