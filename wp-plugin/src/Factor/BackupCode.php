<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Sallyport\WP\Engine;
use Sallyport\WP\Store\BackupCodeRows;

/** Backup codes on paper, each good for once (look-up secrets of NIST SP 800-63B-4). */
final class BackupCode implements Counted {
	public const NAME = 'backup_code';

	public function __construct(
		private readonly BackupCodeRows $rows,
		private readonly Engine $engine,
	) {}

	public function name(): string {
		return self::NAME;
	}

	/** RFC 8176 has no word for a look-up secret. `mfa` says that it was a second factor; a private word says which. */
	public function amr(): array {
		return array( 'backup_code', 'mfa', 'pwd' );
	}

	public function is_enrolled( int $user_id ): bool {
		return $this->rows->left( $user_id ) > 0;
	}

	public function left( int $user_id ): ?int {
		return $this->rows->left_of( $user_id );
	}

	public function last_used( int $user_id ): ?int {
		return $this->rows->last_used( $user_id );
	}

	/** 15 letters and digits, with any spaces, dashes and invisible marks that copying adds. A TOTP code has at most 8. */
	public function recognises( #[\SensitiveParameter] string $code ): bool {
		return 1 === preg_match( '/^(?:[\s\p{Pd}\p{Cf}\x{2212}]*[\p{L}\p{Nd}]){15}[\s\p{Pd}\p{Cf}\x{2212}]*$/u', $code );
	}

	public function verify( int $user_id, #[\SensitiveParameter] string $code, int $now, int $challenge ): Outcome {
		$rows  = $this->rows->live( $user_id );
		$index = array() === $rows ? null : $this->engine->backup_code_verify( $code, array_column( $rows, 'hash' ) );
		if ( null === $index ) {
			return Outcome::Wrong;
		}
		return $this->rows->spend( $rows[ $index ]['id'], $now ) ? Outcome::Right : Outcome::Spent;
	}
}
