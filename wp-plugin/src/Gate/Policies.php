<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use Sallyport\WP\Blog;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Code;
use Sallyport\WP\Device\TrustedDevices;
use Sallyport\WP\Factor\BackupCode;
use Sallyport\WP\Factor\Factor;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\PolicyOption;

/** What the policy of this site, and of its network, demands of a user. Its only query loads the user, which core does as well. */
final class Policies {
	/** @var array<int, array<string, Rules>> Blog => its levels. */
	private array $levels = array();

	/** @var array<int, mixed> Blog => the stored value its levels were built from. */
	private array $read = array();

	private bool $asking_main_site = false;

	/**
	 * @param Closure(): Factors $factors Lazy: needed if the answer depends on the factor.
	 * @param Closure(): bool    $devices Whether this site has trusted devices.
	 */
	public function __construct(
		private readonly PolicyOption $option,
		private readonly Closure $factors,
		private readonly Closure $devices,
	) {}

	/** @return array<string, Rules> `site`, and `network` if this is a network with a policy of its own. */
	public function levels(): array {
		$blog   = get_current_blog_id();
		$stored = $this->option->read();
		if ( ! isset( $this->levels[ $blog ] ) || $stored !== $this->read[ $blog ] ) {
			$this->read[ $blog ]   = $stored;
			$this->levels[ $blog ] = array( PolicyOption::SITE => new Rules( $stored[ PolicyOption::SITE ] ?? array() ) );
			if ( null !== $stored[ PolicyOption::NETWORK ] ) {
				$this->levels[ $blog ][ PolicyOption::NETWORK ] = new Rules( $stored[ PolicyOption::NETWORK ] );
			}
		}
		return $this->levels[ $blog ];
	}

	public function demand( int $user_id ): Demand {
		return self::demanded( $this->levels(), $user_id );
	}

	/** @param array<string, Rules> $levels */
	public static function demanded( array $levels, int $user_id ): Demand {
		$user = get_userdata( $user_id );
		$who  = $user ? Subject::of( $user ) : new Subject( $user_id, array(), array(), false, get_current_blog_id(), 0 );
		// The policy of one site must not weaken what is demanded of a super admin, who controls the whole network.
		return Policy::demand( $levels + ( $who->is_super_admin ? array( PolicyOption::NETWORK => new Rules( array() ) ) : array() ), $who );
	}

	/** End of the user's grace period, Unix seconds; null if no factor is required of them. */
	public function deadline( int $user_id ): ?int {
		$demand = $this->demand( $user_id );
		return $demand->is_required() ? $demand->deadline : null;
	}

	/** Whether policy requires a factor of the user and the grace period is over. Runs in every request of a user without one. */
	public function is_due( int $user_id, int $now ): bool {
		return $user_id > 0
			&& ! self::is_disabled()
			&& ( ( $this->require_any() && $this->demand( $user_id )->is_due( $now ) ) || $this->is_due_on_main_site( $user_id, $now ) );
	}

	/**
	 * A super admin reaches the whole network from any of its sites. So once the main site demands a factor of them, every
	 * site does.
	 */
	private function is_due_on_main_site( int $user_id, int $now ): bool {
		if ( $this->asking_main_site || ! is_multisite() || is_main_site() || ! is_super_admin( $user_id ) ) {
			return false;
		}
		$this->asking_main_site = true; // Switching sites may ask for the current user, and so come here again.
		try {
			return Blog::on( get_main_site_id(), fn (): bool => $this->is_due( $user_id, $now ) );
		} finally {
			$this->asking_main_site = false;
		}
	}

