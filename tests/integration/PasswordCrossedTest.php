<?php

declare(strict_types=1);

/** A password that changes while somebody signs in with the old one: nothing that was issued for it stays valid. */
final class PasswordCrossedTest extends WPTestCase
{
    public function test_a_password_change_during_the_login_wins(): void
    {
        $user = $this->user();
        add_filter('authenticate', static function (mixed $found): mixed {
            if ($found instanceof WP_User) {
                wp_set_password('another of theirs', $found->ID);
            }
            return $found;
        }, 200);
        self::assertSame('sallyport_invalid_credentials', $this->logIn($user)->get_data()['code'] ?? '');
        self::assertSame([], get_user_meta($user->ID, '_sallyport_family'));
    }

    public function test_a_rehash_is_no_change(): void
    {
        global $wpdb;
        $user = $this->user();
        $wpdb->update($wpdb->users, ['user_pass' => md5('pw')], ['ID' => $user->ID]); // as on very old sites; core rehashes it
        clean_user_cache($user->ID);
        self::assertSame(200, $this->logIn($user)->get_status());
        self::assertNotSame(md5('pw'), $wpdb->get_var("SELECT user_pass FROM $wpdb->users WHERE ID = $user->ID"));
        self::assertCount(1, get_user_meta($user->ID, '_sallyport_family'));
    }

    /** Core writes a user back as it was read. */
    public function test_who_saves_a_name_meanwhile_puts_nothing_back(): void
    {
        global $wpdb;
        $user = $this->user();
        $others = ['user_pass' => 'of another process', 'user_email' => 'another@example.test', 'user_activation_key' => 'theirs'];
        add_filter('wp_pre_insert_user_data', $change = static function (array $row) use (&$change, $user, $others, $wpdb): array {
            remove_filter('wp_pre_insert_user_data', $change);
            $wpdb->update($wpdb->users, $others, ['ID' => $user->ID]);
            return $row;
        });
        self::assertSame($user->ID, wp_update_user(['ID' => $user->ID, 'display_name' => 'Ada']));
        self::assertFalse(has_filter('wp_pre_insert_user_data', $change), 'the change happened in between');
        self::assertSame(
            $others + ['display_name' => 'Ada'],
            $wpdb->get_row("SELECT user_pass, user_email, user_activation_key, display_name FROM $wpdb->users WHERE ID = $user->ID", ARRAY_A),
        );
    }

    public function test_what_is_changed_is_written(): void
    {
        $user = $this->user();
        wp_update_user(['ID' => $user->ID, 'user_pass' => 'new', 'user_email' => 'new@example.test']);
        self::assertTrue(wp_check_password('new', get_userdata($user->ID)->user_pass));
        self::assertSame('new@example.test', get_userdata($user->ID)->user_email);
    }

    /** @dataProvider crossings */
    public function test_a_change_that_another_one_or_a_deletion_crosses_is_no_failure_of_the_store(Closure $crossing): void
    {
        $user = $this->user();
        wp_set_current_user($user->ID);
        add_action('profile_update', static fn (int $id) => $crossing($id));
        self::assertRefused(401, 'sallyport_token_invalid', $this->change(...));
    }

    /** @dataProvider crossings */
    public function test_a_reset_that_another_change_or_a_deletion_crosses_is_refused(Closure $crossing): void
    {
        $user = $this->user();
        add_action('after_password_reset', static fn (WP_User $user) => $crossing($user->ID));
        $given = ['login' => $user->user_login, 'token' => get_password_reset_key($user), 'password' => 'another of theirs'];
        self::assertRefused(400, 'sallyport_reset_refused', fn () => $this->rest('POST', '/sallyport/v1/reset-password', $given));
    }

    public function test_a_password_that_is_not_stored_is_a_failure_of_the_store(): void
    {
        $user = $this->user();
        wp_set_current_user($user->ID);
        add_filter('wp_pre_insert_user_data', static fn (array $row): array => array_diff_key($row, ['user_pass' => 1]), 1);
        $logged = self::logged(fn () => self::assertSame('sallyport_unavailable', $this->change()->get_data()['code'] ?? ''));
        self::assertStringContainsString('Sallyport', $logged);
    }

    private function change(): WP_REST_Response
    {
        return $this->rest('POST', '/sallyport/v1/change-password', ['current_password' => 'pw', 'new_password' => 'another of theirs']);
    }

    /** @return array<string, array{Closure(int): void}> */
    public static function crossings(): array
    {
        return [
            'a change' => [static function (int $id): void {
                $GLOBALS['wpdb']->update($GLOBALS['wpdb']->users, ['user_pass' => wp_hash_password('of another request')], ['ID' => $id]);
                clean_user_cache($id);
            }],
            'a deletion' => [static function (int $id): void {
                $GLOBALS['wpdb']->delete($GLOBALS['wpdb']->users, ['ID' => $id]);
                clean_user_cache($id);
            }],
        ];
    }

    /** @param Closure(): WP_REST_Response $request */
    private static function assertRefused(int $status, string $code, Closure $request): void
    {
        $logged = self::logged(static function () use ($request, &$answer): void {
            $answer = $request();
        });
        self::assertSame([$status, $code], [$answer->get_status(), $answer->get_data()['code'] ?? '']);
        self::assertStringNotContainsString('Sallyport', $logged);
    }

    private function logIn(WP_User $user): WP_REST_Response
    {
        return $this->rest('POST', '/sallyport/v1/token', ['username' => $user->user_login, 'password' => 'pw']);
    }
}
