<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

/** The throw-away user of a probe, and what each door answered while they had no second factor. */
final class Visitor {
	/** RFC 2606: mail is never delivered there, and a hook of ours sends none. */
	private const DOMAIN = '@probe.invalid';

	/** Prefix of their login name. */
	public const LOGIN = 'sallyport-probe-';

	/** Longest duration of a probe, in seconds. An older visitor was left by a probe that died. */
	public const LEFT = 900;

	/** The visitor being removed: events that this causes fire when the user can no longer be looked up. */
	private static ?int $leaving = null;

	/** @var array<string, Heard> Door => its answer before the enrolment. */
	private array $before = array();

	public function __construct(
		public readonly int $id,
		public readonly string $login,
		#[\SensitiveParameter] public readonly string $password,
		public readonly string $email,
	) {}

	/** A unique address. If it appears in an answer, the visitor was let in, since only its user may see it. */
	public static function address(): string {
		return bin2hex( random_bytes( 10 ) ) . self::DOMAIN;
	}

	/** Whether a user is the visitor of a running probe. */
	public static function is( int $user_id ): bool {
		if ( self::$leaving === $user_id ) {
			return true;
		}
		$user = get_userdata( $user_id );
		return $user && self::has_been( $user ) && strtotime( $user->user_registered . ' UTC' ) > time() - self::LEFT;
	}

	/**
	 * Whether a user was made for a probe at any time. Login and address must both match, so that nobody else's account is ever
	 * mistaken for one.
	 */
	public static function has_been( \WP_User $user ): bool {
		return str_starts_with( $user->user_login, self::LOGIN ) && self::is_addressed( $user->user_email );
	}

	/**
	 * Removes a visitor.
	 *
	 * @param \Closure(): void $removal
	 */
	public static function leaves( int $user_id, \Closure $removal ): void {
		self::$leaving = $user_id;
		try {
			$removal();
		} finally {
			self::$leaving = null;
		}
	}

	/** Whether a mail is to a visitor, for the filter pre_wp_mail. */
	public static function is_addressed( mixed $to ): bool {
		$to = is_array( $to ) ? implode( ',', array_filter( $to, 'is_string' ) ) : (string) $to;
		return 1 === preg_match( '/^[^,@]*[0-9a-f]{20}' . preg_quote( self::DOMAIN, '/' ) . '>?$/D', $to );
	}

	public function note( string $door, Heard $heard ): void {
		$this->before[ $door ] = $heard;
	}

	/** A door's answer before the enrolment, for a knock with what it issued then, such as a refresh token. */
	public function before( string $door ): ?Heard {
		return $this->before[ $door ] ?? null;
	}
}
