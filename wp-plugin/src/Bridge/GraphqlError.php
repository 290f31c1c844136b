<?php
declare( strict_types=1 );

namespace Sallyport\WP\Bridge;

use GraphQL\Error\ProvidesExtensions;
use GraphQL\Error\UserError;
use Sallyport\WP\Refusal;

/** A refusal as GraphQL has it: one of `errors[]`, with code and data in its `extensions`. Of WPGraphQL 2. */
final class GraphqlError extends UserError implements ProvidesExtensions {
	/** @var array<string, mixed> */
	private readonly array $extensions;

	public function __construct( Refusal $refusal ) {
		parent::__construct( $refusal->reason->message() );
		$this->extensions = self::extensions( $refusal );
	}

	/** @return array<string, mixed> */
	public function getExtensions(): array { // phpcs:ignore WordPress.NamingConventions.ValidFunctionName -- GraphQL's.
		return $this->extensions;
	}

	/**
	 * What stands beside the message: {code, status} and the refusal's own data.
	 *
	 * @return array<string, mixed>
	 */
	public static function extensions( Refusal $refusal ): array {
		return array(
			'code'   => $refusal->reason->value,
			'status' => $refusal->reason->status(),
		) + $refusal->data;
	}
}
