<?php

declare(strict_types=1);

use Sallyport\WP\Plugin;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\Form;
use Sallyport\WP\Security\View;

/** The screens of wp-admin if something is wrong, or belongs to another user: what they show. */
final class ScreensTest extends WPTestCase
{
    protected function tearDown(): void
    {
        foreach (['SALLYPORT_ALGORITHM', 'SALLYPORT_PUBLIC_KEY', 'SALLYPORT_MASTER_KEY'] as $name) {
            putenv($name);
        }
        parent::tearDown();
    }

    public function test_the_keys_tab_reports_problems_of_the_configured_key(): void
    {
        wp_set_current_user($this->user('administrator')->ID);
        $kid = self::plugin()->signing_keys()->all()[0]['kid'];
        putenv('SALLYPORT_ALGORITHM=HS1');
        $page = self::shown(new Plugin(), 'keys');
        self::assertStringContainsString('<p class="sallyport-error">' . esc_html(Sallyport\WP\Problem::SigningAlgorithm->message()), $page);
        self::assertStringContainsString("$kid</code>", $page, 'the stored ones are there');
        putenv('SALLYPORT_ALGORITHM');
        putenv('SALLYPORT_PUBLIC_KEY=alone');
        $page = self::shown(new Plugin(), 'keys');
        self::assertStringContainsString(esc_html(Sallyport\WP\Problem::SigningKeyPair->message()), $page);
        self::assertStringNotContainsString('Create the next key', $page, 'a key from constants is not rotated');
    }

    public function test_after_step_up_the_key_to_be_removed_is_shown_again(): void
    {
        wp_set_current_user($this->user('administrator')->ID);
        self::plugin()->key_rotation()->generate(time());
        $kid = self::plugin()->signing_keys()->all()[1]['kid'];
        $_SERVER['REQUEST_METHOD'] = 'POST';
        $_POST = [Form::DO => 'retire', 'id' => $kid];
        $_GET[Form::OPEN] = Form::asked();
        $_SERVER['REQUEST_METHOD'] = 'GET';
        self::assertStringContainsString('<details class="sallyport-do" id="sallyport-retire-' . $kid . '" open>', self::shown(self::plugin(), 'keys'));
    }

    public function test_unreadable_data_of_a_user_is_reported_on_their_page(): void
    {
        wp_set_current_user(1); // On a network, the administrator of one site does not see other users.
        $user = $this->user();
        $security = (fn () => $this->user_security())->call(self::plugin());
        self::assertStringContainsString('None: this user signs in with the password alone.', $security->html($user->ID, 'https://example.test/'));
        add_filter('query', $fail = static fn (string $query): string => str_contains($query, 'sallyport_factors') ? 'SELECT nothing' : $query);
        $page = $security->html($user->ID, 'https://example.test/');
        remove_filter('query', $fail);
        self::assertMatchesRegularExpression('~^\s*<div class="sallyport" id="sallyport"><p class="sallyport-error" id="sallyport-error" role="alert">.*</p></div>\s*$~', $page);
    }

    public function test_a_too_long_reason_is_kept_and_the_forms_limit_fits_the_servers(): void
    {
        wp_set_current_user(1);
        $user = $this->user();
        $_SERVER['REQUEST_METHOD'] = 'POST';
        $reason = str_repeat('理', 200) . '</textarea>"\'\\';
        $_POST = wp_slash([Form::DO => 'revoke', 'reason' => $reason, '_wpnonce' => wp_create_nonce(Form::nonce_of($user->ID))]);
        $security = (fn () => $this->user_security())->call(self::plugin());
        $security->act($user->ID, 'https://example.test/');
        $page = $security->html($user->ID, 'https://example.test/');
        self::assertMatchesRegularExpression(
            '~<textarea name="reason" id="sallyport-reason-revoke" [^>]*aria-invalid="true" autofocus>' . preg_quote(esc_textarea($reason)) . '</textarea>~',
            $page,
        );
        self::assertSame(1, preg_match('~<textarea[^>]* maxlength="(\d+)"~', $page, $most));
        self::assertLessThanOrEqual(500, strlen(str_repeat('理', (int) $most[1])));
    }

