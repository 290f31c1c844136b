<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\ForeignSite;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/SsoTestCase.php';

/** On a network each site has its own connections, and accepts only its own users. */
final class SsoNetworkTest extends SsoTestCase
{
    private static ?Site $network = null;
    private static ForeignSite $first;
    private static ForeignSite $second;

    protected static function site(): Site
    {
        if (self::$network === null) {
            self::$network = Site::up(['multisite' => true]);
            $secrets = self::$network->plugin(<<<'PHP'
                $sites = new \Sallyport\WP\Sso\ConnectedSites(new \Sallyport\WP\Store\SsoSiteRows($plugin->database()), $plugin->engine(), $plugin->activity());
                $other = wpmu_create_blog(get_network()->domain, '/other/', 'Other', 1);
                $secrets = [$sites->add('portal', 'https://portal.example', '', null, null, null, ['issue', 'exchange'], time())];
                switch_to_blog($other);
                \Sallyport\WP\Setup::is_needed() && $plugin->setup()->run();
                $secrets[] = $sites->add('portal', 'https://portal.example', '', null, null, null, ['issue', 'exchange'], time());
                return $secrets;
                PHP);
            self::$first = new ForeignSite('portal', 'https://portal.example', self::$network->url, $secrets[0]);
            self::$second = new ForeignSite('portal', 'https://portal.example', self::$network->url . '/other', $secrets[1]);
        }
        return self::$network;
    }

    public static function tearDownAfterClass(): void
    {
        self::$network?->down();
        self::$network = null;
    }

    public function test_with_a_site_go_its_connections_and_its_webhooks_and_its_log_stays(): void
    {
        $person = $this->person();
        $id = static::site()->plugin(<<<'PHP'
            $id = wpmu_create_blog(get_network()->domain, '/gone/', 'Gone', 1);
            add_user_to_blog($id, (int) $argv[1], 'subscriber');
            switch_to_blog($id);
            $plugin->setup()->run();
            $sites = new \Sallyport\WP\Sso\ConnectedSites(new \Sallyport\WP\Store\SsoSiteRows($plugin->database()), $plugin->engine(), $plugin->activity());
            $sites->add('portal', 'https://portal.example', '', null, null, null, ['issue', 'exchange'], time());
            (fn () => $this->endpoint_rows())->call($plugin)->change(static fn (array $rows): array => [new \Sallyport\WP\Store\EndpointRow('0123456789ab', 'https://hooks.example/', [], $plugin->engine()->seal('a secret', 'webhook', '1:0123456789ab'), true, time())]);
            // If a worker is running, the sign-in starts none that would still run while its site is deleted.
            (fn () => $this->webhook_lease()->take(time(), 600))->call($plugin);
            return $id;
            PHP, [(string) $person->id]);
        self::assertSame(200, static::site()->request('POST', '/gone' . self::API . '/token', json: ['username' => $person->login, 'password' => $person->password])->status);
        self::assertGreaterThan(0, min(self::rowsOf($id)));
        $others = self::rowsOf(1)['sso_sites'];
        static::site()->php('require_once ABSPATH . "wp-admin/includes/ms.php"; wpmu_delete_blog((int) $argv[1], true);', [(string) $id]);
        $left = self::rowsOf($id);
        self::assertGreaterThan(0, $left['activity']);
        self::assertSame(['sso_sites' => 0, 'webhook_deliveries' => 0, 'families' => 0], array_diff_key($left, ['activity' => true]));
        self::assertSame($others, self::rowsOf(1)['sso_sites']);
        self::assertSame([], preg_grep('/sallyport|database error/i', static::site()->logged()));
    }

    /** @return array<string, int> table => the number of rows of that site */
    private static function rowsOf(int $blog_id): array
    {
        return static::site()->plugin('foreach (["sso_sites", "webhook_deliveries", "families", "activity"] as $table) { $rows[$table] = (int) $plugin->database()->row("SELECT COUNT(*) AS n FROM {{$table}} WHERE blog_id = %d", [(int) $argv[1]])["n"]; } return $rows;', [(string) $blog_id]);
    }

    public function test_a_connection_is_of_one_site(): void
    {
        $person = $this->person();
        static::site()->php('add_user_to_blog(get_sites(["path" => "/other/", "fields" => "ids"])[0], (int) $argv[1], "subscriber");', [(string) $person->id]);
        self::assertNotSame(self::$first->secret, self::$second->secret);
        self::assertSame('untrusted', self::refused(401, 'sallyport_sso_refused', $this->exchange(self::$second->signsIn($person->email)))['reason']);
        self::assertSame('untrusted', self::refused(401, 'sallyport_sso_refused', $this->exchangeAtOther(self::$first->signsIn($person->email)))['reason']);
        // Correctly sent, but issued for the other site.
        foreach ([[self::$first, self::$second, $this->exchange(...)], [self::$second, self::$first, $this->exchangeAtOther(...)]] as [$from, $other, $exchange]) {
            self::assertSame('untrusted', self::refused(401, 'sallyport_sso_refused', $exchange($from->signsIn($person->email, ['aud' => $other->audience])))['reason']);
        }
        $jti = bin2hex(random_bytes(16));
        self::assertSame(200, $this->exchange(self::$first->signsIn($person->email, ['jti' => $jti]))->status);
        $there = $this->exchangeAtOther(self::$second->signsIn($person->email, ['jti' => $jti]));
        self::assertSame(200, $there->status, (string) $there);
        self::assertSame(self::$second->audience, self::claims($there->json['token'])['iss']);
        self::assertSame(['portal'], array_column(json_decode(static::site()->wp('sallyport', 'site', 'list', '--format=json'), true), 'site_key'));
    }

    public function test_only_a_member_is_let_in(): void
    {
        $person = $this->person();
        $sent = self::$second->signsIn($person->email);
        self::assertSame('no_such_user', self::refused(401, 'sallyport_sso_refused', $this->exchangeAtOther($sent))['reason']);
        static::site()->php('grant_super_admin((int) $argv[1]);', [(string) $person->id]);
        self::assertSame('no_such_user', self::refused(401, 'sallyport_sso_refused', $this->exchangeAtOther($sent))['reason'], 'not an administrator of the network either');
        static::site()->php('add_user_to_blog(get_sites(["path" => "/other/", "fields" => "ids"])[0], (int) $argv[1], "subscriber");', [(string) $person->id]);
        self::assertSame(200, $this->exchangeAtOther($sent)->status);
    }

    public function test_a_user_marked_as_spam_is_not_let_in(): void
    {
        $person = $this->person();
        static::site()->php('wp_update_user(["ID" => (int) $argv[1], "spam" => "1"]);', [(string) $person->id]);
        self::assertSame('no_such_user', self::refused(401, 'sallyport_sso_refused', $this->exchange(self::$first->signsIn($person->email)))['reason']);
        static::site()->php('wp_update_user(["ID" => (int) $argv[1], "spam" => "0"]);', [(string) $person->id]);
        self::assertSame(200, $this->exchange(self::$first->signsIn($person->email))->status);
    }

    /** @param array<string, mixed> $body */
    private function exchangeAtOther(array $body): Response
    {
        return static::site()->request('POST', '/other' . self::API . '/sso/exchange', json: $body);
    }
}
