<?php
declare( strict_types=1 );

namespace Sallyport\WP\Rest;

use Sallyport\WP\Engine;
use Sallyport\WP\Enrolment\Administering;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Token\FixedKey;
use Sallyport\WP\Token\KeyRotation;
use Sallyport\WP\Token\SigningKeys;
use WP_REST_Request;

/** The signing keys, for administrators. A PEM can be imported; no private key ever comes out. */
final class KeyRoutes {
	public const ACTIONS = array( 'generate', 'rotate', 'retire' );

	/** Longest PEM in bytes, as in the extension. */
	public const PEM = 16384;

	public function __construct(
		private readonly SigningKeys $keys,
		private readonly KeyRotation $rotation,
		private readonly FixedKey $fixed,
		private readonly Gate $gate,
		private readonly Administering $administering,
	) {}

	/**
	 * GET /keys.
	 *
	 * @return array{source: string, algorithm: string, keys: list<array<string, string|null>>}
	 */
	public function show(): array {
		return array(
			'source'    => $this->fixed->source() ?? 'database',
			'algorithm' => $this->fixed->algorithm(),
			'keys'      => $this->keys->all(),
		);
	}

	/**
	 * POST /keys: {action, algorithm?, kid?, pem?, now?}; answers as show(), afterwards.
	 *
	 * @return array<string, mixed>
	 */
	public function change( WP_REST_Request $request ): array {
		$now = time();
		$this->gate->require_step_up( get_current_user_id(), $now );
		$fields    = Fields::of( $request );
		$action    = $fields->one_of( 'action', self::ACTIONS );
		$algorithm = $fields->one_of( 'algorithm', Engine::ALGORITHMS );
		$kid       = $fields->optional( 'kid' );
		$pem       = $fields->optional( 'pem', self::PEM );
		$at_once   = $fields->flag( 'now' );
		if ( null !== $pem ) {
			// Whoever imports a key still has it, and can sign tokens for anybody, which other sites believe.
			$this->administering->require_proof( get_current_user_id() );
		}
		match ( $action ) {
			'generate' => $this->rotation->generate( $now, $algorithm, $pem ),
			'rotate'   => $this->rotation->rotate( $now, $kid, $at_once ),
			'retire'   => $this->rotation->retire( $now, $fields->text( 'kid' ) ),
			null       => $fields->text( 'action' ),
		};
		return $this->show();
	}
}
