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
	esc_html( _n( '%1$s of %2$s is protected', '%1$s of %2$s are protected', $of['protected'], 'sallyport' ) ),
	'<strong>' . esc_html( number_format_i18n( $of['protected'] ) ) . '</strong>',
	esc_html( number_format_i18n( $of['users'] ) )
);
$row     = static function ( string $name, array $of, string $role = '' ) use ( $view, $count ): void {
	?>
	<tr>
		<th scope="row"><?php echo $view->name( $name ); ?></th>
		<td>
			<?php echo $count( $of ); ?>
			<span class="sallyport-share" aria-hidden="true"><span style="inline-size:<?php echo (int) round( 100 * $of['protected'] / max( 1, $of['users'] ) ); ?>%"></span></span>
		</td>
		<td>
			<?php
			if ( 0 === $of['missing'] ) {
				esc_html_e( 'None', 'sallyport' );
			} else {
				echo '<span class="sallyport-wrong"><span aria-hidden="true">!</span> ' . esc_html( number_format_i18n( $of['missing'] ) ) . '</span>';
				if ( null !== $view->missing ) {
					echo ' <a href="' . esc_url( ( $view->missing )( $role ) ) . '">' . esc_html__( 'List them', 'sallyport' ) . ' <span class="screen-reader-text">' . esc_html( $name ) . '</span></a>';
				}
			}
			?>
		</td>
	</tr>
	<?php
};
$wrongs  = array(
	'monitor'  => __( 'Monitor-only: the password alone is enough, for everybody.', 'sallyport' ),
	'disabled' => __( 'Switched off by SALLYPORT_DISABLE: nobody is asked for a second factor.', 'sallyport' ),
	'down'     => __( 'Users with a second factor cannot sign in: Health, below, says why.', 'sallyport' ),
);
$open    = $view->doors['open'];
$unknown = $view->doors['could not tell'];
$spared  = $view->doors['not knocked'];
$words   = array(
	'open'           => __( 'Open', 'sallyport' ),
	'could not tell' => __( 'Could not tell', 'sallyport' ),
	'not knocked'    => __( 'Not knocked on', 'sallyport' ),
	'shut'           => __( 'Shut', 'sallyport' ),
	'not there'      => __( 'Not there', 'sallyport' ),
);
$ranks   = array(
	'critical'    => array( '✖', __( 'Act now', 'sallyport' ), 'error' ),
	'recommended' => array( '!', __( 'Have a look', 'sallyport' ), 'warning' ),
	'good'        => array( '✔', __( 'In order', 'sallyport' ), 'done' ),
);
?>
<?php if ( isset( $wrongs[ $view->mode ] ) ) : ?>
	<p class="sallyport-error"><span aria-hidden="true">✖</span> <strong><?php echo esc_html( $wrongs[ $view->mode ] ); ?></strong></p>
<?php else : ?>
	<p class="sallyport-<?php echo 'bare' === $view->mode ? 'warning' : 'done'; ?>">
		<?php echo 'bare' === $view->mode ? '<span aria-hidden="true">!</span> <strong>' . esc_html( $view->bare ) . '.</strong>' : '<span aria-hidden="true">✔</span>'; ?>
		<?php esc_html_e( 'The second factor is enforced: users who have one, or must have one, cannot get in without it.', 'sallyport' ); ?>
	</p>
<?php endif; ?>

<section aria-labelledby="sallyport-coverage">
	<h2 id="sallyport-coverage"><?php esc_html_e( 'Who is protected', 'sallyport' ); ?></h2>
	<?php if ( null === $view->coverage ) : ?>
		<p class="sallyport-error"><?php esc_html_e( 'The database cannot tell. Health, below, says why.', 'sallyport' ); ?></p>
	<?php else : ?>
		<table class="widefat striped sallyport-table">
			<thead>
				<tr>
					<th scope="col"><?php esc_html_e( 'Role', 'sallyport' ); ?></th>
					<th scope="col"><?php esc_html_e( 'Have a second factor', 'sallyport' ); ?></th>
					<th scope="col"><?php esc_html_e( 'Must, and have none that counts', 'sallyport' ); ?></th>
				</tr>
			</thead>
			<tbody>
				<?php
				foreach ( $view->coverage['roles'] as $role => $of ) {
					$row( '' === $role ? __( 'No role on this site', 'sallyport' ) : translate_user_role( wp_roles()->role_names[ $role ] ), $of, '' === $role ? 'none' : (string) $role );
				}
				$row( __( 'Everybody', 'sallyport' ), $view->coverage['all'] );
				?>
			</tbody>
		</table>
		<p><?php esc_html_e( 'Users with two roles are counted in both. The policy says who must have a factor, and by when; a factor in another plugin counts while that plugin is active.', 'sallyport' ); ?></p>
		<?php if ( array() !== $view->coverage['foreign'] ) : ?>
			<p>
				<?php
				/* translators: %s: list of names, such as "word_list". */
				printf( esc_html__( 'A factor that another plugin adds to Sallyport (%s) counts from its user’s next sign-in on. Users who also have one of Sallyport’s are counted only by that one.', 'sallyport' ), '<bdi>' . esc_html( implode( ', ', $view->coverage['foreign'] ) ) . '</bdi>' );
				?>
			</p>
		<?php endif; ?>
	<?php endif; ?>
</section>

