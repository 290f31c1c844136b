<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/EmailCodeTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/**
 * A persistent object cache with wrong entries: restored by a server that started again from its last snapshot, or
 * not updated by a web server that could not reach it. It does not restore revoked rights.
 */
final class ObjectCacheTest extends EmailCodeTestCase
{
    use OwnSite;

    private string $folder;

    protected function setUp(): void
    {
        parent::setUp();
        $content = static::site()->dir . '/wp-content';
        copy(__DIR__ . '/../fixtures/object-cache/object-cache.php', "$content/object-cache.php");
        $this->folder = "$content/object-cache";
    }

    public function test_nothing_from_before_an_enrolment_comes_back(): void
    {
        $person = $this->person();
        $password = $this->applicationPassword($person);
        $browser = new Browser(static::site());
        $browser->logIn($person);
        $this->assertCountsAs($person->id, $password, $browser);
        $before = $this->snapshot();
        $this->enrolled($person);
        $this->assertCountsAs(null, $password, $browser);

        $this->putBack($before);
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        $this->putBack($before);
        $this->assertCountsAs(null, $password, $browser);
        self::assertSame($person->id, $this->whoIs($person->token), 'it is proven, whatever the cache says');
    }

    public function test_a_token_and_a_session_that_ended_do_not_come_back(): void
    {
        $person = $this->enrolled();
        $browser = $this->signedIn($person);
        self::assertSame(200, $browser->send('GET', '/wp-admin/profile.php')->status);
        $before = $this->snapshot();
        self::assertSame(200, $this->post('/token/revoke', bearer: $person->token)->status);
        static::site()->php('WP_Session_Tokens::get_instance((int) $argv[1])->destroy_all();', [(string) $person->id]);

        $this->putBack($before);
        self::assertNull($this->whoIs($person->token));
        self::assertSame(302, (clone $browser)->send('GET', '/wp-admin/profile.php')->status);
        $this->putBack($before);
        self::assertSame(302, $browser->send('GET', '/wp-admin/profile.php')->status);
    }

    public function test_an_application_password_that_was_revoked_does_not_come_back(): void
    {
        $person = $this->enrolled();
        $made = static::site()->request('POST', '/wp-json/wp/v2/users/me/application-passwords', json: ['name' => 'a test'], bearer: $person->token)->json;
        $password = 'Basic ' . base64_encode("$person->login:$made[password]");
        $this->assertCountsAs($person->id, $password);
        $before = $this->snapshot();
        static::site()->php('WP_Application_Passwords::delete_application_password((int) $argv[1], $argv[2]);', [(string) $person->id, $made['uuid']]);
        $this->assertCountsAs(null, $password);

        $this->putBack($before);
        $this->assertCountsAs(null, $password);
    }

    public function test_no_code_is_mailed_to_an_address_of_before(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $this->enrolByMail($person);
        $before = $this->snapshot();
        static::site()->php('wp_update_user(["ID" => (int) $argv[1], "user_email" => "moved-$argv[1]@example.test"]);', [(string) $person->id]);
        static::site()->forgetMails(); // core's mail about the change
        $closed = $this->logIn($person);
        self::assertSame(503, $closed->status, 'their only factor was that address');

        $this->putBack($before);
        self::assertSame($closed->body, $this->logIn($person)->body);
        self::assertSame([], self::mailsTo($person->email));
    }

    public function test_a_password_of_before_is_wrong(): void
    {
        [$person, $other] = [$this->enrolled(), $this->person()];
        self::assertSame(200, $this->logIn($other)->status);
        $before = $this->snapshot();
        static::site()->php('wp_set_password("another", (int) $argv[1]); wp_set_password("another", (int) $argv[2]);', [(string) $person->id, (string) $other->id]);
        foreach ([$person, $other] as $whose) {
            $this->putBack($before);
            self::refused(401, 'sallyport_invalid_credentials', $this->logIn($whose));
            $this->putBack($before);
            self::assertFalse((static function (Browser $browser) use ($whose): bool {
                $browser->logIn($whose);
                return $browser->isSignedIn();
            })(new Browser(static::site())));
        }
        $this->putBack($before);
        $token = static::site()->request('POST', self::API . '/token', json: ['username' => $other->login, 'password' => 'another'])->json['token'];
        foreach ([$other->password => 400, 'another' => 200] as $password => $status) {
            $this->putBack($before);
            self::assertSame($status, $this->post('/two-factor/enable', ['password' => $password], $token)->status, $password);
        }
        $this->putBack($before);
        static::site()->php('require_once ABSPATH . "wp-admin/includes/user.php"; wp_delete_user((int) $argv[1]);', [(string) $other->id]);
        $this->putBack($before);
        self::refused(401, 'sallyport_invalid_credentials', $this->logIn($other));
    }

