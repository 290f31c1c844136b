<?php
// php install.php: installs the WordPress that new sites are copied from, at an address that move.php will replace.
require __DIR__ . '/request.php';
define('WP_INSTALLING', true);
function wp_mail(): bool // an installation sends no mail
{
    return true;
}
require getenv('SALLYPORT_SITE') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Sallyport', 'admin', 'admin@example.test', true, '', 'password');
foreach (['siteurl', 'home'] as $option) {
    update_option($option, 'http://' . $_SERVER['HTTP_HOST']);
}
update_option('permalink_structure', '/%postname%/'); // needed for /wp-json/
update_option('rewrite_rules', '');
