<?php

declare(strict_types=1);

use Sallyport\WP\Security\FrontEnd;

/** Sign-in security as a page of WooCommerce's account: the answers to WooCommerce's filters. */
final class FrontEndTest extends WPTestCase
{
    private const OTHERS = ['dashboard' => 'Dashboard', 'orders' => 'Orders', 'customer-logout' => 'Log out'];

    public function test_the_menu_entry_comes_before_log_out(): void
    {
        $menu = self::frontEnd()->menu(self::OTHERS);
        self::assertSame(['dashboard', 'orders', FrontEnd::ENDPOINT, 'customer-logout'], array_keys($menu));
        self::assertSame('Sign-in security', $menu[FrontEnd::ENDPOINT]);
        self::assertSame([FrontEnd::ENDPOINT => FrontEnd::ENDPOINT, 'orders' => 'orders'], self::frontEnd()->endpoint(['orders' => 'orders']));
    }

    public function test_its_url_needs_no_rewrite_rule(): void
    {
        $url = static fn (string $endpoint): mixed => self::frontEnd()->endpoint_url('https://shop.example/account/x/', $endpoint, 'https://shop.example/account/');
        self::assertSame('https://shop.example/account/?' . FrontEnd::ENDPOINT . '=1', $url(FrontEnd::ENDPOINT));
        self::assertSame('https://shop.example/account/x/', $url('orders'));
    }

    public function test_on_its_page_the_dashboard_is_not_marked_as_current(): void
    {
        $classes = static fn (string $endpoint): mixed => self::frontEnd()->menu_classes(['link', 'is-active'], $endpoint);
        self::assertSame(['link', 'is-active'], $classes('dashboard'));
        set_query_var(FrontEnd::ENDPOINT, '1');
        try {
            self::assertSame([['link'], ['link', 'is-active']], [$classes('dashboard'), $classes(FrontEnd::ENDPOINT)]);
        } finally {
            unset($GLOBALS['wp_query']->query_vars[FrontEnd::ENDPOINT]);
        }
    }

    public function test_unexpected_filter_values_are_passed_on(): void
    {
        $front = self::frontEnd();
        self::assertSame([null, null, 7], [$front->menu(null), $front->endpoint(null), $front->menu_classes(7, 'dashboard')]);
    }

    private static function frontEnd(): FrontEnd
    {
        return self::plugin()->security_front_end();
    }
}
