<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Door;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/IssuerContract.php';
require_once __DIR__ . '/SimpleJwtLoginSite.php';

/** Simple JWT Login, by Nicu Micle, 4.0.0: the stand-in, or SALLYPORT_SIMPLE_JWT_LOGIN=DIR. */
final class SimpleJwtLoginIssuerTest extends IssuerContract
{
    use BridgeLaws;
    use RestLaws;
    use SimpleJwtLoginSite;
    use ProbeLaws;

    /** It never accepts one: it compares only with the account's password. */
    public function testAnApplicationPasswordIsNotExchangedForAToken(): void
    {
        $person = $this->someoneEnrolled();
        $answer = $this->door()->submit($person->login, $person->applicationPassword(), ['code' => $person->code()]);
        self::assertSame([401, null], [$answer->status, $this->tokenIn($answer)], (string) $answer);
    }

    /** @param array<string, array<string, mixed>> $answers */
    protected function assertServed(array $answers): void
    {
        self::assertSame([200, 401, 422], array_values(array_unique(array_column(array_slice($answers, 0, 7), 'status'))));
    }

    /** @return array<string, array<string, mixed>> the request => status, headers and body of the answer */
    protected function answersTo(Person $person): array
    {
        $path = self::NAMESPACE . '/auth';
        $right = ['username' => $person->login, 'password' => $person->password];
        $first = $this->site()->request('POST', $path, json: $right);
        $token = (string) $this->tokenIn($first);
        $requests = [
            'json' => ['POST', $path, 'json' => $right],
            'form' => ['POST', $path, 'form' => $right],
            'address' => ['POST', "$path?" . http_build_query($right)],
            'by e-mail' => ['POST', $path, 'json' => ['email' => $person->email, 'password' => $person->password]],
            'wrong password' => ['POST', $path, 'json' => ['password' => 'not theirs'] + $right],
            'unknown user' => ['POST', $path, 'json' => ['username' => 'nobody-of-that-name'] + $right],
            'no password' => ['POST', $path, 'json' => ['username' => $person->login]],
            'refresh' => ['POST', "$path/refresh", 'json' => ['refresh_token' => $first->json['data']['refresh_token']]],
            'refresh by nothing' => ['POST', "$path/refresh"],
            'validate' => ['POST', "$path/validate", 'bearer' => $token],
            'validate a bad token' => ['POST', "$path/validate", 'bearer' => 'a.b.c'],
            'api keys of nobody' => ['POST', self::NAMESPACE . '/api-keys', 'json' => ['name' => 'x']],
            'a token' => ['GET', self::ME, 'bearer' => $token],
            'a bad token' => ['GET', self::ME, 'bearer' => 'a.b.c'],
            'a bad key' => ['GET', self::ME, 'headers' => ['X-API-Key' => 'x']],
            'another method' => ['GET', $path],
        ];
        return array_map(fn (Response $answer): array => $this->constant($answer, $token), $this->site()->concurrently($requests));
    }

    /** @return array<string, mixed> an answer without the parts that differ between requests */
    private function constant(Response $answer, string $token): array
    {
        $claims = $this->tokenIn($answer) === null ? [] : $this->claims((string) $this->tokenIn($answer));
        $body = str_replace([$token, (string) $this->tokenIn($answer), (string) ($answer->json['data']['refresh_token'] ?? '-')], 'TOKEN', $answer->body);
        return [
            'status' => $answer->status,
            'headers' => array_diff_key($answer->headers, ['date' => 0, 'content-length' => 0]),
            'body' => preg_replace('/"(iat|exp|expire_in)":\d+/', '"$1":0', $body),
            'claims' => array_diff_key($claims, ['iat' => 0, 'exp' => 0]),
            'lives' => isset($claims['exp']) ? $claims['exp'] - $claims['iat'] : null,
        ];
    }

    protected function opens(): array
    {
        return [
            'simple-jwt-login' => ['simple-jwt-login: auth', 'simple-jwt-login: auth/refresh'],
            'switches simple-jwt-login-routes' => [
                'simple-jwt-login: api-keys',
                'simple-jwt-login: API key from before the enrolment',
                'simple-jwt-login: auth: the token from before the enrolment',
            ],
        ];
    }

    protected function notKnocked(): array
    {
        return ['simple-jwt-login: oauth/token, github', 'simple-jwt-login: user/reset_password with a token'];
    }

    public function testTheProbeLeavesNoApiKey(): void
    {
        $this->probed('switches simple-jwt-login-routes');
        $visitor = $this->site()->php('global $wpdb; return (int) json_decode($wpdb->get_var("SELECT detail FROM {$wpdb->base_prefix}sallyport_activity WHERE event = \'probe_run\' ORDER BY id DESC LIMIT 1"), true)["visitor"];');
        self::assertGreaterThan(0, $visitor);
        self::assertSame(0, $this->apiKeysOf($visitor));
    }

    public function testNeitherDoesAProbeThatDied(): void
    {
        $login = 'sallyport-probe-' . bin2hex(random_bytes(4));
        $id = $this->site()->php('return wp_insert_user(["user_login" => $argv[1], "user_email" => Sallyport\WP\Probe\Visitor::address(), "user_pass" => "theirs", "role" => "subscriber", "user_registered" => gmdate("Y-m-d H:i:s", time() - 1000)]);', [$login]);
        $token = $this->tokenIn($this->door()->submit($login, 'theirs'));
        $this->site()->request('POST', self::NAMESPACE . '/api-keys', json: ['name' => 'a key', 'permissions' => ['read']], bearer: $token);
        self::assertSame(1, $this->apiKeysOf($id));
        $this->site()->php('do_action("sallyport_housekeeping");');
        self::assertSame([0, false], [$this->apiKeysOf($id), $this->site()->php('return (bool) get_userdata((int) $argv[1]);', [(string) $id])]);
    }

    private function apiKeysOf(int $user_id): int
    {
        return $this->site()->php('global $wpdb; return (new SimpleJWTLogin\Repositories\ApiKey\ApiKeyRepository($wpdb))->findByUserId((int) $argv[1], 1, 10)["total"];', [(string) $user_id]);
    }

    protected function anotherDoor(): Door
    {
        return Door::sallyport($this->site());
    }

    protected function lasting(array $answer): array
    {
        unset($answer['data']['jwt'], $answer['data']['refresh_token']);
        return $answer;
    }
}
