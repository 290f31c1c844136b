<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

/** `wp sallyport probe` on a site with the issuer's plugin: every door is shut; with the bridge's guard removed, it says which is open. */
trait ProbeLaws
{
    /** The guards that tests/fixtures/holes removes, one or several => the doors that are open then. @return array<string, list<string>> */
    abstract protected function opens(): array;

    /** @return list<string> the doors that cannot be tried with a password alone, and that the probe must not report as shut */
    protected function notKnocked(): array
    {
        return [];
    }

    public function testTheProbeFindsEveryDoorShutAndWithAGuardTakenOutWhichIsOpen(): void
    {
        $doors = $this->probed('');
        self::assertSame($this->notKnocked(), array_keys($doors, 'not knocked', true));
        self::assertSame([], array_diff($doors, ['shut', 'not there', 'not knocked']), json_encode($doors));
        foreach ($this->opens() as $holes => $open) {
            foreach ($open as $door) {
                self::assertSame('shut', $doors[$door] ?? null, $door);
            }
            $without = $this->probed($holes);
            self::assertSame($open, array_keys($without, 'open', true), "$holes: " . json_encode($without));
        }
    }

    /** @return array<string, string> door => verdict */
    private function probed(string $holes): array
    {
        $this->site()->php('wp_mkdir_p(WPMU_PLUGIN_DIR); file_put_contents(WPMU_PLUGIN_DIR . "/holes.php", base64_decode($argv[1])); update_option("holes", explode(" ", $argv[2]));', [
            base64_encode((string) file_get_contents(__DIR__ . '/../fixtures/holes/holes.php')),
            $holes,
        ]);
        try {
            // Not by the command: WooCommerce needs more of WP-CLI than the tests' stand-in for it has.
            return $this->site()->plugin('return array_column(array_map(static fn ($finding) => $finding->row(), (fn () => $this->probe())->call($plugin)->run(0, "wp-cli", time())), "verdict", "door");');
        } finally {
            $this->site()->php('unlink(WPMU_PLUGIN_DIR . "/holes.php");');
        }
    }
}
