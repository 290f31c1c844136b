<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/FailClosedTestCase.php';

/** Somebody updates PHP, and the extension is gone. */
final class FailClosedExtensionTest extends FailClosedTestCase
{
    public function test_without_the_extension_nobody_enrolled_gets_in_and_it_comes_back(): void
    {
        $this->people();
        self::restart(['without-extension' => true]);
        $this->assertClosed('The PHP extension "sallyport" is not loaded. Install it and restart PHP.');
        self::restart();
        $this->assertOpen();
    }
}
