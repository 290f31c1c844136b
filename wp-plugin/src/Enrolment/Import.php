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
 * Imports another plugin's enrolments, and undoes it (docs/import.md). The other plugin keeps its data, except that a code
 * used here is spent there as well. So there is nothing to carry back.
 *
 * Every step is idempotent: if a run dies half-way, the next one continues.
 */
final class Import {
	/** Results for a user. */
	public const IMPORTED   = 'imported';
	public const ALREADY    = 'already';
	public const UNDONE     = 'undone';
	public const NOTHING    = 'nothing';
	public const KEPT       = 'kept';
	public const UNREADABLE = 'unreadable';
	public const BUSY       = 'busy';

	/** Seconds after which an import that died no longer blocks the user. */
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
	 * @param bool $look Dry run: only says what the result would be.
	 * @return array{result: string, codes: int} `codes`: how many backup codes can be used.
	 * @throws Refusal If the store fails, or the extension or the master key is missing.
	 */
	public function import( OtherPlugin $plugin, int $user_id, bool $look, int $now ): array {
		return $this->alone( $plugin, $user_id, $look, $now, fn (): array => $this->imported( $plugin, $user_id, $look, $now ) );
	}

	/**
	 * Undoes the import. The other plugin must be running, because it asks for the factor from then on.
	 *
	 * @return array{result: string, codes: int}
	 */
	public function undo( OtherPlugin $plugin, int $user_id, bool $look, int $now ): array {
		return $this->alone( $plugin, $user_id, $look, $now, fn (): array => $this->undone( $plugin, $user_id, $look, $now ) );
	}

	/** @return list<int> Users with something imported from there, with ids after $after, at most $limit. */
	public function users( OtherPlugin $plugin, int $after, int $limit ): array {
		return $this->factors->users_of( $plugin->source(), $after, $limit );
	}

	/** @return array{result: string, codes: int} */
	private function imported( OtherPlugin $plugin, int $user_id, bool $look, int $now ): array {
		if ( array() !== $this->rows( $plugin, $user_id ) ) {
			$look || $this->state->mark( $user_id, true, $now ); // The last step, in case an earlier run died before it.
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
			return self::said( self::BUSY ); // The user began an enrolment at this moment.
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
		// If the other plugin does not count, our imported factor is all the user has.
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
			$this->state->mark( $user_id, true, $now ); // The user has another factor, or has just set one up.
		}
		$this->activity->record( Event::ImportUndone, $user_id, detail: array( 'from' => $plugin->source() ) );
		return self::said( self::UNDONE, count( $plugin->hashes( $user_id ) ?? array() ) );
	}

	/** Removes our rows from that source, active or left by a run that died. */
	private function forget( OtherPlugin $plugin, int $user_id ): void {
		$this->factors->delete_of( $user_id, $plugin->source() );
		$this->codes->delete_of( $user_id, $plugin->source() );
	}

	/** @return list<FactorRow> */
	private function rows( OtherPlugin $plugin, int $user_id ): array {
		return array_values(
			array_filter( $this->factors->active( $user_id ), static fn ( FactorRow $row ): bool => $plugin->source() === $row->source )
		);
	}

	/** Imported codes that can be used: if the plugin has a list, those that are still on it. */
	private function left( OtherPlugin $plugin, int $user_id ): int {
		$unused = array_column(
			array_filter( $this->codes( $plugin, $user_id ), static fn ( array $row ): bool => 0 === $row['used_at'] ),
			'hash'
		);
		return count( array_intersect( $unused, $plugin->hashes( $user_id ) ?? $unused ) );
	}

	/** @return list<array{id: int, hash: string, source: string, used_at: int}> */
	private function codes( OtherPlugin $plugin, int $user_id ): array {
		return array_values(
			array_filter( $this->codes->imported( $user_id ), static fn ( array $row ): bool => $plugin->source() === $row['source'] )
		);
	}

	/**
	 * Runs it for one process at a time per user.
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
