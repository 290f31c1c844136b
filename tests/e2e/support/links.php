<?php
// links.php KIND LOGIN → the URL of a link for this user, as an administrator hands it over or a mail contains it: enrol, unlock.
[, $kind, $login] = $argv;
$plugin = (new ReflectionProperty(Sallyport\WP\Plugin::class, 'running'))->getValue();
$service = static fn (string $name): object => (new ReflectionMethod($plugin, $name))->invoke($plugin);
$user = get_user_by('login', $login);
echo json_encode(match ($kind) {
    'enrol' => Sallyport\WP\Enrolment\Invitation::url($service('rescue')->link($user->ID, '', 'test', time())),
    'unlock' => site_url('wp-login.php?action=sallyport-unlock&link=' . $service('links')->open('unlock', $user->ID, 600, time())),
});
