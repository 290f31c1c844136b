<?php

declare(strict_types=1);

use Sallyport\WP\Gate\SettingLoosening;
use Sallyport\WP\Refusal;
use Sallyport\WP\Store\Settings;

/** Settings as the page and the command line change them. */
final class SettingEditorTest extends WPTestCase
{
    public function test_either_all_values_are_saved_or_none(): void
    {
        self::assertSame(['token_ttl', 'cors'], $this->change(['token_ttl' => '600', 'cors' => 'https://app.example, https://b.example', 'strict' => 'false']));
        self::assertSame([600, ['https://app.example', 'https://b.example']], [$this->settings()->get('token_ttl'), $this->settings()->get('cors')]);
        foreach ([
            ['token_ttl' => '59'], ['token_ttl' => 'soon'], ['device_limit' => '101'], ['cors' => 'app.example'],
            ['trusted_proxies' => 'nowhere'], ['reset_url' => 'javascript:alert(1)'], ['algorithm' => 'none'],
            ['no_such' => '1'], ['strict' => 'perhaps'], ['strict' => ['true']], ['rest_version' => ''],
        ] as $wrong) {
            self::assertSame('rest_invalid_param', $this->change(['activity_days' => '120'] + $wrong), json_encode($wrong));
            self::assertSame(90, $this->settings()->get('activity_days'), 'nothing is saved');
        }
        self::assertSame(['token_ttl'], $this->change(['token_ttl' => null]));
        self::assertSame(900, $this->settings()->get('token_ttl'));
        self::assertFalse($this->settings()->is_set('token_ttl'));
    }

    /** Otherwise a role that disappeared with its plugin would prevent saving all other settings of the form. */
    public function test_a_role_must_exist_or_be_stored_already(): void
    {
        foreach ([
            ['app_passwords_denied', 'gone', 'gone,editor', 'gone,edtor'],
            ['route_roles', 'jwks=gone', 'jwks=gone,tokens=editor|author', 'jwks=gone,tokens=editor|edtor'],
        ] as [$name, $stored, $good, $wrong]) {
            self::assertSame('rest_invalid_param', $this->change([$name => $stored]));
            update_option(Settings::OPTION, [$name => [$stored]] + (array) get_option(Settings::OPTION));
            self::assertSame(
                [explode(',', $stored), explode(',', $good), null],
                [
                    $this->settings()->parsed($name, $stored),
                    $this->settings()->parsed($name, $good),
                    $this->settings()->parsed($name, $wrong),
                ],
            );
            self::assertSame([$name, 'token_ttl'], $this->change([$name => $good, 'token_ttl' => '600']));
            $this->change([$name => null, 'token_ttl' => null]);
        }
        self::assertSame(['*'], $this->settings()->parsed('app_passwords_denied', '*'));
    }

