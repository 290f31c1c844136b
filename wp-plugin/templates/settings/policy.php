<?php
declare( strict_types=1 );

/**
 * The policy of a site, or of a network.
 *
 * @var \Sallyport\WP\Security\View $view
 */

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.Security.EscapeOutput -- what View answers is escaped.
$fields     = $view->fields;
$fixed      = $view->fixed;
$of_network = __( 'Set by the network.', 'sallyport' );
$modes      = array(
	''         => array( __( 'Same as everyone else', 'sallyport' ), '' ),
	'off'      => array(
		__( 'Off', 'sallyport' ),
		__( 'Users cannot set up a second factor. Those who already have one are still asked for it.', 'sallyport' ),
	),
	'optional' => array(
		__( 'Optional', 'sallyport' ),
		__( 'Users can set one up. Those who do are asked for it when they sign in.', 'sallyport' ),
	),
	'required' => array(
		__( 'Required', 'sallyport' ),
		__( 'After the grace period, users without one cannot sign in until they set one up. Users cannot remove their last one.', 'sallyport' ),
	),
);

/** One row of the matrix: what is weaker than the network's rule would do nothing. */
$row = static function (
	string $group,
	string $key,
	string $name,
	string $said,
	array $offered,
	string $least,
	string $none = '',
) use ( $modes, $view, $of_network ): string {
	$field  = '' === $key ? $group : $group . '[' . $key . ']';
	$id     = 'sallyport-' . $group . '-' . $key;
	$path   = '' === $key ? $group : $group . '.' . $key;
	$locked = 'required' === $least;
	$is_set = ! in_array( $least, array( '', 'off' ), true );
	$html   = '<div class="sallyport-rule" role="radiogroup" aria-labelledby="' . esc_attr( $id ) . '"' . $view->described( $path, $is_set ? $id . '-by' : '' ) . '>'
		. '<strong id="' . esc_attr( $id ) . '"><bdi>' . esc_html( $name ) . '</bdi></strong>'
		. '<span class="sallyport-choices">';
	foreach ( $offered as $mode ) {
		$is_off = $locked || ( 'optional' === $least && 'off' === $mode );
		$about  = '' === $mode ? '' : ' aria-describedby="sallyport-mode-' . esc_attr( $mode ) . '"';
		$html  .= '<label><input type="radio" name="' . esc_attr( $field ) . '" value="' . esc_attr( $mode ) . '"'
			. checked( $locked ? 'required' : $said, $mode, false ) . disabled( $is_off, true, false ) . $about . '> '
			. esc_html( '' === $mode && '' !== $none ? $none : $modes[ $mode ][0] ) . '</label>';
	}
	$html .= '</span>';
	if ( $is_set ) {
		$note  = $locked ? $of_network : __( 'The network does not allow Off.', 'sallyport' );
		$html .= '<span class="sallyport-fixed" id="' . esc_attr( $id ) . '-by">' . esc_html( $note ) . '</span>';
	}
	return $html . $view->wrong_with( $path ) . '</div>';
};

/** A box to tick, with its consequence. */
$flag = static function ( string $name, string $label, string $text ) use ( $fields, $fixed, $of_network ): string {
	$lock = $fixed['flags'][ $name ] ?? null;
	/* translators: %s: name of a constant. */
	$note = null === $lock ? '' : ( '' === $lock['by'] ? $of_network : sprintf( __( 'Set by the constant %s.', 'sallyport' ), $lock['by'] ) );
	$is   = null === $lock ? true === $fields[ $name ] : $lock['is'];
	$id   = 'sallyport-about-' . $name;
	return '<p><label>'
		. '<input type="checkbox" name="' . esc_attr( $name ) . '" value="1" aria-describedby="' . esc_attr( $id ) . '"'
		. checked( $is, true, false ) . disabled( null !== $lock, true, false ) . '> ' . esc_html( $label ) . '</label></p>'
		. '<p class="description" id="' . esc_attr( $id ) . '">' . esc_html( $text )
		. ( '' === $note ? '' : ' <span class="sallyport-fixed">' . esc_html( $note ) . '</span>' ) . '</p>';
};

/** Kind => a rule's title, the label of a new one's field, and what is typed there. */
$titles = array(
	'users'        => array(
		/* translators: %s: name of a user. */
		__( 'The user %s', 'sallyport' ),
		__( 'For a user', 'sallyport' ),
		__( 'Username, email or ID', 'sallyport' ),
	),
	'capabilities' => array(
		/* translators: %s: name of a capability. */
		__( 'Users with the capability %s', 'sallyport' ),
		__( 'For users with the capability', 'sallyport' ),
		__( 'Capability', 'sallyport' ),
	),
	'sites'        => array(
		/* translators: %s: address of a site. */
		__( 'The site %s', 'sallyport' ),
		__( 'For a site', 'sallyport' ),
		__( 'Address or ID', 'sallyport' ),
	),
);

