<?php
// php -S … router.php: does what .htaccess and a web server's rules do elsewhere.
$root = $_SERVER['DOCUMENT_ROOT'];
$asked = strtok($_SERVER['REQUEST_URI'], '?');
$path = '/' . ltrim(rawurldecode((string) $asked), '/');

// A sub-folder network: /two/wp-admin/… and /two/wp-login.php are the network's own files.
if (!file_exists($root . $path) && preg_match('#^/[_0-9a-zA-Z-]+(/(?:wp-(?:admin|includes|content)(?:/.*)?|[^/]+\.php))$#', $path, $match) && !str_starts_with($path, '/wp-')) {
    $path = $match[1];
}

// Dot files (also the site's own state), the database, scripts among uploads, and `..`.
if (preg_match('#/\.(?!well-known(?:/|$))#', $path) || preg_match('#^/wp-content/(?:database(?:/|$)|uploads/.*\.php$|debug\.log$)#i', $path)) {
    http_response_code(404);
    return true;
}

$file = $root . $path;
if (is_dir($file) && is_file(rtrim($file, '/') . '/index.php')) {
    if (!str_ends_with($path, '/')) {
        header('Location: ' . $asked . '/', true, 301);
        return true;
    }
    $path .= 'index.php';
    $file .= 'index.php';
}
if (is_file($file) && !str_ends_with($file, '.php')) {
    if ($path === $asked) {
        return false; // php -S sends the file
    }
    $types = ['css' => 'text/css', 'js' => 'text/javascript', 'svg' => 'image/svg+xml', 'png' => 'image/png', 'woff2' => 'font/woff2'];
    header('Content-Type: ' . ($types[pathinfo($file, PATHINFO_EXTENSION)] ?? 'application/octet-stream'));
    readfile($file);
    return true;
}
if (!is_file($file)) {
    $path = '/index.php';
    $file = $root . $path;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = $path;
$_SERVER['SCRIPT_FILENAME'] = $file;
unset($_SERVER['PATH_INFO'], $root, $asked, $path, $match, $types);
chdir(dirname($file));
require $file;
