<?php

/** What the other tests here rely on: WordPress is real, and nothing is left behind. */
final class HarnessTest extends WPTestCase
{
    public function test_sallyport_is_active_with_its_extension(): void
    {
        require_once ABSPATH . 'wp-admin/includes/plugin.php';
        self::assertTrue(is_plugin_active('sallyport/sallyport.php'));
        self::assertTrue(extension_loaded('sallyport'));
    }

    public function test_core_answers(): void
    {
        self::assertSame(401, $this->rest('GET', '/wp/v2/users/me')->get_status());
        $user = $this->user('editor', 'right');
        wp_set_current_user($user->ID);
        self::assertSame($user->ID, $this->rest('GET', '/wp/v2/users/me')->get_data()['id']);
        self::assertErrorCode('incorrect_password', wp_authenticate($user->user_login, 'wrong'));
    }

    public function test_a_test_writes(): void
    {
        $this->post(['post_title' => 'left behind?']);
        $this->user();
        update_option('left_behind', 1);
        add_filter('left_behind', '__return_true');
        wp_mail('a@example.test', 'subject', 'message');
        self::assertCount(1, self::$mails);
    }

    public function test_the_next_one_finds_nothing(): void
    {
        global $wpdb;
        self::assertFalse(get_option('left_behind'));
        self::assertFalse(has_filter('left_behind'));
        self::assertSame([], self::$mails);
        self::assertSame('0', (string) $wpdb->get_var("SELECT COUNT(*) FROM $wpdb->posts WHERE post_title = 'left behind?'"));
        self::assertSame('1', (string) $wpdb->get_var("SELECT COUNT(*) FROM $wpdb->users"));
    }

    public function test_a_table_of_a_test(): void
    {
        global $wpdb;
        $wpdb->query("CREATE TABLE {$wpdb->prefix}left_behind (id bigint(20) unsigned NOT NULL AUTO_INCREMENT, v varchar(64) NOT NULL, PRIMARY KEY (id), UNIQUE KEY v (v))");
        self::assertSame(1, $wpdb->insert("{$wpdb->prefix}left_behind", ['v' => 'a']));
    }

    public function test_is_gone_as_well(): void
    {
        global $wpdb;
        $wpdb->suppress_errors();
        self::assertNull($wpdb->get_var("SELECT COUNT(*) FROM {$wpdb->prefix}left_behind"));
        $wpdb->suppress_errors(false);
        self::assertNotSame('', $wpdb->last_error);
    }

    public function test_wp_die_is_an_exception(): void
    {
        $this->expectException(WPDieException::class);
        wp_die('no', '', ['response' => 403]);
    }
}
