<?php

declare(strict_types=1);

use Sallyport\WP\Fields;
use Sallyport\WP\Gate\PolicyEditor;
use Sallyport\WP\Gate\PolicyReach;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\Form;
use Sallyport\WP\Settings\Draft;
use Sallyport\WP\Settings\PolicyForm;
use Sallyport\WP\Settings\PolicyTab;
use Sallyport\WP\Store\PolicyOption;

/** The policy's form can do what the route and the command can: also rules for a user or a capability, and rules for subjects that no longer exist. */
final class PolicyFormTest extends WPTestCase
{
    public function test_a_rule_is_added_by_name_address_or_id(): void
    {
        $user = $this->user();
        foreach ([$user->user_login, strtoupper($user->user_email), " $user->ID "] as $typed) {
            $said = $this->sent(['add' => ['users' => ['name' => $typed, 'mode' => 'required'], 'capabilities' => ['name' => 'publish_posts', 'mode' => 'off']]]);
            self::assertSame([[$user->ID => 'required'], ['publish_posts' => 'off']], [$said['users'], $said['capabilities']], $typed);
            self::assertSame([], self::wrong($said));
        }
        self::assertSame([], $this->sent(['add' => ['users' => ['name' => ' ', 'mode' => 'required']]])['users'], 'nobody is named');
    }

    public function test_an_unknown_subject_is_refused_by_the_policy_editor(): void
    {
        $table = [
            // kind, the typed name, its mode, the path of the error
            ['users', 'nobody', 'required', 'users.nobody'],
            ['users', '999999', 'required', 'users.999999'],
            ['users', '007', 'required', 'users.007'],
            ['users', (string) $this->user()->ID, 'sometimes', 'users.'],
            ['capabilities', 'fly', 'required', 'capabilities.fly'],
            ['sites', (string) get_current_blog_id(), 'required', 'sites.'], // this is a site's policy, not a network's
        ];
        foreach ($table as [$kind, $typed, $mode, $path]) {
            $wrong = self::wrong($this->sent(['add' => [$kind => ['name' => $typed, 'mode' => $mode]]]));
            self::assertCount(1, $wrong, $typed);
            self::assertStringStartsWith("site.$path", (string) array_key_first($wrong));
        }
        foreach ([
            'x',
            ['users' => 'x'],
            ['users' => ['name' => ['x'], 'mode' => 'off']],
            ['default' => ['name' => 'x', 'mode' => 'off']],
            ['roles' => ['name' => 'nobody', 'mode' => 'off']],
        ] as $odd) {
            try {
                self::assertSame([], self::wrong($this->sent(['add' => $odd])), 'it is not a rule');
            } catch (Refusal $refusal) {
                self::assertSame('rest_invalid_param', $refusal->reason->value);
            }
        }
    }

    public function test_stored_rules_are_kept_changed_and_removed(): void
    {
        $user = $this->user();
        $this->editor()->change(['site' => ['users' => [$user->ID => 'required'], 'capabilities' => ['publish_posts' => 'required']]], 0, time());
        self::assertSame([$user->ID => 'required'], $this->sent([])['users']);
        self::assertSame([$user->ID => 'optional'], $this->sent(['users' => [$user->ID => 'optional']])['users']);
        self::assertSame(
            [$user->ID => 'off'],
            $this->sent(
                ['users' => [$user->ID => 'required'], 'add' => ['users' => ['name' => $user->user_login, 'mode' => 'off']]],
            )['users'],
            'adding it again changes it',
        );
        self::assertSame([], $this->sent(['capabilities' => ['publish_posts' => '']])['capabilities']);
    }

    public function test_a_deleted_role_is_shown_and_can_be_removed(): void
    {
        add_role('passing', 'Passing', ['read' => true]);
        $this->editor()->change(['site' => ['roles' => ['passing' => 'required'], 'factors' => ['passing' => ['totp']], 'strong_roles' => ['passing']]], 0, time());
        remove_role('passing');
        $stored = $this->form()->stored(PolicyOption::SITE);
        self::assertSame('passing', PolicyForm::roles($stored)['passing']);
        self::assertSame([], self::wrong($this->sent(['strong' => ['passing' => '1']])), 'it does not block other changes');
        $said = $this->sent(['roles' => ['passing' => ''], 'which' => ['passing' => 'any']]);
        self::assertSame([[], [], []], [$said['roles'], $said['factors'], $said['strong_roles']]);
        self::assertArrayNotHasKey('passing', PolicyForm::roles($said));
    }

