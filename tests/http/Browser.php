<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

/** A browser: keeps cookies, follows nothing. */
final class Browser
{
    /** @var array<string, string> */
    public array $cookies = ['wordpress_test_cookie' => 'WP%20Cookie%20check'];

    public function __construct(private readonly Site $site)
    {
    }

    /** @param array<string, scalar>|null $form @param array<string, string> $headers @param array<mixed>|null $json */
    public function send(string $method, string $path, ?array $form = null, array $headers = [], ?string $bearer = null, ?array $json = null): Response
    {
        $answer = $this->site->request($method, $path, $json, $form, $headers + ['cookie' => $this->cookie()], $bearer);
        foreach ($answer->headers['set-cookie'] ?? [] as $line) {
            [$pair, $attributes] = explode(';', "$line;", 2);
            [$name, $value] = explode('=', $pair, 2);
            $gone = preg_match('/expires=([^;]+)/i', $attributes, $match) === 1 && strtotime($match[1]) < time();
            if ($gone) {
                unset($this->cookies[$name]);
            } else {
                $this->cookies[$name] = $value;
            }
        }
        return $answer;
    }

    /** The header of that name. */
    public function cookie(): string
    {
        return implode('; ', array_map(static fn (string $name, string $value): string => "$name=$value", array_keys($this->cookies), $this->cookies));
    }

    public function logIn(Person $person, array $more = []): Response
    {
        return $this->send('POST', '/wp-login.php', $more + ['log' => $person->login, 'pwd' => $person->password, 'wp-submit' => 'Log In', 'testcookie' => '1']);
    }

    /** Whether it holds any cookie that would sign it in. */
    public function isSignedIn(): bool
    {
        return preg_grep('/^wordpress_(logged_in_|sec_)?[0-9a-f]{32}$/', array_keys($this->cookies)) !== [];
    }

    /** The nonce REST wants beside a cookie. */
    public function nonce(): string
    {
        return $this->send('GET', '/wp-admin/admin-ajax.php?action=rest-nonce')->body;
    }

    /** Sends a form to a tab of the settings, with the nonce of its own or, where it has none, of another tab: it is good for all of them. @param array<string, scalar> $form */
    public function save(string $page, array $form): Response
    {
        $nonce = fn (string $page): ?string => self::fields($this->send('GET', $page))['_wpnonce'] ?? null;
        return $this->send('POST', $page, $form + ['_wpnonce' => $nonce($page) ?? $nonce(preg_replace('/\btab=\w+/', 'tab=keys', $page))]);
    }

    /** The fields of the form on a page. @return array<string, string> */
    public static function fields(Response $page): array
    {
        preg_match_all('/<input\b[^>]*>/', $page->body, $inputs);
        $fields = [];
        // A box that is not ticked is not sent.
        foreach (preg_grep('/\btype="checkbox"(?!.*\bchecked\b)/', $inputs[0], PREG_GREP_INVERT) as $input) {
            if (preg_match('/\bname="([^"]+)"/', $input, $name)) {
                $fields[$name[1]] = preg_match('/\bvalue="([^"]*)"/', $input, $value) ? html_entity_decode($value[1]) : '';
            }
        }
        return $fields;
    }
}
