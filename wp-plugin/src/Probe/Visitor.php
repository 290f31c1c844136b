<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

/** The throw-away user a probe knocks with, and what came out of each door while they had no second factor. */
final class Visitor {
	/** RFC 2606: no mail is ever delivered there, and a hook of ours sends none. */
	private const DOMAIN = '@probe.invalid';

	/** What their log-in begins with. */
	public const LOGIN = 'sallyport-probe-';

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
