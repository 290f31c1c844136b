<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Door;
use Sallyport\Tests\Jwt;
use Sallyport\Tests\Response;
use Sallyport\Tests\SimpleJwtLoginDoor;
use Sallyport\Tests\Site;

require_once __DIR__ . '/IssuerContract.php';
require_once __DIR__ . '/SimpleJwtLoginSite.php';

/** Simple JWT Login, by Nicu Micle, 4.0.0: the stand-in, or SALLYPORT_SIMPLE_JWT_LOGIN=DIR. */
final class SimpleJwtLoginIssuerTest extends IssuerContract
{
    use RestLaws;
    use SimpleJwtLoginSite;

    /** It never takes one: it compares with the account's password alone. */
    public function testAnApplicationPasswordIsNotExchangedForAToken(): void
    {
        $person = $this->someoneEnrolled();
        $answer = $this->door()->submit($person->login, $person->applicationPassword(), ['code' => $person->code()]);
        self::assertSame([401, null], [$answer->status, $this->tokenIn($answer)], (string) $answer);
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

    protected function sign(array $tokens): array
    {
        return array_map(static fn (array $claims): string => Jwt::hs256($claims, ContractSite::SECRET), $tokens);
    }
}
