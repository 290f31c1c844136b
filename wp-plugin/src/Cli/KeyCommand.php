<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Sallyport\WP\Token\KeyRotation;
use Sallyport\WP\Token\SigningKeys;
use WP_CLI;

/**
 * The keys that Sallyport's own tokens are signed with.
 */
final class KeyCommand {
	private const FIELDS = array( 'kid', 'algorithm', 'state', 'source', 'created', 'changed', 'until' );

	public function __construct(
		private readonly SigningKeys $keys,
		private readonly KeyRotation $rotation,
	) {}

	/**
	 * Lists the keys: what each is for, and where it stands.
	 *
	 * ## OPTIONS
	 *
	 * [--format=<format>]
	 * : How to print them.
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
		Commands::run( fn () => $this->show( $assoc ) );
	}

	/**
	 * Makes the next key, or takes one from a PEM file. It is published, and signs nothing until `rotate`.
	 *
	 * ## OPTIONS
	 *
	 * [--alg=<algorithm>]
	 * : What it is for. Without it, what SALLYPORT_ALGORITHM or the setting `algorithm` says.
	 * ---
	 * options:
	 *   - HS256
	 *   - HS384
	 *   - HS512
	 *   - RS256
	 *   - PS256
	 *   - ES256
	 *   - ES384
	 *   - EdDSA
	 * ---
	 *
	 * [--pem=<file>]
	 * : A private key in PEM, unencrypted. Delete the file afterwards.
	 *
	 * [--format=<format>]
	 * : How to print the keys.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 * ---
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function generate( array $args, array $assoc ): void {
		$pem = isset( $assoc['pem'] ) ? Commands::file( (string) $assoc['pem'] ) : null;
		Commands::run(
			function () use ( $assoc, $pem ): void {
				$this->rotation->generate( time(), isset( $assoc['alg'] ) ? (string) $assoc['alg'] : null, $pem );
				$this->show( $assoc );
			}
		);
	}

	/**
	 * Lets the next key sign. The active one retires: it verifies until its last token has expired.
	 *
	 * ## OPTIONS
	 *
	 * [<kid>]
	 * : The next key, to be sure which.
	 *
	 * [--now]
	 * : Do not wait until verifiers have seen the next key: for when the active one is no longer secret.
	 *
	 * [--yes]
	 * : Do not ask.
	 *
	 * [--format=<format>]
	 * : How to print the keys.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 * ---
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function rotate( array $args, array $assoc ): void {
		WP_CLI::confirm( __( 'Sign with the next key from now on?', 'sallyport' ), $assoc );
		Commands::run(
			function () use ( $args, $assoc ): void {
				$this->rotation->rotate( time(), $args[0] ?? null, ! empty( $assoc['now'] ) );
				$this->show( $assoc );
			}
		);
	}

	/**
	 * Ends a key that does not sign: at once, and with it every token it signed.
	 *
	 * ## OPTIONS
	 *
	 * <kid>
	 * : A key that is next or retiring.
	 *
	 * [--yes]
	 * : Do not ask.
	 *
	 * [--format=<format>]
	 * : How to print the keys.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 * ---
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function retire( array $args, array $assoc ): void {
		WP_CLI::confirm( __( 'End this key, and every token it signed?', 'sallyport' ), $assoc );
		Commands::run(
			function () use ( $args, $assoc ): void {
				$this->rotation->retire( time(), $args[0] );
				$this->show( $assoc );
			}
		);
	}

	/** @param array<string, string> $assoc */
	private function show( array $assoc ): void {
		WP_CLI\Utils\format_items( $assoc['format'] ?? 'table', $this->keys->all(), self::FIELDS );
	}
}
