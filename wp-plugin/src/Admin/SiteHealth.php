<?php
declare( strict_types=1 );

namespace Sallyport\WP\Admin;

use Sallyport\WP\Blog;
use Sallyport\WP\Engine;
use Sallyport\WP\Enrolment\Coverage;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Headlesskey;
use Sallyport\WP\Housekeeping;
use Sallyport\WP\Problem;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Clock;
use Sallyport\WP\Store\Schema;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Token\SigningKeys;

/** Our lines on Tools → Site Health: one method a test, here or in Surroundings, and one line in tests(). */
final class SiteHealth {
	/** Core's statuses: a security weakness is critical, what needs a look is recommended. */
	public const GOOD        = 'good';
	public const RECOMMENDED = 'recommended';
	public const CRITICAL    = 'critical';

	/** Seconds the clock may be off: an authenticator's code is valid for 30, and for 30 before and after. */
	private const CLOCK = 15;

	public function __construct(
		private readonly Engine $engine,
		private readonly Schema $schema,
		private readonly SigningKeys $keys,
		private readonly Settings $settings,
		private readonly Headlesskey $headlesskey,
		private readonly Policies $policies,
		private readonly Clock $clock,
		private readonly Coverage $coverage,
		private readonly Surroundings $surroundings,
	) {}

	/**
	 * Filter site_status_tests.
	 *
	 * @param mixed                     $tests   Core's and other plugins'.
	 * @param array<string, mixed>|null $counted As Coverage::count(), if the caller has it: with many users counting takes a while.
	 * @return mixed The same, and ours.
	 */
	public function tests( mixed $tests, ?array $counted = null ): mixed {
		$ours = array(
			'break_glass'    => $this->break_glass( ... ),
			'monitor'        => $this->monitor( ... ),
			'engine'         => $this->engine( ... ),
			'tables'         => $this->tables( ... ),
			'signing_key'    => $this->signing_key( ... ),
			'policy'         => $this->policy( ... ),
			'administrators' => fn (): array => $this->administrators( $counted ),
			'constants'      => $this->constants( ... ),
			'https'          => fn (): array => $this->https( wp_get_environment_type() ),
			'clock'          => fn (): array => $this->clock( time() ),
			'housekeeping'   => fn (): array => $this->housekeeping( time() ),
			'pluggable'      => $this->surroundings->pluggable( ... ),
			'switches'       => fn (): array => $this->surroundings->switches( time() ),
			'credentials'    => fn (): array => $this->surroundings->credentials( time() ),
			'origins'        => fn (): array => $this->surroundings->origins( time() ),
			'probe'          => $this->surroundings->probe( ... ),
		) + ( is_multisite() ? array( 'network' => Everywhere::result( ... ) ) : array() );
		foreach ( is_array( $tests ) ? $ours : array() as $name => $test ) {
			$tests['direct'][ 'sallyport_' . $name ] = array(
				'label' => 'Sallyport',
				'test'  => static fn (): array => array( 'test' => 'sallyport_' . $name ) + $test(),
			);
		}
		return $tests;
	}

	/** @return array<string, mixed> */
	private function break_glass(): array {
		return Policies::is_disabled()
			? self::result( self::CRITICAL, __( 'Nobody is asked for a second factor', 'sallyport' ), Notices::disabled() )
			: self::result(
				self::GOOD,
				__( 'The second factor is asked for', 'sallyport' ),
				__( 'SALLYPORT_DISABLE, the emergency switch for when nobody can sign in, is not set.', 'sallyport' )
			);
	}

	/** @return array<string, mixed> */
	private function monitor(): array {
		return $this->policies->monitors()
			? self::result( self::CRITICAL, __( 'Sign-ins without the second factor are only reported, not refused', 'sallyport' ), Notices::monitoring() )
			: self::result(
				self::GOOD,
				__( 'Sign-ins without the second factor are refused', 'sallyport' ),
				__( 'Monitor-only is off.', 'sallyport' )
			);
	}

	/** @return array<string, mixed> */
	private function engine(): array {
		try {
			$this->engine->require();
		} catch ( Refusal $refusal ) {
			$text = (string) $refusal->problem?->message();
			if (
				in_array( $refusal->problem, array( Problem::MasterKeyMissing, Problem::MasterKeyUnmade ), true )
				&& str_starts_with( PHP_SAPI, 'fpm' )
			) {
				$text .= ' ' . __( 'php-fpm hides the environment from PHP unless its pool says clear_env = no.', 'sallyport' );
			}
			return self::result( self::CRITICAL, __( 'Users with a second factor cannot sign in: extension or master key', 'sallyport' ), $text );
		}
		/* translators: %s: version. */
		$text = sprintf( __( 'The PHP extension is version %s, and the master key is the one this site\'s secrets were encrypted with.', 'sallyport' ), (string) phpversion( 'sallyport' ) );
		return self::result( self::GOOD, __( 'Extension and master key are in order', 'sallyport' ), $text );
	}

