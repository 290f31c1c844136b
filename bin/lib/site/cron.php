<?php
// php cron.php: runs WP-Cron's due events, on every blog of a network.
define('DOING_CRON', true);
require __DIR__ . '/prepend.php';
foreach (is_multisite() ? get_sites(['fields' => 'ids', 'number' => 0]) : [0] as $blog) {
    $blog && switch_to_blog($blog);
    foreach (wp_get_ready_cron_jobs() as $timestamp => $hooks) {
        foreach ($hooks as $hook => $events) {
            foreach ($events as $event) {
                if ($event['schedule']) {
                    wp_reschedule_event($timestamp, $event['schedule'], $hook, $event['args']);
                }
                wp_unschedule_event($timestamp, $hook, $event['args']);
                do_action_ref_array($hook, $event['args']);
                echo $hook, "\n";
            }
        }
    }
    $blog && restore_current_blog();
}
