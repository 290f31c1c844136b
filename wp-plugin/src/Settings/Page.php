<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Closure;
use Sallyport\WP\Code;
use Sallyport\WP\Enrolment\Administering;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\Assets;
use Sallyport\WP\Security\Form;
use Sallyport\WP\Template;

/** Settings → Sallyport: the menu entry, the tabs, and what their forms have in common. */
final class Page {
	public const PAGE = 'sallyport';

	/** The capability for a site's page. */
	public const CAPABILITY = 'manage_options';

	public const NONCE = 'sallyport-settings';

	private ?Refusal $refusal = null;

	/**
	 * @param array<class-string<Tab>, Closure(): Tab> $tabs In order, each created when it is shown; the first is the default.
	 * @param Closure(): Administering                 $administering
	 * @param Closure(): string                        $own URL of one's own sign-in security.
	 */
	public function __construct(
		private readonly array $tabs,
		private readonly Closure $administering,
		private readonly Closure $own,
	) {}

	/** Actions admin_menu and network_admin_menu. */
	public function add(): void {
		add_submenu_page(
			is_network_admin() ? 'settings.php' : 'options-general.php',
			'Sallyport',
			'Sallyport',
			self::capability(),
			self::PAGE,
			$this->show( ... )
		);
	}

	/** Whether the current user may open it. */
	public static function may_be_seen(): bool {
		return current_user_can( self::capability() );
	}

	/** The capability it requires; in the network admin, the network's. */
	private static function capability(): string {
		return is_network_admin() ? 'manage_network_options' : self::CAPABILITY;
	}

	/** Before the page: handles a submitted form, and loads what the page needs. */
	public function load(): void {
		Assets::load_settings();
		if ( Form::is_sent() ) {
			$this->answer();
		}
		$GLOBALS['title'] = Form::title( $this->tab()::title() . ' ‹ Sallyport', null !== $this->refusal ); // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- as core's own screens do.
	}

	private function answer(): void {
		if ( ! self::may_be_seen() ) {
			wp_die( esc_html__( 'You are not allowed to do this.', 'sallyport' ), '', array( 'response' => 403 ) );
		}
		Form::require_nonce( self::NONCE );
		$tab = $this->tab();
		try {
			$done = $tab->handle( Form::action(), Form::fields() );
			if ( null !== $done ) {
				Form::go( self::url( $tab::slug() ), array( Form::DONE => $done ) );
			}
		} catch ( Refusal $refusal ) {
			if ( Code::StepUpRequired === $refusal->reason && ( $this->administering )()->has_proof( get_current_user_id() ) ) {
				Form::step_up( self::url( $tab::slug() ), Form::asked() );
			}
			$this->refusal = $refusal;
		}
	}

	public static function url( string $tab = '' ): string {
		$file = '?page=' . self::PAGE . ( '' === $tab ? '' : '&tab=' . $tab );
		return is_network_admin() ? network_admin_url( 'settings.php' . $file ) : admin_url( 'options-general.php' . $file );
	}

	/** URL of a setting of this site. */
	public static function of_setting( string $name ): string {
		return admin_url( 'options-general.php?page=' . self::PAGE . '&tab=' . SettingsTab::slug() . '#sallyport-setting-' . $name );
	}

	private function show(): void {
		$tab   = $this->tab();
		$tried = null !== $this->refusal;
		$page  = Template::own(
			'settings/page',
			array(
				'tabs'    => array_map( self::link( ... ), array_keys( $this->tabs ) ),
				'current' => $tab::slug(),
				'done'    => $tried ? '' : $tab::said( Form::said( Form::DONE ) ),
				'render'  => fn () => $tab->render(
					array(
						'url'     => self::url( $tab::slug() ),
						'own'     => ( $this->own )(),
						'nonce'   => self::NONCE,
						'refusal' => $this->refusal,
						'error'   => $tried ? Form::message( $this->refusal ) : '',
						'asked'   => $tried ? Form::asked() : Form::said( Form::OPEN ),
					)
				),
			)
		);
		echo $page; // phpcs:ignore WordPress.Security.EscapeOutput -- the template escapes.
	}

	/**
	 * @param class-string<Tab> $tab
	 * @return array{slug: string, title: string, url: string}
	 */
	private static function link( string $tab ): array {
		return array(
			'slug'  => $tab::slug(),
			'title' => $tab::title(),
			'url'   => self::url( $tab::slug() ),
		);
	}

	private function tab(): Tab {
		$wanted = Form::said( 'tab' );
		foreach ( $this->tabs as $class => $make ) {
			if ( $class::slug() === $wanted ) {
				return $make();
			}
		}
		return current( $this->tabs )();
	}
}
