<?php
/**
 * Plugin Name:       Sallyport
 * Description:       The second factor for headless WordPress: no token, cookie or session for a user with a second factor until that factor is verified, whichever plugin issues the token.
 * Version:           0.1.0
 * Requires at least: 6.4
 * Requires PHP:      8.2
 * Author:            The Sallyport authors
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       sallyport
 * Domain Path:       /languages
 * Network:           true
 * Update URI:        false
 *
 * @package Sallyport
 */

declare( strict_types=1 );

namespace Sallyport\WP;

defined( 'ABSPATH' ) || exit;

const VERSION     = '0.1.0';
const SCHEMA      = 9; // Of the tables (Store\Schema).
const PLUGIN_FILE = __FILE__;

require __DIR__ . '/autoload.php';

// Hooks are registered while this file loads: acceptance must be in place before any plugin can ask who the user is. What
// loads before us may have asked already, without it.
Plugin::boot();
unset( $GLOBALS['current_user'] );

require __DIR__ . '/functions.php';
