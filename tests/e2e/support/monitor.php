<?php
// monitor.php on|off → whether what would be refused is only reported.
$hook = current($GLOBALS['wp_filter']['determine_current_user']->callbacks[PHP_INT_MAX]);
$plugin = (new ReflectionFunction($hook['function']))->getStaticVariables()['p'];
$plugin->policy_option()->change_site(static fn (mixed $site): array => ['monitor' => $argv[1] === 'on'] + (array) $site);
echo json_encode($plugin->policies()->monitors());
