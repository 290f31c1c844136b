<?php
// require.php ROLE… → from now on, these roles must have a second factor, without a grace period; without a role, nobody must.
$plugin = (new ReflectionProperty(Sallyport\WP\Plugin::class, 'running'))->getValue();
$roles = array_slice($argv, 1);
$plugin->policy_option()->change_site(static fn (): array => $roles === [] ? [] : ['roles' => array_fill_keys($roles, 'required'), 'grace_days' => 0]);
echo json_encode($roles);
