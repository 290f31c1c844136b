<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

/** The result of checking a code. */
enum Outcome {
	/** Right, and spent by this call: no other request can use it. */
	case Right;

	/** Wrong, malformed, or another factor's. */
	case Wrong;

	/** The code is right, but it, or a later one, is already spent. */
	case Spent;
}
