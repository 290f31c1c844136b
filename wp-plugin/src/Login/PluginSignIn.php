<?php
declare( strict_types=1 );

namespace Sallyport\WP\Login;

use Closure;
use Sallyport\WP\Client;
use Sallyport\WP\Gate\Acceptance;
use Sallyport\WP\Gate\Gate;
use Sallyport\WP\Gate\Presented;
use Sallyport\WP\OwnPage;
use Sallyport\WP\Refusal;
use WP_Session_Tokens;

/**
 * Another plugin's sign-in that bypasses core's authentication: by a link in a mail, or by an identity provider's assertion. Its
 * cookie is not accepted. The browser is led to the page of wp-login.php that continues the sign-in, and from there to where the
 * plugin sends it (adr/0040).
 */
final class PluginSignIn {
	/**
	 * @param Closure(): SecondStep $second_step
	 * @param Closure(): EnrolPage  $enrol_page
	 */
	public function __construct(
		private readonly Presented $presented,
		private readonly Acceptance $acceptance,
		private readonly Gate $gate,
		private readonly Closure $second_step,
		private readonly Closure $enrol_page,
	) {}

	/** Filter wp_redirect, last, in a request that has set a cookie. Not for a script (Fetch Metadata), which would read the page. */
	public function lead_on( string $location ): string {
		return 'empty' === Client::header( 'HTTP_SEC_FETCH_DEST' ) ? $location : $this->led_on( $location );
	}

	/** Filter login_redirect, last, in the same case: some plugins pass the URL to a script of their page. */
	public function led_on( string $location ): string {
		$user_id = $this->presented->given_to();
		if (
			! $this->can_be_led_on( $location )
			|| $this->presented->has_cookie_of_another( $user_id )
			|| $this->acceptance->accepts( $user_id )
		) {
			return $location;
		}
		try {
			$required = $this->gate->required( $user_id );
			if ( array( Gate::BROWSER ) === $required ) {
				return $location; // Another plugin's form alone verifies its factor.
			}
			$led = array() === $required
				? ( $this->enrol_page )()->lead( $user_id, $location )
				: ( $this->second_step )()->lead( $user_id, $location );
		} catch ( Refusal ) {
			return $location; // The cookie is not accepted, and wp-login.php says why.
		}
		WP_Session_Tokens::get_instance( $user_id )->destroy( (string) $this->presented->given( $user_id ) );
		wp_clear_auth_cookie();
		return $led;
	}

	/** Not for a URL of another site, nor if it leads to the second step already. An empty URL means that the plugin picks the page later. */
	private function can_be_led_on( string $location ): bool {
		return ! str_contains( $location, 'action=' . SecondStep::ACTION )
			&& ( '' === $location || '' !== OwnPage::of( $location, '' ) )
			&& OwnPage::shares_host()
			&& ! headers_sent();
	}
}
