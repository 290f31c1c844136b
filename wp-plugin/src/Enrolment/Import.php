<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Factor\OtherPlugin;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\BackupCodeRows;
use Sallyport\WP\Store\FactorRow;
use Sallyport\WP\Store\FactorRows;
use Sallyport\WP\Store\State;
use Sallyport\WP\Store\ThrottleRows;

/**
 * Enrolments of another plugin become ours, and back (docs/import.md). The other plugin's data is left as it is, but for
 * what is used: an imported factor is spent there as well, so that there is nothing to carry back.
 *
 * Every step may be done again: whatever ends it half way, the next run goes on.
 */
final class Import {
	/** What became of a user. */
	public const IMPORTED   = 'imported';
	public const ALREADY    = 'already';
	public const UNDONE     = 'undone';
	public const NOTHING    = 'nothing';
	public const KEPT       = 'kept';
	public const UNREADABLE = 'unreadable';
	public const BUSY       = 'busy';

	/** Seconds after which an import that died is no longer in the way. */
	private const CLAIMED = 60;

	public function __construct(
		private readonly FactorRows $factors,
		private readonly BackupCodeRows $codes,
		private readonly Totp $totp,
		private readonly State $state,
		private readonly ThrottleRows $claims,
		private readonly Activity $activity,
	) {}

	/**
	 * Imports one user.
	 *
	 * @param bool $look Only says what would become of the user.
	 * @return array{result: string, codes: int} How many backup codes can be used.
	 * @throws Refusal When the store fails, or the extension or the master key is missing.
	 */
	public function import( OtherPlugin $plugin, int $user_id, bool $look, int $now ): array {
		return $this->alone( $plugin, $user_id, $look, $now, fn (): array => $this->imported( $plugin, $user_id, $look, $now ) );
	}

	/** Undoes it. The plugin runs: what is undone is asked for by it. @return array{result: string, codes: int} */
	public function undo( OtherPlugin $plugin, int $user_id, bool $look, int $now ): array {
		return $this->alone( $plugin, $user_id, $look, $now, fn (): array => $this->undone( $plugin, $user_id, $look, $now ) );
	}

	/** @return list<int> Users of whom something is imported from there, after $after, $limit at most. */
	public function users( OtherPlugin $plugin, int $after, int $limit ): array {
		return $this->factors->users_of( $plugin->source(), $after, $limit );
	}

	/** @return array{result: string, codes: int} */
	private function imported( OtherPlugin $plugin, int $user_id, bool $look, int $now ): array {
		if ( array() !== $this->rows( $plugin, $user_id ) ) {
			$look || $this->state->mark( $user_id, true, $now ); // The last step, which a run that died owes.
			return self::said( self::ALREADY, $this->left( $plugin, $user_id ) );
		}
		if ( ! in_array( $plugin->app_method(), $plugin->methods( $user_id ), true ) ) {
			return self::said( self::NOTHING );
		}
		try {
			$secret = $plugin->secret( $user_id );
		} catch ( Refusal $refusal ) {
			return Problem::ForeignSecret === $refusal->problem ? self::said( self::UNREADABLE ) : throw $refusal;
		}
		$hashes = $plugin->hashes( $user_id ) ?? array();
		if ( null === $secret || $look ) {
			return null === $secret ? self::said( self::NOTHING ) : self::said( self::IMPORTED, count( $hashes ) );
		}
		$this->forget( $plugin, $user_id );
		$row = $this->factors->add_imported( $user_id, Totp::NAME, $plugin->title(), $plugin->source(), $now );
		$this->totp->keep_secret( $row, $secret );
		$this->codes->add( $user_id, $hashes, 0, $now, $plugin->source() );
		if ( ! $this->factors->activate( $row->id, $plugin->last_step( $user_id ), 0 ) ) {
			return self::said( self::BUSY ); // Its user began an enrolment in this moment.
		}
		$this->state->mark( $user_id, true, $now );
		$this->activity->record( Event::FactorImported, $user_id, detail: array( 'from' => $plugin->source() ) );
		return self::said( self::IMPORTED, count( $hashes ) );
	}

	/** @return array{result: string, codes: int} */
	private function undone( OtherPlugin $plugin, int $user_id, bool $look, int $now ): array {
		if ( array() === $this->rows( $plugin, $user_id ) && array() === $this->codes( $plugin, $user_id ) ) {
			return self::said( self::NOTHING );
		}
		// Without it, what is ours is all the user has.
		if ( ! $plugin::counts( $user_id ) ) {
			return self::said( self::KEPT );
		}
		$left = count( $plugin->hashes( $user_id ) ?? array() );
		if ( $look ) {
			return self::said( self::UNDONE, $left );
		}
		foreach ( $this->codes( $plugin, $user_id ) as $row ) {
			0 === $row['used_at'] || $plugin->forget_hash( $user_id, $row['hash'] );
		}
		$this->forget( $plugin, $user_id );
		$this->state->mark( $user_id, false, $now );
		if ( array() !== $this->factors->active( $user_id ) ) {
			$this->state->mark( $user_id, true, $now ); // There is another, or its user has just set one up.
		}
		$this->activity->record( Event::ImportUndone, $user_id, detail: array( 'from' => $plugin->source() ) );
		return self::said( self::UNDONE, count( $plugin->hashes( $user_id ) ?? array() ) );
	}

	/** Removes what is ours of that source, active or left by a run that died. */
	private function forget( OtherPlugin $plugin, int $user_id ): void {
		$this->factors->delete_of( $user_id, $plugin->source() );
		$this->codes->delete_of( $user_id, $plugin->source() );
	}

	/** @return list<FactorRow> */
	private function rows( OtherPlugin $plugin, int $user_id ): array {
		return array_values( array_filter( $this->factors->active( $user_id ), static fn ( FactorRow $row ): bool => $plugin->source() === $row->source ) );
	}

	/** Imported codes that can be used: those of them that the plugin still has, where it has a list. */
	private function left( OtherPlugin $plugin, int $user_id ): int {
		$unused = array_column( array_filter( $this->codes( $plugin, $user_id ), static fn ( array $row ): bool => 0 === $row['used_at'] ), 'hash' );
		return count( array_intersect( $unused, $plugin->hashes( $user_id ) ?? $unused ) );
	}

	/** @return list<array{id: int, hash: string, source: string, used_at: int}> */
	private function codes( OtherPlugin $plugin, int $user_id ): array {
		return array_values( array_filter( $this->codes->imported( $user_id ), static fn ( array $row ): bool => $plugin->source() === $row['source'] ) );
	}

	/**
	 * One process at a time does something for a user.
	 *
	 * @param callable(): array{result: string, codes: int} $what
	 * @return array{result: string, codes: int}
	 */
	private function alone( OtherPlugin $plugin, int $user_id, bool $look, int $now, callable $what ): array {
		if ( $look ) {
			return $what();
		}
		$claim = 'import:' . $plugin->source() . ':' . $user_id;
		if ( ! $this->claims->claim( $claim, self::CLAIMED, $now ) ) {
			return self::said( self::BUSY );
		}
		try {
			return $what();
		} finally {
			$this->claims->clear( $claim );
		}
	}

	/** @return array{result: string, codes: int} */
	private static function said( string $result, int $codes = 0 ): array {
		return array(
			'result' => $result,
			'codes'  => $codes,
		);
	}
}
