<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use DateTimeImmutable;
use Sallyport\WP\Activity\Log;
use Sallyport\WP\Code;
use Sallyport\WP\Fields;
use Sallyport\WP\Refusal;
use WP_REST_Request;

/**
 * The filter in the URL of the activity tab: `event`, `who` (a login name, an e-mail address or an id), `outcome`, and the days
 * `from` and `to`, both inclusive, by this site's calendar. It stays in the URL, so that the URL can be shared.
 */
final class ActivityQuery {
	public const FIELDS = array( 'event', 'who', 'outcome', 'from', 'to' );

	/** Query argument with the page number. */
	private const PAGE = 'paged';

	/** @var array<string, string> */
	private readonly array $asked;

	public readonly int $page;

	/** @param array<array-key, mixed> $address The query arguments, unslashed. */
	public function __construct( array $address ) {
		$asked = array();
		foreach ( self::FIELDS as $field ) {
			$text   = is_string( $address[ $field ] ?? null ) ? trim( $address[ $field ] ) : '';
			$asked += '' === $text ? array() : array( $field => $text );
		}
		$page        = $address[ self::PAGE ] ?? '';
		$this->asked = $asked;
		$this->page  = is_string( $page ) && 1 === preg_match( '/^[1-9]\d{0,5}$/D', $page ) ? (int) $page : 1;
	}

	/** As it was typed. */
	public function said( string $field ): string {
		return $this->asked[ $field ] ?? '';
	}

	/** @return array<string, string> Query arguments of the same filter. */
	public function address( int $page = 1 ): array {
		return $this->asked + ( 1 === $page ? array() : array( self::PAGE => (string) $page ) );
	}

	/**
	 * The same filter for GET /activity.
	 *
	 * @return array<string, string>
	 * @throws Refusal rest_invalid_param, rest_user_invalid_id.
	 */
	public function route(): array {
		return array_filter(
			array(
				'event'   => $this->said( 'event' ),
				'user'    => $this->user(),
				'outcome' => $this->said( 'outcome' ),
				'after'   => $this->moment( 'from', 'today' ),
				'before'  => $this->moment( 'to', 'tomorrow' ),
			),
			static fn ( string $value ): bool => '' !== $value
		);
	}

	/**
	 * @return array<string, int|string> For ActivityRows.
	 * @throws Refusal rest_invalid_param, rest_user_invalid_id.
	 */
	public function filter(): array {
		$request = new WP_REST_Request( 'GET' );
		$request->set_query_params( $this->route() );
		return Log::filter( Fields::of_query( $request ) );
	}

	/** A deleted user can still be found by id. */
	private function user(): string {
		$who = $this->said( 'who' );
		if ( '' === $who || ctype_digit( $who ) ) {
			return $who;
		}
		$user = get_user_by( 'login', $who ) ?: get_user_by( 'email', $who );
		return $user ? (string) $user->ID : throw new Refusal( Code::UserUnknown );
	}

	/** @return string RFC 3339; '' if the field is empty. */
	private function moment( string $field, string $day ): string {
		$date = $this->said( $field );
		if ( '' === $date ) {
			return '';
		}
		$begin = DateTimeImmutable::createFromFormat( '!Y-m-d', $date, wp_timezone() );
		return $begin && $begin->format( 'Y-m-d' ) === $date
			? $begin->modify( $day )->format( DATE_RFC3339 )
			: throw new Refusal( Code::InvalidParam, array( 'params' => array( $field => $field ) ) );
	}
}
