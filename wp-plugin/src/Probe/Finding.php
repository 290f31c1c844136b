<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

/** One door's row in the report. */
final class Finding {
	/** The columns of a report. */
	public const FIELDS = array( 'door', 'verdict', 'reason', 'gate' );

	/** @param string $reason A stable text for programs and people: the code of the refusal, or what was given away. */
	public function __construct(
		public readonly string $door,
		public readonly Verdict $verdict,
		public readonly string $reason,
		public readonly string $gate,
	) {}

	/** @return array{door: string, verdict: string, reason: string, gate: string} */
	public function row(): array {
		return array(
			'door'    => $this->door,
			'verdict' => $this->verdict->value,
			'reason'  => $this->reason,
			'gate'    => $this->gate,
		);
	}
}