    public function test_a_stale_cached_setting_is_used_for_a_minute_at_most(): void
    {
        $person = $this->person();
        $password = $this->applicationPassword($person);
        $this->enrolled($person);
        $kid = json_decode(base64_decode(strtr(explode('.', $person->token)[0], '-_', '+/')), true)['kid'];
        $this->command('policy', 'set', 'monitor', 'true', '--yes', ...(self::isNetwork() ? ['--network'] : []));
        $this->assertCountsAs($person->id, $password);
        self::assertSame($person->id, $this->whoIs($person->token));
        $before = $this->snapshot();
        $this->command('policy', 'set', 'monitor', 'false', '--yes', ...(self::isNetwork() ? ['--network'] : []));
        $this->command('key', 'generate');
        $this->command('key', 'rotate', '--now', '--yes');
        $this->command('key', 'retire', $kid, '--yes');
        $this->assertCountsAs(null, $password);
        self::assertNull($this->whoIs($person->token));

        $this->putBack($this->aged($before));
        $this->assertCountsAs(null, $password);
        self::assertNull($this->whoIs($person->token));
    }

    public function test_an_epoch_no_longer_owed_is_not_replaced(): void
    {
        $person = $this->enrolled();
        static::site()->php('Sallyport\WP\Store\SharedOption::believe("sallyport_down", ["owed" => [(int) $argv[1] => true]]);', [(string) $person->id]);
        self::assertSame($person->id, $this->whoIs($person->token));
        self::assertSame('', static::site()->php('return wp_cache_get("sallyport_down", "sallyport")["value"];'));
    }

    public function test_an_epoch_that_a_server_without_the_cache_owes_is_owed_a_minute_later(): void
    {
        $person = $this->enrolled();
        self::assertSame($person->id, $this->whoIs($person->token));
        self::sql('UPDATE {options} SET option_value = %s WHERE option_name = %s', serialize(['owed' => [$person->id => true]]), 'sallyport_down');
        $this->putBack($this->aged($this->snapshot()));
        self::assertNull($this->whoIs($person->token));
    }

    private function applicationPassword(Person $person): string
    {
        $made = $person->applicationPassword();
        return 'Basic ' . base64_encode("$person->login:$made");
    }

    private function assertCountsAs(?int $user_id, string $password, ?Browser $browser = null): void
    {
        self::assertSame($user_id, $this->get('/wp-json/wp/v2/users/me', headers: ['authorization' => $password])->json['id'] ?? null);
        if ($browser !== null) {
            self::assertSame($user_id === null ? 302 : 200, (clone $browser)->send('GET', '/wp-admin/profile.php')->status);
        }
    }

    private function command(string ...$words): void
    {
        [$code, $output, $errors] = static::site()->command(...$words);
        self::assertSame(0, $code, $output . $errors);
    }

    /** @return array<string, string> file => the cached content */
    private function snapshot(): array
    {
        $files = glob("$this->folder/*");
        return array_combine($files, array_map(file_get_contents(...), $files));
    }

    /** @param array<string, string> $entries @return array<string, string> the same a minute later */
    private function aged(array $entries): array
    {
        return preg_replace_callback('/"at";i:(\d+)/', static fn (array $at): string => '"at";i:' . ((int) $at[1] - 60), $entries);
    }

    /** @param array<string, string> $entries */
    private function putBack(array $entries): void
    {
        array_map(unlink(...), glob("$this->folder/*"));
        foreach ($entries as $file => $entry) {
            file_put_contents($file, $entry);
            chmod($file, 0666);
        }
    }
}
