<?php
/*
 * Plugin Name: Temporary site
 * Description: Settings that a host would have made.
 *
 * A valid sender address (wordpress@127.0.0.1 is not), and no update checks, whose failures would fill the log. For tests with
 * thousands of sign-ins, also passwords whose hash takes a millisecond.
 */
if (defined('THROW_AWAY_PASSWORD_COST')) {
    add_filter(
        'wp_hash_password_options',
        static fn (array $options, string $algorithm): array => $algorithm === PASSWORD_BCRYPT
            ? ['cost' => THROW_AWAY_PASSWORD_COST]
            : $options,
        10,
        2,
    );
}
add_filter('wp_mail_from', static fn (string $from): string => str_ends_with($from, '@127.0.0.1') ? 'wordpress@example.test' : $from, 1);

foreach (['wp_version_check', 'wp_update_plugins', 'wp_update_themes'] as $check) {
    foreach ([$check, 'load-plugins.php', 'load-themes.php', 'load-update.php', 'load-update-core.php', 'upgrader_process_complete'] as $hook) {
        remove_action($hook, $check);
    }
}
foreach (['_maybe_update_core', '_maybe_update_plugins', '_maybe_update_themes'] as $check) {
    remove_action('admin_init', $check);
}
unset($check, $hook);
