<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use PHPUnit\Framework\TestCase;
use Sallyport\Tests\Door;
use Sallyport\Tests\Jwt;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/ContractSite.php';
require_once __DIR__ . '/LoginLaws.php';
require_once __DIR__ . '/AnswerLaws.php';
require_once __DIR__ . '/TokenLaws.php';
require_once __DIR__ . '/CredentialLaws.php';
require_once __DIR__ . '/BridgeLaws.php';
require_once __DIR__ . '/RestLaws.php';
require_once __DIR__ . '/ProbeLaws.php';

/**
 * The laws for every issuer, over real HTTP.
 *
 * To test an issuer of your own (filter `sallyport_issuers`): extend this class in a file of its own, implement the abstract
 * methods, and run
 *
 *     phpunit --bootstrap tests/support/bootstrap.php path/to/YourIssuerTest.php
 *
 * Override site() with a Site::up() that has your plugins. door() returns a Door of your own if the login
 * has its own envelope. The laws need a login that accepts user name and password in one request; a bearer
 * token that core's own routes accept; and a token whose claims can be read (a JWT). If the login is a REST call
 * that accepts JSON, forms and the query alike, `use RestLaws` as well; for another plugin's issuer, `use BridgeLaws`.
 */
abstract class IssuerContract extends TestCase
{
    use LoginLaws;
    use AnswerLaws;
    use TokenLaws;
    use CredentialLaws;

    /** A route that says whose a request is, and one that everybody may read: where the issuer's plugin reads its tokens. */
    protected const ME = '/wp-json/wp/v2/users/me';
    protected const PUBLIC = '/wp-json/wp/v2/types';
    protected const VERIFY = '/wp-json/sallyport/v1/challenge/verify';

    /** The issuer's login. */
    abstract protected function door(): Door;

    /** A login of another issuer on the same site. */
    abstract protected function anotherDoor(): Door;

    abstract protected function tokenIn(Response $answer): ?string;

    /** The part of a native answer that is the same at every login of this user: without tokens, times and random ids. @param array<mixed> $answer @return array<mixed> */
    abstract protected function lasting(array $answer): array;

    /**
     * Signs claims with the issuer's own key, as other code on the site could: everything except the proof is right.
     *
     * @param list<array<string, mixed>> $tokens the claims of each
     * @return list<string>
     */
    abstract protected function sign(array $tokens): array;

    /** The answers of this login to a right password, a wrong one, …, without a factor. @return array<mixed> status and the constant part of the body */
    protected function native(Response $answer): array
    {
        return [$answer->status, $this->lasting((array) $answer->json)];
    }

    protected function site(): Site
    {
        return ContractSite::get();
    }

    protected function someone(): Person
    {
        return Person::withoutFactor($this->site());
    }

    protected function someoneEnrolled(): Person
    {
        return Person::enrolled($this->site());
    }

    /** A token that this user received with a second factor. */
    protected function provenToken(Person $person): string
    {
        return $this->issued($this->door()->login($person, ['code' => $person->code()]), $person);
    }

    /** The token in an answer that let this user in. */
    protected function issued(Response $answer, Person $person): string
    {
        self::assertSame(200, $answer->status, (string) $answer);
        $token = $this->tokenIn($answer);
        self::assertIsString($token);
        $me = $this->site()->request('GET', static::ME, bearer: $token);
        self::assertSame([200, $person->id], [$me->status, $me->json['id'] ?? null], (string) $me);
        return $token;
    }

    protected function assertRefused(int $status, string $code, Response $answer): void
    {
        $refusal = $this->door()->refusal($answer);
        self::assertSame([$status, $code], [$refusal['status'], $refusal['code']], (string) $answer);
        self::assertNotSame('', $refusal['message']);
        self::assertNull($this->tokenIn($answer));
        self::assertNull($answer->header('set-cookie'));
        if (str_starts_with($code, 'sallyport_')) {
            self::assertStringContainsString('no-store', (string) $answer->header('cache-control'));
        }
    }

    /** The members of a refusal besides its code. @return array<string, mixed> */
    protected function given(Response $answer): array
    {
        return $this->door()->refusal($answer)['data'];
    }

    /** Asserts that no REST route accepts this bearer for its user. */
    protected function assertUnacceptable(string $code, string $token): void
    {
        // For a refused credential, a public route must not answer as it does for a guest.
        foreach ([static::ME, static::PUBLIC] as $route) {
            $this->assertTurnedAway($code, $this->site()->request('GET', $route, bearer: $token), $route);
        }
    }

    protected function assertTurnedAway(string $code, Response $answer, string $what): void
    {
        self::assertSame([401, $code], [$answer->status, $answer->json['code'] ?? null], "$what: $answer");
        self::assertSame('Bearer error="invalid_token"', $answer->header('www-authenticate'), $what);
    }

    /** @return array<string, mixed> */
    protected function claims(string $token): array
    {
        return Jwt::claims($token);
    }
}