/** Of what is wrong: where it is, and what it is called. */
$place = static function ( string $path ) use ( $view, $titles ): array {
	list( $field, $name ) = explode( '.', $path, 2 ) + array( '', '' );

	$is_added = isset( $view->adding[ $field ] ) && $path === $field . '.' . $view->adding[ $field ]['name'];
	return match ( true ) {
		$is_added                  => array( 'sallyport-add-' . $field, $titles[ $field ][1] ),
		isset( $titles[ $field ] ) => array( "sallyport-$field-$name", sprintf( $titles[ $field ][0], ( $view->called )( $field, $name ) ) ),
		'roles' === $field         => array( "sallyport-$field-$name", $view->roles[ $name ] ?? $name ),
		'grace_days' === $field    => array( 'sallyport-grace', __( 'Grace period in days', 'sallyport' ) ),
		'default' === $field       => array( 'sallyport-default-', __( 'Everyone else', 'sallyport' ) ),
		default                    => array( $view->id_of_wrong( $path ), $view->roles[ $name ] ?? $name ),
	};
};
$word = static fn ( mixed $mode ): string => is_string( $mode ) ? $mode : '';
?>
<?php if ( ! $view->proven ) : ?>
	<?php /* translators: %s: address of a page. */ ?>
	<?php echo $view->unproven( __( 'You have no second factor yourself, so you can only make this policy stricter: a stolen password must not be enough to weaken it. <a href="%s">Set one up</a>.', 'sallyport' ) ); ?>
<?php endif; ?>
<?php if ( $view->is_broken ) : ?>
	<p class="sallyport-error"><?php esc_html_e( 'Some or all of the stored policy cannot be read, so the strictest reading applies. Save this form to fix it.', 'sallyport' ); ?></p>
<?php endif; ?>
<?php if ( $view->is_draft ) : ?>
	<?php echo $view->done( __( 'Thank you for confirming. Nothing is saved yet: your changes are filled in below. Save them now.', 'sallyport' ) ); ?>
<?php endif; ?>
<?php if ( $view->is_stale ) : ?>
	<p class="sallyport-error" role="alert" tabindex="-1" autofocus><?php esc_html_e( 'Someone else has changed the policy since you opened this page. Nothing was saved: check your choices again, and save them if they are still right.', 'sallyport' ); ?></p>
<?php endif; ?>
<?php if ( array() !== $view->wrong ) : ?>
	<div class="sallyport-error" role="alert" tabindex="-1" autofocus>
		<p><strong><?php esc_html_e( 'Nothing was saved. Please correct these fields:', 'sallyport' ); ?></strong></p>
		<ul class="sallyport-plain">
			<?php foreach ( array_map( $place, array_keys( $view->wrong ) ) as [ $id, $name ] ) : ?>
				<li><a href="#<?php echo esc_attr( rawurlencode( $id ) ); ?>"><bdi><?php echo esc_html( $name ); ?></bdi></a></li>
			<?php endforeach; ?>
		</ul>
	</div>
