<?php
// language.php LOCALE [LOGIN] → sets WordPress' language, with nothing translated except the direction of text; LOGIN uses it.
wp_mkdir_p(WP_LANG_DIR);
$language = new MO();
if ($argv[1] === 'he_IL') {
    $language->add_entry(['singular' => 'ltr', 'context' => 'text direction', 'translations' => ['rtl']]);
}
if (isset($argv[2])) {
    update_user_meta(get_user_by('login', $argv[2])->ID, 'locale', $argv[1]);
}
$language->set_header('Language', $argv[1]);
$language->export_to_file(WP_LANG_DIR . "/$argv[1].mo");
echo json_encode(get_available_languages());
