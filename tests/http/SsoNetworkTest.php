<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\ForeignSite;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/SsoTestCase.php';

/** On a network each site has connections of its own, and takes only users of its own. */
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

    public function test_a_connection_is_of_one_site(): void
    {
        $person = $this->person();
        static::site()->php('add_user_to_blog(get_sites(["path" => "/other/", "fields" => "ids"])[0], (int) $argv[1], "subscriber");', [(string) $person->id]);
        self::assertNotSame(self::$first->secret, self::$second->secret);
        self::assertSame('untrusted', self::refused(401, 'sallyport_sso_refused', $this->exchange(self::$second->signsIn($person->email)))['reason']);
        self::assertSame('untrusted', self::refused(401, 'sallyport_sso_refused', $this->exchangeAtOther(self::$first->signsIn($person->email)))['reason']);
        // Rightly sent, but meant for the other site.
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

    public function test_whom_the_network_marks_as_spam_is_not(): void
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
