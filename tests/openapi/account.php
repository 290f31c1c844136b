<?php
// account.php ROLE: creates a user; prints login and password, one line each. It also opens registration.
update_option('users_can_register', 1);
$login = 'p' . bin2hex(random_bytes(5));
$password = "a password of $login";
$id = wp_insert_user(['user_login' => $login, 'user_email' => "$login@example.test", 'user_pass' => $password, 'role' => $argv[1]]);
is_int($id) or exit(1);
echo "$login\n$password\n";
