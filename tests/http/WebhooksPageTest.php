<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Receiver;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';
require_once __DIR__ . '/../support/Receiver.php';

/** Settings → Sallyport → Webhooks: who may set where events are sent, and what the page shows. */
final class WebhooksPageTest extends HttpTestCase
{
    use OwnSite;

    private const PAGE = '/wp-admin/options-general.php?page=sallyport&tab=webhooks';

    private static Receiver $receiver;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return self::options(['define' => ['WP_ACCESSIBLE_HOSTS' => '127.0.0.1', 'SALLYPORT_WEBHOOK_ALLOW_PRIVATE' => true]]);
    }

    protected function setUp(): void
    {
        parent::setUp();
        self::$receiver ??= new Receiver();
        self::$receiver->forget();
        static::site()->php('global $wpdb; delete_option("sallyport_webhooks"); return $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_webhook_deliveries");');
    }

    public function test_an_endpoint_is_added_shown_its_secret_once_tested_and_removed(): void
    {
        $browser = $this->signedIn($this->enrolled('administrator'));
        $page = $browser->save(self::PAGE, ['sallyport_do' => 'add', 'url' => self::$receiver->url('/200'), 'events[code_refused]' => '1', 'events[lock_began]' => '1']);
        self::assertSame(1, preg_match_all('/whsec_[A-Za-z0-9_-]{43}/', $page->body, $secret), (string) $page);
        self::assertStringNotContainsString('whsec', $browser->send('GET', self::PAGE)->body);
        [$endpoint] = self::endpoints();
        self::assertSame([self::$receiver->url('/200'), ['code_refused', 'lock_began']], [$endpoint['url'], $endpoint['events']]);

        self::assertStringContainsString('sallyport_done=taken', $browser->save(self::PAGE, ['sallyport_do' => 'test', 'id' => $endpoint['id']])->header('location') ?? '');
        [$sent] = self::$receiver->await(1);
        preg_match('/^t=(\d+),v1=([0-9a-f]{64})$/D', $sent['headers']['x-sallyport-signature'], $signature);
        self::assertSame(hash_hmac('sha256', "$signature[1].$sent[body]", $secret[0][0]), $signature[2]);
        self::assertStringContainsString('Delivered', $browser->send('GET', self::PAGE)->body);

        self::assertStringContainsString('sallyport_done=removed', $browser->save(self::PAGE, ['sallyport_do' => 'remove', 'id' => $endpoint['id']])->header('location') ?? '');
        self::assertSame([], self::endpoints());
    }

    public function test_adding_and_removing_require_a_fresh_proof(): void
    {
        static::site()->wp('sallyport', 'webhook', 'add', self::$receiver->url('/200'));
        [$there] = self::endpoints();
        $add = ['sallyport_do' => 'add', 'url' => self::$receiver->url('/thief')];
        $remove = ['sallyport_do' => 'remove', 'id' => $there['id']];

        $person = $this->enrolled('administrator');
        $browser = $this->signedIn($person);
        self::ageSessions($person);
        self::assertStringNotContainsString('name="url"', $browser->send('GET', self::PAGE)->body, 'there is no field whose text would be lost on the page for the code');
        foreach ([$add, $remove] as $form) {
            self::assertStringContainsString('action=sallyport-step-up', $browser->save(self::PAGE, $form)->header('location') ?? '');
        }
        $without = $this->signedIn($this->person('administrator'));
        foreach ([$add, $remove] as $form) {
            self::assertStringContainsString('sallyport-error', $without->save(self::PAGE, $form)->body);
        }
        self::assertSame([$there['id']], array_column(self::endpoints(), 'id'));
    }

    public function test_only_administrators_can_use_it_and_only_by_its_own_form(): void
    {
        $add = ['sallyport_do' => 'add', 'url' => self::$receiver->url('/200')];
        $administrator = $this->signedIn($this->enrolled('administrator'));
        self::assertSame(403, $administrator->send('POST', self::PAGE, $add)->status);
        self::assertSame(403, $administrator->send('POST', self::PAGE, $add + ['_wpnonce' => 'abcdef0123'])->status);
        $nonce = Browser::fields($administrator->send('GET', self::PAGE))['_wpnonce'];
        self::assertSame(403, $this->signedIn($this->enrolled('editor'))->send('POST', self::PAGE, $add + ['_wpnonce' => $nonce])->status);
        self::assertSame([], self::endpoints());
    }

    /** @dataProvider wrong */
    public function test_an_invalid_input_is_reported_and_kept_and_nothing_is_added(array $form, string $said): void
    {
        $browser = $this->signedIn($this->enrolled('administrator'));
        $page = $browser->save(self::PAGE, ['sallyport_do' => 'add'] + $form);
        self::assertSame(200, $page->status);
        self::assertMatchesRegularExpression("~<p class=\"sallyport-error\" id=\"sallyport-error\" role=\"alert\">.*$said~", $page->body);
        self::assertStringContainsString(
            'value="' . htmlspecialchars(is_string($form['url'] ?? '') ? $form['url'] ?? '' : '') . '" aria-describedby="sallyport-error"',
            Browser::html($page),
        );
        self::assertSame([], self::endpoints());
    }

    /** @return array<string, array{array<string, mixed>, string}> */
    public static function wrong(): array
    {
        return [
            'nothing' => [[], 'Please enter the address'],
            'a list' => [['url[]' => 'https://receiver.example/'], 'Please enter the address'],
            'no address' => [['url' => '"><script>'], 'must be of the form https'],
            'another scheme' => [['url' => 'ftp://receiver.example/'], 'must begin with https'],
            'an event that is none' => [['url' => 'http://127.0.0.1:8080/', 'events[nonsense]' => '1'], 'not in the activity log'],
            'one that is never sent' => [['url' => 'http://127.0.0.1:8080/', 'events[webhook_added]' => '1'], 'not in the activity log'],
        ];
    }

    public function test_a_failing_receiver_is_shown_and_a_failed_delivery_can_be_retried(): void
    {
        static::site()->wp('sallyport', 'webhook', 'add', self::$receiver->url('/500'), '--events=lock_began');
        [$endpoint] = self::endpoints();
        $browser = $this->signedIn($this->enrolled('administrator'));
        $page = $browser->save(self::PAGE, ['sallyport_do' => 'test', 'id' => $endpoint['id']]);
        self::assertMatchesRegularExpression('~role="alert">.*did not take the webhook\. It answered with the status 500\.~', $page->body);
        self::assertStringContainsString('Next try', $page->body);
        self::sql("UPDATE {webhook_deliveries} SET state = 'failed' WHERE id > %d", 0);
        $page = $browser->send('GET', self::PAGE);
        self::assertSame(1, preg_match('~value="retry"><input type="hidden" name="id" value="(\d+)"~', $page->body, $delivery), 'Given up');
        self::assertStringContainsString('It answered with the status 500.', $browser->save(self::PAGE, ['sallyport_do' => 'retry', 'id' => $delivery[1]])->body);
        self::assertCount(2, self::$receiver->await(2));
        foreach (['0', '-1', '999999', 'x', '1 OR 1=1'] as $none) {
            self::assertStringContainsString('sallyport-error', $browser->save(self::PAGE, ['sallyport_do' => 'retry', 'id' => $none])->body, $none);
        }
        self::assertStringContainsString('sallyport-error', $browser->save(self::PAGE, ['sallyport_do' => 'test', 'id' => 'none'])->body);
        self::assertCount(2, self::$receiver->requests());
    }

    /** @return list<array<string, mixed>> */
    private static function endpoints(): array
    {
        return static::site()->rows('webhook', 'list');
    }
}
