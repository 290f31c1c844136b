<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** During an update, WordPress deletes the old files before it writes the new ones. */
final class ReplacedFilesTest extends HttpTestCase
{
    use OwnSite;

    public function test_a_sign_in_during_an_update_is_told_to_try_again(): void
    {
        $person = $this->enrolled();
        self::assertSame([200, false], $this->replaced($person, false), 'a second copy is refused, and nothing is replaced');
        self::assertSame([503, false], $this->replaced($person, true));
        self::assertFileDoesNotExist(static::site()->dir . '/.maintenance');
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
    }

    /** Has core install the plugin's own package. @return array{int, bool} status of a sign-in by password during that, and whether it was let in */
    private function replaced(Person $person, bool $over): array
    {
        return static::site()->php(<<<'PHP'
            foreach (['class-pclzip', 'file', 'misc', 'plugin', 'class-wp-upgrader'] as $file) {
                require_once ABSPATH . "wp-admin/includes/$file.php";
            }
            $zip = get_temp_dir() . 'sallyport.zip';
            (new PclZip($zip))->create(WP_PLUGIN_DIR . '/sallyport', PCLZIP_OPT_REMOVE_PATH, WP_PLUGIN_DIR);
            $said = null;
            $sign_in = static function ($result = null) use (&$said, $argv) {
                // Without WordPress' functions: they would call plugins whose files are gone.
                $context = stream_context_create(['http' => ['method' => 'POST', 'ignore_errors' => true, 'follow_location' => 0, 'header' => "Content-Type: application/x-www-form-urlencoded\r\nCookie: wordpress_test_cookie=WP%20Cookie%20check", 'content' => http_build_query(['log' => $argv[1], 'pwd' => $argv[2], 'testcookie' => 1])]]);
                $headers = stream_get_meta_data(fopen(site_url('/wp-login.php'), 'r', false, $context))['wrapper_data'];
                $said ??= [(int) explode(' ', $headers[0])[1], [] !== preg_grep('/^set-cookie: wordpress_logged_in_/i', $headers)];
                return $result;
            };
            add_filter('upgrader_clear_destination', $sign_in);
            (new Plugin_Upgrader(new Automatic_Upgrader_Skin()))->install($zip, ['overwrite_package' => $argv[3] === 'over']);
            $sign_in();
            unlink($zip);
            return $said;
            PHP, [$person->login, $person->password, $over ? 'over' : 'beside']);
    }
}
