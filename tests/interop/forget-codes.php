<?php
// As if time had passed: no step of an authenticator is spent, no failure is counted, and every lock has ended.
global $wpdb;
$wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_factors SET last_step = -1");
$wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_throttle");
echo 'true';
