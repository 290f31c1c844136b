<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Administering;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\SettingEditor;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\Form;
use Sallyport\WP\Security\View;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Template;

/** All settings of Store\Settings, by group. Either everything typed is saved, or nothing, and then the form still shows it. */
final class SettingsTab implements Tab {
	/** In place of a constant's name: the network decides. */
	private const NETWORK = 'network';

	/** @var array<string, string|null> Name => what was typed and is not saved; in the network's form, null lets each site decide. */
	private array $typed = array();

	/** @var list<string> Settings with refused values. */
	private array $wrong = array();

	/** A setting that was reset to its default while others were being typed. */
	private string $reset = '';

	public function __construct(
		private readonly Settings $settings,
		private readonly SettingEditor $editor,
		private readonly Gate $gate,
		private readonly Administering $administering,
	) {}

	public static function slug(): string {
		return 'settings';
	}

	public static function title(): string {
		return __( 'Settings', 'sallyport' );
	}

	public static function said( string $done ): string {
		return match ( $done ) {
			'saved'     => __( 'The settings were saved.', 'sallyport' ),
			'unchanged' => __( 'Nothing was changed.', 'sallyport' ),
			'reset'     => __( 'The setting was reset to its default.', 'sallyport' ),
			default     => '',
		};
	}

	public function handle( string $what, Fields $fields ): ?string {
		if ( 'settings' !== $what ) {
			throw new Refusal( Code::InvalidParam );
		}
		$this->typed = $this->sent( $fields );
		$reset       = $fields->optional( 'reset' );
		$given       = null === $reset ? $this->typed : array( $reset => null );
		$caller      = get_current_user_id();
		try {
			if ( array() === $given ) {
				return 'unchanged';
			}
			$this->gate->require_step_up( $caller, time() );
			// As with the policy: the password of an administrator without a factor must not be enough to weaken the site.
			$proven  = $this->administering->has_proof( $caller );
			$changed = is_network_admin() ? $this->editor->hold( $given, $caller, $proven ) : $this->editor->change( $given, $caller, $proven );
		} catch ( Refusal $refusal ) {
			if ( Code::StepUpRequired === $refusal->reason && $this->administering->has_proof( $caller ) ) {
				Form::step_up( Draft::url( self::slug(), $this->typed ), 'settings' );
			}
			$this->wrong = Code::InvalidParam === $refusal->reason
				? array_values( array_intersect( Settings::names(), array_keys( (array) ( $refusal->data['params'] ?? array() ) ) ) )
				: array();
			throw $refusal;
		}
		if ( null === $reset ) {
			return array() === $changed ? 'unchanged' : 'saved';
		}
		unset( $this->typed[ $reset ] );
		$this->reset = $reset;
		return array() === $this->typed ? 'reset' : null;
	}

	/**
	 * The values that differ from what the form showed, so that changes by others meanwhile are kept. In the network's form a
	 * checkbox says whether a value is enforced on every site; typing a value implies it.
	 *
	 * @return array<string, string|null>
	 * @throws Refusal rest_invalid_param.
	 */
	private function sent( Fields $fields ): array {
		[ $sent, $hold, $was, $held ] = array_map(
			static fn ( string $name ): array => $fields->map( $name ) ?? array(),
			array( 'setting', 'hold', 'was', 'held' )
		);
		$typed = array();
		foreach ( Settings::names() as $name ) {
			if ( ! is_string( $sent[ $name ] ?? null ) || ! is_string( $was[ $name ] ?? null ) || $this->is_locked( $name ) ) {
				continue;
			}
			$value = trim( $sent[ $name ] );
			if ( trim( $was[ $name ] ) !== $value || isset( $held[ $name ] ) !== isset( $hold[ $name ] ) ) {
				$typed[ $name ] = isset( $held[ $name ] ) && ! isset( $hold[ $name ] ) ? null : $value;
			}
		}
		return $typed;
	}

	/** Whether this form cannot change the setting. */
	private function is_locked( string $name ): bool {
		return is_network_admin() ? $this->settings->is_constant( $name ) : $this->settings->is_fixed( $name );
	}

