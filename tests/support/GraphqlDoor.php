<?php

declare(strict_types=1);

namespace Sallyport\Tests;

use Closure;

require_once __DIR__ . '/Door.php';

/** A login that is a mutation of WPGraphQL: its input is a variable, and its refusals are in `errors[].extensions`. */
final class GraphqlDoor extends Door
{
    public const PATH = '/graphql';

    /**
     * @param Closure(?string, ?string): array<string, mixed> $credentials the mutation's input for a user name and a password; null for both if there is a challenge
     * @param string $fields of the login's answer
     */
    private function __construct(Site $site, string $issuer, private readonly Closure $credentials, private readonly string $fields)
    {
        parent::__construct($site, $issuer, self::PATH, 'sallyport');
    }

    public static function wpGraphqlJwt(Site $site): self
    {
        $credentials = static fn (?string $login, ?string $password): array => ['username' => $login ?? '', 'password' => $password ?? ''];
        return new self($site, 'wp_graphql_jwt', $credentials, 'authToken refreshToken user { id databaseId name email }');
    }

    public static function headlessLogin(Site $site): self
    {
        $credentials = static fn (?string $login, ?string $password): array => ['provider' => 'PASSWORD']
            + ($login === null ? [] : ['credentials' => ['username' => $login, 'password' => $password]]);
        return new self($site, 'headless_login', $credentials, 'authToken authTokenExpiration refreshToken refreshTokenExpiration user { id databaseId name email }');
    }

    public function named(array $second): array
    {
        return array_combine(array_map(static fn (string $name): string => 'sallyport' . str_replace('_', '', ucwords($name, '_')), array_keys($second)), $second);
    }

    public function refusal(Response $answer): array
    {
        return isset($answer->json['errors']) || isset($answer->json['data']['login']) ? self::error($answer->json['errors'][0] ?? []) : parent::refusal($answer);
    }

    /** @param array<string, mixed> $error of `errors[]` @return array{status: int, code: ?string, message: string, data: array<string, mixed>} */
    public static function error(array $error): array
    {
        $data = $error['extensions'] ?? [];
        return ['status' => $data['status'] ?? 0, 'code' => $data['code'] ?? null, 'message' => $error['message'] ?? '', 'data' => array_diff_key($data, ['code' => 0])];
    }

    /** One operation, as it is in a body or in a list of several. @param array<string, mixed> $variables @return array<string, mixed> */
    public static function operation(string $query, array $variables = []): array
    {
        return ['query' => $query] + ($variables === [] ? [] : ['variables' => $variables]);
    }

    /** @param array<string, mixed> $second @return array<string, mixed> the input of a login */
    public function input(Person $person, array $second = []): array
    {
        return $this->named($second) + ($this->credentials)($person->login, $person->password);
    }

    /** Several logins in one mutation, by their aliases. @param array<string, array<string, mixed>> $inputs @return array<string, mixed> */
    public function aliases(array $inputs): array
    {
        $names = array_keys($inputs);
        $variables = implode(', ', array_map(static fn (string $name): string => "\$$name: LoginInput!", $names));
        $logins = implode(' ', array_map(fn (string $name): string => "$name: login(input: \$$name) { {$this->fields} }", $names));
        return self::operation("mutation($variables) { $logins }", $inputs);
    }

    protected function request(array $fields, array $headers): array
    {
        $second = array_diff_key($fields, ['username' => 0, 'password' => 0]);
        $input = $second + ($this->credentials)($fields['username'] ?? null, $fields['password'] ?? null);
        $body = self::operation("mutation(\$input: LoginInput!) { login(input: \$input) { {$this->fields} } }", ['input' => $input]);
        return ['POST', $this->path, 'json' => $body, 'headers' => $headers];
    }
}
