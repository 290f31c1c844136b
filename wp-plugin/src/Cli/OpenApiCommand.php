<?php
declare( strict_types=1 );

namespace Sallyport\WP\Cli;

use Closure;
use WP_CLI;

/**
 * The OpenAPI document of the REST routes.
 */
final class OpenApiCommand {
	/** @param Closure(): array<string, mixed> $document */
	public function __construct( private readonly Closure $document ) {}

	/**
	 * Prints the OpenAPI 3.1 document of Sallyport's routes, as this site registers them.
	 */
	public function __invoke(): void {
		WP_CLI::line( (string) wp_json_encode( ( $this->document )(), JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ) );
	}
}
