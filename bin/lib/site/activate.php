<?php
// php activate.php FOLDER…: activates the plugin in each folder, in order, network-wide on a network.
require_once ABSPATH . 'wp-admin/includes/plugin.php';
wp_set_current_user(1);
foreach (array_slice($argv, 1) as $folder) {
    $found = array_keys(get_plugins("/$folder"));
    if ($found === []) {
        fwrite(STDERR, "error: there is no plugin in $folder\n");
        exit(1);
    }
    // If a folder contains several plugins, the file with the same name as the folder.
    $plugin = "$folder/" . (in_array("$folder.php", $found, true) ? "$folder.php" : $found[0]);
    if (is_plugin_active($plugin)) {
        continue;
    }
    $result = activate_plugin($plugin, '', is_multisite());
    if (is_wp_error($result) && $result->get_error_code() === 'unexpected_output') {
        fwrite(STDERR, "warning: $plugin printed something while it was activated: " . $result->get_error_data() . "\n");
    } elseif (is_wp_error($result)) {
        fwrite(STDERR, "error: $plugin was not activated: " . $result->get_error_message() . "\n");
        exit(1);
    } elseif (!is_plugin_active($plugin)) {
        fwrite(STDERR, "error: $plugin is not active after its activation\n");
        exit(1);
    }
}
