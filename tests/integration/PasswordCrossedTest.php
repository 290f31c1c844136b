<?php

declare(strict_types=1);

/** A password that changes while somebody logs in with the old one: nothing issued for it lives. */
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
        $wpdb->update($wpdb->users, ['user_pass' => md5('pw')], ['ID' => $user->ID]); // as very old sites have them; core hashes it anew
        clean_user_cache($user->ID);
        self::assertSame(200, $this->logIn($user)->get_status());
        self::assertNotSame(md5('pw'), $wpdb->get_var("SELECT user_pass FROM $wpdb->users WHERE ID = $user->ID"));
        self::assertCount(1, get_user_meta($user->ID, '_sallyport_family'));
    }

    /** Core writes a user back as it has read them. */
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
        self::assertFalse(has_filter('wp_pre_insert_user_data', $change), 'the change came between');
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

    private function logIn(WP_User $user): WP_REST_Response
    {
        return $this->rest('POST', '/sallyport/v1/token', ['username' => $user->user_login, 'password' => 'pw']);
    }
}
