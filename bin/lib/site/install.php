<?php
// php install.php: the pristine WordPress that new sites start from a copy of, at an address move.php will replace.
require __DIR__ . '/request.php';
define('WP_INSTALLING', true);
function wp_mail(): bool // an installation is not worth a mail
{
    return true;
}
require getenv('SALLYPORT_SITE') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Sallyport', 'admin', 'admin@example.test', true, '', 'password');
foreach (['siteurl', 'home'] as $option) {
    update_option($option, 'http://' . $_SERVER['HTTP_HOST']);
}
update_option('permalink_structure', '/%postname%/'); // hence /wp-json/
update_option('rewrite_rules', '');
