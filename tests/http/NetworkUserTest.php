<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Site;

require_once __DIR__ . '/HttpTestCase.php';

/** Users of a network: deleted, removed from one site, marked as spam, no longer a network administrator. */
final class NetworkUserTest extends HttpTestCase
{
    private const NOTHING = ['factors' => 0, 'backup_codes' => 0, 'challenges' => 0, 'state' => 0];

    private static ?Site $network = null;

    public static function tearDownAfterClass(): void
    {
        self::$network?->down();
        self::$network = null;
    }

    protected static function site(): Site
    {
        return self::$network ??= Site::up(self::options(['multisite' => true]));
    }

    public function test_a_user_removed_from_one_site_of_the_network_keeps_the_factor(): void
    {
        $person = $this->enrolled();
        $this->challenge($person);
        $before = $this->stored($person);
        self::assertSame(['factors' => 1, 'backup_codes' => 10, 'challenges' => 1, 'state' => 1], $before);
        $fired = static::site()->php(<<<'PHP'
            require_once ABSPATH . 'wp-admin/includes/user.php';
            $id = (int) $argv[1];
            $blog = wpmu_create_blog('localhost', '/' . $argv[2] . '/', 'another', 1);
            if (is_wp_error($blog)) { throw new RuntimeException($blog->get_error_message()); }
            add_user_to_blog($blog, $id, 'subscriber');
            remove_user_from_blog($id, $blog);
            add_user_to_blog($blog, $id, 'subscriber');
            switch_to_blog($blog);
            wp_delete_user($id);
            restore_current_blog();
            return did_action('deleted_user');
            PHP, [(string) $person->id, $person->login]);
        self::assertSame(1, $fired, 'core fires the hook');
        self::assertSame($before, $this->stored($person));
        $answer = $this->get(self::API . '/two-factor', $person->token);
        self::assertSame(200, $answer->status, "the proven token still counts: $answer");

        static::site()->php('require_once ABSPATH . "wp-admin/includes/user.php"; wp_delete_user((int) $argv[1]);', [(string) $person->id]);
        self::assertSame($before, $this->stored($person));
        self::refusedCredential('sallyport_token_invalid', $this->get(self::API . '/two-factor', $person->token)); // tokens that this site issued end
        $this->challenge($person);
        $this->proven($person);
    }

    public function test_users_without_a_site_have_the_page_in_their_dashboard_even_super_admins(): void
    {
        foreach ([$this->enrolled(), $this->enrolled($this->administrator())] as $person) {
            $browser = $this->signedIn($person);
            self::assertSame(1, preg_match('~href="([^"]+)">Factors, backup codes, devices~', $browser->send('GET', '/wp-admin/user/profile.php')->body, $link));
            $path = substr(html_entity_decode($link[1]), strlen(static::site()->url));
            self::assertSame('/wp-admin/user/profile.php?page=sallyport-security', $path);
            self::assertStringContainsString('Your second factors', $browser->send('GET', $path)->body);
        }
    }

    public function test_nothing_remains_of_a_user_deleted_from_the_network(): void
    {
        $person = $this->enrolled();
        $other = $this->enrolled();
        $this->challenge($person);
        $this->challenge($other);
        static::site()->php('require_once ABSPATH . "wp-admin/includes/ms.php"; require_once ABSPATH . "wp-admin/includes/user.php"; wpmu_delete_user((int) $argv[1]);', [(string) $person->id]);
        self::assertSame(self::NOTHING, $this->stored($person));
        self::assertSame(['factors' => 1, 'backup_codes' => 10, 'challenges' => 1, 'state' => 1], $this->stored($other), 'other users are not affected');
        self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $person->token));
        self::refused(401, 'sallyport_invalid_credentials', $this->logIn($person));
    }

    public function test_a_user_marked_as_spam_or_no_longer_super_admin_is_signed_out(): void
    {
        foreach (['wp_update_user(["ID" => $id, "spam" => "1"]); ', 'grant_super_admin($id); revoke_super_admin($id);'] as $what) {
            $person = $this->enrolled();
            self::assertSame($person->id, $this->whoIs($person->token));
            static::site()->php('$id = (int) $argv[1]; ' . $what . ' return 1;', [(string) $person->id]);
            self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $person->token));
        }
    }

    /** @return array<string, int> the numbers of rows of a user */
    private function stored(Person $person): array
    {
        return static::site()->php(<<<'PHP'
            global $wpdb;
            $count = static fn (string $table): int => (int) $wpdb->get_var($wpdb->prepare("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_$table WHERE user_id = %d", $argv[1]));
            $state = (int) $wpdb->get_var($wpdb->prepare("SELECT COUNT(*) FROM $wpdb->usermeta WHERE meta_key = '_sallyport_state' AND user_id = %d", $argv[1]));
            return array_combine($tables = ['factors', 'backup_codes', 'challenges'], array_map($count, $tables)) + ['state' => $state];
            PHP, [(string) $person->id]);
    }
}