    public function test_a_refused_form_marks_the_named_field_and_keeps_the_other_input(): void
    {
        $_SERVER['REQUEST_METHOD'] = 'POST';
        $_POST = [Form::DO => 'begin', 'label' => wp_slash('My "tablet"')];
        $view = static fn (?Refusal $refusal): View => new View(['user' => wp_get_current_user(), 'refusal' => $refusal, 'error' => $refusal?->tell() ?? '', 'asked' => 'begin']);
        $marked = static fn (?Refusal $refusal): array => [
            $view($refusal)->is_wrong('begin', '', 'label'),
            str_contains($view($refusal)->password('begin'), ' aria-describedby="sallyport-error" aria-invalid="true" autofocus>'),
        ];
        $wrong = ' aria-describedby="sallyport-error" aria-invalid="true" autofocus';
        self::assertSame([$wrong, false], $marked(Refusal::missing('label')));
        self::assertSame([$wrong, false], $marked(Refusal::invalid('label', 'is none')));
        self::assertSame(['', true], $marked(Refusal::missing('sallyport_password')));
        self::assertSame(['', true], $marked(new Refusal(Sallyport\WP\Code::InvalidPassword)), 'it names none');
        self::assertSame([' autofocus', false], $marked(null), 'the step-up page leads back to it');
        self::assertSame(['My "tablet"', 'is'], [$view(Refusal::missing('label'))->typed('begin', 'label', 'is'), $view(null)->typed('begin', 'label', 'is')]);
        self::assertSame('is', $view(Refusal::missing('label'))->typed('rename-1', 'label', 'is'), 'another form');
    }

    public function test_an_administrator_sees_what_a_user_has_begun_in_another_sign_in(): void
    {
        $user = $this->user();
        self::plugin()->database()->insert(
            'factors',
            [
                'user_id' => $user->ID, 'type' => 'totp', 'status' => 'pending', 'secret' => '',
                'created_at' => time(), 'begun_by' => 'theirs',
            ],
        );
        $rescue = (fn () => $this->rescue())->call(self::plugin());
        self::assertSame([['totp', 'pending']], array_map(static fn (array $factor): array => [$factor['type'], $factor['status']], $rescue->factors($user->ID)));
        wp_set_current_user($user->ID);
        self::assertSame([], (fn () => $this->enrolment())->call(self::plugin())->pending($user->ID), 'an enrolment is completed in the sign-in that began it');
    }

    public function test_an_imported_and_unused_factor_shows_no_last_use(): void
    {
        $user = $this->user();
        self::plugin()->database()->insert(
            'factors',
            ['user_id' => $user->ID, 'type' => 'totp', 'status' => 'active', 'secret' => '', 'created_at' => time(), 'last_used_at' => 0],
        );
        wp_set_current_user($user->ID);
        self::assertSame([null], array_column((fn () => $this->two_factor_routes())->call(self::plugin())->show()['factors'], 'last_used'));
    }

    public function test_roles_with_the_same_name_are_counted_separately_and_do_not_hide_the_total(): void
    {
        foreach (['hosts', 'guests'] as $role) {
            add_role($role, 'Everyone', ['read' => true]);
            $this->user($role);
        }
        wp_set_current_user($this->user('administrator')->ID);
        $page = self::shown(self::plugin(), 'overview');
        preg_match_all('~<th scope="row"><bdi>Everyone</bdi></th>\s*<td>\s*<strong>0</strong> of (\d+)~', $page, $rows);
        self::assertSame(['1', '1', (string) count_users()['total_users']], $rows[1]);
    }

    /** With many users, that query takes most of the page's time: with 200,000 users, asking it twice took half of a minute. */
    public function test_the_overview_counts_the_users_once(): void
    {
        wp_set_current_user(1);
        $counts = 0;
        add_filter('query', static function (string $query) use (&$counts): string {
            $counts += (int) str_contains($query, 'GROUP BY g.');
            return $query;
        });
        self::shown(self::plugin(), 'overview');
        self::assertSame(1, $counts);
    }

    public function test_an_administrator_without_a_factor_is_led_to_their_own(): void
    {
        $administrator = $this->user('administrator');
        wp_set_current_user($administrator->ID);
        $link = '~<a href="[^"]+page=sallyport-security">Set up your second factor</a>~';
        self::assertMatchesRegularExpression($link, self::shown(self::plugin(), 'overview'));
        self::plugin()->state()->raise($administrator->ID, true, time());
        self::assertDoesNotMatchRegularExpression($link, self::shown(self::plugin(), 'overview'));
    }

    public function test_the_overview_is_not_green_while_an_administrator_is_unprotected_or_enrolled_users_are_refused(): void
    {
        wp_set_current_user(1);
        $mode = static fn (Plugin $plugin): array => preg_match(
            '~^.*?<p class="sallyport-(\w+)">(.*?)</p>~s',
            strstr(self::shown($plugin, 'overview'), '<p class="sallyport-'),
            $found,
        )
            ? [$found[1], wp_strip_all_tags($found[2])]
            : [];
        self::assertSame('warning', $mode(self::plugin())[0]);
        self::assertStringContainsString('1 of 1 administrators has no second factor.', $mode(self::plugin())[1]);
        self::plugin()->database()->insert('factors', ['user_id' => 1, 'type' => 'totp', 'status' => 'active', 'secret' => '', 'created_at' => time()]);
        self::assertSame('done', $mode(self::plugin())[0]);
        putenv('SALLYPORT_MASTER_KEY=' . str_repeat('another ', 8));
        self::assertSame(['error', '✖ Users with a second factor cannot sign in. See Health below for the reason.'], $mode(new Plugin()));
    }

