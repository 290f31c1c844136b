<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Sallyport\WP\Blog;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Gate\PolicyEditor;
use Sallyport\WP\Gate\Rules;
use Sallyport\WP\Store\PolicyOption;
use WP_User;

/** The form for one level of the policy: what it shows as fixed, and the submitted fields. */
final class PolicyForm {
	/** Checkboxes that may be fixed. */
	private const FLAGS = array( 'weak_for_administrators', 'confirm_by_mail', 'monitor' );

	public function __construct(
		private readonly PolicyEditor $editor,
		private readonly Policies $policies,
	) {}

	/**
	 * What the network or a constant fixes for this level.
	 *
	 * @return array{least: array<string, string>, flags: array<string, array{by: string, is: bool}>, factors: array<string, list<string>>, strong_roles: list<string>}
	 *         `least`: role, or `default` => the mode below which a choice has no effect. `by`: a constant's name, or empty for
	 *         the network. `factors`: role => the factors that the network accepts.
	 */
	public function fixed( string $level ): array {
		$stored  = $this->stored( $level );
		$network = PolicyOption::NETWORK === $level ? null : ( $this->policies->levels()[ PolicyOption::NETWORK ] ?? null );
		$flags   = Policies::monitors_by_constant() ? array( 'monitor' => self::fix( true, 'SALLYPORT_MONITOR' ) ) : array();
		if ( is_multisite() && PolicyOption::SITE === $level ) {
			$flags += array( 'monitor' => self::fix( null !== $network && $network->is( 'monitor' ) ) );
		}
		if ( null === $network ) {
			return array( 'least' => array(), 'flags' => $flags, 'factors' => array(), 'strong_roles' => array() );
		}
		$rules = $network->all();
		$least = array( 'default' => $rules['default']->value );
		foreach ( array_keys( self::roles( $stored ) ) as $role ) {
			$least[ $role ] = ( $rules[ 'role:' . $role ] ?? $rules['default'] )->value;
		}
		return array(
			'least'        => $least,
			'flags'        => $flags
				+ ( $network->is( 'weak_for_administrators' ) ? array() : array( 'weak_for_administrators' => self::fix( false ) ) )
				+ ( $network->is( 'confirm_by_mail' ) ? array( 'confirm_by_mail' => self::fix( true ) ) : array() ),
			'factors'      => $network->fields()['factors'],
			'strong_roles' => $network->fields()['strong_roles'],
		);
	}

	/**
	 * @param array<string, mixed> $fields Of a policy. A role that no longer exists must be shown, so that it can be removed.
	 * @return array<string, string> Role => its name for people.
	 */
	public static function roles( array $fields ): array {
		$named = array_map(
			'strval',
			array( ...array_keys( $fields['roles'] ), ...array_keys( $fields['factors'] ), ...$fields['strong_roles'] )
		);
		return array_map( 'translate_user_role', wp_roles()->get_names() ) + array_combine( $named, $named );
	}

	/**
	 * The rules to be added, with their subject as it was typed.
	 *
	 * @return array<string, array{typed: string, name: int|string, mode: mixed}> By kind. `name`: the subject as a policy names it, if it exists; else what was typed.
	 */
	public static function added( Fields $fields ): array {
		$added = array();
		foreach ( $fields->map( 'add' ) ?? array() as $kind => $rule ) {
			$typed = is_array( $rule ) && is_string( $rule['name'] ?? null ) ? trim( $rule['name'] ) : '';
			if ( isset( Rules::KINDS[ $kind ] ) && 'roles' !== $kind && '' !== $typed ) { // Every role has its row.
				$added[ $kind ] = array(
					'typed' => $typed,
					'name'  => self::found( $kind, $typed ),
					'mode'  => $rule['mode'] ?? null,
				);
			}
		}
		return $added;
	}

	/** The subject's name in a policy: an id, if a user or a site was named otherwise. */
	private static function found( string $kind, string $typed ): int|string {
		return match ( true ) {
			ctype_digit( $typed ) => $typed,
			'users' === $kind     => self::user( $typed ) ?? $typed,
			'sites' === $kind     => self::site( $typed ) ?? $typed,
			default               => $typed,
		};
	}

