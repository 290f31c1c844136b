<?php

declare(strict_types=1);

/** Core's recovery mode pauses plugins that died of a fatal error, for the session of whoever opens the mailed link. */
final class RecoveryModeTest extends WPTestCase
{
    public function test_it_pauses_other_plugins_and_not_the_one_that_asks_for_the_second_factor(): void
    {
        $mode = wp_recovery_mode();
        (function (): void {
            $this->is_initialized = $this->is_active = true;
            $this->session_id = 'tested';
        })->call($mode);
        try {
            foreach (['sallyport', 'other'] as $plugin) {
                wp_paused_plugins()->set($plugin, ['type' => E_ERROR, 'message' => 'Allowed memory size exhausted']);
            }
            self::assertSame(['other'], array_keys(wp_paused_plugins()->get_all()));
            self::assertSame(
                [WP_PLUGIN_DIR . '/sallyport/sallyport.php'],
                wp_skip_paused_plugins([WP_PLUGIN_DIR . '/sallyport/sallyport.php', WP_PLUGIN_DIR . '/other/other.php']),
            );
        } finally {
            wp_paused_plugins()->delete_all();
            (function (): void {
                $this->is_initialized = $this->is_active = false;
                $this->session_id = '';
            })->call($mode);
        }
    }
}
