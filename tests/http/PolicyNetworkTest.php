<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/HttpTestCase.php';

/** On a network: its policy holds on every site, beside each site's own; and users of two sites. */
final class PolicyNetworkTest extends HttpTestCase
{
    private static ?Site $network = null;
    private static int $other = 0;

    protected static function site(): Site
    {
        if (self::$network === null) {
            self::$network = Site::up(['multisite' => true]);
            self::$other = self::$network->plugin(<<<'PHP'
                $other = wpmu_create_blog(get_network()->domain, '/other/', 'Other', 1);
                switch_to_blog($other);
                \Sallyport\WP\Setup::is_needed() && $plugin->setup()->run();
                return $other;
                PHP);
        }
        return self::$network;
    }

    public static function tearDownAfterClass(): void
    {
        self::$network?->down();
        self::$network = null;
    }

    protected function tearDown(): void
    {
        self::set(['site' => [], 'other' => []]);
        static::site()->plugin('delete_site_option("sallyport_policy_network"); $plugin->policy_option()->spread();');
        parent::tearDown();
    }

    public function test_a_user_of_two_sites_is_asked_what_each_demands(): void
    {
        $person = $this->of_both();
        $here = $this->logIn($person)->json['token'];
        $there = $this->logInThere($person)->json['token'];
        self::set(['other' => ['roles' => ['subscriber' => 'required'], 'grace_days' => 0]]);
        self::assertSame($person->id, $this->whoIs($here));
        self::refusedCredential('sallyport_token_unproven', static::site()->request('GET', '/other/wp-json/wp/v2/users/me', bearer: $there));
        self::assertSame(200, $this->logIn($person)->status);
        $token = self::refused(403, 'sallyport_enrolment_required', $this->logInThere($person))['enrolment_token'];
        // The token belongs to the site that issued it.
        self::refused(401, 'sallyport_token_invalid', $this->get(self::API . '/two-factor', $token));
        self::assertSame(200, static::site()->request('GET', '/other' . self::API . '/two-factor', bearer: $token)->status);
    }

    public function test_what_the_network_says_holds_on_every_site_and_sites_only_tighten_it(): void
    {
        $person = $this->of_both();
        self::set(['network' => ['default' => 'required', 'grace_days' => 0], 'site' => ['default' => 'off'], 'other' => ['default' => 'optional']]);
        self::assertSame([403, 403], [$this->logIn($person)->status, $this->logInThere($person)->status]);
        self::set(['network' => ['sites' => [self::$other => 'required'], 'grace_days' => 0]]);
        self::assertSame([200, 403], [$this->logIn($person)->status, $this->logInThere($person)->status]);
        // The daily job repairs a copy that failed; a new site has the copy from the beginning.
        static::site()->plugin('update_site_option("sallyport_policy_network", ["default" => "required", "grace_days" => 0]);');
        self::assertSame(200, $this->logIn($person)->status);
        static::site()->plugin('$plugin->housekeeping()->run(time());');
        self::assertSame(403, $this->logIn($person)->status);
        $copied = static::site()->plugin(<<<'PHP'
            $new = wpmu_create_blog(get_network()->domain, '/new' . bin2hex(random_bytes(3)) . '/', 'New', 1);
            switch_to_blog($new);
            $before = $plugin->policies()->demand(1)->mode->value;
            \Sallyport\WP\Setup::is_needed() && $plugin->setup()->run();
            return [$before, $plugin->policies()->demand(1)->mode->value, get_option('sallyport_policy')['network']['default']];
            PHP);
        self::assertSame(['required', 'required', 'required'], $copied);
    }

