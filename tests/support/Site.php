<?php

declare(strict_types=1);

namespace Sallyport\Tests;

use RuntimeException;

require_once __DIR__ . '/Scripts.php';

/**
 * A temporary WordPress for black-box tests, started by bin/site and removed at the end of the run.
 *
 *     require_once __DIR__ . '/../support/Site.php';
 *
 *     $site = Site::shared();                                    // one site for the whole PHPUnit run, default options
 *     $site = Site::up(['db' => 'mariadb', 'workers' => 8,       // a site of your own; the options of bin/site:
 *         'define' => ['SALLYPORT_CORS' => true], 'plugin' => [__DIR__ . '/fixtures/x']]);
 *     $site->up_again(['without-extension' => true]);            // same data, new options
 *     $site->url; $site->dir; $site->info['mail_dir'];
 *
 *     $answer = $site->request('POST', '/wp-json/sallyport/v1/token', json: ['username' => 'ada', 'password' => 'pw']);
 *     $answer->status; $answer->json['code']; $answer->header('retry-after'); $answer->headers['set-cookie']; $answer->body;
 *     $site->request('GET', '/wp-json/wp/v2/users/me', bearer: $token);
 *     $answers = $site->concurrently(array_fill(0, 20, ['POST', '/wp-json/…', 'json' => […]]));   // all at once
 *
 *     $site->php('return get_option("home");')                   // runs PHP inside the site, returns its value (as JSON)
 *     $site->users(2, 'editor')                                  // new users, each ['id', 'login', 'email', 'password']
 *     $site->mails()                                             // the mails, oldest first, as they were sent
 *     $site->cron(); $site->wp('sallyport', 'status'); $site->down();
 *
 * bin/test sets the options of a default site by SALLYPORT_SITE_DB, _WORDPRESS, _SERVER, _MULTISITE, _PHP and _PASSWORD_COST.
 */
final class Site
{
    private const NOTICE = '/^X-Sallyport-Notice: /m';

    public readonly string $url;
    public readonly string $dir;
    /** @var array<string, mixed> the JSON of `bin/site up` */
    public array $info;
    private static ?self $shared = null;
    private bool $running = true;
    private ?Scripts $scripts = null;

    /** @param array<string, mixed> $info */
    private function __construct(array $info)
    {
        $this->info = $info;
        $this->url = $info['url'];
        $this->dir = $info['dir'];
        register_shutdown_function($this->down(...));
    }

    public static function shared(): self
    {
        return self::$shared ??= self::up();
    }

    /** @param array<string, scalar|array<mixed>|null> $options bin/site's options without dashes; true for a bare flag */
    public static function up(array $options = []): self
    {
        foreach (['db', 'wordpress', 'server', 'multisite', 'php'] as $name) {
            $value = getenv('SALLYPORT_SITE_' . strtoupper($name));
            if ($value !== false && $value !== '') {
                $options += [$name => $name === 'multisite' ? $value === 'yes' : $value];
            }
        }
        return new self(self::raise($options));
    }

    /** Restarts the site with these options: same data, same port. @param array<string, scalar|array<mixed>|null> $options */
    public function up_again(array $options = []): void
    {
        $this->scripts = null;
        $this->info = self::raise(['dir' => $this->dir] + $options);
    }

    public function down(): void
    {
        if ($this->running) {
            $this->running = false;
            $this->scripts = null;
            self::run(['down', '--dir', $this->dir]);
        }
    }

    /**
     * Sends one request; follows no redirect.
     *
     * @param array<mixed>|null $json a JSON body
     * @param array<string, scalar>|string|null $form a form body, or a raw one
     * @param array<string, string> $headers
     */
    public function request(
        string $method,
        string $path,
        ?array $json = null,
        array|string|null $form = null,
        array $headers = [],
        ?string $bearer = null,
    ): Response {
        return $this->concurrently([[$method, $path, 'json' => $json, 'form' => $form, 'headers' => $headers, 'bearer' => $bearer]])[0];
    }

    /**
     * Sends all requests at the same time (as far as the site has workers); returns the answers in the order of the requests.
     *
     * @param array<array-key, array<mixed>> $requests each [method, path, 'json' => …, 'form' => …, 'headers' => …, 'bearer' => …]
     * @return array<array-key, Response>
     */
    public function concurrently(array $requests): array
    {
        $multi = curl_multi_init();
        $handles = $answers = $received = [];
        foreach ($requests as $key => $request) {
            $received[$key] = [];
            $handles[$key] = $this->handle($request, $received[$key]);
            curl_multi_add_handle($multi, $handles[$key]);
        }
        do {
            $status = curl_multi_exec($multi, $active);
            if ($active) {
                curl_multi_select($multi, 1.0);
            }
        } while ($active && $status === CURLM_OK);
        $failed = [];
        while ($done = curl_multi_info_read($multi)) {
            $failed[spl_object_id($done['handle'])] = curl_strerror($done['result']);
        }
        foreach ($handles as $key => $handle) {
            [$code, $seconds] = [curl_getinfo($handle, CURLINFO_RESPONSE_CODE), curl_getinfo($handle, CURLINFO_TOTAL_TIME)];
            if ($code === 0) {
                throw new RuntimeException("no answer to {$requests[$key][0]} {$requests[$key][1]} in $seconds s: " . ($failed[spl_object_id($handle)] ?? 'curl_multi stopped'));
            }
            $answers[$key] = new Response($code, $received[$key], (string) curl_multi_getcontent($handle), $seconds);
            curl_multi_remove_handle($multi, $handle);
        }
        curl_multi_close($multi);
        return $answers;
    }

