<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use PHPUnit\Framework\TestCase;
use Sallyport\Tests\Browser;
use Sallyport\Tests\Jwt;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/../support/Browser.php';
require_once __DIR__ . '/../support/Jwt.php';
require_once __DIR__ . '/../support/Person.php';
require_once __DIR__ . '/../support/Site.php';
require_once __DIR__ . '/../support/Totp.php';

abstract class HttpTestCase extends TestCase
{
    protected const API = '/wp-json/sallyport/v1';
    protected const CHALLENGE = '/^spc1_[A-Za-z0-9_-]{43}$/';
    protected const JWT_SECRET = 'a secret of thirty-two characters or more';

    private static ?Site $site = null;
    private int $logged = 0;

    /** One site for the whole run, with the plugins that stand in for others. */
    protected static function site(): Site
    {
        return self::$site ??= Site::up(self::options());
    }

    /** @param array<string, mixed> $more @return array<string, mixed> */
    protected static function options(array $more = []): array
    {
        $define = $more['define'] ?? [];
        unset($more['define']);
        return $more + [
            'plugin' => [__DIR__ . '/../fixtures/switcher', __DIR__ . '/../fixtures/jwt-authentication-for-wp-rest-api'],
            'define' => $define + ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET],
        ];
    }

    /** Set-up: stores these settings, unchecked, and no others. @param array<string, mixed> $settings */
    protected static function storeSettings(array $settings): void
    {
        static::site()->php('update_option("sallyport_settings", json_decode($argv[1], true));', [json_encode($settings)]);
    }

    protected function setUp(): void
    {
        $this->logged = (int) @filesize(static::site()->info['debug_log']);
    }

    /** No request of any test may cause a message of PHP. */
    protected function tearDown(): void
    {
        clearstatcache();
        $log = (string) @file_get_contents(static::site()->info['debug_log'], offset: $this->logged);
        // On a network, core's own code causes deprecation messages.
        $log = preg_replace('~^.*PHP Deprecated: .* in \S+/wp-includes/ms-functions\.php on line \d+$~m', '', $log);
        // So does core if wordpress.org cannot be reached.
        $log = preg_replace('~^.*PHP Warning: .*WordPress\.org.*$~m', '', $log);
        self::assertDoesNotMatchRegularExpression('/PHP (Notice|Warning|Deprecated|Fatal error|Parse error|Recoverable)/', $log);
    }

    /** @param array<mixed>|null $fields @param array<string, string> $headers */
    protected function post(string $route, ?array $fields = null, ?string $bearer = null, array $headers = []): Response
    {
        return static::site()->request('POST', self::API . $route, json: $fields ?? [], headers: $headers, bearer: $bearer);
    }

    protected function delete(string $route, ?string $bearer = null): Response
    {
        return static::site()->request('DELETE', self::API . $route, bearer: $bearer);
    }

    protected function get(string $path, ?string $bearer = null, array $headers = []): Response
    {
        return static::site()->request('GET', $path, headers: $headers, bearer: $bearer);
    }

    /** A user that no test has used yet. */
    protected function person(string $role = 'subscriber'): Person
    {
        return Person::withoutFactor(static::site(), $role);
    }

    protected static function isNetwork(): bool
    {
        return static::site()->php('return is_multisite();');
    }

    /** A user with all rights of an administrator of a single site: on a network, a network administrator. */
    protected function administrator(): Person
    {
        $person = $this->person('administrator');
        static::site()->php('is_multisite() && grant_super_admin((int) $argv[1]);', [(string) $person->id]);
        return $person;
    }

    /**
     * A user with a factor and a proven token; the codes of this step and the next are unused.
     *
     * @param string|Person $who a role, or a user without a factor
     */
    protected function enrolled(string|Person $who = 'subscriber'): Person
    {
        $person = $who instanceof Person ? $who : $this->person($who);
        $this->signIn($person);
        $this->enrol($person);
        return $person;
    }

    /** Gets a token with the password alone, for users without a factor. */
    protected function signIn(Person $person): void
    {
        $answer = $this->logIn($person);
        self::assertSame(200, $answer->status, (string) $answer);
        $person->token = $answer->json['token'];
    }

    /** @param array<string, mixed> $more */
    protected function logIn(Person $person, array $more = []): Response
    {
        return $this->post('/token', $more + ['username' => $person->login, 'password' => $person->password]);
    }

    /** Enrols with the person's token. */
    protected function enrol(Person $person): void
    {
        $begun = $this->begin($person);
        Totp::steady();
        $answer = $this->post('/two-factor/verify-totp', ['code' => $begun->code(-1)], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        $person->app = $begun;
        $person->token = $answer->json['token'];
    }

    /** Begins an enrolment; returns the app with the pending secret. The new backup codes become the person's. */
    protected function begin(Person $person): Totp
    {
        $answer = $this->post('/two-factor/enable', ['password' => $person->password], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        $person->codes = $answer->json['backupCodes'];
        return new Totp($answer->json['totpURI']);
    }

    /** Signs in with password and code in one request. */
    protected function proven(Person $person, ?string $code = null): string
    {
        $answer = $this->logIn($person, ['code' => $code ?? $person->app->code()]);
        self::assertSame(200, $answer->status, (string) $answer);
        return $answer->json['token'];
    }

    /** A browser after wp-login.php, including the second step. */
    protected function signedIn(Person $person): Browser
    {
        $browser = new Browser(static::site());
        $browser->signIn($person, $person->app?->code());
        return $browser;
    }

    /** The challenge that a right password opens. */
    protected function challenge(Person $person): string
    {
        return self::refused(401, 'sallyport_second_factor_required', $this->logIn($person))['challenge'];
    }

    /** The header is there, and no element that overrides it: a browser uses the last value. */
    protected static function assertTellsNobodyItsAddress(Response $page): void
    {
        self::assertSame('no-referrer', $page->header('referrer-policy'));
        self::assertDoesNotMatchRegularExpression('/<meta\s[^>]*referrer/i', $page->body);
        self::assertStringContainsString("<meta name='robots'", $page->body, 'the rest of core\'s headers is there');
    }

    /** Set-up: no mail can be sent (by the plugin "switcher"). */
    protected static function mailBroken(bool $broken): void
    {
        static::site()->php('$argv[1] === "" ? delete_option("switcher_mail") : update_option("switcher_mail", "broken");', [$broken ? '1' : '']);
    }

    /** Asserts that a notice of this name was mailed to the user, once. It is sent after the answer. */
    protected static function assertTold(Person $person, string $notice): void
    {
        $told = static fn (): array => preg_grep("/^X-Sallyport-Notice: $notice\\r?$/m", preg_grep('/^To: .*' . preg_quote($person->email, '/') . '/m', static::site()->notices()));
        for ($until = microtime(true) + 10; $told() === [] && microtime(true) < $until; usleep(20_000));
        self::assertCount(1, $told());
    }

    /** A mail as its reader sees it. */
    protected static function decoded(string $mail): string
    {
        // In a mail without that encoding, "key=4f" would lose its letters.
        $text = preg_match('/^Content-Transfer-Encoding: quoted-printable\r?$/mi', $mail) ? quoted_printable_decode($mail) : $mail;
        return strtr($text, ["\r\n" => "\n"]);
    }

    /** Whether their e-mail address is proven. */
    protected static function isProven(Person $person): bool
    {
        return static::site()->php('return (new Sallyport\WP\Plugin())->proven_emails()->is_proven((int) $argv[1]);', [(string) $person->id]);
    }

    /** Set-up: no step of the person's factor is spent. */
    protected static function forgetCodes(Person $person): void
    {
        self::sql('UPDATE {factors} SET last_step = -1 WHERE user_id = %d', $person->id);
    }

    /** Set-up: deletes the counts of wrong passwords of all users. */
    protected static function forgetFailures(): void
    {
        self::sql('DELETE FROM {throttle} WHERE name <> %s', '');
    }

    /** Set-up: whoever waits because of wrong passwords waits a minute. The first wait, of one second, could end on a busy machine. */
    protected static function stretchWait(Person $person): void
    {
        self::sql('UPDATE {throttle} SET until = %d WHERE name = %s AND failures >= 10', time() + 60, hash('sha256', "password-user:$person->id"));
    }

    /**
     * Set-up: a token whose proof is $age seconds old. The plugin's own classes sign it inside the site, because the proof
     * in a token has a MAC.
     */
    protected static function agedToken(Person $person, int $age, string $amr = 'mfa otp pwd'): string
    {
        return static::site()->plugin(<<<'PHP'
            $epoch = $plugin->state()->read((int) $argv[1])['epoch'];
            $proof = \Sallyport\WP\Challenge\Proof::verified((int) $argv[1], 'sallyport', explode(' ', $argv[3]), time() - (int) $argv[2], $epoch);
            return $plugin->access_tokens()->response(get_userdata((int) $argv[1]), $proof)['token'];
            PHP, [(string) $person->id, (string) $age, $amr]);
    }

    /** Set-up: the proof in their sessions is too old for a step-up. */
    protected static function ageSessions(Person $person): void
    {
        static::site()->php(<<<'PHP'
            $sessions = get_user_meta((int) $argv[1], 'session_tokens', true);
            foreach ($sessions as &$session) { $session['sallyport']['at'] -= 700; }
            update_user_meta((int) $argv[1], 'session_tokens', $sessions);
            PHP, [(string) $person->id]);
    }

    /** Set-up: changes rows; `{name}` stands for the table of that name. */
    protected static function sql(string $sql, int|string ...$args): void
    {
        static::site()->plugin('$plugin->database()->execute($argv[1], array_slice($argv, 2));', [$sql, ...array_map('strval', $args)]);
    }

    /** Without the drop-in that translates MySQL to SQLite, which has its own record of the tables. */
    protected static function renameTable(string $from, string $to): void
    {
        static::site()->php(<<<'PHP'
            global $wpdb;
            $prefix = $wpdb->base_prefix . 'sallyport_';
            $sql = "ALTER TABLE {$prefix}$argv[1] RENAME TO {$prefix}$argv[2]";
            if (defined('DB_DIR')) {
                (new PDO('sqlite:' . DB_DIR . DB_FILE))->exec($sql);
            } elseif (!$wpdb->query($sql)) {
                throw new RuntimeException($wpdb->last_error);
            }
            PHP, [$from, $to]);
    }

    /** The user of a request with this token: an id, or null. */
    protected function whoIs(?string $token): ?int
    {
        return $this->get('/wp-json/wp/v2/users/me', $token)->json['id'] ?? null;
    }

    /** @return array<string, mixed> the claims of a token, unverified */
    protected static function claims(string $token): array
    {
        return Jwt::claims($token);
    }

    /** @return list<array<string, string>> rows of the activity log, newest first */
    protected static function activity(int $user, string $event): array
    {
        return static::site()->php(
            'global $wpdb; return $wpdb->get_results($wpdb->prepare("SELECT * FROM {$wpdb->base_prefix}sallyport_activity WHERE user_id = %d AND event = %s ORDER BY id DESC", $argv[1], $argv[2]), ARRAY_A);',
            [(string) $user, $event],
        );
    }

    /**
     * Asserts a refusal in the contract's format: {code, message, data: {status, …}}, never cached, and nobody is signed in.
     *
     * @return array<string, mixed> its data
     */
    protected static function refused(int $status, string $code, Response $answer): array
    {
        self::assertSame($code, $answer->json['code'] ?? null, (string) $answer);
        self::assertSame($status, $answer->status, (string) $answer);
        self::assertSame($status, $answer->json['data']['status'] ?? null, (string) $answer);
        self::assertIsString($answer->json['message']);
        self::assertNotSame('', $answer->json['message']);
        self::assertDoesNotMatchRegularExpression('/eyJ[\w-]*\.eyJ/', $answer->body, 'a token');
        self::assertStringNotContainsString('wordpress_logged_in', implode(';', preg_grep('/=(%20|\+| )?;/', $answer->headers['set-cookie'] ?? [], PREG_GREP_INVERT)));
        if (str_starts_with($code, 'sallyport_')) {
            self::assertStringContainsString('no-store', (string) $answer->header('cache-control'));
        }
        if ($status === 423 || $status === 429) {
            self::assertGreaterThan(0, $answer->json['data']['retry_after'] ?? 0, (string) $answer);
            self::assertSame((string) $answer->json['data']['retry_after'], $answer->header('retry-after'));
        }
        return $answer->json['data'];
    }

    /** Asserts that the credential itself is refused: the token or session is from before, or carries no proof. */
    protected static function refusedCredential(string $code, Response $answer): void
    {
        self::refused(401, $code, $answer);
        self::assertSame('Bearer error="invalid_token"', $answer->header('www-authenticate'));
    }
}
