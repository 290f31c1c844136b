<?php
declare( strict_types=1 );

namespace Sallyport\WP\Privacy;

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ActivityRows;
use Sallyport\WP\Store\FormerEmails;
use Sallyport\WP\Store\UserRows;
use Sallyport\WP\Token\Families;
use WP_Error;
use WP_User;

/**
 * Tools → Erase Personal Data: everything Sallyport holds of a user, on every site of a network, except what guards the
 * account. That is deleted with the account.
 */
final class Eraser {
	/** Rows of the log on a page. */
	private const PAGE = 500;

	/** Tables that are kept: without them the password alone would open the account, or its user would be locked out. */
	private const KEPT = array( 'factors', 'backup_codes' );

	/** Its rows stay, anonymised: the site may know what happened and how often. */
	private const LOG = 'activity';

	public function __construct(
		private readonly UserRows $rows,
		private readonly ActivityRows $log,
		private readonly Families $families,
		private readonly FormerEmails $former_emails,
	) {}

	/**
	 * Filter wp_privacy_personal_data_erasers.
	 *
	 * @param mixed $erasers
	 * @return mixed
	 */
	public function add( mixed $erasers ): mixed {
		return is_array( $erasers ) ? $erasers + array(
			'sallyport' => array(
				'eraser_friendly_name' => __( 'Sallyport', 'sallyport' ),
				'callback'             => $this->erase( ... ),
			),
		) : $erasers;
	}

	/**
	 * Every page starts at the first row, because erased rows are gone by the next page.
	 *
	 * @return array{items_removed: bool, items_retained: bool, messages: list<string>, done: bool}|WP_Error An error if the store fails: remaining rows must not pass for erased.
	 */
	public function erase( string $email ): array|WP_Error {
		$user = get_user_by( 'email', $email );
		if ( ! $user instanceof WP_User ) {
			return self::answer( 0, retained: false, done: true );
		}
		try {
			$removed = $this->count( array_diff( UserRows::tables(), self::KEPT, array( self::LOG ) ), $user->ID );
			// With the marks beside their rows. This is logged, so the log comes last.
			$this->families->end_all( $user->ID );
			foreach ( array_diff( UserRows::tables(), self::KEPT, array( self::LOG ) ) as $table ) {
				$this->rows->delete( $table, $user->ID );
			}
			$this->former_emails->forget( $user->ID );
			$log  = $this->log->forget_user( $user->ID, self::PAGE );
			$log += $log < self::PAGE
				? $this->log->forget_actor( $user->user_login, array_column( Event::BY_ANOTHER, 'value' ), self::PAGE - $log )
				: 0;
			$done = $log < self::PAGE;
			return self::answer( $removed + $log, $done && $this->count( self::KEPT, $user->ID ) > 0, $done );
		} catch ( Refusal $refusal ) {
			return new WP_Error( $refusal->reason->value, $refusal->tell() );
		}
	}

	/** @param array<array-key, string> $tables */
	private function count( array $tables, int $user_id ): int {
		return array_sum( array_map( fn ( string $table ): int => $this->rows->count( $table, $user_id ), $tables ) );
	}

	/** @return array{items_removed: bool, items_retained: bool, messages: list<string>, done: bool} */
	private static function answer( int $removed, bool $retained, bool $done ): array {
		return array(
			'items_removed'  => $removed > 0,
			'items_retained' => $retained,
			'messages'       => $retained ? array( __( 'The second factor and the backup codes were kept: without them, the password alone would be enough to sign in. They are deleted with the account, or when its second factor is removed.', 'sallyport' ) ) : array(),
			'done'           => $done,
		);
	}
}