    /**
     * Runs PHP inside the site's WordPress, and returns its result. Throws a RuntimeException for an exit code
     * other than 0.
     *
     * @param list<string> $arguments
     */
    public function php(string $code, array $arguments = []): mixed
    {
        $this->scripts ??= new Scripts($this->dir);
        $code = "\$sallyport_value = (static function () use (\$argv) {\n$code\n})();\n"
            . 'echo "\n", json_encode($sallyport_value, JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION);';
        try {
            $output = $this->scripts->run($code, $arguments);
        } catch (RuntimeException $e) {
            $this->scripts = null; // The process may have ended.
            throw $e;
        }
        return json_decode(substr($output, (int) strrpos($output, "\n") + 1), true, 512, JSON_THROW_ON_ERROR);
    }

    /**
     * Runs code like php(), with $plugin as the instance whose hooks are registered: another instance may not write what
     * acceptance reads.
     *
     * @param list<string> $arguments
     */
    public function plugin(string $code, array $arguments = []): mixed
    {
        return $this->php(
            '$plugin = (new ReflectionProperty(Sallyport\WP\Plugin::class, "running"))->getValue();' . "\n" . $code,
            $arguments,
        );
    }

    /** Creates users, many at a time: WordPress is started once for all of them. @return list<array{id: int, login: string, email: string, password: string}> */
    public function users(int $count, string $role = 'subscriber'): array
    {
        return $this->php(<<<'PHP'
            $users = [];
            for ($i = 0; $i < (int) $argv[1]; $i++) {
                $login = 'u' . bin2hex(random_bytes(5));
                $user = ['login' => $login, 'email' => "$login@example.test", 'password' => "a password of $login"];
                $id = wp_insert_user(['user_login' => $login, 'user_email' => $user['email'], 'user_pass' => $user['password'], 'role' => $argv[2]]);
                $users[] = is_wp_error($id) ? throw new RuntimeException($id->get_error_message()) : ['id' => $id] + $user;
            }
            return $users;
            PHP, [(string) $count, $role]);
    }

    public function wp(string ...$arguments): string
    {
        return self::run(['wp', '--dir', $this->dir, ...$arguments]);
    }

    /** @return array{int, string, string} exit code, stdout and stderr of `wp sallyport …` */
    public function command(string ...$words): array
    {
        return self::ended(['wp', '--dir', $this->dir, 'sallyport', ...$words]);
    }

    /** The list that `wp sallyport …` prints. @return list<array<string, mixed>> */
    public function rows(string ...$words): array
    {
        return json_decode($this->wp('sallyport', ...[...$words, '--format=json']), true, 8, JSON_THROW_ON_ERROR);
    }

    public function cron(): void
    {
        self::run(['cron', '--dir', $this->dir]);
    }

    /** The mails that contain a link or a code. Notices, which are sent after the answer, are left out. @return list<string> */
    public function mails(): array
    {
        return array_values(preg_grep(self::NOTICE, $this->allMails(), PREG_GREP_INVERT));
    }

    /** @return list<string> */
    public function notices(): array
    {
        return array_values(preg_grep(self::NOTICE, $this->allMails()));
    }

    /** @return list<string> */
    private function allMails(): array
    {
        return array_map(file_get_contents(...), glob($this->info['mail_dir'] . '/*.eml'));
    }

    /** PHP's messages on this site, without those that the WordPress of a network always causes. @return list<string> */
    public function logged(): array
    {
        return array_values(preg_grep('~/wp-includes/ms-functions\.php on line~', is_file($this->info['debug_log']) ? file($this->info['debug_log']) : [], PREG_GREP_INVERT));
    }

    public function forgetMails(): void
    {
        array_map(unlink(...), glob($this->info['mail_dir'] . '/*.eml'));
    }

