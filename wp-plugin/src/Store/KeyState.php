<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** Where a stored signing key stands. After retiring it is gone: no row is left. All of them verify, one signs. */
enum KeyState: string {
	/** Published, so that verifiers know it before it signs. */
	case Next = 'next';

	/** Signs. */
	case Active = 'active';

	/** Verifies what it signed, until the last of it has expired. */
	case Retiring = 'retiring';
}
