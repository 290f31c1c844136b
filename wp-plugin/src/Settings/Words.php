<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use LogicException;

/**
 * The texts about each setting: the single source of the page's text and of docs/settings.md, which a test compares.
 *
 * A new setting is a line in Store\Settings, a line in a group, and its texts here.
 */
final class Words {
	/** @return array<string, list<string>> Title of a group => its settings. */
	public static function groups(): array {
		return array(
			__( 'Tokens', 'sallyport' )                     => array(
				'token_ttl', 'refresh_ttl', 'family_ttl', 'refresh_cookie', 'refresh_by_token', 'algorithm',
			),
			__( 'Sign-ins and devices', 'sallyport' )       => array( 'device_limit', 'totp_skew', 'trusted_devices', 'app_passwords_denied' ),
			__( 'Network and proxies', 'sallyport' )        => array( 'require_https', 'trusted_proxies', 'proxy_header' ),
			__( 'Front ends on other origins', 'sallyport' ) => array( 'cors' ),
			__( 'Accounts and mail', 'sallyport' )          => array( 'register_confirm', 'reset_url' ),
			__( 'Privacy and retention', 'sallyport' )      => array( 'activity_address', 'activity_days', 'uninstall' ),
			__( 'Other sites', 'sallyport' )                => array( 'sso_trust_email', 'webhook_allow_private' ),
			__( 'Other plugins', 'sallyport' )              => array( 'strict', 'headlesskey', 'wp2fa_get' ),
			__( 'Routes', 'sallyport' )                     => array( 'route_roles', 'rest_namespace', 'rest_version' ),
		);
	}

	/** The setting's title. */
	public static function title( string $name ): string {
		return match ( $name ) {
			'token_ttl'             => __( 'Access token lifetime', 'sallyport' ),
			'algorithm'             => __( 'Algorithm of the next signing key', 'sallyport' ),
			'refresh_ttl'           => __( 'Refresh token lifetime', 'sallyport' ),
			'family_ttl'            => __( 'Maximum length of a sign-in', 'sallyport' ),
			'refresh_by_token'      => __( 'Renew by access token', 'sallyport' ),
			'refresh_cookie'        => __( 'Refresh tokens in a cookie', 'sallyport' ),
			'device_limit'          => __( 'Simultaneous sign-ins per user', 'sallyport' ),
			'totp_skew'             => __( 'Tolerance for authenticator codes', 'sallyport' ),
			'trusted_devices'       => __( 'Trusted devices', 'sallyport' ),
			'activity_address'      => __( 'IP addresses in the activity log', 'sallyport' ),
			'activity_days'         => __( 'Activity log retention', 'sallyport' ),
			'sso_trust_email'       => __( 'Vouch for every email address', 'sallyport' ),
			'rest_namespace'        => __( 'Namespace of the routes', 'sallyport' ),
			'rest_version'          => __( 'Version of the routes', 'sallyport' ),
			'register_confirm'      => __( 'Registration by email', 'sallyport' ),
			'reset_url'             => __( 'Page for a new password', 'sallyport' ),
			'headlesskey'           => __( 'HeadlessKey’s names', 'sallyport' ),
			'trusted_proxies'       => __( 'Trusted proxies', 'sallyport' ),
			'proxy_header'          => __( 'Client address header', 'sallyport' ),
			'require_https'         => __( 'HTTPS only', 'sallyport' ),
			'cors'                  => __( 'Allowed origins', 'sallyport' ),
			'app_passwords_denied'  => __( 'Roles without application passwords', 'sallyport' ),
			'uninstall'             => __( 'When the plugin is deleted', 'sallyport' ),
			'strict'                => __( 'Block other plugins’ unproven tokens', 'sallyport' ),
			'wp2fa_get'             => __( 'WP 2FA’s login by GET', 'sallyport' ),
			'webhook_allow_private' => __( 'Webhooks to private addresses', 'sallyport' ),
			'route_roles'           => __( 'Who may call a route', 'sallyport' ),
			default                 => throw new LogicException( $name ),
		};
	}

