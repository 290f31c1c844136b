<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/FailClosedTestCase.php';

/** The master key is lost, replaced, or set twice with different values. */
final class FailClosedKeyTest extends FailClosedTestCase
{
    private const OTHER = 'b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXkgb3Q=';

    /** @var list<string> path and content of the key file */
    private array $taken = [];

    /** Restores the site for the next test. */
    protected function tearDown(): void
    {
        if ($this->taken !== []) {
            $this->putKey();
        }
        if ($this->hasFailed()) {
            self::restart();
        }
        parent::tearDown();
    }

    public function test_without_the_key_file_nobody_enrolled_gets_in_and_none_is_made_anew(): void
    {
        $this->people();
        $this->takeKey();
        $this->assertClosed('The master key is missing.');
        self::assertSame([], $this->keyFiles(), 'no new key is created while there are sealed secrets');
        $this->putKey();
        $this->assertOpen();
    }

    public function test_with_another_key_nobody_enrolled_gets_in(): void
    {
        $this->people();
        $this->takeKey();
        self::restart(define: ['SALLYPORT_MASTER_KEY' => self::OTHER]);
        $this->assertClosed('The master key is not the one this site\'s secrets were encrypted with.');
        $this->putKey();
        self::restart();
        $this->assertOpen();
    }

    public function test_two_different_keys_count_as_none(): void
    {
        $this->people();
        self::restart(define: ['SALLYPORT_MASTER_KEY' => self::OTHER]);
        $this->assertClosed('that disagree');
        self::restart();
        $this->assertOpen();
    }

    public function test_a_short_key_is_none(): void
    {
        $this->people();
        $this->takeKey();
        self::restart(define: ['SALLYPORT_MASTER_KEY' => 'too short']);
        $this->assertClosed('The master key is too short');
        $this->putKey();
        self::restart();
        $this->assertOpen();
    }

    public function test_the_same_key_works_as_a_constant(): void
    {
        $this->people();
        $this->takeKey();
        preg_match('~^// (\S+)$~m', $this->taken[1], $match);
        self::restart(define: ['SALLYPORT_MASTER_KEY' => $match[1]]);
        $this->assertOpen();
        $this->putKey();
        self::restart();
        $this->assertOpen();
    }

    private function takeKey(): void
    {
        $files = $this->keyFiles();
        self::assertCount(1, $files);
        $this->taken = [$files[0], static::site()->php('$text = file_get_contents($argv[1]); unlink($argv[1]); return $text;', $files)];
    }

    private function putKey(): void
    {
        static::site()->php('umask(0177); file_put_contents($argv[1], $argv[2]);', $this->taken);
        $this->taken = [];
    }

    /** @return list<string> */
    private function keyFiles(): array
    {
        return static::site()->php('return [...glob(WP_CONTENT_DIR . "/sallyport-key.php"), ...glob(dirname(ABSPATH) . "/.sallyport-" . substr(hash("sha256", implode("/", [DB_HOST, DB_NAME, $GLOBALS["wpdb"]->base_prefix])), 0, 12) . ".php")];');
    }
}
