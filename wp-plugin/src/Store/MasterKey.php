<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

use Closure;
use Sallyport\WP\Blog;
use Sallyport\WP\Php;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;

// phpcs:disable WordPress.WP.AlternativeFunctions -- WP_Filesystem creates no file exclusively, and is not there yet.

/**
 * Where the master key comes from: a constant, the environment or a generated file, never the database.
 *
 * The database holds only a check value, by which a node with a different key notices, and refuses.
 */
final class MasterKey {
	private const NAME  = 'SALLYPORT_MASTER_KEY';
	private const NEXT  = 'SALLYPORT_NEW_MASTER_KEY';
	private const CHECK = 'sallyport_key_check';

	/** Prefix of the name of a key file beside WordPress. */
	private const BESIDE = '.sallyport-';

	/** @param Closure(): Database $database Lazy: needed to generate a key. */
	public function __construct( private readonly Closure $database ) {}

	/**
	 * The master keys of this node, each at least 32 characters: one, and while everything is resealed, also the new one.
	 *
	 * @return non-empty-list<string>
	 * @throws Refusal If there is none, one is too short, or two sources of the same key disagree.
	 */
	public function read(): array {
		$next = $this->next();
		$key  = self::one( ...self::set( self::NAME ), ...array_map( self::read_file( ... ), self::files() ) );
		// A new key alone starts nothing: a site that has lost its key must not silently take another.
		if ( null === $key && ( null === $next || null === $this->check_value() ) ) {
			throw Refusal::unavailable(
				match ( true ) {
					array() !== self::unreadable() => Problem::KeyFileUnreadable,
					array() !== self::damaged()    => Problem::KeyFileDamaged,
					$this->is_to_be_made()         => Problem::MasterKeyUnmade,
					default                        => Problem::MasterKeyMissing,
				}
			);
		}
		return array_values( array_unique( array_diff( array( $key, $next ), array( null ) ) ) );
	}

	/**
	 * The new master key that is to replace the present one.
	 *
	 * @throws Refusal As read().
	 */
	public function next(): ?string {
		return self::one( ...self::set( self::NEXT ) );
	}

	/** The source of this node's master key: `constant`, `environment`, `file`, or '' for none. */
	public static function source(): string {
		[ $constant, $environment ] = self::set( self::NAME );
		$file                       = implode( '', array_map( self::read_file( ... ), self::files() ) );
		return match ( true ) {
			'' !== $constant    => 'constant',
			'' !== $environment => 'environment',
			'' !== $file        => 'file',
			default             => '',
		};
	}

	/** Path of the key file in use; empty if there is none. */
	public static function file(): string {
		return current( array_filter( self::files(), static fn ( string $file ): bool => '' !== self::read_file( $file ) ) ) ?: '';
	}

	/** @return list<string> Existing key files that PHP's user cannot read. */
	public static function unreadable(): array {
		return array_values( array_filter( self::files(), static fn ( string $file ): bool => is_file( $file ) && ! is_readable( $file ) ) );
	}

	/** @return list<string> Existing key files without a key: empty, truncated, or something else. */
	public static function damaged(): array {
		return array_values(
			array_filter(
				self::files(),
				static fn ( string $file ): bool => is_file( $file ) && is_readable( $file ) && '' === self::read_file( $file )
			)
		);
	}

	/** @return list<string> Other files named like a key file: another site's, or this one's from when its database had another name. */
	public static function others(): array {
		$beside = array_filter( self::files(), static fn ( string $file ): bool => str_starts_with( basename( $file ), self::BESIDE ) );
		return array_values(
			array_diff(
				array() === $beside ? array() : (array) glob( dirname( $beside[0] ) . '/' . self::BESIDE . '*.php' ),
				$beside,
				array( false )
			)
		);
	}

	/** @return list<string> The values of the constant and the environment, without a trailing line break from a file. */
	private static function set( string $name ): array {
		return array_map( 'trim', array( defined( $name ) ? (string) constant( $name ) : '', (string) Php::environment( $name ) ) );
	}

	private static function one( #[\SensitiveParameter] string ...$sources ): ?string {
		$keys = array_values( array_unique( array_diff( $sources, array( '' ) ) ) );
		if ( count( $keys ) > 1 ) {
			throw Refusal::unavailable( Problem::MasterKeySources );
		}
		if ( isset( $keys[0] ) && strlen( $keys[0] ) < 32 ) {
			throw Refusal::unavailable( Problem::MasterKeyShort );
		}
		return $keys[0] ?? null;
	}

