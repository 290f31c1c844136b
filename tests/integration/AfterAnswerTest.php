<?php

declare(strict_types=1);

use Sallyport\WP\Activity\Event;
use Sallyport\WP\AfterAnswer;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;

/** Work that is left for after the answer is done, even if other parts of it fail. */
final class AfterAnswerTest extends WPTestCase
{
    public function test_a_task_that_throws_stops_no_other_and_the_log_names_the_place_not_the_message(): void
    {
        $after = new AfterAnswer();
        $done = [];
        $after->then(static fn () => throw new Refusal(Code::Unavailable));
        $after->then(static fn () => throw new TypeError('spl1_secret'));
        $after->then(static function () use ($after, &$done): void {
            $done[] = 'one';
            $after->then(static function () use (&$done): void {
                $done[] = 'another';
            }, 'webhooks');
        });
        $log = self::logged(static fn () => $after->run());
        self::assertSame(['one', 'another'], $done);
        self::assertSame(1, substr_count($log, 'Sallyport: what was left for after the answer threw TypeError at ' . __FILE__ . ':'), $log);
        self::assertSame(1, substr_count($log, 'Sallyport'), 'the database said itself why it refused');
        self::assertStringNotContainsString('spl1_secret', $log);
    }

    public function test_a_filter_of_one_notice_that_throws_leaves_the_others_their_mail(): void
    {
        $plugin = self::plugin();
        [$one, $other] = [$this->user(), $this->user()];
        add_filter(
            'sallyport_notice_subject',
            static fn (string $subject, string $notice, WP_User $user): string => $user->ID === $one->ID
                ? throw new RuntimeException('no')
                : $subject,
            10,
            3,
        );
        foreach ([$one, $other] as $user) {
            $plugin->activity()->record(Event::FactorAdded, $user->ID, '', 'ok', ['factor' => 'totp']);
        }
        $locale = get_locale();
        self::logged(static fn () => $plugin->after_answer()->run());
        self::assertSame([$other->user_email], array_column(self::$mails, 'to'));
        self::assertSame([$locale, false], [get_locale(), is_locale_switched()]);
    }

    public function test_a_mail_that_throws_restores_the_language(): void
    {
        add_filter('pre_wp_mail', static fn () => throw new RuntimeException('no'), 0);
        add_filter('locale', static fn (): string => 'xx_XX');
        $user = $this->user();
        update_user_meta($user->ID, 'locale', 'en_US');
        $thrown = null;
        $spoken = '';
        try {
            self::plugin()->mailer()->send($user->user_email, $user, static fn (): string => '%s', static function () use (&$spoken): string {
                $spoken = determine_locale();
                return '';
            });
        } catch (RuntimeException $thrown) {
        }
        self::assertNotNull($thrown);
        self::assertSame(['en_US', 'xx_XX'], [$spoken, determine_locale()]);
    }
}
