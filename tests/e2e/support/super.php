<?php
// super.php LOGIN → makes this user a network administrator.
require_once ABSPATH . 'wp-admin/includes/ms.php';
echo json_encode(grant_super_admin(get_user_by('login', $argv[1])->ID));
