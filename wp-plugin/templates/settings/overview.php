<?php
declare( strict_types=1 );

/**
 * How the site stands.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
$count = static fn ( array $of ): string => sprintf(
	/* translators: 1: users with a second factor, 2: all users. */
	esc_html__( '%1$s of %2$s', 'sallyport' ),
	'<strong>' . esc_html( number_format_i18n( $of['protected'] ) ) . '</strong>',
	esc_html( number_format_i18n( $of['users'] ) )
);
$row     = static function ( string $name, array $of, string $role = '' ) use ( $view, $count ): void {
	?>
	<tr>
		<th scope="row"><?php echo $view->name( $name ); ?></th>
		<td>
			<?php echo $count( $of ); ?>
			<?php $share = (int) round( 100 * $of['protected'] / max( 1, $of['users'] ) ); ?>
			<span class="sallyport-share" aria-hidden="true"><span style="inline-size:<?php echo $share; ?>%"></span></span>
		</td>
		<td>
			<?php
			if ( 0 === $of['missing'] ) {
				esc_html_e( 'None', 'sallyport' );
			} else {
				echo '<span class="sallyport-wrong"><span aria-hidden="true">!</span> ' . esc_html( number_format_i18n( $of['missing'] ) ) . '</span>';
				if ( null !== $view->missing ) {
					echo ' <a href="' . esc_url( ( $view->missing )( $role ) ) . '">' . esc_html__( 'List them', 'sallyport' )
						. ' <span class="screen-reader-text">' . esc_html( $name ) . '</span></a>';
				}
			}
			?>
		</td>
	</tr>
	<?php
};
$wrongs  = array(
	'monitor'  => __( 'Monitor-only: the password alone is enough for everyone.', 'sallyport' ),
	'disabled' => __( 'Switched off by SALLYPORT_DISABLE: nobody is asked for a second factor.', 'sallyport' ),
	'down'     => __( 'Users with a second factor cannot sign in. See Health below for the reason.', 'sallyport' ),
);
$open    = $view->doors['open'];
$unknown = $view->doors['could not tell'];
$spared  = $view->doors['not knocked'];
$words   = array(
	'open'           => __( 'Open', 'sallyport' ),
	'could not tell' => __( 'Unclear', 'sallyport' ),
	'not knocked'    => __( 'Not tested', 'sallyport' ),
	'shut'           => __( 'Shut', 'sallyport' ),
	'not there'      => __( 'Not present', 'sallyport' ),
);
$ranks   = array(
	'critical'    => array( '✖', __( 'Critical', 'sallyport' ), 'error' ),
	'recommended' => array( '!', __( 'Recommended', 'sallyport' ), 'warning' ),
	'good'        => array( '✔', __( 'Good', 'sallyport' ), 'done' ),
);
?>
<?php if ( isset( $wrongs[ $view->mode ] ) ) : ?>
	<p class="sallyport-error"><span aria-hidden="true">✖</span> <strong><?php echo esc_html( $wrongs[ $view->mode ] ); ?></strong></p>
<?php else : ?>
	<p class="sallyport-<?php echo 'bare' === $view->mode ? 'warning' : 'done'; ?>">
		<?php
		echo 'bare' === $view->mode
			? '<span aria-hidden="true">!</span> <strong>' . esc_html( $view->bare ) . '.</strong>'
			: '<span aria-hidden="true">✔</span>';
		?>
		<?php esc_html_e( 'The second factor is enforced: users who have one, or must have one, cannot get in without it.', 'sallyport' ); ?>
		<?php if ( 'bare' === $view->mode && $view->is_mine ) : ?>
			<a href="<?php echo esc_url( $view->own ); ?>"><?php esc_html_e( 'Set up your second factor', 'sallyport' ); ?></a>
		<?php endif; ?>
	</p>
<?php endif; ?>

