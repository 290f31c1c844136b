<?php
declare( strict_types=1 );

/**
 * Where webhooks go, and what became of the newest.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
?>
<section aria-labelledby="sallyport-webhooks">
	<h2 id="sallyport-webhooks"><?php esc_html_e( 'Webhooks', 'sallyport' ); ?></h2>
	<?php if ( 'add' !== $view->asked ) : ?>
		<?php echo $view->told(); ?>
	<?php endif; ?>
	<p><?php esc_html_e( 'Everything the activity log records is sent to these addresses within seconds, as signed requests. They contain no codes, tokens or passwords.', 'sallyport' ); ?></p>
	<?php if ( null !== $view->secret ) : ?>
		<div class="sallyport-done" role="status">
			<p><strong tabindex="-1" autofocus><?php esc_html_e( 'The endpoint was added. The receiver needs this secret to check the signature. It is shown only this once:', 'sallyport' ); ?></strong></p>
			<div id="sallyport-secret"><p><code dir="ltr"><?php echo esc_html( $view->secret ); ?></code></p></div>
			<?php echo $view->copy( 'sallyport-secret', __( 'Copy', 'sallyport' ) ); ?>
		</div>
	<?php endif; ?>
	<?php if ( array() === $view->endpoints ) : ?>
		<p><?php esc_html_e( 'No endpoints have been added yet.', 'sallyport' ); ?></p>
	<?php endif; ?>
	<ul class="sallyport-list">
		<?php foreach ( $view->endpoints as $endpoint ) : ?>
			<li>
				<p class="sallyport-name"><strong><bdi dir="ltr"><?php echo esc_html( $endpoint['url'] ); ?></bdi></strong></p>
				<?php if ( ! $endpoint['active'] ) : ?>
					<p class="sallyport-wrong"><?php esc_html_e( 'The receiver reported that it is gone (410). Nothing is sent there any longer.', 'sallyport' ); ?></p>
				<?php endif; ?>
				<p><?php echo esc_html( '' === $endpoint['events'] ? __( 'Every event', 'sallyport' ) : $endpoint['events'] ); ?></p>
				<p class="sallyport-when">
					<?php /* translators: %s: a time such as "5 minutes ago". */ ?>
					<?php printf( esc_html__( 'Added %s', 'sallyport' ), $view->time( $endpoint['created'] ) ); ?>
				</p>
				<?php if ( $endpoint['active'] ) : ?>
					<?php echo $view->form( 'test', $endpoint['id'] ); ?>
						<p><?php echo $view->button( __( 'Send a test', 'sallyport' ), hidden: $endpoint['url'] ); ?></p>
					</form>
				<?php endif; ?>
				<?php if ( $view->proven ) : ?>
					<?php echo $view->details( 'remove-' . $endpoint['id'] ); ?>
						<summary>
							<?php esc_html_e( 'Remove', 'sallyport' ); ?> <span class="screen-reader-text"><?php echo esc_html( $endpoint['url'] ); ?></span>
						</summary>
						<?php echo $view->form( 'remove', $endpoint['id'] ); ?>
							<p><?php esc_html_e( 'Everything queued for it is deleted as well, and so is its secret: if you add it again, it gets a new one.', 'sallyport' ); ?></p>
							<p><?php echo $view->button( __( 'Remove the endpoint', 'sallyport' ), hidden: $endpoint['url'] ); ?></p>
						</form>
					</details>
				<?php endif; ?>
			</li>
		<?php endforeach; ?>
	</ul>
