<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;

if (!extension_loaded('sallyport')) {
    fwrite(STDERR, "The extension is not loaded: php -d extension=target/release/libsallyport.so …\n");
    exit(1);
}

require __DIR__ . '/describe.php';

/** @return array<string, mixed> one file of tests/vectors */
function vectors(string $file): array
{
    return json_decode((string) file_get_contents(dirname(__DIR__, 2) . "/tests/vectors/$file"), true, 64, JSON_THROW_ON_ERROR);
}

/** @return iterable<string, array{array<string, mixed>}> a data provider */
function cases(string $file, string $list = 'cases'): iterable
{
    foreach (vectors($file)[$list] as $case) {
        yield $case['name'] => [$case];
    }
}

/**
 * A part of PHP that a test needs. In every Debian PHP it is built in, so if it is missing there, the test fails; only the thread-safe
 * PHP of bin/lib/fetch-php-zts is built without it.
 */
function module(string $name, bool $there): void
{
    if (PHP_ZTS && !$there) {
        TestCase::markTestSkipped("bin/lib/fetch-php-zts builds its PHP without $name; the other PHPs run this test");
    }
    TestCase::assertTrue($there, "this PHP has no $name");
}

/** @return class-string<Throwable>|'' the class of what $do throws */
function thrown(callable $do): string
{
    try {
        $do();
    } catch (Throwable $thrown) {
        return get_class($thrown);
    }
    return '';
}

/** The reason of the InvalidToken that $do throws, or ok. */
function reason(callable $do): string
{
    try {
        $do();
    } catch (Sallyport\Exception\InvalidToken $thrown) {
        return $thrown->reason();
    }
    return 'ok';
}