    public function test_the_deadline_notice_is_shown_on_dashboard_and_profile_only(): void
    {
        $user = $this->user('editor');
        wp_set_current_user($user->ID);
        self::assertSame('', self::noticeOn('dashboard'), 'nobody asks for one');
        $this->require_of('editor', time());
        $before = $GLOBALS['wpdb']->num_queries;
        $date = wp_date(
            get_option('date_format') . ' ' . get_option('time_format'),
            (
                new Sallyport\WP\Gate\Rules(get_option('sallyport_policy')['site'])
            )->deadline('role:editor', Sallyport\WP\Gate\Subject::of($user)),
        );
        foreach (['dashboard', 'profile', 'dashboard-user'] as $screen) {
            self::assertStringContainsString("From $date, you cannot sign in with your password alone", self::noticeOn($screen), $screen);
        }
        self::assertSame($before, $GLOBALS['wpdb']->num_queries);
        self::assertSame('', self::noticeOn('edit'));
        self::assertStringContainsString("The policy requires one from $date.", self::row($user));
        $this->require_of('editor', time() - 8 * DAY_IN_SECONDS);
        $GLOBALS['wpdb']->update($GLOBALS['wpdb']->users, ['user_registered' => '2020-01-01 00:00:00'], ['ID' => $user->ID]);
        clean_user_cache($user->ID);
        wp_set_current_user(0);
        wp_set_current_user($user->ID);
        self::assertStringContainsString('requires you to use a second factor, and you have not set one up yet.', self::noticeOn('dashboard'));
        self::assertStringContainsString('Off, although the policy has required one since', self::row($user));
        self::plugin()->state()->raise($user->ID, true, time());
        self::assertSame('', self::noticeOn('dashboard'), 'who has one');
        self::assertStringContainsString('On: signing in takes a code', self::row($user));
    }

    public function test_the_plugins_screen_links_to_settings_and_explains_deactivating_and_deleting(): void
    {
        $row = (fn () => $this->plugin_row())->call(self::plugin());
        wp_set_current_user(1);
        self::assertSame(['sallyport-settings', 'sallyport-own', 'deactivate'], array_keys($row->links(['deactivate' => 'x'])));
        self::plugin()->state()->raise(1, true, time());
        self::assertSame(['sallyport-settings', 'deactivate'], array_keys($row->links(['deactivate' => 'x'])));
        self::assertStringContainsString('options-general.php?page=sallyport"', $row->links([])['sallyport-settings']);
        self::assertSame([null, false], [$row->links(null), $row->meta(false)]);
        [$theirs, $ours] = $row->meta(['Version 1']);
        self::assertSame('Version 1', $theirs);
        self::assertStringContainsString('After deactivation, passwords alone are enough. Deleting it keeps the second factors stored.', $ours);
        self::assertStringContainsString('tab=settings#sallyport-setting-uninstall"', $ours);
        update_option('sallyport_settings', ['uninstall' => 'everything']);
        self::assertStringContainsString('Deleting it also deletes all second factors.', $row->meta([])[0]);
        wp_set_current_user($this->user('editor')->ID);
        self::assertSame(['sallyport-own'], array_keys($row->links([])));
        self::assertStringNotContainsString('<a', $row->meta([])[0]);
    }

    public function test_the_users_list_shows_factors_without_a_query_for_each_row(): void
    {
        [$on, $off, $soon, $other] = [$this->user(), $this->user(), $this->user('editor'), $this->user('author')];
        self::plugin()->state()->raise($on->ID, true, time());
        $list = (fn () => $this->users_list())->call(self::plugin());
        self::assertArrayNotHasKey('sallyport', $list->views(['all' => 'x']), 'nobody must');
        $this->require_of('editor', time());
        self::assertSame(['name' => 'Name', 'sallyport' => 'Second factor'], $list->columns(['name' => 'Name']));
        wp_cache_flush();
        wp_load_alloptions();
        new WP_User_Query(['include' => [$on->ID, $off->ID, $soon->ID], 'fields' => 'all_with_meta']);
        $list->cell('', 'sallyport', $other->ID); // let core load what it loads once
        $before = $GLOBALS['wpdb']->num_queries;
        $cells = array_map(static fn (WP_User $user): string => $list->cell('', 'sallyport', $user->ID), [$on, $off, $soon]);
        self::assertSame($before, $GLOBALS['wpdb']->num_queries);
        self::assertSame(['On', 'Off'], array_slice($cells, 0, 2));
        self::assertMatchesRegularExpression('/^Off; required from .+ \d{4}$/', $cells[2]);
        self::assertSame('theirs', $list->cell('theirs', 'posts', $on->ID));
    }

