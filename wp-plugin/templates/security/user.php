<?php
declare( strict_types=1 );

/**
 * Another user's sign-in security, for an administrator: no secret is here to be shown.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
if ( 'error' === $view->part ) {
	echo '<div class="sallyport" id="sallyport">', $view->told(), '</div>';
	return;
}
$reason = static function ( string $what, bool $required ) use ( $view ): string {
	$id    = 'sallyport-reason-' . $what;
	$label = $required ? __( 'Reason', 'sallyport' ) : __( 'Reason (optional)', 'sallyport' );
	return '<p>'
		. '<label for="' . esc_attr( $id ) . '">' . esc_html( $label ) . '</label> '
		. '<textarea name="reason" id="' . esc_attr( $id ) . '" rows="2" maxlength="' . (int) $view->longest . '"'
		. ( $required ? ' required' : '' ) . $view->is_wrong( $what ) . '>' . esc_textarea( $view->typed( $what, 'reason' ) ) . '</textarea>'
		. '</p>';
};
/** The form of what takes a fresh code, asked for before a reason is typed. */
$weaken = static function ( string $what, string $button, bool $required = false ) use ( $view, $reason ): string {
	return $view->fresh
		? $view->form( $what ) . $view->error( $what ) . $reason( $what, $required ) . '<p>' . $view->button( $button ) . '</p></form>'
		: $view->confirm( $what );
};
?>
<div class="sallyport" id="sallyport">
	<?php echo $view->done( $view->done ); ?>
	<?php if ( '' !== $view->link ) : ?>
		<section class="sallyport-codes" aria-labelledby="sallyport-link-made">
			<h2 id="sallyport-link-made" tabindex="-1" autofocus><?php esc_html_e( 'Enrolment link', 'sallyport' ); ?></h2>
			<?php /* translators: %d: minutes. */ ?>
			<p><?php echo esc_html( sprintf( __( 'It works once, for %d minutes, together with the user’s password. Give it to them in person or by phone, not by email. It is shown only this once.', 'sallyport' ), $view->minutes ) ); ?></p>
			<p>
				<code class="sallyport-key" id="sallyport-key"><?php echo esc_html( $view->link ); ?></code>
				<button type="button" class="button" data-sallyport-copy="sallyport-key" hidden><?php esc_html_e( 'Copy', 'sallyport' ); ?></button>
				<?php echo $view->status(); ?>
			</p>
		</section>
	<?php endif; ?>
	<?php if ( null !== $view->problem ) : ?>
		<p class="sallyport-error"><?php echo esc_html( $view->problem ); ?></p>
	<?php endif; ?>
	<?php if ( $view->locked > 0 ) : ?>
		<p class="sallyport-warning">
			<?php
			echo $view->is_shut
				? esc_html__( 'Too many wrong codes: the second step is locked, and no time unlocks it.', 'sallyport' )
				: esc_html(
					sprintf(
						/* translators: %s: a time such as "15 minutes". */
						__( 'Too many wrong codes: the second step is locked for %s.', 'sallyport' ),
						human_time_diff( time(), time() + $view->locked )
					)
				);
			?>
		</p>
	<?php endif; ?>

	<section aria-labelledby="sallyport-factors">
		<h2 id="sallyport-factors"><?php esc_html_e( 'Second factors', 'sallyport' ); ?></h2>
		<p>
			<?php
			if ( array() === $view->factors && ! $view->elsewhere ) {
				null !== $view->deadline && $view->deadline <= time()
					? esc_html_e( 'None: with the password, this user can only set one up.', 'sallyport' )
					: esc_html_e( 'None: this user signs in with the password alone.', 'sallyport' );
			} elseif ( $view->elsewhere ) {
				esc_html_e( 'This user has one in another plugin: see and reset it there.', 'sallyport' );
			} else {
				esc_html_e( 'This user is asked for one at every sign-in.', 'sallyport' );
			}
			echo ' ';
			if ( null === $view->deadline ) {
				esc_html_e( 'The policy does not require one.', 'sallyport' );
			} elseif ( array() === $view->factors && ! $view->elsewhere ) {
				printf(
					$view->deadline > time()
						/* translators: %s: "in 5 days". */
						? esc_html__( 'The policy requires one; the deadline is %s.', 'sallyport' )
						/* translators: %s: "2 days ago". */
						: esc_html__( 'The policy requires one; the deadline passed %s.', 'sallyport' ),
					$view->time( $view->deadline )
				);
			} else {
				esc_html_e( 'The policy requires one.', 'sallyport' );
			}
			?>
		</p>
		<ul class="sallyport-list">
			<?php foreach ( $view->factors as $factor ) : ?>
				<li>
					<p class="sallyport-name">
						<strong><?php echo $view->name( $factor['label'], $view->factor( $factor['type'] ) ); ?></strong>
						<?php echo 'pending' === $factor['status'] ? '· ' . esc_html__( 'not finished', 'sallyport' ) : ''; ?>
					</p>
					<p class="sallyport-when">
						<?php
						if ( null !== $factor['left'] ) {
							/* translators: %d: number of codes. */
							echo esc_html( sprintf( _n( '%d code left', '%d codes left', $factor['left'], 'sallyport' ), $factor['left'] ) );
						} else {
							/* translators: %s: a time such as "5 minutes ago". */
							printf( esc_html__( 'Added %s', 'sallyport' ), $view->time( (int) strtotime( $factor['added'] ) ) );
							echo ' · ';
							null === $factor['last_used']
								? esc_html_e( 'Never used', 'sallyport' )
								: printf(
									/* translators: %s: a time such as "5 minutes ago". */
									esc_html__( 'Last used %s', 'sallyport' ),
									$view->time( (int) strtotime( $factor['last_used'] ) )
								);
						}
						?>
					</p>
				</li>
			<?php endforeach; ?>
		</ul>
		<?php if ( ! $view->proven ) : ?>
			<?php /* translators: %s: address of a page. */ ?>
			<?php echo $view->unproven( __( 'To reset, unlock or invite other users you need a second factor yourself: a stolen password must not be enough. <a href="%s">Set one up first</a>.', 'sallyport' ) ); ?>
		<?php elseif ( array() !== $view->factors || null !== $view->problem ) : ?>
			<?php echo $view->details( 'reset' ); ?>
				<summary><?php esc_html_e( 'Reset the second factor', 'sallyport' ); ?></summary>
				<p><?php esc_html_e( 'For users who have lost both their phone and their backup codes. Everything is removed: factors, codes, devices and sign-ins. Afterwards they can sign in with their password alone, so first make sure that you are talking to the right person. It is logged with your name, and the user is notified by email.', 'sallyport' ); ?></p>
				<?php echo $weaken( 'reset', __( 'Reset', 'sallyport' ), true ); ?>
			</details>
		<?php elseif ( ! $view->elsewhere ) : ?>
			<?php echo $view->details( 'link' ); ?>
				<summary><?php esc_html_e( 'Create an enrolment link', 'sallyport' ); ?></summary>
				<p><?php esc_html_e( 'With the link and the password, this user can set up a second factor; the password alone is not enough. Give it to them yourself.', 'sallyport' ); ?></p>
				<?php echo $weaken( 'link', __( 'Create the link', 'sallyport' ) ); ?>
			</details>
		<?php endif; ?>
		<?php if ( $view->proven && $view->locked > 0 ) : ?>
			<?php echo $view->details( 'unlock' ); ?>
				<summary><?php esc_html_e( 'Unlock the second step', 'sallyport' ); ?></summary>
				<p><?php esc_html_e( 'The count of wrong codes starts again at zero; the second factor stays as it is.', 'sallyport' ); ?></p>
				<?php echo $weaken( 'unlock', __( 'Unlock', 'sallyport' ) ); ?>
			</details>
		<?php endif; ?>
		<?php if ( $view->may && ( $view->by_name || null === $view->deadline ) ) : ?>
			<?php $what = $view->by_name ? 'spare' : 'require'; ?>
			<?php echo $view->details( $what ); ?>
				<summary>
					<?php
					$view->by_name
						? esc_html_e( 'Stop requiring a second factor for this user', 'sallyport' )
						: esc_html_e( 'Require a second factor for this user', 'sallyport' );
					?>
				</summary>
				<?php echo $view->form( $what ), $view->error( $what ); ?>
					<p>
						<?php
						$view->by_name
							? esc_html_e( 'The rule for this user is removed from the policy. The other rules of the policy still apply to them.', 'sallyport' )
							: esc_html_e( 'This adds a rule for this user to the policy: without a second factor they cannot sign in once the grace period is over.', 'sallyport' );
						?>
					</p>
					<p>
						<?php
						echo $view->button(
							$view->by_name ? __( 'Stop requiring it', 'sallyport' ) : __( 'Require a second factor', 'sallyport' ),
							what: $what
						);
						?>
					</p>
				</form>
			</details>
		<?php endif; ?>
	</section>

	<section aria-labelledby="sallyport-sign-ins">
		<h2 id="sallyport-sign-ins"><?php esc_html_e( 'Sign-ins and devices', 'sallyport' ); ?></h2>
		<?php if ( array() === $view->sign_ins && array() === $view->devices ) : ?>
			<p><?php esc_html_e( 'This user is not signed in anywhere.', 'sallyport' ); ?></p>
		<?php endif; ?>
		<ul class="sallyport-list">
			<?php foreach ( $view->sign_ins as $sign_in ) : ?>
				<li>
					<p class="sallyport-name">
						<strong><?php echo $view->name( $sign_in['name'], __( 'Unknown device', 'sallyport' ) ); ?></strong>
						·
						<?php
						echo 'browser' === $sign_in['kind'] ? esc_html__( 'in a browser', 'sallyport' ) : esc_html__( 'in an app or front end', 'sallyport' );
						?>
					</p>
					<p class="sallyport-when">
						<?php
						null === $sign_in['used']
							? printf(
								/* translators: %s: a time such as "5 minutes ago". */
								esc_html__( 'Signed in %s', 'sallyport' ),
								$view->time( $sign_in['since'] )
							)
							: printf(
								/* translators: %s: a time such as "5 minutes ago". */
								esc_html__( 'Last used %s', 'sallyport' ),
								$view->time( $sign_in['used'] )
							);
						?>
					</p>
				</li>
			<?php endforeach; ?>
			<?php foreach ( $view->devices as $device ) : ?>
				<li>
					<p class="sallyport-name">
						<strong><?php echo $view->name( $device['name'], __( 'Unknown device', 'sallyport' ) ); ?></strong>
						·
						<?php
						echo $device['trusted']
							? esc_html__( 'trusted: no code is required', 'sallyport' )
							: esc_html__( 'remembered, not trusted', 'sallyport' );
						?>
					</p>
					<?php /* translators: %s: a time such as "5 minutes ago". */ ?>
					<p class="sallyport-when"><?php printf( esc_html__( 'Last used %s', 'sallyport' ), $view->time( $device['used'] ) ); ?></p>
				</li>
			<?php endforeach; ?>
		</ul>
		<?php echo $view->details( 'revoke' ); ?>
			<summary><?php esc_html_e( 'Sign this user out everywhere', 'sallyport' ); ?></summary>
			<?php echo $view->form( 'revoke' ), $view->error( 'revoke' ); ?>
				<p><?php esc_html_e( 'Every browser and app will be signed out, and no device will be trusted any longer. The second factor stays as it is.', 'sallyport' ); ?></p>
				<?php echo $reason( 'revoke', false ); ?>
				<p><?php echo $view->button( __( 'Sign out everywhere', 'sallyport' ) ); ?></p>
			</form>
		</details>
	</section>
	<?php echo $view->told(); ?>
</div>