	/** @return array<string, mixed> */
	private function tables(): array {
		try {
			$this->schema->require_tables();
		} catch ( Refusal $refusal ) {
			return self::result(
				self::CRITICAL,
				__( 'Users with a second factor cannot sign in: the database', 'sallyport' ),
				(string) $refusal->problem?->message()
			);
		}
		try {
			$this->schema->require_writable();
		} catch ( Refusal ) {
			return self::result(
				self::CRITICAL,
				__( 'Users with a second factor cannot sign in: the database', 'sallyport' ),
				__( 'It can be read, but takes no writes: it is a replica, or its user may not write. A code counts only once it is written down as used.', 'sallyport' )
			);
		}
		return self::result(
			self::GOOD,
			__( 'Sallyport\'s tables can be read and written', 'sallyport' ),
			__( 'Every one of them answered.', 'sallyport' )
		);
	}

	/** @return array<string, mixed> */
	private function signing_key(): array {
		try {
			$this->keys->keyring();
		} catch ( Refusal $refusal ) {
			return self::result(
				self::CRITICAL,
				__( 'Sallyport issues and accepts no tokens of its own', 'sallyport' ),
				(string) $refusal->problem?->message()
			);
		}
		return self::result( self::GOOD, __( 'Tokens can be signed', 'sallyport' ), __( 'The signing key can be used.', 'sallyport' ) );
	}

	/** @return array<string, mixed> */
	private function policy(): array {
		return $this->policies->is_broken()
			? self::result( self::CRITICAL, __( 'The policy on second factors cannot be read', 'sallyport' ), Notices::policy_is_broken() )
			: self::result(
				self::GOOD,
				__( 'The policy on second factors can be read', 'sallyport' ),
				__( 'The rules apply as they were set.', 'sallyport' )
			);
	}

	/**
	 * @param array<string, mixed>|null $counted As Coverage::count(); null: count now.
	 * @return array<string, mixed>
	 */
	private function administrators( ?array $counted ): array {
		try {
			$of = ( $counted ?? $this->coverage->count() )['administrators'];
		} catch ( Refusal $refusal ) {
			return self::result(
				self::RECOMMENDED,
				__( 'Could not determine whether every administrator has a second factor', 'sallyport' ),
				(string) $refusal->problem?->message()
			);
		}
		$bare = $of['users'] - $of['protected'];
		return 0 === $bare
			? self::result(
				self::GOOD,
				__( 'Every administrator has a second factor', 'sallyport' ),
				__( 'A stolen password alone opens none of their accounts.', 'sallyport' )
			)
			: self::result(
				self::RECOMMENDED,
				sprintf(
					/* translators: 1: administrators without a second factor, 2: all administrators. */
					_n( '%1$s of %2$s administrators has no second factor', '%1$s of %2$s administrators have no second factor', $bare, 'sallyport' ),
					number_format_i18n( $bare ),
					number_format_i18n( $of['users'] )
				),
				__( 'A password alone is enough to sign in to these accounts, and anyone who gets hold of one can take over the site. Each administrator sets up a second factor under Users → Sign-in security. To require it, go to Settings → Sallyport → Policy.', 'sallyport' )
			);
	}

	/** @return array<string, mixed> */
	private function constants(): array {
		$unfit = array( ...$this->settings->unfit(), ...$this->headlesskey->unfit() );
		return array() === $unfit
			? self::result(
				self::GOOD,
				__( 'Sallyport\'s constants can be used', 'sallyport' ),
				__( 'Every one set in wp-config.php has a valid value.', 'sallyport' )
			)
			: self::result(
				self::RECOMMENDED,
				__( 'A constant of Sallyport\'s cannot be used', 'sallyport' ),
				implode( ' ', array_map( Notices::unfit( ... ), $unfit ) )
			);
	}

