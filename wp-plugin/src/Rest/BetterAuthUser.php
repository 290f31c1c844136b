<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Store\ProvenEmails;
use Sallyport\WP\Store\State;

/** A user in the format of better-auth's client. */
final class BetterAuthUser {
	public function __construct(
		private readonly State $state,
		private readonly ProvenEmails $proven_emails,
	) {}

	/** @return array<string, mixed> */
	public function of( int $user_id ): array {
		$user = get_userdata( $user_id );
		$date = self::date( (int) strtotime( $user->user_registered . ' UTC' ) );
		return array(
			'id'               => (string) $user_id,
			'email'            => $user->user_email,
			'emailVerified'    => $this->proven_emails->is_proven( $user_id ),
			'name'             => $user->display_name,
			'username'         => $user->user_login,
			'displayUsername'  => $user->user_login,
			'image'            => null,
			'twoFactorEnabled' => $this->state->is_enrolled( $user_id ),
			'createdAt'        => $date,
			'updatedAt'        => $date, // WordPress keeps no other date.
		);
	}

	/**
	 * The answer for a user who has signed in or stepped up, with better-auth's fields and ours.
	 *
	 * @param array<string, mixed> $tokens The token response.
	 * @return array<string, mixed>
	 */
	public function signed_in( int $user_id, #[\SensitiveParameter] string $token, array $tokens ): array {
		return array(
			'token' => $token,
			'user'  => $this->of( $user_id ),
		) + $tokens;
	}

	/** A date in better-auth's format. */
	public static function date( int $time ): string {
		return gmdate( 'Y-m-d\TH:i:s\Z', $time );
	}
}
