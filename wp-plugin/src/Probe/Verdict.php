<?php
declare( strict_types=1 );

namespace Sallyport\WP\Probe;

/** The result of a knock. */
enum Verdict: string {
	case Shut     = 'shut';
	case Open     = 'open';
	case NotThere = 'not there';
	case Unknown  = 'could not tell';
	case NotMade  = 'not knocked';
}
