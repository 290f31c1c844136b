<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

require_once __DIR__ . '/Browser.php';

/** Other credentials at a login, and requests that say two things. */
trait CredentialLaws
{
    public function testAnApplicationPasswordIsNotExchangedForAToken(): void
    {
        $person = $this->someoneEnrolled();
        $login = ['username' => $person->login, 'password' => $person->applicationPassword()];
        $this->assertRefused(403, 'sallyport_app_password_not_exchangeable', $this->site()->request('POST', $this->door()->path, json: $login));
        $code = $person->code();
        $withCode = $this->site()->request('POST', $this->door()->path, json: $login + $this->door()->named(['code' => $code]));
        $this->assertRefused(403, 'sallyport_app_password_not_exchangeable', $withCode);
        $this->issued($this->door()->login($person, ['code' => $code]), $person);
    }

    public function testAProvenCookieDoesNotStandForTheCode(): void
    {
        $person = $this->someoneEnrolled();
        $cookie = Browser::signIn($this->site(), $person);
        self::assertSame(200, $this->site()->request('GET', self::ME, headers: $cookie->headers())->status, 'the cookie itself is proven');
        foreach ([$cookie->headers(), ['Cookie' => $cookie->all()]] as $headers) {
            $this->assertRefused(401, 'sallyport_second_factor_required', $this->door()->login($person, headers: $headers));
        }
    }

    public function testAProvenTokenDoesNotStandForTheCode(): void
    {
        $person = $this->someoneEnrolled();
        $headers = ['Authorization' => 'Bearer ' . $this->provenToken($person)];
        $this->assertRefused(401, 'sallyport_second_factor_required', $this->door()->login($person, headers: $headers));
    }

    public function testFormJsonAndAddressThatDisagreeNeverNameTheEnrolledUser(): void
    {
        [$plain, $enrolled] = [$this->someone(), $this->someoneEnrolled()];
        $requests = $this->disagreements(
            ['username' => $plain->login, 'password' => $plain->password],
            ['username' => $enrolled->login, 'password' => $enrolled->password],
        );
        $in = 0;
        foreach ($this->site()->concurrently($requests) as $what => $answer) {
            self::assertLessThan(500, $answer->status, "$what: $answer");
            self::assertNull($answer->header('set-cookie'), $what);
            $token = $this->tokenIn($answer);
            if ($token !== null) {
                $in++;
                $me = $this->site()->request('GET', self::ME, bearer: $token);
                self::assertSame($plain->id, $me->json['id'] ?? null, "$what: $answer");
            }
        }
        self::assertGreaterThan(0, $in, 'some of them are logins of the user without a factor');
    }

    /**
     * Two log-ins in one request: whole or in halves, one in the address, one in the body, of every kind.
     *
     * @param array<string, string> $plain @param array<string, string> $enrolled
     * @return array<string, array<mixed>>
     */
    private function disagreements(array $plain, array $enrolled): array
    {
        $logins = [$plain, $enrolled, ['username' => $plain['username']] + $enrolled, ['username' => $enrolled['username']] + $plain];
        array_push($logins, ['username' => $enrolled['username']], ['password' => $enrolled['password']]);
        $requests = [];
        foreach ($logins as $address) {
            foreach ($logins as $body) {
                $bodies = [
                    'JSON' => ['json' => $body],
                    'form' => ['form' => $body],
                    'JSON called text' => ['form' => json_encode($body), 'headers' => ['Content-Type' => 'text/plain']],
                ];
                foreach ($address === $body ? [] : $bodies as $kind => $sent) {
                    $query = http_build_query($address);
                    $requests["$kind $query / " . json_encode($body)] = ['POST', $this->door()->path . "?$query"] + $sent;
                }
            }
        }
        return $requests;
    }
}
