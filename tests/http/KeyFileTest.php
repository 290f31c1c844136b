<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Site;

require_once __DIR__ . '/HttpTestCase.php';

/** The generated master key: where it is stored, who may read it, and that there is never a second one. */
final class KeyFileTest extends HttpTestCase
{
    private static ?Site $own = null;
    private static string $parent = '';

    /** In a folder of its own, as on a rented server. */
    public static function setUpBeforeClass(): void
    {
        self::$parent = sys_get_temp_dir() . '/sallyport-parent.' . bin2hex(random_bytes(4));
        mkdir(self::$parent, 0755);
        if (posix_getuid() === 0) {
            chown(self::$parent, 'www-data');
        }
        self::$own = Site::up(self::options(['dir' => self::$parent . '/site']));
    }

    public static function tearDownAfterClass(): void
    {
        self::$own?->down();
        self::$own = null;
        array_map(unlink(...), glob(self::$parent . '/.sallyport-*'));
        rmdir(self::$parent);
    }

    protected static function site(): Site
    {
        return self::$own;
    }

    public function test_it_is_beside_wordpress_for_the_servers_user_alone(): void
    {
        [$file] = self::keys();
        self::assertMatchesRegularExpression('~^' . preg_quote(self::$parent) . '/\.sallyport-[0-9a-f]{12}\.php$~', $file);
        self::assertSame([], glob(self::$own->dir . '/wp-content/*sallyport*.php'));
        self::assertSame(0100600, fileperms($file));
        self::assertMatchesRegularExpression('~\A<\?php exit; .*\n// [A-Za-z0-9+/]{43}=\n\z~', self::text($file));
    }

    public function test_where_anybody_may_write_it_is_inside_and_the_web_does_not_show_it(): void
    {
        $site = Site::up(self::options()); // in the system's folder for temporary files
        $files = self::keys($site);
        self::assertSame(["$site->dir/wp-content/sallyport-key.php"], $files);
        self::assertSame(0100600, fileperms($files[0]));
        self::assertSame([], array_filter(glob(dirname($site->dir) . '/.sallyport-*.php'), static fn (string $file): bool => filectime($file) >= filectime($files[0])));
        self::assertSame('', $site->request('GET', '/wp-content/sallyport-key.php')->body);
        $site->down();
    }

    public function test_where_a_key_is_given_none_is_made(): void
    {
        $site = Site::up(self::options(['define' => ['SALLYPORT_MASTER_KEY' => str_repeat('a given key ', 4)]]));
        self::assertSame([], self::keys($site));
        self::assertSame(200, $site->request('POST', self::API . '/token', json: ['username' => 'admin', 'password' => 'password'])->status);
        $site->down();
    }

    public function test_one_that_cannot_be_read_refuses_and_is_not_replaced(): void
    {
        [$file] = self::keys();
        $text = self::text($file);
        try {
            foreach (['chmod($argv[1], 0);', 'chmod($argv[1], 0600); file_put_contents($argv[1], "");', 'file_put_contents($argv[1], "<?php // nothing of ours\n");'] as $damage) {
                static::site()->php($damage, [$file]);
                $this->assertNoKeyAndNoneMade([$file]);
            }
        } finally {
            static::site()->php('chmod($argv[1], 0600); file_put_contents($argv[1], $argv[2]);', [$file, $text]);
        }
        $this->assertWorks();
    }

    public function test_a_missing_key_file_is_reported_with_its_paths_to_administrators_only(): void
    {
        [$file] = self::keys();
        $other = self::$parent . '/.sallyport-' . str_repeat('0', 12) . '.php';
        $tab = static::site()->plugin('wp_set_current_user(1); $_GET["tab"] = "keys"; $page = $plugin->settings_page(); ob_start(); (fn () => $this->show())->call($page); return ob_get_clean();');
        self::assertStringContainsString("never together with the database: <code>$file</code>", $tab);
        static::site()->php('rename($argv[1], $argv[1] . ".kept");', [$file]);
        try {
            self::assertSame(['critical', true, true, false], self::told($file, '/wp-content/sallyport-key.php', $other));
            static::site()->php('rename($argv[1] . ".kept", $argv[2]);', [$file, $other]);
            self::assertSame(['critical', true, true, true], self::told($file, $other, 'define SALLYPORT_MASTER_KEY as the text'), 'as when the database has moved');
            $answer = $this->post('/token', ['username' => 'admin', 'password' => 'password']);
            self::refused(503, 'sallyport_unavailable', $answer);
            self::assertStringNotContainsString('.sallyport-', "$answer->body" . json_encode($answer->headers));
        } finally {
            static::site()->php('foreach ([$argv[1] . ".kept", $argv[2]] as $kept) { is_file($kept) && rename($kept, $argv[1]); }', [$file, $other]);
        }
        $this->assertWorks();
    }

