<?php
declare( strict_types=1 );

namespace Sallyport\WP\Security;

use Closure;
use Sallyport\WP\OwnPage;

use const Sallyport\WP\PLUGIN_FILE;
use const Sallyport\WP\VERSION;

/** Sign-in security on the front end: the shortcode, the block, and a page of WooCommerce's account. */
final class FrontEnd {
	private const SHORTCODE = 'sallyport_security';
	private const BLOCK     = 'sallyport/security';
	public const ENDPOINT  = 'sallyport-security';

	private bool $is_shown   = false;
	private bool $is_refused = false;

	/** @param Closure(): OwnSecurity $own */
	public function __construct( private readonly Closure $own ) {}

	/** Action enqueue_block_editor_assets. */
	public function load_editor(): void {
		wp_enqueue_script(
			'sallyport-security-block',
			plugins_url( 'assets/block.js', PLUGIN_FILE ),
			array( 'wp-blocks', 'wp-element', 'wp-block-editor', 'wp-components' ),
			VERSION,
			true
		);
		$words = array(
			'title'       => __( 'Sign-in security', 'sallyport' ),
			'description' => __( 'Second factors, backup codes and devices of the user who is signed in.', 'sallyport' ),
		);
		wp_add_inline_script( 'sallyport-security-block', 'const sallyportBlock = ' . wp_json_encode( $words ) . ';', 'before' );
	}

	/** Action template_redirect: before any output. */
	public function begin(): void {
		if ( ! is_user_logged_in() || ( ! Form::is_sent() && ! $this->is_here() ) ) {
			return;
		}
		self::keep_private();
		Assets::load();
		$this->is_refused = Form::is_sent() && ! ( $this->own )()->act( self::here() );
	}

	/** Filter document_title_parts. */
	public function title( mixed $parts ): mixed {
		return is_array( $parts ) && is_string( $parts['title'] ?? null )
			? array( 'title' => Form::title( $parts['title'], $this->is_refused ) ) + $parts
			: $parts;
	}

	/** The HTML in the page; empty if the content is only read, for example by a feed or the REST API. */
	public function html(): string {
		if ( $this->is_shown || is_feed() || is_admin() || ( defined( 'REST_REQUEST' ) && REST_REQUEST ) ) {
			return '';
		}
		$this->is_shown = true;
		if ( ! is_user_logged_in() ) {
			return '<p><a href="' . esc_url( wp_login_url( self::here() ) ) . '">'
				. esc_html__( 'Sign in to see your sign-in security.', 'sallyport' ) . '</a></p>';
		}
		// For uses that begin() could not detect: in a template, a widget or a synced pattern.
		self::keep_private();
		Assets::load();
		return ( $this->own )()->html( self::here() );
	}

	/**
	 * Filter woocommerce_get_query_vars.
	 *
	 * @param mixed $vars
	 * @return mixed
	 */
	public function endpoint( mixed $vars ): mixed {
		return is_array( $vars ) ? array( self::ENDPOINT => self::ENDPOINT ) + $vars : $vars;
	}

	/**
	 * Filter woocommerce_account_menu_items: before the last entry, which signs out.
	 *
	 * @param mixed $items
	 * @return mixed
	 */
	public function menu( mixed $items ): mixed {
		return is_array( $items )
			? array_slice( $items, 0, -1, true )
				+ array( self::ENDPOINT => __( 'Sign-in security', 'sallyport' ) )
				+ array_slice( $items, -1, null, true )
			: $items;
	}

	/** Filter woocommerce_get_endpoint_url: does without a rewrite rule, which would have to be flushed first. */
	public function endpoint_url( mixed $url, mixed $endpoint, mixed $permalink ): mixed {
		return self::ENDPOINT === $endpoint && is_string( $permalink ) ? add_query_arg( self::ENDPOINT, '1', $permalink ) : $url;
	}

	/**
	 * Filter woocommerce_account_menu_item_classes: without a rewrite rule, WooCommerce would mark its first page as current.
	 *
	 * @param mixed $classes
	 * @return mixed
	 */
	public function menu_classes( mixed $classes, mixed $endpoint ): mixed {
		$is_here = null !== get_query_var( self::ENDPOINT, null );
		return $is_here && 'dashboard' === $endpoint && is_array( $classes )
			? array_values( array_diff( $classes, array( 'is-active' ) ) )
			: $classes;
	}

	/**
	 * Filter woocommerce_prevent_admin_access, last: WooCommerce keeps customers out of wp-admin. A customer who follows a link to
	 * their page there, for example in a mail, is redirected to the one in their account.
	 *
	 * @param mixed $prevented
	 * @return mixed
	 */
	public function instead_of_admin( mixed $prevented ): mixed {
		if ( $prevented && AdminPage::PAGE === ( $_GET['page'] ?? '' ) ) { // phpcs:ignore WordPress.Security -- compared only.
			OwnPage::go( wc_get_account_endpoint_url( self::ENDPOINT ) );
		}
		return $prevented;
	}

	/** A page that shows personal data must not be cached or framed. */
	private static function keep_private(): void {
		defined( 'DONOTCACHEPAGE' ) || define( 'DONOTCACHEPAGE', true );
		if ( ! headers_sent() ) {
			nocache_headers();
			send_frame_options_header();
		}
	}

	private function is_here(): bool {
		$post = is_singular() ? get_post() : null;
		return null !== get_query_var( self::ENDPOINT, null )
			|| ( null !== $post && ( has_shortcode( $post->post_content, self::SHORTCODE ) || has_block( self::BLOCK, $post ) ) );
	}

	/** URL of this page, without the query arguments of its forms. */
	private static function here(): string {
		$path = isset( $_SERVER['REQUEST_URI'] ) ? esc_url_raw( wp_unslash( $_SERVER['REQUEST_URI'] ) ) : '/';
		$home = wp_parse_url( home_url() );
		return ( $home['scheme'] ?? 'http' ) . '://' . ( $home['host'] ?? '' ) . ( isset( $home['port'] ) ? ':' . $home['port'] : '' )
			. remove_query_arg( array( Form::DONE, Form::OPEN, Form::STEP ), '/' . ltrim( $path, '/' ) );
	}
}
