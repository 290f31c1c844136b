<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Closure;
use Sallyport\WP\Engine;
use Sallyport\WP\Store\FactorRow;
use Sallyport\WP\Store\FactorRows;
use Sallyport\WP\Store\Settings;

/** Time-based one-time passwords (RFC 6238): the authenticator app. */
final class Totp implements Enrolled {
	public const NAME = 'totp';

	/**
	 * What an enrolment may choose: algorithm, digits (least and most) and period (NIST SP 800-63B-4 3.1.4.1: at most 2
	 * minutes).
	 */
	public const ALGORITHMS = array( 'SHA1', 'SHA256', 'SHA512' );
	public const DIGITS     = array( 6, 8 );
	public const PERIODS    = array( 15, 120 );

	/** Time steps around the present one in which a wrong code still reveals a wrong clock: five minutes at 30 seconds a step. */
	private const NEAR = 10;

	/** @param Closure(): OtherPlugins $plugins Needed only for an imported factor. */
	public function __construct(
		private readonly FactorRows $rows,
		private readonly Engine $engine,
		private readonly Settings $settings,
		private readonly Closure $plugins,
	) {}

	public function name(): string {
		return self::NAME;
	}

	public function amr(): array {
		return array( 'mfa', 'otp', 'pwd' );
	}

	public function is_enrolled( int $user_id ): bool {
		return array() !== $this->rows->active( $user_id, self::NAME );
	}

	public function recognises( #[\SensitiveParameter] string $code ): bool {
		return false;
	}

	public function verify( int $user_id, #[\SensitiveParameter] string $code, int $now, int $challenge ): Outcome {
		$outcome = Outcome::Wrong;
		foreach ( $this->rows->active( $user_id, self::NAME ) as $row ) {
			$step = $this->match( $row, $code, $now, $row->last_step );
			if ( null !== $step ) {
				return $this->spend( $row, $step, $now ) ? Outcome::Right : Outcome::Spent;
			}
			if ( null !== $this->match( $row, $code, $now, -1 ) ) {
				$outcome = Outcome::Spent;
			}
		}
		return $outcome;
	}

	/** A code of an imported factor is spent at its plugin as well, once only, because that plugin may still accept it. */
	private function spend( FactorRow $row, int $step, int $now ): bool {
		$plugin = '' === $row->source ? null : ( $this->plugins )()->get( $row->source );
		return ( null === $plugin || $plugin->spend_step( $row->user_id, $step ) )
			&& $this->rows->spend_step( $row->id, $step, $step - intdiv( $now, $row->period ), $now );
	}

	public function prove( FactorRow $row, #[\SensitiveParameter] string $code, int $now ): ?int {
		// Another request may have inserted the row but not its secret yet.
		return '' === $row->secret ? null : $this->match( $row, $code, $now, -1 );
	}

	/**
	 * How many seconds the clock behind a wrong code is ahead of ours; negative if it is behind. Null if the code belongs to no
	 * time near now, or was merely typed slowly.
	 */
	public function seconds_off( FactorRow $row, #[\SensitiveParameter] string $code, int $now ): ?int {
		$step  = $this->engine->totp_verify( $this->secret( $row ), $code, $now, -1, $row->algorithm, $row->digits, $row->period, self::NEAR );
		$steps = null === $step ? 0 : $step - intdiv( $now, $row->period );
		return abs( $steps ) > 1 ? $steps * $row->period : null;
	}

	/** The time step that the code belongs to, if it is later than $after. */
	private function match( FactorRow $row, #[\SensitiveParameter] string $code, int $now, int $after ): ?int {
		return $this->engine->totp_verify(
			$this->secret( $row ),
			$code,
			$now,
			$after,
			$row->algorithm,
			$row->digits,
			$row->period,
			(int) $this->settings->get( 'totp_skew' )
		);
	}

	/** The otpauth:// URI of this row's secret. It contains the secret: whoever reads it can make codes. */
	public function uri( FactorRow $row, string $account, string $issuer ): string {
		return $this->engine->totp_uri( $this->secret( $row ), $account, $issuer, $row->algorithm, $row->digits, $row->period );
	}

	/** Seals a fresh secret for a new row. It can be unsealed in that row only. */
	public function give_secret( FactorRow $row ): FactorRow {
		return $this->keep_secret( $row, $this->engine->totp_secret() );
	}

	/** Seals an existing secret for a row. */
	public function keep_secret( FactorRow $row, #[\SensitiveParameter] string $secret ): FactorRow {
		return $this->rows->set_secret( $row, $this->engine->seal( $secret, self::NAME, FactorRow::owner( $row->user_id, $row->id ) ) );
	}

	private function secret( FactorRow $row ): string {
		return $this->engine->unseal( $row->secret, self::NAME, FactorRow::owner( $row->user_id, $row->id ) );
	}
}
