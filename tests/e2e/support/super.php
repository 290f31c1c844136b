<?php
// super.php LOGIN → this user runs the network.
require_once ABSPATH . 'wp-admin/includes/ms.php';
echo json_encode(grant_super_admin(get_user_by('login', $argv[1])->ID));
