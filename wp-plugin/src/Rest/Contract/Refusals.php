<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Sallyport\WP\Challenge\Challenges;
use Sallyport\WP\Code;

/** The members of a refusal's `data` besides `status`, by code. */
final class Refusals {
	/**
	 * Refusals of any route: before it is reached, because of the presented credential, or because something that Sallyport needs
	 * is missing.
	 */
	public const ANY = array(
		Code::InvalidJson,
		Code::Ambiguous,
		Code::TokenInvalid,
		Code::TokenUnproven,
		Code::TokenStale,
		Code::CodeInUrl,
		Code::NotSignedIn,
		Code::BadNonce,
		Code::RouteForbidden,
		Code::HttpsRequired,
		Code::NoRoute,
		Code::Unavailable,
	);

	/** Why a token is not valid: what its family or its row says, then what the extension finds wrong with it. */
	private const TOKEN_REASONS = array(
		'revoked', 'expired', 'unknown', 'missing', 'subject', 'malformed', 'algorithm', 'unknown_key', 'signature',
		'not_yet_valid', 'issuer', 'audience', 'type', 'claim_missing',
	);

	/**
	 * @return array<string, array<string, mixed>> Member => its schema; `required` is true if it is always present.
	 */
	public static function data( Code $code ): array {
		return match ( $code ) {
			Code::SecondFactorRequired => array(
				'challenge'  => self::always( Shapes::CHALLENGE ),
				'expires_in' => self::always( Shapes::WHOLE ),
				'factors'    => self::always( Shapes::WORDS ),
				'preferred'  => self::always( Shapes::TEXT ),
				'email_hint' => Shapes::TEXT,
			),
			Code::InvalidCode, Code::WrongCode, Code::WrongBackupCode, Code::TwofaFailed => array(
				'attempts_left' => Shapes::WHOLE,
				'challenge'     => Shapes::CHALLENGE,
			),
			Code::ChallengeGone => array( 'reason' => array( 'const' => Challenges::USED_UP ) ),
			Code::TooManyAttempts => array( 'reason' => array( 'const' => Challenges::USED_UP ) ),
			Code::EnrolmentRequired => Shapes::ENROLMENT['properties'],
			Code::StepUpRequired => array( 'max_age' => self::always( Shapes::WHOLE ) ),
			Code::WrongDoor    => array( 'issuer' => self::always( Shapes::TEXT ) ),
			Code::Locked, Code::AccountLocked, Code::Throttled, Code::TwofaThrottled => array( 'retry_after' => self::always( Shapes::WHOLE ) ),
			Code::TokenInvalid => array( 'reason' => array( 'enum' => self::TOKEN_REASONS ) ),
			Code::SsoRefused   => array(
				'reason' => self::always( array( 'enum' => array( 'untrusted', 'expired', 'replayed', 'email_unverified', 'no_such_user' ) ) ),
			),
			Code::KeyConflict  => array(
				'reason'      => self::always( Shapes::TEXT ),
				'retry_after' => Shapes::WHOLE,
			),
			Code::InvalidParam => array(
				'params' => array(
					'type'                 => 'object',
					'additionalProperties' => Shapes::TEXT,
				),
			),
			Code::MissingParam => array( 'params' => self::always( Shapes::WORDS ) ),
			Code::InvalidJson  => array(
				'json_error_code'    => Shapes::WHOLE,
				'json_error_message' => Shapes::TEXT,
			),
			default            => array(),
		};
	}

	/**
	 * @param array<string, mixed> $schema
	 * @return array<string, mixed>
	 */
	private static function always( array $schema ): array {
		return array( 'required' => true ) + $schema;
	}
}
