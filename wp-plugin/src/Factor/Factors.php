<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Php;
use Sallyport\WP\Refusal;
use Throwable;

/** The factors of this site, in order of preference. */
final class Factors {
	/** Names that stand in for a factor; by themselves they are not one. */
	public const STAND_INS = array( BackupCode::NAME, ImportedCode::NAME );

	/** @var array<string, Factor> */
	private readonly array $all;

	/**
	 * @param list<Factor>                            $own
	 * @param Closure(int, list<string>): list<string> $usable Given a user and their factors: those that policy allows to ask for.
	 */
	public function __construct( array $own, private readonly Closure $usable ) {
		$all = array();
		foreach ( $own as $factor ) {
			$all[ $factor->name() ] = $factor;
		}
		foreach ( self::given( $own ) as $factor ) {
			$foreign = $factor instanceof Factor && ! in_array( $factor, $own, true ) ? Foreign::of( $factor ) : null;
			if ( null !== $foreign ) {
				$all[ $foreign->name() ] ??= $foreign;
			}
		}
		$this->all = $all;
	}

	/**
	 * @param list<Factor> $own
	 * @return array<mixed>
	 */
	private static function given( array $own ): array {
		try {
			/**
			 * Filters the second factors of this site.
			 *
			 * @param list<Factor> $factors In order of preference. Anything that is not a Factor is dropped. Names are unique;
			 *                              Sallyport's own factors come first.
			 */
			return (array) apply_filters( 'sallyport_factors', $own );
		} catch ( Throwable $thrown ) {
			// Sallyport's own factors keep working; a user who has another one is refused.
			Php::log( 'the filter sallyport_factors threw ' . $thrown::class . ' at ' . $thrown->getFile() . ':' . $thrown->getLine() );
			return array();
		}
	}

	public function get( string $name ): ?Factor {
		return $this->all[ $name ] ?? null;
	}

	/**
	 * The factors the user can use now. A third party's factor that fails is left out if the user has another real factor.
	 *
	 * @return list<string> Names.
	 * @throws Refusal If a factor cannot tell, and only stand-ins are left.
	 */
	public function enrolled( int $user_id ): array {
		$enrolled = array();
		$failure  = null;
		foreach ( $this->all as $name => $factor ) {
			try {
				if ( $factor->is_enrolled( $user_id ) ) {
					$enrolled[] = $name;
				}
			} catch ( Refusal $refusal ) {
				$failure = $factor instanceof Foreign ? $refusal : throw $refusal;
			}
		}
		if ( null !== $failure && array() === array_diff( $enrolled, self::STAND_INS ) ) {
			throw $failure;
		}
		return $enrolled;
	}

	/** Backup codes the user has left; null for a user who was never given any. */
	public function codes_left( int $user_id ): ?int {
		$left = array();
		foreach ( $this->all as $factor ) {
			$left[] = $factor instanceof Counted ? $factor->left( $user_id ) : null;
		}
		$left = array_filter( $left, is_int( ... ) );
		return array() === $left ? null : array_sum( $left );
	}

	/**
	 * Whether the user has a factor that State marks. It does not mark a factor that Two Factor or WP 2FA keeps, nor backup
	 * codes, which only stand in for one.
	 */
	public function is_markworthy( int $user_id ): bool {
		foreach ( $this->all as $name => $factor ) {
			if ( ! in_array( $name, self::STAND_INS, true ) && ! $factor instanceof OtherPlugin && $factor->is_enrolled( $user_id ) ) {
				return true;
			}
		}
		return false;
	}

	/** @return list<string> The `amr` words of the user's factors if none of them is strong; empty if one is. */
	public function weak_alone( int $user_id ): array {
		$words = array_merge( ...array_map( fn ( string $name ): array => $this->all[ $name ]->amr(), $this->enrolled( $user_id ) ) );
		return in_array( Factor::STRONG, $words, true ) ? array() : array_values( array_diff( $words, array( 'pwd' ) ) );
	}

