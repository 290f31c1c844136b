<?php
declare( strict_types=1 );

namespace Sallyport\WP\Gate;

/** Whether a second factor may be enrolled, and whether it must. */
enum Mode: string {
	case Off      = 'off';
	case Optional = 'optional';
	case Required = 'required';

	public function is_stricter_than( self $other ): bool {
		return $this->rank() > $other->rank();
	}

	private function rank(): int {
		return match ( $this ) {
			self::Off      => 0,
			self::Optional => 1,
			self::Required => 2,
		};
	}
}
