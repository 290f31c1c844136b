<?php
// Creates an account: {id, login, email, password}.
$login = 'b' . bin2hex(random_bytes(5));
$person = ['login' => $login, 'email' => "$login@example.test", 'password' => "a password of $login"];
$id = wp_insert_user(['user_login' => $login, 'user_email' => $person['email'], 'user_pass' => $person['password'], 'display_name' => 'Ada', 'role' => 'subscriber']);
is_int($id) or exit(1);
echo json_encode(['id' => (string) $id] + $person);