    /** @param array<string, scalar|array<mixed>|null> $options @return array<string, mixed> */
    private static function raise(array $options): array
    {
        // The extension for another PHP (bin/test --php); otherwise bin/site uses its own build.
        $extension = getenv('SALLYPORT_SITE_EXTENSION') ?: null;
        if ($extension !== null && empty($options['without-extension'])) {
            $options += ['extension' => $extension];
        }
        $arguments = ['up'];
        foreach ($options as $name => $values) {
            foreach (is_array($values) ? $values : [$values] as $key => $value) {
                if ($name !== 'define' && ($value === false || $value === null)) {
                    continue;
                }
                $word = is_bool($value) ? ($value ? 'true' : 'false') : (string) $value;
                if ($name === 'define') {
                    array_push($arguments, '--define', is_int($key) ? $word : "$key=$word");
                } elseif ($value === true) {
                    $arguments[] = "--$name";
                } else {
                    array_push($arguments, "--$name", $word);
                }
            }
        }
        $lines = explode("\n", trim(self::run($arguments)));
        return json_decode(end($lines), true, 16, JSON_THROW_ON_ERROR);
    }

    /** @param list<string> $arguments */
    private static function run(array $arguments): string
    {
        [$code, $output, $errors] = self::ended($arguments);
        if ($code !== 0) {
            throw new RuntimeException("bin/site $arguments[0] ended with $code: " . trim("$errors\n$output"));
        }
        return $output;
    }

    /** @param list<string> $arguments @return array{int, string, string} exit code, stdout, stderr */
    private static function ended(array $arguments): array
    {
        $errors = tmpfile();
        $process = proc_open([dirname(__DIR__, 2) . '/bin/site', ...$arguments], [['file', '/dev/null', 'r'], ['pipe', 'w'], $errors], $pipes);
        $output = (string) stream_get_contents($pipes[1]);
        $code = proc_close($process);
        rewind($errors);
        return [$code, $output, (string) stream_get_contents($errors)];
    }

    /**
     * @param array<mixed> $request
     * @param array<string, list<string>> $received
     */
    private function handle(array $request, array &$received): \CurlHandle
    {
        [$method, $path] = $request;
        $headers = array_change_key_case($request['headers'] ?? []);
        $body = $request['form'] ?? null;
        if (isset($request['json'])) {
            // All our routes accept an empty body as an empty object.
            $body = $request['json'] === [] ? '{}' : json_encode($request['json'], JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES);
            $headers += ['content-type' => 'application/json'];
        } elseif (is_array($body)) {
            $body = http_build_query($body);
        }
        if (isset($request['bearer'])) {
            $headers += ['authorization' => "Bearer {$request['bearer']}"];
        }
        $handle = curl_init(str_starts_with($path, 'http') ? $path : $this->url . $path);
        curl_setopt_array($handle, [
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_NOBODY => $method === 'HEAD',
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => 240, // Fifty simultaneous requests wait in a queue.
            CURLOPT_PROXY => '',
            CURLOPT_PATH_AS_IS => true,
            CURLOPT_FRESH_CONNECT => true, // each request gets a worker of its own, and none is kept for the next one
            CURLOPT_FORBID_REUSE => true,
            CURLOPT_HTTPHEADER => [
                'expect:',
                ...array_map(
                    static fn (string $name, string $value): string => $value === '' ? "$name;" : "$name: $value",
                    array_keys($headers),
                    $headers,
                ),
            ],
            CURLOPT_HEADERFUNCTION => static function ($_, string $line) use (&$received): int {
                if (str_starts_with($line, 'HTTP/')) {
                    $received = []; // discards the headers of a 100 Continue
                } elseif (str_contains($line, ':')) {
                    [$name, $value] = explode(':', $line, 2);
                    $received[strtolower($name)][] = trim($value);
                }
                return strlen($line);
            },
        ]);
        if ($body !== null) {
            curl_setopt($handle, CURLOPT_POSTFIELDS, $body);
        }
        return $handle;
    }
}

final class Response
{
    /** @var mixed the decoded body, null if it is not JSON */
    public readonly mixed $json;

    /** @param array<string, list<string>> $headers names in lower case, every value of each */
    public function __construct(
        public readonly int $status,
        public readonly array $headers,
        public readonly string $body,
        public readonly float $seconds,
    ) {
        $this->json = json_decode($body, true);
    }

    /** The header's value (several joined by a comma), or null. */
    public function header(string $name): ?string
    {
        $values = $this->headers[strtolower($name)] ?? null;
        return $values === null ? null : implode(', ', $values);
    }

    /**
     * The cookies in the answer whose names begin with the prefix.
     *
     * @return list<array{string, array<string, string|true>, string}> value, attributes in lower case, and name of each
     */
    public function cookies(string $prefix): array
    {
        $cookies = [];
        foreach (preg_grep("/^$prefix/", $this->headers['set-cookie'] ?? []) as $line) {
            $parts = array_map('trim', explode(';', $line));
            [$name, $value] = explode('=', array_shift($parts), 2);
            $attributes = [];
            foreach ($parts as $part) {
                [$key, $is] = explode('=', $part, 2) + [1 => true];
                $attributes[strtolower($key)] = $is;
            }
            $cookies[] = [rawurldecode($value), $attributes, $name];
        }
        return $cookies;
    }

    public function __toString(): string
    {
        return "$this->status " . substr($this->body, 0, 2000);
    }
}