    public function test_a_key_file_of_another_system_user_is_reported_as_such(): void
    {
        [$file] = self::keys();
        static::site()->php('chmod($argv[1], 0);', [$file]);
        try {
            self::assertSame(['critical', true, true], self::told($file, 'cannot be read by the user that PHP runs as'));
        } finally {
            static::site()->php('chmod($argv[1], 0600);', [$file]);
        }
        $this->assertWorks();
    }

    public function test_a_truncated_key_file_is_reported_as_such_and_line_endings_do_not_matter(): void
    {
        [$file] = self::keys();
        $text = self::text($file);
        $put = static fn (string $new): mixed => static::site()->php('file_put_contents($argv[1], $argv[2]);', [$file, $new]);
        try {
            foreach ([substr($text, 0, -20), substr($text, 0, 30), ''] as $damaged) {
                $put($damaged);
                self::assertSame(['critical', true, true], self::told($file, 'holds no master key'));
            }
            foreach ([str_replace("\n", "\r\n", $text), rtrim($text), rtrim($text) . " \n\n", "\u{feff}$text"] as $same) {
                $put($same);
                $this->assertWorks();
            }
        } finally {
            $put($text);
        }
        $this->assertWorks();
    }

    /** As Docker creates one instead of a missing file. */
    public function test_a_folder_in_its_place_is_no_key_file_and_no_warning(): void
    {
        self::assertSame(['', []], static::site()->php(<<<'PHP'
            [$file] = array_slice(Sallyport\WP\Store\MasterKey::files(), 0, 1);
            $warnings = [];
            set_error_handler(static function (int $level, string $what) use (&$warnings): bool {
                $warnings[] = $what;
                return true;
            });
            rename($file, "$file.kept");
            mkdir($file);
            $source = Sallyport\WP\Store\MasterKey::source();
            rmdir($file);
            rename("$file.kept", $file);
            return [$source, $warnings];
            PHP));
        $this->assertWorks();
    }

    /** With a newline at its end, as in a container's secret that `echo` wrote. */
    public function test_a_trailing_line_end_in_the_environment_does_not_change_the_key(): void
    {
        [$file] = self::keys();
        self::assertSame(1, preg_match('~^// (.+)$~m', self::text($file), $key));
        self::assertSame([$key[1]], static::site()->plugin('putenv("SALLYPORT_MASTER_KEY=$argv[1]\n"); return (fn () => $this->master_key())->call($plugin)->read();', [$key[1]]));
    }

    /** As `wp --allow-root` and provisioning tools do it. */
    public function test_what_root_makes_the_web_server_can_read(): void
    {
        if (posix_getuid() !== 0) {
            self::markTestSkipped('takes root');
        }
        $site = Site::up(self::options());
        try {
            $file = "$site->dir/wp-content/sallyport-key.php";
            $site->php('unlink($argv[1]); foreach (["key_check", "signing_key", "ready"] as $name) { delete_option("sallyport_$name"); delete_site_option("sallyport_$name"); }', [$file]);
            $php = [
                getenv('SALLYPORT_SITE_PHP') ?: PHP_BINARY,
                '-d',
                "extension=$site->dir/.site/sallyport.so",
                '-d',
                "error_log=/dev/null",
                '-r',
                '$_SERVER["HTTP_HOST"] = $argv[2]; require $argv[1]; exit(0);',
                '--',
                "$site->dir/wp-load.php",
                substr($site->url, strlen('http://')),
            ];
            $process = proc_open(
                $php,
                [['file', '/dev/null', 'r'], ['file', '/dev/null', 'w'], ['file', '/dev/null', 'w']],
                $pipes,
                null,
                ['SALLYPORT_SITE' => $site->dir] + getenv(),
            );
            self::assertSame(0, proc_close($process));
            clearstatcache();
            self::assertSame([0100600, fileowner("$site->dir/wp-content")], [fileperms($file), fileowner($file)]);
            self::assertNotSame(0, fileowner($file));
            self::assertSame(200, $site->request('POST', self::API . '/token', json: ['username' => 'admin', 'password' => 'password'])->status);
        } finally {
            $site->down();
        }
    }

    /** @dataProvider traces */
    public function test_once_something_is_sealed_no_second_key_is_made(string $forget): void
    {
        $person = $this->enrolled();
        [$file] = self::keys();
        $text = self::text($file);
        static::site()->php("unlink(\$argv[1]); update_option('kept', get_option('sallyport_signing_key')); $forget", [$file]);
        try {
            $this->assertNoKeyAndNoneMade([]);
            self::refused(503, 'sallyport_unavailable', $this->get('/wp-json/wp/v2/users/me', $person->token));
        } finally {
            static::site()->php('umask(0177); file_put_contents($argv[1], $argv[2]); update_option("sallyport_signing_key", get_option("kept"));', [$file, $text]);
        }
        $this->assertWorks();
        self::assertSame($person->id, $this->whoIs($person->token), 'an earlier proof is still accepted');
    }

