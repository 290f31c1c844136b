<?php
declare( strict_types=1 );

namespace Sallyport\WP\Token;

use Closure;
use Sallyport\WP\Activity\Event;
use Sallyport\WP\Code;
use Sallyport\WP\Engine;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\FamilyRow;
use Sallyport\WP\Store\RefreshRows;
use Sallyport\WP\Store\Settings;

/**
 * Refresh tokens: each is good once (RFC 9700 section 4.14.2). Replay of a rotated one ends its family, except for a moment
 * in which parallel tabs get the same successor.
 */
final class RefreshTokens {
	private const PREFIX = 'spr1';

	/** Seconds for which a rotated token still yields its successor. */
	private const GRACE = 10;

	public function __construct(
		private readonly RefreshRows $rows,
		private readonly Families $families,
		private readonly Engine $engine,
		private readonly Settings $settings,
	) {}

	/** Whether a text has the form of a refresh token. */
	public static function is_one( #[\SensitiveParameter] string $token ): bool {
		return 1 === preg_match( '/^' . self::PREFIX . '_[A-Za-z0-9_-]{43}$/D', $token );
	}

	public function issue( FamilyRow $family, int $now ): string {
		$token = Engine::random_token( self::PREFIX );
		$this->rows->add( Engine::digest( $token ), $family->id, $this->expiry( $family, $now ) );
		return $token;
	}

	/** @return array{refresh_token: string, refresh_expires_in: int} Its part of the token response. */
	public function describe( #[\SensitiveParameter] string $token, FamilyRow $family, int $now ): array {
		return array(
			'refresh_token'      => $token,
			'refresh_expires_in' => $this->expiry( $family, $now ) - $now,
		);
	}

	/**
	 * The live family of a refresh token. Nothing is spent.
	 *
	 * @throws Refusal sallyport_token_invalid {reason}.
	 */
	public function family( #[\SensitiveParameter] string $token, int $now ): FamilyRow {
		$row    = $this->rows->find( Engine::digest( $token ) );
		$family = null === $row ? null : $this->families->find( $row['family_id'] );
		if ( null === $family || get_current_blog_id() !== $family->blog_id ) {
			throw Refusal::token_invalid( 'unknown' );
		}
		if ( $row['expires_at'] <= $now || $family->expires_at <= $now ) {
			throw Refusal::token_invalid( 'expired' );
		}
		return $family;
	}

	/**
	 * Spends a refresh token.
	 *
	 * @param Closure(): bool $is_own_device Whether the client may present it twice, as parallel tabs do.
	 * @return string Its successor.
	 * @throws Refusal sallyport_refresh_reused: it was spent before, and the family has ended.
	 */
	public function rotate( #[\SensitiveParameter] string $token, FamilyRow $family, int $now, Closure $is_own_device ): string {
		$digest    = Engine::digest( $token );
		$successor = $this->issue( $family, $now );
		if ( $this->rows->rotate( $digest, $this->engine->seal_successor( $successor, $token ), $now ) ) {
			$this->rows->forget_successors( $family->id, $now - self::GRACE );
			$this->families->use( $family, $now );
			return $successor;
		}
		$this->rows->delete( Engine::digest( $successor ) );
		$row = $this->rows->find( $digest ) ?? throw Refusal::token_invalid( 'revoked' );
		if ( self::is_fresh( $row, $now ) && $is_own_device() ) {
			return $this->newest( $token, $row, $now );
		}
		$this->families->end( $family, Event::RefreshReused );
		throw new Refusal( Code::RefreshReused );
	}

	/**
	 * The newest successor of a rotated token. Its direct successor may have been rotated as well. If a late answer handed that
	 * one out, the client would overwrite the newer token in its store, and its next refresh would be a replay that ends the
	 * sign-in.
	 *
	 * @param array{rotated_at: int, successor: string, ...} $row Of the token.
	 */
	private function newest( #[\SensitiveParameter] string $token, array $row, int $now ): string {
		while ( null !== $row && self::is_fresh( $row, $now ) ) {
			$token = $this->engine->unseal_successor( $row['successor'], $token );
			$row   = $this->rows->find( Engine::digest( $token ) );
		}
		return $token;
	}

	/**
	 * Whether it was rotated a moment ago.
	 *
	 * @param array{rotated_at: int, successor: string, ...} $row
	 */
	private static function is_fresh( array $row, int $now ): bool {
		return '' !== $row['successor'] && $now - $row['rotated_at'] <= self::GRACE;
	}

	private function expiry( FamilyRow $family, int $now ): int {
		return min( $family->expires_at, $now + (int) $this->settings->get( 'refresh_ttl' ) );
	}
}
