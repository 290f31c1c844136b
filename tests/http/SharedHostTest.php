<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/**
 * A host that restricts PHP: functions disabled, nothing but WordPress' folder, 64 MiB, and no mbstring, curl,
 * intl or gd. Only for the web server's PHP, as on such a host. tearDown() checks that PHP reports nothing.
 */
final class SharedHostTest extends HttpTestCase
{
    use OwnSite;

    private const OFF = 'exec,shell_exec,proc_open,popen,passthru,system,curl_multi_exec,set_time_limit,ignore_user_abort,phpinfo,putenv,getenv,getmypid,error_log';
    private const LEFT_OUT = '/mbstring|curl|intl|gd|imagick|iconv|sockets|posix/';

    private static string $folder;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        self::$folder = sys_get_temp_dir() . '/sallyport-host-' . bin2hex(random_bytes(5));
        mkdir(self::$folder);
        $php = getenv('SALLYPORT_SITE_PHP') ?: PHP_BINARY;
        $site = self::$folder . '/site';
        $options = ['-n', ...self::modules($php), '-d', 'disable_functions=' . self::OFF, '-d', "open_basedir=$site", '-d', 'zend.exception_ignore_args=0'];
        file_put_contents(self::$folder . '/php', strtr(<<<'SH'
            #!/bin/sh
            case " $* " in *' -S '*) ;; *) exec PHP "$@" ;; esac
            for argument; do
                case $argument in memory_limit=*) argument=memory_limit=64M ;; esac
                set -- "$@" "$argument"
                shift
            done
            exec PHP OPTIONS "$@"

            SH, ['PHP' => escapeshellarg($php), 'OPTIONS' => implode(' ', array_map('escapeshellarg', $options))]));
        chmod(self::$folder . '/php', 0755);
        return ['dir' => $site, 'php' => self::$folder . '/php', 'server' => 'cli'];
    }

    /** The extensions that this PHP loads by its .ini files, except those. @return list<string> */
    private static function modules(string $php): array
    {
        $options = [];
        foreach (explode(',', (string) shell_exec(escapeshellarg($php) . ' -r "echo php_ini_scanned_files();"')) as $file) {
            foreach (is_file(trim($file)) ? (array) parse_ini_file(trim($file), scanner_mode: INI_SCANNER_RAW) : [] as $name => $value) {
                if (in_array($name, ['extension', 'zend_extension'], true) && preg_match(self::LEFT_OUT, $value) === 0) {
                    array_push($options, '-d', "$name=$value");
                }
            }
        }
        return $options;
    }

    public static function tearDownAfterClass(): void
    {
        self::$site?->down();
        self::$site = null;
        array_map(unlink(...), glob(self::$folder . '/*'));
        rmdir(self::$folder);
    }

    public function test_the_host_is_such_a_host(): void
    {
        // The thread-safe PHP of bin/lib/fetch-php-zts has mbstring built in.
        file_put_contents(static::site()->dir . '/host.php', '<?php echo json_encode([function_exists("error_log"), !PHP_ZTS && extension_loaded("mbstring"), ini_get("open_basedir"), ini_get("memory_limit"), @is_dir(dirname(__DIR__))]);');
        self::assertSame([false, false, static::site()->dir, '64M', false], $this->get('/host.php')->json);
    }

    public function test_people_enrol_and_sign_in_over_rest_and_on_wp_login_php(): void
    {
        $person = $this->enrolled();
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        $person->token = $this->proven($person);
        self::assertSame($person->id, $this->whoIs($person->token));
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0]])->status);
        $browser = new Browser(static::site());
        $browser->signIn($person, $person->codes[1]);
        self::assertTrue($browser->isSignedIn());
        self::assertSame(200, $browser->send('GET', '/wp-admin/profile.php')->status);
        self::refused(401, 'sallyport_invalid_credentials', $this->post('/login', ['username' => 'Nobody', 'password' => 'nor this']));
    }

    public function test_what_comes_after_the_answer_comes(): void
    {
        $person = $this->person();
        static::site()->forgetMails();
        self::assertSame(200, $this->post('/forgot-password', ['login' => $person->login])->status);
        for ($until = microtime(true) + 10; static::site()->mails() === [] && microtime(true) < $until; usleep(20_000));
        self::assertCount(1, static::site()->mails());
    }

    public function test_a_store_that_fails_is_a_503_though_it_cannot_be_logged(): void
    {
        $person = $this->enrolled();
        self::renameTable('factors', 'factors_away');
        try {
            self::refused(503, 'sallyport_unavailable', $this->logIn($person));
        } finally {
            self::renameTable('factors_away', 'factors');
        }
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0]])->status);
    }
}
