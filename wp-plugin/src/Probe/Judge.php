<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

/** Decides what an answer to a knock means, by trying whatever it gave away. */
final class Judge {
	/** Core's codes if there is no such door. */
	private const NO_DOOR = array( 'rest_no_route', 'rest_batch_not_allowed' );

	public function __construct( private readonly Loopback $http ) {}

	/** Whether an answer let the visitor in. Checked at once, since the credential may be void a moment later. */
	public function opened( Knock $knock, Visitor $visitor, ?Heard $heard ): bool {
		return null !== $heard && '' !== $this->given_away( $knock, $visitor, $heard, null );
	}

	/**
	 * @param Heard|null $heard  The answer with a second factor.
	 * @param Heard|null $before The answer without one.
	 * @param bool       $opened Whether the latter let the visitor in.
	 */
	public function finding( Knock $knock, Visitor $visitor, ?Heard $heard, ?Heard $before, bool $opened ): Finding {
		list( $verdict, $reason ) = match ( true ) {
			'' !== $knock->why_not => array( Verdict::NotMade, $knock->why_not ),
			null === $heard        => array( Verdict::NotThere, '' ),
			default                => $this->of( $knock, $visitor, $heard, $before, $opened ),
		};
		return new Finding( $knock->door, $verdict, $reason, $knock->gate );
	}

	/** @return array{0: Verdict, 1: string} */
	private function of( Knock $knock, Visitor $visitor, Heard $heard, ?Heard $before, bool $opened ): array {
		$given = $this->given_away( $knock, $visitor, $heard, $before );
		if ( '' !== $given ) {
			return array( Verdict::Open, $given );
		}
		if ( ! $knock->bridged && array() !== $heard->tokens() ) {
			return array( Verdict::Shut, 'a token was issued that counts for nothing here; the setting `strict` keeps it back' );
		}
		if ( 0 === $heard->status ) {
			return array( Verdict::Unknown, 'could not be reached: ' . $heard->head );
		}
		$code = $heard->code();
		if ( in_array( $code, self::NO_DOOR, true ) || 404 === $heard->status ) {
			return array( Verdict::NotThere, $code );
		}
		if ( 429 === $heard->status || $heard->status >= 500 ) {
			return array( Verdict::Unknown, '' === $code ? 'status ' . $heard->status : $code );
		}
		if ( $opened || str_starts_with( $code, 'sallyport_' ) ) {
			return array( Verdict::Shut, '' === $code ? 'status ' . $heard->status : $code );
		}
		if ( 1 === preg_match( $knock->nobody, $heard->body ) && 1 === preg_match( $knock->nobody, (string) $before?->body ) ) {
			return array( Verdict::NotThere, 'such a credential is not read' );
		}
		return array(
			Verdict::Unknown,
			'nobody got in, not even without a second factor: ' . ( '' === $code ? 'status ' . $heard->status : $code ),
		);
	}

	/** What an answer gave away, or whom the request counted as; '' for nothing. */
	private function given_away( Knock $knock, Visitor $visitor, Heard $heard, ?Heard $before ): string {
		$tokens = array_diff( $heard->tokens(), $before?->tokens() ?? array() );
		if ( array() !== $tokens && ( $knock->bridged || null === $before ) ) {
			return 'a token was issued';
		}
		foreach ( $tokens as $token ) {
			if ( $this->http->get( Loopback::own_profile(), array( 'Authorization' => 'Bearer ' . $token ) )->shows( $visitor ) ) {
				return 'a token was issued, and it counts';
			}
		}
		if ( $heard->shows( $visitor ) ) {
			return 'the request counted as the user';
		}
		foreach ( $knock->betrays as $pattern ) {
			if ( 1 === preg_match( $pattern, $heard->head . "\n" . $heard->body ) ) {
				return 'a credential was given';
			}
		}
		return $this->counts( $heard->sign_in_cookies() ) ? 'a cookie was set that counts' : '';
	}

	/**
	 * Whether cookies identify a user. Only WordPress reads them: a cookie it does not accept is no credential.
	 *
	 * @param array<string, string> $cookies
	 */
	private function counts( array $cookies ): bool {
		return array() !== $cookies && CredentialKnocks::nonce( $this->http, $cookies ) !== '';
	}
}
