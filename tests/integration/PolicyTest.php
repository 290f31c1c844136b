<?php

declare(strict_types=1);

use Sallyport\WP\Gate\Mode;
use Sallyport\WP\Gate\Policy;
use Sallyport\WP\Gate\Rules;
use Sallyport\WP\Gate\Subject;

/** What rules require of whom (docs/policy.md). */
final class PolicyTest extends WPTestCase
{
    private const DAY = 86400;

    public function test_of_several_rules_the_strictest_holds(): void
    {
        $rules = [
            'default' => 'optional',
            'roles' => ['editor' => 'off', 'author' => 'required'],
            'capabilities' => ['publish_posts' => 'optional'],
            'users' => [7 => 'required', 8 => 'off'],
            'sites' => [3 => 'required'],
        ];
        $cases = [
            'no rule: the default' => [Mode::Optional, self::who()],
            'a role' => [Mode::Off, self::who(roles: ['editor'])],
            'two roles' => [Mode::Required, self::who(roles: ['editor', 'author'])],
            'a role and a capability' => [Mode::Optional, self::who(roles: ['editor'], can: ['publish_posts'])],
            'a capability that is denied' => [Mode::Off, new Subject(1, ['editor'], ['publish_posts' => false], false, 1, 0)],
            'a user' => [Mode::Required, self::who(7)],
            'a user who is let off what the role must' => [Mode::Required, self::who(8, ['author'])],
            'a site' => [Mode::Required, self::who(blog: 3)],
            'whoever may anything' => [Mode::Optional, new Subject(1, ['editor'], [], true, 1, 0)],
        ];
        foreach ($cases as $case => [$mode, $who]) {
            self::assertSame($mode, Policy::demand(['site' => new Rules($rules)], $who)->mode, $case);
        }
    }

    public function test_the_default_is_the_rule_of_every_role_without_one(): void
    {
        $cases = [
            'a role without a rule, beside one with' => [Mode::Required, 'required', ['roles' => ['editor' => 'optional']], self::who(roles: ['editor', 'member'])],
            'a role with a rule' => [Mode::Optional, 'required', ['roles' => ['editor' => 'optional']], self::who(roles: ['editor'])],
            'roles with rules' => [Mode::Optional, 'required', ['roles' => ['editor' => 'off', 'author' => 'optional']], self::who(roles: ['editor', 'author'])],
            'no role' => [Mode::Required, 'required', ['users' => [7 => 'optional']], self::who(7)],
            'a user, let off' => [Mode::Required, 'required', ['users' => [7 => 'off']], self::who(7, ['member'])],
            'a capability, let off' => [Mode::Required, 'required', ['capabilities' => ['read' => 'off']], self::who(roles: ['member'], can: ['read'])],
            'a site, let off' => [Mode::Required, 'required', ['sites' => [3 => 'optional']], self::who(roles: ['member'], blog: 3)],
            'of two roles the strictest' => [Mode::Optional, 'optional', ['roles' => ['editor' => 'off']], self::who(roles: ['editor', 'member'])],
            'one that requires nothing yields' => [Mode::Off, 'optional', ['users' => [7 => 'off']], self::who(7, ['member'])],
            'but not a rule of the role' => [Mode::Optional, 'off', ['users' => [7 => 'off'], 'roles' => ['member' => 'optional']], self::who(7, ['member'])],
        ];
        foreach ($cases as $case => [$mode, $default, $rules, $who]) {
            self::assertSame($mode, Policy::demand(['site' => new Rules(['default' => $default] + $rules)], $who)->mode, $case);
        }
    }

    public function test_a_site_only_tightens_what_the_network_says(): void
    {
        $modes = ['off', 'optional', 'required'];
        foreach ($modes as $n => $network) {
            foreach ($modes as $s => $site) {
                $levels = ['site' => new Rules(['default' => $site]), 'network' => new Rules(['default' => $network])];
                self::assertSame($modes[max($n, $s)], Policy::demand($levels, self::who())->mode->value);
            }
        }
        $both = fn (array $site, array $network, Subject $who) => Policy::demand(['site' => new Rules($site), 'network' => new Rules($network)], $who);
        self::assertSame(['totp'], $both(['factors' => ['editor' => ['totp', 'email']]], ['factors' => ['editor' => ['totp', 'other']]], self::who(roles: ['editor']))->factors);
        self::assertSame(['totp'], $both([], ['factors' => ['editor' => ['totp']]], self::who(roles: ['editor']))->factors);
        self::assertTrue($both(['weak_for_administrators' => true], [], self::who(can: ['manage_options']))->strong);
        self::assertFalse($both(['weak_for_administrators' => true], ['weak_for_administrators' => true], self::who(can: ['manage_options']))->strong);
        self::assertTrue($both(['confirm_by_mail' => false], [], self::who(can: ['manage_options']))->confirm);
        self::assertFalse($both([], [], self::who(roles: ['editor']))->confirm);
    }

