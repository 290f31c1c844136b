<?php
// monitor.php on|off → turns monitor-only mode on or off.
$plugin = (new ReflectionProperty(Sallyport\WP\Plugin::class, 'running'))->getValue();
$plugin->policy_option()->change_site(static fn (mixed $site): array => ['monitor' => $argv[1] === 'on'] + (array) $site);
echo json_encode($plugin->policies()->monitors());
