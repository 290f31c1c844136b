<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/FailClosedTestCase.php';

/** The extension is missing, for example after an update of PHP. */
final class FailClosedExtensionTest extends FailClosedTestCase
{
    public function test_without_the_extension_nobody_enrolled_gets_in_and_it_comes_back(): void
    {
        $this->people();
        self::restart(['without-extension' => true]);
        $notice = 'The PHP extension “sallyport” is not loaded in the PHP that runs this site: version ' . PHP_VERSION;
        $this->assertClosed($notice);
        $said = substr_count((string) file_get_contents(static::site()->info['debug_log']), "Sallyport: $notice");
        self::assertContains($said, [1, 2, 3], 'once a minute, in about thirty refusals');
        $rows = self::activity(self::$person->id, 'login_refused');
        self::assertNotSame([], $rows);
        self::assertSame(['problem' => 'ExtensionMissing'], json_decode(end($rows)['detail'], true));
        self::restart();
        $this->assertOpen();
    }

    public function test_nor_with_an_extension_of_another_version(): void
    {
        $this->people();
        $version = static::site()->php('return phpversion("sallyport");');
        // The plugin is updated, and the extension is not.
        $file = static::site()->dir . '/wp-content/plugins/sallyport/src/Engine.php';
        $plugin = file_get_contents($file);
        file_put_contents($file, preg_replace("/(const EXTENSION = ')[0-9.]+'/", '${1}9.7\'', $plugin, 1, $changed));
        self::assertSame(1, $changed);
        try {
            $this->assertClosed("The PHP extension “sallyport” is version $version, but this plugin needs 9.7.x. Install the matching version and restart PHP.");
        } finally {
            file_put_contents($file, $plugin);
        }
        $this->assertOpen();
    }
}