    public function test_the_deadline_is_the_later_of_rule_and_registration_and_then_the_grace(): void
    {
        $rules = fn (int $since, int $days): array => ['site' => new Rules(['roles' => ['editor' => 'required'], 'grace_days' => $days, 'since' => ['role:editor' => $since]])];
        foreach ([[1000, 500, 1000], [1000, 2000, 2000], [0, 0, 0]] as [$since, $registered, $begins]) {
            $demand = Policy::demand($rules($since, 3), self::who(roles: ['editor'], registered: $registered));
            self::assertSame($begins + 3 * self::DAY, $demand->deadline);
            self::assertFalse($demand->is_due($demand->deadline - 1));
            self::assertTrue($demand->is_due($demand->deadline));
        }
        // Of several deadlines, the earliest.
        $two = new Rules(['roles' => ['editor' => 'required'], 'users' => [7 => 'required'], 'grace_days' => 1, 'since' => ['role:editor' => 9000, 'user:7' => 5000]]);
        self::assertSame(
            [5000 + self::DAY, 'site user:7'],
            [
                Policy::demand(['site' => $two], self::who(7, ['editor']))->deadline,
                Policy::demand(['site' => $two], self::who(7, ['editor']))->rule,
            ],
        );
        // A rule whose start was lost began long ago.
        self::assertSame(0, Policy::demand(['site' => new Rules(['default' => 'required', 'grace_days' => 0])], self::who())->deadline);
    }

    public function test_an_unreadable_policy_has_its_strictest_possible_meaning(): void
    {
        self::assertFalse((new Rules([]))->is_broken());
        self::assertSame(array_keys(Rules::DEFAULTS), array_keys((new Rules(['monitor' => true, 'grace_days' => 1]))->fields()), 'always in the same order');
        foreach ([['roles' => ['editor' => 'mandatory']], ['roles' => ['editor' => null]], ['default' => ['required']]] as $stored) {
            $rules = new Rules($stored);
            self::assertTrue($rules->is_broken());
            self::assertSame(Mode::Required, Policy::demand(['site' => $rules], self::who(roles: ['editor']))->mode);
        }
        // The other rules are still read.
        self::assertSame(Mode::Off, Policy::demand(['site' => new Rules(['roles' => ['editor' => '?', 'author' => 'off']])], self::who(roles: ['author']))->mode);
        foreach ([
            null, false, 'optional', 1, ['roles' => 'off'], ['unknown' => 1], ['grace_days' => -1], ['grace_days' => '3'],
            ['monitor' => 1], ['factors' => ['editor' => ['totp' => true]]], ['strong_roles' => 'editor'],
        ] as $stored) {
            $demand = Policy::demand(['site' => new Rules($stored)], self::who(registered: 100));
            self::assertSame([Mode::Required, 100], [$demand->mode, $demand->deadline], json_encode($stored));
        }
    }

