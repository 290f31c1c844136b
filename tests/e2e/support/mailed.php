<?php
// mailed.php LOGIN → this user's address is proven, and codes are mailed to it.
$plugin = (new ReflectionProperty(Sallyport\WP\Plugin::class, 'running'))->getValue();
$service = static fn (string $name): object => (new ReflectionMethod($plugin, $name))->invoke($plugin);
$user = get_user_by('login', $argv[1]);
$row = $service('factor_rows')->add_pending($user->ID, 'email', time());
$service('email_code')->give_address($row);
$service('factor_rows')->activate($row->id, 0, time());
$service('proven_emails')->prove($user);
$plugin->state()->raise($user->ID, true, time());
echo json_encode($row->id);
