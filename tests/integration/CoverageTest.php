<?php

declare(strict_types=1);

use Sallyport\WP\Enrolment\Coverage;
use Sallyport\WP\Factor\Factor;
use Sallyport\WP\Factor\Factors;
use Sallyport\WP\Factor\OtherPlugins;
use Sallyport\WP\Factor\Outcome;
use Sallyport\WP\Store\CoverageRows;

/** How many users are protected, and how many must be and are not: counted by one query, by the policy for each user. */
final class CoverageTest extends WPTestCase
{
    /** @var array<string, int> */
    private array $before;

    protected function setUp(): void
    {
        parent::setUp();
        $this->before = $this->counted()['all'];
    }

    public function test_a_user_with_an_active_factor_is_protected_in_each_role(): void
    {
        $this->factor($this->user('editor')->ID, 'totp');
        $this->factor($this->user('editor')->ID, 'email');
        $this->factor($this->user('editor')->ID, 'totp', 'pending');
        $this->user('author');
        self::assertSame(['users' => 3, 'protected' => 2, 'missing' => 0], $this->counted()['roles']['editor']);
        self::assertSame(['users' => 1, 'protected' => 0, 'missing' => 0], $this->counted()['roles']['author']);
        self::assertSame(['users' => 4, 'protected' => 2, 'missing' => 0], $this->added());
        self::assertArrayNotHasKey('contributor', $this->counted()['roles']);
    }

    public function test_a_user_with_two_factors_or_roles_is_counted_once_in_total(): void
    {
        $user = $this->user('editor');
        $user->add_role('author');
        $this->factor($user->ID, 'totp');
        $this->factor($user->ID, 'totp');
        $this->factor($user->ID, 'email');
        self::assertSame(['users' => 1, 'protected' => 1, 'missing' => 0], $this->counted()['roles']['editor']);
        self::assertSame($this->counted()['roles']['editor'], $this->counted()['roles']['author']);
        self::assertSame(1, $this->added()['users']);
        $user->set_role('');
        self::assertSame(1, $this->counted()['roles'][Coverage::NO_ROLE]['users']);
    }

    public function test_missing_are_users_who_must_have_a_factor_and_have_none_that_counts(): void
    {
        $this->factor($this->user('editor')->ID, 'totp');
        $this->factor($this->user('editor')->ID, 'email');
        $this->user('editor');
        $named = $this->user('subscriber');
        $this->user('subscriber');
        $this->policy(['roles' => ['editor' => 'required'], 'users' => [$named->ID => 'required']]);
        self::assertSame(['users' => 3, 'protected' => 2, 'missing' => 1], $this->counted()['roles']['editor']);
        self::assertSame(1, $this->counted()['roles']['subscriber']['missing'], 'by name');
        $this->policy(['roles' => ['editor' => 'required'], 'factors' => ['editor' => ['totp']]]);
        self::assertSame(['users' => 3, 'protected' => 2, 'missing' => 2], $this->counted()['roles']['editor'], 'a factor that does not count is not one');
        self::assertSame(0, $this->counted()['roles']['subscriber']['missing']);
        $this->policy(['capabilities' => ['edit_others_posts' => 'required']]);
        self::assertSame(1, $this->counted()['roles']['editor']['missing'], 'by a capability of the role');
        $named->add_cap('edit_others_posts');
        self::assertSame(1, $this->counted()['roles']['subscriber']['missing'], 'by a capability of their own');
    }

    public function test_who_is_counted_as_missing_is_named_too(): void
    {
        $this->factor($this->user('editor')->ID, 'totp');
        $this->factor(($weak = $this->user('editor'))->ID, 'email');
        $none = $this->user('editor');
        $named = $this->user('subscriber');
        $this->user('subscriber');
        $this->policy(['roles' => ['editor' => 'required'], 'users' => [$named->ID => 'required'], 'factors' => ['editor' => ['totp']]]);
        self::assertEqualsCanonicalizing([$weak->ID, $none->ID, $named->ID], $this->missing());
        self::assertSame(3, $this->counted()['all']['missing']);
        $this->policy([]);
        self::assertSame([], $this->missing(), 'nobody');
    }

    public function test_missing_users_are_found_by_groups_without_loading_each(): void
    {
        array_map($this->user(...), array_fill(0, 10, 'editor'));
        $this->policy(['roles' => ['editor' => 'required']]);
        $condition = self::plugin()->coverage()->where_missing();
        array_map($this->user(...), array_fill(0, 10, 'editor'));
        self::assertSame($condition, self::plugin()->coverage()->where_missing(), 'twice as many users give the same condition');
        self::assertLessThanOrEqual(10, count($GLOBALS['wpdb']->last_result), 'a row for each group of users who are alike');
        self::assertCount(20, $this->missing());
    }

