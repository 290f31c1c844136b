<?php
$id = wp_insert_user(['user_login' => $argv[1], 'user_pass' => $argv[2], 'user_email' => "$argv[1]@example.test", 'role' => 'editor']);
is_wp_error($id) && exit($id->get_error_message() . "\n");