    public function test_laxer_and_stricter_changes_are_told_apart(): void
    {
        $before = [
            'default' => 'optional',
            'roles' => ['editor' => 'required', 'author' => 'optional'],
            'capabilities' => ['read' => 'optional'],
            'users' => [7 => 'required'],
            'sites' => [3 => 'required'],
            'grace_days' => 3,
            'factors' => ['editor' => ['totp', 'backup_code']],
            'strong_roles' => ['author'],
        ];
        $loose = [
            'the default' => ['default' => 'off'],
            'a role' => ['roles' => ['editor' => 'optional', 'author' => 'optional']],
            'a role, left out' => ['roles' => ['author' => 'optional']],
            'a role, turned off' => ['roles' => ['editor' => 'required', 'author' => 'off']],
            'another role, turned off' => ['roles' => ['editor' => 'required', 'author' => 'optional', 'member' => 'off']],
            'a capability' => ['capabilities' => ['read' => 'off']],
            'a user' => ['users' => []],
            'another user, turned off' => ['users' => [7 => 'required', 8 => 'off']],
            'a site' => ['sites' => [3 => 'optional']],
            'the grace' => ['grace_days' => 4],
            'what counts' => ['factors' => ['editor' => ['totp', 'backup_code', 'email']]],
            'what counts, left out' => ['factors' => []],
            'who needs a strong one' => ['strong_roles' => []],
            'administrators' => ['weak_for_administrators' => true],
            'the mail' => ['confirm_by_mail' => false],
            'monitor' => ['monitor' => true],
            'all' => null,
        ];
        $is_loose = static fn (array $from, array $to): bool => \Sallyport\WP\Gate\PolicyLoosening::is_in(new Rules($from), new Rules($to));
        foreach ($loose as $case => $change) {
            self::assertTrue($is_loose($before, $change === null ? [] : $change + $before), $case);
        }
        $more = [
            [], ['default' => 'required'], ['roles' => ['editor' => 'required', 'author' => 'required', 'member' => 'optional']], ['capabilities' => []],
            ['capabilities' => ['read' => 'required', 'edit' => 'optional']], ['users' => [7 => 'required', 8 => 'required']], ['grace_days' => 0],
            ['factors' => ['editor' => ['totp'], 'author' => ['totp']]], ['strong_roles' => ['author', 'editor']],
        ];
        foreach ($more as $change) {
            self::assertFalse($is_loose($before, $change + $before), json_encode($change));
        }
        self::assertFalse($is_loose([], ['roles' => ['editor' => 'required'], 'grace_days' => 30]), 'before it was required, there was no grace period');
        self::assertTrue($is_loose(['default' => 'required'], ['default' => 'required', 'roles' => ['editor' => 'optional']]), 'the default is the rule of every role');
        self::assertTrue($is_loose(['roles' => ['editor' => 'nonsense']], ['roles' => ['editor' => 'optional']]), 'an unreadable rule counts as the strictest');
        self::assertFalse($is_loose(['monitor' => true, 'weak_for_administrators' => true, 'confirm_by_mail' => false], []));
    }

    public function test_reading_the_policy_costs_no_query_and_loads_no_user_if_nothing_is_required(): void
    {
        global $wpdb;
        $user = $this->user('editor');
        $policies = self::plugin()->policies();
        foreach ([[false, []], [true, ['roles' => ['editor' => 'required'], 'capabilities' => ['publish_posts' => 'required'], 'grace_days' => 0]]] as [$due, $rules]) {
            self::plugin()->policy_option()->change_site(static fn (): array => $rules);
            wp_load_alloptions();
            get_userdata($user->ID);
            get_user_meta($user->ID);
            wp_load_core_site_options(); // As at the start of each request on a network.
            $before = $wpdb->num_queries;
            self::assertSame($due, $policies->is_due($user->ID, time() + 1));
            self::assertSame($before, $wpdb->num_queries);
        }
        self::assertFalse($policies->is_due(0, time()));
    }

    public function test_two_concurrent_changes_are_both_kept(): void
    {
        $option = self::plugin()->policy_option();
        $crossed = false;
        $option->change_site(static function (mixed $stored) use ($option, &$crossed): array {
            if (!$crossed) {
                $crossed = true;
                $option->change_site(static fn (mixed $stored): array => ['grace_days' => 3]);
            }
            return ['default' => 'required'] + (array) $stored;
        });
        self::assertSame(['default' => 'required', 'grace_days' => 3], $option->read()['site']);
    }

    public function test_a_user_who_may_not_loosen_it_cannot_undo_a_concurrent_tightening(): void
    {
        $editor = (new ReflectionMethod(Sallyport\WP\Plugin::class, 'policy_editor'))->invoke(self::plugin());
        foreach (['optional' => false, 'required' => true] as $mode => $is_as_strict) {
            $editor->change(['site' => []], 0, time());
            $refused = '';
            self::assertTrue(self::crossed(
                static fn () => $editor->change(['site' => ['roles' => ['editor' => 'required']]], 0, time()),
                static function () use ($editor, $mode, &$refused): void {
                    try {
                        $editor->change(['site' => ['roles' => ['editor' => $mode, 'author' => 'required']]], 0, time(), false);
                    } catch (Sallyport\WP\Refusal $refusal) {
                        $refused = $refusal->reason->value;
                    }
                },
            ));
            self::assertSame([$is_as_strict ? '' : 'sallyport_step_up_required', 'required'], [$refused, $editor->show('site')['roles']['editor']], $mode);
        }
    }

