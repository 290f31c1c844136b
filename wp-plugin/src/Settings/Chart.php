<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

/** Days as stacked bars in an SVG drawn on the server; a table beside it has the numbers. */
final class Chart {
	public const RIGHT   = 'right';
	public const REFUSED = 'refused';
	public const LOCKED  = 'locked';

	/** Units of the SVG: the width of a day, of which the bar takes a part; the height. */
	private const STEP   = 20;
	private const BAR    = 14;
	private const HEIGHT = 160;

	/** @param array<string, array<string, int>> $days Date (Y-m-d), the oldest first => kind => count. */
	public function __construct( public readonly array $days ) {}

	/** @return array<string, string> Kind, from the foot of a bar to its top => its name, plain text. */
	public static function kinds(): array {
		return array(
			self::RIGHT   => __( 'Correct second factor', 'sallyport' ),
			self::REFUSED => __( 'Refused', 'sallyport' ),
			self::LOCKED  => __( 'Locked, or told to wait', 'sallyport' ),
		);
	}

	/** The highest bar; at least 1, so that an empty bar has no height. */
	public function most(): int {
		return max( 1, ...array_values( array_map( 'array_sum', $this->days ) ) );
	}

	/** @return array<string, int> Kind => total. */
	public function sums(): array {
		$sums = array();
		foreach ( array_keys( self::kinds() ) as $kind ) {
			$sums[ $kind ] = array_sum( array_column( $this->days, $kind ) );
		}
		return $sums;
	}

	/**
	 * The SVG, escaped.
	 *
	 * @param string $name Id of the element that describes it in words.
	 */
	public function svg( string $name ): string {
		$width = self::STEP * count( $this->days );
		$bars  = '';
		foreach ( array_keys( $this->days ) as $i => $date ) {
			$x     = self::STEP * ( is_rtl() ? count( $this->days ) - 1 - $i : $i ) + ( self::STEP - self::BAR ) / 2;
			$bars .= $this->bar( $date, $x );
		}
		return '<svg class="sallyport-chart" viewBox="0 0 ' . $width . ' ' . ( self::HEIGHT + 1 ) . '" role="img" aria-labelledby="'
			. esc_attr( $name ) . '" preserveAspectRatio="none" focusable="false">'
			. '<defs><pattern id="sallyport-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="sallyport-refused" width="3" height="6"/></pattern></defs>'
			. '<line x1="0" x2="' . $width . '" y1="' . self::HEIGHT . '" y2="' . self::HEIGHT . '"/>' . $bars . '</svg>';
	}

	private function bar( string $date, float $x ): string {
		$parts = '';
		$foot  = self::HEIGHT;
		$said  = array( wp_date( (string) get_option( 'date_format' ), (int) strtotime( $date . ' 12:00 UTC' ), new \DateTimeZone( 'UTC' ) ) );
		foreach ( self::kinds() as $kind => $name ) {
			$count  = $this->days[ $date ][ $kind ];
			$height = round( self::HEIGHT * $count / $this->most(), 2 );
			$foot  -= $height;
			$said[] = $name . ': ' . number_format_i18n( $count );
			$parts .= 0 === $count ? '' : '<rect class="sallyport-' . esc_attr( $kind ) . '" x="' . $x . '" y="' . $foot
				. '" width="' . self::BAR . '" height="' . $height . '"/>';
		}
		return '' === $parts ? '' : '<g><title>' . esc_html( implode( "\n", $said ) ) . '</title>' . $parts . '</g>';
	}
}