	/** Whether a factor is required of anybody. */
	public function require_any(): bool {
		foreach ( $this->is_decided() ? $this->levels() : array() as $rules ) {
			if ( $rules->require_any() ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Whether, on a network, any of the user's sites demands a mailed confirmation before a first factor is enrolled. Asked
	 * because a factor counts on all of them.
	 */
	public function confirm_on_any_site( int $user_id, int $now ): bool {
		foreach ( is_multisite() && ! self::is_disabled() && ! $this->monitors() ? Blog::of( $user_id ) : array() as $blog_id ) {
			if ( Blog::on( $blog_id, fn (): bool => $this->is_due( $user_id, $now ) && $this->demand( $user_id )->confirm ) ) {
				return true;
			}
		}
		return false;
	}

	/**
	 * The user's factors that count.
	 *
	 * @param list<string> $enrolled As for Policy::required().
	 * @return list<string> Empty if none does.
	 */
	public function allowed( int $user_id, array $enrolled ): array {
		return $this->counting( $enrolled, $this->demand( $user_id ) );
	}

	/**
	 * The factors that count under a demand.
	 *
	 * @param list<string> $enrolled As for Policy::required().
	 * @return list<string> Empty if none does.
	 */
	public function counting( array $enrolled, Demand $demand ): array {
		return Policy::allowed( $enrolled, $demand, array_values( array_filter( $enrolled, ( $this->factors )()->is_strong( ... ) ) ) );
	}

	/**
	 * The factors a login asks for. If none of the user's factors counts, it asks for those they have, and they must enrol
	 * another.
	 *
	 * @param list<string> $enrolled As for Policy::required().
	 * @return list<string>
	 */
	public function required( int $user_id, array $enrolled ): array {
		$allowed = array() === $enrolled ? array() : $this->allowed( $user_id, $enrolled );
		return array() === $allowed ? Policy::required( $enrolled ) : $allowed;
	}

	/** @throws Refusal sallyport_factor_unavailable: the user may enrol no factor, or not this one. */
	public function require_enrollable( int $user_id, string $factor ): void {
		$demand = $this->demand( $user_id );
		if ( Mode::Off === $demand->mode || ! $demand->allows( $factor, ( $this->factors )()->is_strong( $factor ) ) ) {
			throw new Refusal( Code::FactorUnavailable );
		}
	}

	/**
	 * A factor may be removed unless policy requires one and none that counts would remain.
	 *
	 * @param list<string> $left Names of the factors the user would still have.
	 * @return list<string>|null Those that count: one of them must exist when the factor is removed. Null if none is needed.
	 * @throws Refusal sallyport_factor_required.
	 */
	public function require_removable( int $user_id, array $left = array() ): ?array {
		if ( ! $this->demand( $user_id )->is_required() ) {
			return null;
		}
		$counting = $this->allowed( $user_id, $left );
		return array() === $counting ? throw new Refusal( Code::FactorRequired ) : $counting;
	}

	/** Whether a new proof is enough. Backup codes and trusted devices only stand in for a factor, and that factor must count. */
	public function suffices( Proof $proof ): bool {
		$stands_in = array() !== array_intersect( array( BackupCode::NAME, TrustedDevices::NAME ), $proof->amr );
		return $this->takes( $proof )
			&& ( ! $stands_in || array() !== $this->allowed( $proof->user_id, ( $this->factors )()->enrolled( $proof->user_id ) ) );
	}

	/**
	 * Whether a device that was trusted under a proof with this `amr` may still stand in for the user's factors.
	 *
	 * @param list<string> $amr
	 */
	public function may_vouch( int $user_id, array $amr ): bool {
		return $this->takes_words( $user_id, array( TrustedDevices::NAME, ...$amr ) )
			&& array() !== $this->allowed( $user_id, ( $this->factors )()->enrolled( $user_id ) );
	}

	/** Whether an earlier proof was made by something that still counts. */
	public function takes( Proof $proof ): bool {
		return $this->takes_words( $proof->user_id, $proof->amr );
	}

	/** @param list<string> $amr */
	private function takes_words( int $user_id, array $amr ): bool {
		$is_strong = in_array( Factor::STRONG, $amr, true );
		if ( $is_strong && ! $this->is_decided() ) {
			return true;
		}
		$by_device = in_array( TrustedDevices::NAME, $amr, true );
		if ( $by_device && ! ( $this->devices )() ) {
			return false;
		}
		// A proof by a device names the weak factor it was trusted by. One that names none was trusted by a strong factor.
		$names_none = $by_device && array() === array_diff( $amr, array( TrustedDevices::NAME, Proof::PASSWORD ) );
		$named      = array_filter( $this->levels(), static fn ( Rules $rules ): bool => $rules->name_factors() );
		if ( array() === $named && ( $is_strong || $names_none ) ) {
			return true;
		}
		$demand = $this->demand( $user_id );
		if (
			( $demand->strong && ! $is_strong && ! $names_none )
			|| ( $by_device && ! $demand->allows( TrustedDevices::NAME, is_strong: true ) )
		) {
			return false;
		}
		if ( null === $demand->factors || $names_none ) {
			return true;
		}
		foreach ( $demand->factors as $name ) {
			if ( ( $this->factors )()->is_proven( $name, $amr ) ) {
				return true;
			}
		}
		return false;
	}

	/** Whether monitor-only mode is on. On a network, the network's policy decides for all sites. */
	public function monitors(): bool {
		return self::monitors_by_constant() || $this->level_that_monitors()?->is( 'monitor' );
	}

	public static function monitors_by_constant(): bool {
		return defined( 'SALLYPORT_MONITOR' ) && true === SALLYPORT_MONITOR;
	}

	/** Whether part of the stored policy cannot be read. */
	public function is_broken(): bool {
		return array() !== array_filter( $this->levels(), static fn ( Rules $rules ): bool => $rules->is_broken() );
	}

	/** Whether a policy is stored at all. Most sites have the default, and then nothing has to be read. */
	private function is_decided(): bool {
		return array( PolicyOption::SITE => null, PolicyOption::NETWORK => null ) !== $this->option->read();
	}

	private function level_that_monitors(): ?Rules {
		return $this->levels()[ is_multisite() ? PolicyOption::NETWORK : PolicyOption::SITE ] ?? null;
	}

	/** The reason why a password alone lets everybody in at the moment, as a sentence; null if there is none. */
	public function opened_by(): ?string {
		return match ( true ) {
			self::is_disabled() => __( 'Yes: SALLYPORT_DISABLE lets everyone in with a password alone. The results of the last test count again when it is off.', 'sallyport' ),
			$this->monitors()   => __( 'Yes: monitor-only lets everyone in with a password alone. The results of the last test count again when it is off.', 'sallyport' ),
			default             => null,
		};
	}

	/** Whether the break-glass switch (a constant) turns enforcement off. */
	public static function is_disabled(): bool {
		return defined( 'SALLYPORT_DISABLE' ) && SALLYPORT_DISABLE;
	}
}