<?php endif; ?>
<?php echo array() === $view->wrong ? $view->told() : '', $view->form( 'policy' ); ?>
	<?php if ( null !== $view->reach ) : ?>
		<section class="sallyport-warning" aria-labelledby="sallyport-reach">
			<input type="hidden" name="seen" value="<?php echo esc_attr( $view->seen ); ?>">
			<h2 id="sallyport-reach" tabindex="-1" autofocus><?php esc_html_e( 'Before you save: who is affected', 'sallyport' ); ?></h2>
			<ul class="sallyport-plain">
				<?php foreach ( $view->hits as [ $role, $text ] ) : ?>
					<li><strong><bdi><?php echo esc_html( $role ); ?></bdi></strong>: <?php echo esc_html( $text ); ?></li>
				<?php endforeach; ?>
			</ul>
			<?php if ( ! $view->reach['is_all'] ) : ?>
				<?php /* translators: %d: number of users. */ ?>
				<p><?php echo esc_html( sprintf( __( 'Only the first %d users were counted.', 'sallyport' ), $view->most ) ); ?></p>
			<?php endif; ?>
			<p>
				<?php echo $view->button( __( 'Save these changes', 'sallyport' ), primary: true ); ?>
				<a href="<?php echo esc_url( $view->url ); ?>"><?php esc_html_e( 'Discard the changes', 'sallyport' ); ?></a>
			</p>
		</section>
	<?php endif; ?>

	<section aria-labelledby="sallyport-who">
		<h2 id="sallyport-who"><?php esc_html_e( 'Who must have a second factor', 'sallyport' ); ?></h2>
		<?php if ( $view->of_network ) : ?>
			<p><?php esc_html_e( 'The network has a policy of its own, and the stricter of the two applies: this site can be stricter, but not less strict.', 'sallyport' ); ?></p>
		<?php endif; ?>
		<?php if ( 'network' === $view->level ) : ?>
			<p><?php esc_html_e( 'This applies to every site of the network at once. A site can be stricter, but not less strict.', 'sallyport' ); ?></p>
		<?php endif; ?>
		<dl class="sallyport-modes">
			<?php foreach ( $modes as $mode => [ $name, $text ] ) : ?>
				<?php if ( '' !== $mode ) : ?>
					<div>
						<dt><?php echo esc_html( $name ); ?></dt>
						<dd id="sallyport-mode-<?php echo esc_attr( $mode ); ?>"><?php echo esc_html( $text ); ?></dd>
					</div>
				<?php endif; ?>
			<?php endforeach; ?>
		</dl>
		<?php
		foreach ( $view->roles as $role => $name ) {
			echo $row(
				'roles',
				(string) $role,
				$name,
				$word( $fields['roles'][ $role ] ?? '' ),
				array( 'off', 'optional', 'required', '' ),
				$fixed['least'][ $role ] ?? ''
			);
		}
		echo $row(
			'default',
			'',
			__( 'Everyone else', 'sallyport' ),
			$word( $fields['default'] ),
			array( 'off', 'optional', 'required' ),
			$fixed['least']['default'] ?? ''
		);
		?>
		<p class="description"><?php esc_html_e( 'If a user has several roles, the strictest rule applies. “Everyone else” applies to every role without a rule of its own.', 'sallyport' ); ?></p>
		<p>
			<label for="sallyport-grace"><?php esc_html_e( 'Grace period in days', 'sallyport' ); ?></label>
			<input type="text" inputmode="numeric" size="4" name="grace_days" id="sallyport-grace"
				value="<?php echo esc_attr( is_scalar( $fields['grace_days'] ) ? (string) $fields['grace_days'] : '' ); ?>"
				<?php echo $view->described( 'grace_days', 'sallyport-about-grace' ); ?>>
		</p>
		<?php echo $view->wrong_with( 'grace_days' ); ?>
		<p class="description" id="sallyport-about-grace">
			<?php /* translators: %d: number of days. */ ?>
			<?php echo esc_html( sprintf( __( 'How long users may go without a required second factor: 0 to %d days from when the rule was set or the user registered, whichever is later. With 0, it is required from the next sign-in.', 'sallyport' ), $view->longest ) ); ?>
		</p>
	</section>

	<section aria-labelledby="sallyport-named">
		<h2 id="sallyport-named"><?php esc_html_e( 'Additional rules', 'sallyport' ); ?></h2>
		<p class="description" id="sallyport-about-named"><?php esc_html_e( 'They apply in addition to the rules for roles, and never exempt anyone from what a role requires.', 'sallyport' ); ?></p>
		<?php
		foreach ( array_keys( $titles ) as $kind ) {
			foreach ( $fields[ $kind ] as $name => $mode ) {
				echo $row(
					$kind,
					(string) $name,
					sprintf( $titles[ $kind ][0], ( $view->called )( $kind, $name ) ),
					$word( $mode ),
					array( 'off', 'optional', 'required', '' ),
					'',
					__( 'Remove', 'sallyport' )
				);
			}
		}
		?>
		<h3><?php esc_html_e( 'Add a rule', 'sallyport' ); ?></h3>
		<?php foreach ( $view->suggested as $kind => $suggested ) : ?>
			<?php
			$id     = 'sallyport-add-' . $kind;
			$adding = $view->adding[ $kind ] ?? null;
			$path   = null === $adding ? '' : $kind . '.' . $adding['name'];
			?>
			<div class="sallyport-rule" role="group" aria-labelledby="<?php echo esc_attr( $id ); ?>-title">
				<strong><label for="<?php echo esc_attr( $id ); ?>"
					id="<?php echo esc_attr( $id ); ?>-title"><?php echo esc_html( $titles[ $kind ][1] ); ?></label></strong>
				<input type="text" name="add[<?php echo esc_attr( $kind ); ?>][name]" id="<?php echo esc_attr( $id ); ?>"
					value="<?php echo esc_attr( $adding['typed'] ?? '' ); ?>" dir="auto"
					placeholder="<?php echo esc_attr( $titles[ $kind ][2] ); ?>"
					<?php echo array() === $suggested ? '' : ' list="' . esc_attr( $id ) . '-list"', $view->described( $path, 'sallyport-about-named' ); ?>
					autocomplete="off" autocapitalize="none" spellcheck="false">
				<?php if ( array() !== $suggested ) : ?>
					<datalist id="<?php echo esc_attr( $id ); ?>-list">
						<?php foreach ( $suggested as $name => $text ) : ?>
							<option value="<?php echo esc_attr( (string) $name ); ?>"><?php echo esc_html( $text ); ?></option>
						<?php endforeach; ?>
					</datalist>
				<?php endif; ?>
				<span class="sallyport-choices">
					<?php foreach ( array( 'off', 'optional', 'required' ) as $mode ) : ?>
						<label><input type="radio" name="add[<?php echo esc_attr( $kind ); ?>][mode]"
							value="<?php echo esc_attr( $mode ); ?>"
							<?php checked( $word( $adding['mode'] ?? 'required' ), $mode ); ?>
							aria-describedby="sallyport-mode-<?php echo esc_attr( $mode ); ?>">
							<?php echo esc_html( $modes[ $mode ][0] ); ?></label>
					<?php endforeach; ?>
				</span>
				<?php echo '' === $path ? '' : $view->wrong_with( $path ); ?>
			</div>
		<?php endforeach; ?>
		<p class="description"><?php esc_html_e( 'Rules are added when you save the policy. Leave a field empty to add nothing.', 'sallyport' ); ?></p>
	</section>

	<?php require __DIR__ . '/policy-factors.php'; ?>

	<section aria-labelledby="sallyport-strong">
		<h2 id="sallyport-strong"><?php esc_html_e( 'Who needs a strong second factor', 'sallyport' ); ?></h2>
		<fieldset>
			<legend><?php esc_html_e( 'Codes by email do not count for these roles:', 'sallyport' ); ?></legend>
			<?php
			foreach ( array_keys( $view->roles ) as $role ) {
				echo $view->wrong_with( "strong_roles.$role" );
			}
			?>
			<p class="sallyport-choices">
				<?php foreach ( $view->roles as $role => $name ) : ?>
					<?php $is_set = in_array( (string) $role, $fixed['strong_roles'], true ); ?>
					<label><input type="checkbox" name="strong[<?php echo esc_attr( $role ); ?>]" value="1"
						<?php echo $view->described( "strong_roles.$role" ); ?>
						<?php checked( $is_set || in_array( (string) $role, (array) $fields['strong_roles'], true ) ); ?>
						<?php disabled( $is_set ); ?>>
						<bdi><?php echo esc_html( $name ); ?></bdi></label>
				<?php endforeach; ?>
			</p>
			<?php if ( array() !== $fixed['strong_roles'] ) : ?>
				<p class="sallyport-fixed"><?php echo esc_html( $of_network ); ?></p>
			<?php endif; ?>
		</fieldset>
		<?php
		echo $flag(
			'weak_for_administrators',
			__( 'Allow administrators to use codes by email alone', 'sallyport' ),
			__( 'Anyone who can read an administrator’s email could then reset the password and take over the site.', 'sallyport' )
		);
		echo $flag(
			'confirm_by_mail',
			__( 'Require confirmation by email before users who need a strong factor set it up with only their password', 'sallyport' ),
			__( 'Without this, anyone who finds the password of an administrator who has no second factor yet could set one up and lock the administrator out.', 'sallyport' )
		);
		?>
	</section>

	<section aria-labelledby="sallyport-monitor">
		<h2 id="sallyport-monitor"><?php esc_html_e( 'Monitor-only', 'sallyport' ); ?></h2>
		<?php
		echo $flag(
			'monitor',
			__( 'Only report what would be refused, and let it through', 'sallyport' ),
			__( 'While this is on, a password alone is enough for everyone, and the activity log records who would have been refused, and where. Use it for a short time to see what a policy would break.', 'sallyport' )
		);
		?>
	</section>
	<?php // Last: where PHP cuts off a form of very many rules this is missing, and nothing is saved. ?>
	<input type="hidden" name="was" value="<?php echo esc_attr( $view->was ); ?>">
	<p><?php echo $view->button( __( 'Save the policy', 'sallyport' ), primary: null === $view->reach ); ?></p>
</form>