    public function test_a_user_whose_name_is_anothers_address_can_be_added_only_by_id(): void
    {
        $of_name = $this->user();
        $of_address = $this->user();
        wp_update_user(['ID' => $of_address->ID, 'user_email' => "$of_name->user_login@example.org"]);
        $GLOBALS['wpdb']->update($GLOBALS['wpdb']->users, ['user_login' => "$of_name->user_login@example.org"], ['ID' => $of_name->ID]);
        wp_cache_flush();
        $typed = "$of_name->user_login@example.org";
        self::assertSame([$of_name->ID, $of_address->ID], [get_user_by('login', $typed)->ID, get_user_by('email', $typed)->ID]);
        $said = $this->sent(['add' => ['users' => ['name' => $typed, 'mode' => 'off']]]);
        self::assertSame(["site.users.$typed"], array_keys(self::wrong($said)));
        self::assertSame([$of_name->ID => 'off'], $this->sent(['add' => ['users' => ['name' => (string) $of_name->ID, 'mode' => 'off']]])['users']);
    }

    public function test_errors_are_listed_first_with_links_and_repeated_at_their_fields(): void
    {
        wp_set_current_user($this->user('administrator')->ID);
        // A role that was removed after the page was opened.
        $html = $this->shown([
            'roles' => ['passing' => 'required'],
            'which' => ['passing' => 'only'],
            'only' => ['passing' => ['totp']],
            'strong' => ['passing' => '1'],
            'add' => ['users' => ['name' => 'no body <b>', 'mode' => 'off'], 'capabilities' => ['name' => 'fly', 'mode' => 'off']],
        ]);
        $document = new DOMDocument();
        $document->loadHTML('<?xml encoding="utf-8"?>' . $html, LIBXML_NOERROR);
        $page = new DOMXPath($document);
        $links = [];
        foreach ($page->query('//*[@role="alert"]//a') as $link) {
            $id = rawurldecode(substr($link->getAttribute('href'), 1));
            self::assertCount(1, $page->query("//*[@id='$id']"), $id);
            $links[] = "$id: $link->textContent";
        }
        self::assertEqualsCanonicalizing(
            [
                'sallyport-roles-passing: passing',
                'wrong-factors.passing: passing',
                'wrong-strong_roles.passing: passing',
                'sallyport-add-users: For a user',
                'sallyport-add-capabilities: For users with the capability',
            ],
            $links,
        );
        self::assertCount(5, $page->query('//*[@aria-invalid="true"]'));
        foreach ($page->query('//*[@aria-invalid="true"]') as $field) {
            $id = strtok($field->getAttribute('aria-describedby'), ' ');
            self::assertStringStartsWith('This is no', $page->query("//*[@id='$id']")->item(0)?->textContent ?? '', $id);
        }
        self::assertSame(
            count(wp_roles()->roles) + 1,
            $page->query('//p[@class="sallyport-choices"]//input[starts-with(@name, "strong[")]')->length,
            'an error inside would end the paragraph',
        );
        self::assertStringNotContainsString('href="#"', $this->shown(['was' => ['x']]), 'an unknown field is not shown');
    }

    public function test_a_role_without_a_list_of_capabilities_does_not_break_the_page(): void
    {
        wp_set_current_user($this->user('administrator')->ID);
        wp_roles()->roles['hollow'] = ['name' => 'Hollow', 'capabilities' => null]; // as add_role() stores it with the capabilities of a missing role
        wp_roles()->role_names['hollow'] = 'Hollow';
        try {
            $html = self::rendered($this->tab());
        } finally {
            unset(wp_roles()->roles['hollow'], wp_roles()->role_names['hollow']);
        }
        self::assertStringContainsString('>Hollow<', $html);
        self::assertStringContainsString('<option value="edit_others_posts">', $html);
    }

