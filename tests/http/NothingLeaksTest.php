<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/HttpTestCase.php';

/** After a whole scenario, no secret is stored or printed in plain text: not in the database, the logs, mails or errors. */
final class NothingLeaksTest extends HttpTestCase
{
    private static Site $own;

    /** @var array<string, string> name => the secret */
    private static array $secrets = [];

    /** @var list<Response> all answers that were errors */
    private static array $errors = [];

    public static function setUpBeforeClass(): void
    {
        self::$own = Site::up(self::options());
        (new self())->story();
    }

    public static function tearDownAfterClass(): void
    {
        self::$own->down();
    }

    protected static function site(): Site
    {
        return self::$own;
    }

    public function test_n3_not_in_the_database(): void
    {
        $dump = self::$own->php('global $wpdb; $all = []; foreach ($wpdb->get_col("SHOW TABLES") as $table) { $all[$table] = $wpdb->get_results("SELECT * FROM `$table`", ARRAY_A); } return base64_encode(serialize($all));');
        $dump = base64_decode($dump);
        self::assertStringContainsString('sallyport_factors', $dump);
        self::assertStringContainsString('sallyport_activity', $dump);
        $this->assertClean($dump);
    }

    public function test_not_in_the_activity_log_as_administrators_read_it(): void
    {
        $token = $this->post('/token', ['username' => 'admin', 'password' => 'password'])->json['token'];
        $text = '';
        foreach (['per_page=100', 'format=csv'] as $query) {
            $answer = $this->get(self::API . "/activity?$query", $token);
            self::assertSame(200, $answer->status);
            $text .= $answer->body;
        }
        self::assertStringContainsString('code_refused', $text);
        $this->assertClean($text . self::$own->wp('sallyport', 'activity', '--limit=10000'));
    }

    public function test_not_in_the_debug_log_nor_the_servers(): void
    {
        $text = '';
        foreach (glob(dirname(self::$own->info['debug_log']) . '/*') as $file) {
            $text .= file_get_contents($file);
        }
        self::assertStringContainsString('Sallyport', $text, 'the failures of the scenario were logged');
        $this->assertClean($text);
    }

    public function test_not_in_mails(): void
    {
        $mails = array_map(quoted_printable_decode(...), [...self::$own->mails(), ...self::$own->notices()]);
        self::assertGreaterThanOrEqual(2, count($mails));
        $this->assertClean(implode("\n", $mails));
    }

    public function test_not_in_errors_but_for_ones_own_challenge(): void
    {
        self::assertGreaterThan(8, count(self::$errors));
        foreach (self::$errors as $answer) {
            self::assertGreaterThanOrEqual(400, $answer->status);
            $this->assertClean($answer->body, except: ['challenge']);
            self::assertStringNotContainsString(self::$own->dir, $answer->body, 'a path');
            self::assertDoesNotMatchRegularExpression('/SELECT|UPDATE|INSERT|Stack trace|\.php/', $answer->body);
        }
    }

    public function test_an_unavailable_site_does_not_say_why(): void
    {
        $bodies = array_unique(array_map(
            static fn (Response $answer): string => json_encode(array_diff_key($answer->json, ['valid' => 1])),
            array_filter(self::$errors, static fn (Response $answer): bool => $answer->status === 503),
        ));
        self::assertCount(1, $bodies, 'the same text, whatever is broken');
    }

