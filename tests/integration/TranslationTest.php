<?php

declare(strict_types=1);

/** A translation in the plugin's own folder is found without an explicit call, and read when the first text is. */
final class TranslationTest extends WPTestCase
{
    public function test_german_is_read_from_the_plugins_own_folder_when_a_text_is_asked_for(): void
    {
        self::assertSame('Sign-in security', __('Sign-in security', 'sallyport'));
        add_filter('locale', static fn (): string => 'de_DE');
        unload_textdomain('sallyport', true);
        self::assertFalse(is_textdomain_loaded('sallyport'), 'a request that translates nothing reads nothing');
        try {
            self::assertSame('Sichere Anmeldung', __('Sign-in security', 'sallyport'));
            self::assertTrue(is_textdomain_loaded('sallyport'));
            self::assertSame('2 Codes übrig', sprintf(_n('%d code left', '%d codes left', 2, 'sallyport'), 2));
            self::assertSame('1 Code übrig', sprintf(_n('%d code left', '%d codes left', 1, 'sallyport'), 1));
            self::assertSame('Zum Anmelden ist ein zweiter Faktor nötig.', Sallyport\WP\Code::SecondFactorRequired->message());
        } finally {
            remove_all_filters('locale');
            unload_textdomain('sallyport', true);
        }
        self::assertSame('Sign-in security', __('Sign-in security', 'sallyport'));
    }
}
