<?php
declare( strict_types=1 );

namespace Sallyport\WP;

/** The client of this request, as far as its connection tells. */
final class Client {
	/** The address it connects from; empty where nobody knows, as on the command line. */
	public function address(): string {
		$address = isset( $_SERVER['REMOTE_ADDR'] ) ? (string) $_SERVER['REMOTE_ADDR'] : ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- validated below.
		return false === filter_var( $address, FILTER_VALIDATE_IP ) ? '' : $address;
	}
}
