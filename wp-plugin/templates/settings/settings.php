<?php
declare( strict_types=1 );

/**
 * Every setting, by group: a list of what there is and what it says, and the fields when the group is opened.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.

/** The field of a setting. */
$field = static function ( array $setting ): string {
	$id   = 'sallyport-setting-' . $setting['name'];
	$said = ' id="' . esc_attr( $id ) . '" name="setting[' . esc_attr( $setting['name'] ) . ']" aria-describedby="'
		. esc_attr( ( $setting['is_wrong'] ? "$id-wrong " : '' ) . "$id-about" ) . '"'
		. ( $setting['is_wrong'] ? ' aria-invalid="true"' : '' ) . disabled( '' !== $setting['fixed'], true, false );
	if ( array() !== $setting['choices'] ) {
		$options = '';
		foreach ( $setting['choices'] as $value => $text ) {
			$options .= '<option value="' . esc_attr( $value ) . '"' . selected( $setting['value'], (string) $value, false ) . '>'
				. esc_html( $text ) . '</option>';
		}
		return '<select' . $said . '>' . $options . '</select>';
	}
	if ( 'list' === $setting['kind'] ) {
		return '<textarea dir="ltr" rows="2"' . $said . '>' . esc_textarea( $setting['value'] ) . '</textarea>';
	}
	return '<input type="text" dir="ltr"'
		. ( 'number' === $setting['kind'] ? ' inputmode="numeric" size="10"' : ' class="regular-text"' ) . ' value="'
		. esc_attr( $setting['value'] ) . '"' . $said . '>';
};

/** What is stored as the form is made: what is sent unchanged is not saved, so that somebody else's change meanwhile stays. */
$was = static function ( array $setting ) use ( $view ): string {
	$hidden = static fn ( string $name, string $value ): string => '<input type="hidden" name="'
		. esc_attr( $name . '[' . $setting['name'] . ']' ) . '" value="' . esc_attr( $value ) . '">';
	return $hidden( 'was', $setting['was'] ) . ( $view->of_network && $setting['was_held'] ? $hidden( 'held', '1' ) : '' );
};
?>
<?php if ( ! $view->proven ) : ?>
	<?php
	$unproven = $view->of_network
		/* translators: %s: address of a page. */
		? __( 'You have no second factor yourself, so you cannot change anything here: a stolen password must not be enough. <a href="%s">Set one up</a>.', 'sallyport' )
		/* translators: %s: address of a page. */
		: __( 'You have no second factor yourself, so you cannot change anything here that makes the site less secure: a stolen password must not be enough. <a href="%s">Set one up</a>.', 'sallyport' );
	?>
	<?php echo $view->unproven( $unproven ); ?>
<?php endif; ?>
<?php if ( $view->of_network ) : ?>
	<p><?php esc_html_e( 'Every site has its own settings. Those you select “for every site” here apply to all of them at once, and are shown there as set by the network. Each site decides the rest.', 'sallyport' ); ?></p>
<?php endif; ?>
<?php if ( $view->is_draft ) : ?>
	<?php echo $view->done( __( 'Thank you for confirming. Nothing is saved yet: what you entered is filled in below. Save it now.', 'sallyport' ) ); ?>
<?php endif; ?>
<?php if ( '' !== $view->reset ) : ?>
	<?php /* translators: %s: name of a setting. */ ?>
	<?php echo $view->done( sprintf( __( '%s was reset to its default. Your other changes are not saved yet.', 'sallyport' ), $view->reset ) ); ?>
<?php endif; ?>
<?php if ( array() !== $view->wrong ) : ?>
	<div class="sallyport-error" role="alert" tabindex="-1" autofocus>
		<p><strong><?php esc_html_e( 'Nothing was saved. These settings have invalid values:', 'sallyport' ); ?></strong></p>
		<ul class="sallyport-plain">
			<?php foreach ( $view->wrong as $name => $title ) : ?>
				<li><a href="#sallyport-setting-<?php echo esc_attr( $name ); ?>"><?php echo esc_html( $title ); ?></a></li>
			<?php endforeach; ?>
		</ul>
	</div>
<?php else : ?>
	<?php echo $view->told(); ?>
