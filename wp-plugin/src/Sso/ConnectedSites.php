<?php
declare( strict_types=1 );

namespace Sallyport\WP\Sso;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Php;
use Sallyport\WP\Refusal;
use Sallyport\WP\SealedSecret;
use Sallyport\WP\Store\SsoSiteRow;
use Sallyport\WP\Store\SsoSiteRows;
use Sallyport\WP\Token\AccessTokens;

/** The sites this blog is connected with (docs/sso.md). */
final class ConnectedSites {
	private const KEY = '/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/D';

	/** Without spaces and line breaks, so that both sides read the same bytes from a file, a variable or a terminal. */
	private const SECRET = '/^[\x21-\x7e]{32,1024}$/D';

	/** The form in which `home` is stored. */
	private const ADDRESS = '~^https?://[^\s/?#@]+(/[^\s?#]*)?$~D';

	/** The purpose that the secrets are sealed for. */
	private const PURPOSE = 'sso-secret';

	public function __construct(
		private readonly SsoSiteRows $rows,
		private readonly Engine $engine,
		private readonly Activity $activity,
	) {}

	/**
	 * @param string|null  $secret     Null: one is generated.
	 * @param string|null  $public_key PEM or JWK of a site that signs with a key pair.
	 * @param string|null  $algorithm  That key's; a JWK may name its own.
	 * @param list<string> $allowed    SsoSiteRow::ISSUE, ::EXCHANGE.
	 * @return string The secret.
	 * @throws Refusal rest_invalid_param {field, reason}; the reason is a sentence.
	 */
	public function add(
		string $site_key,
		string $url,
		string $name,
		#[\SensitiveParameter] ?string $secret,
		?string $public_key,
		?string $algorithm,
		array $allowed,
		int $now,
	): string {
		$url = untrailingslashit( $url );
		$this->check( $site_key, $url, $name, $allowed );
		$secret ??= Engine::random();
		if ( 1 !== preg_match( self::SECRET, $secret ) ) {
			throw self::invalid( 'secret', __( 'The secret must be 32 to 1024 visible ASCII characters.', 'sallyport' ) );
		}
		$jwk = null === $public_key ? '' : $this->jwk( $public_key, $algorithm, $site_key );
		if (
			! $this->rows->add(
				get_current_blog_id(),
				$site_key,
				$name,
				$url,
				$this->engine->seal( $secret, self::PURPOSE, self::owner( get_current_blog_id(), $site_key ) ),
				$jwk,
				implode( ',', $allowed ),
				$now
			)
		) {
			throw self::invalid( 'site_key', __( 'There is already a connection with this site key. Remove it first.', 'sallyport' ) );
		}
		$this->activity->record( Event::SiteAdded, get_current_user_id(), '', 'ok', self::described( $site_key, $url ) );
		return $secret;
	}

	/** @return list<SsoSiteRow> */
	public function all(): array {
		return $this->rows->all( get_current_blog_id() );
	}

	public function find( string $site_key ): ?SsoSiteRow {
		return 1 === preg_match( self::KEY, $site_key ) ? $this->rows->find( get_current_blog_id(), $site_key ) : null;
	}

	/** @throws Refusal sallyport_sso_site_unknown. */
	public function remove( string $site_key ): void {
		$site = $this->find( $site_key ) ?? throw new Refusal( Code::SsoSiteUnknown );
		$this->rows->delete( $site->id );
		$this->activity->record( Event::SiteRemoved, get_current_user_id(), '', 'ok', self::described( $site->site_key, $site->url ) );
	}

	public function secret( SsoSiteRow $site ): string {
		return $this->engine->unseal( $site->sealed, self::PURPOSE, self::owner( $site->blog_id, $site->site_key ) );
	}

	/** @return iterable<SealedSecret> Those of every blog. */
	public function sealed(): iterable {
		foreach ( $this->rows->everywhere() as $site ) {
			yield new SealedSecret(
				'site ' . $site->site_key,
				$site->sealed,
				self::PURPOSE,
				self::owner( $site->blog_id, $site->site_key ),
				fn ( string $sealed ): bool => $this->rows->reseal( $site->id, $site->sealed, $sealed )
			);
		}
	}

	public function used( SsoSiteRow $site, int $now ): void {
		$this->rows->use( $site->id, $now );
	}

	/** @param list<string> $allowed */
	private function check( string $site_key, string $url, string $name, array $allowed ): void {
		if ( 1 !== preg_match( self::KEY, $site_key ) ) {
			throw self::invalid( 'site_key', __( 'The site key must be 1 to 64 letters, digits, dots, dashes and underscores, the first a letter or digit.', 'sallyport' ) );
		}
		if ( 1 !== preg_match( self::ADDRESS, $url ) || strlen( $url ) > 255 || ! Php::is_utf8( $url ) ) {
			throw self::invalid( 'url', __( 'The address must be the home address of the other site: https://…, without query or fragment.', 'sallyport' ) );
		}
		if ( AccessTokens::issuer() === $url ) {
			throw self::invalid( 'url', __( 'That is the address of this site: a site is connected with another one.', 'sallyport' ) );
		}
		if ( ! Php::is_utf8( $name ) || mb_strlen( $name ) > 191 ) {
			throw self::invalid( 'name', __( 'The name must be at most 191 characters.', 'sallyport' ) );
		}
		if ( array() === $allowed || array() !== array_diff( $allowed, array( SsoSiteRow::ISSUE, SsoSiteRow::EXCHANGE ) ) ) {
			throw self::invalid( 'allow', __( 'Allowed can be issue, exchange, or both.', 'sallyport' ) );
		}
	}

	private function jwk( string $public_key, ?string $algorithm, string $site_key ): string {
		try {
			return $this->engine->public_jwk( $public_key, $algorithm, $site_key );
		} catch ( Refusal $refusal ) {
			throw Code::KeyInvalid === $refusal->reason
				? self::invalid( 'public_key', __( 'The public key must be one PEM (say its algorithm) or one JWK, of a pair for signatures, strong enough, and without its private half.', 'sallyport' ) )
				: $refusal;
		}
	}

	private static function owner( int $blog_id, string $site_key ): string {
		return $blog_id . ':' . $site_key;
	}

	/** @return array{site: string, url: string} */
	private static function described( string $site_key, string $url ): array {
		return array(
			'site' => $site_key,
			'url'  => $url,
		);
	}

	private static function invalid( string $field, string $reason ): Refusal {
		return new Refusal(
			Code::InvalidParam,
			array(
				'field'  => $field,
				'reason' => $reason,
			)
		);
	}
}