	/**
	 * @param string $environment As wp_get_environment_type() returns it.
	 * @return array<string, mixed>
	 */
	public function https( string $environment ): array {
		$encrypted = 'https' === strtolower( (string) wp_parse_url( (string) get_option( 'home' ), PHP_URL_SCHEME ) );
		if ( ! $encrypted && 'local' !== $environment ) {
			return self::result(
				self::CRITICAL,
				__( 'Passwords, codes and tokens travel unencrypted', 'sallyport' ),
				__( 'The address of this site begins with http, so anyone along the way can read what people sign in with. Get a certificate, then change the address under Settings → General.', 'sallyport' )
			);
		}
		if ( 'false' === $this->settings->get( 'require_https' ) && 'local' !== $environment ) {
			return self::result(
				self::RECOMMENDED,
				__( 'Sallyport answers plain HTTP', 'sallyport' ),
				__( 'The setting require_https says so. A client that calls the wrong address sends its password in the clear, and nobody notices. Set it back to auto.', 'sallyport' )
			);
		}
		return $encrypted
			? self::result(
				self::GOOD,
				__( 'Passwords and tokens travel encrypted', 'sallyport' ),
				__( 'This site has HTTPS, and Sallyport\'s routes take nothing else.', 'sallyport' )
			)
			: self::result(
				self::GOOD,
				__( 'A local site may do without HTTPS', 'sallyport' ),
				__( 'The environment (WP_ENVIRONMENT_TYPE) is local; in any other, HTTPS is demanded.', 'sallyport' )
			);
	}

	/** @return array<string, mixed> */
	public function clock( int $now ): array {
		$off = $this->clock->off( $now );
		if ( null === $off ) {
			return self::result(
				self::GOOD,
				__( 'The clock has not been compared yet', 'sallyport' ),
				__( 'It is compared with WordPress.org whenever WordPress checks for updates, and with the clock of the database.', 'sallyport' )
			);
		}
		return abs( $off ) > self::CLOCK
			? self::result(
				self::CRITICAL,
				__( 'The clock of the server is wrong', 'sallyport' ),
				sprintf(
					/* translators: %d: seconds. */
					_n( 'It is %d second off. Codes of authenticator apps go by the time: they are refused when the two clocks differ by more than half a minute. Have the server keep its time by NTP.', 'It is %d seconds off. Codes of authenticator apps go by the time: they are refused when the two clocks differ by more than half a minute. Have the server keep its time by NTP.', abs( $off ), 'sallyport' ),
					abs( $off )
				)
			)
			: self::result(
				self::GOOD,
				__( 'The clock of the server is right', 'sallyport' ),
				__( 'Codes of authenticator apps go by it.', 'sallyport' )
			);
	}

	/** @return array<string, mixed> */
	public function housekeeping( int $now ): array {
		$next = Blog::on( get_main_site_id(), static fn () => wp_next_scheduled( Housekeeping::EVENT ) );
		return (int) $next < $now - HOUR_IN_SECONDS
			? self::result(
				self::RECOMMENDED,
				__( 'Sallyport\'s daily job is overdue', 'sallyport' ),
				__( 'What has expired is not deleted, and the activity log is kept longer than it should be. Expired tokens and codes are refused all the same. See that WP-Cron runs: wp cron event run --due-now, or a system cron job.', 'sallyport' )
			)
			: self::result(
				self::GOOD,
				__( 'Sallyport\'s daily job runs', 'sallyport' ),
				__( 'What has expired is deleted once a day.', 'sallyport' )
			);
	}

	/**
	 * @param string                $status One of the constants.
	 * @param string                $label  In a few words; plain text, like $text.
	 * @param array<string, string> $list   Item => its description; either may contain text that anybody chose.
	 * @return array{label: string, status: string, badge: array{label: string, color: string}, description: string, actions: string}
	 */
	public static function result( string $status, string $label, string $text, array $list = array() ): array {
		$items = '';
		foreach ( $list as $what => $of_it ) {
			$items .= sprintf(
				'' === $of_it ? '<li><code>%s</code></li>' : '<li><code>%s</code> <code>%s</code></li>',
				esc_html( (string) $what ),
				esc_html( $of_it )
			);
		}
		return array(
			'label'       => $label,
			'status'      => $status,
			'badge'       => array(
				'label' => __( 'Security', 'sallyport' ),
				'color' => match ( $status ) {
					self::GOOD     => 'blue',
					self::CRITICAL => 'red',
					default        => 'orange',
				},
			),
			'description' => '<p>' . esc_html( $text ) . '</p>' . ( '' === $items ? '' : '<ul>' . $items . '</ul>' ),
			'actions'     => '',
		);
	}
}
