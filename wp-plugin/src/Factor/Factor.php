<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

use Sallyport\WP\Refusal;

/**
 * A second factor. Third parties add theirs through the filter `sallyport_factors`; each must pass
 * tests/contract/FactorContract.php.
 */
interface Factor {
	/** Passed to verify() if there is no challenge: the user is signed in, or the code came together with the password. */
	public const SIGNED_IN     = 0;
	public const WITH_PASSWORD = -1;

	/** A strong factor has this word in its `amr`: it is enough for step-up (docs/step-up.md). */
	public const STRONG = 'mfa';

	/** The name that clients use: lower case and `_`, at most 32 bytes. */
	public function name(): string;

	/**
	 * How the factor authenticates, in the words of RFC 8176 as far as it has one.
	 *
	 * @return list<string>
	 */
	public function amr(): array;

	/**
	 * Whether the user can use it now.
	 *
	 * @throws Refusal If the store cannot tell.
	 */
	public function is_enrolled( int $user_id ): bool;

	/** Whether the form of a code shows that it can only be this factor's. */
	public function recognises( #[\SensitiveParameter] string $code ): bool;

	/**
	 * Checks a code and, if it is right, spends it in the same call: of any number of parallel calls with one code, only one
	 * returns Right.
	 *
	 * @param string $code      As typed, at most 256 bytes.
	 * @param int    $now       Unix seconds.
	 * @param int    $challenge The challenge that is being completed; SIGNED_IN or WITH_PASSWORD if there is none.
	 * @throws Refusal If the store or the engine fails, which does not count as a wrong code.
	 */
	public function verify( int $user_id, #[\SensitiveParameter] string $code, int $now, int $challenge ): Outcome;
}
