<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Code;
use Sallyport\WP\Fields;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Refusal;

/** The access token that a request is about: in its body, or its Bearer. */
final class GivenToken {
	/** @throws Refusal As find() does; rest_missing_callback_param. */
	public static function of( Fields $fields, Sallyport $issuer ): string {
		return self::find( $fields, $issuer ) ?? throw Refusal::missing( 'token' );
	}

	/** @throws Refusal sallyport_ambiguous if both are present and differ; rest_invalid_param. */
	public static function find( Fields $fields, Sallyport $issuer ): ?string {
		$given  = $fields->optional( 'token', Fields::TOKEN );
		$bearer = $issuer->presented();
		if ( null !== $given && null !== $bearer && $given !== $bearer ) {
			throw new Refusal( Code::Ambiguous );
		}
		return $given ?? $bearer;
	}
}
