<?php

declare(strict_types=1);

use Sallyport\WP\Refusal;
use Sallyport\WP\Sso\ConnectedSites;
use Sallyport\WP\Store\SpentRows;
use Sallyport\WP\Store\SsoSiteRows;

/** Valid and invalid connections; and a name can be used only once. */
final class ConnectedSitesTest extends WPTestCase
{
    private const SECRET = 'thirty-two-characters-or-more----';

    private ConnectedSites $sites;

    protected function setUp(): void
    {
        parent::setUp();
        $this->sites = new ConnectedSites(new SsoSiteRows(self::plugin()->database()), self::plugin()->engine(), self::plugin()->activity());
    }

    public function test_it_is_found_by_exactly_its_key_and_its_secret_opens(): void
    {
        self::assertSame(self::SECRET, $this->add('Site.one'));
        $site = $this->sites->find('Site.one');
        self::assertSame(self::SECRET, $this->sites->secret($site));
        self::assertSame(['https://one.example', ['issue', 'exchange'], 'HS256'], [$site->url, $site->allowed, $site->algorithm()]);
        foreach (['site.one', 'SITE.ONE', 'Site.one ', "Site.one\n", 'Site', '', '%', "\u{1F511}"] as $key) {
            self::assertNull($this->sites->find($key), $key);
        }
        $this->sites->remove('Site.one');
        self::assertNull($this->sites->find('Site.one'));
        self::assertSame([], $this->sites->all());
    }

    public function test_one_key_is_one_connection(): void
    {
        $this->add('one');
        $this->refused('already', 'one');
        $this->refused('already', 'ONE'); // for both databases it is the same name
        $this->add('two'); // the same address under another key, which is how a secret is changed
        self::assertCount(2, $this->sites->all());
    }

    public function test_what_is_no_connection(): void
    {
        foreach (['', '-x', '.x', 'a b', 'a/b', 'a:b', "a'b", "a\n", 'ä', str_repeat('x', 65)] as $key) {
            $this->refused('site key must', $key);
        }
        foreach ([
            '', 'bad.example', 'ftp://bad.example', 'https://', 'https:///x', 'https://u:p@bad.example',
            'https://bad.example/?a', 'https://bad.example/#a', 'https://bad example', "https://bad.example\n",
            'javascript:alert(1)', "https://\xe9.example", 'https://' . str_repeat('x', 260),
        ] as $address) {
            $this->refused('address must', url: $address);
        }
        foreach ([home_url(), home_url('/')] as $address) {
            $this->refused('of this site', url: $address);
        }
        foreach ([[], ['all'], ['issue', ''], ['ISSUE']] as $allowed) {
            $this->refused('Allowed', allowed: $allowed);
        }
        foreach ([str_repeat('x', 192), "\xe9"] as $name) {
            $this->refused('name must', name: $name);
        }
        foreach ([
            '', ' ', str_repeat('x', 31), str_repeat('x', 1025), str_repeat('x y', 20), str_repeat('x', 40) . "\n",
            str_repeat("\u{e9}", 20), str_repeat("\0", 40),
        ] as $secret) {
            $this->refused('visible ASCII', secret: $secret);
        }
        self::assertSame([], $this->sites->all());
    }

    public function test_a_name_is_spent_once_and_forgotten_when_it_may_be(): void
    {
        $spent = new SpentRows(self::plugin()->database());
        [$one, $two] = [hash('sha256', 'one'), hash('sha256', 'two')];
        self::assertSame([true, false, true, false], [$spent->spend($one, 100), $spent->spend($one, 200), $spent->spend($two, 200), $spent->spend($two, 200)]);
        self::assertSame(0, self::plugin()->database()->delete_expired('spent', 99, 10));
        self::assertSame(1, self::plugin()->database()->delete_expired('spent', 100, 10));
        self::assertSame([true, false], [$spent->spend($one, 300), $spent->spend($two, 300)]);
    }

    private function add(string $key): string
    {
        return $this->sites->add($key, 'https://one.example/', '', self::SECRET, null, null, ['issue', 'exchange'], 1_800_000_000);
    }

    /** @param list<string> $allowed */
    private function refused(
        string $why,
        string $key = 'bad',
        string $url = 'https://bad.example',
        string $name = '',
        string $secret = self::SECRET,
        array $allowed = ['issue'],
    ): void
    {
        try {
            $this->sites->add($key, $url, $name, $secret, null, null, $allowed, 1_800_000_000);
            self::fail("taken: $key $url $name " . implode(',', $allowed));
        } catch (Refusal $refusal) {
            self::assertSame('rest_invalid_param', $refusal->reason->value);
            self::assertStringContainsString($why, $refusal->data['reason']);
        }
    }
}
