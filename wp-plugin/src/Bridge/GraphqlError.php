<?php
declare( strict_types=1 );

namespace Sallyport\WP\Bridge;

use GraphQL\Error\ProvidesExtensions;
use GraphQL\Error\UserError;
use Sallyport\WP\Refusal;

/** A refusal as one of GraphQL's `errors[]`, with code and data in its `extensions` (WPGraphQL 2). */
final class GraphqlError extends UserError implements ProvidesExtensions {
	public function __construct( private readonly Refusal $refusal ) {
		parent::__construct( $refusal->tell() );
	}

	/** @return array<string, mixed> */
	public function getExtensions(): array {
		return $this->refusal->to_graphql()['extensions'];
	}
}
