<?php

declare(strict_types=1);

/** Behaviour of accounts that cannot be seen from outside. */
final class AccountsTest extends WPTestCase
{
    protected function setUp(): void
    {
        parent::setUp();
        is_multisite() ? update_site_option('registration', 'user') : update_option('users_can_register', 1);
    }

    /** Runs the work that waits for the end of the answer, so that none is left for the next test. */
    protected function tearDown(): void
    {
        self::plugin()->after_answer()->run();
        parent::tearDown();
    }

    public function test_an_account_enrolled_at_its_creation_gets_no_token(): void
    {
        add_action('user_register', function (int $id): void {
            global $wpdb;
            $wpdb->insert($wpdb->base_prefix . 'sallyport_factors', ['user_id' => $id, 'type' => 'totp', 'secret' => 'sealed', 'status' => 'active', 'created_at' => time()]);
        });
        $answer = $this->register();
        self::assertSame([201, ['user_id', 'user']], [$answer->get_status(), array_keys($answer->get_data())]);
    }

    public function test_a_user_the_network_refuses_gets_no_account(): void
    {
        if (!is_multisite()) {
            self::assertSame(201, $this->register('other1')->get_status());
            return;
        }
        add_filter('can_add_user_to_blog', '__return_false');
        self::assertSame('sallyport_registration_refused', $this->register('other1')->get_data()['code']);
        self::assertFalse(username_exists('other1'));
    }

    public function test_mails_are_in_the_reader_s_language(): void
    {
        add_filter('locale', static fn (): string => 'xx_XX');
        $locales = [];
        add_filter('gettext_sallyport', static function (string $text, string $original) use (&$locales): string {
            if (str_starts_with($original, "Someone asked") || str_starts_with($original, '[%s]') || str_starts_with($original, 'Hello')) {
                $locales[] = determine_locale();
            }
            return $text;
        }, 10, 2);
        $user = $this->user();
        update_user_meta($user->ID, 'locale', 'en_US');
        foreach (['link', 'otp'] as $delivery) {
            $this->rest('POST', '/sallyport/v1/forgot-password', ['login' => $user->user_login, 'delivery' => $delivery]);
        }
        self::plugin()->after_answer()->run();
        self::assertCount(2, self::$mails);
        self::assertSame(array_fill(0, 6, 'en_US'), $locales);
        self::assertSame('xx_XX', determine_locale());
    }

    public function test_a_store_that_fails_after_the_answer_breaks_nothing(): void
    {
        $user = $this->user();
        $this->rest('POST', '/sallyport/v1/forgot-password', ['login' => $user->user_login, 'delivery' => 'otp']);
        add_filter('query', static fn (string $query): string => str_contains($query, 'sallyport_reset_codes') ? 'no SQL' : $query);
        self::plugin()->after_answer()->run();
        self::assertSame([], self::$mails);
    }

    private function register(string $login = 'other0'): WP_REST_Response
    {
        return $this->rest('POST', '/sallyport/v1/register', ['username' => $login, 'email' => "$login@example.test", 'password' => 'long enough, that is']);
    }
}
