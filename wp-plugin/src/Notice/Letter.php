<?php
declare( strict_types=1 );

namespace Sallyport\WP\Notice;

/**
 * The content of a notice, for the templates. All of it is plain text without line breaks, and not escaped; some of it comes
 * from whoever triggered the notice.
 */
final class Letter {
	/**
	 * @param string                $name   A value of Notice.
	 * @param string                $title  What happened, in a few words.
	 * @param string                $text   What happened, in sentences.
	 * @param array<string, string> $facts  Label => when, from where, on which device.
	 * @param string                $advice What to do about it.
	 * @param string                $site   Name of the site.
	 * @param string                $url    Its URL.
	 * @param string                $page   URL of the user's own Sign-in security, if they have something to do there; else empty.
	 * @param string                $locale The reader's, as in BCP 47.
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