<section aria-labelledby="sallyport-probe">
	<h2 id="sallyport-probe"><?php esc_html_e( 'Does any door let a user with a second factor in without it?', 'sallyport' ); ?></h2>
	<?php if ( null !== $view->opened ) : ?>
		<p class="sallyport-error"><span aria-hidden="true">✖</span> <strong><?php echo esc_html( $view->opened ); ?></strong></p>
	<?php elseif ( null === $view->probed ) : ?>
		<p class="sallyport-warning"><span aria-hidden="true">!</span> <?php esc_html_e( 'Nobody has tried yet.', 'sallyport' ); ?></p>
	<?php elseif ( array() !== $open ) : ?>
		<p class="sallyport-error"><span aria-hidden="true">✖</span> <strong>
			<?php
			/* translators: %s: number of doors. */
			echo esc_html( sprintf( _n( 'Yes: %s door is open.', 'Yes: %s doors are open.', count( $open ), 'sallyport' ), number_format_i18n( count( $open ) ) ) );
			?>
			</strong> <a href="#sallyport-doors"><?php esc_html_e( 'Which', 'sallyport' ); ?></a></p>
	<?php elseif ( array() === $view->doors['shut'] ) : ?>
		<p class="sallyport-warning"><span aria-hidden="true">!</span> <?php esc_html_e( 'It could not be told: no door answered.', 'sallyport' ); ?></p>
	<?php else : ?>
		<p class="sallyport-done"><span aria-hidden="true">✔</span>
			<?php
			/* translators: %s: number of doors. */
			echo esc_html( sprintf( _n( 'No: the %s door that let a visitor in is shut to the password alone.', 'No: the %s doors that let a visitor in are shut to the password alone.', count( $view->doors['shut'] ), 'sallyport' ), number_format_i18n( count( $view->doors['shut'] ) ) ) );
			?>
		</p>
	<?php endif; ?>
	<?php if ( null !== $view->probed ) : ?>
		<p>
			<?php
			/* translators: %s: a time such as "5 minutes ago". */
			printf( esc_html__( 'Tried %s.', 'sallyport' ), $view->time( $view->probed ) );
			if ( null === $view->opened ) {
				echo ' ', $view->current ? esc_html__( 'WordPress and the plugins are still the same.', 'sallyport' ) : esc_html__( 'Since then WordPress or a plugin has changed: try again.', 'sallyport' );
			}
			?>
		</p>
		<details<?php echo array() === $open ? '' : ' open'; ?> id="sallyport-doors" class="sallyport-do">
			<summary><?php esc_html_e( 'Every door, one by one', 'sallyport' ); ?></summary>
			<table class="widefat striped sallyport-table">
				<thead>
					<tr>
						<th scope="col"><?php esc_html_e( 'Door', 'sallyport' ); ?></th>
						<th scope="col"><?php esc_html_e( 'Found', 'sallyport' ); ?></th>
						<th scope="col"><?php esc_html_e( 'Because', 'sallyport' ); ?></th>
					</tr>
				</thead>
				<tbody>
					<?php foreach ( $view->doors as $verdict => $doors ) : ?>
						<?php foreach ( $doors as $door ) : ?>
							<tr>
								<th scope="row"><?php echo $view->name( $door['door'] ); ?></th>
								<td><?php echo 'open' === $verdict ? '<span class="sallyport-wrong"><span aria-hidden="true">✖</span> ' . esc_html( $words[ $verdict ] ) . '</span>' : esc_html( $words[ $verdict ] ); ?></td>
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
			/* translators: %s: number of doors. */
			echo esc_html( sprintf( _n( '%s door gave no clear answer.', '%s doors gave no clear answer.', count( $unknown ), 'sallyport' ), number_format_i18n( count( $unknown ) ) ) );
			?>
		</p>
	<?php endif; ?>
	<?php if ( array() !== $spared ) : ?>
		<p>
			<?php
			/* translators: %s: number of doors. */
			echo esc_html( sprintf( _n( '%s door was not knocked on, and is not called shut: the table says why.', '%s doors were not knocked on, and are not called shut: the table says why.', count( $spared ), 'sallyport' ), number_format_i18n( count( $spared ) ) ) );
			?>
		</p>
	<?php endif; ?>
	<?php echo $view->form( 'probe' ), $view->error( 'probe' ); ?>
		<p id="sallyport-probe-what"><?php esc_html_e( 'A throw-away user is made, knocks on every door with the right password and no code, and is taken away again; nobody is mailed. It takes some seconds. Do it after every update of a plugin.', 'sallyport' ); ?></p>
		<p><?php echo $view->button( __( 'Try every door now', 'sallyport' ), null === $view->probed || ! $view->current ); ?></p>
	</form>
</section>

<section aria-labelledby="sallyport-health">
	<h2 id="sallyport-health"><?php esc_html_e( 'Health', 'sallyport' ); ?></h2>
	<?php foreach ( $view->health as $status => $results ) : ?>
		<?php list( $icon, $word, $class ) = $ranks[ $status ]; ?>
		<?php if ( 'good' === $status ) : ?>
			<details class="sallyport-do">
				<?php /* translators: %s: number of checks. */ ?>
				<summary><?php echo esc_html( sprintf( _n( '%s check is in order', '%s checks are in order', count( $results ), 'sallyport' ), number_format_i18n( count( $results ) ) ) ); ?></summary>
		<?php endif; ?>
		<ul class="sallyport-list">
			<?php foreach ( $results as $result ) : ?>
				<li class="sallyport-<?php echo esc_attr( $class ); ?>">
					<p class="sallyport-name"><span aria-hidden="true"><?php echo esc_html( $icon ); ?></span> <span class="screen-reader-text"><?php echo esc_html( $word ); ?>:</span> <strong><?php echo esc_html( $result['label'] ); ?></strong></p>
					<?php echo wp_kses_post( $result['description'] ); ?>
				</li>
			<?php endforeach; ?>
		</ul>
		<?php echo 'good' === $status ? '</details>' : ''; ?>
	<?php endforeach; ?>
	<?php echo $view->told(); ?>
</section>
