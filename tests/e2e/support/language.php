<?php
// language.php LOCALE → WordPress has this language, with nothing translated.
wp_mkdir_p(WP_LANG_DIR);
$language = new MO();
$language->set_header('Language', $argv[1]);
$language->export_to_file(WP_LANG_DIR . "/$argv[1].mo");
echo json_encode(get_available_languages());
