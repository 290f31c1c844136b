<?php

declare(strict_types=1);

use Sallyport\WP\Settings\Draft;

/** Values typed before the step-up page: they are filled in again for the user who typed them, and for nobody else. */
final class SettingsDraftTest extends WPTestCase
{
    public function test_a_draft_is_restored_for_its_user_on_its_tab(): void
    {
        $typed = ['roles' => ['editor' => 'required'], 'grace_days' => 'drei „Tage“ & <b>'];
        $user = $this->user('administrator');
        wp_set_current_user($user->ID);
        $this->open(Draft::url('policy', $typed));
        self::assertSame($typed, Draft::read('policy'));
        self::assertNull(Draft::read('settings'));
        wp_set_current_user($this->user('administrator')->ID);
        self::assertNull(Draft::read('policy'), 'a link fills in nothing for another user');
    }

    public function test_nothing_else_is_read(): void
    {
        wp_set_current_user($this->user('administrator')->ID);
        $this->open(Draft::url('policy', ['monitor' => true]));
        $draft = $_GET;
        $_GET['sallyport_draft'] = rtrim(strtr(base64_encode('{"monitor":false}'), '+/', '-_'), '=');
        self::assertNull(Draft::read('policy'), 'other than what was typed');
        foreach ([[], ['sallyport_draft' => 'x'], ['sallyport_draft' => ['x']] + $draft, ['sallyport_draft_of' => ['x']] + $draft] as $_GET) {
            self::assertNull(Draft::read('policy'));
        }
        $this->open(Draft::url('policy', ['users' => array_fill(0, 2000, 'required')]));
        self::assertArrayNotHasKey('sallyport_draft', $_GET, 'the length of a URL is limited');
    }

    private function open(string $url): void
    {
        parse_str((string) parse_url($url, PHP_URL_QUERY), $_GET);
    }
}
