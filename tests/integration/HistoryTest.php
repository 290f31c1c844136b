<?php

declare(strict_types=1);

use Sallyport\WP\Activity\Event;

/** What users see of their own log: only their own events, of this site, in words, the newest twenty. */
final class HistoryTest extends WPTestCase
{
    public function test_the_history_is_the_users_own_newest_first(): void
    {
        $user = $this->user();
        $other = $this->user();
        for ($i = 0; $i < 22; $i++) {
            $this->log($user->ID, Event::CodeRefused, 1_800_000_000 + $i, device: "try $i");
        }
        $this->log($other->ID, Event::CodeAccepted, 1_800_000_100);
        $this->log($user->ID, Event::CredentialRefused, 1_800_000_100);
        $this->log($user->ID, Event::FactorsReset, 1_800_000_050, ['by' => 'an administrator', 'reason' => 'lost'], 'their browser');
        $this->log($user->ID, Event::CodeAccepted, 1_800_000_100, blog: 99);
        $said = self::history($user);
        self::assertCount(20, $said);
        self::assertSame(
            ['The second factor was reset by an administrator', 'A wrong code was entered', 'A wrong code was entered'],
            array_column(array_slice($said, 0, 3), 'text'),
        );
        self::assertSame(['', '192.0.2.1', '192.0.2.1'], array_column(array_slice($said, 0, 3), 'ip'), 'another person\'s location is not shown');
        self::assertSame(['', 'try 21', 'try 20'], array_column(array_slice($said, 0, 3), 'device'));
        self::assertStringNotContainsString('lost', serialize($said), 'only administrators see the reason');
        self::assertStringNotContainsString('their browser', serialize($said));
        self::assertSame([], self::history($this->user()));
    }

    public function test_factors_and_devices_have_names_that_do_no_harm(): void
    {
        $user = $this->user();
        $this->log(
            $user->ID,
            Event::FactorAdded,
            1,
            ['factor' => 'totp', 'label' => "my\u{202E} <b>phone</b>"],
            'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        );
        $this->log($user->ID, Event::FactorRenamed, 2, ['factor' => ['totp'], 'label' => 'old', 'renamed' => 'new']);
        [$renamed, $added] = self::history($user);
        self::assertSame(['totp', 'my <b>phone</b>', 'Firefox on Linux'], [$added['factor'], $added['name'], $added['device']]);
        self::assertStringStartsWith('Mozilla/5.0 (X11; Linux', $added['agent']);
        self::assertSame(['', 'new'], [$renamed['factor'], $renamed['name']]);
        $this->log($user->ID, Event::CodeAccepted, 3, ['factor' => 'wp_2fa']);
        wp_set_current_user($user->ID);
        $page = (new ReflectionMethod(Sallyport\WP\Plugin::class, 'own_security'))->invoke(self::plugin())->html('https://example.test/');
        self::assertStringContainsString('Recent activity', $page);
        self::assertStringContainsString('my &lt;b&gt;phone&lt;/b&gt;', $page);
        self::assertStringNotContainsString('<b>phone', $page);
        self::assertStringContainsString('The plugin WP 2FA', $page);
        self::assertStringNotContainsString('wp_2fa', $page);
    }

    /** @param array<string, mixed> $detail */
    private function log(int $user_id, Event $event, int $time, array $detail = [], string $device = '', ?int $blog = null): void
    {
        global $wpdb;
        $wpdb->insert(
            "{$wpdb->base_prefix}sallyport_activity",
            [
                'time' => $time, 'event' => $event->value, 'user_id' => $user_id,
                'blog_id' => $blog ?? get_current_blog_id(), 'ip' => '192.0.2.1', 'device' => $device,
                'detail' => wp_json_encode($detail),
            ],
        );
    }

    /** @return list<array<string, mixed>> */
    private static function history(WP_User $user): array
    {
        $log = (new ReflectionMethod(Sallyport\WP\Plugin::class, 'log'))->invoke(self::plugin());
        return (new Sallyport\WP\Security\History($log))->of($user->ID);
    }
}
