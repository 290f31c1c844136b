<?php
declare( strict_types=1 );

namespace Sallyport\WP\Token;

use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

/**
 * The claim `sp` that makes a bearer token count: {v, kid, iss, blog, uid, epoch, amr, at, exp, mac}.
 *
 * Its MAC covers a length-prefixed encoding of the whole claim and of the token's own iss, iat, exp, jti and client_id. So
 * it can neither be altered nor moved into another token.
 */
final class ProofClaim {
	public const NAME     = 'sp';
	/** Name of the claim in a refresh token that is a JWT. With it, neither kind of token is accepted in place of the other. */
	public const REFRESH  = 'spr';
	private const VERSION = 1;
	private const FIELDS  = array( 'v', 'kid', 'iss', 'blog', 'uid', 'epoch', 'amr', 'at', 'exp' );

	/**
	 * The token's own claims that the MAC covers. Without `client_id`, a token could be altered to look like another issuer's,
	 * and its family would not be checked.
	 */
	private const TOKEN_FIELDS = array( 'iss', 'iat', 'exp', 'jti', 'client_id' );

	public function __construct( private readonly Engine $engine ) {}

	/**
	 * @param array<string, mixed> $claims The token about to be signed.
	 * @param string               $name   NAME or REFRESH.
	 * @return array<string, mixed> The claims with the proof claim; an incoming one is replaced.
	 * @throws Refusal If the token has no `exp`: a proof must end.
	 */
	public function stamp( array $claims, Proof $proof, string $name = self::NAME ): array {
		unset( $claims[ self::NAME ], $claims[ self::REFRESH ] );
		if ( ! is_int( $claims['exp'] ?? null ) ) {
			throw Refusal::unavailable( Problem::Issuer );
		}
		$claim           = array(
			'v'     => self::VERSION,
			'kid'   => $this->engine->key_id(),
			'iss'   => $proof->issuer,
			'blog'  => get_current_blog_id(),
			'uid'   => $proof->user_id,
			'epoch' => $proof->epoch,
			'amr'   => $proof->amr,
			'at'    => $proof->at,
			'exp'   => $claims['exp'],
		);
		$claim['mac']    = $this->engine->mac( self::message( $claim, $claims, $name ), 'proof' );
		$claims[ $name ] = $claim;
		return $claims;
	}

	/**
	 * The proof in a token.
	 *
	 * @param array<string, mixed> $claims Of a token whose signature its issuer has verified.
	 * @param string               $name   NAME or REFRESH.
	 * @throws Refusal sallyport_token_unproven: absent, of another site or key, expired, altered, or moved from another token.
	 */
	public function read( array $claims, int $now, string $name = self::NAME ): Proof {
		$claim = self::shape( $claims[ $name ] ?? null );
		if ( null === $claim
			|| self::VERSION !== $claim['v']
			|| $claim['exp'] <= $now
			|| $claim['exp'] !== ( $claims['exp'] ?? null )
			|| get_current_blog_id() !== $claim['blog']
			|| ! $this->engine->mac_verify( self::message( $claim, $claims, $name ), $claim['mac'], 'proof' )
		) {
			throw new Refusal( Code::TokenUnproven );
		}
		return Proof::restored( $claim['uid'], $claim['iss'], $claim['amr'], $claim['at'], $claim['epoch'] );
	}

	/**
	 * The MAC's message: length-prefixed, so that no two lists of fields encode alike; an absent field is empty.
	 *
	 * @param array<string, mixed> $claim
	 * @param array<string, mixed> $token
	 */
	private static function message( array $claim, array $token, string $name ): string {
		// A message for NAME begins with the version instead, so no message is valid for both.
		$message = self::NAME === $name ? '' : strlen( $name ) . ':' . $name;
		foreach ( array( array( self::FIELDS, $claim ), array( self::TOKEN_FIELDS, $token ) ) as [ $names, $values ] ) {
			foreach ( $names as $name ) {
				$value    = $values[ $name ] ?? '';
				$field    = is_string( $value ) ? $value : (string) wp_json_encode( $value );
				$message .= strlen( $field ) . ':' . $field;
			}
		}
		return $message;
	}

	/**
	 * @param mixed $claim As decoded from JSON.
	 * @return array{v: int, kid: string, iss: string, blog: int, uid: int, epoch: string, amr: list<string>, at: int, exp: int, mac: string}|null
	 */
	private static function shape( mixed $claim ): ?array {
		if ( ! is_array( $claim ) || count( $claim ) !== count( self::FIELDS ) + 1 ) {
			return null;
		}
		foreach ( array( 'v', 'blog', 'uid', 'at', 'exp' ) as $name ) {
			if ( ! is_int( $claim[ $name ] ?? null ) ) {
				return null;
			}
		}
		foreach ( array( 'kid', 'iss', 'epoch', 'mac' ) as $name ) {
			if ( ! is_string( $claim[ $name ] ?? null ) ) {
				return null;
			}
		}
		$amr = $claim['amr'] ?? null;
		return is_array( $amr ) && array_is_list( $amr ) && $amr === array_filter( $amr, 'is_string' ) ? $claim : null;
	}
}
