<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;

require_once __DIR__ . '/EmailCodeTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** A drop-in that reads from a replica, which has stopped replicating: changes that the replica does not have are respected all the same. */
final class ReplicaTest extends EmailCodeTestCase
{
    use OwnSite;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return ['db' => 'mariadb'];
    }

    public static function setUpBeforeClass(): void
    {
        copy(__DIR__ . '/../fixtures/replica/db.php', static::site()->dir . '/wp-content/db.php');
    }

    protected function tearDown(): void
    {
        @unlink(static::site()->dir . '/wp-content/replica-stopped');
        parent::tearDown();
    }

    public function test_a_new_factor_is_asked_for_and_nothing_from_before_it_counts(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $before = $person->token;
        $browser = new Browser(static::site());
        $browser->logIn($person);
        self::stopReplica();
        $this->enrol($person);

        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertNull($this->whoIs($before));
        self::assertSame(302, $browser->send('GET', '/wp-admin/profile.php')->status);
        $visitor = new Browser(static::site());
        $visitor->logIn($person);
        self::assertSame(302, $visitor->send('GET', '/wp-admin/profile.php')->status);
        self::assertSame($person->id, $this->whoIs($person->token));
    }

    public function test_what_was_spent_or_ended_since_is_spent_or_ended(): void
    {
        $person = $this->enrolled();
        self::stopReplica();
        $answer = $this->post('/challenge/verify', ['challenge' => $this->challenge($person), 'code' => $code = $person->app->code()]);
        self::assertSame(200, $answer->status, (string) $answer);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
        self::assertSame(200, $this->post('/token/revoke', bearer: $person->token)->status);
        self::assertNull($this->whoIs($person->token));
    }

    public function test_a_password_of_before_is_wrong(): void
    {
        $person = $this->person();
        self::stopReplica();
        static::site()->php('wp_set_password("another one", (int) $argv[1]);', [(string) $person->id]);
        self::refused(401, 'sallyport_invalid_credentials', $this->logIn($person));
        self::assertSame(200, $this->logIn($person, ['password' => 'another one'])->status);
        $browser = new Browser(static::site());
        $browser->logIn($person);
        self::assertSame(302, $browser->send('GET', '/wp-admin/profile.php')->status);
    }

    public function test_no_code_is_mailed_to_an_address_of_before(): void
    {
        $person = $this->enrolledByMail();
        self::stopReplica();
        static::site()->php('wp_update_user(["ID" => (int) $argv[1], "user_email" => "moved-$argv[1]@example.test"]);', [(string) $person->id]);
        static::site()->forgetMails(); // core's mail about the change
        self::assertSame(503, $this->logIn($person)->status, 'their only factor was that address');
        self::assertSame([], self::mailsTo($person->email));
    }

    public function test_a_guest_reads_from_the_replica(): void
    {
        self::stopReplica();
        static::site()->php('wp_update_post(["ID" => 1, "post_title" => "Only on the primary"]);');
        self::assertSame('Hello world!', $this->get('/wp-json/wp/v2/posts/1')->json['title']['rendered']);
    }

    private static function stopReplica(): void
    {
        static::site()->php(<<<'PHP'
            global $wpdb;
            foreach ($wpdb->get_col("SHOW TABLES LIKE 'wp\\_%'") as $table) {
                $wpdb->query("DROP TABLE IF EXISTS replica_$table");
                $wpdb->query("CREATE TABLE replica_$table LIKE $table");
                $wpdb->query("INSERT INTO replica_$table SELECT * FROM $table");
            }
            touch(WP_CONTENT_DIR . '/replica-stopped');
            PHP);
    }
}
