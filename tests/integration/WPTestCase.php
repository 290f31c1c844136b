<?php

use PHPUnit\Framework\TestCase;
use Sallyport\WP\Plugin;
use Sallyport\WP\Store\NetworkOption;
use Sallyport\WP\Store\Settings;
use Sallyport\WP\Store\SharedOption;

/**
 * A test inside a real WordPress: everything it writes to the database, to hooks and to the request's
 * globals is undone. Code that exits cannot be tested this way (see tests/http), nor code that needs a second
 * database connection (tests/races).
 */
abstract class WPTestCase extends TestCase
{
    /** @var list<array{to: string|list<string>, subject: string, message: string, headers: mixed}> the mails of this test */
    public static array $mails = [];
    /** @var array<string, WP_Hook> */
    private static array $hooks = [];
    /** @var list<string> */
    private static array $tables = [];
    private static int $users = 0;

    protected function setUp(): void
    {
        global $wpdb, $wp_filter;
        parent::setUp();
        self::$hooks = array_map(static fn (WP_Hook $hook): WP_Hook => clone $hook, $wp_filter);
        self::$mails = [];
        self::forget();
        // Work that another test's request left for after its answer concerns users who no longer exist.
        (new ReflectionProperty(Sallyport\WP\AfterAnswer::class, 'tasks'))->setValue(self::plugin()->after_answer(), []);
        // So do the cached rows of their meta: SQLite assigns the same ids again.
        (new ReflectionProperty(Sallyport\WP\Store\Meta::class, 'kept'))->setValue(self::plugin()->meta(), []);
        add_filter('query', self::undone(...), 1);
        add_filter('query', self::temporary(...));
        $wpdb->query('START TRANSACTION');
    }

    protected function tearDown(): void
    {
        global $wpdb, $wp_filter;
        $wpdb->query('ROLLBACK');
        remove_all_filters('query');
        foreach (self::$tables as $table) { // temporary tables outlive a rollback
            $wpdb->query("DROP TEMPORARY TABLE IF EXISTS $table");
        }
        self::$tables = [];
        $wp_filter = self::$hooks;
        while (is_multisite() && ms_is_switched()) {
            restore_current_blog();
        }
        self::forget();
        parent::tearDown();
    }

    /** Resets the globals that a request leaves behind. */
    private static function forget(): void
    {
        $_GET = $_POST = $_REQUEST = $_COOKIE = $_FILES = [];
        foreach (array_keys($_SERVER) as $name) {
            if (str_starts_with((string) $name, 'HTTP_') && $name !== 'HTTP_HOST') {
                unset($_SERVER[$name]);
            }
        }
        unset($_SERVER['PHP_AUTH_USER'], $_SERVER['PHP_AUTH_PW'], $_SERVER['REDIRECT_HTTP_AUTHORIZATION'], $_SERVER['CONTENT_TYPE']);
        $_SERVER['REQUEST_METHOD'] = 'GET';
        $_SERVER['REQUEST_URI'] = '/';
        $_SERVER['REMOTE_ADDR'] = '127.0.0.1';
        $GLOBALS['wp_rest_server'] = $GLOBALS['wp_rest_auth_cookie'] = null;
        $GLOBALS['wp_rest_application_password_uuid'] = $GLOBALS['wp_rest_application_password_status'] = null;
        wp_cache_flush();
        $GLOBALS['current_user'] = null;
        wp_set_current_user(0);
    }

    /** On SQLite, a statement that fails ends the transaction and undoes it: the next statement begins another one. */
    public static function undone(string $query): string
    {
        global $wpdb;
        if ($wpdb instanceof WP_SQLite_DB && $wpdb->last_error !== '') {
            $wpdb->last_error = '';
            $wpdb->query('START TRANSACTION');
        }
        return $query;
    }

    /**
     * A statement that ends the transaction would keep everything that the test wrote. On MariaDB, CREATE and DROP TABLE do so
     * as well; on SQLite they roll back like any other.
     */
    public static function temporary(string $query): string
    {
        if ($query === 'COMMIT') {
            return 'SELECT 1';
        }
        if ($GLOBALS['wpdb'] instanceof WP_SQLite_DB) {
            return $query;
        }
        if (preg_match('/^\s*CREATE TABLE\s+(?:IF NOT EXISTS\s+)?(\S+)/i', $query, $match)) {
            self::$tables[] = $match[1];
        }
        return preg_replace('/^\s*(CREATE|DROP) TABLE/i', '$1 TEMPORARY TABLE', $query);
    }

    /** The instance whose hooks are registered: another instance may not write the meta that acceptance reads. */
    protected static function plugin(): Plugin
    {
        return (new ReflectionProperty(Plugin::class, 'running'))->getValue();
    }

    /** @param array<string, Closure> $checks */
    protected static function newSettings(array $checks = []): Settings
    {
        $database = self::plugin()->database(...);
        return new Settings(
            static fn (): SharedOption => new SharedOption($database, Settings::OPTION),
            static fn (): NetworkOption => new NetworkOption($database, Settings::NETWORK_OPTION),
            static fn (): array => $checks,
        );
    }

    /** Runs something as on a site whose object cache outlives a request. */
    protected static function withPersistentCache(callable $run): mixed
    {
        $before = wp_using_ext_object_cache(true);
        try {
            return $run();
        } finally {
            wp_using_ext_object_cache((bool) $before); // null would not change it
        }
    }

    protected function user(string $role = 'subscriber', string $password = 'pw'): WP_User
    {
        $login = 'user' . ++self::$users;
        $id = wp_insert_user(['user_login' => $login, 'user_email' => "$login@example.test", 'user_pass' => $password, 'role' => $role]);
        self::assertIsInt($id);
        return new WP_User($id);
    }

    /** @param array<string, mixed> $post */
    protected function post(array $post = []): int
    {
        return wp_insert_post($post + ['post_title' => 'title', 'post_content' => 'content', 'post_status' => 'publish'], true);
    }

    /**
     * Sends a REST request without HTTP: it is dispatched in this process, including authentication errors.
     *
     * @param array<string, mixed> $parameters
     * @param array<string, string> $headers also put where a web server would
     */
    protected function rest(string $method, string $route, array $parameters = [], array $headers = []): WP_REST_Response
    {
        $request = new WP_REST_Request($method, $route);
        foreach ($headers as $name => $value) {
            $request->set_header($name, $value);
            $_SERVER['HTTP_' . strtoupper(strtr($name, '-', '_'))] = $value;
        }
        $_SERVER['REQUEST_METHOD'] = $method;
        if ($method === 'GET' || $method === 'DELETE') {
            $request->set_query_params($parameters);
        } else {
            $request->set_header('content-type', 'application/json');
            $request->set_body(json_encode($parameters === [] ? new stdClass() : $parameters, JSON_THROW_ON_ERROR));
        }
        return rest_do_request($request);
    }

    /** What the code wrote into PHP's log. */
    protected static function logged(callable $body): string
    {
        $file = tempnam(sys_get_temp_dir(), 'sallyport');
        $before = ini_set('error_log', $file);
        try {
            $body();
            return (string) file_get_contents($file);
        } finally {
            ini_set('error_log', (string) $before);
            unlink($file);
        }
    }

    protected static function assertErrorCode(string $code, mixed $error): void
    {
        self::assertInstanceOf(WP_Error::class, $error);
        self::assertSame($code, $error->get_error_code());
    }
}
