<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Client;
use Sallyport\WP\Code;
use Sallyport\WP\Factor\EmailCode;
use Sallyport\WP\Factor\Totp;
use Sallyport\WP\Factor\TwoFactorPlugin;
use Sallyport\WP\Factor\Wp2fa;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Answer;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\Issuer\Sallyport;
use Sallyport\WP\Refusal;
use Sallyport\WP\Token\AccessTokens;
use Sallyport\WP\Token\Families;
use WP_REST_Request;
use WP_REST_Response;

/** Signing in and out by better-auth's contract. */
final class SignInRoutes {
	/** Our factors => better-auth's names. It does not announce factors without one, such as backup codes. */
	private const METHODS = array(
		Totp::NAME            => 'totp',
		TwoFactorPlugin::NAME => 'totp',
		Wp2fa::NAME           => 'totp',
		EmailCode::NAME       => 'otp',
	);

	public function __construct(
		private readonly Gate $gate,
		private readonly Presented $presented,
		private readonly PasswordLogin $login,
		private readonly Greeting $greeting,
		private readonly ChallengeCookie $cookie,
		private readonly DeviceCookie $device_cookie,
		private readonly BetterAuthUser $user,
		private readonly Sallyport $issuer,
		private readonly AccessTokens $tokens,
		private readonly Families $families,
		private readonly Client $client,
	) {}

	/** POST /sign-in/email. */
	public function by_email( WP_REST_Request $request ): WP_REST_Response {
		return $this->sign_in( $request, 'email', Code::WrongEmailOrPassword );
	}

	/** POST /sign-in/username. */
	public function by_username( WP_REST_Request $request ): WP_REST_Response {
		return $this->sign_in( $request, 'username', Code::WrongUsernameOrPassword );
	}

	/**
	 * POST /sign-out: ends the sign-in of the Bearer. Repeating it, or having none, is no error.
	 *
	 * @return array{success: true}
	 */
	public function sign_out(): array {
		$this->gate->require_ready();
		$bearer = $this->issuer->presented();
		$family = null === $bearer ? null : $this->tokens->family_of( $bearer );
		if ( null !== $family ) {
			$this->families->end( $family );
		}
		return array( 'success' => true );
	}

	/** GET /get-session: the sign-in and user of the Bearer; null if it is no Sallyport token. */
	public function session(): WP_REST_Response {
		$bearer = $this->issuer->presented();
		if ( null === $bearer || ! $this->tokens->is_ours( $bearer ) ) {
			return new Nothing();
		}
		$claims = $this->tokens->verify( $bearer );
		$family = $this->families->with_sid( $claims['sid'] ) ?? throw Refusal::token_invalid( 'revoked' );
		return new WP_REST_Response(
			array(
				'session' => array(
					'id'        => (string) $family->id,
					'token'     => $bearer,
					'userId'    => (string) $family->user_id,
					'createdAt' => BetterAuthUser::date( $family->created_at ),
					'updatedAt' => BetterAuthUser::date( $family->last_used_at ),
					'expiresAt' => BetterAuthUser::date( (int) $claims['exp'] ),
					'ipAddress' => $family->ip,
					'userAgent' => $family->device,
				),
				'user'    => $this->user->of( $family->user_id ),
			)
		);
	}

	/** @param Code $wrong This client's code for a wrong password. */
	private function sign_in( WP_REST_Request $request, string $name, Code $wrong ): WP_REST_Response {
		$this->gate->require_ready();
		$fields = Fields::of( $request );
		$answer = Answer::from( $request, '', $this->presented )->with( device: $this->device_cookie->secret( $request ) );
		$fields->flag( 'rememberMe' ); // Only validated: where and how long the token is kept is the client's business.
		$this->client->name_device( $answer->device_name );
		$log_in = fn (): WP_REST_Response => $this->login->log_in( $fields->text( $name ), $fields->password( 'password' ), $answer );
		try {
			$tokens = $this->greeting->greet( BetterAuthWords::answering( $log_in, Code::WrongCode, Code::FactorUnavailable ), $answer )->get_data();
		} catch ( Refusal $refusal ) {
			if ( isset( $refusal->data['challenge'] ) ) {
				$this->cookie->set( $refusal->data['challenge'], $request );
			}
			return match ( $refusal->reason ) {
				Code::SecondFactorRequired => self::redirect( $refusal ),
				Code::InvalidCredentials   => throw $refusal->as( $wrong ),
				default                    => throw $refusal,
			};
		}
		$this->device_cookie->give( $request );
		return new WP_REST_Response( $this->user->signed_in( $tokens['user']['ID'], $tokens['token'], $tokens ) );
	}

	/** The answer if a second factor is needed: the client goes to its page for that. */
	private static function redirect( Refusal $demand ): WP_REST_Response {
		$known    = array_intersect_key( self::METHODS, array_flip( $demand->data['factors'] ) );
		$response = new WP_REST_Response(
			array(
				'twoFactorRedirect' => true,
				'twoFactorMethods'  => array_values( array_unique( $known ) ),
			)
		);
		$response->header( 'X-Sallyport-Challenge', $demand->data['challenge'] );
		return $response;
	}
}