	/** @return list<string> */
	public function names(): array {
		return array_keys( $this->all );
	}

	/** @return list<string> Names of third parties' factors. */
	public function foreign(): array {
		return array_keys( array_filter( $this->all, static fn ( Factor $factor ): bool => $factor instanceof Foreign ) );
	}

	/** Whether a factor is strong; an unknown one is not. */
	public function is_strong( string $name ): bool {
		return in_array( Factor::STRONG, $this->get( $name )?->amr() ?? array(), true );
	}

	/**
	 * Whether the `amr` of a proof stands for this factor, whatever the first step was: it has all of the factor's words, and
	 * no other factor's name.
	 *
	 * @param list<string> $amr
	 */
	public function is_proven( string $name, array $amr ): bool {
		$own = array_diff( $this->get( $name )?->amr() ?? array(), array( 'pwd' ) );
		return array() !== $own
			&& array() === array_diff( $own, $amr )
			&& array() === array_diff( array_intersect( $this->names(), $amr ), $own );
	}

	/**
	 * The name to pass to choose() if the client only hints at a factor. Null if the user has no such factor, or the form of
	 * the code points to another.
	 */
	public function by_hint( int $user_id, ?string $hint, #[\SensitiveParameter] string $code ): ?string {
		$enrolled   = $this->enrolled( $user_id );
		$recognised = array_filter( $enrolled, fn ( string $name ): bool => $this->all[ $name ]->recognises( $code ) );
		return in_array( $hint, $enrolled, true ) && array() === $recognised ? $hint : null;
	}

	/**
	 * The factor to ask for if the client names none. Backup codes come last.
	 *
	 * @param non-empty-list<string> $enrolled
	 */
	public static function preferred( array $enrolled ): string {
		return current( array_diff( $enrolled, self::STAND_INS ) ) ?: $enrolled[0];
	}

	/**
	 * The factor with this name, if the user can use it and it sends codes.
	 *
	 * @throws Refusal sallyport_factor_unavailable.
	 */
	public function sender( int $user_id, string $name ): Sends {
		$factor = $this->choose( $user_id, $name, '' );
		return $factor instanceof Sends ? $factor : throw new Refusal( Code::FactorUnavailable );
	}

	/**
	 * The masked destinations of those of these factors that send codes.
	 *
	 * @param list<string> $names
	 * @return array<string, string> `email_hint` => a***@e***.test.
	 */
	public function hints( int $user_id, array $names ): array {
		$hints = array();
		foreach ( $names as $name ) {
			if ( $this->all[ $name ] instanceof Sends ) {
				$hints[ $name . '_hint' ] = $this->all[ $name ]->hint( $user_id );
			}
		}
		return $hints;
	}

	/**
	 * The factor a code is meant for: the named one, else the one its form points to, else the preferred one.
	 *
	 * @throws Refusal sallyport_factor_unavailable if the factor is unknown, not enrolled by this user, or not allowed.
	 */
	public function choose( int $user_id, ?string $name, #[\SensitiveParameter] string $code ): Factor {
		$enrolled = ( $this->usable )( $user_id, $this->enrolled( $user_id ) );
		if ( null === $name ) {
			foreach ( $enrolled as $candidate ) {
				if ( $this->all[ $candidate ]->recognises( $code ) ) {
					return $this->all[ $candidate ];
				}
			}
			$name = array() === $enrolled ? '' : self::preferred( $enrolled );
		}
		if ( in_array( $name, $enrolled, true ) ) {
			return $this->all[ $name ];
		}
		foreach ( $enrolled as $candidate ) {
			if ( $this->all[ $candidate ] instanceof OtherPlugin && $this->all[ $candidate ]->stands_for( $name, $user_id ) ) {
				return $this->all[ $candidate ];
			}
		}
		throw new Refusal( Code::FactorUnavailable );
	}
}
