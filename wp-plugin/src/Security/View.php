<?php
declare( strict_types=1 );

namespace Sallyport\WP\Security;

use Sallyport\WP\Gate\StepUp;
use Sallyport\WP\Template;
use WP_User;

/**
 * What the templates of templates/security/ and templates/settings/ get: the values, and the markup they share. Each method but
 * factor(), typed() and id_of_wrong() returns escaped HTML.
 *
 * @property-read WP_User $user
 */
final class View {
	/** Classes of wp-admin, and of classic and block themes; wp_theme_get_element_class_name() returns the latter. */
	private const BUTTON = 'button wp-element-button';

	private bool $is_told = false;

	/** @param array<string, mixed> $said `user` (or the `nonce` of a page without a user), `url`, `refusal`, `error`, `asked`, `done`, `part`, and the part's data. */
	public function __construct( private readonly array $said ) {}

	public function __get( string $name ): mixed {
		return $this->said[ $name ] ?? null;
	}

	public function __isset( string $name ): bool {
		return isset( $this->said[ $name ] );
	}

	/** Renders another template of this folder with the same values. */
	public function part( string $name ): string {
		return Template::render( array( 'security/' . $name ), array( 'view' => $this ) );
	}

	/** The opening of a form of this page. */
	public function form( string $what, string $id = '' ): string {
		return '<form method="post" action="' . esc_url( $this->url ) . '">'
			. '<input type="hidden" name="' . esc_attr( Form::DO ) . '" value="' . esc_attr( $what ) . '">'
			. ( '' === $id ? '' : '<input type="hidden" name="id" value="' . esc_attr( $id ) . '">' )
			. wp_nonce_field( $this->nonce ?? Form::nonce_of( $this->user->ID ), '_wpnonce', false, false );
	}

	/** A name that somebody chose, isolated, whichever direction its text has. */
	public function name( string $name, string $otherwise = '' ): string {
		return '<bdi>' . esc_html( '' === $name ? $otherwise : $name ) . '</bdi>';
	}

	/** The name of a factor, or of something that replaces one; plain text. */
	public static function factor( string $name ): string {
		return match ( $name ) {
			'totp'                 => __( 'Authenticator app', 'sallyport' ),
			'email'                => __( 'Codes by email', 'sallyport' ),
			'backup_code'          => __( 'Backup codes', 'sallyport' ),
			'device'               => __( 'Trusted devices', 'sallyport' ),
			'two_factor'           => __( 'The plugin Two Factor', 'sallyport' ),
			'wp_2fa'               => __( 'The plugin WP 2FA', 'sallyport' ),
			'imported_backup_code' => __( 'Imported backup codes', 'sallyport' ),
			default                => $name,
		};
	}

	/** A time in words, in a time element. */
	public function time( int $at ): string {
		$now = time();
		$text = $at > $now
			/* translators: %s: a time such as "15 minutes". */
			? __( 'in %s', 'sallyport' )
			/* translators: %s: a time such as "15 minutes". */
			: __( '%s ago', 'sallyport' );
		return '<time datetime="' . esc_attr( gmdate( 'c', $at ) ) . '" title="' . $this->date( $at ) . '">'
			. esc_html( sprintf( $text, human_time_diff( $at, $now ) ) ) . '</time>';
	}