	/**
	 * Generates the key file, unless there is a key or anything was ever sealed on this site.
	 *
	 * @throws Refusal If no place is writable.
	 */
	public function generate_if_new(): void {
		if ( ! $this->is_to_be_made() ) {
			return;
		}
		$key = base64_encode( random_bytes( 32 ) ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- a key is text.
		foreach ( self::is_in_a_folder() ? array_slice( self::files(), -1 ) : self::files() as $file ) {
			if ( is_file( $file ) || self::write_file( $file, $key ) ) {
				return;
			}
		}
		throw Refusal::unavailable( Problem::MasterKeyUnmade );
	}

	/** The stored check value; null if no key was ever used on this site. Costs no query once a blog has its copy. */
	public function check_value(): ?string {
		$value = get_option( self::CHECK, '' );
		if ( '' === $value && is_multisite() ) {
			$value = get_network_option( Blog::network(), self::CHECK, '' );
			if ( '' !== $value ) {
				OwnOption::write( self::CHECK, $value );
			}
		}
		return '' === $value ? null : (string) $value;
	}

	public function remember_check_value( string $value ): void {
		if ( is_multisite() ) {
			update_network_option( Blog::network(), self::CHECK, $value );
		}
		OwnOption::write( self::CHECK, $value );
	}

	/**
	 * Whether there is no key, and never was one.
	 *
	 * @throws Refusal If the store cannot tell.
	 */
	private function is_to_be_made(): bool {
		return ! defined( self::NAME )
			&& false === Php::environment( self::NAME )
			&& null === $this->check_value()
			&& ! SigningKeyRows::is_stored()
			&& null === ( $this->database )()->row( 'SELECT id FROM {factors} WHERE id > %d LIMIT 1', array( 0 ) );
	}

	/**
	 * The places for a key file, best first: beside WordPress, else inside it, as a PHP file that prints nothing.
	 *
	 * Both are always read. The file is named after the database, so that a new release in another folder finds it.
	 *
	 * @return list<string>
	 */
	public static function files(): array {
		$beside = dirname( rtrim( ABSPATH, '/' ) );
		$files  = array( WP_CONTENT_DIR . '/sallyport-key.php' );
		// In a world-writable folder anybody could plant a key. If open_basedir ends at WordPress, is_dir() is false, with a warning.
		if ( @is_dir( $beside ) && 0 === ( (int) fileperms( $beside ) & 0002 ) ) { // phpcs:ignore WordPress.PHP.NoSilencedErrors.Discouraged -- the same.
			$database = implode( '/', array( DB_HOST, DB_NAME, $GLOBALS['wpdb']->base_prefix ) );
			array_unshift( $files, $beside . '/' . self::BESIDE . substr( hash( 'sha256', $database ), 0, 12 ) . '.php' );
		}
		return $files;
	}

	/** Whether WordPress is in a subfolder of the site. Then the folder beside it is inside the document root, too. */
	private static function is_in_a_folder(): bool {
		return '' !== trim( (string) wp_parse_url( network_site_url(), PHP_URL_PATH ), '/' );
	}

	/** Creates the file exclusively, with mode 0600 from the start. */
	private static function write_file( string $file, #[\SensitiveParameter] string $key ): bool {
		if ( ! is_writable( dirname( $file ) ) ) {
			return false;
		}
		$mask   = umask( 0177 );
		$handle = @fopen( $file, 'x' ); // phpcs:ignore WordPress.PHP.NoSilencedErrors.Discouraged -- lost race: the other process wrote it.
		umask( $mask );
		if ( false === $handle ) {
			return is_file( $file );
		}
		self::give( $file );
		$text    = "<?php exit; // Sallyport's master key. Back it up apart from the database; never share it.\n// " . $key . "\n";
		$written = fwrite( $handle, $text );
		if ( fclose( $handle ) && strlen( $text ) === $written ) {
			return true;
		}
		unlink( $file ); // Half of one, as a full disk takes it, would stand in the way of every later try.
		return false;
	}

	/**
	 * The web server could not read a file that root creates, as with `wp --allow-root`. So it is given to the owner of the
	 * site's files.
	 */
	private static function give( string $file ): void {
		if ( function_exists( 'posix_geteuid' ) && 0 === posix_geteuid() && function_exists( 'lchown' ) ) {
			// lchown: if somebody has replaced the file by a link, only the link changes owner.
			@lchown( $file, (int) fileowner( WP_CONTENT_DIR ) ); // phpcs:ignore WordPress.PHP.NoSilencedErrors.Discouraged -- where it fails, Site Health says that the file cannot be read.
		}
	}

	/** Deletes the generated key files, once nothing is sealed any more. */
	public function remove_files(): void {
		foreach ( self::files() as $file ) {
			if ( '' !== self::read_file( $file ) ) {
				unlink( $file );
			}
		}
	}

	/** Tolerates line ends that an editor or a file transfer has changed. */
	private static function read_file( string $file ): string {
		$text = is_file( $file ) && is_readable( $file ) ? (string) file_get_contents( $file ) : '';
		return 1 === preg_match( '#^// ([A-Za-z0-9+/=]{43,})\s*$#m', $text, $match ) ? $match[1] : '';
	}
}
