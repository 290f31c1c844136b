<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Settings;

/** Changes settings, all of what is given or nothing, and says in the activity log who did. */
final class SettingEditor {
	public function __construct(
		private readonly Settings $settings,
		private readonly Activity $activity,
	) {}

	/**
	 * @param array<array-key, mixed> $given      Name => its value, be it as people write it; null: back to the default.
	 * @param int                     $user_id    Who does it; 0: the host.
	 * @param bool                    $may_loosen False for who may not make the site weaker.
	 * @return list<string> What is another than it was.
	 * @throws Refusal rest_invalid_param naming the settings, sallyport_step_up_required.
	 */
	public function change( array $given, int $user_id, bool $may_loosen = true ): array {
		$is    = array_map( fn ( int|string $name, mixed $value ) => ! in_array( $name, Settings::names(), true ) || $this->settings->is_fixed( $name ) ? null : ( null === $value ? Settings::standard( $name ) : $this->settings->parsed( $name, $value ) ), array_keys( $given ), $given );
		$is    = array_combine( array_keys( $given ), $is );
		$wrong = array_keys( array_filter( $is, 'is_null' ) );
		if ( array() !== $wrong ) {
			throw new Refusal( Code::InvalidParam, array( 'params' => array_fill_keys( $wrong, __( 'That is no value of this setting.', 'sallyport' ) ) ) );
		}
		$was = array_combine( array_keys( $is ), array_map( $this->settings->get( ... ), array_keys( $is ) ) );
		foreach ( $may_loosen ? array() : $is as $name => $value ) {
			if ( SettingLoosening::is_in( $name, $was[ $name ], $value ) ) {
				throw new Refusal( Code::StepUpRequired, array( 'max_age' => Policy::STEP_UP_AGE ) );
			}
		}
		$changed = array();
		foreach ( $given as $name => $value ) {
			$this->settings->set( $name, $value );
			if ( $was[ $name ] !== $is[ $name ] ) {
				$changed[ $name ] = Settings::text( $was[ $name ] ) . ' → ' . Settings::text( $is[ $name ] );
			}
		}
		if ( array() !== $changed ) {
			$this->activity->record( Event::SettingChanged, $user_id, detail: $changed );
		}
		return array_keys( $changed );
	}
}
