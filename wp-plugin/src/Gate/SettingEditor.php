<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Closure;
use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Settings;

/** Changes settings, all of the given ones or none, and logs who did it. */
final class SettingEditor {
	public function __construct(
		private readonly Settings $settings,
		private readonly Activity $activity,
	) {}

	/**
	 * Changes this site's settings.
	 *
	 * @param array<array-key, mixed> $given      Name => value, also as text typed by a person; null restores the default.
	 * @param int                     $user_id    Who makes the change; 0 for the host.
	 * @param bool                    $may_loosen False for a caller who may not weaken the site.
	 * @return list<string> The settings that changed.
	 * @throws Refusal rest_invalid_param naming the settings, sallyport_step_up_required, sallyport_unavailable.
	 */
	public function change( array $given, int $user_id, bool $may_loosen = true ): array {
		$values = $this->parsed( $given, fn ( string $name ): bool => $this->settings->is_fixed( $name ) );
		$is     = array_combine(
			array_keys( $values ),
			array_map( static fn ( string $name ) => $values[ $name ] ?? Settings::standard( $name ), array_keys( $values ) )
		);
		$was    = array();
		$looks  = static function ( array $before ) use ( $is, $may_loosen, &$was ): void {
			foreach ( $may_loosen ? array() : $is as $name => $value ) {
				if ( SettingLoosening::is_in( $name, $before[ $name ], $value ) ) {
					throw Refusal::step_up( Policy::STEP_UP_AGE );
				}
			}
			$was = $before;
		};
		if ( ! $this->settings->change( $values, $looks ) ) {
			throw Refusal::unavailable( Problem::Database );
		}
		return $this->recorded( $was, $is, $user_id, array() );
	}

	/**
	 * Changes the values that a network enforces on every site. Whether that weakens a site depends on the site's own settings,
	 * so it always requires a proof.
	 *
	 * @param array<array-key, mixed> $given As for change(); null lets each site decide again.
	 * @return list<string> As change().
	 * @throws Refusal As change().
	 */
	public function hold( array $given, int $user_id, bool $may_loosen ): array {
		$is = $this->parsed( $given, fn ( string $name ): bool => $this->settings->is_constant( $name ) );
		if ( ! $may_loosen ) {
			throw Refusal::step_up( Policy::STEP_UP_AGE );
		}
		$was   = array();
		$looks = static function ( array $before ) use ( $is, &$was ): void {
			$was = array_intersect_key( $before, $is ) + array_fill_keys( array_keys( $is ), null );
		};
		if ( ! $this->settings->hold( $is, $looks ) ) {
			throw Refusal::unavailable( Problem::Database );
		}
		return $this->recorded( $was, $is, $user_id, array( 'level' => 'network' ) );
	}

	/**
	 * @param array<array-key, mixed> $given
	 * @param Closure(string): bool   $is_locked
	 * @return array<string, int|bool|string|list<string>|null> Null stays null.
	 * @throws Refusal rest_invalid_param.
	 */
	private function parsed( array $given, Closure $is_locked ): array {
		$parsed = array();
		$wrong  = array();
		foreach ( $given as $name => $value ) {
			$parsed[ $name ] = null === $value ? null : $this->settings->parsed( (string) $name, $value );
			if ( ! in_array( $name, Settings::names(), true ) || $is_locked( $name ) || ( null !== $value && null === $parsed[ $name ] ) ) {
				/* translators: %s: name of a setting. */
				$wrong[ $name ] = sprintf( __( '%s does not accept this value.', 'sallyport' ), $name );
			}
		}
		return array() === $wrong ? $parsed : throw new Refusal( Code::InvalidParam, array( 'params' => $wrong ) );
	}

	/**
	 * @param array<string, int|bool|string|list<string>|null> $was
	 * @param array<string, int|bool|string|list<string>|null> $is
	 * @param array<string, string>                            $more Further details for the log.
	 * @return list<string>
	 */
	private function recorded( array $was, array $is, int $user_id, array $more ): array {
		$text    = static fn ( int|bool|string|array|null $value ): string => null === $value ? '–' : Settings::text( $value );
		$changed = array();
		foreach ( $is as $name => $value ) {
			if ( $was[ $name ] !== $value ) {
				$changed[ $name ] = Activity::change( $text( $was[ $name ] ), $text( $value ) );
			}
		}
		if ( array() !== $changed ) {
			$this->activity->record( Event::SettingChanged, $user_id, detail: $more + $changed );
		}
		return array_keys( $changed );
	}
}
