<?php
declare( strict_types=1 );

namespace Sallyport\WP\Settings;

use Sallyport\WP\Fields;
use Sallyport\WP\Refusal;

/** One tab of Settings → Sallyport: a class, a template of templates/settings/, and a line in Configuring. */
interface Tab {
	/** Its name in the address. */
	public static function slug(): string;

	/** Its name for people, as plain text. */
	public static function title(): string;

	/**
	 * Prints it, escaped.
	 *
	 * @param array<string, mixed> $shared What Security\View wants beside what the tab shows: `url`, `own`, `nonce`, `refusal`, `error`, `asked`.
	 */
	public function render( array $shared ): void;

	/**
	 * Does what a form of this tab wants, whose nonce and whose sender's capability are checked already.
	 *
	 * @param string $what   What its field Form::DO says.
	 * @param Fields $fields All of them; what is empty is not among them.
	 * @return string|null What was done, for people, as said() knows it: a short name, for the address that comes back; null: the tab is
	 *                     shown again, and says itself what is to be looked at.
	 * @throws Refusal The tab is shown again with what it says, or the step-up page first.
	 */
	public function handle( string $what, Fields $fields ): ?string;

	/** What was done, for people, as plain text; empty for a name that handle() never answers. */
	public static function said( string $done ): string;
}
