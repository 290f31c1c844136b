<?php

declare(strict_types=1);

use Sallyport\WP\Security\Form;
use Sallyport\WP\Settings\Page;
use Sallyport\WP\Store\Settings;

/** What the forms of Settings → Sallyport have in common: no write without the capability and the nonce. */
final class SettingsPageTest extends WPTestCase
{
    public function test_a_form_without_the_capability_is_refused_despite_a_valid_nonce(): void
    {
        $this->refused($this->user('editor'), wp_create_nonce(...)); // WordPress would refuse earlier: its menu requires the same.
    }

    public function test_nor_without_the_nonce(): void
    {
        $this->refused($this->user('administrator'), static fn (): string => 'no');
        $this->refused($this->user('administrator'), static fn (): array => [wp_create_nonce(Page::NONCE)]);
        $other = wp_create_nonce(Page::NONCE); // a guest's
        $this->refused($this->user('administrator'), static fn (): string => $other);
    }

    public function test_with_both_the_tab_handles_the_form(): void
    {
        foreach (['policy', 'settings', 'keys'] as $tab) {
            wp_set_current_user($this->user('administrator')->ID);
            $this->send($tab, wp_create_nonce(Page::NONCE));
            $page = self::plugin()->settings_page();
            $page->load();
            self::assertSame('rest_invalid_param', (fn () => $this->refusal?->reason->value)->call($page), "$tab has no such form, and the page continues");
        }
    }

    public function test_a_form_does_not_revert_changes_made_since_it_was_shown(): void
    {
        wp_set_current_user($this->user('administrator')->ID);
        $tab = (fn () => $this->settings_tab())->call(self::plugin());
        ob_start();
        $tab->render(['url' => '', 'nonce' => '']);
        preg_match_all('/<input type="hidden" name="was\[(\w+)\]" value="([^"]*)">/', (string) ob_get_clean(), $was);
        $was = array_combine($was[1], $was[2]);
        self::assertSame(Settings::names(), array_values(array_intersect(Settings::names(), array_keys($was))));
        self::plugin()->settings()->change(['strict' => true, 'cors' => ['https://a.example', 'https://b.example']]);
        $_POST = ['setting' => ['trusted_devices' => 'false'] + $was, 'was' => $was];
        self::assertSame('saved', $tab->handle('settings', Form::fields()));
        self::assertSame([false, true, ['https://a.example', 'https://b.example']], array_map(self::plugin()->settings()->get(...), ['trusted_devices', 'strict', 'cors']));
        $_POST = ['setting' => $was, 'was' => $was];
        self::assertSame('unchanged', $tab->handle('settings', Form::fields()));
    }

    private function refused(WP_User $user, callable $nonce): void
    {
        wp_set_current_user($user->ID);
        $this->send('policy', $nonce(Page::NONCE));
        try {
            self::plugin()->settings_page()->load();
        } catch (WPDieException $refusal) {
            self::assertSame(403, $refusal->getCode());
            return;
        }
        self::fail('it went on');
    }

    private function send(string $tab, string|array $nonce): void
    {
        $_SERVER['REQUEST_METHOD'] = 'POST';
        $_GET['tab'] = $tab;
        $_POST = [Form::DO => 'nonsense', '_wpnonce' => $nonce];
    }
}
