<?php

declare(strict_types=1);

use Sallyport\WP\Gate\PolicyReach;

/** Whom a change of the policy affects, before it is made. */
final class PolicyReachTest extends WPTestCase
{
    public function test_users_who_would_have_to_enrol_are_counted_by_role_with_the_first_deadline(): void
    {
        foreach (range(1, 3) as $n) {
            $editors[] = $this->user('editor');
        }
        $this->user('author');
        $this->enrol($editors[0]->ID, 'totp');
        $now = time();
        self::assertSame(
            ['editor' => ['users' => 3, 'without' => 2, 'outdated' => 0, 'until' => $now + 3 * DAY_IN_SECONDS]],
            $this->reach(['roles' => ['editor' => 'required'], 'grace_days' => 3], $now),
        );
        self::assertSame([], $this->reach(['roles' => ['editor' => 'optional', 'author' => 'off']], $now), 'users of whom nothing is required are not affected');
    }

    public function test_users_who_already_had_to_enrol_are_affected_only_by_an_earlier_deadline(): void
    {
        $this->user('editor');
        $now = time();
        self::plugin()->policy_option()->change_site(static fn (): array => ['roles' => ['editor' => 'required'], 'grace_days' => 7, 'since' => ['role:editor' => $now]]);
        self::assertSame([], $this->reach(['roles' => ['editor' => 'required'], 'grace_days' => 7], $now));
        self::assertSame([], $this->reach(['roles' => ['editor' => 'required'], 'grace_days' => 9], $now));
        self::assertSame(1, $this->reach(['roles' => ['editor' => 'required'], 'grace_days' => 2], $now)['editor']['without']);
    }

    public function test_users_with_only_a_factor_that_no_longer_counts_are_listed_separately(): void
    {
        $this->enrol($this->user('editor')->ID, 'email');
        $this->enrol($this->user('editor')->ID, 'totp');
        foreach ([['factors' => ['editor' => ['totp', 'backup_code']]], ['strong_roles' => ['editor']]] as $change) {
            self::assertSame(['editor' => ['users' => 2, 'without' => 0, 'outdated' => 1, 'until' => 0]], $this->reach($change, time()), json_encode($change));
        }
        self::assertSame([], $this->reach(['factors' => ['editor' => ['totp', 'email']]], time()));
    }

    /** @return array<string, array{users: int, without: int, outdated: int, until: int}> */
    private function reach(array $fields, int $now): array
    {
        $plugin = self::plugin();
        $editor = (fn () => $this->policy_editor())->call($plugin);
        $reach = new PolicyReach($plugin->policies(), $plugin->factors(), $plugin->state());
        return $reach->of($editor->planned(['site' => $fields], $now))['roles'];
    }

    private function enrol(int $user_id, string $type): void
    {
        $plugin = self::plugin();
        $rows = (fn () => $this->factor_rows())->call($plugin);
        $row = $rows->add_pending($user_id, $type, time());
        if ($type === 'email') {
            (fn () => $this->email_code())->call($plugin)->give_address($row);
        }
        $rows->activate($row->id, 0, time());
        $plugin->state()->raise($user_id, true, time());
        if ($type === 'email') {
            $plugin->proven_emails()->prove(get_userdata($user_id));
        }
    }
}