    /** Each user's meta is read from the database: adr/0038. */
    public function test_with_a_persistent_object_cache_the_users_list_costs_one_query(): void
    {
        $users = array_map(fn (): WP_User => $this->user(), range(1, 5));
        $other = $this->user();
        $list = (fn () => $this->users_list())->call(self::plugin());
        add_action('pre_user_query', $list->ask(...));
        self::withPersistentCache(static function () use ($users, $other, $list): void {
            $of = array_map(static fn (WP_User $user): int => $user->ID, $users);
            self::plugin()->state()->raise($of[0], true, time());
            (fn () => $this->kept = [])->call(self::plugin()->meta());
            $list->cell('', 'sallyport', $other->ID); // load what is read only once
            $listed = new WP_User_Query($list->narrow(['include' => $of, 'fields' => 'all_with_meta']));
            get_users(['include' => [$other->ID]]);
            self::assertCount(5, $listed->get_results());
            $before = $GLOBALS['wpdb']->num_queries;
            $cells = array_map(static fn (int $id): string => $list->cell('', 'sallyport', $id), $of);
            self::assertSame(1, $GLOBALS['wpdb']->num_queries - $before);
            self::assertSame(['On', 'Off', 'Off', 'Off', 'Off'], $cells);
        });
    }

    public function test_the_users_list_can_show_only_users_who_must_have_a_factor_and_have_none(): void
    {
        $soon = $this->user('editor');
        $both = $this->user('editor');
        $both->add_role('author');
        self::plugin()->database()->insert('factors', ['user_id' => $this->user('editor')->ID, 'type' => 'totp', 'status' => 'active', 'secret' => '', 'created_at' => time()]);
        $this->require_of('editor', time());
        $query = ['role' => 'editor', 'number' => 20];
        $list = (fn () => $this->users_list())->call(self::plugin());
        self::assertStringContainsString('users.php?sallyport_factor=missing">Second factor missing', $list->views([])['sallyport']);
        $_GET['sallyport_factor'] = 'missing';
        add_action('pre_user_query', $list->ask(...));
        $listed = static fn (array $query): array => array_map(intval(...), (new WP_User_Query(['fields' => 'ID'] + $list->narrow($query)))->get_results());
        self::assertEqualsCanonicalizing([$soon->ID, $both->ID], $listed($query));
        self::assertSame([$both->ID], $listed(['include' => [$both->ID, 1]]));
        self::assertSame([], $listed(['include' => [1]]), 'nobody');
        self::assertContains(1, array_map(intval(...), get_users(['fields' => 'ID'])), 'no other list is narrowed down');
        self::assertSame(
            [
                'all' => '<a>All</a>',
                'sallyport' => '<a href="' . admin_url('users.php') . '?sallyport_factor=missing" class="current" aria-current="page">Second factor missing</a>',
            ],
            $list->views(['all' => '<a class="current" aria-current="page">All</a>']),
        );
        $this->expectOutputString('<input type="hidden" name="sallyport_factor" value="missing">');
        $list->keep('top');
        $list->keep('bottom');
    }

    public function test_the_empty_history_mentions_only_events_that_are_logged(): void
    {
        wp_set_current_user($this->user()->ID);
        $page = (fn () => $this->own_security())->call(self::plugin())->html('https://example.test/');
        self::assertStringContainsString('No activity yet. Sign-ins with a code, wrong codes, and changes to your second factors will be listed here.', $page);
    }

    private function require_of(string $role, int $since): void
    {
        remove_all_filters('pre_update_option_sallyport_policy');
        update_option('sallyport_policy', ['site' => ['roles' => [$role => 'required'], 'since' => ["role:$role" => $since]], 'network' => null, 'rev' => 1_000_000 + $since]);
    }

    private static function noticeOn(string $base): string
    {
        require_once ABSPATH . 'wp-admin/includes/class-wp-screen.php';
        require_once ABSPATH . 'wp-admin/includes/screen.php';
        $GLOBALS['current_screen'] = WP_Screen::get($base);
        ob_start();
        self::plugin()->security_page()->remind();
        unset($GLOBALS['current_screen']);
        return (string) ob_get_clean();
    }

    private static function row(WP_User $user): string
    {
        ob_start();
        self::plugin()->security_page()->row($user);
        return (string) ob_get_clean();
    }

    /** The HTML of one tab of Settings → Sallyport, for the current user. */
    private static function shown(Plugin $plugin, string $tab): string
    {
        $_GET['tab'] = $tab;
        ob_start();
        (fn () => $this->show())->call($plugin->settings_page());
        return (string) ob_get_clean();
    }
}
