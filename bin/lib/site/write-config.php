<?php
// php write-config.php < JSON: writes wp-config.php; if it exists, only its block of settings.
$site = json_decode(stream_get_contents(STDIN), true, 8, JSON_THROW_ON_ERROR);
$file = "{$site['dir']}/wp-config.php";

$constants = [];
foreach ($site['defines'] as $define) {
    [$name, $value] = explode('=', $define, 2) + [1 => ''];
    if (!preg_match('/^[A-Za-z_][A-Za-z0-9_]*$/', $name) || !str_contains($define, '=')) {
        fwrite(STDERR, "error: --define wants NAME=VALUE, not: $define\n");
        exit(1);
    }
    $constants[$name] = match (true) {
        $value === 'true' => true,
        $value === 'false' => false,
        preg_match('/^(0|-?[1-9][0-9]{0,17})$/', $value) === 1 => (int) $value,
        default => $value,
    };
}
$constants += [
    'WP_ENVIRONMENT_TYPE' => 'local', // otherwise core requires https for application passwords
    'WP_DEBUG' => true,
    'WP_DEBUG_LOG' => "{$site['dir']}/.site/log/debug.log",
    'WP_DEBUG_DISPLAY' => false,
    'WP_HTTP_BLOCK_EXTERNAL' => true, // so that no update check hangs
    'WP_ACCESSIBLE_HOSTS' => '127.0.0.1,localhost',
    'AUTOMATIC_UPDATER_DISABLED' => true,
    'DISABLE_WP_CRON' => true, // `bin/site cron` runs it
    'DB_NAME' => 'wordpress',
    'DB_USER' => 'wordpress',
    'DB_PASSWORD' => 'wordpress',
    'DB_HOST' => "localhost:{$site['socket']}",
    'DB_CHARSET' => 'utf8mb4',
    'DB_COLLATE' => '',
];
$cost = (int) getenv('SALLYPORT_SITE_PASSWORD_COST');
if ($cost > 0) {
    $constants += ['THROW_AWAY_PASSWORD_COST' => $cost];
}
if ($site['db'] === 'sqlite') {
    $constants += ['DB_DIR' => "{$site['dir']}/wp-content/database/", 'DB_FILE' => '.ht.sqlite'];
}
if ($site['network']) {
    $constants += [
        'WP_ALLOW_MULTISITE' => true,
        'MULTISITE' => true,
        'SUBDOMAIN_INSTALL' => false,
        'DOMAIN_CURRENT_SITE' => $site['host'],
        'PATH_CURRENT_SITE' => '/',
        'SITE_ID_CURRENT_SITE' => 1,
        'BLOG_ID_CURRENT_SITE' => 1,
    ];
}
$block = '';
foreach ($constants as $name => $value) {
    $block .= "defined('$name') || define('$name', " . var_export($value, true) . ");\n";
}
$block = "// bin/site: begin\n$block// bin/site: end\n";

if (is_file($file)) {
    $config = preg_replace_callback('~^// bin/site: begin\n.*^// bin/site: end\n~ms', static fn (): string => $block, file_get_contents($file), 1, $replaced);
    if ($replaced !== 1) {
        fwrite(STDERR, "error: $file has lost the block that bin/site writes\n");
        exit(1);
    }
} else {
    $salts = '';
    foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
        foreach (['KEY', 'SALT'] as $kind) {
            $salts .= "define('{$name}_$kind', '" . base64_encode(random_bytes(48)) . "');\n";
        }
    }
    $config = "<?php\n$block$salts\$table_prefix = 'wp_';\n"
        . "defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');\nrequire_once ABSPATH . 'wp-settings.php';\n";
}
// Written completely before it is renamed, because a server may be reading it.
file_put_contents("$file.new", $config);
rename("$file.new", $file);
