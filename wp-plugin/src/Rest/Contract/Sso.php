<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Rest\Access;
use Sallyport\WP\Rest\Route;
use Sallyport\WP\Rest\SsoRoutes;
use WP_REST_Request;

/** Single sign-on between connected sites. */
final class Sso {
	private const ISSUED = array(
		'title'      => 'SsoToken',
		'type'       => 'object',
		'required'   => array( 'site_key', 'token', 'signature' ),
		'properties' => array(
			'site_key'  => Shapes::TEXT,
			'token'     => Shapes::TEXT,
			'signature' => array(
				'type'    => 'string',
				'pattern' => '^[0-9a-f]{64}$',
			),
		),
	);

	private const GIVEN = array(
		'site_key'  => array( 'header' => 'X-Sallyport-Site-Key' ) + Shapes::FIELD,
		'token'     => array( 'header' => 'X-Sallyport-Sso-Token' ) + Shapes::TOKEN,
		'signature' => array( 'header' => 'X-Sallyport-Signature' ) + Shapes::TOKEN,
	);

	/**
	 * @param Closure(): SsoRoutes $sso
	 * @return list<Route>
	 */
	public static function routes( Closure $sso ): array {
		return array(
			new Route(
				'POST',
				'/sso/issue',
				fn ( WP_REST_Request $r ) => $sso()->issue( $r ),
				'Issues a token that signs the caller in to a connected site. It is valid for 60 seconds.',
				array( 200 => self::ISSUED ),
				array( 'site_key' => array( 'required' => true ) + Shapes::FIELD ),
				array( Code::AppPassword, Code::SsoSiteUnknown, Code::SsoSiteForbidden, Code::EmailUnverified ),
				headlesskey: true,
				access: Access::SIGNED_IN,
			),
			new Route(
				'POST',
				'/sso/exchange',
				fn ( WP_REST_Request $r ) => $sso()->exchange( $r ),
				'Exchanges a token of a connected site for one of this site. A user with a second factor here is still asked for it.',
				array( 200 => Shapes::TOKEN_RESPONSE ),
				self::GIVEN + array_diff_key( Shapes::SECOND_STEP, array( 'challenge' => true ) ),
				array(
					Code::SsoRefused,
					Code::SecondFactorRequired,
					Code::BrowserRequired,
					Code::InvalidCode,
					Code::EnrolmentRequired,
					Code::FactorUnavailable,
					Code::CodeInUrl,
					Code::Ambiguous,
					Code::AppPassword,
					Code::Locked,
					Code::Throttled,
					Code::MissingParam,
				),
				headlesskey: true,
				signs_in: true,
			),
		);
	}
}
