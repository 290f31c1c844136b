<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

/** What the policy demands of one user on one site. */
final class Demand {
	/**
	 * @param string            $rule     The rule that decided: `site role:editor`.
	 * @param int               $deadline If a factor is required: when the grace period ends, Unix seconds.
	 * @param list<string>|null $factors  Names of the factors that count; null if any does.
	 * @param bool              $strong   Whether only strong factors count.
	 * @param bool              $confirm  Whether an enrolment token has to be confirmed by a mailed link.
	 */
	public function __construct(
		public readonly Mode $mode,
		public readonly string $rule,
		public readonly int $deadline,
		public readonly ?array $factors,
		public readonly bool $strong,
		public readonly bool $confirm,
	) {}

	public function is_required(): bool {
		return Mode::Required === $this->mode;
	}

	/** Whether a factor is required and the grace period is over. */
	public function is_due( int $now ): bool {
		return $this->is_required() && $now >= $this->deadline;
	}

	public function allows( string $factor, bool $is_strong ): bool {
		return ( $is_strong || ! $this->strong ) && ( null === $this->factors || in_array( $factor, $this->factors, true ) );
	}
}
