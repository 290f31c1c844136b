<?php
declare( strict_types=1 );

namespace Sallyport\WP\Privacy;

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Name;

/** The columns of our tables that a user is given, their labels, and how values read. Never a secret, nor the digest of one. */
final class Columns {
	/** Columns with a time, in Unix seconds; 0 means "not yet". */
	private const TIMES = array(
		'created_at', 'last_used_at', 'used_at', 'expires_at', 'consumed_at', 'proven_at', 'rotated_at', 'replaced_at',
		'trusted_at', 'spent_at', 'opened_at', 'confirmed_at', 'time',
	);

	/**
	 * Tables that are not listed hold nothing that would tell a user anything.
	 *
	 * @return array<string, array{label: string, columns: array<string, string>}> By table name.
	 */
	public static function all(): array {
		$created = __( 'Created', 'sallyport' );
		$used    = __( 'Last used', 'sallyport' );
		$spent   = __( 'Used', 'sallyport' );
		$ends    = __( 'Ends', 'sallyport' );
		$site    = __( 'Site', 'sallyport' );
		$device  = __( 'Device', 'sallyport' );
		$address = __( 'IP address', 'sallyport' );
		$door    = __( 'Signed in through', 'sallyport' );
		$how     = __( 'Proven by', 'sallyport' );
		$when    = __( 'Proven', 'sallyport' );
		return array(
			'factors'          => self::group(
				__( 'Second factors', 'sallyport' ),
				array(
					'type'         => __( 'Kind', 'sallyport' ),
					'label'        => __( 'Name', 'sallyport' ),
					'source'       => __( 'Imported from', 'sallyport' ),
					'status'       => __( 'Status', 'sallyport' ),
					'created_at'   => $created,
					'last_used_at' => $used,
				)
			),
			'backup_codes'     => self::group(
				__( 'Backup codes', 'sallyport' ),
				array( 'created_at' => $created, 'used_at' => $spent, 'source' => __( 'Imported from', 'sallyport' ) )
			),
			'email_codes'      => self::group( __( 'Codes sent by email', 'sallyport' ), array( 'expires_at' => $ends, 'used_at' => $spent ) ),
			'challenges'       => self::group(
				__( 'Sign-ins that waited for a code', 'sallyport' ),
				array( 'issuer' => $door, 'blog_id' => $site, 'expires_at' => $ends, 'consumed_at' => $spent )
			),
			'families'         => self::group(
				__( 'Sign-ins of apps and front ends', 'sallyport' ),
				array(
					'device'       => $device,
					'ip'           => $address,
					'blog_id'      => $site,
					'amr'          => $how,
					'proven_at'    => $when,
					'created_at'   => $created,
					'last_used_at' => $used,
					'expires_at'   => $ends,
				)
			),
			'refresh_tokens'   => self::group( __( 'Renewals of sign-ins', 'sallyport' ), array( 'expires_at' => $ends, 'rotated_at' => $spent ) ),
			'inherited_proofs' => self::group(
				__( 'Renewable sign-ins of other plugins', 'sallyport' ),
				array( 'issuer' => $door, 'blog_id' => $site, 'amr' => $how, 'proven_at' => $when, 'expires_at' => $ends )
			),
			'devices'          => self::group(
				__( 'Known and trusted devices', 'sallyport' ),
				array(
					'name'         => $device,
					'created_at'   => $created,
					'last_used_at' => $used,
					'trusted_at'   => __( 'Trusted since', 'sallyport' ),
					'expires_at'   => $ends,
				)
			),
			'reset_codes'      => self::group( __( 'Codes for a new password', 'sallyport' ), array( 'expires_at' => $ends ) ),
			'links'            => self::group(
				__( 'One-time links', 'sallyport' ),
				array( 'purpose' => __( 'For', 'sallyport' ), 'blog_id' => $site, 'expires_at' => $ends, 'spent_at' => $spent )
			),
			'enrolment_tokens' => self::group(
				__( 'Permissions to set up a second factor', 'sallyport' ),
				array(
					'blog_id'      => $site,
					'opened_at'    => $created,
					'confirmed_at' => __( 'Confirmed', 'sallyport' ),
					'spent_at'     => $spent,
					'expires_at'   => $ends,
				)
			),
			'activity'         => self::group(
				__( 'Sign-in activity', 'sallyport' ),
				array(
					'time'    => __( 'Time', 'sallyport' ),
					'event'   => __( 'Event', 'sallyport' ),
					'blog_id' => $site,
					'ip'      => $address,
					'device'  => $device,
					'issuer'  => $door,
					'outcome' => __( 'Outcome', 'sallyport' ),
					'detail'  => __( 'Detail', 'sallyport' ),
				)
			),
		);
	}

	/** @return array{label: string, columns: array<string, string>} For rows of the log about others: what this user did, but not to whom or why. */
	public static function acted(): array {
		return self::group(
			__( 'What you did to other accounts', 'sallyport' ),
			array_diff_key( self::all()['activity']['columns'], array_flip( array( 'issuer', 'detail' ) ) )
		);
	}

	/**
	 * Columns of a row of the log that are about the actor.
	 *
	 * @return list<string>
	 */
	public static function of_another( string $event ): array {
		return in_array( Event::tryFrom( $event ), Event::BY_ANOTHER, true ) ? array( 'ip', 'device' ) : array();
	}

	/** A value for people; empty if it says nothing. */
	public static function text( string $column, string $value ): string {
		return match ( true ) {
			in_array( $column, self::TIMES, true ) => (int) $value > 0 ? gmdate( 'Y-m-d H:i:s', (int) $value ) . ' UTC' : '',
			'blog_id' === $column                  => (int) $value > 0 ? (string) get_home_url( (int) $value ) : '',
			'event' === $column                    => $value . ': ' . ( Event::tryFrom( $value )?->meaning() ?? '' ),
			'detail' === $column                   => self::detail( $value ),
			default                                => Name::printable( $value ),
		};
	}

	/** The detail without the actor, who is somebody else. */
	private static function detail( string $json ): string {
		$detail = array_diff_key( array_filter( (array) json_decode( $json, true ), 'is_scalar' ), array( 'by' => true ) );
		return Name::printable(
			implode( ', ', array_map( static fn ( string $name, mixed $value ): string => $name . ': ' . $value, array_keys( $detail ), $detail ) )
		);
	}

	/**
	 * @param array<string, string> $columns
	 * @return array{label: string, columns: array<string, string>}
	 */
	private static function group( string $label, array $columns ): array {
		return array(
			'label'   => $label,
			'columns' => $columns,
		);
	}
}
