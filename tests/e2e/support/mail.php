<?php
// mail.php broken|works → whether mails can be sent from now on.
$file = WPMU_PLUGIN_DIR . '/broken-mail.php';
$argv[1] === 'broken' ? file_put_contents($file, '<?php add_filter("pre_wp_mail", "__return_false", PHP_INT_MAX);') : unlink($file);
echo json_encode(is_file($file));
