<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Sallyport\WP\Refusal;

/**
 * A way to prove oneself. Third parties add one through the filter `sallyport_factors`;
 * tests/contract/FactorContract.php is what each must pass.
 */
interface Factor {
	/** What verify() is told in place of a challenge: that the user is signed in, or that the code came with the password. */
	public const SIGNED_IN     = 0;
	public const WITH_PASSWORD = -1;

	/** What a strong factor says in its `amr`: it will do for step-up (docs/step-up.md). */
	public const STRONG = 'mfa';

	/** The name clients use: lower case, `_`, at most 32 bytes. */
	public function name(): string;

	/** How this proves, in the words of RFC 8176 where it has one. @return list<string> */
	public function amr(): array;

	/**
	 * Whether the user can use it now.
	 *
	 * @throws Refusal When the store cannot tell.
	 */
	public function is_enrolled( int $user_id ): bool;

	/** Whether the form of a code says that it can only be this factor's. */
	public function recognises( #[\SensitiveParameter] string $code ): bool;

	/**
	 * Checks a code and, if it is right, spends it in the same call: of any number of parallel calls
	 * with one code, one answers Right.
	 *
	 * @param string $code      As typed, at most 256 bytes.
	 * @param int    $now       Unix seconds.
	 * @param int    $challenge The challenge that is being completed; SIGNED_IN or WITH_PASSWORD where there is none.
	 * @throws Refusal When the store or the engine fails: that is no wrong code.
	 */
	public function verify( int $user_id, #[\SensitiveParameter] string $code, int $now, int $challenge ): Outcome;
}
