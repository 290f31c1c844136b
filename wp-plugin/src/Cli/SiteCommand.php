<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Sallyport\WP\Sso\ConnectedSites;
use Sallyport\WP\Store\SsoSiteRow;
use WP_CLI;

/**
 * The sites that are connected with this one for single sign-on.
 */
final class SiteCommand {
	private const FIELDS = array( 'site_key', 'name', 'address', 'allow', 'signed_by', 'created', 'last_used' );

	public function __construct( private readonly ConnectedSites $sites ) {}

	/**
	 * Connects another site. Prints only the new secret of the connection, once: give it to the other site.
	 *
	 * ## OPTIONS
	 *
	 * <site_key>
	 * : The key of the connection, the same on both sites.
	 *
	 * <address>
	 * : The home address of the other site, as its own tokens contain it.
	 *
	 * [--name=<name>]
	 * : A name for people.
	 *
	 * [--secret-file=<file>]
	 * : A file with the secret that the other site already has: 32 characters or more, and a newline at its end is ignored. It is not
	 * printed.
	 *
	 * [--public-key=<file>]
	 * : A file with the other site's public key, as PEM or JWK, if that site signs its tokens with a key pair.
	 *
	 * [--alg=<algorithm>]
	 * : The algorithm of that key. A JWK may contain it.
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
	 * : `issue`: users of this site may sign in there. `exchange`: users of the other site may sign in here. Its administrators can then
	 * sign in as any user here who has no second factor. Both: `issue,exchange`.
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
		Commands::run(
			fn () => WP_CLI\Utils\format_items( $assoc['format'] ?? 'table', array_map( self::described( ... ), $this->sites->all() ), self::FIELDS )
		);
	}

	/**
	 * Ends a connection, and voids its tokens that were not exchanged yet. Users who signed in through it stay signed in.
	 *
	 * ## OPTIONS
	 *
	 * <site_key>
	 * : The key of the connection.
	 *
	 * [--yes]
	 * : Do not ask for confirmation.
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
