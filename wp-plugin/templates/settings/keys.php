<?php
declare( strict_types=1 );

/**
 * The signing keys, and where the master key is from.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
$states  = array(
	'next'     => array( __( 'next', 'sallyport' ), __( 'Published so that verifiers know it, but not yet used for signing.', 'sallyport' ) ),
	'active'   => array( __( 'active', 'sallyport' ), __( 'Signs every new token.', 'sallyport' ) ),
	'retiring' => array( __( 'retiring', 'sallyport' ), __( 'No longer used for signing. It still verifies what it signed, until the last of those tokens has expired.', 'sallyport' ) ),
);
$sources = array(
	'generated'   => __( 'created here', 'sallyport' ),
	'imported'    => __( 'imported', 'sallyport' ),
	'constant'    => __( 'a constant in wp-config.php', 'sallyport' ),
	'environment' => __( 'the environment', 'sallyport' ),
	'headlesskey' => __( 'headlesskey_SECRET_KEY', 'sallyport' ),
);
$masters = array(
	'constant'    => esc_html__( 'The constant SALLYPORT_MASTER_KEY in wp-config.php.', 'sallyport' ),
	'environment' => esc_html__( 'The environment variable SALLYPORT_MASTER_KEY.', 'sallyport' ),
	'file'        => sprintf(
		/* translators: %s: path of a file. */
		esc_html__( 'A key file that was created on activation. Back this file up, but never together with the database: %s', 'sallyport' ),
		'<code>' . esc_html( $view->file ) . '</code>'
	),
	''            => esc_html__( 'nowhere, so nothing that is encrypted can be read.', 'sallyport' ),
);
$has     = static fn ( string $state ): bool => in_array( $state, array_column( $view->keys, 'state' ), true );
?>
<section aria-labelledby="sallyport-keys">
	<h2 id="sallyport-keys"><?php esc_html_e( 'Signing keys', 'sallyport' ); ?></h2>
	<?php echo $view->told(); ?>
	<p>
		<?php esc_html_e( 'Sallyport’s own access tokens are signed with these keys.', 'sallyport' ); ?>
		<?php
		printf(
			/* translators: %s: an address. */
			esc_html__( 'Other services verify them with the public keys at %s, which never include a secret.', 'sallyport' ),
			'<a href="' . esc_url( $view->jwks ) . '"><bdi>' . esc_html( $view->jwks ) . '</bdi></a>'
		);
		?>
	</p>
	<?php if ( '' !== $view->problem ) : ?>
		<p class="sallyport-error"><?php echo esc_html( $view->problem ); ?></p>
	<?php endif; ?>
	<?php if ( '' !== (string) $view->source ) : ?>
		<p class="sallyport-fixed">
			<?php /* translators: %s: where a key is from, such as "the environment". */ ?>
			<?php echo esc_html( sprintf( __( 'The signing key comes from %s, so it cannot be rotated here. Replacing it there invalidates every token it signed.', 'sallyport' ), $sources[ $view->source ] ?? $view->source ) ); ?>
		</p>
	<?php endif; ?>
	<ul class="sallyport-list">
		<?php foreach ( $view->keys as $key ) : ?>
			<?php [ $state, $about ] = $states[ $key['state'] ]; ?>
			<li>
				<p class="sallyport-name">
					<strong><code dir="ltr"><?php echo esc_html( $key['kid'] ); ?></code></strong>
					· <?php echo esc_html( $key['algorithm'] ); ?>
					<span class="sallyport-here"><?php echo esc_html( $state ); ?></span>
				</p>
				<p><?php echo esc_html( $about ); ?></p>
				<p class="sallyport-when">
					<?php
					echo esc_html( $sources[ $key['source'] ] ?? $key['source'] );
					if ( null !== $key['created'] ) {
						echo ' · ', $view->time( (int) strtotime( $key['created'] ) );
					}
					if ( null !== $key['changed'] ) {
						echo ' · ', esc_html(
							sprintf(
								/* translators: 1: "active", 2: a date. */
								__( '%1$s since %2$s', 'sallyport' ),
								$state,
								wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), (int) strtotime( $key['changed'] ) )
							)
						);
					}
					if ( null !== $key['until'] ) {
						/* translators: %s: a time such as "in 5 minutes". */
						echo ' · ', sprintf( esc_html__( 'will be removed %s', 'sallyport' ), $view->time( (int) strtotime( $key['until'] ) ) );
					}
					?>
				</p>
				<?php if ( null === $view->source && 'next' === $key['state'] ) : ?>
					<?php echo $view->form( 'rotate', $key['kid'] ); ?>
						<?php if ( $key['wait'] > 0 ) : ?>
							<p id="sallyport-wait">
								<?php
								echo esc_html(
									sprintf(
										/* translators: 1: a time such as "5 minutes", 2: another. */
										__( 'This key can start signing in %1$s. Verifiers may cache the published keys for %2$s and would reject a key they have not seen.', 'sallyport' ),
										human_time_diff( 0, $key['wait'] ),
										human_time_diff( 0, $view->published )
									)
								);
								?>
							</p>
							<p>
								<label><input type="checkbox" name="now" value="1" aria-describedby="sallyport-wait">
									<?php esc_html_e( 'Do not wait: the active key has been exposed', 'sallyport' ); ?></label>
							</p>
						<?php endif; ?>
						<p><?php echo $view->button( __( 'Rotate: use this key for signing from now on', 'sallyport' ), primary: true ); ?></p>
					</form>
				<?php endif; ?>
				<?php if ( null === $view->source && 'active' !== $key['state'] ) : ?>
					<?php echo $view->details( 'retire-' . sanitize_key( $key['kid'] ) ); ?>
						<summary>
							<?php esc_html_e( 'Remove this key now', 'sallyport' ); ?>
							<span class="screen-reader-text"><?php echo esc_html( $key['kid'] ); ?></span>
						</summary>
						<?php echo $view->form( 'retire', $key['kid'] ); ?>
							<p>
								<?php
								'next' === $key['state']
									? esc_html_e( 'It has not signed anything, so nobody will notice.', 'sallyport' )
									: esc_html_e( 'Every token it signed becomes invalid at once, and users without a refresh token must sign in again. Do this only if the key has been exposed; otherwise it is removed by itself in time.', 'sallyport' );
								?>
							</p>
							<p><?php echo $view->button( __( 'Remove', 'sallyport' ), hidden: $key['kid'] ); ?></p>
						</form>
					</details>
				<?php endif; ?>
			</li>
		<?php endforeach; ?>
	</ul>
	<?php if ( null === $view->source ) : ?>
		<h3><?php esc_html_e( 'Rotation', 'sallyport' ); ?></h3>
		<p><?php esc_html_e( 'First create the next key. It is published at once but signs nothing yet. When you rotate, it signs every new token, and the previous key only verifies what it signed. Once the last of those tokens has expired, the old key is removed by itself, and nobody has had to sign in again.', 'sallyport' ); ?></p>
		<?php if ( ! $has( 'next' ) ) : ?>
			<?php echo $view->form( 'generate' ); ?>
				<p>
					<label for="sallyport-algorithm"><?php esc_html_e( 'Algorithm', 'sallyport' ); ?></label>
					<select name="algorithm" id="sallyport-algorithm" aria-describedby="sallyport-about-algorithm">
						<?php foreach ( $view->algorithms as $algorithm ) : ?>
							<option<?php selected( $algorithm, $view->algorithm ); ?>><?php echo esc_html( $algorithm ); ?></option>
						<?php endforeach; ?>
					</select>
				</p>
				<p class="description" id="sallyport-about-algorithm"><?php esc_html_e( 'With HS…, only this site can verify tokens. With the others, anyone can verify them with the published key.', 'sallyport' ); ?></p>
				<p><?php echo $view->button( __( 'Create the next key', 'sallyport' ) ); ?></p>
			</form>
		<?php endif; ?>
		<p class="description"><?php echo wp_kses( __( 'To use a private key of your own, import it on the command line: <code dir="ltr">wp sallyport key generate --alg=ES256 --pem=FILE</code>.', 'sallyport' ), array( 'code' => array( 'dir' => true ) ) ); ?></p>
	<?php endif; ?>
</section>
<section aria-labelledby="sallyport-master">
	<h2 id="sallyport-master"><?php esc_html_e( 'Master key', 'sallyport' ); ?></h2>
	<p><?php esc_html_e( 'It encrypts every stored secret: authenticator apps, signing keys, webhooks. Without it, nobody with a second factor can sign in.', 'sallyport' ); ?></p>
	<?php /* translators: %s: where the master key is from. */ ?>
	<p><?php printf( esc_html__( 'Where it is stored: %s', 'sallyport' ), $masters[ $view->master ] ); ?></p>
	<p><?php echo wp_kses( __( 'To replace it, define the new one as <code>SALLYPORT_NEW_MASTER_KEY</code> beside it, then run <code dir="ltr">wp sallyport key reseal</code>. Remove the old one when nothing is left to reseal.', 'sallyport' ), array( 'code' => array( 'dir' => true ) ) ); ?></p>
</section>
