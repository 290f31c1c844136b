<?php
// The auto_prepend_file of `bin/site php`, also used by `bin/site scripts`: loads WordPress in the global scope before the script starts.
require __DIR__ . '/request.php';
register_shutdown_function(static function (): void {
    // Warnings stay in the debug log; the error that ended the script is printed.
    $error = error_get_last();
    if ($error !== null && ($error['type'] & (E_ERROR | E_PARSE | E_COMPILE_ERROR | E_RECOVERABLE_ERROR))) {
        fwrite(STDERR, "{$error['message']} in {$error['file']} on line {$error['line']}\n");
    }
    // WordPress ends with exit code 0 if it cannot start, for example without a database.
    if (empty($GLOBALS['sallyport_wordpress_loaded'])) {
        fwrite(STDERR, "WordPress did not load\n");
        exit(1);
    }
});
// For a fatal error it prints a web page on stdout.
defined('WP_DISABLE_FATAL_ERROR_HANDLER') || define('WP_DISABLE_FATAL_ERROR_HANDLER', true);
require getenv('SALLYPORT_SITE') . '/wp-load.php';
$GLOBALS['sallyport_wordpress_loaded'] = true;
