<?php

declare(strict_types=1);

namespace Sallyport\Tests;

use RuntimeException;

/** An issuer's login as a client sees it: where it is, and by which names it takes the second step. */
final class Door
{
    /** @param string $prefix what `code`, `challenge` and `factor` are preceded by in the body (contract section 0) */
    public function __construct(
        private readonly Site $site,
        public readonly string $issuer,
        public readonly string $path,
        public readonly string $prefix,
    ) {
    }

    public static function sallyport(Site $site): self
    {
        return new self($site, 'sallyport', '/wp-json/sallyport/v1/token', '');
    }

    public static function tmeister(Site $site): self
    {
        return new self($site, 'tmeister', '/wp-json/jwt-auth/v1/token', 'sallyport_');
    }

    /**
     * User name and password, and what is given of the second step.
     *
     * @param array<string, mixed> $second of code, challenge, factor: without the prefix
     * @param array<string, string> $headers
     */
    public function login(Person $person, array $second = [], array $headers = []): Response
    {
        return $this->site->request(...$this->attempt($person, $second, $headers));
    }

    /** @param array<string, mixed> $second @param array<string, string> $headers */
    public function complete(string $challenge, array $second, array $headers = []): Response
    {
        return $this->site->request('POST', $this->path, json: $this->named(['challenge' => $challenge] + $second), headers: $headers);
    }

    /** The challenge that a right password opens. */
    public function challenge(Person $person): string
    {
        $answer = $this->login($person);
        return $answer->json['data']['challenge'] ?? throw new RuntimeException("no challenge: $answer");
    }

    /** The request of login(), for Site::concurrently(). @param array<string, mixed> $second @param array<string, string> $headers @return array<mixed> */
    public function attempt(Person $person, array $second = [], array $headers = []): array
    {
        return ['POST', $this->path, 'json' => ['username' => $person->login, 'password' => $person->password] + $this->named($second), 'headers' => $headers];
    }

    /** @param array<string, mixed> $second @return array<string, mixed> */
    public function named(array $second): array
    {
        return array_combine(array_map(fn (string $name): string => $this->prefix . $name, array_keys($second)), $second);
    }
}
