<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

/** For a login that is a REST call: JSON, form and query are three ways to send the same value, or two different ones. */
trait RestLaws
{
    public function testAFormServesAsWellAsJson(): void
    {
        $person = $this->someoneEnrolled();
        $form = ['username' => $person->login, 'password' => $person->password] + $this->door()->named(['code' => $person->code()]);
        $this->issued($this->site()->request('POST', $this->door()->path, form: $form), $person);
    }

    public function testACodeInTheUrlIsRefusedAndNotChecked(): void
    {
        $person = $this->someoneEnrolled();
        $code = $person->code();
        $challenge = $this->door()->challenge($person);
        $query = '?' . http_build_query($this->door()->named(['code' => $code]));
        foreach (['code in the address alone' => [], 'and in the body' => ['code' => $code]] as $what => $second) {
            $login = ['username' => $person->login, 'password' => $person->password] + $this->door()->named($second);
            $this->assertRefused(400, 'sallyport_code_in_url', $this->site()->request('POST', $this->door()->path . $query, json: $login));
            $completion = $this->door()->named(['challenge' => $challenge] + $second);
            $this->assertRefused(400, 'sallyport_code_in_url', $this->site()->request('POST', $this->door()->path . $query, json: $completion));
        }
        $this->issued($this->door()->complete($challenge, ['code' => $code]), $person);
    }

    public function testAPageThatLogsInCanReadTheSecretOfItsTrustedDevice(): void
    {
        $person = $this->someoneEnrolled();
        // Every site lets its own pages read this header.
        $answer = $this->door()->login($person, ['code' => $person->code(), 'trust_device' => true], ['Origin' => $this->site()->url]);
        $this->issued($answer, $person);
        self::assertIsString($answer->header('x-sallyport-device'));
        $exposed = preg_split('/,\s*/', (string) $answer->header('access-control-expose-headers'));
        self::assertContains('X-Sallyport-Device', $exposed);
        self::assertContains('X-WP-Total', $exposed, 'the headers that core exposes stay');
    }

    public function testContradictingFormJsonAndQueryNeverNameTheEnrolledUser(): void
    {
        [$plain, $enrolled] = [$this->someone(), $this->someoneEnrolled()];
        $requests = $this->disagreements(
            ['username' => $plain->login, 'password' => $plain->password],
            ['username' => $enrolled->login, 'password' => $enrolled->password],
        );
        $in = 0;
        foreach ($this->site()->concurrently($requests) as $what => $answer) {
            self::assertLessThan(500, $answer->status, "$what: $answer");
            $token = $this->tokenIn($answer);
            self::assertDoesNotMatchRegularExpression('/wordpress_/', (string) $answer->header('set-cookie'), $what);
            if ($token === null) {
                self::assertNull($answer->header('set-cookie'), $what);
            } else {
                $in++;
                $me = $this->site()->request('GET', static::ME, bearer: $token);
                self::assertSame($plain->id, $me->json['id'] ?? null, "$what: $answer");
            }
        }
        self::assertGreaterThan(0, $in, 'some of them are logins of the user without a factor');
    }

    /**
     * Two logins in one request: complete or in part, one in the query, one in the body, of every kind.
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