    public function test_a_user_who_may_not_weaken_the_site_may_strengthen_it(): void
    {
        $weaker = [
            'token_ttl' => '901', 'refresh_ttl' => '99999999', 'family_ttl' => '99999999', 'refresh_by_token' => 'true', 'trusted_devices' => 'true',
            'activity_address' => 'truncated', 'activity_days' => '89', 'sso_trust_email' => 'true', 'register_confirm' => 'false', 'reset_url' => 'https://thief.example',
            'headlesskey' => 'true',
            'trusted_proxies' => '10.0.0.1,10.0.0.2',
            'proxy_header' => 'forwarded',
            'require_https' => 'false',
            'cors' => 'https://a.example,https://thief.example',
            'app_passwords_denied' => 'editor', 'strict' => 'false', 'wp2fa_get' => 'true',
            'webhook_allow_private' => 'true', 'uninstall' => 'everything', 'route_roles' => 'token=off',
            'device_limit' => '0', 'totp_skew' => '1',
        ];
        $stronger = [
            'token_ttl' => '60', 'refresh_ttl' => '60', 'family_ttl' => '60', 'refresh_by_token' => 'false',
            'trusted_devices' => 'false', 'activity_days' => '0', 'sso_trust_email' => 'false',
            'register_confirm' => 'true', 'reset_url' => '', 'headlesskey' => 'false', 'trusted_proxies' => '10.0.0.1',
            'require_https' => 'true', 'cors' => '', 'app_passwords_denied' => '*',
            'strict' => 'true',
            'wp2fa_get' => 'false',
            'webhook_allow_private' => 'false',
            'route_roles' => 'register=off,token=off,token/refresh=off',
            'device_limit' => '3',
            'totp_skew' => '0',
        ];
        $before = [
            'trusted_devices' => false,
            'register_confirm' => true,
            'reset_url' => 'https://shop.example',
            'trusted_proxies' => ['10.0.0.1'],
            'cors' => ['https://a.example'],
            'app_passwords_denied' => ['editor', 'author'],
            'strict' => true,
            'route_roles' => ['register=off', 'token=off'],
            'device_limit' => 5,
            'totp_skew' => 0,
        ];
        foreach (Settings::names() as $name) {
            $was = $before[$name] ?? Settings::standard($name);
            if (isset($weaker[$name])) {
                self::assertTrue(SettingLoosening::is_in($name, $was, $this->settings()->parsed($name, $weaker[$name])), $name);
            } else {
                self::assertContains($name, ['algorithm', 'refresh_cookie', 'rest_namespace', 'rest_version'], 'a new setting must say which change weakens it');
            }
            if (isset($stronger[$name])) {
                self::assertFalse(SettingLoosening::is_in($name, $was, $this->settings()->parsed($name, $stronger[$name])), $name);
            }
        }
        self::assertSame('sallyport_step_up_required', $this->change(['activity_days' => '120', 'strict' => 'true', 'trusted_proxies' => '10.0.0.1'], false));
        self::assertSame(90, $this->settings()->get('activity_days'), 'nothing is saved');
        self::assertSame(['activity_days', 'strict'], $this->change(['activity_days' => '120', 'strict' => 'true'], false));
    }

    public function test_concurrent_changes_by_others_are_kept(): void
    {
        $this->change(['token_ttl' => '3600', 'strict' => null]);
        $table = [
            // the change of this process, whose user may not loosen anything, after another process has set token_ttl to 300 and strict; the result; the stored rest_version
            [['rest_version' => 'v9'], ['rest_version'], 'v9'],
            [['rest_version' => 'v9', 'token_ttl' => '3599'], 'sallyport_step_up_required', 'v1'],
        ];
        foreach ($table as [$given, $expected, $version]) {
            self::assertSame(3600, $this->settings()->get('token_ttl'), 'as this process has read it');
            $GLOBALS['wpdb']->update($GLOBALS['wpdb']->options, ['option_value' => serialize(['token_ttl' => 300, 'strict' => true])], ['option_name' => Settings::OPTION]);
            self::assertSame($expected, $this->change($given, false));
            wp_cache_flush();
            self::assertSame([300, true, $version], [$this->settings()->get('token_ttl'), $this->settings()->get('strict'), $this->settings()->get('rest_version')]);
            $this->change(['token_ttl' => '3600', 'strict' => null, 'rest_version' => null]);
        }
    }

    public function test_the_log_has_the_old_and_the_new_value(): void
    {
        $rows = [];
        add_action('sallyport_activity', static function (array $row) use (&$rows): void {
            $rows[] = [$row['event'], $row['user_id'], json_decode($row['detail'], true)];
        });
        $this->change(['token_ttl' => '600', 'cors' => 'https://app.example', 'strict' => 'false']);
        self::assertSame([['setting_changed', 7, ['token_ttl' => '900 → 600', 'cors' => ' → https://app.example']]], $rows);
    }

    /** @return list<string>|string the changed settings, or the code of the refusal */
    private function change(array $given, bool $may_loosen = true): array|string
    {
        try {
            return (fn () => $this->setting_editor())->call(self::plugin())->change($given, 7, $may_loosen);
        } catch (Refusal $refusal) {
            return $refusal->reason->value;
        }
    }

    private function settings(): Settings
    {
        return self::plugin()->settings();
    }
}