	/** The user with this login name or e-mail address; null if name and address belong to different users. */
	private static function user( string $typed ): ?int {
		$users = array_filter( array( self::known( get_user_by( 'login', $typed ) ), self::known( get_user_by( 'email', $typed ) ) ) );
		$ids   = array_unique( array_column( $users, 'ID' ) );
		return 1 === count( $ids ) ? reset( $ids ) : null;
	}

	/** A user, if the current user may know of them: like core, a site's administrators see only its own users. */
	public static function known( WP_User|false $user ): ?WP_User {
		return $user && ( is_user_member_of_blog( $user->ID ) || current_user_can( 'manage_network_users' ) ) ? $user : null;
	}

	/** The site of the network with this URL. */
	private static function site( string $address ): ?int {
		$parts = wp_parse_url( str_contains( $address, '://' ) ? $address : 'http://' . $address );
		$sites = is_multisite() && isset( $parts['host'] ) ? get_sites(
			array(
				'domain'     => $parts['host'] . ( isset( $parts['port'] ) ? ':' . $parts['port'] : '' ),
				'path'       => trailingslashit( $parts['path'] ?? '' ),
				'network_id' => Blog::network(),
				'fields'     => 'ids',
				'number'     => 1,
			)
		) : array();
		return $sites[0] ?? null;
	}

	/**
	 * The submitted fields, plus stored fields that this form does not have or that are fixed. Nothing is corrected; PolicyEditor
	 * reports what is wrong.
	 *
	 * @return array<string, mixed> As in Rules::DEFAULTS.
	 */
	public function sent( string $level, Fields $fields ): array {
		$stored = $this->stored( $level );
		$fixed  = $this->fixed( $level );
		$said   = $stored;
		$said['default']    = $fields->optional( 'default' ) ?? $stored['default'];
		$days               = $fields->optional( 'grace_days' ) ?? '';
		$said['grace_days'] = ctype_digit( $days ) && strlen( $days ) < 9 ? (int) $days : $days;
		foreach ( Rules::KINDS as $kind => $word ) {
			foreach ( $fields->map( $kind ) ?? array() as $name => $mode ) {
				$said[ $kind ][ $name ] = $mode;
				$said[ $kind ]          = '' === $mode ? array_diff_key( $said[ $kind ], array( $name => true ) ) : $said[ $kind ];
			}
		}
		foreach ( self::added( $fields ) as $kind => $rule ) {
			$said[ $kind ][ $rule['name'] ] = $rule['mode'];
		}
		$only = $fields->map( 'only' ) ?? array();
		foreach ( $fields->map( 'which' ) ?? array() as $role => $which ) {
			$said['factors'][ $role ] = is_array( $only[ $role ] ?? null ) ? array_values( $only[ $role ] ) : array();
			$said['factors']          = 'only' === $which ? $said['factors'] : array_diff_key( $said['factors'], array( $role => true ) );
		}
		$ticked               = array_keys( $fields->map( 'strong' ) ?? array() );
		$others               = array_diff( $stored['strong_roles'], array_diff( array_keys( self::roles( $stored ) ), $fixed['strong_roles'] ) );
		$said['strong_roles'] = array_values( array_map( 'strval', array_unique( array( ...$others, ...$ticked ) ) ) );
		foreach ( self::FLAGS as $flag ) {
			$said[ $flag ] = isset( $fixed['flags'][ $flag ] ) ? $stored[ $flag ] : $fields->has( $flag );
		}
		return $said;
	}

	/** @return array<string, mixed> The stored fields of a level. */
	public function stored( string $level ): array {
		return $this->editor->show( $level ) ?? Rules::DEFAULTS;
	}

	/** @return array{by: string, is: bool} */
	private static function fix( bool $is, string $by = '' ): array {
		return array(
			'by' => $by,
			'is' => $is,
		);
	}
}
