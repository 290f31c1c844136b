<?php
declare( strict_types=1 );

namespace Sallyport\WP\Bridge;

use Sallyport\WP\Activity\Activity;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Issuer\SimpleJwtLogin;
use Sallyport\WP\Refusal;
use WP_REST_Request;
use WP_REST_Response;

/** Our refusals in Simple JWT Login's own envelope, with our code in place of its number. */
final class SimpleJwtAnswers {
	public function __construct( private readonly Activity $activity ) {}

	/** Puts a refusal on its routes into its envelope. */
	public static function envelope( WP_REST_Response $response ): WP_REST_Response {
		$body = $response->get_data();
		$code = is_array( $body ) && is_string( $body['code'] ?? null ) ? $body['code'] : '';
		if (
			str_starts_with( $code, 'sallyport_' )
			|| in_array( Code::tryFrom( $code ), array( Code::InvalidParam, Code::MissingParam ), true )
		) {
			$response->set_data(
				array(
					'success' => false,
					'data'    => array(
						'message'    => $body['message'] ?? '',
						'error_code' => $code,
					) + (array) ( $body['data'] ?? array() ),
				)
			);
		}
		return $response;
	}

	/**
	 * Answers and exits as WP_REST_Server would, headers included: the plugin's routes exit on an error, so returning is
	 * impossible.
	 */
	public function refuse( Refusal $refusal, int $user_id, WP_REST_Request $request = new WP_REST_Request() ): never {
		if ( Code::TokenUnproven === $refusal->reason || Code::TokenStale === $refusal->reason ) {
			$this->activity->record( Event::TokenWithheld, $user_id, SimpleJwtLogin::NAME, $refusal->reason->value );
		}
		$server = rest_get_server();
		/** This filter is documented in wp-includes/rest-api/class-wp-rest-server.php */
		$response = self::envelope(
			apply_filters( 'rest_post_dispatch', rest_convert_error_to_response( $refusal->to_error() ), $server, $request )
		);
		if ( ! headers_sent() ) {
			header( 'Content-Type: application/json; charset=UTF-8' );
			$server->send_headers( $response->get_headers() );
			status_header( $response->get_status() );
		}
		/** This filter is documented in wp-includes/rest-api/class-wp-rest-server.php */
		if ( ! apply_filters( 'rest_pre_serve_request', false, $response, $request, $server ) ) {
			echo wp_json_encode( $response->get_data() );
		}
		exit;
	}
}
