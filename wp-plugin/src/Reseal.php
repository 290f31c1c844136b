<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;

/**
 * Reseals every sealed secret under the new master key while the site is running (docs/recovery.md).
 *
 * From its start, everything new is sealed under the new key and accepted under both, on every node that has both. Each
 * secret is replaced by one conditional write. So it can be stopped and restarted at any time, and a login or an enrolment
 * in parallel loses nothing.
 */
final class Reseal {
	public const DONE       = 'resealed';
	public const DUE        = 'due';
	public const CURRENT    = 'current';
	public const UNREADABLE = 'unreadable';
	public const CHANGED    = 'changed';

	/** Passes over all secrets: a later pass finds what other processes sealed under the old key meanwhile. */
	private const PASSES = 5;

	/**
	 * @param array<string, Closure(): iterable<SealedSecret>> $shared Kind => the secrets of the whole network.
	 * @param array<string, Closure(): iterable<SealedSecret>> $own    Kind => the secrets of one blog.
	 */
	public function __construct(
		private readonly Engine $engine,
		private readonly Activity $activity,
		private readonly array $shared,
		private readonly array $own,
	) {}

	/**
	 * Visits every secret, and reseals those that are not under the new key.
	 *
	 * @return iterable<array{0: string, 1: string, 2: string}> Kind, owner and result: DONE, CURRENT, UNREADABLE, or CHANGED if another process was faster.
	 * @throws Refusal If there is no new key, or a key is not this site's.
	 */
	public function run(): iterable {
		foreach ( Blog::each( Blog::all() ) as $blog_id ) {
			Blog::on( $blog_id, fn () => $this->engine->adopt_new_key() );
		}
		$this->activity->record( Event::MasterKeyChanged, 0, detail: array( 'key' => $this->engine->key_id() ) );
		for ( $pass = 1; $pass <= self::PASSES; $pass++ ) {
			$again = false;
			foreach ( $this->secrets() as [ $kind, $secret ] ) {
				$outcome = $this->outcome( $secret, write: true );
				$moved   = self::DONE === $outcome || self::CHANGED === $outcome;
				$again   = $again || $moved;
				if ( 1 === $pass || $moved ) {
					yield array( $kind, $secret->whose, $outcome );
				}
			}
			if ( ! $again ) {
				return;
			}
		}
	}

	/**
	 * Dry run: writes nothing.
	 *
	 * @return iterable<array{0: string, 1: string, 2: string}> As run(), with DUE for what would be resealed.
	 * @throws Refusal As run().
	 */
	public function look(): iterable {
		$this->engine->require();
		foreach ( $this->secrets() as [ $kind, $secret ] ) {
			yield array( $kind, $secret->whose, $this->outcome( $secret, write: false ) );
		}
	}

	private function outcome( SealedSecret $secret, bool $write ): string {
		try {
			$sealed = $this->engine->reseal( $secret->sealed, $secret->purpose, $secret->owner );
		} catch ( Refusal $refusal ) {
			return Problem::SecretUnreadable === $refusal->problem ? self::UNREADABLE : throw $refusal;
		}
		if ( null === $sealed ) {
			return self::CURRENT;
		}
		if ( ! $write ) {
			return self::DUE;
		}
		return ( $secret->put )( $sealed ) ? self::DONE : self::CHANGED;
	}

	/** @return iterable<array{0: string, 1: SealedSecret}> */
	private function secrets(): iterable {
		foreach ( $this->shared as $kind => $all ) {
			foreach ( $all() as $secret ) {
				yield array( $kind, $secret );
			}
		}
		foreach ( Blog::each( Blog::all() ) as $blog_id ) {
			foreach ( $this->own as $kind => $all ) {
				foreach ( Blog::on( $blog_id, static fn (): array => iterator_to_array( $all(), false ) ) as $secret ) {
					yield array( $kind, $secret->on( $blog_id ) );
				}
			}
		}
	}
}
