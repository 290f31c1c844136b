<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Site;

require_once __DIR__ . '/HttpTestCase.php';

/** The scripts of examples/, as their users run them: every answer has the fields of HeadlessKey's documentation. */
final class ExamplesTest extends HttpTestCase
{
    private const UUID = '/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/';
    private const DATE = '/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/';

    private static ?Site $site = null;
    private static string $secret;

    protected static function site(): Site
    {
        if (self::$site === null) {
            self::$site = Site::up(['define' => ['SALLYPORT_HEADLESSKEY' => true, 'SALLYPORT_REFRESH_BY_TOKEN' => true]]);
            self::$site->php('is_multisite() ? update_site_option("registration", "user") : update_option("users_can_register", 1); return null;');
            self::$secret = trim(self::$site->wp('sallyport', 'site', 'add', 'remote-site-id', 'https://remote.example', '--allow=exchange'));
        }
        return self::$site;
    }

    public static function tearDownAfterClass(): void
    {
        self::$site?->down();
        self::$site = null;
    }

    /** @dataProvider bases */
    public function test_a_client_of_headlesskey(string $base): void
    {
        static::site()->forgetMails();
        $email = '';
        $said = $this->run_example(['headlesskey-client.mjs', static::site()->url . $base], function (string $asked) use (&$email): string {
            if (preg_match('/^the key in the mail to (\S+)$/', $asked, $match) === 1) {
                $email = $match[1];
                return $this->keyMailedTo($email);
            }
            return implode(' ', $this->wordOfAnotherSite($email));
        });
        self::assertSame(
            ['/register', '/token', '/token/validate', '/token/refresh', '/token/revoke', '/login', '/change-password', '/forgot-password', '/reset-password', '/sso/exchange'],
            array_column($said, 'path'),
        );
        self::assertSame([201, 200, 200, 200, 200, 200, 200, 200, 200, 200], array_column($said, 'status'), json_encode($said, JSON_PRETTY_PRINT));
        $body = array_column($said, 'body', 'path');
        $login = strstr($email, '@', true);

        $this->user($login, $email, $body['/register']['user']);
        self::assertSame($body['/register']['user']['ID'], $body['/register']['user_id']);
        $this->tokenOf($login, $email, $body['/register']['token_response']);
        $this->tokenOf($login, $email, $body['/token']);
        $seconds = str_contains($base, 'headlesskey') ? 3600 : 900;
        self::assertSame([true, $seconds], [$body['/token']['refreshable'], $body['/token']['expires_in']]);
        self::assertTrue($body['/token/validate']['valid']);
        $claims = $body['/token/validate']['data'];
        self::assertSame([static::site()->url, $seconds], [$claims['iss'], $claims['exp'] - $claims['iat']]);
        self::assertSame([$body['/register']['user_id'], $login], [$claims['data']['ID'], $claims['data']['user_login']]);
        $this->tokenOf($login, $email, $body['/token/refresh']);
        self::assertNotSame($body['/token']['jti'], $body['/token/refresh']['jti']);
        self::assertSame(['message' => 'Token revoked successfully.'], $body['/token/revoke']);
        $this->tokenOf($login, $email, $body['/login']);
        self::assertSame(['message' => 'Password changed successfully. Please login again.'], $body['/change-password']);
        self::assertSame(['message' => 'Password reset email sent.'], $body['/forgot-password']);
        self::assertSame(['message' => 'Password updated successfully.'], $body['/reset-password']);
        $this->tokenOf($login, $email, $body['/sso/exchange']);
    }

    /** @return iterable<string, array{string}> */
    public static function bases(): iterable
    {
        yield 'under our name' => ['/wp-json/sallyport/v1'];
        yield "under HeadlessKey's" => ['/wp-json/headlesskey/v1'];
    }

    public function test_without_mail_or_another_site_it_gets_the_documented_refusals(): void
    {
        $said = array_column($this->run_example(['headlesskey-client.mjs', static::site()->url . self::API], static fn (): string => ''), null, 'path');
        self::assertSame([400, 'sallyport_reset_refused'], [$said['/reset-password']['status'], $said['/reset-password']['body']['code']]);
        self::assertSame([401, 'sallyport_sso_refused'], [$said['/sso/exchange']['status'], $said['/sso/exchange']['body']['code']]);
    }