	/** The setting's consequences. */
	public static function consequence( string $name ): string {
		return match ( $name ) {
			'token_ttl'             => __( 'Seconds an access token is good for. A service that verifies tokens by nothing but the keys learns of a sign-out only once they are over. Under HeadlessKey’s names it is 3600 where this is not set.', 'sallyport' ),
			'algorithm'             => __( 'The algorithm of the next signing key. HS…: a secret only this site can verify with; the others can be verified by anyone with the published key. The key that signs now stays until it is rotated.', 'sallyport' ),
			'refresh_ttl'           => __( 'Seconds a refresh token may go unused. Users who do not come back in that time must sign in again.', 'sallyport' ),
			'family_ttl'            => __( 'How long a sign-in lasts at most, in seconds, however often it is refreshed.', 'sallyport' ),
			'refresh_by_token'      => __( 'Whether an access token can be exchanged for a fresh one, as HeadlessKey does. Whoever steals one then keeps it alive until the sign-in ends.', 'sallyport' ),
			'refresh_cookie'        => __( 'Whether refresh tokens go into a cookie that no script reads, and not into the body. For browsers; an app then has to keep that cookie.', 'sallyport' ),
			'device_limit'          => __( 'In how many places a user may be signed in at once. Beyond that the oldest sign-in ends; 0 means 100.', 'sallyport' ),
			'totp_skew'             => __( 'How many steps an authenticator app’s code may be early or late: its clock and ours differ, and people take time to type. With 0 a code is good only in its own step, which is 30 seconds as a rule; anyone who is slow, or whose clock is off, is refused more often.', 'sallyport' ),
			'trusted_devices'       => __( 'Whether users may have a device trusted. It then stands in for the code, together with the right password; with this off, everyone is asked for a code at every sign-in.', 'sallyport' ),
			'activity_address'      => __( 'How much of a client’s address the activity log keeps: all of it, the network it is from, or nothing. With less, an attack is harder to trace.', 'sallyport' ),
			'activity_days'         => __( 'Days the activity log goes back. Older rows are deleted every day; 0 keeps them for ever.', 'sallyport' ),
			'sso_trust_email'       => __( 'Whether this site vouches for the address of every account when it signs users in to connected sites. Only where nobody but administrators makes accounts: anyone who may type an address in here becomes its owner there.', 'sallyport' ),
			'rest_namespace'        => __( 'The first half of the name the routes answer under. Every client has to follow a change at once.', 'sallyport' ),
			'rest_version'          => __( 'The second half of that name. Every client has to follow a change at once.', 'sallyport' ),
			'register_confirm'      => __( 'Whether a registration is answered alike for everyone, and all the rest goes by mail. Without it, anyone who asks learns which addresses have an account.', 'sallyport' ),
			'reset_url'             => __( 'The front end’s page for a new password, to which the mails link; without one it is wp-login.php’s. Whoever runs that page sees the links’ codes. On a network a site’s own is for its members, and not for those who run the network or another site.', 'sallyport' ),
			'headlesskey'           => __( 'Whether the routes answer under HeadlessKey’s names as well. Its clients keep working unchanged, and its constants are read.', 'sallyport' ),
			'trusted_proxies'       => __( 'Addresses and ranges of the proxies whose word on the client counts. One too few, and all clients share one limit; one too many, and whoever sits there escapes every limit. On a network it is the network’s to set: what a site says counts for the main site only.', 'sallyport' ),
			'proxy_header'          => __( 'The one header in which they tell the client’s address. It must be one that they always set themselves, or clients can claim any address. On a network it is the network’s to set: what a site says counts for the main site only.', 'sallyport' ),
			'require_https'         => __( 'Whether plain HTTP is refused. “auto” refuses it where the site’s address is https and the environment is not local.', 'sallyport' ),
			'cors'                  => __( 'Origins whose pages may read the answers, besides the site’s own. A page of any other origin is refused by the browser.', 'sallyport' ),
			'app_passwords_denied'  => __( 'Roles whose users have no application passwords; * for everyone. Existing ones stop working.', 'sallyport' ),
			'strict'                => __( 'Whether to withhold another plugin’s token that names a user with a second factor but carries no proof. A plugin that Sallyport does not know may stop working for these users.', 'sallyport' ),
			'wp2fa_get'             => __( 'Whether WP 2FA’s login is answered by GET, too. Codes then end up in the logs of every server on the way.', 'sallyport' ),
			'uninstall'             => __( 'What stays when the plugin is deleted. “keep”: what guards accounts, so that it guards them again when the plugin is back. “everything”: everything is removed, and users must set up a second factor again. On a network the main site’s counts.', 'sallyport' ),
			'webhook_allow_private' => __( 'Whether webhooks may go by plain http, and to addresses that are not on the internet. Whoever may add one can then make this server call others inside its network. On a network it is the network’s to set: what a site says counts for the main site only.', 'sallyport' ),
			'route_roles'           => __( 'Who may call a route: off, signed-in, or roles. It only restricts; a route that is not named here stays open to those it is made for.', 'sallyport' ),
			default                 => throw new LogicException( $name ),
		};
	}

	/** How its value is written; empty if the field itself shows that. */
	public static function form( string $name ): string {
		return match ( $name ) {
			'token_ttl'             => __( 'A whole number of seconds, from 60 to a year.', 'sallyport' ),
			'refresh_ttl', 'family_ttl' => __( 'A whole number of seconds, from 60 to ten years.', 'sallyport' ),
			'device_limit'          => __( 'A whole number from 0 to 100.', 'sallyport' ),
			'totp_skew'             => __( '0 or 1.', 'sallyport' ),
			'activity_days'         => __( 'A whole number of days, from 0 to 36500.', 'sallyport' ),
			'cors'                  => __( 'Origins such as https://app.example, with commas between them; or * alone for any, without cookies.', 'sallyport' ),
			'trusted_proxies'       => __( 'IP addresses or ranges such as 10.0.0.0/8, with commas between them.', 'sallyport' ),
			'app_passwords_denied'  => __( 'Names of roles such as editor, with commas between them.', 'sallyport' ),
			'route_roles'           => __( 'A route and who may call it, such as register=off or sso/issue=editor|administrator, with commas between them.', 'sallyport' ),
			'rest_namespace'        => __( 'Lower-case letters, figures, - and _, with slashes between them.', 'sallyport' ),
			'rest_version'          => __( 'A word such as v1.', 'sallyport' ),
			'reset_url'             => __( 'An address such as https://app.example/new-password.', 'sallyport' ),
			default                 => '',
		};
	}

	/** The unit of its value; empty if it has none. */
	public static function unit( string $name, int $n ): string {
		return match ( $name ) {
			'token_ttl', 'refresh_ttl', 'family_ttl' => _n( 'second', 'seconds', $n, 'sallyport' ),
			'device_limit'  => _n( 'sign-in', 'sign-ins', $n, 'sallyport' ),
			'totp_skew'     => _n( 'step', 'steps', $n, 'sallyport' ),
			'activity_days' => _n( 'day', 'days', $n, 'sallyport' ),
			default         => '',
		};
	}
}
