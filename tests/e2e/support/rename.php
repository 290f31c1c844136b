<?php
// rename.php LOGIN NAME → gives this name to the user's devices and sign-ins.
$id = get_user_by('login', $argv[1])->ID;
$wpdb->update($wpdb->base_prefix . 'sallyport_families', ['device' => $argv[2]], ['user_id' => $id]);
$wpdb->update($wpdb->base_prefix . 'sallyport_devices', ['name' => $argv[2]], ['user_id' => $id]);
echo json_encode($wpdb->last_error);
