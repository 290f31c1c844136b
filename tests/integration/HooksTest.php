<?php

declare(strict_types=1);

use Sallyport\WP\GateHooks;

/** Only core's own callbacks are left out to save time. */
final class HooksTest extends WPTestCase
{
    public function test_a_plugins_controller_is_checked_even_if_named_like_cores(): void
    {
        $is_cores = (new ReflectionMethod(GateHooks::class, 'is_cores'))->getClosure();
        $table = [
            [true, [new WP_REST_Users_Controller(), 'get_items']],
            [true, [new WP_REST_Posts_Controller('post'), 'get_items']],
            [false, [new WP_REST_Strangers_Login_Controller(), 'login']],
            [false, [new class ('post') extends WP_REST_Posts_Controller {}, 'get_items']],
            [false, 'wp_login'],
            [false, ['WP_REST_Users_Controller', 'get_items']],
            [false, static fn (): int => 1],
        ];
        foreach ($table as $row => [$expected, $callback]) {
            self::assertSame($expected, $is_cores(['callback' => $callback]), "row $row");
        }
        self::assertFalse($is_cores(null));
    }
}

final class WP_REST_Strangers_Login_Controller extends WP_REST_Controller
{
}
