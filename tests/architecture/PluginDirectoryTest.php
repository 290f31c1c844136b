<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

/** The requirements of WordPress' guidelines for its plugin directory, as far as a program can check them. */
final class PluginDirectoryTest extends TestCase
{
    private const ROOT = __DIR__ . '/../../wp-plugin';

    /** What uses the network, and where it may: webhooks, and requests to the site itself. */
    private const REMOTE = [
        'wp_remote_get', 'wp_remote_post', 'wp_remote_head', 'wp_remote_request', 'wp_safe_remote_get',
        'wp_safe_remote_post', 'wp_safe_remote_head', 'wp_safe_remote_request', 'curl_init', 'curl_exec', 'fsockopen',
        'pfsockopen', 'stream_socket_client', 'socket_connect', 'mail', 'download_url', 'wp_oembed_get', 'fetch_feed',
    ];
    private const MAY_CALL = ['src/Webhook/Sender.php', 'src/Webhook/Wake.php', 'src/Probe/Loopback.php'];

    /** Hooks of core and of other plugins that Sallyport fires in their place, because it does what they are for. */
    private const THEIRS = [
        'password_reset_expiration', 'retrieve_password', 'allow_password_reset', 'register_post',
        'user_registration_email', 'registration_errors', 'illegal_user_logins', 'rest_post_dispatch',
        'rest_pre_serve_request', 'wp_login', 'graphql_login_after_successful_login', 'graphql_login_payload',
        'jwt_auth_authorization_header', 'graphql_jwt_auth_after_authenticate', 'login_redirect', 'xmlrpc_enabled',
        'authenticate', 'wp_2fa_validate_login_api', 'wp_authenticate_user', 'http_allowed_safe_ports',
        'https_local_ssl_verify',
    ];

    public function test_the_readme_says_what_the_plugin_says(): void
    {
        $plugin = self::headers(self::text('sallyport.php'), '~^ \* ([A-Z][\w ]+):\s+(.+)$~m');
        $readme = self::headers(strstr(self::text('readme.txt'), "\n\n", true), '~^([A-Z][\w ]+): (.+)$~m');
        self::assertSame(
            [$plugin['Version'], $plugin['Requires at least'], $plugin['Requires PHP'], $plugin['License'], $plugin['License URI']],
            [$readme['Stable tag'], $readme['Requires at least'], $readme['Requires PHP'], $readme['License'], $readme['License URI']],
        );
        self::assertStringContainsString("const VERSION     = '{$plugin['Version']}';", self::text('sallyport.php'));
        self::assertStringContainsString("=== {$plugin['Plugin Name']} ===", self::text('readme.txt'));
        self::assertSame(['6.4', '8.2'], [$readme['Requires at least'], $readme['Requires PHP']]);
        // The versions that the suites use.
        preg_match_all('/^WORDPRESS_(NEWEST|OLDEST)=([\d.]+)/m', (string) file_get_contents(dirname(__DIR__, 2) . '/bin/lib/wordpress.sh'), $versions);
        self::assertSame(['NEWEST' => $readme['Tested up to'], 'OLDEST' => $readme['Requires at least']], array_combine($versions[1], $versions[2]));
        self::assertStringContainsString("= {$plugin['Version']} =", strstr(self::text('readme.txt'), '== Changelog =='));
    }

    /**
     * Until the directory has this plugin, somebody else could publish one with its name there, and WordPress would install
     * that over ours. The header is removed with the first release there.
     */
    public function test_nothing_of_its_name_in_the_directory_is_an_update_of_it(): void
    {
        self::assertSame('false', self::headers(self::text('sallyport.php'), '~^ \* ([A-Z][\w ]+):\s+(.+)$~m')['Update URI'] ?? null);
    }

    public function test_the_readme_is_of_the_form_the_directory_reads(): void
    {
        $text = self::text('readme.txt');
        preg_match_all('/^==? (.+?) ==?$/m', $text, $sections);
        foreach (['Description', 'Security', 'Privacy', 'Accessibility', 'Installation', 'Frequently Asked Questions', 'Changelog'] as $section) {
            self::assertContains($section, $sections[1]);
        }
        preg_match('/^Tags: (.*)$/m', $text, $tags);
        self::assertLessThanOrEqual(5, count(explode(',', $tags[1])));
        $short = explode("\n", trim(strstr($text, "\n\n")))[0];
        self::assertLessThanOrEqual(150, mb_strlen($short), $short);
        self::assertStringNotContainsString('`', $short);
        self::assertLessThan(20_000, strlen($text));
    }

