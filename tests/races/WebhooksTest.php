<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;
use Sallyport\Tests\Receiver;

require_once __DIR__ . '/RaceCase.php';
require_once __DIR__ . '/../support/Receiver.php';

/** Many that want to send what is due: one delivery goes out once, and one worker is at it. */
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

    /** Past the lease, which lets one worker at it: two may be where one took longer than its lease. */
    public function testOneDeliveryThatManyTakeUpGoesOutOnce(): void
    {
        $this->endpoint('/200');
        $script = tempnam(sys_get_temp_dir(), 'sallyport');
        file_put_contents($script, <<<'PHP'
            <?php
            $hook = current($GLOBALS['wp_filter']['determine_current_user']->callbacks[PHP_INT_MAX]);
            $plugin = (new ReflectionFunction($hook['function']))->getStaticVariables()['p'];
            if (!isset($argv[1])) {
                $plugin->webhook_queue()->add(['id' => 1, 'time' => time(), 'event' => 'token_issued', 'user_id' => 0, 'ip' => '', 'issuer' => '', 'outcome' => 'ok']);
                exit;
            }
            // All have read the delivery as due before the first claims it.
            add_filter('query', static function (string $query) use ($argv): string {
                if (preg_match('/\A\s*UPDATE\s+\S*sallyport_webhook_deliveries SET attempts/i', $query)) {
                    touch("$argv[1]/" . getmypid());
                    for ($end = microtime(true) + 10; count(glob("$argv[1]/*")) < (int) $argv[2] && microtime(true) < $end;) {
                        usleep(5000);
                    }
                    echo count(glob("$argv[1]/*"));
                }
                return $query;
            });
            $plugin->webhook_worker()->deliver((int) $GLOBALS['wpdb']->get_var("SELECT MAX(id) FROM {$GLOBALS['wpdb']->base_prefix}sallyport_webhook_deliveries"));
            PHP);
        $folder = self::site()->dir . '/wp-content/uploads/met-' . bin2hex(random_bytes(4));
        self::site()->php('wp_mkdir_p($argv[1]);', [$folder]);
        // The queuing script asks for a worker of its own: with the lease taken it does not.
        self::site()->php('global $wpdb; $wpdb->insert($wpdb->options, ["option_name" => "sallyport_webhook_worker", "option_value" => (time() + 60) . " a test", "autoload" => "no"]);');
        self::site()->php($script);
        $processes = $pipes = [];
        for ($i = 0; $i < 6; $i++) {
            $processes[$i] = proc_open([dirname(__DIR__, 2) . '/bin/site', 'php', '--dir', self::site()->dir, $script, $folder, '6'], [['file', '/dev/null', 'r'], ['pipe', 'w']], $pipes[$i]);
        }
        $met = array_map(static fn (array $pipe): string => trim((string) stream_get_contents($pipe[1])), $pipes);
        array_map(proc_close(...), $processes);
        unlink($script);
        self::assertSame(array_fill(0, 6, '6'), $met);
        self::assertCount(1, self::$receiver->requests());
        self::assertSame([['1', 'done']], $this->deliveries());
    }

    public function testOfManyWorkersOneIsWithTheReceivers(): void
    {
        $this->endpoint('/hang');
        self::site()->php('global $wpdb; for ($i = 0; $i < 12; $i++) { $wpdb->insert("{$wpdb->base_prefix}sallyport_webhook_deliveries", ["endpoint" => "e", "blog_id" => get_current_blog_id(), "event" => "token_issued", "body" => "{}", "next_at" => 1, "created_at" => time()]); }');
        foreach ($this->atOnce(12, ['POST', '/wp-admin/admin-ajax.php?action=sallyport_webhooks']) as $answer) {
            self::assertSame(200, $answer->status);
        }
        self::$receiver->await(1);
        usleep(500_000);
        self::assertSame(1, self::$receiver->hanging());
        self::assertCount(1, self::$receiver->requests());
    }

    /** Whoever queues while a worker is at it asks for no other one: that one must not go before it has looked again. */
    public function testNothingThatIsQueuedMeanwhileIsForgotten(): void
    {
        $this->endpoint('/200');
        $people = array_map(static fn (): Person => Person::withoutFactor(self::site()), range(1, 10));
        foreach ([0, 1] as $ignored) {
            $this->together(array_map(fn (Person $person): array => $this->door('sallyport')->attempt($person), $people));
        }
        $sent = array_map(static fn (array $request): array => json_decode($request['body'], true), self::$receiver->await(20, 20));
        self::assertCount(20, $sent);
        self::assertCount(20, array_unique(array_column($sent, 'id')), 'each once');
        self::assertEqualsCanonicalizing([...array_map(static fn (Person $person): int => $person->id, $people), ...array_map(static fn (Person $person): int => $person->id, $people)], array_column(array_column($sent, 'user'), 'ID'));
    }

    private function endpoint(string $path): void
    {
        self::site()->php(<<<'PHP'
            $hook = current($GLOBALS['wp_filter']['determine_current_user']->callbacks[PHP_INT_MAX]);
            $plugin = (new ReflectionFunction($hook['function']))->getStaticVariables()['p'];
            $sealed = $plugin->engine()->seal('whsec', 'webhook', get_current_blog_id() . ':e');
            update_option('sallyport_webhooks', ['rev' => 1, 'endpoints' => [['id' => 'e', 'url' => $argv[1], 'events' => ['token_issued'], 'sealed' => $sealed, 'active' => true, 'created' => 1]]], true);
            PHP, [self::$receiver->url($path)]);
    }

    /** @return list<array{string, string}> */
    private function deliveries(): array
    {
        return self::site()->php('global $wpdb; return $wpdb->get_results("SELECT attempts, state FROM {$wpdb->base_prefix}sallyport_webhook_deliveries", ARRAY_N);');
    }
}