	/** Date and time in full. A title attribute would show it to mouse users only. */
	public function date( int $at ): string {
		return esc_html( (string) wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $at ) );
	}

	/** An entry of a list that expands to a form: whether it is expanded, as after a step-up or a refusal. */
	public function details( string $what ): string {
		return '<details class="sallyport-do" id="' . esc_attr( 'sallyport-' . $what ) . '"' . ( $what === $this->asked ? ' open' : '' ) . '>';
	}

	/** The error, beside its form. */
	public function error( string $what ): string {
		return $what === $this->asked ? $this->told() : '';
	}

	/** The error, if no form on the page has shown it. */
	public function told(): string {
		if ( '' === (string) $this->error || $this->is_told ) {
			return '';
		}
		$this->is_told = true;
		return '<p class="sallyport-error" id="sallyport-error" role="alert"><strong>' . esc_html__( 'Error:', 'sallyport' )
			. '</strong> ' . esc_html( $this->error ) . '</p>';
	}

	/**
	 * What was done, announced to screen readers and in focus: the control that had the focus may be gone.
	 *
	 * @param bool $focused False if something is to be typed next.
	 */
	public static function done( string $text, bool $focused = true ): string {
		return '' === $text
			? ''
			: '<p class="sallyport-done" role="status"' . ( $focused ? ' tabindex="-1" autofocus' : '' ) . '>' . esc_html( $text ) . '</p>';
	}

	/** What is wrong with a field, to be shown beside it. `wrong` has it by the field's path. */
	public function wrong_with( string $path ): string {
		if ( ! isset( $this->wrong[ $path ] ) ) {
			return '';
		}
		/* translators: %s: what a value must be: "must be a whole number". */
		$text = sprintf( __( 'This %s', 'sallyport' ), trim( substr( $this->wrong[ $path ], strlen( $path ) ) ) );
		return '<p class="sallyport-error" id="' . esc_attr( self::id_of_wrong( $path ) ) . '">' . esc_html( $text ) . '</p>';
	}

	/** The attributes of a field: the ids of what describes it, and whether it is wrong. */
	public function described( string $path, string $by = '' ): string {
		$is_wrong = isset( $this->wrong[ $path ] );
		$ids      = trim( ( $is_wrong ? self::id_of_wrong( $path ) . ' ' : '' ) . $by );
		return ( '' === $ids ? '' : ' aria-describedby="' . esc_attr( $ids ) . '"' ) . ( $is_wrong ? ' aria-invalid="true"' : '' );
	}

	/** The id of what wrong_with() returns; plain text. */
	public static function id_of_wrong( string $path ): string {
		return 'wrong-' . preg_replace( '/\s+/', '-', $path );
	}

	/** Whether this form was refused. */
	private function is_refused( string $what ): bool {
		return '' !== (string) $this->error && $what === $this->asked;
	}

	/** The input of a refused form's field, as plain text; otherwise the field's own value. */
	public function typed( string $what, string $name, string $otherwise = '' ): string {
		return $this->is_refused( $what ) ? Form::typed( $name ) : $otherwise;
	}

	/**
	 * The attributes of a field that was refused.
	 *
	 * @param string ...$fields The names by which a refusal refers to this field; '' if it names none. Omitted for a form's only field.
	 */
	public function is_wrong( string $what, string $described = '', string ...$fields ): string {
		$is_refused = $this->is_refused( $what );
		$is_meant   = array() === $fields || in_array( (string) $this->refusal?->field(), $fields, true );
		$is_wrong   = $is_refused && $is_meant;
		$by         = trim( ( $is_wrong ? 'sallyport-error ' : '' ) . $described );
		return ( '' === $by ? '' : ' aria-describedby="' . esc_attr( $by ) . '"' ) . ( $is_wrong ? ' aria-invalid="true"' : '' )
			. ( $is_meant || ! $is_refused ? $this->focus( $what ) : '' );
	}

	/** Focuses the form that the user returns to, refused or stepped up: it may be far below the top of the page. */
	private function focus( string $what ): string {
		return '' !== $what && $what === $this->asked ? ' autofocus' : '';
	}

	/** The field for the password; it tells password managers which account it is for. */
	public function password( string $what ): string {
		$id = 'sallyport-password-' . $what;
		return '<input type="text" value="' . esc_attr( $this->user->user_login ) . '" autocomplete="username" hidden readonly>'
			. '<p><label for="' . esc_attr( $id ) . '">' . esc_html__( 'Your password', 'sallyport' ) . '</label> '
			. '<input type="password" class="regular-text" name="sallyport_password" id="' . esc_attr( $id )
				. '" autocomplete="current-password" required' . $this->is_wrong( $what, '', 'sallyport_password', '' ) . '></p>';
	}

	/** @param string $what The form, if it has no field to focus. */
	public function button( string $text, bool $primary = false, string $hidden = '', string $what = '' ): string {
		return '<button type="submit" class="' . self::BUTTON . ( $primary ? ' button-primary' : '' ) . '"' . $this->focus( $what )
			. '>' . esc_html( $text )
			. ( '' === $hidden ? '' : ' <span class="screen-reader-text">' . esc_html( $hidden ) . '</span>' ) . '</button>';
	}

	/**
	 * Beside a copy button: where the script reports whether it copied. Its texts are in the markup, because a
	 * Content-Security-Policy could block an inline script with them.
	 */
	public function status(): string {
		return '<span role="status" data-sallyport-copied="' . esc_attr__( 'Copied.', 'sallyport' )
			. '" data-sallyport-failed="' . esc_attr__( 'Your browser does not let this page copy. Select the text and copy it yourself.', 'sallyport' ) . '"></span>';
	}

	/**
	 * Selects and copies what is shown only now. Needs the script.
	 *
	 * @param string $id Id of the element to copy.
	 */
	public function copy( string $id, string $text ): string {
		return '<p class="sallyport-row" data-sallyport-sheet="' . esc_attr( $id ) . '" hidden>'
			. '<button type="button" class="button" data-sallyport-copy="' . esc_attr( $id ) . '">' . esc_html( $text ) . '</button> '
				. $this->status() . '</p>';
	}

	/**
	 * In place of an action that requires a second factor, for a user who has none.
	 *
	 * @param string $text Why, with a link to the URL %s.
	 */
	public function unproven( string $text ): string {
		return '<p class="sallyport-warning">'
			. sprintf( wp_kses( $text, array( 'a' => array( 'href' => true ) ) ), esc_url( $this->own ) ) . '</p>';
	}

	/**
	 * In place of a form that requires a fresh code: the step-up page would lose the input.
	 *
	 * @param string $what The form to return to.
	 */
	public function confirm( string $what ): string {
		return '<p><a class="button" href="' . esc_url( StepUp::url( add_query_arg( Form::OPEN, $what, $this->url ) ) ) . '">'
			. esc_html__( 'Confirm it is you', 'sallyport' ) . '</a></p>';
	}

	/** A URL of this page. */
	public function link( string $name, string $value ): string {
		return esc_url( add_query_arg( $name, $value, $this->url ) );
	}
}