</section>
<section aria-labelledby="sallyport-add">
	<h2 id="sallyport-add"><?php esc_html_e( 'Add an endpoint', 'sallyport' ); ?></h2>
	<?php echo $view->error( 'add' ); ?>
	<?php if ( ! $view->proven ) : ?>
		<?php /* translators: %s: address of a page. */ ?>
		<?php echo $view->unproven( __( 'To add or remove endpoints you need a second factor yourself: a stolen password must not be enough. <a href="%s">Set one up</a>.', 'sallyport' ) ); ?>
	<?php elseif ( ! $view->fresh ) : ?>
		<p><?php esc_html_e( 'Please confirm that it is you first, because an endpoint is told about everything that happens here.', 'sallyport' ); ?></p>
		<?php echo $view->confirm( 'add' ); ?>
	<?php else : ?>
		<?php echo $view->form( 'add' ); ?>
			<p>
				<label for="sallyport-url"><?php esc_html_e( 'URL of the receiver', 'sallyport' ); ?></label>
				<input type="url" name="url" id="sallyport-url" class="regular-text code" dir="ltr" required
					placeholder="https://" value="<?php echo esc_attr( $view->typed( 'add', 'url' ) ); ?>"
					<?php echo $view->is_wrong( 'add' ); ?>>
			</p>
			<details class="sallyport-do"<?php echo array() === $view->ticked ? '' : ' open'; ?>>
				<summary><?php esc_html_e( 'Only some events', 'sallyport' ); ?></summary>
				<fieldset>
					<legend class="screen-reader-text"><?php esc_html_e( 'Only some events', 'sallyport' ); ?></legend>
					<p><?php esc_html_e( 'If none is selected, every event is sent.', 'sallyport' ); ?></p>
					<div class="sallyport-events">
						<?php foreach ( $view->events as $one ) : ?>
							<label title="<?php echo esc_attr( $one->meaning() ); ?>"><input type="checkbox"
								name="events[<?php echo esc_attr( $one->value ); ?>]" value="1"
								<?php checked( in_array( $one->value, $view->ticked, true ) ); ?>>
								<?php echo esc_html( $one->title() ); ?></label>
						<?php endforeach; ?>
					</div>
				</fieldset>
			</details>
			<p><?php echo $view->button( __( 'Add the endpoint', 'sallyport' ), primary: true ); ?></p>
		</form>
	<?php endif; ?>
</section>
<?php if ( array() !== $view->deliveries ) : ?>
	<section aria-labelledby="sallyport-deliveries">
		<h2 id="sallyport-deliveries"><?php esc_html_e( 'Latest deliveries', 'sallyport' ); ?></h2>
		<table class="widefat striped sallyport-table sallyport-entries sallyport-deliveries">
			<thead>
				<tr>
					<th scope="col"><?php esc_html_e( 'When', 'sallyport' ); ?></th>
					<th scope="col"><?php esc_html_e( 'Event', 'sallyport' ); ?></th>
					<th scope="col"><?php esc_html_e( 'Receiver', 'sallyport' ); ?></th>
					<th scope="col"><?php esc_html_e( 'Status', 'sallyport' ); ?></th>
				</tr>
			</thead>
			<tbody>
				<?php foreach ( $view->deliveries as $delivery ) : ?>
					<tr>
						<td><?php echo $view->time( $delivery['created'] ); ?></td>
						<td><?php echo esc_html( $delivery['event'] ); ?></td>
						<td><bdi dir="ltr"><?php echo esc_html( $delivery['receiver'] ); ?></bdi></td>
						<td>
							<?php
							echo match ( $delivery['state'] ) {
								'done'   => '✔ ' . esc_html__( 'Delivered', 'sallyport' ),
								'failed' => '<span class="sallyport-wrong">✖ ' . esc_html__( 'Given up', 'sallyport' ) . '</span> '
									. esc_html( $delivery['answer'] ),
								default  => '' === $delivery['answer']
									? esc_html__( 'On its way', 'sallyport' )
									: esc_html( $delivery['answer'] ) . ' '
										. sprintf(
											/* translators: %s: a time such as "in 5 minutes". */
											esc_html__( 'Next try %s', 'sallyport' ),
											$view->time( $delivery['next'] )
										),
							};
							?>
							<?php if ( $delivery['retry'] ) : ?>
								<?php echo $view->form( 'retry', (string) $delivery['id'] ); ?>
									<p><?php echo $view->button( __( 'Try again', 'sallyport' ), hidden: $delivery['event'] ); ?></p>
								</form>
							<?php endif; ?>
						</td>
					</tr>
				<?php endforeach; ?>
			</tbody>
		</table>
	</section>
<?php endif; ?>
