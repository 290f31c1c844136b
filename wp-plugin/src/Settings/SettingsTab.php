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

/** Every setting of Store\Settings, by group. All that was typed is saved, or nothing, and then it is there still. */
final class SettingsTab implements Tab {
	/** In place of a constant's name: it is the network that decides. */
	private const NETWORK = 'network';

	/** Name => what was typed and is not saved; null: in the network's form, what each site is to decide. @var array<string, string|null> */
	private array $typed = array();

	/** The settings whose values were refused. @var list<string> */
	private array $wrong = array();

	/** One that went back to its default while others were being typed. */
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
			'reset'     => __( 'The setting has its default value again.', 'sallyport' ),
			default     => '',
		};
	}

	public function handle( string $what, Fields $fields ): ?string {
		if ( 'settings' !== $what ) {
			throw new Refusal( Code::InvalidParam );
		}
		$this->typed = is_network_admin() ? $this->sent_of_network( $fields->map( 'setting' ) ?? array(), $fields->map( 'hold' ) ?? array() ) : $this->sent( $fields->map( 'setting' ) ?? array() );
		$reset       = $fields->optional( 'reset' );
		$given       = null === $reset ? $this->typed : array( $reset => null );
		$caller      = get_current_user_id();
		try {
			if ( array() === $given ) {
				return 'unchanged';
			}
			$this->gate->require_step_up( $caller, time() );
			// As with the policy: a password alone, of an administrator without a factor, must not make the site weaker.
			$proven  = $this->administering->has_proof( $caller );
			$changed = is_network_admin() ? $this->editor->hold( $given, $caller, $proven ) : $this->editor->change( $given, $caller, $proven );
		} catch ( Refusal $refusal ) {
			if ( Code::StepUpRequired === $refusal->reason && $this->administering->has_proof( $caller ) ) {
				Form::step_up( Draft::url( self::slug(), $this->typed ), 'settings' );
			}
			$this->wrong = Code::InvalidParam === $refusal->reason ? array_values( array_intersect( Settings::names(), array_keys( (array) ( $refusal->data['params'] ?? array() ) ) ) ) : array();
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
	 * What is another than it is.
	 *
	 * @param array<array-key, mixed> $sent
	 * @return array<string, string>
	 */
	private function sent( array $sent ): array {
		$typed = array();
		foreach ( Settings::names() as $name ) {
			$value = is_string( $sent[ $name ] ?? null ) ? trim( $sent[ $name ] ) : null;
			if ( null !== $value && ! $this->settings->is_fixed( $name ) && $this->settings->parsed( $name, $value ) !== $this->settings->get( $name ) ) {
				$typed[ $name ] = $value;
			}
		}
		return $typed;
	}

	/**
	 * The same in the network's form, where a box says whether every site is held to a value; who types one means it.
	 *
	 * @param array<array-key, mixed> $sent
	 * @param array<array-key, mixed> $hold
	 * @return array<string, string|null>
	 */
	private function sent_of_network( array $sent, array $hold ): array {
		$held  = $this->settings->network();
		$typed = array();
		foreach ( Settings::names() as $name ) {
			$value = is_string( $sent[ $name ] ?? null ) ? trim( $sent[ $name ] ) : null;
			if ( null === $value || $this->settings->is_constant( $name ) ) {
				continue;
			}
			$parsed = $this->settings->parsed( $name, $value );
			if ( isset( $held[ $name ] ) && ! isset( $hold[ $name ] ) ) {
				$typed[ $name ] = null;
			} elseif ( isset( $hold[ $name ] ) ? ( $held[ $name ] ?? null ) !== $parsed || null === $parsed : Settings::standard( $name ) !== $parsed ) {
				$typed[ $name ] = $value;
			}
		}
		return $typed;
	}

	public function render( array $shared ): void {
		$draft = array_filter( array() === $this->typed ? Draft::read( self::slug() ) ?? array() : array(), static fn ( mixed $value ): bool => null === $value || is_string( $value ) );
		$shown = array(
			'groups'   => array_map( fn ( array $names ): array => array_map( fn ( string $name ): array => $this->shown( $name, $this->typed + $draft ), $names ), Words::groups() ),
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
	 * @return array{name: string, title: string, kind: string, value: string, default: string, in_words: string, choices: array<string, string>, unit: string, about: string, form: string, fixed: string, is_held: bool, is_set: bool, is_wrong: bool, is_open: bool, says: string} `says`: its value in words, where it is not left to the default.
	 */
	private function shown( string $name, array $typed ): array {
		$standard = Settings::standard( $name );
		$choices  = is_bool( $standard ) ? self::flags() : array_combine( Settings::choices( $name ), Settings::choices( $name ) );
		$held     = $this->settings->network()[ $name ] ?? null;
		$value    = $typed[ $name ] ?? Settings::text( is_network_admin() && ! $this->settings->is_constant( $name ) ? $held ?? $standard : $this->settings->get( $name ) );
		$value    = is_array( $standard ) ? str_replace( ',', ', ', str_replace( ', ', ',', $value ) ) : $value;
		$is_said  = is_network_admin() && ! $this->settings->is_constant( $name ) ? null !== $held : $this->settings->is_set( $name );
		return array(
			'name'     => $name,
			'title'    => Words::title( $name ),
			'kind'     => is_array( $standard ) ? 'list' : ( is_int( $standard ) ? 'number' : 'text' ),
			'value'    => $value,
			'default'  => self::words( Settings::text( $standard ), $choices, $name ),
			'in_words' => str_ends_with( $name, '_ttl' ) ? self::span( (int) $standard ) : '',
			'choices'  => $choices,
			'unit'     => Words::unit( $name, (int) $value ),
			'about'    => Words::consequence( $name ),
			'form'     => Words::form( $name ),
			'fixed'    => $this->settings->is_constant( $name ) ? Settings::constant( $name ) : ( ! is_network_admin() && $this->settings->is_fixed( $name ) ? self::NETWORK : '' ),
			'is_held'  => array_key_exists( $name, $typed ) ? null !== $typed[ $name ] : null !== $held,
			'is_set'   => $this->settings->is_set( $name ),
			'is_wrong' => in_array( $name, $this->wrong, true ),
			'is_open'  => array_key_exists( $name, $typed ) || $name === $this->reset,
			'says'     => $is_said ? self::words( $value, $choices, $name ) : '',
		);
	}

	/** @param array<string, string> $choices What a value is called, where it is one of few. */
	private static function words( string $value, array $choices, string $name ): string {
		return trim( ( $choices[ $value ] ?? ( '' === $value ? __( 'nothing', 'sallyport' ) : $value ) ) . ' ' . Words::unit( $name, (int) $value ) );
	}

	/** So many seconds, as people say it. */
	private static function span( int $seconds ): string {
		/* translators: %d: number of days. */
		$days = _n( '%d day', '%d days', intdiv( $seconds, DAY_IN_SECONDS ), 'sallyport' );
		/* translators: %d: number of minutes. */
		$minutes = _n( '%d minute', '%d minutes', intdiv( $seconds, MINUTE_IN_SECONDS ), 'sallyport' );
		return 0 === $seconds % DAY_IN_SECONDS ? sprintf( $days, intdiv( $seconds, DAY_IN_SECONDS ) ) : sprintf( $minutes, intdiv( $seconds, MINUTE_IN_SECONDS ) );
	}

	/** @return array<string, string> */
	private static function flags(): array {
		return array(
			'true'  => __( 'On', 'sallyport' ),
			'false' => __( 'Off', 'sallyport' ),
		);
	}
}
