<?php
declare( strict_types=1 );

/**
 * The part of policy.php with the factors that count for a role. It uses that file's variables.
 *
 * @var \Sallyport\WP\Security\View $view
 * @var array<string, mixed>         $fields
 * @var array<string, mixed>         $fixed
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<section aria-labelledby="sallyport-which">
	<h2 id="sallyport-which"><?php esc_html_e( 'Which factors count', 'sallyport' ); ?></h2>
	<p class="description" id="sallyport-about-which"><?php esc_html_e( 'Users whose only factor is not selected must set up another at their next sign-in. Backup codes and trusted devices only stand in for a factor: without “Trusted devices”, users of the role are asked for a code every time.', 'sallyport' ); ?></p>
	<?php
	foreach ( $view->roles as $role => $name ) :
		$list     = $fields['factors'][ $role ] ?? null;
		$least    = $fixed['factors'][ $role ] ?? null;
		// A draft may hold anything.
		$titled   = array_map( static fn ( mixed $factor ): string => $view->factor( is_string( $factor ) ? $factor : '' ), (array) $list );
		$counting = null === $list ? __( 'every factor', 'sallyport' ) : implode( ', ', $titled );
		?>
		<details class="sallyport-do"<?php echo isset( $view->wrong[ "factors.$role" ] ) ? ' open' : ''; ?>>
			<summary><bdi><?php echo esc_html( $name ); ?></bdi>: <?php echo esc_html( $counting ); ?></summary>
			<fieldset<?php echo $view->described( "factors.$role", 'sallyport-about-which' ); ?>>
				<legend class="screen-reader-text"><?php echo esc_html( $name ); ?></legend>
				<?php echo $view->wrong_with( "factors.$role" ); ?>
				<p class="sallyport-choices">
					<label><input type="radio" name="which[<?php echo esc_attr( $role ); ?>]" value="any"<?php checked( null === $list ); ?>>
						<?php esc_html_e( 'Every factor counts', 'sallyport' ); ?></label>
					<label><input type="radio" name="which[<?php echo esc_attr( $role ); ?>]" value="only"<?php checked( null !== $list ); ?>>
						<?php esc_html_e( 'Only these:', 'sallyport' ); ?></label>
				</p>
				<p class="sallyport-choices">
					<?php foreach ( $view->factors as $factor ) : ?>
						<?php $is_out = null !== $least && ! in_array( $factor, $least, true ); ?>
						<label><input type="checkbox" name="only[<?php echo esc_attr( $role ); ?>][]"
							value="<?php echo esc_attr( $factor ); ?>"
							<?php checked( in_array( $factor, (array) ( $list ?? $view->factors ), true ) && ! $is_out ); ?>
							<?php disabled( $is_out ); ?>>
							<?php echo esc_html( $view->factor( $factor ) ); ?></label>
					<?php endforeach; ?>
				</p>
				<?php if ( null !== $least ) : ?>
					<p class="sallyport-fixed"><?php esc_html_e( 'Factors that cannot be selected do not count on this network.', 'sallyport' ); ?></p>
				<?php endif; ?>
			</fieldset>
		</details>
	<?php endforeach; ?>
</section>
