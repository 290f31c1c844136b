<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\Form;
use Sallyport\WP\Security\View;
use Sallyport\WP\Store\MasterKey;
use Sallyport\WP\Template;
use Sallyport\WP\Token\FixedKey;
use Sallyport\WP\Token\KeyRotation;
use Sallyport\WP\Token\SigningKeys;

/** The signing keys and their rotation, and the source of the master key. It has no access to secrets. */
final class KeysTab implements Tab {
	public function __construct(
		private readonly SigningKeys $keys,
		private readonly KeyRotation $rotation,
		private readonly FixedKey $fixed,
		private readonly Gate $gate,
	) {}

	public static function slug(): string {
		return 'keys';
	}

	public static function title(): string {
		return __( 'Keys', 'sallyport' );
	}

	public static function said( string $done ): string {
		return match ( $done ) {
			'generated' => __( 'The next key was created.', 'sallyport' ),
			'rotated'   => __( 'The next key is now in use.', 'sallyport' ),
			'retired'   => __( 'The key was removed. Every token it had signed is now invalid.', 'sallyport' ),
			default     => '',
		};
	}

	public function handle( string $what, Fields $fields ): string {
		$now = time();
		$this->gate->require_step_up( get_current_user_id(), $now );
		switch ( $what ) {
			case 'generate':
				$this->rotation->generate( $now, $fields->one_of( 'algorithm', Engine::ALGORITHMS ) );
				return 'generated';
			case 'rotate':
				$this->rotation->rotate( $now, $fields->text( 'id' ), $fields->has( 'now' ) );
				return 'rotated';
			case 'retire':
				$this->rotation->retire( $now, $fields->text( 'id' ) );
				return 'retired';
			default:
				throw new Refusal( Code::InvalidParam );
		}
	}

	public function render( array $shared ): void {
		$now   = time();
		$shown = array(
			'source'     => '', // Nothing is known about it.
			'algorithms' => Engine::ALGORITHMS,
			'keys'       => array(),
			'problem'    => '',
			'jwks'       => home_url( '/.well-known/jwks.json' ),
			'master'     => MasterKey::source(),
			'file'       => MasterKey::file(),
			'published'  => KeyRotation::PUBLISHED,
		);
		try {
			$shown['source']    = $this->fixed->source();
			$shown['keys']      = array_map(
				fn ( array $key ): array => $key
					+ array( 'wait' => $this->rotation->wait( $key['algorithm'], (int) strtotime( $key['changed'] ?? '@0' ), $now ) ),
				$this->keys->all( $now )
			);
			$shown['algorithm'] = $this->fixed->algorithm();
		} catch ( Refusal $refusal ) {
			$shown['problem'] = $refusal->problem?->message() ?? $refusal->reason->message();
		}
		if ( null !== $shared['refusal'] ) {
			$shared['error'] = self::message( $shared['refusal'] );
		}
		echo Template::own( 'settings/keys', array( 'view' => new View( $shown + $shared ) ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- the template escapes.
	}

	private static function message( Refusal $refusal ): string {
		$text = match ( $refusal->data['reason'] ?? '' ) {
			'next_exists' => __( 'There is already a next key: rotate to it, or remove it.', 'sallyport' ),
			'no_next'     => __( 'There is no longer a next key.', 'sallyport' ),
			'too_early'   => __( 'Verifiers may not know the next key yet.', 'sallyport' ),
			'is_active'   => __( 'This key signs: rotate first.', 'sallyport' ),
			'too_many'    => __( 'Too many keys are stored: wait until old ones are gone, or remove some.', 'sallyport' ),
			'busy'        => __( 'Someone else is changing the keys. Try again.', 'sallyport' ),
			default       => '',
		};
		return '' === $text ? Form::message( $refusal ) : trim( $text . ' ' . $refusal->wait() );
	}
}
