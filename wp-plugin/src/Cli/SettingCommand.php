<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Sallyport\WP\Code;
use Sallyport\WP\Gate\SettingEditor;
use Sallyport\WP\Refusal;
use Sallyport\WP\Settings\Words;
use Sallyport\WP\Store\Settings;
use WP_CLI;

/**
 * Sallyport's settings on this site. A constant SALLYPORT_<NAME> overrides its setting, which then cannot be changed here.
 */
final class SettingCommand {
	public function __construct(
		private readonly Settings $settings,
		private readonly SettingEditor $editor,
	) {}

	/**
	 * Lists the settings and their values.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : The format of the list.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 * ---
	 *
	 * @subcommand list
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function list_( array $args, array $assoc ): void {
		$format = $assoc['format'] ?? 'table';
		$said   = static fn ( int|bool|string|array $value ): int|bool|string|array => 'json' === $format ? $value : Settings::text( $value );
		$items  = array_map(
			fn ( string $name ): array => array(
				'name'  => $name,
				'value' => $said( $this->settings->get( $name ) ),
				'fixed' => $said( $this->settings->is_fixed( $name ) ),
			),
			Settings::names()
		);
		WP_CLI\Utils\format_items( $format, $items, array( 'name', 'value', 'fixed' ) );
	}

	/**
	 * Prints one setting.
	 *
	 * ## OPTIONS
	 *
	 * <name>
	 * : The setting.
	 *
	 * @param list<string> $args
	 */
	public function get( array $args ): void {
		self::require_known( $args[0] );
		WP_CLI::line( Settings::text( $this->settings->get( $args[0] ) ) );
	}

	/**
	 * Changes one setting, and prints its new value.
	 *
	 * ## OPTIONS
	 *
	 * <name>
	 * : The setting.
	 *
	 * <value>
	 * : A number, true or false, a text, or words separated by commas: of the same kind as the setting's default.
	 *
	 * @param list<string> $args
	 */
	public function set( array $args ): void {
		$this->write( $args[0], $args[1] );
	}

	/**
	 * Resets one setting to its default, and prints that.
	 *
	 * ## OPTIONS
	 *
	 * <name>
	 * : The setting.
	 *
	 * @param list<string> $args
	 */
	public function reset( array $args ): void {
		$this->write( $args[0], null );
	}

	private function write( string $name, ?string $value ): void {
		self::require_known( $name );
		if ( $this->settings->is_fixed( $name ) ) {
			if ( ! $this->settings->is_constant( $name ) ) {
				WP_CLI::error( __( 'The network decides. Change it in its administration.', 'sallyport' ) );
			}
			/* translators: %s: name of a constant. */
			WP_CLI::error( sprintf( __( 'The constant %s decides. Change it there.', 'sallyport' ), Settings::constant( $name ) ) );
		}
		Commands::run(
			fn () => $this->editor->change( array( $name => $value ), 0 ),
			static fn ( Refusal $refusal ): string => Code::InvalidParam === $refusal->reason ? self::form( $name ) : ''
		);
		WP_CLI::line( Settings::text( $this->settings->get( $name ) ) );
	}

	/** How a value is written, in the words of the settings page. */
	private static function form( string $name ): string {
		$choices = is_bool( Settings::standard( $name ) ) ? array( 'true', 'false' ) : Settings::choices( $name );
		$form    = array() === $choices ? Words::form( $name ) : sprintf(
			/* translators: %s: list of words. */
			__( 'One of %s.', 'sallyport' ),
			implode( ', ', $choices )
		);
		return ! in_array( $name, array( 'app_passwords_denied', 'route_roles' ), true ) ? $form : $form . ' ' . sprintf(
			/* translators: %s: list of names. */
			__( 'The roles of this site are %s.', 'sallyport' ),
			implode( ', ', array_keys( wp_roles()->role_names ) )
		);
	}

	private static function require_known( string $name ): void {
		if ( ! in_array( $name, Settings::names(), true ) ) {
			/* translators: %s: list of names. */
			WP_CLI::error( sprintf( __( 'There is no such setting. The settings are: %s', 'sallyport' ), implode( ', ', Settings::names() ) ) );
		}
	}
}
