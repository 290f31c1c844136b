<?php
declare( strict_types=1 );

namespace Sallyport\WP\Privacy;

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ActivityRows;
use Sallyport\WP\Store\AppPasswords;
use Sallyport\WP\Store\FormerEmails;
use Sallyport\WP\Store\ProvenEmails;
use Sallyport\WP\Store\State;
use Sallyport\WP\Store\UserRows;
use WP_Application_Passwords;
use WP_Error;
use WP_User;

/** Tools → Export Personal Data: everything Sallyport holds of a user, on every site of a network, without secrets. */
final class Exporter {
	/** Rows on a page. */
	private const PAGE = 500;

	public function __construct(
		private readonly UserRows $rows,
		private readonly ActivityRows $log,
		private readonly State $state,
		private readonly ProvenEmails $proven_emails,
		private readonly FormerEmails $former_emails,
		private readonly AppPasswords $app_passwords,
	) {}

	/**
	 * Filter wp_privacy_personal_data_exporters.
	 *
	 * @param mixed $exporters
	 * @return mixed
	 */
	public function add( mixed $exporters ): mixed {
		return is_array( $exporters ) ? $exporters + array(
			'sallyport' => array(
				'exporter_friendly_name' => __( 'Sallyport', 'sallyport' ),
				'callback'               => $this->export( ... ),
			),
		) : $exporters;
	}

	/**
	 * @param int $page From 1.
	 * @return array{data: list<array<string, mixed>>, done: bool}|WP_Error An error if the store fails: a part must not pass for everything.
	 */
	public function export( string $email, int $page = 1 ): array|WP_Error {
		$user = get_user_by( 'email', $email );
		if ( ! $user instanceof WP_User ) {
			return array(
				'data' => array(),
				'done' => true,
			);
		}
		try {
			$items = $this->items( $user, self::PAGE, ( max( 1, $page ) - 1 ) * self::PAGE );
			return array(
				'data' => array( ...( $page > 1 ? array() : $this->account( $user ) ), ...$items ),
				'done' => count( $items ) < self::PAGE,
			);
		} catch ( Refusal $refusal ) {
			return new WP_Error( $refusal->reason->value, $refusal->tell() );
		}
	}

	/** @return list<array<string, mixed>> A slice of the rows of all tables, one table after the other, then of what the user did to others. */
	private function items( WP_User $user, int $limit, int $offset ): array {
		$items = array();
		foreach ( Columns::all() as $table => $group ) {
			$count = $this->rows->count( $table, $user->ID );
			if ( $offset < $count && count( $items ) < $limit ) {
				foreach ( $this->rows->of( $table, $user->ID, $limit - count( $items ), $offset ) as $i => $row ) {
					$items[] = self::item(
						$table,
						$group['label'],
						(string) ( $offset + $i + 1 ),
						self::values( array_diff_key( $group['columns'], array_flip( Columns::of_another( $row['event'] ?? '' ) ) ), $row )
					);
				}
			}
			$offset = max( 0, $offset - $count );
		}
		$acted = count( $items ) < $limit
			? $this->log->of_actor( $user->user_login, array_column( Event::BY_ANOTHER, 'value' ), $limit - count( $items ), $offset )
			: array();
		foreach ( $acted as $i => $row ) {
			$items[] = self::item(
				'acted',
				Columns::acted()['label'],
				(string) ( $offset + $i + 1 ),
				self::values( Columns::acted()['columns'], $row )
			);
		}
		return $items;
	}

	/** @return list<array<string, mixed>> What is stored in user meta. */
	private function account( WP_User $user ): array {
		$state  = $this->state->read( $user->ID );
		$former = $this->former_emails->address( $user, time() );
		$values = array_filter(
			array(
				__( 'Second factor', 'sallyport' )  => ( $state['enrolled'] ?? false ) ? __( 'On', 'sallyport' ) : __( 'Off', 'sallyport' ),
				__( 'Since', 'sallyport' )          => Columns::text( 'time', (string) ( $state['since'] ?? 0 ) ),
				__( 'Verified email address', 'sallyport' ) => $this->proven_emails->is_proven( $user->ID ) ? $user->user_email : '',
				__( 'Previous email address, where recovery emails go for some days', 'sallyport' ) => $former === $user->user_email ? '' : $former,
			),
			static fn ( string $value ): bool => '' !== $value
		);
		$items = null === $state && 1 === count( $values )
			? array()
			: array( self::item( 'account', __( 'Sign-in security', 'sallyport' ), '1', $values ) );
		foreach ( WP_Application_Passwords::get_user_application_passwords( $user->ID ) as $i => $password ) {
			if ( $this->app_passwords->is_trusted( $user->ID, (string) $password['uuid'] ) ) {
				$items[] = self::item(
					'app_passwords',
					__( 'Application passwords made under a second factor', 'sallyport' ),
					(string) ( $i + 1 ),
					array(
						__( 'Name', 'sallyport' )    => (string) $password['name'],
						__( 'Created', 'sallyport' ) => Columns::text( 'time', (string) $password['created'] ),
					)
				);
			}
		}
		return $items;
	}

	/**
	 * @param array<string, string> $columns Name => label.
	 * @param array<string, string> $row
	 * @return array<string, string> Label => value.
	 */
	private static function values( array $columns, array $row ): array {
		$values = array();
		foreach ( $columns as $column => $label ) {
			$values[ $label ] = Columns::text( $column, (string) $row[ $column ] );
		}
		return array_filter( $values, static fn ( string $value ): bool => '' !== $value );
	}

	/**
	 * @param array<string, string> $values
	 * @return array<string, mixed> In core's format. Core prints labels and values as HTML, with a few tags allowed.
	 */
	private static function item( string $group, string $label, string $id, array $values ): array {
		return array(
			'group_id'          => 'sallyport-' . $group,
			/* translators: %s: what follows, such as "Backup codes". */
			'group_label'       => sprintf( __( 'Sallyport: %s', 'sallyport' ), $label ),
			'item_id'           => 'sallyport-' . $group . '-' . $id,
			'data'              => array_map(
				static fn ( string $name, string $value ): array => array( 'name' => $name, 'value' => esc_html( $value ) ),
				array_keys( $values ),
				$values
			),
		);
	}
}
