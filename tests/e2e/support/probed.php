<?php
// probed.php [open] → the results of the last probe; with an argument, as if it had found XML-RPC open.
$result = new Sallyport\WP\Store\ProbeResult();
if (isset($argv[1])) {
    $result->keep(
        [
            ['door' => 'xmlrpc.php', 'verdict' => $argv[1], 'reason' => 'address', 'gate' => 'Gate\OtherDoors'],
            ['door' => 'wp-login.php', 'verdict' => 'shut', 'reason' => 'sallyport_second_factor_required', 'gate' => 'Gate\OtherDoors'],
        ],
        time(),
    );
}
echo json_encode($result->read());