<section aria-labelledby="sallyport-coverage">
	<h2 id="sallyport-coverage"><?php esc_html_e( 'Who is protected', 'sallyport' ); ?></h2>
	<?php if ( null === $view->coverage ) : ?>
		<p class="sallyport-error"><?php esc_html_e( 'The database could not be read. See Health below for the reason.', 'sallyport' ); ?></p>
	<?php else : ?>
		<table class="widefat striped sallyport-table">
			<thead>
				<tr>
					<th scope="col"><?php esc_html_e( 'Role', 'sallyport' ); ?></th>
					<th scope="col"><?php esc_html_e( 'Have a second factor', 'sallyport' ); ?></th>
					<th scope="col"><?php esc_html_e( 'Required, but missing', 'sallyport' ); ?></th>
				</tr>
			</thead>
			<tbody>
				<?php
				foreach ( $view->coverage['roles'] as $role => $of ) {
					$row(
						'' === $role ? __( 'No role on this site', 'sallyport' ) : translate_user_role( wp_roles()->role_names[ $role ] ),
						$of,
						'' === $role ? 'none' : (string) $role
					);
				}
				$row( __( 'Everyone', 'sallyport' ), $view->coverage['all'] );
				?>
			</tbody>
		</table>
		<p><?php esc_html_e( 'Users with two roles are counted in both. The Policy tab says who must have a second factor, and by when. A factor in another plugin counts while that plugin is active.', 'sallyport' ); ?></p>
		<?php if ( array() !== $view->coverage['foreign'] ) : ?>
			<p>
				<?php
				printf(
					/* translators: %s: list of names, such as "word_list". */
					esc_html__( 'A factor that another plugin adds to Sallyport (%s) counts from its user’s next sign-in on. Users who also have one of Sallyport’s are counted only by that one.', 'sallyport' ),
					'<bdi>' . esc_html( implode( ', ', $view->coverage['foreign'] ) ) . '</bdi>'
				);
				?>
			</p>
		<?php endif; ?>
	<?php endif; ?>
</section>

