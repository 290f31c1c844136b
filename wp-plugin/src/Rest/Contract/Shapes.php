<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest\Contract;

use Sallyport\WP\Code;
use Sallyport\WP\Fields;

/**
 * Shapes of what our routes accept and answer, in JSON Schema (2020-12, as in OpenAPI 3.1).
 *
 * They are constants, so that registering the routes costs next to nothing.
 */
final class Shapes {
	public const TEXT     = array( 'type' => 'string' );
	public const WHOLE    = array( 'type' => 'integer' );
	public const YES_NO   = array( 'type' => 'boolean' );
	public const WORDS    = array(
		'type'  => 'array',
		'items' => self::TEXT,
	);
	public const DATE     = array(
		'type'   => 'string',
		'format' => 'date-time',
	);
	public const NO_DATE  = array(
		'type'   => array( 'string', 'null' ),
		'format' => 'date-time',
	);

	/** An object with any members. Without `additionalProperties`, type generators assume that it has none. */
	public const OBJECT = array(
		'type'                 => 'object',
		'additionalProperties' => true,
	);

	public const CHALLENGE = array(
		'type'    => 'string',
		'pattern' => '^spc1_[A-Za-z0-9_-]{43}$',
	);

	public const LINK      = array(
		'type'    => 'string',
		'pattern' => '^spl1_[A-Za-z0-9_-]{43}$',
	);

	public const ENROLMENT_TOKEN = array(
		'type'    => 'string',
		'pattern' => '^spe1_[A-Za-z0-9_-]{43}$',
	);

	/** What a login returns to a user who has to enrol a factor first. */
	public const ENROLMENT = array(
		'title'      => 'Enrolment',
		'type'       => 'object',
		'required'   => array( 'enrolment_token', 'expires_in', 'confirm_by_mail' ),
		'properties' => array(
			'enrolment_token' => self::ENROLMENT_TOKEN,
			'expires_in'      => self::WHOLE,
			'confirm_by_mail' => self::YES_NO,
			'mail_sent'       => self::YES_NO,
			'retry_after'     => self::WHOLE,
		),
	);

	// Fields of a request. Lengths are in bytes, unless `x-sallyport-counts` says characters.
	public const FIELD    = array(
		'type'      => 'string',
		'minLength' => 1,
		'maxLength' => Fields::TEXT,
	);
	public const PASSWORD = array(
		'type'      => 'string',
		'format'    => 'password',
		'minLength' => 1,
		'maxLength' => Fields::PASSWORD,
	);
	public const TOKEN    = array(
		'type'      => 'string',
		'minLength' => 1,
		'maxLength' => Fields::TOKEN,
	);

	/** One type after the other: generators cannot handle a list of types, nor a route that uses one. */
	public const FLAG = array(
		'title' => 'Flag',
		'anyOf' => array(
			self::YES_NO,
			array( 'enum' => array( 1, 0 ) ) + self::WHOLE,
			array( 'enum' => array( '1', '0', 'true', 'false' ) ) + self::TEXT,
		),
	);

	/** What a client sends for the second step. */
	public const SECOND_STEP = array(
		'code'         => self::FIELD,
		'factor'       => self::FIELD,
		'challenge'    => self::FIELD,
		'device'       => self::FIELD,
		'device_name'  => self::FIELD,
		'trust_device' => self::FLAG,
	);

	public const USER = array(
		'title'      => 'User',
		'type'       => 'object',
		'required'   => array( 'ID', 'user_login', 'user_email', 'display_name', 'roles' ),
		'properties' => array(
			'ID'           => self::WHOLE,
			'user_login'   => self::TEXT,
			'user_email'   => self::TEXT,
			'display_name' => self::TEXT,
			'roles'        => self::WORDS,
			'first_name'   => self::TEXT,
			'last_name'    => self::TEXT,
			'nickname'     => self::TEXT,
			'description'  => self::TEXT,
			'url'          => self::TEXT,
			'locale'       => self::TEXT,
			'registered'   => self::DATE,
			'avatar_url'   => self::TEXT,
		),
	);

	public const TOKEN_RESPONSE = array(
		'title'      => 'TokenResponse',
		'type'       => 'object',
		'required'   => array( 'token', 'expiration', 'expires_in', 'user', 'refreshable', 'jti' ),
		'properties' => array(
			'token'              => self::TEXT,
			'expiration'         => self::DATE,
			'expires_in'         => self::WHOLE,
			'user'               => self::USER,
			'refreshable'        => self::YES_NO,
			'jti'                => array(
				'type'   => 'string',
				'format' => 'uuid',
			),
			'refresh_token'      => self::TEXT,
			'refresh_expires_in' => self::WHOLE,
			'backup_codes_left'  => self::WHOLE,
			'device'             => self::TEXT,
			'enrolment_deadline' => self::DATE,
		),
	);

	public const MESSAGE = array(
		'title'      => 'Message',
		'type'       => 'object',
		'required'   => array( 'message' ),
		'properties' => array( 'message' => self::TEXT ),
	);

	public const DELETED = array(
		'title'      => 'Deleted',
		'type'       => 'object',
		'required'   => array( 'deleted' ),
		'properties' => array( 'deleted' => self::YES_NO ),
	);

	public const BETTER_AUTH_USER = array(
		'title'      => 'BetterAuthUser',
		'type'       => 'object',
		'required'   => array(
			'id', 'email', 'emailVerified', 'name', 'username', 'displayUsername', 'image', 'twoFactorEnabled', 'createdAt',
			'updatedAt',
		),
		'properties' => array(
			'id'               => self::TEXT,
			'email'            => self::TEXT,
			'emailVerified'    => self::YES_NO,
			'name'             => self::TEXT,
			'username'         => self::TEXT,
			'displayUsername'  => self::TEXT,
			'image'            => array( 'type' => array( 'string', 'null' ) ),
			'twoFactorEnabled' => self::YES_NO,
			'createdAt'        => self::DATE,
			'updatedAt'        => self::DATE,
		),
	);

	/** Refusals of routes that sign in. */
	public const SIGN_IN = array(
		Code::InvalidCode,
		Code::EnrolmentRequired,
		Code::ChallengeGone,
		Code::FactorUnavailable,
		Code::CodeInUrl,
		Code::Ambiguous,
		Code::Locked,
	);

	/** Refusals of routes that weaken an account. */
	public const STEP_UP = array( Code::StepUpRequired, Code::BadPassword, Code::Throttled );

	/** Members besides token and user in better-auth's answers: our own token response. */
	public const BESIDE_TOKEN = array(
		'expiration'         => self::DATE,
		'expires_in'         => self::WHOLE,
		'refreshable'        => self::YES_NO,
		'jti'                => self::TEXT,
		'refresh_token'      => self::TEXT,
		'refresh_expires_in' => self::WHOLE,
		'device'             => self::TEXT,
		'backup_codes_left'  => self::WHOLE,
		'enrolment_deadline' => self::DATE,
	);

	/** The header where better-auth's client looks for the token. */
	public const AUTH_TOKEN = array( 'set-auth-token' => self::TEXT );

	/**
	 * @param array<string, array<string, mixed>> $properties Always present.
	 * @param array<string, array<string, mixed>> $more       May be present.
	 * @return array<string, mixed>
	 */
	public static function answer( array $properties, array $more = array() ): array {
		return array(
			'type'       => 'object',
			'required'   => array_keys( $properties ),
			'properties' => $properties + $more,
		);
	}
}