    public function test_before_the_first_key_the_administrator_is_not_told_to_search_for_it(): void
    {
        [$file] = self::keys();
        $text = self::text($file);
        static::site()->php(<<<'PHP'
            global $wpdb;
            $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_factors");
            unlink($argv[1]);
            foreach (["key_check", "signing_key"] as $name) {
                update_option("kept_$name", get_option("sallyport_$name"));
                delete_option("sallyport_$name");
                delete_site_option("sallyport_$name");
            }
            PHP, [$file]);
        try {
            self::assertSame(['critical', true, true, false], self::told('There is no master key yet', $file, 'Put it back'));
        } finally {
            static::site()->php('umask(0177); file_put_contents($argv[1], $argv[2]); foreach (["key_check", "signing_key"] as $name) { update_option("sallyport_$name", get_option("kept_$name")); }', [$file, $text]);
        }
        $this->assertWorks();
    }

    /** A limit on the size of files has the same effect as a full disk. */
    public function test_a_half_written_key_file_is_removed_and_the_next_try_writes_a_whole_one(): void
    {
        $site = Site::up(self::options());
        try {
            [$file] = self::keys($site);
            self::assertSame(['MasterKeyUnmade', [], [$file]], $site->plugin(<<<'PHP'
                unlink($argv[1]);
                foreach (["key_check", "signing_key"] as $name) { delete_option("sallyport_$name"); delete_site_option("sallyport_$name"); }
                pcntl_signal(SIGXFSZ, SIG_IGN);
                posix_setrlimit(POSIX_RLIMIT_FSIZE, 16, -1);
                $master_key = (fn () => $this->master_key())->call($plugin);
                try {
                    @$master_key->generate_if_new();
                } catch (Sallyport\WP\Refusal $refusal) {
                    $problem = $refusal->problem->name;
                }
                posix_setrlimit(POSIX_RLIMIT_FSIZE, -1, -1);
                $left = glob($argv[1]);
                $master_key->generate_if_new();
                return [$problem ?? '', $left, glob($argv[1])];
                PHP, [$file]));
            self::assertSame(200, $site->request('POST', self::API . '/token', json: ['username' => 'admin', 'password' => 'password'])->status);
        } finally {
            $site->down();
        }
    }

    /** @return array<string, array{string}> what was lost together with the file */
    public static function traces(): array
    {
        return [
            'the file alone' => [''],
            'check value and signing key, while there are factors' => ['delete_option("sallyport_key_check"); delete_site_option("sallyport_key_check"); delete_option("sallyport_signing_key");'],
            'the factors too, while there is a check value' => ['global $wpdb; $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_factors");'],
            'check value and factors, while there is a signing key' => ['delete_option("sallyport_key_check"); delete_site_option("sallyport_key_check"); global $wpdb; $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_factors");'],
            'the version it was set up for' => ['delete_option("sallyport_ready"); delete_option("sallyport_schema");'],
        ];
    }

    /** @return list<string|bool> the status of Site Health's line, and whether it contains each of these texts */
    private static function told(string ...$texts): array
    {
        $result = static::site()->php('return apply_filters("site_status_tests", ["direct" => [], "async" => []])["direct"]["sallyport_engine"]["test"]();');
        return [$result['status'], ...array_map(static fn (string $text): bool => str_contains($result['description'], $text), $texts)];
    }

    /** However often the site is set up, and by whomever. @param list<string> $files */
    private function assertNoKeyAndNoneMade(array $files): void
    {
        static::site()->php('delete_option("sallyport_ready");');
        foreach (range(1, 2) as $time) {
            self::refused(503, 'sallyport_unavailable', $this->post('/token', ['username' => 'admin', 'password' => 'password']));
            self::assertSame(200, static::site()->request('GET', '/wp-login.php')->status);
            self::assertSame($files, self::keys(), "asked the $time. time");
        }
    }

    private function assertWorks(): void
    {
        self::assertSame(200, $this->post('/token', ['username' => 'admin', 'password' => 'password'])->status);
    }

    /** @return list<string> */
    private static function keys(?Site $site = null): array
    {
        $dir = ($site ?? self::$own)->dir;
        clearstatcache();
        return [...($site === null ? glob(self::$parent . '/.sallyport-*') : []), ...glob("$dir/wp-content/sallyport-key*")];
    }

    private static function text(string $file): string
    {
        return static::site()->php('return file_get_contents($argv[1]);', [$file]);
    }
}
