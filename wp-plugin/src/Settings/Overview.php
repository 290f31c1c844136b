<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Fields;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\View;
use Sallyport\WP\Template;

/** How the site stands: what Site Health's tests of ours say. */
final class Overview implements Tab {
	/** @param Closure(): array<string, array{label: string, test: callable(): array<string, mixed>}> $health Site Health's tests of ours. */
	public function __construct( private readonly Closure $health ) {}

	public static function slug(): string {
		return 'overview';
	}

	public static function title(): string {
		return __( 'Overview', 'sallyport' );
	}

	public static function said( string $done ): string {
		return '';
	}

	public function handle( string $what, Fields $fields ): string {
		throw new Refusal( Code::InvalidParam );
	}

	public function render( array $shared ): void {
		$shown = array( 'health' => array_map( static fn ( array $test ): array => $test['test'](), array_values( ( $this->health )() ) ) );
		echo Template::own( 'settings/overview', array( 'view' => new View( $shared + $shown ) ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- the template escapes.
	}
}
