<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

/** What policy demands of one user on one site. */
final class Demand {
	/**
	 * @param string            $rule     The rule that says so: `site role:editor`.
	 * @param int               $deadline Where a factor is required: until when the user may do without, Unix seconds.
	 * @param list<string>|null $factors  The names of the factors that count; null: any.
	 * @param bool              $strong   Whether only strong ones do.
	 * @param bool              $confirm  Whether what an enrolment token opens waits for a mailed link.
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

	/** Whether the user may do without no longer. */
	public function is_due( int $now ): bool {
		return $this->is_required() && $now >= $this->deadline;
	}

	public function allows( string $factor, bool $is_strong ): bool {
		return ( $is_strong || ! $this->strong ) && ( null === $this->factors || in_array( $factor, $this->factors, true ) );
	}
}