<section aria-labelledby="sallyport-probe">
	<h2 id="sallyport-probe"><?php esc_html_e( 'Can anyone with a second factor get in without it?', 'sallyport' ); ?></h2>
	<?php if ( null !== $view->opened ) : ?>
		<p class="sallyport-error"><span aria-hidden="true">✖</span> <strong><?php echo esc_html( $view->opened ); ?></strong></p>
	<?php elseif ( null === $view->probed ) : ?>
		<p class="sallyport-warning"><span aria-hidden="true">!</span> <?php esc_html_e( 'Not tested yet.', 'sallyport' ); ?></p>
	<?php elseif ( array() !== $open ) : ?>
		<p class="sallyport-error"><span aria-hidden="true">✖</span> <strong>
			<?php
			echo esc_html(
				/* translators: %s: number of doors. */
				sprintf( _n( 'Yes: %s door is open.', 'Yes: %s doors are open.', count( $open ), 'sallyport' ), number_format_i18n( count( $open ) ) )
			);
			?>
			</strong> <a href="#sallyport-doors"><?php esc_html_e( 'Which', 'sallyport' ); ?></a></p>
	<?php elseif ( array() === $view->doors['shut'] ) : ?>
		<p class="sallyport-warning"><span aria-hidden="true">!</span> <?php esc_html_e( 'Unclear: no door answered.', 'sallyport' ); ?></p>
	<?php else : ?>
		<p class="sallyport-done"><span aria-hidden="true">✔</span>
			<?php
			echo esc_html(
				sprintf(
					/* translators: %s: number of doors. */
					_n( 'No: the %s door that lets users in is shut to the password alone.', 'No: the %s doors that let users in are shut to the password alone.', count( $view->doors['shut'] ), 'sallyport' ),
					number_format_i18n( count( $view->doors['shut'] ) )
				)
			);
			?>
		</p>
	<?php endif; ?>
	<?php if ( null !== $view->probed ) : ?>
		<p>
			<?php
			/* translators: %s: a time such as "5 minutes ago". */
			printf( esc_html__( 'Tested %s.', 'sallyport' ), $view->time( $view->probed ) );
			if ( null === $view->opened ) {
				echo ' ', $view->current
					? esc_html__( 'WordPress and the plugins have not changed since then.', 'sallyport' )
					: esc_html__( 'WordPress or a plugin has changed since then: test again.', 'sallyport' );
			}
			?>
		</p>
		<details<?php echo array() === $open ? '' : ' open'; ?> id="sallyport-doors" class="sallyport-do">
			<summary><?php esc_html_e( 'Every door, one by one', 'sallyport' ); ?></summary>
			<table class="widefat striped sallyport-table">
				<thead>
					<tr>
						<th scope="col"><?php esc_html_e( 'Door', 'sallyport' ); ?></th>
						<th scope="col"><?php esc_html_e( 'Result', 'sallyport' ); ?></th>
						<th scope="col"><?php esc_html_e( 'Reason', 'sallyport' ); ?></th>
					</tr>
				</thead>
				<tbody>
					<?php foreach ( $view->doors as $verdict => $doors ) : ?>
						<?php foreach ( $doors as $door ) : ?>
							<tr>
								<th scope="row"><?php echo $view->name( $door['door'] ); ?></th>
								<td>
									<?php
									echo 'open' === $verdict
										? '<span class="sallyport-wrong"><span aria-hidden="true">✖</span> ' . esc_html( $words[ $verdict ] ) . '</span>'
										: esc_html( $words[ $verdict ] );
									?>
								</td>
								<td><code><?php echo esc_html( $door['reason'] ?? '' ); ?></code></td>
							</tr>
						<?php endforeach; ?>
					<?php endforeach; ?>
				</tbody>
			</table>
		</details>
	<?php endif; ?>
	<?php if ( array() !== $unknown ) : ?>
		<p>
			<?php
			echo esc_html(
				sprintf(
					/* translators: %s: number of doors. */
					_n( '%s door gave no clear answer.', '%s doors gave no clear answer.', count( $unknown ), 'sallyport' ),
					number_format_i18n( count( $unknown ) )
				)
			);
			?>
		</p>
	<?php endif; ?>
	<?php if ( array() !== $spared ) : ?>
		<p>
			<?php
			echo esc_html(
				sprintf(
					/* translators: %s: number of doors. */
					_n( '%s door was not tested: the table says why.', '%s doors were not tested: the table says why.', count( $spared ), 'sallyport' ),
					number_format_i18n( count( $spared ) )
				)
			);
			?>
		</p>
	<?php endif; ?>
	<?php echo $view->form( 'probe' ), $view->error( 'probe' ); ?>
		<p id="sallyport-probe-what"><?php esc_html_e( 'Doors are all the ways to sign in: the login page, XML-RPC, the REST API, and the logins of other plugins. The test creates a temporary user, tries every door with the correct password and no code, and deletes the user again. No emails are sent. It takes a few seconds. Run it after every plugin update.', 'sallyport' ); ?></p>
		<p><?php echo $view->button( __( 'Test every door now', 'sallyport' ), primary: null === $view->probed || ! $view->current ); ?></p>
	</form>
</section>

<section aria-labelledby="sallyport-health">
	<h2 id="sallyport-health"><?php esc_html_e( 'Health', 'sallyport' ); ?></h2>
	<?php foreach ( $view->health as $status => $results ) : ?>
		<?php list( $icon, $word, $class ) = $ranks[ $status ]; ?>
		<?php if ( 'good' === $status ) : ?>
			<details class="sallyport-do">
				<summary>
					<?php
					echo esc_html(
						/* translators: %s: number of checks. */
						sprintf( _n( '%s check passed', '%s checks passed', count( $results ), 'sallyport' ), number_format_i18n( count( $results ) ) )
					);
					?>
				</summary>
		<?php endif; ?>
		<ul class="sallyport-list">
			<?php foreach ( $results as $result ) : ?>
				<li class="sallyport-<?php echo esc_attr( $class ); ?>">
					<p class="sallyport-name">
						<span aria-hidden="true"><?php echo esc_html( $icon ); ?></span>
						<span class="screen-reader-text"><?php echo esc_html( $word ); ?>:</span>
						<strong><?php echo esc_html( $result['label'] ); ?></strong>
					</p>
					<?php echo wp_kses_post( $result['description'] ); ?>
				</li>
			<?php endforeach; ?>
		</ul>
		<?php echo 'good' === $status ? '</details>' : ''; ?>
	<?php endforeach; ?>
	<?php echo $view->told(); ?>
</section>
