<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Closure;
use Sallyport\WP\Refusal;
use Sallyport\WP\Reseal;
use Sallyport\WP\Token\KeyRotation;
use Sallyport\WP\Token\SigningKeys;
use WP_CLI;

/**
 * The keys that sign Sallyport's own tokens.
 */
final class KeyCommand {
	private const FIELDS = array( 'kid', 'algorithm', 'state', 'source', 'created', 'changed', 'until' );

	private const RESEALED = array( 'kind', Reseal::DONE, Reseal::DUE, Reseal::CURRENT, Reseal::CHANGED, Reseal::UNREADABLE );

	/** Number of secrets after which it tells the progress. */
	private const EVERY = 500;

	/** @param Closure(): Reseal $reseal */
	public function __construct(
		private readonly SigningKeys $keys,
		private readonly KeyRotation $rotation,
		private readonly Closure $reseal,
	) {}

	/**
	 * Lists the keys, with their algorithm and state.
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
		Commands::run( fn () => $this->show( $assoc ) );
	}

	/**
	 * Creates the next key, or imports it from a PEM file. It is published, but signs nothing until `rotate`.
	 *
	 * ## OPTIONS
	 *
	 * [--alg=<algorithm>]
	 * : The key's algorithm. The default is SALLYPORT_ALGORITHM, or the setting `algorithm`.
	 * ---
	 * options:
	 *   - HS256
	 *   - HS384
	 *   - HS512
	 *   - RS256
	 *   - RS384
	 *   - RS512
	 *   - PS256
	 *   - PS384
	 *   - PS512
	 *   - ES256
	 *   - ES384
	 *   - EdDSA
	 * ---
	 *
	 * [--pem=<file>]
	 * : A private key in PEM, unencrypted, for the algorithm that --alg names. Delete the file afterwards.
	 *
	 * [--format=<format>]
	 * : The format of the list of keys.
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
			},
			self::hint( ... )
		);
	}

	/**
	 * Lets the next key sign. The active key retires: it still verifies until its last token has expired.
	 *
	 * ## OPTIONS
	 *
	 * [<kid>]
	 * : The id of the next key; the command refuses any other.
	 *
	 * [--now]
	 * : Do not wait until verifiers have read the next key. Use this if the active key has leaked.
	 *
	 * [--yes]
	 * : Do not ask for confirmation.
	 *
	 * [--format=<format>]
	 * : The format of the list of keys.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 *   - csv
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     wp sallyport key rotate
	 *     wp sallyport key rotate --now --yes
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
			},
			self::hint( ... )
		);
	}

	/**
	 * Removes a key that does not sign, at once. All tokens that it signed become invalid.
	 *
	 * ## OPTIONS
	 *
	 * <kid>
	 * : The id of a key that is next or retiring.
	 *
	 * [--yes]
	 * : Do not ask for confirmation.
	 *
	 * [--format=<format>]
	 * : The format of the list of keys.
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
			},
			self::hint( ... )
		);
	}

	/**
	 * Seals (encrypts) every secret again under the master key SALLYPORT_NEW_MASTER_KEY, while the site keeps running.
	 *
	 * Every server of the site must have both the new and the present master key. The command can be stopped and run again.
	 *
	 * ## OPTIONS
	 *
	 * [--dry-run]
	 * : Change nothing; print which secrets would be sealed again, and whether they can be opened.
	 *
	 * [--yes]
	 * : Do not ask for confirmation.
	 *
	 * [--format=<format>]
	 * : The format of the report.
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
	public function reseal( array $args, array $assoc ): void {
		$look = ! empty( $assoc['dry-run'] );
		$look || WP_CLI::confirm( __( 'Does every server of this site have both master keys? One that does not turns away users with a second factor.', 'sallyport' ), $assoc );
		Commands::run(
			function () use ( $look, $assoc ): void {
				$reseal = ( $this->reseal )();
				$counts = self::counted( $look ? $reseal->look() : $reseal->run() );
				WP_CLI\Utils\format_items( $assoc['format'] ?? 'table', array_values( $counts ), self::RESEALED );
				if ( 0 < array_sum( array_column( $counts, Reseal::UNREADABLE ) ) ) {
					WP_CLI::error( __( 'Some secrets open under neither key. The lines above say whose they are.', 'sallyport' ) );
				}
			}
		);
	}

	/**
	 * Counts the outcomes for each kind, and tells the progress.
	 *
	 * @param iterable<array{0: string, 1: string, 2: string}> $outcomes
	 * @return array<string, array<string, int|string>>
	 */
	private static function counted( iterable $outcomes ): array {
		$counts = array();
		$n      = 0;
		foreach ( $outcomes as [ $kind, $whose, $outcome ] ) {
			$counts[ $kind ] ??= array( 'kind' => $kind ) + array_fill_keys( self::RESEALED, 0 );
			++$counts[ $kind ][ $outcome ];
			if ( Reseal::UNREADABLE === $outcome ) {
				/* translators: 1: kind of secrets, 2: whose one of them is. */
				WP_CLI::warning( sprintf( __( '%1$s: that of %2$s cannot be opened.', 'sallyport' ), $kind, $whose ) );
			}
			if ( 0 === ++$n % self::EVERY ) {
				/* translators: 1: a number, 2: kind of secrets. */
				Commands::tell( sprintf( __( '%1$d secrets, now %2$s …', 'sallyport' ), $n, $kind ) );
			}
		}
		return $counts;
	}

	private static function hint( Refusal $refusal ): string {
		return match ( $refusal->data['reason'] ?? '' ) {
			'next_exists' => __( 'There is already a next key: `wp sallyport key rotate` lets it sign, `wp sallyport key retire <kid>` removes it.', 'sallyport' ),
			'no_next'     => __( 'There is no next key: `wp sallyport key generate` makes one.', 'sallyport' ),
			'too_early'   => __( 'Verifiers may not know the next key yet. Wait, or use --now if the active key has been exposed.', 'sallyport' ),
			'is_active'   => __( 'This key signs: rotate first.', 'sallyport' ),
			'is_there'    => __( 'This key is here already.', 'sallyport' ),
			'too_many'    => __( 'Too many keys are stored: wait until old ones are gone, or remove some.', 'sallyport' ),
			'busy'        => __( 'Someone else is changing the keys. Try again.', 'sallyport' ),
			default       => '',
		};
	}

	/** @param array<string, string> $assoc */
	private function show( array $assoc ): void {
		WP_CLI\Utils\format_items( $assoc['format'] ?? 'table', $this->keys->all(), self::FIELDS );
	}
}
