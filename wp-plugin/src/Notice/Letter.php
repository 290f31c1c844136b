<?php
declare( strict_types=1 );

namespace Sallyport\WP\Notice;

/**
 * What a notice says: what templates print. Everything is plain text, without line breaks, and not escaped; some of it was
 * written by whoever brought the notice about.
 */
final class Letter {
	/**
	 * @param string                $name   A value of Notice.
	 * @param string                $title  What happened, in a few words.
	 * @param string                $text   In sentences.
	 * @param array<string, string> $facts  Label => when, from where, on what.
	 * @param string                $advice What to do about it.
	 * @param string                $site   Name of the site.
	 * @param string                $url    Its address.
	 * @param string                $page   Address of the user's own Sign-in security, where they have something to do there; else empty.
	 * @param string                $locale The reader's, as BCP 47 has it.
	 */
	public function __construct(
		public readonly string $name,
		public readonly string $title,
		public readonly string $text,
		public readonly array $facts,
		public readonly string $advice,
		public readonly string $site,
		public readonly string $url,
		public readonly string $page,
		public readonly string $locale,
	) {}
}
