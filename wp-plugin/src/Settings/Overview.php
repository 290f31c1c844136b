<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Coverage;
use Sallyport\WP\Fields;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Policies;
use Sallyport\WP\Probe\Probe;
use Sallyport\WP\Probe\Verdict;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\View;
use Sallyport\WP\Store\ProbeResult;
use Sallyport\WP\Store\State;
use Sallyport\WP\Template;

/** The state of the site: what is enforced, whom it protects, which doors are shut, and what needs attention. */
final class Overview implements Tab {
	/** Site Health's statuses, the worst first. */
	private const ORDER = array( 'critical', 'recommended', 'good' );

	/**
	 * @param Closure(?array<string, mixed>): array<string, array{label: string, test: callable(): array<string, mixed>}> $health Our tests of Site Health, given Coverage's counts.
	 * @param Closure(): Probe        $probe
	 * @param Closure(): Gate         $gate
	 * @param Closure(string): string $missing URL of the list of users, of a role or all, who must have a factor and have none.
	 */
	public function __construct(
		private readonly Closure $health,
		private readonly Coverage $coverage,
		private readonly Policies $policies,
		private readonly ProbeResult $result,
		private readonly Closure $probe,
		private readonly Closure $gate,
		private readonly Closure $missing,
		private readonly State $state,
	) {}

	public static function slug(): string {
		return 'overview';
	}

	public static function title(): string {
		return __( 'Overview', 'sallyport' );
	}

	public static function said( string $done ): string {
		return 'probed' === $done ? __( 'Every door was tested. The results are below.', 'sallyport' ) : '';
	}

	public function handle( string $what, Fields $fields ): string {
		if ( 'probe' !== $what ) {
			throw new Refusal( Code::InvalidParam );
		}
		$now = time();
		( $this->gate )()->require_step_up( get_current_user_id(), $now );
		( $this->probe )()->run( get_current_user_id(), wp_get_current_user()->user_login, $now );
		return 'probed';
	}

	public function render( array $shared ): void {
		$last    = $this->result->read();
		$opened  = $this->policies->opened_by();
		$counted = $this->coverage();
		$tests   = array_map( static fn ( array $test ): array => $test['test'](), ( $this->health )( $counted ) );
		$is      = static fn ( string $name, string $status ): bool => $status === $tests[ 'sallyport_' . $name ]['status'];
		$shown   = array(
			'mode'     => match ( true ) {
				Policies::is_disabled()                                    => 'disabled',
				$this->policies->monitors()                                => 'monitor',
				$is( 'engine', 'critical' ) || $is( 'tables', 'critical' ) => 'down',
				! $is( 'administrators', 'good' )                          => 'bare',
				default                                                    => 'on',
			},
			'bare'     => $tests['sallyport_administrators']['label'],
			'is_mine'  => ! $this->state->is_enrolled( get_current_user_id() ),
			'coverage' => $counted,
			'missing'  => current_user_can( 'list_users' ) ? $this->missing : null,
			'probed'   => $last['time'] ?? null,
			'opened'   => $opened,
			'current'  => null === $opened && ( $last['current'] ?? false ),
			'doors'    => self::by_verdict( $last['doors'] ?? array() ),
			'health'   => self::by_status( $tests ),
		);
		echo Template::own( 'settings/overview', array( 'view' => new View( $shared + $shown ) ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- the template escapes.
	}

	/**
	 * @param array<string, array<string, mixed>> $tests
	 * @return array<string, list<array<string, mixed>>> Status, the worst first => its results.
	 */
	private static function by_status( array $tests ): array {
		$results = array_fill_keys( self::ORDER, array() );
		foreach ( $tests as $result ) {
			$results[ $result['status'] ][] = $result;
		}
		return array_filter( $results );
	}

	/** @return array<string, mixed>|null As Coverage::count(); null if the store cannot tell. */
	private function coverage(): ?array {
		try {
			return $this->coverage->count();
		} catch ( Refusal ) {
			return null; // The check of the tables says why.
		}
	}

	/**
	 * @param list<array<string, string>> $doors
	 * @return array<string, list<array<string, string>>> Verdict, the worst first => its doors.
	 */
	private static function by_verdict( array $doors ): array {
		$found = array();
		foreach ( array( Verdict::Open, Verdict::Unknown, Verdict::NotMade, Verdict::Shut, Verdict::NotThere ) as $verdict ) {
			$found[ $verdict->value ] = array_values(
				array_filter( $doors, static fn ( array $door ): bool => $verdict->value === $door['verdict'] )
			);
		}
		return $found;
	}
}