    public function test_the_networks_policy_and_monitor_only_are_the_networks_to_set(): void
    {
        $admin = $this->enrolled('administrator');
        self::refused(403, 'rest_forbidden', $this->put(['network' => []], $admin->token));
        self::refused(400, 'rest_invalid_param', $this->put(['site' => ['monitor' => true]], $admin->token));
        self::set(['site' => ['monitor' => true]]);
        self::assertFalse($this->get(self::API . '/policy', $admin->token)->json['monitor'], 'however it was stored');
        static::site()->php('grant_super_admin((int) $argv[1]);', [(string) $admin->id]);
        $answer = $this->put(['network' => ['roles' => ['subscriber' => 'required'], 'grace_days' => 0]], $admin->token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame([403, 403], [$this->logIn($person = $this->of_both())->status, $this->logInThere($person)->status]);
        $answer = $this->put(['network' => ['monitor' => true]], $admin->token);
        self::assertTrue($answer->json['monitor'], (string) $answer);
        self::assertSame(200, $this->put(['network' => []], $admin->token)->status);
    }

    public function test_a_site_does_not_let_a_super_admin_do_with_a_weak_factor(): void
    {
        $strong = fn (int $user): bool => static::site()->plugin('return $plugin->policies()->demand((int) $argv[1])->strong;', [(string) $user]);
        self::set(['site' => ['weak_for_administrators' => true]]);
        $admin = $this->person('administrator');
        self::assertFalse($strong($admin->id));
        static::site()->php('grant_super_admin((int) $argv[1]);', [(string) $admin->id]);
        self::assertTrue($strong($admin->id));
        self::set(['network' => ['weak_for_administrators' => true]]);
        self::assertFalse($strong($admin->id));
    }

    /** They can change every user's password there, and install plugins. */
    public function test_the_main_sites_demands_of_super_admins_apply_on_every_site(): void
    {
        [$admin, $person] = [$this->administrator(), $this->of_both()];
        $there = $this->logInThere($admin)->json['token'];
        $me = static fn (): Response => static::site()->request('GET', '/other/wp-json/wp/v2/users/me', bearer: $there);
        self::assertSame($admin->id, $me()->json['id'] ?? null);
        self::set(['site' => ['roles' => ['administrator' => 'required', 'subscriber' => 'required'], 'grace_days' => 7]]);
        self::assertSame($admin->id, $me()->json['id'] ?? null, 'until the deadline');
        static::site()->php('global $wpdb; $wpdb->update($wpdb->users, ["user_registered" => "2020-01-01 00:00:00"], ["ID" => (int) $argv[1]]);', [(string) $admin->id]);
        self::set(['site' => ['roles' => ['administrator' => 'required', 'subscriber' => 'required'], 'grace_days' => 0]]);
        self::refusedCredential('sallyport_token_unproven', $me());
        self::assertTrue(self::refused(403, 'sallyport_enrolment_required', $this->logInThere($admin))['confirm_by_mail']);
        self::assertSame([403, 200], [$this->logIn($person)->status, $this->logInThere($person)->status], 'nobody else');
        self::assertSame('refused', static::site()->plugin(<<<'PHP'
            class_exists('WP_CLI') || eval('class WP_CLI { public static string $said = ""; public static function line(string $line): void { self::$said = $line; } }');
            switch_to_blog((int) $argv[2]);
            (fn () => new Sallyport\WP\Cli\PolicyCommand($this->policy_editor(), $this->policy_reach(), $this->policies(), $this->state()))->call($plugin)->explain([$argv[1]]);
            return json_decode(WP_CLI::$said, true)['refused'] ? 'refused' : 'let in';
            PHP, [(string) $admin->id, (string) self::$other]), 'and policy explain says so');
        $browser = new Browser(static::site());
        $browser->send('POST', '/other/wp-login.php', ['log' => $admin->login, 'pwd' => $admin->password, 'testcookie' => '1']);
        self::assertFalse($browser->isSignedIn());
    }

    private function of_both(): Person
    {
        $person = $this->person();
        static::site()->php('add_user_to_blog((int) $argv[2], (int) $argv[1], "subscriber"); global $wpdb; $wpdb->update($wpdb->users, ["user_registered" => "2020-01-01 00:00:00"], ["ID" => (int) $argv[1]]);', [(string) $person->id, (string) self::$other]);
        return $person;
    }

    private function logInThere(Person $person): Response
    {
        return static::site()->request('POST', '/other' . self::API . '/token', json: ['username' => $person->login, 'password' => $person->password]);
    }

    /** Another change happens between this request's reading and its writing: at the first attempt, and at a later one. */
    public function test_two_concurrent_changes_of_the_networks_policy_are_both_kept(): void
    {
        $fields = static::site()->plugin(<<<'PHP'
            delete_site_option('sallyport_policy_network');
            $option = $plugin->policy_option();
            $both = static function (int $days, string $role) use ($option): array {
                $theirs = 0;
                $option->change_network(static function (mixed $stored) use ($option, $days, $role, &$theirs): array {
                    0 === $theirs++ && $option->change_network(static fn (mixed $stored): array => ['roles' => [$role => 'required'] + ($stored['roles'] ?? [])] + (array) $stored);
                    return ['grace_days' => $days] + (array) $stored;
                });
                $there = get_site_option('sallyport_policy_network');
                return [$there['grace_days'], $there['roles']];
            };
            global $wpdb;
            $ends = [$both(3, 'editor'), $both(5, 'author')];
            $copy = get_option('sallyport_policy')['network'];
            return [...$ends, [$copy['grace_days'], $copy['roles']], (int) $wpdb->get_var("SELECT COUNT(*) FROM $wpdb->sitemeta WHERE meta_key = 'sallyport_policy_network'")];
            PHP);
        self::assertSame([3, ['editor' => 'required']], $fields[0], 'the very first policy');
        self::assertSame([5, ['author' => 'required', 'editor' => 'required']], $fields[1]);
        self::assertSame($fields[1], $fields[2], 'the copy');
        self::assertSame(1, $fields[3]);
    }

    private function put(array $policy, string $bearer): Response
    {
        return static::site()->request('PUT', self::API . '/policy', json: $policy, bearer: $bearer);
    }

    /** @param array<string, array<string, mixed>> $levels `site`, `other`, `network` */
    private static function set(array $levels): void
    {
        static::site()->plugin(<<<'PHP'
            $levels = json_decode($argv[1], true);
            isset($levels['network']) && $plugin->policy_option()->change_network(static fn () => $levels['network']);
            isset($levels['site']) && $plugin->policy_option()->change_site(static fn () => $levels['site']);
            switch_to_blog((int) $argv[2]);
            isset($levels['other']) && $plugin->policy_option()->change_site(static fn () => $levels['other']);
            PHP, [json_encode($levels), (string) self::$other]);
    }
}