    public function test_another_plugins_factors_count_under_its_name(): void
    {
        update_user_meta($this->user('editor')->ID, OtherPlugins::TWO_FACTOR, ['Two_Factor_Totp']);
        update_user_meta($this->user('editor')->ID, OtherPlugins::TWO_FACTOR, []);
        update_user_meta($this->user('editor')->ID, OtherPlugins::WP_2FA, 'totp');
        $both = $this->user('editor');
        update_user_meta($both->ID, OtherPlugins::TWO_FACTOR, ['Two_Factor_Totp']);
        update_user_meta($both->ID, OtherPlugins::WP_2FA, 'totp');
        self::assertSame(0, $this->counted()['roles']['editor']['protected'], 'those plugins are not active');
        $factors = [];
        $others = ['two_factor' => OtherPlugins::TWO_FACTOR, 'wp_2fa' => OtherPlugins::WP_2FA];
        foreach ((new CoverageRows(self::plugin()->database()))->groups([], ['totp', 'email'], $others) as $group) {
            $factors[implode(' ', $group['factors'])] = ($factors[implode(' ', $group['factors'])] ?? 0) + $group['users'];
        }
        self::assertSame(1, $factors['two_factor']);
        self::assertSame(1, $factors['wp_2fa']);
        self::assertSame(1, $factors['two_factor wp_2fa']);
    }

    public function test_a_third_partys_factors_count_by_the_users_mark(): void
    {
        $marked = $this->user('editor');
        self::plugin()->state()->raise($marked->ID, true, time());
        $both = $this->user('editor');
        self::plugin()->state()->raise($both->ID, true, time());
        $this->factor($both->ID, 'totp');
        self::plugin()->state()->raise($this->user('editor')->ID, false, time());
        $this->user('editor');
        $this->policy(['roles' => ['editor' => 'required']]);
        self::assertSame([['users' => 4, 'protected' => 1, 'missing' => 3], []], $this->of_editors(), 'the plugin is gone: a mark alone is not a factor');
        self::assertSame([['users' => 4, 'protected' => 2, 'missing' => 2], ['word_list']], $this->of_editors('word_list'));
        $this->policy(['roles' => ['editor' => 'required'], 'factors' => ['editor' => ['totp', 'word_list']]]);
        self::assertSame(2, $this->of_editors('word_list')[0]['missing']);
        self::assertSame(3, $this->of_editors('word_list', 'another')[0]['missing'], 'nobody knows which of them it is');
        self::assertSame(2, $this->of_editors('word_list', 'another')[0]['protected']);
        $this->policy(['roles' => ['editor' => 'required'], 'factors' => ['editor' => ['totp']]]);
        self::assertSame(3, $this->of_editors('word_list')[0]['missing'], 'a factor that does not count is not one');
        $before = $GLOBALS['wpdb']->num_queries;
        $this->of_editors('word_list');
        self::assertSame(1, $GLOBALS['wpdb']->num_queries - $before);
    }

    public function test_counting_is_one_query_for_any_number_of_users(): void
    {
        foreach (['editor', 'editor', 'author', 'subscriber'] as $role) {
            $this->factor($this->user($role)->ID, 'totp');
        }
        $this->counted(); // let core load what it loads once
        $before = $GLOBALS['wpdb']->num_queries;
        $this->counted();
        self::assertSame(1, $GLOBALS['wpdb']->num_queries - $before);
    }

    /** @return array{all: array<string, int>, roles: array<string, array<string, int>>} */
    private function counted(): array
    {
        return self::plugin()->coverage()->count();
    }

    /** @return list<int> as the list of users selects them */
    private function missing(): array
    {
        return array_map(intval(...), $GLOBALS['wpdb']->get_col("SELECT ID FROM {$GLOBALS['wpdb']->users} WHERE " . self::plugin()->coverage()->where_missing()));
    }

    /** @return array<string, int> */
    private function added(): array
    {
        $now = $this->counted()['all'];
        return array_combine(array_keys($now), array_map(static fn (int $one, int $other): int => $one - $other, $now, $this->before));
    }

    private function factor(int $user_id, string $type, string $status = 'active'): void
    {
        self::plugin()->database()->insert('factors', ['user_id' => $user_id, 'type' => $type, 'status' => $status, 'secret' => '', 'created_at' => time()]);
    }

    private function policy(array $site): void
    {
        remove_all_filters('pre_update_option_sallyport_policy');
        update_option('sallyport_policy', ['site' => $site, 'network' => null, 'rev' => 1_000_000 + strlen(serialize($site))]);
    }

    /** @return array{array<string, int>, list<string>} the numbers of editors, and the factors of third parties, with these factors added */
    private function of_editors(string ...$names): array
    {
        $add = fn (array $all): array => [...$all, ...array_map($this->foreign(...), $names)];
        add_filter('sallyport_factors', $add);
        $plugin = self::plugin();
        $coverage = new Coverage(
            new CoverageRows($plugin->database()),
            $plugin->policies(),
            new Factors([$plugin->factors()->get('totp')], static fn (int $user_id, array $enrolled): array => $enrolled),
            (fn () => $this->other_plugins())->call($plugin),
        );
        remove_filter('sallyport_factors', $add);
        $count = $coverage->count();
        return [$count['roles']['editor'], $count['foreign']];
    }

    private function foreign(string $name): Factor
    {
        return new class ($name) implements Factor {
            public function __construct(private readonly string $name)
            {
            }

            public function name(): string
            {
                return $this->name;
            }

            public function amr(): array
            {
                return [self::STRONG];
            }

            public function is_enrolled(int $user_id): bool
            {
                throw new LogicException('nobody is asked one by one');
            }

            public function recognises(#[\SensitiveParameter] string $code): bool
            {
                return false;
            }

            public function verify(int $user_id, #[\SensitiveParameter] string $code, int $now, int $challenge): Outcome
            {
                return Outcome::Wrong;
            }
        };
    }
}
