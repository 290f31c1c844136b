<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

use Sallyport\WP\Code;
use Sallyport\WP\Fields;
use Sallyport\WP\Refusal;
use WP_REST_Request;

/** What a client sends to answer the second step, in the body, in a header or in a cookie. */
final class Answer {
	/** Prefix of these fields at another plugin's login; Sallyport's own routes use none. */
	public const BRIDGED = 'sallyport_';

	private function __construct(
		#[\SensitiveParameter] public readonly ?string $code,
		public readonly ?string $factor,
		#[\SensitiveParameter] public readonly ?string $challenge,
		#[\SensitiveParameter] public readonly ?string $device,
		public readonly ?string $device_name,
		public readonly bool $trust_device,
		private readonly bool $code_in_url,
	) {}

	/**
	 * @param string $prefix BRIDGED, or '' on our own routes.
	 * @throws Refusal rest_invalid_param; sallyport_ambiguous if body and header disagree, or a Bearer accompanies a challenge.
	 */
	public static function from( WP_REST_Request $request, string $prefix, Presented $presented ): self {
		$fields    = self::fields( $request, $prefix );
		$text      = static fn ( string $name ): ?string => $fields->optional( $prefix . $name );
		$challenge = self::one( 'challenge', $text( 'challenge' ), $request->get_header( 'x_sallyport_challenge' ), $presented->challenge() );
		if ( null !== $challenge && $presented->has_bearer() ) {
			throw new Refusal( Code::Ambiguous );
		}
		$challenge ??= $presented->challenge_in_cookie();
		return new self(
			self::one( 'code', $text( 'code' ), $request->get_header( 'x_sallyport_code' ) ),
			self::one( 'factor', $text( 'factor' ), $request->get_header( 'x_sallyport_factor' ) ),
			$challenge,
			self::device( $request, $prefix ),
			$text( 'device_name' ),
			$fields->flag_or_header( $prefix . 'trust_device', $request->get_header( 'x_sallyport_trust_device' ) ),
			self::is_code_in_url( $request, '' === $prefix ),
		);
	}

	/** Whether the client asks to be remembered as a known device: it gave a device name, or asks to be trusted. */
	public function wants_device(): bool {
		return null !== $this->device_name || $this->trust_device;
	}

	/**
	 * The device secret, which tells a known client from a stranger.
	 *
	 * @throws Refusal rest_invalid_param; sallyport_ambiguous if body and header disagree.
	 */
	public static function device( WP_REST_Request $request, string $prefix = '' ): ?string {
		return self::one(
			'device',
			self::fields( $request, $prefix )->optional( $prefix . 'device' ),
			$request->get_header( 'x_sallyport_device' )
		);
	}

	/** Another plugin's form may always send our fields, so empty ones count as absent there. */
	private static function fields( WP_REST_Request $request, string $prefix ): Fields {
		return self::BRIDGED === $prefix ? Fields::of( $request )->filled() : Fields::of( $request );
	}

	/** A copy for a client that names the flag differently, or keeps its device secret elsewhere. */
	public function with( bool $trust_device = false, #[\SensitiveParameter] ?string $device = null ): self {
		return new self(
			$this->code,
			$this->factor,
			$this->challenge,
			$this->device ?? $device,
			$this->device_name,
			$this->trust_device || $trust_device,
			$this->code_in_url
		);
	}

	/** A copy that does not ask for the device to be trusted. */
	public function without_trust(): self {
		return new self( $this->code, $this->factor, $this->challenge, $this->device, $this->device_name, false, $this->code_in_url );
	}

	/** A copy that names the factor. */
	public function by( string $factor ): self {
		return new self( $this->code, $factor, $this->challenge, $this->device, $this->device_name, $this->trust_device, $this->code_in_url );
	}

	/** Whether the URL holds a code: `sallyport_code` on any route, `code` on ours. */
	public static function is_code_in_url( WP_REST_Request $request, bool $is_ours ): bool {
		$query = $request->get_query_params();
		return isset( $query['sallyport_code'] ) || ( $is_ours && isset( $query['code'] ) );
	}

	/** @throws Refusal sallyport_code_in_url: by now the code is in access logs. Called once the user is known to have a factor. */
	public function refuse_code_in_url(): void {
		if ( $this->code_in_url ) {
			throw new Refusal( Code::CodeInUrl );
		}
	}

	/** @throws Refusal sallyport_code_in_url or rest_missing_callback_param. */
	public function require_code(): string {
		$this->refuse_code_in_url();
		return $this->code ?? throw Refusal::missing( 'code' );
	}

	/** @throws Refusal rest_missing_callback_param. */
	public function require_challenge(): string {
		return $this->challenge ?? throw Refusal::missing( 'challenge' );
	}

	/** @throws Refusal rest_invalid_param, sallyport_ambiguous. */
	private static function one( string $name, ?string ...$values ): ?string {
		$given = array_unique( array_filter( $values, static fn ( ?string $value ): bool => null !== $value && '' !== $value ) );
		if ( count( $given ) > 1 ) {
			throw new Refusal( Code::Ambiguous );
		}
		return Fields::checked( $name, array_values( $given )[0] ?? null );
	}
}
