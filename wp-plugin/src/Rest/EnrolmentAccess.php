<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Gate\Enrolling;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Refusal;

/** The routes that an enrolment token opens. The request counts as its user only while one of them runs. */
final class EnrolmentAccess {
	/** @param Closure(): Enrolling $enrolling Lazy: needed if such a token was presented. */
	public function __construct(
		private readonly Presented $presented,
		private readonly Closure $enrolling,
	) {}

	/**
	 * @template T
	 * @param callable(): T $answer
	 * @return T
	 * @throws Refusal sallyport_token_invalid, sallyport_enrolment_unconfirmed; sallyport_ambiguous beside another credential.
	 */
	public function run( callable $answer ): mixed {
		$token = $this->presented->enrolment_token();
		if ( null === $token ) {
			return $answer();
		}
		if ( is_user_logged_in() ) {
			throw new Refusal( Code::Ambiguous );
		}
		return ( $this->enrolling )()->by( $token, time(), static fn (): mixed => $answer() );
	}
}
