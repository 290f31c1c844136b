<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;
use Sallyport\Tests\Receiver;

require_once __DIR__ . '/RaceCase.php';
require_once __DIR__ . '/../support/Receiver.php';

/** Many processes try to send what is due: each delivery is sent once, by one worker. */
final class WebhooksTest extends RaceCase
{
    private static ?Receiver $receiver = null;

    public static function setUpBeforeClass(): void
    {
        self::$receiver = new Receiver();
    }

    public static function tearDownAfterClass(): void
    {
        self::$receiver?->down();
        self::$receiver = null;
    }

    protected function setUp(): void
    {
        self::$receiver->forget();
        self::site()->php('update_option("sallyport_settings", ["webhook_allow_private" => true]); delete_option("sallyport_webhooks"); delete_option("sallyport_webhook_worker");');
    }

    protected function tearDown(): void
    {
        self::$receiver->release();
        self::site()->php('delete_option("sallyport_settings"); delete_option("sallyport_webhooks"); global $wpdb; $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_webhook_deliveries");');
    }

    /** Without the lease, which admits one worker: two can run if one takes longer than its lease. */
    public function testOneDeliveryClaimedByManyWorkersIsSentOnce(): void
    {
        $this->endpoint('/200');
        $id = self::site()->php('global $wpdb; $wpdb->insert("{$wpdb->base_prefix}sallyport_webhook_deliveries", ["endpoint" => "e", "blog_id" => get_current_blog_id(), "event" => "token_issued", "body" => "{}", "next_at" => 1, "created_at" => time()]); return $wpdb->insert_id;');
        $this->meeting('UPDATE\s+\S*sallyport_webhook_deliveries SET attempts', "\$plugin->webhook_worker()->deliver($id);");
        self::assertCount(1, self::$receiver->requests());
        self::assertSame([['1', 'done']], self::site()->php('global $wpdb; return $wpdb->get_results("SELECT attempts, state FROM {$wpdb->base_prefix}sallyport_webhook_deliveries", ARRAY_N);'));
    }

    public function testOfManyWorkersOneHasTheLease(): void
    {
        $take = 'echo (new Sallyport\WP\Store\Lease($plugin->database(), "sallyport_webhook_worker"))->take(time(), 60) ? "taken" : "left";';
        foreach (['INSERT\s.*sallyport_webhook_worker', 'UPDATE\s.*sallyport_webhook_worker'] as $query) {
            self::assertSame(['left' => 5, 'taken' => 1], $this->meeting($query, $take), $query);
            self::site()->php('global $wpdb; $wpdb->update($wpdb->options, ["option_value" => "1 over"], ["option_name" => "sallyport_webhook_worker"]);');
        }
    }

    /** A request that queues an event while a worker runs starts no other worker. So the worker looks again before it ends. */
    public function testADeliveryQueuedWhileAWorkerEndsIsSent(): void
    {
        $this->endpoint('/200');
        $queued = self::site()->php(<<<'PHP'
            global $wpdb;
            $add = fn () => $wpdb->insert("{$wpdb->base_prefix}sallyport_webhook_deliveries", ["endpoint" => "e", "blog_id" => get_current_blog_id(), "event" => "token_issued", "body" => "{}", "next_at" => 1, "created_at" => time()]);
            $add();
            $queued = 1;
            // The worker has found nothing more, and is about to release its lease.
            add_filter('query', static function (string $query) use ($add, &$queued): string {
                if ($queued === 1 && preg_match("/\A\s*UPDATE\s.*\boption_value = '0'.*sallyport_webhook_worker/is", $query)) {
                    $queued++;
                    $add();
                }
                return $query;
            });
            do_action('sallyport_webhooks');
            return $queued;
            PHP);
        self::assertSame(2, $queued);
        self::assertCount(2, self::$receiver->requests());
    }

    public function testManyLoginsAtOnceReportEachOnce(): void
    {
        $this->endpoint('/200');
        $people = array_map(static fn (): Person => Person::withoutFactor(self::site()), range(1, 10));
        foreach ([0, 1] as $ignored) {
            $this->together(array_map(fn (Person $person): array => $this->door('sallyport')->attempt($person), $people));
        }
        $sent = array_map(static fn (array $request): array => json_decode($request['body'], true), self::$receiver->await(20, 20));
        self::assertCount(20, $sent);
        self::assertCount(20, array_unique(array_column($sent, 'id')), 'each once');
        self::assertEqualsCanonicalizing(
            [
                ...array_map(static fn (Person $person): int => $person->id, $people),
                ...array_map(static fn (Person $person): int => $person->id, $people),
            ],
            array_column(array_column($sent, 'user'), 'ID'),
        );
    }

    private function endpoint(string $path): void
    {
        self::site()->php(<<<'PHP'
            $plugin = (new ReflectionProperty(Sallyport\WP\Plugin::class, 'running'))->getValue();
            $sealed = $plugin->engine()->seal('whsec', 'webhook', get_current_blog_id() . ':e');
            update_option('sallyport_webhooks', ['rev' => 1, 'endpoints' => [['id' => 'e', 'url' => $argv[1], 'events' => ['token_issued'], 'sealed' => $sealed, 'active' => true, 'created' => 1]]], true);
            PHP, [self::$receiver->url($path)]);
    }

    /**
     * Runs the same code in six processes, which wait for one another before the first query that matches.
     *
     * @return array<string, int> what they printed, and how many did
     */
    private function meeting(string $query, string $code): array
    {
        $folder = self::site()->dir . '/wp-content/uploads/met-' . bin2hex(random_bytes(4));
        self::site()->php('wp_mkdir_p($argv[1]);', [$folder]);
        $script = (string) tempnam(sys_get_temp_dir(), 'sallyport');
        file_put_contents($script, <<<'PHP'
            <?php
            $plugin = (new ReflectionProperty(Sallyport\WP\Plugin::class, 'running'))->getValue();
            add_filter('query', static function (string $query) use ($argv): string {
                if (preg_match("/\A\s*$argv[2]/is", $query) && !is_file("$argv[1]/" . getmypid())) {
                    touch("$argv[1]/" . getmypid());
                    for ($end = microtime(true) + 20; count(glob("$argv[1]/*")) < 6 && microtime(true) < $end;) {
                        usleep(5000);
                    }
                }
                return $query;
            });

            PHP . $code);
        $processes = $pipes = [];
        for ($i = 0; $i < 6; $i++) {
            $processes[$i] = proc_open(
                [dirname(__DIR__, 2) . '/bin/site', 'php', '--dir', self::site()->dir, $script, $folder, $query],
                [['file', '/dev/null', 'r'], ['pipe', 'w']],
                $pipes[$i],
            );
        }
        $said = array_count_values(array_map(static fn (array $pipe): string => trim((string) stream_get_contents($pipe[1])), $pipes));
        array_map(proc_close(...), $processes);
        unlink($script);
        self::assertCount(6, glob("$folder/*"), 'the processes did overlap');
        ksort($said);
        return $said;
    }
}