	public function render( array $shared ): void {
		$draft = array_filter(
			array() === $this->typed ? Draft::read( self::slug() ) ?? array() : array(),
			static fn ( mixed $value ): bool => null === $value || is_string( $value )
		);
		$shown = array(
			'groups'   => array_map(
				fn ( array $names ): array => array_map( fn ( string $name ): array => $this->shown( $name, $this->typed + $draft ), $names ),
				Words::groups()
			),
			'is_draft'   => array() !== $draft,
			'of_network' => is_network_admin(),
			'reset'      => '' === $this->reset ? '' : Words::title( $this->reset ),
			'wrong'      => array_map( Words::title( ... ), array_combine( $this->wrong, $this->wrong ) ),
			'proven'     => $this->administering->has_proof( get_current_user_id() ),
		);
		echo Template::own( 'settings/settings', array( 'view' => new View( $shown + $shared ) ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- the template escapes.
	}

	/**
	 * @param array<string, string|null> $typed
	 * @return array{name: string, title: string, kind: string, value: string, was: string, default: string, in_words: string, choices: array<string, string>, unit: string, about: string, form: string, fixed: string, is_held: bool, was_held: bool, is_set: bool, is_wrong: bool, is_open: bool, says: string} `was`: the value that is stored, and `was_held` likewise; `says`: its value in words, where it is not left to the default.
	 */
	private function shown( string $name, array $typed ): array {
		$standard    = Settings::standard( $name );
		$choices     = is_bool( $standard ) ? self::flags() : array_combine( Settings::choices( $name ), Settings::choices( $name ) );
		$held        = $this->settings->network()[ $name ] ?? null;
		$is_constant = $this->settings->is_constant( $name );
		$of_network  = is_network_admin() && ! $is_constant;
		$was         = Settings::text( $of_network ? $held ?? $standard : $this->settings->get( $name ) );
		$was         = is_array( $standard ) ? str_replace( ',', ', ', $was ) : $was;
		$value       = $typed[ $name ] ?? $was;
		$is_said     = $of_network ? null !== $held : $this->settings->is_set( $name );
		return array(
			'name'     => $name,
			'title'    => Words::title( $name ),
			'kind'     => match ( true ) {
				is_array( $standard ) => 'list',
				is_int( $standard )   => 'number',
				default               => 'text',
			},
			'value'    => $value,
			'was'      => $was,
			'default'  => self::words( Settings::text( $standard ), $choices, $name ),
			'in_words' => str_ends_with( $name, '_ttl' ) ? self::span( (int) $standard ) : '',
			'choices'  => $choices,
			'unit'     => Words::unit( $name, (int) $value ),
			'about'    => Words::consequence( $name ),
			'form'     => Words::form( $name ),
			'fixed'    => match ( true ) {
				$is_constant              => Settings::constant( $name ),
				$this->is_locked( $name ) => self::NETWORK,
				default                   => '',
			},
			'is_held'  => array_key_exists( $name, $typed ) ? null !== $typed[ $name ] : null !== $held,
			'was_held' => null !== $held,
			'is_set'   => $this->settings->is_set( $name ),
			'is_wrong' => in_array( $name, $this->wrong, true ),
			'is_open'  => array_key_exists( $name, $typed ) || $name === $this->reset,
			'says'     => $is_said ? self::words( $value, $choices, $name ) : '',
		);
	}

	/** @param array<string, string> $choices Labels of the values, if there are only a few. */
	private static function words( string $value, array $choices, string $name ): string {
		$said = '' === $value ? __( 'nothing', 'sallyport' ) : $value;
		return trim( ( $choices[ $value ] ?? $said ) . ' ' . Words::unit( $name, (int) $value ) );
	}

	/** A number of seconds in words. */
	private static function span( int $seconds ): string {
		/* translators: %d: number of days. */
		$days = _n( '%d day', '%d days', intdiv( $seconds, DAY_IN_SECONDS ), 'sallyport' );
		/* translators: %d: number of minutes. */
		$minutes = _n( '%d minute', '%d minutes', intdiv( $seconds, MINUTE_IN_SECONDS ), 'sallyport' );
		return 0 === $seconds % DAY_IN_SECONDS
			? sprintf( $days, intdiv( $seconds, DAY_IN_SECONDS ) )
			: sprintf( $minutes, intdiv( $seconds, MINUTE_IN_SECONDS ) );
	}

	/** @return array<string, string> */
	private static function flags(): array {
		return array(
			'true'  => __( 'On', 'sallyport' ),
			'false' => __( 'Off', 'sallyport' ),
		);
	}
}
