<?php
declare( strict_types=1 );

namespace Sallyport\WP;

use Closure;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;

/**
 * Seals everything that is sealed under the new master key, while the site goes on (docs/recovery.md).
 *
 * From its beginning on everything is made under the new key and taken under both, on every node that has both; each
 * secret is put in its place by one conditional write. So it may be stopped at any moment and begun again, and a log-in
 * or an enrolment that crosses it loses nothing.
 */
final class Reseal {
	public const DONE       = 'resealed';
	public const DUE        = 'due';
	public const CURRENT    = 'current';
	public const UNREADABLE = 'unreadable';
	public const CHANGED    = 'changed';

	/** Passes over everything: what others sealed meanwhile under the old key is found by the next. */
	private const PASSES = 5;

	/**
	 * @param array<string, Closure(): iterable<SealedSecret>> $shared Kind => all of the network's.
	 * @param array<string, Closure(): iterable<SealedSecret>> $own    Kind => those of one blog.
	 */
	public function __construct(
		private readonly Engine $engine,
		private readonly Activity $activity,
		private readonly array $shared,
		private readonly array $own,
	) {}

	/**
	 * Looks at every secret, and seals those anew that are not sealed under the new key.
	 *
	 * @return iterable<array{0: string, 1: string, 2: string}> Kind, whose, and what became of it: DONE, CURRENT, UNREADABLE, or CHANGED by somebody else.
	 * @throws Refusal When there is no new key, or a key is not this site's.
	 */
	public function run(): iterable {
		foreach ( Blog::each( Blog::all() ) as $blog_id ) {
			Blog::on( $blog_id, fn () => $this->engine->adopt_new_key() );
		}
		$this->activity->record( Event::MasterKeyChanged, 0, detail: array( 'key' => $this->engine->key_id() ) );
		for ( $pass = 1; $pass <= self::PASSES; $pass++ ) {
			$again = false;
			foreach ( $this->secrets() as [ $kind, $secret ] ) {
				$outcome = $this->outcome( $secret, true );
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
	 * The same with nothing written.
	 *
	 * @return iterable<array{0: string, 1: string, 2: string}> As run() gives it, with DUE for what would be sealed anew.
	 * @throws Refusal As run() does.
	 */
	public function look(): iterable {
		$this->engine->require();
		foreach ( $this->secrets() as [ $kind, $secret ] ) {
			yield array( $kind, $secret->whose, $this->outcome( $secret, false ) );
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
