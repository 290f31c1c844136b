<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** `wp sallyport key reseal`: every secret is sealed again under another master key, while the site keeps running. */
final class ResealTest extends HttpTestCase
{
    use OwnSite;

    private const NEW = 'YW5vdGhlciBrZXksIG9mIHRoaXJ0eS10d28gYnl0ZXM=';

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return self::options();
    }

    public function test_without_a_new_key_there_is_nothing_to_seal_under(): void
    {
        foreach (['--yes', '--dry-run'] as $how) {
            [$code, $out, $err] = static::site()->command('key', 'reseal', $how);
            self::assertSame([2, ''], [$code, $out]);
            self::assertStringContainsString('SALLYPORT_NEW_MASTER_KEY', $err);
        }
        self::restart(['SALLYPORT_NEW_MASTER_KEY' => 'too short']);
        self::assertSame(2, static::site()->command('key', 'reseal', '--yes')[0]);
        self::restart();
    }

    /** N3: NIST SP 800-63B-4 section 3.1.4.2. */
    public function test_from_one_key_to_another_nobody_is_turned_away(): void
    {
        $person = $this->enrolled();
        $refresh = $this->logIn($person, ['code' => $person->codes[0]])->json['refresh_token'];
        $other = $this->enrolled();
        [$code, , $err] = static::site()->command('webhook', 'add', 'https://8.8.8.8/hook', '--events=key_retired');
        self::assertSame(0, $code, $err);
        [$code, $secret, $err] = static::site()->command('site', 'add', 'elsewhere', 'https://elsewhere.example');
        self::assertSame(0, $code, $err);
        static::site()->plugin('(function (int $id): void { $row = $this->enrolment()->begin($id, "email", time()); $this->email_code()->give_address($row); $this->factor_rows()->activate($row->id, 0, time()); })->call($plugin, (int) $argv[1]);', [(string) $other->id]);
        $challenge = $this->challenge($other);
        $old = self::keysUsed();
        self::assertCount(1, $old);

        // The new key beside the old one, on every server.
        self::restart(['SALLYPORT_NEW_MASTER_KEY' => self::NEW]);
        self::assertSame($person->id, $this->whoIs($person->token));
        $before = self::sealed();
        $due = static::site()->rows('key', 'reseal', '--dry-run');
        self::assertSame(['TOTP secrets' => 2, 'e-mail addresses' => 1, 'SSO secrets' => 1, 'signing keys' => 1, 'webhook secrets' => 1], array_column($due, 'due', 'kind'));
        self::assertSame($before, self::sealed(), 'it changed nothing');
        $asked = static::site()->command('key', 'reseal');
        self::assertStringContainsString('[y/n]', $asked[1]);
        self::assertSame($before, self::sealed(), 'nobody confirmed');

        self::assertSame(array_column($due, 'due', 'kind'), array_column(static::site()->rows('key', 'reseal', '--yes'), 'resealed', 'kind'));
        $new = self::keysUsed();
        self::assertCount(1, $new);
        self::assertNotSame($old, $new);
        self::assertSame(
            [6, 0],
            [
                array_sum(array_column(static::site()->rows('key', 'reseal', '--yes'), 'current')),
                array_sum(array_column(static::site()->rows('key', 'reseal', '--dry-run'), 'due')),
            ],
        );
        self::assertCount(2, self::activity(0, 'master_key_changed'));

        // Secrets under the old key are still accepted, and new secrets are sealed under the new one.
        self::assertSame($person->id, $this->whoIs($person->token), 'a proof from before');
        $answer = $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $other->codes[1]]);
        self::assertSame(200, $answer->status, "a challenge from before: $answer");
        $late = $this->enrolled();
        self::assertSame($new, self::keysUsed());
        $person->token = $this->proven($person);
        $made = $this->proven($late);

        // A server that has only the old key turns these users away, and says so.
        self::restart();
        self::refused(503, 'sallyport_unavailable', $this->logIn($person));
        $admin = new Browser(static::site());
        $admin->logIn(Person::admin(static::site()));
        self::assertStringContainsString('The master key is not the one', $admin->send('GET', '/wp-admin/index.php')->body);

        // The old key is removed: first its file, then the new one takes its name.
        self::restart(['SALLYPORT_NEW_MASTER_KEY' => self::NEW]);
        static::site()->php('foreach ([...glob(WP_CONTENT_DIR . "/sallyport-key.php"), ...glob(dirname(ABSPATH) . "/.sallyport-" . substr(hash("sha256", implode("/", [DB_HOST, DB_NAME, $GLOBALS["wpdb"]->base_prefix])), 0, 12) . ".php")] as $file) { unlink($file); }');
        self::assertSame($person->id, $this->whoIs($person->token), 'only the new key, under its usual name');
        self::restart(['SALLYPORT_MASTER_KEY' => self::NEW]);
        self::assertSame($person->id, $this->whoIs($person->token));
        self::assertSame($late->id, $this->whoIs($made));
        self::refusedCredential('sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $other->token));
        $answer = $this->post('/token/refresh', ['refresh_token' => $refresh]);
        self::assertSame([200, $person->id], [$answer->status, $this->whoIs($answer->json['token'] ?? null)], 'a refresh token outlives the key');
        self::forgetCodes($person);
        $this->proven($person);
        self::assertTrue(static::site()->plugin('return (fn (int $id): bool => $this->email_code()->is_enrolled($id))->call($plugin, (int) $argv[1]);', [(string) $other->id]));
        self::assertSame(trim($secret), static::site()->plugin('$sites = (fn () => $this->connected_sites())->call($plugin); return $sites->secret($sites->find("elsewhere"));'));
        self::assertStringStartsWith('whsec_', static::site()->plugin('return $plugin->endpoints()->secret($plugin->endpoints()->all()[0]);'));
    }

    /** @depends test_from_one_key_to_another_nobody_is_turned_away */
    public function test_secrets_that_open_under_neither_key_are_reported_and_the_rest_is_resealed(): void
    {
        $broken = $this->enrolled();
        $whole = $this->enrolled();
        self::sql("UPDATE {factors} SET secret = 's1.AAAAAAAAAAA.AAAA' WHERE user_id = %d", $broken->id);
        self::restart(['SALLYPORT_MASTER_KEY' => self::NEW, 'SALLYPORT_NEW_MASTER_KEY' => strrev(self::NEW)]);
        foreach (['--dry-run', '--yes'] as $how) {
            [$code, $out, $err] = static::site()->command('key', 'reseal', $how, '--format=json');
            self::assertSame(1, $code);
            self::assertSame(1, array_column(json_decode($out, true), 'unreadable', 'kind')['TOTP secrets']);
            self::assertStringContainsString("user $broken->id ", $err);
        }
        self::refused(503, 'sallyport_unavailable', $this->logIn($broken, ['code' => $broken->app->code()]));
        $this->proven($whole);
        self::assertSame(0, static::site()->command('factor', 'reset', $broken->login, '--reason=unreadable', '--yes')[0]);
        $this->signIn($broken);
    }

    /** @param array<string, scalar> $define */
    private static function restart(array $define = []): void
    {
        static::site()->up_again(['define' => $define + ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET]]);
    }

    /** @return list<string> all sealed secrets as they are stored */
    private static function sealed(): array
    {
        return static::site()->php(<<<'PHP'
            global $wpdb;
            $all = [];
            foreach ($wpdb->get_col('SHOW TABLES') as $table) {
                preg_match_all('/\bs1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/', serialize($wpdb->get_results("SELECT * FROM `$table`", ARRAY_A)), $found);
                $all = [...$all, ...$found[0]];
            }
            sort($all);
            return $all;
            PHP);
    }

    /** @return list<string> ids of the keys under which secrets are sealed, without successors of refresh tokens, which have keys of their own */
    private static function keysUsed(): array
    {
        self::sql("UPDATE {refresh_tokens} SET successor = '' WHERE successor <> %s", '');
        return array_values(array_unique(array_map(static fn (string $sealed): string => explode('.', $sealed)[1], self::sealed())));
    }
}
