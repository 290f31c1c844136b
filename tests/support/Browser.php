<?php

declare(strict_types=1);

namespace Sallyport\Tests;

use RuntimeException;

/** A browser: stores cookies, and follows no redirects. */
final class Browser
{
    private const NONCE = '/\A[0-9a-f]{10}\z/';

    /** @var array<string, string> */
    public array $cookies = ['wordpress_test_cookie' => 'WP%20Cookie%20check'];

    public function __construct(private readonly Site $site)
    {
    }

    /** @param array<string, scalar>|null $form @param array<string, string> $headers @param array<mixed>|null $json */
    public function send(string $method, string $path, ?array $form = null, array $headers = [], ?string $bearer = null, ?array $json = null): Response
    {
        $answer = $this->site->request($method, $path, $json, $form, $headers + ['cookie' => $this->cookie()], $bearer);
        $this->keep($answer);
        return $answer;
    }

    /** Stores the cookies of an answer: its own, or one that it received in another way. */
    public function keep(Response $answer): void
    {
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
    }

    /** The Cookie header with the one cookie of this name. */
    public function cookie(): string
    {
        return self::header($this->cookies);
    }

    /** The Cookie header with the one cookie that identifies the user outside of wp-admin. */
    public function loggedInCookie(): string
    {
        return self::header(array_filter($this->cookies, static fn (string $name): bool => str_starts_with($name, 'wordpress_logged_in_'), ARRAY_FILTER_USE_KEY));
    }

    /** @return array<string, string> the headers that a script of the site's own pages sends */
    public function headers(): array
    {
        $nonce = $this->nonce();
        preg_match(self::NONCE, $nonce) === 1 || throw new RuntimeException("no nonce: $nonce");
        return ['Cookie' => $this->cookie(), 'X-WP-Nonce' => $nonce];
    }

    /** A browser that has signed in; for a user with a factor, with the next code. */
    public static function signedIn(Site $site, Person $person): self
    {
        $browser = new self($site);
        $browser->signIn($person, $person->app === null ? null : $person->code());
        return $browser;
    }

    /** Signs in by wp-login.php; with a code, if the second step asks for it. */
    public function signIn(Person $person, ?string $code): void
    {
        $page = $this->logIn($person);
        if ($code !== null) {
            !$this->isSignedIn() || throw new RuntimeException("signed in before the second step: $page");
            $page = $this->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $code] + self::fields($page));
        }
        $this->isSignedIn() || throw new RuntimeException("not signed in: $page");
    }

    /** The form with user name and password. @param array<string, scalar> $more */
    public function logIn(Person $person, array $more = []): Response
    {
        return $this->send('POST', '/wp-login.php', $more + ['log' => $person->login, 'pwd' => $person->password, 'wp-submit' => 'Log In', 'testcookie' => '1']);
    }

    /** Whether it has any cookie that would sign it in. */
    public function isSignedIn(): bool
    {
        return preg_grep('/^wordpress_(logged_in_|sec_)?[0-9a-f]{32}$/', array_keys($this->cookies)) !== [];
    }

    /** Whether the site accepts its cookies as a sign-in. */
    public function counts(): bool
    {
        return preg_match(self::NONCE, $this->nonce()) === 1;
    }

    /** The nonce that REST requires beside a cookie; '0' if the browser is not signed in. */
    public function nonce(): string
    {
        return $this->send('GET', '/wp-admin/admin-ajax.php?action=rest-nonce')->body;
    }

    /**
     * Sends a form to a tab of the settings, with the nonce of that tab, or, if it has none, of another tab: the nonce is valid
     * for all of them.
     *
     * @param array<string, scalar> $form
     */
    public function save(string $page, array $form): Response
    {
        $nonce = fn (string $page): ?string => self::fields($this->send('GET', $page))['_wpnonce'] ?? null;
        return $this->send('POST', $page, $form + ['_wpnonce' => $nonce($page) ?? $nonce(preg_replace('/\btab=\w+/', 'tab=keys', $page))]);
    }

    /** A page with one blank for whatever white space: how a template breaks its lines is no matter to a browser. */
    public static function html(Response $page): string
    {
        return preg_replace('/\s+/', ' ', $page->body);
    }

    /** The fields of the form on a page. @return array<string, string> */
    public static function fields(Response $page): array
    {
        preg_match_all('/<input\b[^>]*>/', $page->body, $inputs);
        $fields = [];
        // An unchecked box is not sent.
        foreach (preg_grep('/\btype="checkbox"(?!.*\bchecked\b)/s', $inputs[0], PREG_GREP_INVERT) as $input) {
            if (preg_match('/\bname="([^"]+)"/', $input, $name)) {
                $fields[$name[1]] = preg_match('/\bvalue="([^"]*)"/', $input, $value) ? html_entity_decode($value[1]) : '';
            }
        }
        return $fields;
    }

    /** @param array<string, string> $cookies */
    private static function header(array $cookies): string
    {
        return implode('; ', array_map(static fn (string $name, string $value): string => "$name=$value", array_keys($cookies), $cookies));
    }
}
