<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

/** The throw-away user a probe knocks with, and what came out of each door while they had no second factor. */
final class Visitor {
	/** RFC 2606: no mail is ever delivered there, and a hook of ours sends none. */
	private const DOMAIN = '@probe.invalid';

	/** What their log-in begins with. */
	public const LOGIN = 'sallyport-probe-';

	/** Seconds a probe takes at most: who is older was left by one that died. */
	public const LEFT = 900;

	/** Who is being taken away: what ends with them is told when nobody can look them up any more. */
	private static ?int $leaving = null;

	/** @var array<string, Heard> Door => what it answered before the enrolment. */
	private array $before = array();

	public function __construct(
		public readonly int $id,
		public readonly string $login,
		#[\SensitiveParameter] public readonly string $password,
		public readonly string $email,
	) {}

	/** An address that is nobody's: who reads it in an answer has been let in, since only its user is shown it. */
	public static function address(): string {
		return bin2hex( random_bytes( 10 ) ) . self::DOMAIN;
	}

	/** Whether a user is one, who is about. */
	public static function is( int $user_id ): bool {
		if ( self::$leaving === $user_id ) {
			return true;
		}
		$user = get_userdata( $user_id );
		return $user && self::has_been( $user ) && strtotime( $user->user_registered . ' UTC' ) > time() - self::LEFT;
	}

	/** Whether a user was made for a probe, whenever that was: by log-in and address, so that nobody else's account is ever taken for one. */
	public static function has_been( \WP_User $user ): bool {
		return str_starts_with( $user->user_login, self::LOGIN ) && self::is_addressed( $user->user_email );
	}

	/**
	 * Takes a visitor away.
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

	/** Whether a mail is to a visitor: filter pre_wp_mail. */
	public static function is_addressed( mixed $to ): bool {
		$to = is_array( $to ) ? implode( ',', array_filter( $to, 'is_string' ) ) : (string) $to;
		return 1 === preg_match( '/^[^,@]*[0-9a-f]{20}' . preg_quote( self::DOMAIN, '/' ) . '>?$/D', $to );
	}

	public function note( string $door, Heard $heard ): void {
		$this->before[ $door ] = $heard;
	}

	/** What a door answered before the enrolment: for a knock with what it gave then, such as a refresh token. */
	public function before( string $door ): ?Heard {
		return $this->before[ $door ] ?? null;
	}
}