    public function test_a_rule_that_is_to_be_removed_has_its_row_until_it_is(): void
    {
        $user = $this->user('administrator');
        $this->editor()->change(['site' => ['users' => [$user->ID => 'required'], 'capabilities' => ['publish_posts' => 'off']]], 0, time());
        wp_set_current_user($user->ID);
        $sent = ['users' => [$user->ID => ''], 'capabilities' => ['publish_posts' => '']];
        $refused = $this->shown($sent + ['grace_days' => 'x']);
        parse_str((string) parse_url(Draft::url('policy', $this->sent($sent)), PHP_URL_QUERY), $_GET); // back from the step-up page
        foreach ([$refused, self::rendered($this->tab())] as $html) {
            foreach (["users[$user->ID]", 'capabilities[publish_posts]'] as $field) {
                self::assertMatchesRegularExpression('/name="' . preg_quote($field, '/') . '" value="" checked/', str_replace("checked='checked'", 'checked', $html));
            }
        }
    }

    public function test_with_too_many_users_to_count_the_second_submit_saves(): void
    {
        global $wpdb;
        wp_set_current_user($this->user('administrator')->ID);
        $names = array_map(static fn (int $i): string => "('many$i', 'many$i', 'many$i@example.test', '2020-01-01 00:00:00')", range(1, PolicyReach::MOST));
        $wpdb->query("INSERT INTO $wpdb->users (user_login, user_nicename, user_email, user_registered) VALUES " . implode(',', $names));
        $wpdb->query("INSERT INTO $wpdb->usermeta (user_id, meta_key, meta_value) SELECT ID, '{$wpdb->prefix}capabilities', 'a:0:{}' FROM $wpdb->users WHERE user_login LIKE 'many%'");
        $this->user('author'); // the highest id: none of the counted users is affected
        $_POST = [
            'default' => 'optional',
            'roles' => ['author' => 'required'],
            'grace_days' => '7',
            'confirm_by_mail' => '1',
            'was' => (string) wp_json_encode(self::editor()->show(PolicyOption::SITE)),
        ];
        $tab = $this->tab();
        self::assertNull($tab->handle('policy', Form::fields()));
        self::assertSame([], self::editor()->show(PolicyOption::SITE)['roles']);
        $html = self::rendered($tab);
        self::assertStringContainsString('Only the first 5000 users were counted.', $html);
        preg_match('/name="seen" value="([^"]*)"/', $html, $seen);
        $_POST['seen'] = html_entity_decode($seen[1], ENT_QUOTES);
        self::assertSame('saved', $this->tab()->handle('policy', Form::fields()));
    }

    /**
     * The page after this was sent and refused.
     *
     * @param array<string, mixed> $fields
     */
    private function shown(array $fields): string
    {
        $_POST = $fields + ['default' => 'optional', 'grace_days' => '7', 'confirm_by_mail' => '1', 'was' => (string) wp_json_encode(self::editor()->show(PolicyOption::SITE))];
        $tab = $this->tab();
        try {
            $tab->handle('policy', Form::fields());
            self::fail('it was not refused');
        } catch (Refusal) {
            return self::rendered($tab);
        }
    }

    private function tab(): PolicyTab
    {
        return (
            fn () => new PolicyTab(
                new PolicyForm($this->policy_editor(), $this->policies()),
                $this->policy_editor(),
                new PolicyReach($this->policies(), $this->factors(), $this->state()),
                $this->policies(),
                $this->gate(),
                $this->administering(),
            )
        )->call(self::plugin());
    }

    private static function rendered(PolicyTab $tab): string
    {
        ob_start();
        $tab->render(['url' => '', 'nonce' => '']);
        return (string) ob_get_clean();
    }

    /**
     * @param array<string, mixed> $fields
     * @return array<string, mixed>
     */
    private function sent(array $fields): array
    {
        $request = new WP_REST_Request('POST');
        $request->set_body_params($fields + ['default' => 'optional', 'grace_days' => '7', 'confirm_by_mail' => '1']);
        return $this->form()->sent(PolicyOption::SITE, Fields::of($request));
    }

    /**
     * @param array<string, mixed> $said
     * @return array<string, string>
     */
    private static function wrong(array $said): array
    {
        try {
            self::editor()->planned([PolicyOption::SITE => $said], time());
        } catch (Refusal $refusal) {
            return $refusal->data['params'];
        }
        return [];
    }

    private function form(): PolicyForm
    {
        return new PolicyForm(self::editor(), self::plugin()->policies());
    }

    private static function editor(): PolicyEditor
    {
        return (new ReflectionMethod(Sallyport\WP\Plugin::class, 'policy_editor'))->invoke(self::plugin());
    }
}
