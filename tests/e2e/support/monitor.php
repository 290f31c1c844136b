<?php
// monitor.php on|off → whether what would be refused is only reported.
$plugin = (new ReflectionProperty(Sallyport\WP\Plugin::class, 'running'))->getValue();
$plugin->policy_option()->change_site(static fn (mixed $site): array => ['monitor' => $argv[1] === 'on'] + (array) $site);
echo json_encode($plugin->policies()->monitors());
