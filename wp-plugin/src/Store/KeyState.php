<?php
declare( strict_types=1 );

namespace Sallyport\WP\Store;

/** State of a stored signing key. After retiring, its row is deleted. Keys in every state verify; one signs. */
enum KeyState: string {
	/** Published, so that verifiers know it before it signs. */
	case Next = 'next';

	/** Signs. */
	case Active = 'active';

	/** Verifies until the last token it signed has expired. */
	case Retiring = 'retiring';
}
