<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Sallyport\WP\Sso\ConnectedSites;
use Sallyport\WP\Store\SsoSiteRow;
use WP_CLI;

/**
 * The sites this one is connected with for single sign-on.
 */
final class SiteCommand {
	private const FIELDS = array( 'site_key', 'name', 'address', 'allow', 'signed_by', 'created', 'last_used' );

	public function __construct( private readonly ConnectedSites $sites ) {}

	/**
	 * Connects another site. The secret that was made for it is all that is printed, once: give it to the other site.
	 *
	 * ## OPTIONS
	 *
	 * <site_key>
	 * : What both sites call the connection.
	 *
	 * <address>
	 * : The home address of the other site, as its own tokens give it.
	 *
	 * [--name=<name>]
	 * : What people call it.
	 *
	 * [--secret-file=<file>]
	 * : The secret the other site has, 32 characters or more; a newline at its end does not count. It is not printed.
	 *
	 * [--public-key=<file>]
	 * : Where the other site signs its tokens with a key pair: its public key, a PEM or a JWK.
	 *
	 * [--alg=<algorithm>]
	 * : What that key signs with. A JWK may say so itself.
	 * ---
	 * options:
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
	 * [--allow=<what>]
	 * : `issue`: users of this site may be signed in there. `exchange`: its users here, so that its administrators can sign in as
	 * any user here who has no second factor. Both: `issue,exchange`.
	 * ---
	 * default: issue
	 * ---
	 *
	 * ## EXAMPLES
	 *
	 *     wp sallyport site add sister https://b.example --allow=issue,exchange > secret
	 *     wp sallyport site add sister https://a.example --allow=issue,exchange --secret-file=secret
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function add( array $args, array $assoc ): void {
		$secret = isset( $assoc['secret-file'] ) ? preg_replace( '/\r?\n\z/', '', Commands::file( (string) $assoc['secret-file'] ) ) : null;
		$key    = isset( $assoc['public-key'] ) ? Commands::file( (string) $assoc['public-key'] ) : null;
		if ( isset( $assoc['alg'] ) && null === $key ) {
			WP_CLI::error( __( '--alg is for --public-key.', 'sallyport' ) );
		}
		Commands::run(
			function () use ( $args, $assoc, $secret, $key ): void {
				$allowed = array_values( array_unique( array_map( 'trim', explode( ',', (string) ( $assoc['allow'] ?? SsoSiteRow::ISSUE ) ) ) ) );
				$made    = $this->sites->add(
					$args[0],
					$args[1],
					(string) ( $assoc['name'] ?? '' ),
					$secret,
					$key,
					$assoc['alg'] ?? null,
					$allowed,
					time()
				);
				if ( null === $secret ) {
					WP_CLI::line( $made );
					WP_CLI::warning( __( 'This is the secret of the connection. It is not shown again.', 'sallyport' ) );
				} else {
					/* translators: %s: what both sites call the connection. */
					WP_CLI::success( sprintf( __( 'The connection %s was created.', 'sallyport' ), $args[0] ) );
				}
			}
		);
	}

	/**
	 * Lists the connected sites, without their secrets.
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
		Commands::run(
			fn () => WP_CLI\Utils\format_items( $assoc['format'] ?? 'table', array_map( self::described( ... ), $this->sites->all() ), self::FIELDS )
		);
	}

	/**
	 * Ends a connection, and every token under way on it. Users who came through it stay signed in.
	 *
	 * ## OPTIONS
	 *
	 * <site_key>
	 * : Which.
	 *
	 * [--yes]
	 * : Do not ask.
	 *
	 * @param list<string>          $args
	 * @param array<string, string> $assoc
	 */
	public function remove( array $args, array $assoc ): void {
		WP_CLI::confirm( __( 'End this connection?', 'sallyport' ), $assoc );
		Commands::run( fn () => $this->sites->remove( $args[0] ) );
		/* translators: %s: what both sites call the connection. */
		WP_CLI::success( sprintf( __( 'The connection %s was ended.', 'sallyport' ), $args[0] ) );
	}

	/** @return array<string, string|null> */
	private static function described( SsoSiteRow $site ): array {
		return array(
			'site_key'  => $site->site_key,
			'name'      => $site->name,
			'address'   => $site->url,
			'allow'     => implode( ',', $site->allowed ),
			'signed_by' => $site->algorithm(),
			'created'   => gmdate( 'c', $site->created_at ),
			'last_used' => 0 === $site->last_used_at ? null : gmdate( 'c', $site->last_used_at ),
		);
	}
}
