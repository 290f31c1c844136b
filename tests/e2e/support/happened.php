<?php
// happened.php LOGIN → creates a month of this user's log, with one row of markup and of text that reverses its direction.
$id = get_user_by('login', $argv[1])->ID;
$rows = [];
$firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
for ($day = 0; $day < 35; $day++) {
    foreach (['code_accepted' => 3 + $day * 7 % 11, 'code_refused' => $day * 5 % 4, 'password_throttled' => $day % 9 === 4 ? 2 : 0] as $event => $times) {
        for ($i = 0; $i < $times; $i++) {
            $rows[] = [time() - $day * DAY_IN_SECONDS - 60 * $i, $event, $event === 'code_accepted' ? 'ok' : 'sallyport_invalid_code', $firefox, ''];
        }
    }
}
$markup = "<img src=x onerror=alert(1)>\u{202e}";
$rows[] = [time() - 60, 'login_refused', 'sallyport_second_factor_required', $markup, json_encode(['door' => $markup])];
foreach ($rows as [$time, $event, $outcome, $device, $detail]) {
    $wpdb->insert(
        $wpdb->base_prefix . 'sallyport_activity',
        [
            'time' => $time, 'event' => $event, 'user_id' => $id, 'blog_id' => 1, 'ip' => '192.0.2.7',
            'device' => $device, 'outcome' => $outcome, 'detail' => $detail,
        ],
    );
}
echo json_encode(count($rows));
