<?php
// age.php LOGIN → makes the proofs of this user's sessions an hour old.
$user = get_user_by('login', $argv[1]);
$sessions = get_user_meta($user->ID, 'session_tokens', true);
foreach ($sessions as &$session) {
    if (isset($session['sallyport'])) {
        $session['sallyport']['at'] -= 3600;
    }
}
update_user_meta($user->ID, 'session_tokens', $sessions);
echo json_encode(count($sessions));
