<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Sallyport\WP\Activity\Event;
use Sallyport\WP\Activity\Log;
use Sallyport\WP\Code;
use Sallyport\WP\Fields;
use Sallyport\WP\Name;
use Sallyport\WP\Namespaces;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\Form;
use Sallyport\WP\Security\View;
use Sallyport\WP\Template;

/** The activity log: a chart of a month, and the entries, filtered by the URL. */
final class ActivityLog implements Tab {
	/** Entries on a page. */
	private const PAGE = 50;

	/** Days in the chart. */
	private const DAYS = 30;

	public function __construct(
		private readonly Log $log,
		private readonly Namespaces $namespaces,
	) {}

	public static function slug(): string {
		return 'activity';
	}

	public static function title(): string {
		return __( 'Activity', 'sallyport' );
	}

	public static function said( string $done ): string {
		return '';
	}

	public function handle( string $what, Fields $fields ): string {
		throw new Refusal( Code::InvalidParam );
	}

	public function render( array $shared ): void {
		$query = new ActivityQuery( wp_unslash( $_GET ) ); // phpcs:ignore WordPress.Security.NonceVerification -- it only asks.
		$shown = array(
			'query'  => $query,
			'hidden' => array(
				'page' => Page::PAGE,
				'tab'  => self::slug(),
			),
			'events' => array_combine( array_column( Event::cases(), 'value' ), Event::cases() ),
			'codes'  => array( 'ok', ...array_column( Code::cases(), 'value' ) ),
			'days'   => self::DAYS,
		);
		try {
			$shown += $this->found( $query, $shared['url'] );
			// The chart is not filtered: beside filtered entries it would mislead.
			$shown += array() === $query->address( $query->page )
				? array( 'chart' => new Chart( $this->log->days( self::kinds(), self::DAYS, time() ) ) )
				: array();
		} catch ( Refusal $refusal ) {
			$shared['error'] = self::message( $refusal );
		}
		echo Template::own( 'settings/activity', array( 'view' => new View( $shared + $shown ) ) ); // phpcs:ignore WordPress.Security.EscapeOutput -- the template escapes.
	}

	/**
	 * @return array{total: int, entries: list<array<string, mixed>>, page: int, pages: int, at: callable(int): string, files: list<string>}
	 * @throws Refusal As ActivityQuery and Log.
	 */
	private function found( ActivityQuery $query, string $url ): array {
		$filter = $query->filter();
		$total  = $this->log->count( $filter );
		$pages  = max( 1, (int) ceil( $total / self::PAGE ) );
		$page   = min( $query->page, $pages );
		$file   = fn ( int $part ): string => add_query_arg(
			array_map(
				'rawurlencode',
				array(
					'format'   => 'csv',
					'page'     => (string) $part,
					'_wpnonce' => wp_create_nonce( 'wp_rest' ),
				) + $query->route()
			),
			rest_url( $this->namespaces->own() . '/activity' )
		);
		return array(
			'total'   => $total,
			'entries' => array_map( self::in_words( ... ), $this->log->entries( $filter, self::PAGE, ( $page - 1 ) * self::PAGE ) ),
			'page'    => $page,
			'pages'   => $pages,
			'at'      => static fn ( int $to ): string => add_query_arg( array_map( 'rawurlencode', $query->address( $to ) ), $url ),
			'files'   => 0 === $total ? array() : array_map( $file, range( 1, (int) ceil( $total / Log::FILE ) ) ),
		);
	}

	/**
	 * @param array<string, mixed> $entry As Log returns it.
	 * @return array<string, mixed> With the device `in_words`.
	 */
	private static function in_words( array $entry ): array {
		return array( 'in_words' => Name::in_words( $entry['device'] ) ) + $entry;
	}

	private static function message( Refusal $refusal ): string {
		return match ( $refusal->field() ) {
			'from', 'to' => __( 'Please enter dates such as 2026-10-27.', 'sallyport' ),
			'event'      => __( 'There is no such event.', 'sallyport' ),
			default      => Form::message( $refusal ),
		};
	}

	/** @return array<string, list<Event>> What the chart counts: kind => its events. */
	private static function kinds(): array {
		return array(
			Chart::RIGHT   => array( Event::CodeAccepted, Event::DeviceAccepted ),
			Chart::REFUSED => array(
				Event::LoginRefused, Event::PasswordRefused, Event::CodeRefused, Event::CodeReplayed, Event::CredentialRefused,
				Event::RefreshReused, Event::DeviceReused,
			),
			Chart::LOCKED  => array( Event::LockBegan, Event::SecondStepLocked, Event::PasswordThrottled, Event::AccountThrottled ),
		);
	}
}