    public function test_a_rule_for_one_user_undoes_nothing_that_is_changed_at_the_same_time(): void
    {
        $editor = (new ReflectionMethod(Sallyport\WP\Plugin::class, 'policy_editor'))->invoke(self::plugin());
        [$one, $other] = [$this->user()->ID, $this->user()->ID];
        $editor->change(['site' => []], 0, time());
        self::assertTrue(self::crossed(
            static fn () => $editor->change(['site' => ['roles' => ['editor' => 'required'], 'users' => [$other => 'optional']]], 0, time()),
            static fn () => $editor->change_user($one, Sallyport\WP\Gate\Mode::Required, 0, time(), true),
        ));
        self::assertEquals([['editor' => 'required'], [$one => 'required', $other => 'optional']], [$editor->show('site')['roles'], $editor->show('site')['users']]);
    }

    /** A policy that is too long for the database would not be stored, and the store would seem to fail. */
    public function test_a_change_of_any_size_is_logged_and_marked_if_cut(): void
    {
        $rows = [];
        add_action('sallyport_activity', static function (array $row) use (&$rows): void {
            $rows[] = $row['detail'];
        });
        $users = array_fill_keys(range(5001, 11000), 'required');
        self::plugin()->policy_option()->change_site(static fn (mixed $site): array => ['users' => $users] + (array) $site);
        $editor = (new ReflectionMethod(Sallyport\WP\Plugin::class, 'policy_editor'))->invoke(self::plugin());
        $editor->change(['site' => ['grace_days' => 3]], 0, time());
        self::assertCount(1, $rows);
        self::assertLessThan(5000, strlen($rows[0]));
        $detail = json_decode($rows[0], true);
        self::assertSame('7 → 3', $detail['grace_days']);
        self::assertMatchesRegularExpression('/^\{"5001":"required",.{481}… \(cut, ' . strlen(json_encode($users)) . ' bytes\) → \[\]$/', $detail['users']);
        self::assertFalse((fn () => $this->health())->call(self::plugin())->is_down());
    }

    public function test_a_form_whose_policy_is_changed_while_it_is_saved_saves_nothing(): void
    {
        $editor = (new ReflectionMethod(Sallyport\WP\Plugin::class, 'policy_editor'))->invoke(self::plugin());
        $editor->change(['site' => []], 0, time());
        wp_set_current_user($this->user('administrator')->ID);
        $tab = (new ReflectionMethod(Sallyport\WP\Plugin::class, 'policy_tab'))->invoke(self::plugin());
        $rows = [];
        add_action('sallyport_activity', static function (array $row) use (&$rows): void {
            $rows[] = $row['event'];
        });
        $sent = new WP_REST_Request('POST', '/');
        $sent->set_body_params([
            'default' => 'optional',
            'grace_days' => '7',
            'confirm_by_mail' => '1',
            'roles' => ['author' => 'required'],
            'was' => (fn () => $this->was('site'))->call($tab),
        ]);
        $saved = 'not asked';
        self::assertTrue(self::crossed(
            static fn () => $editor->change(['site' => ['roles' => ['editor' => 'required']]], 0, time()),
            static function () use ($tab, $sent, &$saved): void {
                $saved = $tab->handle('policy', Sallyport\WP\Fields::of($sent));
            },
        ));
        self::assertNull($saved);
        self::assertSame(['editor' => 'required'], $editor->show('site')['roles']);
        self::assertSame(['policy_changed'], $rows, 'theirs');
    }

    /** Does something between the other's reading and its writing. @return bool Whether that point was reached. */
    private static function crossed(callable $theirs, callable $ours): bool
    {
        $crossed = false;
        add_filter('query', $cross = static function (string $query) use ($theirs, &$crossed): string {
            if (!$crossed && str_contains($query, 'INSERT') && str_contains($query, "'sallyport_policy'")) {
                $crossed = true;
                $theirs();
            }
            return $query;
        }, 0);
        try {
            $ours();
        } finally {
            remove_filter('query', $cross, 0);
        }
        return $crossed;
    }

    /** @param list<string> $roles @param list<string> $can */
    private static function who(int $id = 1, array $roles = [], array $can = [], int $blog = 1, int $registered = 0): Subject
    {
        return new Subject($id, $roles, array_fill_keys($can, true), false, $blog, $registered);
    }
}
