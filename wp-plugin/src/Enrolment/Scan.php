<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

/** A secret as it goes into an authenticator app: a picture to scan, an address to open, a key to type. */
final class Scan {
	/**
	 * @param string $svg     The QR code of the address, with a title.
	 * @param string $uri     otpauth://…
	 * @param string $key     Base32, in groups of four.
	 * @param string $account What the app shows: whose it is, and of which site.
	 */
	public function __construct(
		#[\SensitiveParameter] public readonly string $svg,
		#[\SensitiveParameter] public readonly string $uri,
		#[\SensitiveParameter] public readonly string $key,
		public readonly string $account,
		public readonly string $issuer,
		public readonly string $algorithm,
		public readonly int $digits,
		public readonly int $period,
	) {}
}
