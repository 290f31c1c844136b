<?php
// As if the hour had passed: every retiring key has reached its end.
$stored = get_option('sallyport_signing_key');
foreach ($stored['keys'] as &$key) {
    if ($key['state'] === 'retiring') {
        $key['until'] = time();
    }
}
update_option('sallyport_signing_key', $stored, true);
echo 'true';
