<?php
// php move.php HOST[:PORT] [network]: sets the address of the installation, and makes it a network.
require __DIR__ . '/request.php';
define('WP_INSTALLING', true); // loads no plugins
require getenv('SALLYPORT_SITE') . '/wp-load.php';
[, $to, $network] = $argv + [2 => ''];
$from = $_SERVER['HTTP_HOST'];

$blogs = is_multisite() ? get_sites(['fields' => 'ids', 'number' => 0]) : [0];
foreach ($blogs as $blog) {
    $blog && switch_to_blog($blog);
    foreach (['siteurl', 'home'] as $option) {
        update_option($option, str_replace("http://$from", "http://$to", get_option($option)));
    }
    foreach (['guid', 'post_content'] as $column) {
        $wpdb->query($wpdb->prepare("UPDATE $wpdb->posts SET $column = REPLACE($column, %s, %s)", "http://$from", "http://$to"));
    }
    $blog && restore_current_blog();
}
if (is_multisite()) {
    foreach ([$wpdb->site, $wpdb->blogs] as $table) {
        $wpdb->query($wpdb->prepare("UPDATE $table SET domain = %s WHERE domain = %s", $to, $from));
    }
    update_network_option(1, 'siteurl', "http://$to/");
} elseif ($network) {
    require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    require_once ABSPATH . 'wp-admin/includes/network.php';
    foreach ($wpdb->tables('ms_global') as $table => $name) {
        $wpdb->$table = $name;
    }
    install_network();
    $result = populate_network(1, strtok($to, ':'), 'admin@example.test', 'Sallyport network', '/', false);
    if (is_wp_error($result) && $result->get_error_code() !== 'no_wildcard_dns') {
        fwrite(STDERR, 'error: no network: ' . $result->get_error_message() . "\n");
        exit(1);
    }
    foreach ([$wpdb->site, $wpdb->blogs] as $table) { // populate_network accepts no port
        $wpdb->query($wpdb->prepare("UPDATE $table SET domain = %s", $to));
    }
}
