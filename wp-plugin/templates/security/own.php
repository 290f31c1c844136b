<?php
declare( strict_types=1 );

/**
 * One's own sign-in security. A theme's sallyport/security/own.php takes its place, and so with each file of this folder.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
$parts = array(
	'none'   => array( 'none', 'sign-ins', 'history', 'lost' ),
	'wizard' => array( 'wizard', 'lost' ),
	'mail'   => array( 'mail', 'lost' ),
	'codes'  => array( 'codes', 'lost' ),
	'list'   => array( 'factors', 'sign-ins', 'history', 'lost' ),
	'error'  => array(),
)[ $view->part ];
$body  = implode( '', array_map( $view->part( ... ), $parts ) );
?>
<div class="sallyport" id="sallyport">
	<?php echo $view->done( $view->done, 'mail' !== $view->part ), $view->told(), $body; ?>
</div>