    /** The scenario: enrolment, sign-ins, guesses, a store and a key that fail, changes, and turning the factor off. */
    private function story(): void
    {
        $site = self::$own;
        $person = $this->enrolled();
        $secrets = ['password' => $person->password, 'totp secret' => $person->app->secret, 'token at enrolment' => $person->token];
        foreach ($person->codes as $i => $code) {
            $secrets["backup code $i"] = $code;
        }
        $code = $person->app->code();
        $challenge = $this->note($this->logIn($person))->json['data']['challenge'];
        $this->note($this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->wrong()]));
        $secrets['token'] = $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code])->json['token'];
        $this->note($this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $code]));
        $secrets['challenge'] = $challenge;
        $this->note($this->logIn($person, ['code' => $code]));
        $this->note($this->logIn($person, ['code' => strtolower($person->codes[9]) . 'x']));
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0]])->status);
        $this->note($this->post('/token', ['username' => $person->login, 'password' => 'a wrong password of theirs']));
        $secrets['wrong password'] = 'a wrong password of theirs';
        $secrets['open challenge'] = (string) $this->logIn($person)->json['data']['challenge'];
        $browser = new Browser($site);
        $page = $browser->logIn($person);
        $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $person->codes[1]] + Browser::fields($page));
        foreach (preg_grep('/^wordpress_.*[0-9a-f]{32}$/', array_keys($browser->cookies)) as $name) {
            $secrets["cookie $name"] = explode('|', rawurldecode($browser->cookies[$name]))[2];
        }
        $new = $this->begin($person);
        $secrets['pending secret'] = $new->secret;
        $secrets['pending code'] = $person->codes[3];

        $key = $site->php('return file_get_contents(...array_slice([...glob(WP_CONTENT_DIR . "/sallyport-key.php"), ...glob(dirname(ABSPATH) . "/.sallyport-" . substr(hash("sha256", ABSPATH), 0, 12) . ".php")], 0, 1));');
        self::assertSame(1, preg_match('~^// (\S+)$~m', $key, $match));
        $secrets['master key'] = $match[1];
        $site->up_again(['define' => ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET, 'SALLYPORT_MASTER_KEY' => str_repeat('another key', 4)]]);
        foreach ([
            $this->logIn($person, ['code' => $person->codes[2]]),
            $this->get('/wp-json/wp/v2/users/me', $person->token),
            $this->post('/token/validate', ['token' => $person->token]),
        ] as $answer) {
            $this->note($answer);
        }
        $site->up_again(['define' => ['JWT_AUTH_SECRET_KEY' => self::JWT_SECRET]]);
        foreach (['challenges', 'factors'] as $table) {
            self::renameTable($table, 'away');
            $this->note($this->logIn($person, ['code' => $person->codes[2]]));
            $this->note($this->post('/challenge/verify', ['challenge' => $secrets['open challenge'], 'code' => $person->app->code(1)]));
            self::renameTable('away', $table);
        }
        self::assertSame(
            200,
            $this->post(
                '/two-factor/disable',
                ['password' => $person->password],
                $this->whoIs($person->token) === $person->id ? $person->token : $secrets['token'],
            )->status,
        );

        // A user whose factor is active while everything is searched.
        $other = $this->enrolled();
        self::$secrets = $secrets + ['secret of another' => $other->app->secret, 'code of another' => $other->codes[0], 'token of another' => $other->token];
    }

    private function note(Response $answer): Response
    {
        return self::$errors[] = $answer;
    }

    /** @param list<string> $except */
    private function assertClean(string $text, array $except = []): void
    {
        foreach (self::$secrets as $what => $secret) {
            foreach (in_array($what, $except, true) ? [] : self::forms($secret) as $form) {
                self::assertFalse(stripos($text, $form) !== false, "$what is stored there in plain text");
            }
        }
    }

    /** @return list<string> the secret as it is, without its dashes, as base64 and as hex; for a base32 secret also its bytes */
    private static function forms(string $secret): array
    {
        $forms = [$secret, str_replace('-', '', $secret), base64_encode($secret), bin2hex($secret), rawurlencode($secret)];
        if (preg_match('/^[A-Z2-7]{32}$/', $secret)) {
            $bits = implode('', array_map(static fn (string $letter): string => sprintf('%05b', strpos('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', $letter)), str_split($secret)));
            $bytes = implode('', array_map(static fn (string $byte): string => chr((int) bindec($byte)), str_split($bits, 8)));
            array_push($forms, $bytes, base64_encode($bytes), bin2hex($bytes));
        }
        if (substr_count($secret, '.') === 2) {
            $forms[] = explode('.', $secret)[2]; // the signature alone is enough to make the token, with parts that are not secret
        }
        return array_unique($forms);
    }
}