    public function test_a_user_with_a_second_factor_gets_a_challenge_and_with_three_more_lines_a_token(): void
    {
        $person = $this->enrolled();
        $asked = [];
        $said = $this->run_example(
            ['headlesskey-second-factor.mjs', static::site()->url . '/wp-json/headlesskey/v1', $person->login, $person->password],
            static function (string $question) use (&$asked, $person): string {
                $asked[] = $question;
                return count($asked) === 1 ? '000000' : $person->app->code();
            },
        );
        self::assertSame(['your code (totp,backup_code)', 'your code (again)'], $asked);
        self::assertSame([401, 401, 200, 200], array_column($said, 'status'));
        [$first, $wrong, $right, $valid] = array_column($said, 'body');
        self::assertSame('sallyport_second_factor_required', $first['code']);
        self::assertMatchesRegularExpression(self::CHALLENGE, $first['data']['challenge']);
        self::assertArrayNotHasKey('token', $first);
        self::assertSame(['sallyport_invalid_code', 4], [$wrong['code'], $wrong['data']['attempts_left']]);
        $this->tokenOf($person->login, $person->email, $right);
        self::assertSame([true, ['mfa', 'otp', 'pwd']], [$valid['valid'], $valid['data']['amr']]);
    }

    /**
     * @param list<string> $words
     * @param callable(string): string $answer to what is asked
     * @return list<array{path: string, status: int, body: array<string, mixed>}>
     */
    private function run_example(array $words, callable $answer): array
    {
        $process = proc_open(['node', ...$words], [['pipe', 'r'], ['pipe', 'w'], $errors = tmpfile()], $pipes, __DIR__ . '/../../examples');
        $said = [];
        $path = '';
        while (($line = fgets($pipes[1])) !== false) {
            if (preg_match('/^\? (.*)$/', $line, $match) === 1) {
                fwrite($pipes[0], $answer($match[1]) . "\n");
            } elseif (preg_match('~^> POST (\S+) ~', $line, $match) === 1) {
                $path = $match[1];
            } elseif (preg_match('/^< (\d+) (.*)$/', $line, $match) === 1) {
                $said[] = ['path' => $path, 'status' => (int) $match[1], 'body' => json_decode($match[2], true, 16, JSON_THROW_ON_ERROR)];
            }
        }
        $code = proc_close($process);
        rewind($errors);
        self::assertSame([0, ''], [$code, stream_get_contents($errors)]);
        return $said;
    }

    /** @param array<string, mixed> $answer */
    private function tokenOf(string $login, string $email, array $answer): void
    {
        self::assertStringStartsWith('eyJ', $answer['token']);
        self::assertMatchesRegularExpression(self::DATE, $answer['expiration']);
        self::assertMatchesRegularExpression(self::UUID, $answer['jti']);
        $this->user($login, $email, $answer['user']);
    }

    /** @param array<string, mixed> $user */
    private function user(string $login, string $email, array $user): void
    {
        self::assertIsInt($user['ID']);
        self::assertSame([$login, $email, ['subscriber']], [$user['user_login'], $user['user_email'], $user['roles']]);
        self::assertIsString($user['display_name']);
    }

    /** The mail is sent after the answer. */
    private function keyMailedTo(string $email): string
    {
        $login = strstr($email, '@', true);
        for ($i = 0; $i < 200; $i++) {
            foreach (static::site()->mails() as $mail) {
                if (preg_match("/login=$login&key=(\\w+)/", $mail, $match) === 1) {
                    return $match[1];
                }
            }
            usleep(50_000);
        }
        self::fail("no key was mailed to $email");
    }

    /** @return list<string> site key, token and signature, as docs/sso.md makes them */
    private function wordOfAnotherSite(string $email): array
    {
        $b64 = static fn (string $bytes): string => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
        $now = time();
        $head = $b64(json_encode(['alg' => 'HS256', 'typ' => 'sso+jwt'], JSON_THROW_ON_ERROR));
        $body = $b64(json_encode([
            'iss' => 'https://remote.example', 'aud' => static::site()->url, 'sub' => '7', 'iat' => $now, 'exp' => $now + 60,
            'jti' => bin2hex(random_bytes(16)), 'email' => $email, 'email_verified' => true,
        ], JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES));
        $token = "$head.$body." . $b64(hash_hmac('sha256', "$head.$body", self::$secret, true));
        return ['remote-site-id', $token, hash_hmac('sha256', "remote-site-id.$token", self::$secret)];
    }
}
