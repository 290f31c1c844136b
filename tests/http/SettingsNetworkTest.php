<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** Settings → Sallyport in the network's administration: its policy, and what it prescribes to every site. */
final class SettingsNetworkTest extends HttpTestCase
{
    use OwnSite;

    private const PAGE = '/wp-admin/network/settings.php?page=sallyport&tab=';
    private const SITES = '/wp-admin/options-general.php?page=sallyport&tab=';

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return ['multisite' => true];
    }

    public function test_only_network_administrators_can_open_it(): void
    {
        $person = $this->enrolled('administrator');
        $browser = $this->signedIn($person);
        self::assertSame(200, $browser->send('GET', self::SITES . 'policy')->status);
        self::assertSame(403, $browser->send('GET', self::PAGE . 'policy')->status);
        self::assertSame(
            403,
            $this->save(
                $browser,
                'policy',
                [
                    'sallyport_do' => 'policy',
                    'default' => 'required',
                    'grace_days' => '3',
                    '_wpnonce' => Browser::fields($browser->send('GET', self::SITES . 'policy'))['_wpnonce'],
                ],
            )->status,
        );
        self::assertNull(static::site()->plugin('return get_site_option("sallyport_policy_network", null);'));
    }

    public function test_the_policy_of_the_network_is_what_every_site_shows_as_set(): void
    {
        $browser = $this->signedIn($this->enrolled($this->administrator()));
        $form = [
            'default' => 'optional', 'roles[editor]' => 'required', 'roles[author]' => 'optional',
            'grace_days' => '3', 'confirm_by_mail' => '1', 'strong[contributor]' => '1',
        ];
        $this->user_without();
        $first = $this->save($browser, 'policy', ['sallyport_do' => 'policy'] + $form + $this->fields($browser, 'policy'));
        self::assertMatchesRegularExpression(
            '/Editor.*?\d+ of \d+ (has|have) no second factor.*? until/s',
            $first->body,
            strip_tags((string) strstr((string) strstr($first->body, '<div class="sallyport '), '<div class="clear', true)),
        );
        $fields = Browser::fields($first);
        $second = $this->save($browser, 'policy', ['sallyport_do' => 'policy'] + $form + array_intersect_key($fields, ['was' => 1, 'seen' => 1, '_wpnonce' => 1]));
        self::assertSame(302, $second->status, $second->body);
        self::assertSame('required', static::site()->plugin('return get_site_option("sallyport_policy_network")["roles"]["editor"];'));
        $page = $browser->send('GET', self::SITES . 'policy')->body;
        self::assertMatchesRegularExpression('/name="roles\[editor\]" value="required"[^>]*checked[^>]*disabled/', $page);
        self::assertMatchesRegularExpression('/name="roles\[author\]" value="off"[^>]*disabled/', $page);
        self::assertDoesNotMatchRegularExpression('/name="roles\[author\]" value="required"[^>]*disabled/', $page);
        self::assertMatchesRegularExpression('/name="strong\[contributor\]"[^>]*checked[^>]*disabled/', $page);
        self::assertMatchesRegularExpression('/name="monitor"[^>]*disabled/', $page);
        self::assertStringContainsString('Set by the network.', $page);
        static::site()->plugin('delete_site_option("sallyport_policy_network"); $plugin->policy_option()->spread();');
    }

    public function test_a_rule_for_a_site_is_added_by_its_address_changed_and_removed(): void
    {
        $browser = $this->signedIn($this->enrolled($this->administrator()));
        $id = static::site()->plugin('return wpmu_create_blog(get_network()->domain, "/held/", "Held", 1);');
        $sites = static fn (): array => static::site()->plugin('return get_site_option("sallyport_policy_network", [])["sites"] ?? [];');
        $form = ['sallyport_do' => 'policy', 'default' => 'optional', 'grace_days' => '7', 'confirm_by_mail' => '1'];
        $save = fn (array $more): Response => $this->save($browser, 'policy', $more + $form + $this->fields($browser, 'policy'));
        $wrong = $save(['add[sites][name]' => 'elsewhere.example/held', 'add[sites][mode]' => 'optional']);
        self::assertMatchesRegularExpression('/value="elsewhere.example\/held"[^>]*aria-invalid="true"/', $wrong->body);
        self::assertStringContainsString('This is not a site of the network', $wrong->body);
        self::assertSame([], $sites());
        $host = (string) preg_replace('~^http://~', '', static::site()->url);
        self::assertSame(302, $save(['add[sites][name]' => "http://$host/held", 'add[sites][mode]' => 'optional'])->status);
        self::assertSame([$id => 'optional'], $sites());
        self::assertStringContainsString("The site $host/held/", $browser->send('GET', self::PAGE . 'policy')->body);
        self::assertStringNotContainsString('add[sites]', $browser->send('GET', self::SITES . 'policy')->body, 'only the network may set it');
        $this->user_without();
        $hits = $save(["sites[$id]" => '', 'roles[editor]' => 'required']);
        self::assertStringContainsString('who is affected', $hits->body);
        self::assertMatchesRegularExpression("/name=\"sites\\[$id\\]\" value=\"\" checked/", $hits->body, 'entries to be removed are sent again');
        $saved = $this->save(
            $browser,
            'policy',
            ["sites[$id]" => '', 'roles[editor]' => 'required']
                + $form
                + array_intersect_key(Browser::fields($hits), ['was' => 1, 'seen' => 1, '_wpnonce' => 1]),
        );
        self::assertSame([302, []], [$saved->status, $sites()]);
        static::site()->plugin('delete_site_option("sallyport_policy_network"); $plugin->policy_option()->spread();');
    }

    public function test_a_sites_administrator_learns_no_name_of_users_of_other_sites(): void
    {
        $stranger = static::site()->plugin('return wpmu_create_user("stranger", wp_generate_password(), "stranger@example.test");');
        $browser = $this->signedIn($this->enrolled('administrator'));
        $page = static fn (Browser $browser): Response => $browser->send('GET', self::SITES . 'policy');
        $save = fn (string $name): Response => $browser->send(
            'POST',
            self::SITES . 'policy',
            [
                'sallyport_do' => 'policy', 'default' => 'optional', 'grace_days' => '7', 'confirm_by_mail' => '1',
                'add[users][name]' => $name, 'add[users][mode]' => 'optional',
            ] + array_intersect_key(Browser::fields($page($browser)), ['was' => 1, '_wpnonce' => 1]),
        );
        foreach (['stranger', 'stranger@example.test'] as $name) {
            self::assertStringContainsString('This is not a user', $save($name)->body, $name);
        }
        self::assertSame(302, $save((string) $stranger)->status);
        self::assertStringContainsString("The user $stranger<", $page($browser)->body);
        self::assertStringContainsString('The user stranger<', $page($this->signedIn($this->enrolled($this->administrator())))->body);
        static::site()->wp('sallyport', 'policy', 'reset', "users.$stranger");
    }

    public function test_the_networks_values_apply_on_every_site_until_released(): void
    {
        $browser = $this->signedIn($this->enrolled($this->administrator()));
        $setting = static fn (string $name) => static::site()->plugin("return \$plugin->settings()->get('$name');");
        static::site()->wp('sallyport', 'setting', 'set', 'activity_days', '30');
        $saved = $this->save(
            $browser,
            'settings',
            ['sallyport_do' => 'settings', 'setting[activity_days]' => '365', 'hold[activity_days]' => '1', 'setting[token_ttl]' => '900']
                + $this->fields($browser, 'settings'),
        );
        self::assertSame(302, $saved->status, $saved->body);
        self::assertSame([365, 900], [$setting('activity_days'), $setting('token_ttl')]);
        $page = $browser->send('GET', self::SITES . 'settings')->body;
        self::assertMatchesRegularExpression('/id="sallyport-setting-activity_days"[^>]*disabled/', $page);
        self::assertMatchesRegularExpression('~class="sallyport-fixed">\s*Activity log retention: <strong>365 days</strong>~', $page, 'also while its group is closed');
        self::assertStringContainsString('The network decides', implode(static::site()->command('setting', 'set', 'activity_days', '1')));
        $log = static::site()->plugin('return $GLOBALS["wpdb"]->get_var("SELECT detail FROM {$GLOBALS["wpdb"]->base_prefix}sallyport_activity WHERE event = \'setting_changed\' ORDER BY id DESC LIMIT 1");');
        self::assertSame(['level' => 'network', 'activity_days' => '– → 365'], json_decode($log, true));

        // A new site has it from the beginning; one that lost its copy gets it by the daily job, and so does every other site.
        $there = static fn (string $before) => static::site()->plugin(
            '$blog = wpmu_create_blog(get_network()->domain, "/s" . bin2hex(random_bytes(3)) . "/", "New", 1); switch_to_blog($blog); \Sallyport\WP\Setup::is_needed() && $plugin->setup()->run(); ' . $before . ' return $plugin->settings()->get("activity_days");',
        );
        self::assertSame(365, $there(''));
        self::assertSame(365, $there('update_option("sallyport_settings", []); $plugin->housekeeping()->run(time());'));

        $wrong = $this->save(
            $browser,
            'settings',
            ['sallyport_do' => 'settings', 'setting[activity_days]' => 'soon', 'hold[activity_days]' => '1']
                + $this->fields($browser, 'settings'),
        );
        self::assertSame(200, $wrong->status);
        self::assertMatchesRegularExpression('/value="soon"[^>]*aria-invalid="true"/', $wrong->body);
        self::assertSame(365, $setting('activity_days'));
        self::assertSame(302, $this->save($browser, 'settings', ['sallyport_do' => 'settings', 'setting[activity_days]' => '365'] + $this->fields($browser, 'settings'))->status);
        self::assertSame(30, $setting('activity_days'), 'the site’s own again');
        static::site()->wp('sallyport', 'setting', 'reset', 'activity_days');
    }

    public function test_changes_by_others_since_the_form_was_shown_are_kept(): void
    {
        $browser = $this->signedIn($this->enrolled($this->administrator()));
        $hold = static fn (string $values): mixed => static::site()->plugin("return \$plugin->settings()->hold($values, static fn () => null);");
        $hold('["device_limit" => 5, "activity_days" => 30]');
        $old = [
            'setting[device_limit]' => '5', 'hold[device_limit]' => '1', 'setting[activity_days]' => '30',
            'hold[activity_days]' => '1', 'setting[strict]' => 'false', 'setting[token_ttl]' => '900',
        ] + $this->fields($browser, 'settings');
        $hold('["device_limit" => 7, "activity_days" => null, "strict" => true]');
        self::assertSame(302, $this->save($browser, 'settings', ['sallyport_do' => 'settings', 'setting[token_ttl]' => '600'] + $old)->status);
        self::assertEquals(['device_limit' => 7, 'strict' => true, 'token_ttl' => 600], static::site()->plugin('return $plugin->settings()->network();'));
        $hold('["device_limit" => null, "strict" => null, "token_ttl" => null]');
    }

    public function test_an_administrator_without_a_factor_can_enforce_nothing(): void
    {
        $browser = $this->signedIn($this->administrator());
        $answer = $this->save(
            $browser,
            'settings',
            ['sallyport_do' => 'settings', 'setting[activity_days]' => '365', 'hold[activity_days]' => '1']
                + $this->fields($browser, 'settings'),
        );
        self::assertStringContainsString('confirm with your second factor', $answer->body, (string) $answer);
        self::assertSame(90, static::site()->plugin('return $plugin->settings()->get("activity_days");'));
    }

    /** Another change happens between this request's reading and its writing. */
    public function test_two_concurrent_changes_are_both_kept(): void
    {
        $held = static::site()->plugin(<<<'PHP'
            $settings = $plugin->settings();
            $seen = [];
            $settings->hold(['activity_days' => 30, 'token_ttl' => 600], static function (array $before) use ($settings, &$seen): void {
                [] === $seen && $settings->hold(['strict' => true], static fn () => null);
                $seen[] = $before;
            });
            $both = [$seen, $settings->network(), array_map($settings->get(...), ['activity_days', 'token_ttl', 'strict'])];
            $settings->hold(['activity_days' => null, 'token_ttl' => null, 'strict' => null], static fn () => null);
            return [...$both, $settings->network()];
            PHP);
        self::assertSame([[], ['strict' => true]], $held[0], 'the other change is reported');
        self::assertEquals(['activity_days' => 30, 'token_ttl' => 600, 'strict' => true], $held[1]);
        self::assertSame([30, 600, true], $held[2], 'the copy');
        self::assertSame([], $held[3]);
    }

    private function user_without(): void
    {
        $this->person('editor');
    }

    /** @return array<string, string> */
    private function fields(Browser $browser, string $tab): array
    {
        return array_filter(
            Browser::fields($browser->send('GET', self::PAGE . $tab)),
            static fn (string $name): bool => preg_match('/^(was|held)\b|^_wpnonce$/', $name) === 1,
            ARRAY_FILTER_USE_KEY,
        );
    }

    /** @param array<string, string> $form */
    private function save(Browser $browser, string $tab, array $form): Response
    {
        return $browser->send('POST', self::PAGE . $tab, $form);
    }
}
