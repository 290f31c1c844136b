<?php

declare(strict_types=1);

namespace Sallyport\Tests;

use RuntimeException;

/**
 * An issuer's login as a client sees it: its URL, the names of its fields for the second step, and the format of its refusals.
 *
 * A login that is not a REST call with JSON, or whose refusals have their own envelope, has a class of its own.
 */
class Door
{
    /** @param string $prefix what precedes `code`, `challenge` and `factor` in the body */
    public function __construct(
        protected readonly Site $site,
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
     * Sends user name and password, and the given fields of the second step.
     *
     * @param array<string, mixed> $second of code, challenge, factor: without the prefix
     * @param array<string, string> $headers
     */
    public function login(Person $person, array $second = [], array $headers = []): Response
    {
        return $this->submit($person->login, $person->password, $second, $headers);
    }

    /** @param array<string, mixed> $second @param array<string, string> $headers */
    public function submit(string $login, string $password, array $second = [], array $headers = []): Response
    {
        return $this->site->request(...$this->request(['username' => $login, 'password' => $password] + $this->named($second), $headers));
    }

    /** @param array<string, mixed> $second @param array<string, string> $headers */
    public function complete(string $challenge, array $second, array $headers = []): Response
    {
        return $this->site->request(...$this->request($this->named(['challenge' => $challenge] + $second), $headers));
    }

    /** The challenge that the right password opens. */
    public function challenge(Person $person): string
    {
        $answer = $this->login($person);
        return $this->refusal($answer)['data']['challenge'] ?? throw new RuntimeException("no challenge: $answer");
    }

    /** The request of login(), for Site::concurrently(). @param array<string, mixed> $second @param array<string, string> $headers @return array<mixed> */
    public function attempt(Person $person, array $second = [], array $headers = []): array
    {
        return $this->request(['username' => $person->login, 'password' => $person->password] + $this->named($second), $headers);
    }

    /** @param array<string, mixed> $second @return array<string, mixed> */
    public function named(array $second): array
    {
        return array_combine(array_map(fn (string $name): string => $this->prefix . $name, array_keys($second)), $second);
    }

    /** @return array{status: int, code: ?string, message: string, data: array<string, mixed>} the content of an answer, whatever its envelope; status 0 if it contains two different ones */
    public function refusal(Response $answer): array
    {
        $json = (array) $answer->json;
        $data = (array) ($json['data'] ?? []);
        return [
            'status' => $answer->status === ($data['status'] ?? null) ? $answer->status : 0,
            'code' => $json['code'] ?? null,
            'message' => $json['message'] ?? '',
            'data' => $data,
        ];
    }

    /** The arguments of Site::request(). @param array<string, mixed> $fields with their prefix @param array<string, string> $headers @return array<mixed> */
    protected function request(array $fields, array $headers): array
    {
        return ['POST', $this->path, 'json' => $fields, 'headers' => $headers];
    }
}
