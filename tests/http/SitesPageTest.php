<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\ForeignSite;

require_once __DIR__ . '/SsoTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** Settings → Sallyport → Connected sites: who may connect one, and what the page shows. */
final class SitesPageTest extends SsoTestCase
{
    use OwnSite;

    private const PAGE = '/wp-admin/options-general.php?page=sallyport&tab=sites';
    private const ADD = ['sallyport_do' => 'add', 'site_key' => 'sister', 'url' => 'https://sister.example/', 'name' => 'Sister', 'allow[exchange]' => '1'];

    protected function setUp(): void
    {
        parent::setUp();
        static::site()->php('global $wpdb; return $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_sso_sites");');
    }

    public function test_a_site_is_connected_shown_its_secret_once_used_and_removed(): void
    {
        $browser = $this->signedIn($this->enrolled($this->administrator()));
        $page = $browser->save(self::PAGE, self::ADD);
        self::assertSame(1, preg_match('~<dd id="sallyport-secret"><code dir="ltr">([A-Za-z0-9_-]{43})</code>~', $page->body, $secret), (string) $page);
        self::assertStringContainsString('<code dir="ltr">' . static::site()->url . '</code>', $page->body, 'the values for the other site');
        self::assertStringContainsString('value="" aria-describedby="sallyport-url-help"', Browser::html($page), 'an empty form');
        $page = $browser->send('GET', self::PAGE);
        self::assertStringNotContainsString($secret[1], $page->body);
        self::assertStringContainsString('Users of the other site can be signed in here.', $page->body);
        self::assertStringContainsString('not used yet', $page->body);
        [$row] = self::listed();
        self::assertSame(['sister', 'Sister', 'https://sister.example', 'exchange'], [$row['site_key'], $row['name'], $row['address'], $row['allow']]);

        $person = $this->person();
        $foreign = new ForeignSite('sister', 'https://sister.example', static::site()->url, $secret[1]);
        self::assertSame(200, $this->exchange($foreign->signsIn($person->email))->status);
        self::assertStringContainsString('last used', $browser->send('GET', self::PAGE)->body);

        self::assertStringContainsString('sallyport_done=removed', $browser->save(self::PAGE, ['sallyport_do' => 'remove', 'id' => 'sister'])->header('location') ?? '');
        self::assertSame([], self::listed());
        self::assertSame(401, $this->exchange($foreign->signsIn($person->email))->status);
        self::assertStringContainsString('sallyport-error', $browser->save(self::PAGE, ['sallyport_do' => 'remove', 'id' => 'sister'])->body);
    }

    public function test_that_its_users_may_be_signed_in_here_has_to_be_ticked(): void
    {
        $page = $this->signedIn($this->enrolled($this->administrator()))->send('GET', self::PAGE)->body;
        self::assertMatchesRegularExpression('/name="allow\[issue\]"[^>]* checked/', $page);
        self::assertDoesNotMatchRegularExpression('/name="allow\[exchange\]"[^>]* checked/', $page);
    }

    public function test_a_secret_of_the_other_site_is_taken_and_never_shown(): void
    {
        $secret = 'x!"#$%&/()=?{[]}\\~abcdefghijklmno';
        $browser = $this->signedIn($this->enrolled($this->administrator()));
        $answer = $browser->save(self::PAGE, ['shared' => $secret] + self::ADD);
        self::assertStringContainsString('sallyport_done=added', $answer->header('location') ?? (string) $answer);
        self::assertStringNotContainsString(htmlspecialchars($secret), $browser->send('GET', self::PAGE)->body);
        $foreign = new ForeignSite('sister', 'https://sister.example', static::site()->url, $secret);
        self::assertSame(200, $this->exchange($foreign->signsIn($this->person()->email))->status);
    }

