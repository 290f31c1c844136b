<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Enrolment\Administering;
use Sallyport\WP\Enrolment\Invitation;
use Sallyport\WP\Enrolment\Rescue;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Refusal;
use WP_REST_Request;

/** What administrators do with another user's second factor. */
final class UserRoutes {
	public function __construct(
		private readonly Rescue $rescue,
		private readonly Administering $administering,
		private readonly Gate $gate,
		private readonly Invitation $invitation,
	) {}

	/**
	 * POST /users/{id}/two-factor/reset {reason}.
	 *
	 * @return array{message: string}
	 */
	public function reset( WP_REST_Request $request ): array {
		$user   = $this->administering->weakened( self::id( $request ) );
		$reason = self::reason( $request );
		if ( '' === $reason ) {
			throw Refusal::missing( 'reason' );
		}
		$this->rescue->reset( $user->ID, $reason, Administering::caller(), time() );
		return array(
			'message' => $this->rescue->is_enrolled_elsewhere( $user->ID )
				? __( 'The second factor of the user was reset. They have another one in another plugin: reset it there.', 'sallyport' )
				: __( 'The second factor of the user was reset.', 'sallyport' ),
		);
	}

	/**
	 * POST /users/{id}/unlock {reason?}.
	 *
	 * @return array{message: string}
	 */
	public function unlock( WP_REST_Request $request ): array {
		$user = $this->administering->weakened( self::id( $request ) );
		$this->rescue->unlock( $user->ID, self::reason( $request ), Administering::caller() );
		return array( 'message' => __( 'The second step of the user is unlocked.', 'sallyport' ) );
	}

	/**
	 * POST /users/{id}/revoke {reason?}.
	 *
	 * @return array{message: string}
	 */
	public function revoke( WP_REST_Request $request ): array {
		$user = Administering::named( self::id( $request ) );
		$this->rescue->revoke( $user->ID, self::reason( $request ), Administering::caller(), time() );
		return array( 'message' => __( 'The user was signed out everywhere.', 'sallyport' ) );
	}

	/**
	 * POST /enrolment-link/exchange {link, password}: exchanges the link and its user's password for an enrolment token. A wrong
	 * password does not spend the link.
	 *
	 * @return array{enrolment_token: string, expires_in: int, confirm_by_mail: bool}
	 */
	public function exchange( WP_REST_Request $request ): array {
		$this->gate->require_ready();
		$fields   = Fields::of( $request );
		$link     = $fields->text( 'link' );
		$password = $fields->password( 'password' );
		return $this->invitation->exchange( $link, static fn (): string => $password, Answer::device( $request ), time() );
	}

	/**
	 * POST /users/{id}/enrolment-link {reason?}.
	 *
	 * @return array{link: string, url: string, expires_in: int}
	 */
	public function link( WP_REST_Request $request ): array {
		$user = $this->administering->weakened( self::id( $request ) );
		$this->gate->require_ready();
		$link = $this->rescue->link( $user->ID, self::reason( $request ), Administering::caller(), time() );
		return array(
			'link'       => $link,
			'url'        => Invitation::url( $link ),
			'expires_in' => Rescue::LINK_TTL,
		);
	}

	private static function id( WP_REST_Request $request ): int {
		return (int) $request->get_url_params()['id'];
	}

	private static function reason( WP_REST_Request $request ): string {
		return trim( Fields::of( $request )->optional( 'reason', Rescue::REASON ) ?? '' );
	}
}
