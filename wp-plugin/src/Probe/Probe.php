<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Issuer\Issuers;
use Sallyport\WP\Php;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ProbeResult;

/**
 * Can this site be entered with a password alone? A throw-away user tries every door, first without a second factor and then
 * with one, both times with the right password.
 */
final class Probe {
	public function __construct(
		private readonly Visitors $visitors,
		private readonly CoreKnocks $core,
		private readonly GuessedKnocks $guessed,
		private readonly Issuers $issuers,
		private readonly Loopback $http,
		private readonly Judge $judge,
		private readonly ProbeResult $result,
		private readonly Activity $activity,
	) {}

	/**
	 * @param int    $caller User id of whoever started it; 0 on the command line.
	 * @param string $by     Their name, for the log.
	 * @return list<Finding> One for each door.
	 * @throws Refusal sallyport_unavailable, if there is nothing to probe.
	 */
	public function run( int $caller, string $by, int $now ): array {
		Php::outlive_client();
		$visitor = $this->visitors->make();
		try {
			$this->http->reach();
			$findings = $this->knock( $visitor, $now );
		} finally {
			$this->visitors->remove( $visitor->id );
		}
		$this->report( $findings, $visitor, $caller, $by, $now );
		return $findings;
	}

	/** @return list<Finding> */
	public static function only( Verdict $verdict, Finding ...$findings ): array {
		return array_values( array_filter( $findings, static fn ( Finding $finding ): bool => $verdict === $finding->verdict ) );
	}

	/** Whether this site could be reached over HTTP at all. */
	public function reached(): bool {
		return $this->http->is_reached();
	}

	/** @return list<Finding> */
	private function knock( Visitor $visitor, int $now ): array {
		$knocks = array( ...$this->core->all(), ...$this->issuers->knocks(), ...$this->guessed->all() );
		$before = $this->rounds( $visitor, $knocks );
		$given  = $this->given( $visitor, $knocks );
		$knocks = array( ...$knocks, ...$given );
		$before = array( ...$before, ...$this->rounds( $visitor, $given ) );
		self::await_next_second();
		$this->visitors->enrol( $visitor, $now );
		return array_map(
			fn ( Knock $knock, array $round ): Finding => $this->judge->finding( $knock, $visitor, $knock->try( $visitor, $this->http ), ...$round ),
			$knocks,
			$before
		);
	}

	/** Tokens signed in the same second are equal: a reissued token could not be told from the earlier one. */
	private static function await_next_second(): void {
		for ( $second = time(); time() === $second; ) {
			usleep( 20000 );
		}
	}

	/**
	 * @param list<Knock> $knocks
	 * @return list<array{0: ?Heard, 1: bool}> For each, the answer without a second factor, and whether it let the visitor in.
	 */
	private function rounds( Visitor $visitor, array $knocks ): array {
		return array_map(
			function ( Knock $knock ) use ( $visitor ): array {
				$heard = $knock->try( $visitor, $this->http );
				null === $heard || $visitor->note( $knock->door, $heard );
				return array( $heard, $this->judge->opened( $knock, $visitor, $heard ) );
			},
			$knocks
		);
	}

	/**
	 * The doors behind the doors: presents what was issued, one token of each kind and every cookie.
	 *
	 * @param list<Knock> $knocks
	 * @return list<Knock>
	 */
	private function given( Visitor $visitor, array $knocks ): array {
		$kinds = array();
		$given = array();
		foreach ( $knocks as $knock ) {
			$heard = $visitor->before( $knock->door );
			foreach ( array_diff_key( $heard?->kinds() ?? array(), $kinds ) as $kind => $token ) {
				$kinds[ $kind ] = true;
				$given          = array( ...$given, ...CredentialKnocks::of_token( $knock->door, $token ) );
			}
			$cookies = $heard?->sign_in_cookies() ?? array();
			$nonce   = array() === $cookies ? '' : CredentialKnocks::nonce( $this->http, $cookies );
			$given   = '' === $nonce ? $given : array( ...$given, ...CredentialKnocks::of_cookies( $knock->door, $cookies, $nonce ) );
		}
		return $given;
	}

	/** @param list<Finding> $findings */
	private function report( array $findings, Visitor $visitor, int $caller, string $by, int $now ): void {
		$this->result->keep( array_map( static fn ( Finding $finding ): array => $finding->row(), $findings ), $now );
		$open = array_column( self::only( Verdict::Open, ...$findings ), 'door' );
		$this->activity->record(
			Event::ProbeRun,
			$caller,
			'',
			array() === $open ? 'ok' : 'open',
			array(
				'by'       => $by,
				'visitor'  => (string) $visitor->id,
				'open'     => implode( ', ', $open ),
				'shut'     => (string) count( self::only( Verdict::Shut, ...$findings ) ),
				'not_told' => (string) count( self::only( Verdict::Unknown, ...$findings ) ),
				'not_made' => (string) count( self::only( Verdict::NotMade, ...$findings ) ),
			)
		);
	}
}
