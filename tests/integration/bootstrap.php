<?php
// Boots the site's installed WordPress inside PHPUnit, with Sallyport active. No package registry has core's test
// library; WPTestCase stands in for it.
$sallyport_site = getenv('SALLYPORT_SITE') ?: exit("run this with: bin/test wordpress\n");
require "$sallyport_site/.site/lib/request.php";

// PHPUnit includes this file in a function, and WordPress expects its variables to be globals.
(static function () use ($sallyport_site): void {
    global $table_prefix, $wpdb, $wp, $wp_query, $wp_the_query, $wp_rewrite, $wp_version, $wp_db_version, $wp_local_package,
        $required_php_version, $required_mysql_version, $required_php_extensions, $tinymce_version, $wp_locale, $wp_locale_switcher,
        $wp_widget_factory, $wp_roles, $current_user, $current_site, $current_blog, $blog_id, $site_id, $public, $PHP_SELF, $pagenow,
        $shortcode_tags, $wp_filter, $wp_actions, $wp_filters, $wp_current_filter, $wp_plugin_paths, $l10n, $l10n_unloaded, $wp_textdomain_registry,
        $wp_theme_directories, $wp_object_cache, $wp_embed, $timestart, $wp_taxonomies, $wp_post_types, $wp_post_statuses, $wp_rest_additional_fields,
        $wp_user_roles, $is_IIS, $is_apache, $is_nginx, $wp_scripts, $wp_styles, $_wp_switched_stack, $switched, $wp_plugin, $mu_plugin, $network_plugin, $plugin;
    require "$sallyport_site/wp-load.php";
})();

final class WPDieException extends RuntimeException
{
}

add_filter('pre_wp_mail', static function ($sent, array $mail): bool {
    WPTestCase::$mails[] = $mail;
    return true;
}, 1, 2);
add_filter('pre_http_request', static fn (): WP_Error => new WP_Error('no_network', 'no network in tests'), 1);
foreach (['', '_ajax', '_json', '_jsonp', '_xmlrpc', '_xml'] as $kind) {
    add_filter("wp_die{$kind}_handler", static fn (): callable => static function ($message, $title = '', $arguments = []): never {
        throw new WPDieException(is_wp_error($message) ? $message->get_error_message() : (string) $message, (int) ($arguments['response'] ?? 500));
    });
}
require __DIR__ . '/WPTestCase.php';
