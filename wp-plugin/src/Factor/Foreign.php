<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Sallyport\WP\Php;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Throwable;

/**
 * Wraps a third party's factor and holds it to the interface: its name and `amr` stay what they were when it was added, and
 * whatever it throws becomes a refusal, never a fatal error and never a yes.
 */
class Foreign implements Factor {
	private const NAME = '/\A[a-z][a-z0-9_]{0,31}\z/';
	private const WORD = '/\A[a-z0-9_]{1,32}\z/';

	/** Names with another meaning in a policy, a challenge or `amr`. */
	private const TAKEN = array( 'device', 'browser', 'mfa', 'otp', 'pwd', 'sso' );

	/** @param list<string> $words */
	final private function __construct(
		private readonly string $name,
		private readonly array $words,
		protected readonly Factor $theirs,
	) {}

	/** Null for a factor with an invalid name, or without an `amr`. */
	final public static function of( Factor $theirs ): ?self {
		try {
			$name  = $theirs->name();
			$words = self::words( array( ...$theirs->amr(), $name ) );
		} catch ( Throwable $thrown ) {
			self::log( $theirs, $thrown );
			return null;
		}
		if ( 1 !== preg_match( self::NAME, $name ) || in_array( $name, self::TAKEN, true ) ) {
			return null;
		}
		return $theirs instanceof Sends ? new ForeignSender( $name, $words, $theirs ) : new self( $name, $words, $theirs );
	}

	final public function name(): string {
		return $this->name;
	}

	final public function amr(): array {
		return $this->words;
	}

	/**
	 * The words of its `amr`. Invalid ones are dropped, which never makes the factor stronger. The first step is not the
	 * factor's to state, so it is always `pwd` here. The factor's name is among the words, because a policy's lists go by it.
	 *
	 * @param array<mixed> $given
	 * @return list<string>
	 */
	private static function words( array $given ): array {
		$words = array_filter( $given, static fn ( mixed $word ): bool => is_string( $word ) && 1 === preg_match( self::WORD, $word ) );
		return array_values( array_unique( array( ...array_diff( $words, array( 'sso', 'device' ) ), 'pwd' ) ) );
	}

	final public function is_enrolled( int $user_id ): bool {
		return $this->ask( fn (): bool => $this->theirs->is_enrolled( $user_id ) );
	}

	final public function recognises( #[\SensitiveParameter] string $code ): bool {
		return $this->ask( fn (): bool => $this->theirs->recognises( $code ) );
	}

	final public function verify( int $user_id, #[\SensitiveParameter] string $code, int $now, int $challenge ): Outcome {
		return $this->ask( fn (): Outcome => $this->theirs->verify( $user_id, $code, $now, $challenge ) );
	}

	/**
	 * @template T
	 * @param callable(): T $question
	 * @return T
	 * @throws Refusal The factor's own, or sallyport_unavailable.
	 */
	protected function ask( callable $question ): mixed {
		try {
			return $question();
		} catch ( Refusal $refusal ) {
			throw $refusal;
		} catch ( Throwable $thrown ) {
			self::log( $this->theirs, $thrown );
			throw Refusal::unavailable( Problem::ForeignFactor );
		}
	}

	/** Logs where it was thrown, but not the message, which may quote the code. */
	private static function log( Factor $theirs, Throwable $thrown ): void {
		Php::log( 'the factor ' . $theirs::class . ' threw ' . $thrown::class . ' at ' . $thrown->getFile() . ':' . $thrown->getLine() );
	}
}
