<?php
declare( strict_types=1 );

namespace Sallyport\WP\Admin;

use Sallyport\WP\Engine;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Namespaces;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Clock;
use Sallyport\WP\Store\FactorRows;
use Sallyport\WP\Store\MasterKey;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Token\SigningKeys;
use const Sallyport\WP\SCHEMA;
use const Sallyport\WP\VERSION;

/**
 * Our section of Site Health's Info: what support has to ask for. People paste it into forums, so it contains no secret, and
 * what reveals something about the host or its users is left out of the copy.
 */
final class DebugSection {
	public function __construct(
		private readonly Engine $engine,
		private readonly SigningKeys $keys,
		private readonly Settings $settings,
		private readonly Policies $policies,
		private readonly Namespaces $namespaces,
		private readonly Clock $clock,
		private readonly FactorRows $factors,
	) {}

	/**
	 * Filter debug_information.
	 *
	 * @param mixed $sections Core's and other plugins'.
	 * @return mixed The same, and ours.
	 */
	public function add( mixed $sections ): mixed {
		if ( ! is_array( $sections ) ) {
			return $sections;
		}
		$off                   = $this->clock->off( time() );
		$sections['sallyport'] = array(
			'label'  => 'Sallyport',
			'fields' => array(
				'version'     => self::field( __( 'Plugin', 'sallyport' ), VERSION ),
				'extension'   => self::field( __( 'PHP extension', 'sallyport' ), (string) phpversion( 'sallyport' ) ),
				'schema'      => self::field( __( 'Tables', 'sallyport' ), (string) SCHEMA ),
				'state'       => self::field( __( 'State', 'sallyport' ), $this->state() ),
				'master_key'  => self::field( __( 'Master key from', 'sallyport' ), MasterKey::source() ),
				'signing_key' => self::field( __( 'Signing keys', 'sallyport' ), self::asked( $this->signing_keys( ... ) ) ),
				'break_glass' => self::field( 'SALLYPORT_DISABLE', Policies::is_disabled() ? 'true' : 'false' ),
				'monitor'     => self::field( __( 'Monitor-only', 'sallyport' ), $this->policies->monitors() ? 'true' : 'false' ),
				'namespaces'  => self::field(
					__( 'Routes under', 'sallyport' ),
					implode( ', ', array( $this->namespaces->own(), ...$this->namespaces->headlesskey() ) )
				),
				'clock'       => self::field( __( 'Clock ahead by, seconds', 'sallyport' ), null === $off ? '' : (string) $off ),
				'factors'     => self::field(
					__( 'Users by factor', 'sallyport' ),
					self::asked( fn (): string => self::listed( $this->factors->users_by_type() ) ),
					true
				),
				'settings'    => self::field( __( 'Settings that are not the default', 'sallyport' ), $this->set(), private: true ),
			),
		);
		return $sections;
	}

	private function state(): string {
		return self::asked(
			function (): string {
				$this->engine->require();
				return 'ok';
			}
		);
	}

	private function signing_keys(): string {
		return implode(
			', ',
			array_map( static fn ( array $key ): string => "{$key['kid']} ({$key['algorithm']}, {$key['state']}, {$key['source']})", $this->keys->all() )
		);
	}

	/** Settings by constant and stored ones; none of them is a secret. */
	private function set(): string {
		$set = array();
		foreach ( Settings::names() as $name ) {
			if ( $this->settings->is_set( $name ) ) {
				$by           = match ( true ) {
					$this->settings->is_constant( $name ) => ' (constant)',
					$this->settings->is_fixed( $name )    => ' (network)',
					default                               => '',
				};
				$set[ $name ] = wp_json_encode( $this->settings->get( $name ), JSON_UNESCAPED_SLASHES ) . $by;
			}
		}
		return self::listed( $set );
	}

	/** @param callable(): string $what */
	private static function asked( callable $what ): string {
		try {
			return $what();
		} catch ( Refusal $refusal ) {
			return $refusal->problem->name ?? $refusal->reason->value;
		}
	}

	/** @param array<string, int|string> $items */
	private static function listed( array $items ): string {
		return implode(
			', ',
			array_map( static fn ( string $name, int|string $value ): string => "$name: $value", array_keys( $items ), $items )
		);
	}

	/** @return array{label: string, value: string, private: bool} */
	private static function field( string $label, string $value, bool $private = false ): array {
		return array(
			'label'   => $label,
			'value'   => '' === $value ? '–' : $value,
			'private' => $private,
		);
	}
}