    public function test_every_global_name_has_our_prefix(): void
    {
        $wrong = $found = [];
        $is = static function (string $kind, string $name, string $where, string $like) use (&$wrong, &$found): void {
            $found[$kind] = true;
            if (preg_match($like, $name) !== 1) {
                $wrong[] = "$where: $kind $name";
            }
        };
        foreach (Source::all() as $file) {
            if (!str_contains($file->text, "\nnamespace ") && preg_match_all('/^\s*function (\w+)/m', $file->text, $functions)) {
                array_map(static fn (string $name) => $is('function', $name, $file->path, '/^sallyport_/'), $functions[1]);
            }
            preg_match_all(
                "/\b(?:(?:add|update|delete)_(?:site_)?option\( '|const (?:OPTION|NETWORK_OPTION|CHECK|READY) *= ')([^']+)'/",
                str_starts_with($file->path, 'src/Store/') || $file->path === 'src/Setup.php' ? $file->text : '',
                $options,
            );
            array_map(static fn (string $name) => $is('option', $name, $file->path, '/^sallyport_/'), $options[1]);
            foreach ([
                'do_action' => 'hook', 'apply_filters' => 'hook', 'wp_enqueue_style' => 'handle',
                'wp_enqueue_script' => 'handle', 'wp_register_script' => 'handle', 'add_shortcode' => 'shortcode',
                'define' => 'constant',
            ] as $call => $kind) {
                foreach ($file->arguments($call) as $arguments) {
                    $text = $arguments[0][0]->text;
                    if ($text === 'self' && preg_match("/const {$arguments[0][2]->text} *= ('[^']+')/", $file->text, $value)) {
                        $text = $value[1];
                    }
                    if (str_starts_with($text, "'") && !in_array(trim($text, "'"), [...self::THEIRS, 'DONOTCACHEPAGE'], true)) {
                        $is($kind, trim($text, "'"), $file->path, '/^(sallyport[_-]|SALLYPORT_)/');
                    }
                }
            }
            preg_match_all("/const (?:NAME|HANDLE|SHORTCODE|ENDPOINT|PAGE|EVENT|ACTION|INTERVAL) *= '(\w*[sS]ally\w*[^']*)'/", $file->text, $named);
            array_map(static fn (string $name) => $is('constant', $name, $file->path, '/^sallyport/'), $named[1]);
        }
        self::assertSame([], $wrong);
        self::assertEqualsCanonicalizing(
            ['function', 'option', 'hook', 'handle', 'constant'],
            array_keys(array_diff_key($found, ['shortcode' => 1])),
            'the rule looks for something that does not exist',
        );
    }

    public function test_http_requests_go_only_to_webhooks_and_the_site_itself(): void
    {
        $callers = array_keys(array_filter(Source::all(), static fn (Source $file): bool => $file->calls(...self::REMOTE) !== []));
        self::assertSame([], array_values(array_diff($callers, self::MAY_CALL)));
        self::assertNotSame([], $callers, 'the rule looks for something that does not exist');
        foreach (self::files() as $path) {
            if (preg_match('/\.(css|js)$/', $path)) {
                self::assertDoesNotMatchRegularExpression(
                    '~https?://(?!www\.w3\.org/)|@import|url\(\s*["\']?//|\b(fetch|XMLHttpRequest|sendBeacon|WebSocket|importScripts)\b~',
                    self::text($path),
                    $path,
                );
            }
            if (preg_match('/\.php$/', $path)) {
                self::assertDoesNotMatchRegularExpression('~<(script|link|img|iframe)\b[^>]*(src|href)=["\']https?://~i', self::text($path), $path);
            }
        }
    }

    public function test_everything_in_it_can_be_read_by_people(): void
    {
        foreach (self::files() as $path) {
            self::assertMatchesRegularExpression('~^(LICENSE|readme\.txt|[\w/-]+\.(php|css|js|pot|po|mo|json))$~', $path, 'nothing hidden, zipped or built');
            if (preg_match('/\.(css|js)$/', $path)) {
                self::assertStringNotContainsString('.min.', $path);
                $lines = explode("\n", self::text($path));
                self::assertLessThan(400, max(array_map('strlen', $lines)), "$path: minified");
            }
        }
        foreach (Source::all() as $file) {
            self::assertSame(
                [],
                $file->calls(
                    'gzinflate',
                    'gzuncompress',
                    'str_rot13',
                    'create_function',
                    'exec',
                    'shell_exec',
                    'system',
                    'passthru',
                    'proc_open',
                    'popen',
                    'error_reporting',
                    'ini_set',
                    'set_time_limit',
                    'move_uploaded_file',
                    'wp_dequeue_script',
                    'wp_deregister_script',
                ),
                $file->path,
            );
        }
    }

    /** A file that does something when its URL is requested directly must refuse. */
    public function test_no_file_does_anything_when_it_is_requested_directly(): void
    {
        $guarded = 0;
        foreach (Source::all() as $file) {
            if (!str_starts_with($file->path, 'src/')) {
                $guarded++;
                self::assertMatchesRegularExpression("/^defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;$/m", $file->text, $file->path);
            }
        }
        self::assertGreaterThan(5, $guarded);
        self::assertStringContainsString('GNU GENERAL PUBLIC LICENSE', self::text('LICENSE'));
    }

    private static function text(string $path): string
    {
        return (string) file_get_contents(self::ROOT . '/' . $path);
    }

    /** @return array<string, string> */
    private static function headers(string $text, string $like): array
    {
        preg_match_all($like, $text, $headers);
        return array_combine($headers[1], array_map('trim', $headers[2]));
    }

    /** @return list<string> */
    private static function files(): array
    {
        $files = [];
        foreach (new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator(self::ROOT, \FilesystemIterator::SKIP_DOTS)) as $file) {
            $files[] = substr($file->getPathname(), strlen(self::ROOT) + 1);
        }
        sort($files);
        return $files;
    }
}
