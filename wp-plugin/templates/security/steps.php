<?php
declare( strict_types=1 );

/**
 * Where one is in the wizard.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;
?>
<ol class="sallyport-steps">
	<?php
	$steps = array(
		__( 'Add it to your app', 'sallyport' ),
		__( 'Enter a code', 'sallyport' ),
		__( 'Save your backup codes', 'sallyport' ),
	);
	foreach ( $steps as $at => $text ) :
		?>
		<li<?php echo $view->step === $at + 1 ? ' aria-current="step"' : ''; ?>><?php echo esc_html( $text ); ?></li>
	<?php endforeach; ?>
</ol>
