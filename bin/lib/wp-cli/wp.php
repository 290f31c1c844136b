<?php
// php wp.php COMMAND…: WordPress' command line without WP-CLI, which is in no package registry.
define('WP_CLI', true);
define('WP_CLI_VERSION', '2.99-shim');
require __DIR__ . '/WP_CLI.php';
require __DIR__ . '/utils.php';

$sallyport_arguments = array_slice($argv, 1);
foreach ($sallyport_arguments as $sallyport_key => $sallyport_argument) {
    // The global option --user=: the user that the command runs as.
    if (preg_match('/^--user=(.+)$/', $sallyport_argument, $sallyport_match)) {
        $sallyport_user = $sallyport_match[1];
        unset($sallyport_arguments[$sallyport_key]);
    }
}
require __DIR__ . '/prepend.php';
do_action('cli_init'); // WP-CLI does it at init
if (isset($sallyport_user)) {
    $sallyport_found = get_user_by(ctype_digit($sallyport_user) ? 'id' : (is_email($sallyport_user) ? 'email' : 'login'), $sallyport_user);
    $sallyport_found || WP_CLI::error("Invalid user ID, email or login: '$sallyport_user'");
    wp_set_current_user($sallyport_found->ID);
}
WP_CLI::run_command(array_values($sallyport_arguments));
