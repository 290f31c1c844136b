<?php

declare(strict_types=1);

use Sallyport\WP\Plugin;
use Sallyport\WP\Refusal;
use Sallyport\WP\Reseal;
use Sallyport\WP\Store\FactorRow;
use Sallyport\WP\Store\FactorRows;

/** Sealing again may stop at any secret, and other requests may write at the same time. */
final class ResealTest extends WPTestCase
{
    private const NEW = 'bmV3IG1hc3RlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcw==';

    private Plugin $before;
    private FactorRows $rows;
    /** @var array<int, string> id => the secret that is sealed in the row */
    private array $secrets = [];

    protected function setUp(): void
    {
        parent::setUp();
        $this->before = new Plugin();
        $this->rows = new FactorRows($this->before->database());
        $user = $this->user()->ID;
        for ($i = 0; $i < 7; $i++) {
            $row = $this->rows->add_pending($user, 'totp', 1);
            $this->secrets[$row->id] = "secret $i";
            $this->rows->set_secret($row, $this->before->engine()->seal("secret $i", 'totp', FactorRow::owner($user, $row->id)));
        }
        putenv('SALLYPORT_NEW_MASTER_KEY=' . self::NEW);
    }

    protected function tearDown(): void
    {
        putenv('SALLYPORT_NEW_MASTER_KEY');
        parent::tearDown();
    }

    public function test_resealing_can_stop_anywhere_and_every_secret_opens_throughout(): void
    {
        for ($stop = 1; $stop <= 5; $stop += 2) {
            foreach ((new Plugin())->reseal()->run() as $i => $outcome) {
                if ($i + 1 === $stop) {
                    break; // the process is killed
                }
            }
            $this->assertAllOpen(new Plugin());
            self::assertGreaterThan(0, $this->left());
        }
        iterator_to_array((new Plugin())->reseal()->run(), false);
        self::assertSame(0, $this->left());
        $this->assertAllOpen(new Plugin());
    }

    public function test_a_request_that_began_before_it_and_seals_late_is_found_by_the_next_pass(): void
    {
        $late = $this->before; // its keys were derived before the new master key was set
        $late->engine()->require();
        $outcomes = [];
        foreach ((new Plugin())->reseal()->run() as [$kind, $whose, $outcome]) {
            if ($outcomes === []) {
                $row = $this->rows->pending((int) substr($whose, 5))[0];
                $this->rows->set_secret($row, $late->engine()->seal('another secret', 'totp', FactorRow::owner($row->user_id, $row->id)));
                $this->secrets[$row->id] = 'another secret';
            }
            $outcomes[] = $outcome;
        }
        self::assertSame(0, $this->left());
        $this->assertAllOpen(new Plugin());
    }

    public function test_a_secret_replaced_meanwhile_is_not_overwritten(): void
    {
        $id = array_key_last($this->secrets);
        $replace = static function (string $query) use ($id, &$replace): string {
            global $wpdb;
            if (preg_match("/^\s*UPDATE \S*sallyport_factors SET secret = .* WHERE id = $id /is", $query) === 1) {
                remove_filter('query', $replace);
                $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_factors SET secret = 'theirs' WHERE id = $id");
            }
            return $query;
        };
        add_filter('query', $replace);
        $changed = array_filter(iterator_to_array((new Plugin())->reseal()->run(), false), static fn (array $row): bool => $row[2] === Reseal::CHANGED);
        self::assertCount(1, $changed);
        global $wpdb;
        self::assertSame('theirs', $wpdb->get_var("SELECT secret FROM {$wpdb->base_prefix}sallyport_factors WHERE id = $id"));
    }

    public function test_a_dry_run_writes_nothing(): void
    {
        global $wpdb;
        $stored = fn (): array => [
            $wpdb->get_col("SELECT secret FROM {$wpdb->base_prefix}sallyport_factors ORDER BY id"),
            get_option('sallyport_key_check'),
            get_option('sallyport_signing_key'),
        ];
        $before = $stored();
        $outcomes = array_column(iterator_to_array((new Plugin())->reseal()->look(), false), 2);
        self::assertSame([Reseal::DUE], array_values(array_unique($outcomes)));
        self::assertGreaterThanOrEqual(8, count($outcomes));
        self::assertSame($before, $stored());
    }

    public function test_a_new_key_changes_nothing_by_itself_and_without_the_old_one_starts_nothing(): void
    {
        self::assertSame($this->before->engine()->key_id(), (new Plugin())->engine()->key_id());
        self::assertSame('sealed', $this->before->engine()->unseal((new Plugin())->engine()->seal('sealed', 'p', 'o'), 'p', 'o'));
        putenv('SALLYPORT_NEW_MASTER_KEY=short');
        try {
            (new Plugin())->engine()->require();
            self::fail('a key that is too short');
        } catch (Refusal $refusal) {
            self::assertSame('MasterKeyShort', $refusal->problem->name);
        }
    }

    private function assertAllOpen(Plugin $plugin): void
    {
        foreach ($this->rows->pending((int) $this->user_id()) as $row) {
            self::assertSame($this->secrets[$row->id], $plugin->engine()->unseal($row->secret, 'totp', FactorRow::owner($row->user_id, $row->id)));
        }
        $plugin->signing_keys()->keyring();
    }

    private function user_id(): string
    {
        global $wpdb;
        return $wpdb->get_var("SELECT user_id FROM {$wpdb->base_prefix}sallyport_factors WHERE id = " . array_key_first($this->secrets));
    }

    private function left(): int
    {
        return count(array_filter(iterator_to_array((new Plugin())->reseal()->look(), false), static fn (array $row): bool => $row[2] === Reseal::DUE));
    }
}