    public function test_adding_and_removing_require_a_fresh_proof(): void
    {
        static::site()->command('site', 'add', 'there', 'https://there.example');
        $forms = [self::ADD, ['sallyport_do' => 'remove', 'id' => 'there']];
        $person = $this->enrolled($this->administrator());
        $browser = $this->signedIn($person);
        self::ageSessions($person);
        self::assertStringNotContainsString('name="url"', $browser->send('GET', self::PAGE)->body, 'there is no field whose text would be lost on the page for the code');
        foreach ($forms as $form) {
            self::assertStringContainsString('action=sallyport-step-up', $browser->save(self::PAGE, $form)->header('location') ?? '');
        }
        $without = $this->signedIn($this->administrator());
        foreach ($forms as $form) {
            self::assertStringContainsString('sallyport-error', $without->save(self::PAGE, $form)->body);
        }
        self::assertSame(['there'], array_column(self::listed(), 'site_key'));
    }

    public function test_only_administrators_can_use_it_and_only_by_its_own_form(): void
    {
        $administrator = $this->signedIn($this->enrolled($this->administrator()));
        self::assertSame(403, $administrator->send('POST', self::PAGE, self::ADD)->status);
        self::assertSame(403, $administrator->send('POST', self::PAGE, self::ADD + ['_wpnonce' => 'abcdef0123'])->status);
        $nonce = Browser::fields($administrator->send('GET', self::PAGE))['_wpnonce'];
        self::assertSame(403, $this->signedIn($this->enrolled('editor'))->send('POST', self::PAGE, self::ADD + ['_wpnonce' => $nonce])->status);
        self::assertSame([], self::listed());
    }

    /** @dataProvider wrong */
    public function test_an_invalid_input_is_reported_and_kept_and_nothing_is_added(array $form, string $said, string $field): void
    {
        $browser = $this->signedIn($this->enrolled($this->administrator()));
        $page = $browser->save(self::PAGE, $form + self::ADD);
        self::assertSame(200, $page->status);
        self::assertMatchesRegularExpression("~<p class=\"sallyport-error\" id=\"sallyport-error\" role=\"alert\">.*$said~", $page->body);
        self::assertStringContainsString('value="' . htmlspecialchars($form['site_key'] ?? 'sister') . '"', $page->body);
        self::assertSame(
            1,
            preg_match_all('/name="([^"]+)"[^>]*aria-describedby="sallyport-error[^>]*aria-invalid="true" autofocus/', Browser::html($page), $wrong),
            'the error of one field',
        );
        self::assertSame($field, $wrong[1][0]);
        self::assertStringContainsString(
            'name="shared" id="sallyport-shared" class="regular-text code" dir="ltr" autocomplete="off" spellcheck="false" value="' . htmlspecialchars($form['shared'] ?? '') . '"',
            Browser::html($page),
            'empty would mean another one',
        );
        self::assertSame([], self::listed());
    }

    /** @return array<string, array{array<string, mixed>, string, string}> the typed values, the message, the field with the error */
    public static function wrong(): array
    {
        return [
            'no key' => [['site_key' => ''], 'The site key must be', 'site_key'],
            'a key that is none, beside a secret' => [['site_key' => '"><script>', 'shared' => str_repeat('"<&>', 10)], 'The site key must be', 'site_key'],
            'no address' => [['url' => ''], 'The address must be', 'url'],
            'another scheme' => [['url' => 'ftp://sister.example/'], 'The address must be', 'url'],
            'a long address' => [['url' => 'https://sister.example/' . str_repeat('x', 300)], 'too long', 'url'],
            'a long name' => [['name' => str_repeat('x', 800)], 'too long', 'name'],
            'a secret that is too short' => [['shared' => 'too short'], 'The secret must be', 'shared'],
            'a long secret' => [['shared' => str_repeat('x', 1025)], 'too long', 'shared'],
            'for nothing' => [['allow[exchange]' => null], 'select at least one', 'allow[issue]'],
            'a purpose that is none' => [['allow[everything]' => '1'], 'select at least one', 'allow[issue]'],
        ];
    }

    /** @return list<array<string, mixed>> */
    private static function listed(): array
    {
        return static::site()->rows('site', 'list');
    }
}
