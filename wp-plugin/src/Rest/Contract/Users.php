<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Rescue;
use Sallyport\WP\Rest\Route;
use Sallyport\WP\Rest\UserRoutes;
use WP_REST_Request;

/** What administrators can do for another user. */
final class Users {
	private const REASON = array( 'maxLength' => Rescue::REASON ) + Shapes::FIELD;

	private const DONE = array(
		'type'       => 'object',
		'required'   => array( 'message' ),
		'properties' => array( 'message' => Shapes::TEXT ),
	);

	private const LINK = array(
		'title'      => 'EnrolmentLink',
		'type'       => 'object',
		'required'   => array( 'link', 'url', 'expires_in' ),
		'properties' => array(
			'link'       => Shapes::LINK,
			'url'        => array( 'type' => 'string', 'format' => 'uri' ),
			'expires_in' => Shapes::WHOLE,
		),
	);

	private const ID = '/users/(?P<id>\d{1,18})';

	/**
	 * @param Closure(): UserRoutes $users
	 * @return list<Route>
	 */
	public static function routes( Closure $users ): array {
		return array(
			new Route(
				'POST',
				self::ID . '/two-factor/reset',
				fn ( WP_REST_Request $r ) => $users()->reset( $r ),
				'Removes all factors of a user who has lost them, and ends all their sign-ins.',
				array( 200 => self::DONE ),
				array( 'reason' => array( 'required' => true ) + self::REASON ),
				array( Code::StepUpRequired, Code::UserUnknown ),
				access: 'edit_users',
			),
			new Route(
				'POST',
				self::ID . '/unlock',
				fn ( WP_REST_Request $r ) => $users()->unlock( $r ),
				'Ends a lock of the second step of a user.',
				array( 200 => self::DONE ),
				array( 'reason' => self::REASON ),
				array( Code::StepUpRequired, Code::UserUnknown ),
				access: 'edit_users',
			),
			new Route(
				'POST',
				self::ID . '/revoke',
				fn ( WP_REST_Request $r ) => $users()->revoke( $r ),
				'Ends all sign-ins of a user.',
				array( 200 => self::DONE ),
				array( 'reason' => self::REASON ),
				array( Code::UserUnknown ),
				access: 'edit_users',
			),
			new Route(
				'POST',
				self::ID . '/enrolment-link',
				fn ( WP_REST_Request $r ) => $users()->link( $r ),
				'Creates a one-time link with which a user without a second factor enrols one. Hand it over yourself: it is not mailed.',
				array( 200 => self::LINK ),
				array( 'reason' => self::REASON ),
				array( Code::StepUpRequired, Code::UserUnknown, Code::AlreadyEnrolled ),
				access: 'edit_users',
			),
			new Route(
				'POST',
				'/enrolment-link/exchange',
				fn ( WP_REST_Request $r ) => $users()->exchange( $r ),
				'Exchanges the key of an enrolment link, and the password of its user, for an enrolment token.',
				array( 200 => Shapes::ENROLMENT ),
				array(
					'link'     => array( 'required' => true ) + Shapes::FIELD,
					'password' => array( 'required' => true ) + Shapes::PASSWORD,
					'device'   => Shapes::FIELD,
				),
				array( Code::LinkGone, Code::InvalidPassword, Code::Throttled ),
			),
		);
	}
}
