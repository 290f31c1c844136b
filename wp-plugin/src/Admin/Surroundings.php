<?php
declare( strict_types=1 );

namespace Sallyport\WP\Admin;

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Activity\Log;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Namespaces;
use Sallyport\WP\Probe\Verdict;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\ProbeResult;

/** The tests of SiteHealth about what stands around Sallyport: other plugins, pages of other sites, and doors they may have opened. */
final class Surroundings {
	/** Days of the activity log that are examined. */
	private const DAYS = 7;

	/** Core functions that determine the current user, and that another plugin may replace. */
	private const PLUGGABLE = array(
		'wp_set_current_user', 'wp_get_current_user', 'wp_validate_auth_cookie', 'wp_authenticate', 'wp_set_auth_cookie',
		'wp_set_password',
	);

	/** How a plugin is trusted with users it borrows (docs/hooks.md). */
	private const TRUST = "add_filter( 'sallyport_trust_switch', static fn ( bool \$trust, int \$user_id, array \$caller ): bool => \$trust || ( 'FILE' === \$caller['file'] && 'FUNCTION' === \$caller['function'] ), 10, 3 );";

	public function __construct(
		private readonly Policies $policies,
		private readonly Log $log,
		private readonly ProbeResult $probe,
		private readonly Namespaces $namespaces,
	) {}

	/** @return array<string, mixed> */
	public function probe(): array {
		$by = $this->policies->opened_by();
		if ( null !== $by ) {
			return SiteHealth::result( SiteHealth::CRITICAL, __( 'This site can be entered with a password alone', 'sallyport' ), $by );
		}
		$last = $this->probe->read();
		$how  = sprintf(
			/* translators: %s: address of a route, such as "/sallyport/v1/probe". */
			__( 'To test it, use the button “Test every door now” under Settings → Sallyport, the command wp sallyport probe, or, over REST as an administrator, POST %s.', 'sallyport' ),
			'/' . $this->namespaces->own() . '/probe'
		);
		$open = self::doors( $last['doors'] ?? array(), Verdict::Open );
		if ( array() !== $open ) {
			/* translators: %s: list of names, such as "wp-login.php". */
			$text = sprintf( __( 'A user with a second factor got in without it at: %s.', 'sallyport' ), implode( ', ', $open ) );
			return SiteHealth::result(
				SiteHealth::CRITICAL,
				__( 'This site can be entered with a password alone', 'sallyport' ),
				$text . ' ' . $how
			);
		}
		if ( null === $last || ! $last['current'] ) {
			$text = null === $last
				? __( 'The test creates a temporary user and tries every way into this site with the correct password and no code.', 'sallyport' )
				: __( 'WordPress or a plugin has changed since the last test, and an update can open a new way in.', 'sallyport' );
			return SiteHealth::result(
				SiteHealth::RECOMMENDED,
				__( 'Test whether this site can be entered with a password alone', 'sallyport' ),
				$text . ' ' . $how
			);
		}
		$text  = sprintf(
			/* translators: %s: date. */
			__( 'The doors were tested on %s, with the plugins as they are now.', 'sallyport' ),
			wp_date( (string) get_option( 'date_format' ), $last['time'] )
		);
		$other = self::doors( $last['doors'], Verdict::Unknown, Verdict::NotMade );
		if ( array() !== $other ) {
			/* translators: %s: list of names, such as "wp-login.php". */
			$text .= ' ' . sprintf( __( 'Not tested, or without a clear answer: %s.', 'sallyport' ), implode( ', ', $other ) );
		}
		return SiteHealth::result( SiteHealth::GOOD, __( 'No door of this site was found open to a password alone', 'sallyport' ), $text );
	}

	/**
	 * @param list<array<string, string>> $doors Of the last probe.
	 * @return list<string> Those of a verdict.
	 */
	private static function doors( array $doors, Verdict ...$verdicts ): array {
		$is_of = static fn ( array $door ): bool => in_array( Verdict::tryFrom( $door['verdict'] ), $verdicts, true );
		return array_column( array_filter( $doors, $is_of ), 'door' );
	}