<?php endif; ?>
<?php echo $view->form( 'settings' ); ?>
	<?php // What Enter in a field presses: the first of the form, and that must not be one of those that take a setting back. ?>
	<button type="submit" class="screen-reader-text"
		tabindex="-1" aria-hidden="true"><?php esc_html_e( 'Save the settings', 'sallyport' ); ?></button>
	<p class="description"><?php esc_html_e( 'Open a group to see what its settings do and to change them. Bold values are set, not the default. A lock marks settings that are fixed elsewhere.', 'sallyport' ); ?></p>
	<?php foreach ( $view->groups as $group => $settings ) : ?>
		<section class="sallyport-group">
			<?php
			$is_open = array() !== array_filter( $settings, static fn ( array $setting ): bool => $setting['is_wrong'] || $setting['is_open'] );
			?>
			<details<?php echo $is_open ? ' open' : ''; ?>>
				<summary><h2><?php echo esc_html( $group ); ?></h2></summary>
				<?php foreach ( $settings as $setting ) : ?>
					<?php $id = 'sallyport-setting-' . $setting['name']; ?>
					<div class="sallyport-setting">
						<label for="<?php echo esc_attr( $id ); ?>"><?php echo esc_html( $setting['title'] ); ?></label>
						<div>
							<?php if ( $setting['is_wrong'] ) : ?>
								<p class="sallyport-error" id="<?php echo esc_attr( $id ); ?>-wrong">
									<?php esc_html_e( 'This value is not valid.', 'sallyport' ); ?> <?php echo esc_html( $setting['form'] ); ?>
								</p>
							<?php endif; ?>
							<p class="sallyport-row">
								<?php echo $field( $setting ), '' === $setting['fixed'] ? $was( $setting ) : ''; ?>
								<?php echo esc_html( $setting['unit'] ); ?>
								<?php if ( $view->of_network && '' === $setting['fixed'] ) : ?>
									<label><input type="checkbox" name="hold[<?php echo esc_attr( $setting['name'] ); ?>]" value="1"
										<?php checked( $setting['is_held'] ); ?>>
										<?php esc_html_e( 'for every site', 'sallyport' ); ?>
										<span class="screen-reader-text"><?php echo esc_html( $setting['title'] ); ?></span></label>
								<?php elseif ( $setting['is_set'] && '' === $setting['fixed'] ) : ?>
									<?php /* translators: %s: a value. */ ?>
									<?php $reset = sprintf( __( 'Reset to the default: %s', 'sallyport' ), $setting['default'] ); ?>
									<button type="submit" class="button" name="reset" value="<?php echo esc_attr( $setting['name'] ); ?>">
										<?php echo esc_html( $reset ); ?> <span class="screen-reader-text"><?php echo esc_html( $setting['title'] ); ?></span>
									</button>
								<?php endif; ?>
							</p>
							<div id="<?php echo esc_attr( $id ); ?>-about">
								<p class="description"><?php echo esc_html( trim( $setting['about'] . ' ' . $setting['form'] ) ); ?></p>
								<p class="description">
									<?php
									if ( 'network' === $setting['fixed'] ) {
										echo '<span class="sallyport-fixed">', esc_html__( 'Set by the network.', 'sallyport' ), '</span>';
									} elseif ( '' !== $setting['fixed'] ) {
										echo '<span class="sallyport-fixed">', wp_kses(
											/* translators: %s: name of a constant. */
											sprintf( __( 'Set by the constant %s in wp-config.php.', 'sallyport' ), '<code>' . esc_html( $setting['fixed'] ) . '</code>' ),
											array( 'code' => array() )
										), '</span>';
									} else {
										echo wp_kses(
											sprintf(
												/* translators: 1: a value, 2: name of a constant. */
												__( 'Default: %1$s. The constant %2$s overrides this setting.', 'sallyport' ),
												esc_html( $setting['default'] . ( '' === $setting['in_words'] ? '' : ' (' . $setting['in_words'] . ')' ) ),
												'<code>SALLYPORT_' . esc_html( strtoupper( $setting['name'] ) ) . '</code>'
											),
											array( 'code' => array() )
										);
									}
									?>
								</p>
							</div>
						</div>
					</div>
				<?php endforeach; ?>
			</details>
			<ul>
				<?php foreach ( $settings as $setting ) : ?>
					<li<?php echo '' === $setting['fixed'] ? '' : ' class="sallyport-fixed"'; ?>>
						<?php
						echo esc_html( $setting['title'] );
						echo '' === $setting['says'] ? '' : ': <strong>' . esc_html( $setting['says'] ) . '</strong>';
						if ( '' !== $setting['fixed'] ) {
							echo ' <span class="screen-reader-text">', esc_html(
								'network' === $setting['fixed'] ? __( 'Set by the network.', 'sallyport' ) : __( 'Set by a constant.', 'sallyport' )
							), '</span>';
						}
						?>
					</li>
				<?php endforeach; ?>
			</ul>
		</section>
	<?php endforeach; ?>
	<p class="sallyport-save"><?php echo $view->button( __( 'Save the settings', 'sallyport' ), primary: true ); ?></p>
</form>
