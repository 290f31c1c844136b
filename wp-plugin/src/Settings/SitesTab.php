<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Administering;
use Sallyport\WP\Fields;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\Form;
use Sallyport\WP\Security\View;
use Sallyport\WP\Sso\ConnectedSites;
use Sallyport\WP\Store\SsoSiteRow;
use Sallyport\WP\Template;
use Sallyport\WP\Token\AccessTokens;

/** The sites connected for single sign-on (docs/sso.md). */
final class SitesTab implements Tab {
	/** Field => its greatest length in bytes. */
	private const TYPED = array(
		'site_key' => 64,
		'url'      => 255,
		'name'     => 764,
	);

	/** Longest secret of a connection, in bytes. */
	private const SECRET = 1024;

	/** What is ticked by itself: what makes nobody of the other site anybody here. */
	private const SAFE = array( SsoSiteRow::ISSUE );

	/** @var array{site_key: string, secret: string}|null What the other site needs for a new connection: shown only in this answer. */
	private ?array $made = null;

	/** @var list<string> Ticked and not saved. */
	private array $allowed = self::SAFE;

	public function __construct(
		private readonly ConnectedSites $sites,
		private readonly Administering $administering,
	) {}

	public static function slug(): string {
		return 'sites';
	}

	public static function title(): string {
		return __( 'Connected sites', 'sallyport' );
	}

	public static function said( string $done ): string {
		return match ( $done ) {
			'added'   => __( 'The site was connected.', 'sallyport' ),
			'removed' => __( 'The connection was ended. Users who came through it stay signed in.', 'sallyport' ),
			default   => '',
		};
	}

	public function handle( string $what, Fields $fields ): ?string {
		if ( ! self::may_change() ) {
			throw new Refusal( Code::Forbidden );
		}
		return match ( $what ) {
			'add'    => $this->add( $fields ),
			'remove' => $this->remove( $fields ),
			default  => throw new Refusal( Code::InvalidParam ),
		};
	}

	public function render( array $shared ): void {
		$shown = array(
			'made'    => $this->made,
			'here'    => AccessTokens::issuer(),
			'allowed' => $this->allowed,
			'may'     => self::may_change(),
			'proven'  => $this->administering->has_proof( get_current_user_id() ),
			'fresh'   => $this->administering->has_fresh_proof( get_current_user_id() ),
			'sites'   => array(),
		);
		if ( null !== $shared['refusal'] ) {
			$shared['error'] = self::message( $shared['refusal'] );
		}
		try {
			$shown['sites'] = $this->sites->all();
		} catch ( Refusal $refusal ) {
			$shared['error'] = self::message( $refusal );
		}
		echo Template::own( 'settings/sites', array( 'view' => new View( $shown + $shared ) ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- the template escapes.
	}

	private function add( Fields $fields ): ?string {
		$this->allowed = array_map( 'strval', array_keys( $fields->map( 'allow' ) ?? array() ) );
		$typed         = array();
		foreach ( self::TYPED as $name => $most ) {
			$typed[ $name ] = (string) $fields->optional( $name, $most );
		}
		$theirs = $fields->optional( 'shared', self::SECRET );
		$this->administering->require_proof( get_current_user_id() );
		$secret = $this->sites->add( $typed['site_key'], $typed['url'], $typed['name'], $theirs, null, null, $this->allowed, time() );
		if ( null !== $theirs ) {
			return 'added';
		}
		$this->made    = array(
			'site_key' => $typed['site_key'],
			'secret'   => $secret,
		);
		$this->allowed = self::SAFE;
		return null;
	}

	private function remove( Fields $fields ): string {
		$this->administering->require_proof( get_current_user_id() );
		$this->sites->remove( $fields->text( 'id', self::TYPED['site_key'] ) );
		return 'removed';
	}

	/**
	 * On a network, accounts belong to every site, so a single site's administrator must not decide which site may sign
	 * users in.
	 */
	private static function may_change(): bool {
		return ! is_multisite() || current_user_can( 'manage_network_options' );
	}

	private static function message( Refusal $refusal ): string {
		return match ( true ) {
			'allow' === $refusal->field() => __( 'Please select at least one thing that the connection allows.', 'sallyport' ),
			Code::InvalidParam === $refusal->reason => (string) (
				$refusal->data['reason'] ?? __( 'Please check what you entered: something is too long or is not plain text.', 'sallyport' )
			),
			Code::MissingParam === $refusal->reason => $refusal->tell(),
			default => Form::message( $refusal ),
		};
	}
}