	/** @return array<string, mixed> */
	public function pluggable(): array {
		$core     = realpath( ABSPATH . WPINC . '/pluggable.php' );
		$replaced = array();
		foreach ( self::PLUGGABLE as $name ) {
			$file = (string) ( new \ReflectionFunction( $name ) )->getFileName();
			if ( realpath( $file ) !== $core ) {
				$replaced[ $name . '()' ] = $file;
			}
		}
		return array() === $replaced
			? SiteHealth::result(
				SiteHealth::GOOD,
				__( 'WordPress itself decides who is signed in', 'sallyport' ),
				__( 'No other plugin replaces a function that signs someone in.', 'sallyport' )
			)
			: SiteHealth::result(
				SiteHealth::RECOMMENDED,
				__( 'Another plugin decides who is signed in', 'sallyport' ),
				__( 'It replaces functions of WordPress. A second factor is still demanded of the user a request counts as; but check that it does what it should.', 'sallyport' ),
				$replaced
			);
	}

	/** @return array<string, mixed> */
	public function switches( int $now ): array {
		$found = $this->details( Event::SwitchRefused, 'file', 'function', $now );
		return array() === $found
			? SiteHealth::result(
				SiteHealth::GOOD,
				__( 'No plugin borrowed a user with a second factor', 'sallyport' ),
				__( 'Within the last week none switched to one without a proof.', 'sallyport' )
			)
			: SiteHealth::result(
				SiteHealth::RECOMMENDED,
				__( 'A plugin switches to users with a second factor', 'sallyport' ),
				__( 'It was undone, and something of that plugin may not work. If you trust what it does there, allow it in a plugin of your own, by this line, with the file and the function as they stand below it:', 'sallyport' ),
				array( self::TRUST => '' ) + $found
			);
	}

	/** @return array<string, mixed> */
	public function credentials( int $now ): array {
		$found = $this->details( Event::CredentialRefused, 'found_by', 'iss', $now );
		return array() === $found
			? SiteHealth::result(
				SiteHealth::GOOD,
				__( 'No credential that another plugin issued was refused', 'sallyport' ),
				__( 'Within the last week none was presented for a user with a second factor.', 'sallyport' )
			)
			: SiteHealth::result(
				SiteHealth::RECOMMENDED,
				__( 'Credentials that another plugin issued were refused', 'sallyport' ),
				__( 'They are tokens or API keys of users with a second factor, and count for nothing, since the factor was not asked for. If a program of yours uses them, such as one that works with the keys of a shop, give it a user of its own without a second factor. The activity log says whose they are. These files accepted them:', 'sallyport' ),
				$found
			);
	}

	/** @return array<string, mixed> */
	public function origins( int $now ): array {
		$found = $this->details( Event::OriginRefused, 'origin', 'add', $now );
		return array() === $found
			? SiteHealth::result(
				SiteHealth::GOOD,
				__( 'No page of another site was refused an answer', 'sallyport' ),
				__( 'Within the last week no page that is not listed asked for one.', 'sallyport' )
			)
			: SiteHealth::result(
				SiteHealth::RECOMMENDED,
				__( 'Pages of other sites were refused an answer', 'sallyport' ),
				__( 'If one of them is a front end of yours, allow it as described here. If not, there is nothing to do.', 'sallyport' ),
				$found
			);
	}

	/** @return array<string, string> From the details of an event's rows: one field => the other. */
	private function details( Event $event, string $field, string $other, int $now ): array {
		$filter = array(
			'event' => $event->value,
			'after' => $now - self::DAYS * DAY_IN_SECONDS,
		);
		try {
			$details = array_column( $this->log->entries( $filter, 100 ), 'detail' );
		} catch ( Refusal ) {
			return array(); // The check of the tables says so.
		}
		$found = array_column(
			array_map(
				static fn ( object $detail ): array => array( (string) ( $detail->$field ?? '' ), (string) ( $detail->$other ?? '' ) ),
				$details
			),
			1,
			0
		);
		return array_diff_key( $found, array( '' => '' ) );
	}
}
