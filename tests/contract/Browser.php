<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use PHPUnit\Framework\Assert;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

/** What a browser holds after wp-login.php: the cookies, and the nonce that goes with them. */
final class Browser
{
    /** @param array<string, string> $cookies */
    private function __construct(private readonly Site $site, private readonly array $cookies)
    {
    }

    /** Signs in by the form; with a code, where the second step is asked for. */
    public static function signIn(Site $site, Person $person): self
    {
        $answer = $site->request('POST', '/wp-login.php', form: ['log' => $person->login, 'pwd' => $person->password]);
        if (preg_match('/name="sallyport_challenge" value="([^"]+)"/', $answer->body, $match) === 1) {
            Assert::assertSame([], self::cookiesOf($answer), 'no cookie before the second step');
            $second = ['sallyport_challenge' => $match[1], 'sallyport_code' => $person->code()];
            $answer = $site->request('POST', '/wp-login.php?action=sallyport', form: $second);
        }
        $cookies = self::cookiesOf($answer);
        Assert::assertNotSame([], $cookies, (string) $answer);
        return new self($site, $cookies);
    }

    public function all(): string
    {
        return $this->header($this->cookies);
    }

    /** The one cookie that names the user outside of wp-admin. */
    public function loggedIn(): string
    {
        return $this->header(array_filter($this->cookies, static fn (string $name): bool => str_starts_with($name, 'wordpress_logged_in_'), ARRAY_FILTER_USE_KEY));
    }

    /** @return array<string, string> as a script of the site's own pages sends them */
    public function headers(): array
    {
        $nonce = $this->site->request('GET', '/wp-admin/admin-ajax.php?action=rest-nonce', headers: ['Cookie' => $this->all()]);
        Assert::assertMatchesRegularExpression('/\A[0-9a-f]{10}\z/', $nonce->body);
        return ['Cookie' => $this->all(), 'X-WP-Nonce' => $nonce->body];
    }

    /** @param array<string, string> $cookies */
    private function header(array $cookies): string
    {
        return implode('; ', array_map(static fn (string $name, string $value): string => "$name=$value", array_keys($cookies), $cookies));
    }

    /** @return array<string, string> the user's: name => value */
    private static function cookiesOf(Response $answer): array
    {
        $cookies = [];
        foreach ($answer->headers['set-cookie'] ?? [] as $line) {
            [$name, $value] = explode('=', explode(';', $line)[0], 2);
            if (preg_match('/\Awordpress_(sec_|logged_in_)?[0-9a-f]{32}\z/', $name) === 1 && trim($value) !== '' && trim($value, '+ ') !== '' && !str_starts_with($value, '%20')) {
                $cookies[$name] = $value;
            }
        }
        return $cookies;
    }
}
