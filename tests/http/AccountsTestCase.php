<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/** For tests that register accounts, and read links and codes mailed after the answer. */
abstract class AccountsTestCase extends HttpTestCase
{
    protected const NEW = 'a new password of theirs';

    public static function tearDownAfterClass(): void
    {
        self::closed();
        self::forgetFailures();
    }

    protected function setUp(): void
    {
        parent::setUp();
        self::forgetFailures();
        static::site()->forgetMails();
    }

    /** Set-up: the site allows registration. @param array<string, mixed> $settings of the plugin */
    protected static function open(array $settings = []): void
    {
        self::registration(true, $settings);
    }

    protected static function closed(): void
    {
        self::registration(false, []);
    }

    /** @param array<string, mixed> $settings */
    private static function registration(bool $open, array $settings): void
    {
        // Stored directly, without the check of values: an old value, or another plugin's, may be invalid.
        static::site()->php(<<<'PHP'
            is_multisite() ? update_site_option('registration', $argv[1] ? 'user' : 'none') : update_option('users_can_register', (int) $argv[1]);
            $set = json_decode($argv[2], true) + ['register_confirm' => false, 'reset_url' => ''];
            update_option('sallyport_settings', $set + get_option('sallyport_settings', []));
            PHP, [$open ? '1' : '', json_encode($settings)]);
    }

    /** @return array{username: string, email: string, password: string, name: string} of a person without an account */
    protected static function applicant(): array
    {
        $login = 'new' . bin2hex(random_bytes(5));
        return ['username' => $login, 'email' => "$login@example.test", 'password' => "a password of $login", 'name' => 'Ada Lovelace'];
    }

    /** @param array{username: string, email: string, password: string} $applicant */
    protected function registered(array $applicant): Person
    {
        $answer = $this->post('/register', $applicant);
        self::assertSame(201, $answer->status, (string) $answer);
        $person = new Person(static::site(), $answer->json['user_id'], $applicant['username'], $applicant['email'], $applicant['password']);
        $person->token = $answer->json['token_response']['token'];
        return $person;
    }

    /** Requests a link or a code, and waits until the work after the answer is done. */
    protected function forgot(string $login, string $delivery = 'link'): Response
    {
        return $this->andThen('reset_requested', fn (): Response => $this->post('/forgot-password', ['login' => $login, 'delivery' => $delivery]));
    }

    /** Waits for a row of this event, which is written last in the work after the answer. @param callable(): Response $request */
    protected function andThen(string $event, callable $request): Response
    {
        return $this->andThenAll($event, ['' => $request])[''];
    }

    /** @param array<string, callable(): Response> $requests @return array<string, Response> */
    protected function andThenAll(string $event, array $requests): array
    {
        $count = <<<'PHP'
            global $wpdb;
            $count = static fn (): int => (int) $wpdb->get_var($wpdb->prepare("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_activity WHERE event = %s", $argv[1]));
            PHP;
        $expected = count($requests) + static::site()->php("$count\nreturn \$count();", [$event]);
        $answers = array_map(static fn (callable $request): Response => $request(), $requests);
        $wait = 'for ($end = microtime(true) + 10; $count() < (int) $argv[2] && microtime(true) < $end;) { usleep(20_000); }';
        self::assertSame($expected, static::site()->php("$count\n$wait\nreturn \$count();", [$event, (string) $expected]), "rows of $event");
        return $answers;
    }

    /** @return list<string> the mails to this address, decoded */
    protected static function mailsTo(string $email): array
    {
        $mails = array_filter(static::site()->mails(), static fn (string $mail): bool => preg_match('/^To: .*' . preg_quote($email, '/') . '/mi', $mail) === 1);
        return array_map(self::decoded(...), array_values($mails));
    }

    /** The last mailed code. */
    protected function code(Person $person): string
    {
        $this->forgot($person->login, 'otp');
        $mails = self::mailsTo($person->email);
        self::assertSame(1, preg_match('/^(\d{8})$/m', end($mails), $code), end($mails));
        return $code[1];
    }

    /** The last mailed link: its URL, login and key. @return array{string, string, string} */
    protected static function link(string $email): array
    {
        $mails = self::mailsTo($email);
        self::assertNotSame([], $mails);
        self::assertSame(1, preg_match('~^(https?://\S+)$~m', end($mails), $link), end($mails));
        parse_str((string) parse_url($link[1], PHP_URL_QUERY), $query);
        return [$link[1], $query['login'], $query['key']];
    }

    protected function key(Person $person): string
    {
        $this->forgot($person->login);
        return self::link($person->email)[2];
    }

    /** @param array<string, mixed> $more */
    protected function reset(Person $person, array $more, string $password = self::NEW): Response
    {
        return $this->post('/reset-password', $more + ['login' => $person->login, 'password' => $password]);
    }

    protected function resetTo(Person $person, array $more, string $password = self::NEW): void
    {
        $answer = $this->reset($person, $more, $password);
        self::assertSame([200, ['message' => 'Password updated successfully.']], [$answer->status, $answer->json], (string) $answer);
        $person->password = $password;
    }

    /** Opens a link of wp-login.php, and chooses a password there. */
    protected function choosePassword(string $link, string $password): Response
    {
        $browser = new Browser(static::site());
        $browser->send('GET', preg_replace('~^https?://[^/]+~', '', $link));
        $page = $browser->send('GET', '/wp-login.php?action=rp');
        return $browser->send('POST', '/wp-login.php?action=resetpass', ['pass1' => $password, 'pass2' => $password] + Browser::fields($page));
    }

    /** Asserts that the password is right at our route and at wp-login.php. */
    protected function assertRight(Person $person): void
    {
        self::assertSame(200, $this->logIn($person)->status, $person->password);
        $browser = new Browser(static::site());
        $browser->logIn($person);
        self::assertTrue($browser->isSignedIn(), $person->password);
    }

    /** Asserts that nobody can tell these answers apart. @param array<string, Response> $answers */
    protected static function assertAlike(array $answers): void
    {
        $seen = array_map(static function (Response $answer): array {
            $headers = array_diff_key($answer->headers, ['date' => 1]);
            ksort($headers);
            return [$answer->status, $answer->body, $headers];
        }, $answers);
        foreach ($seen as $what => $one) {
            self::assertSame(current($seen), $one, (string) $what);
        }
    }

    protected static function option(string $name, mixed $value): void
    {
        static::site()->php('update_option($argv[1], json_decode($argv[2]));', [$name, json_encode($value)]);
    }
}
