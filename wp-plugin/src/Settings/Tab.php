<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Sallyport\WP\Fields;
use Sallyport\WP\Refusal;

/** One tab of Settings → Sallyport: a class, a template of templates/settings/, and a line in Configuring. */
interface Tab {
	/** Its name in the URL. */
	public static function slug(): string;

	/** Its name for people, as plain text. */
	public static function title(): string;

	/**
	 * Prints the tab, escaped.
	 *
	 * @param array<string, mixed> $shared What Security\View needs besides the tab's own data: `url`, `own`, `nonce`, `refusal`, `error`, `asked`.
	 */
	public function render( array $shared ): void;

	/**
	 * Performs the action of a form of this tab. The nonce and the sender's capability are already checked.
	 *
	 * @param string $what   The value of its field Form::DO.
	 * @param Fields $fields The non-empty fields.
	 * @return string|null A short name of what was done, for said() and the URL after the redirect. Null: the tab is shown again,
	 *                     and shows the result itself.
	 * @throws Refusal The tab is shown again with the error, or the step-up page comes first.
	 */
	public function handle( string $what, Fields $fields ): ?string;

	/** What was done, for people, as plain text; empty for a name that handle() never returns. */
	public static function said( string $done ): string;
}
