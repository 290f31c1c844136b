<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Closure;
use Sallyport\WP\Store\BackupCodeRows;
use Sallyport\WP\Store\Passwords;

/** Backup codes imported from another plugin, stored as core's hashes. A new set of ours replaces them (docs/import.md). */
final class ImportedCode implements Counted {
	public const NAME = 'imported_backup_code';

	/** @param Closure(): OtherPlugins $plugins */
	public function __construct(
		private readonly BackupCodeRows $rows,
		private readonly Passwords $passwords,
		private readonly Closure $plugins,
	) {}

	public function name(): string {
		return self::NAME;
	}

	public function amr(): array {
		return array( 'backup_code', 'mfa', 'pwd' );
	}

	public function is_enrolled( int $user_id ): bool {
		return ( $this->left( $user_id ) ?? 0 ) > 0;
	}

	public function left( int $user_id ): ?int {
		$rows = $this->rows->imported( $user_id );
		return array() === $rows
			? null
			: count( array_filter( $rows, fn ( array $row ): bool => 0 === $row['used_at'] && $this->is_left( $row, $user_id ) ) );
	}

	public function last_used( int $user_id ): ?int {
		$used = array_filter( array_column( $this->rows->imported( $user_id ), 'used_at' ) );
		return array() === $used ? null : max( $used );
	}

	public function recognises( #[\SensitiveParameter] string $code ): bool {
		return null !== OtherPlugin::backup_code( $code );
	}

	/** A code that was used or replaced on the other plugin's own form counts as spent, too. */
	public function verify( int $user_id, #[\SensitiveParameter] string $code, int $now, int $challenge ): Outcome {
		$digits = OtherPlugin::backup_code( $code );
		$rows   = null === $digits ? array() : array_slice( $this->rows->imported( $user_id ), 0, OtherPlugin::HASHES );
		$index  = $this->passwords->which( array_column( $rows, 'hash' ), (string) $digits, $user_id );
		if ( null === $index ) {
			return Outcome::Wrong;
		}
		$row = $rows[ $index ];
		if ( 0 < $row['used_at'] || ! $this->is_left( $row, $user_id ) ) {
			return Outcome::Spent;
		}
		$plugin = ( $this->plugins )()->get( $row['source'] );
		$first  = null === $plugin || $plugin->spend_hash( $user_id, $row['hash'], $now );
		return $first && $this->rows->spend( $row['id'], $now ) ? Outcome::Right : Outcome::Spent;
	}

	/**
	 * Whether the plugin's own list, if it still exists, still holds the code.
	 *
	 * @param array{id: int, hash: string, source: string, used_at: int} $row
	 */
	private function is_left( array $row, int $user_id ): bool {
		$theirs = ( $this->plugins )()->get( $row['source'] )?->hashes( $user_id );
		return null === $theirs || in_array( $row['hash'], $theirs, true );
	}
}
