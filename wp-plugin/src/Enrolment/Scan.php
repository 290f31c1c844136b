<?php
declare( strict_types=1 );

namespace Sallyport\WP\Enrolment;

/** A secret in the forms an authenticator app takes: a QR code to scan, a link to open, a key to type. */
final class Scan {
	/**
	 * @param string $svg     The QR code of the URI, with a title.
	 * @param string $uri     otpauth://…
	 * @param string $key     Base32, in groups of four.
	 * @param string $account What the app shows: user and site.
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
