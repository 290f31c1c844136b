<?php
declare( strict_types=1 );

namespace Sallyport\WP\Factor;

/** What became of a code. */
enum Outcome {
	/** Right, and spent by this very call: no other request can use it. */
	case Right;

	/** Wrong, malformed, or not of this factor. */
	case Wrong;

	/** It was right once, but this code, or a later one, is spent already. */
	case Spent;
}
