<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Browser;
use Sallyport\Tests\GraphqlDoor;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/../support/GraphqlDoor.php';

/** For a login that is a mutation: GraphQL's own types, several mutations in one request, and other fields in the same request. */
trait GraphqlLaws
{
    use BridgeLaws;

    /** A value that is not text does not reach the login: GraphQL itself refuses it. */
    public function testAnythingButTextIsABadRequestAndNotAnAttempt(): void
    {
        $person = $this->someoneEnrolled();
        $challenge = $this->door()->challenge($person);
        foreach ([123456, ['123456'], true, ['code' => '1']] as $code) {
            foreach ([$this->door()->complete($challenge, ['code' => $code]), $this->door()->login($person, ['code' => $code])] as $answer) {
                self::assertLessThanOrEqual(400, $answer->status, (string) $answer);
                self::assertNotSame('', $answer->json['errors'][0]['message'] ?? '', (string) $answer);
                self::assertNull($answer->json['data'] ?? null, (string) $answer);
            }
        }
        foreach ([str_repeat('1', 257), "123456\0"] as $code) {
            $this->assertRefused(400, 'rest_invalid_param', $this->door()->complete($challenge, ['code' => $code]));
            $this->assertRefused(400, 'rest_invalid_param', $this->door()->login($person, ['code' => $code]));
        }
        $answer = $this->door()->complete($challenge, ['code' => $person->wrongCode()]);
        self::assertSame(4, $this->given($answer)['attempts_left'] ?? null, (string) $answer);
    }

    public function testEachOfSeveralLoginsIsDecidedByItself(): void
    {
        [$plain, $enrolled, $proven] = [$this->someone(), $this->someoneEnrolled(), $this->someoneEnrolled()];
        foreach ([false, true] as $batch) {
            $inputs = [
                'a' => $this->door()->input($enrolled),
                'c' => $this->door()->input($enrolled, ['code' => $enrolled->wrongCode()]),
                'b' => $this->door()->input($proven, ['code' => $proven->code()]),
                'd' => $this->door()->input($plain),
            ];
            [$given, $errors, $answer] = $batch ? $this->batch($inputs) : $this->aliases($inputs);
            self::assertSame('sallyport_second_factor_required', GraphqlDoor::error($errors['a'] ?? [])['code'], (string) $answer);
            self::assertSame('sallyport_invalid_code', GraphqlDoor::error($errors['c'] ?? [])['code'], (string) $answer);
            self::assertNull($given['a']);
            self::assertNull($given['c']);
            $this->assertSignedIn($proven, $given['b']['authToken'] ?? null);
            self::assertNull($answer->header('x-sallyport-challenge'), 'there are two');
            // One plugin refuses a login if a login before it in the request has signed somebody in.
            if (isset($given['d'])) {
                $this->assertSignedIn($plain, $given['d']['authToken']);
            }
        }
    }

    public function testNoFieldBesideARefusedLoginRunsAsItsUser(): void
    {
        $person = $this->someoneEnrolled();
        $rename = 'b: updateUser(input: {id: $id, firstName: $name}) { user { databaseId } }';
        $variables = ['a' => $this->door()->input($person), 'id' => base64_encode("user:$person->id"), 'name' => 'renamed'];
        $query = "mutation(\$a: LoginInput!, \$id: ID!, \$name: String) { a: login(input: \$a) { authToken } $rename }";
        $answer = $this->graphql($query, $variables);
        self::assertSame([null, null], [$answer->json['data']['a'], $answer->json['data']['b']], (string) $answer);
        self::assertSame('', $this->site()->php('return get_user_meta((int) $argv[1], "first_name", true);', [(string) $person->id]));
        $variables['a'] = $this->door()->input($person, ['code' => $person->code()]);
        $answer = $this->graphql($query, $variables);
        self::assertSame($person->id, $answer->json['data']['b']['user']['databaseId'] ?? null, "the positive control: after the code it does: $answer");
    }

    public function testFieldsAfterALoginAreNotPartOfIt(): void
    {
        $person = $this->someone();
        $answer = $this->door()->login($person, headers: ['X-Probe-Switch' => (string) $this->someoneEnrolled()->id]);
        $this->assertSignedIn($person, $this->tokenIn($answer), (string) $answer);
    }

    public function testASecondStepThatIsAskedForFiresNoFailedLogin(): void
    {
        $person = $this->someoneEnrolled();
        self::assertNotNull($this->door()->submit($person->login, 'not theirs')->header('x-probe-login-failed'), 'the positive control');
        self::assertNull($this->door()->login($person)->header('x-probe-login-failed'));
        self::assertNull($this->door()->login($person, ['code' => $person->wrongCode()])->header('x-probe-login-failed'));
    }

    public function testTheMutationThatRefreshes(): void
    {
        $person = $this->someone();
        $refresh = $this->refreshToken($person);
        $this->assertSignedIn($person, $this->refreshedToken($refresh), 'without a factor');
        $person->enrol();
        $answer = $this->refreshed($refresh);
        $this->assertWithheld('sallyport_token_unproven', $answer);
        self::assertSame(200, $answer->status, 'other fields of the request may have succeeded');
        $proven = $this->refreshToken($person, ['code' => $person->code()]);
        $token = $this->refreshedToken($proven);
        $this->assertSignedIn($person, $token, 'with the code');
        self::assertArrayNotHasKey('sp', $this->claims($proven), 'a refresh token carries its proof under another name');
        self::assertSame($this->claims($proven)['spr']['at'], $this->claims($token)['sp']['at'], 'the proof is inherited');
        $person->changePassword('another password');
        $this->assertWithheld('sallyport_token_stale', $this->refreshed($proven));
    }

    public function testTheFieldsOfAUser(): void
    {
        $person = $this->someone();
        $old = $this->issued($this->door()->login($person), $person);
        $cookie = Browser::signedIn($this->site(), $person)->headers();
        $ask = fn (array $headers): Response => $this->graphql(self::FIELDS, headers: $headers);
        foreach (['bearer' => ['Authorization' => "Bearer $old"], 'cookie' => $cookie] as $what => $headers) {
            $this->assertSignedIn($person, $this->fields($ask($headers))['authToken'], "without a factor, by $what");
        }
        $person->enrol();
        foreach (['bearer' => ['Authorization' => "Bearer $old"], 'cookie' => $cookie] as $headers) {
            $answer = $ask($headers);
            $this->assertNoToken($answer);
            self::assertNull($this->fields($answer)['userSecret'], (string) $answer);
        }
        $proven = ['bearer' => ['Authorization' => 'Bearer ' . $this->provenToken($person)], 'cookie' => Browser::signedIn($this->site(), $person)->headers()];
        foreach ($proven as $what => $headers) {
            $given = $this->fields($ask($headers));
            $this->assertSignedIn($person, $given['authToken'], "with the code, by $what");
            $this->assertSignedIn($person, $this->refreshedToken((string) $given['refreshToken']), $what);
        }
    }

    public function testARefusedCredentialIsAnErrorAndNotAGuestInGraphqlToo(): void
    {
        $person = $this->someone();
        $old = $this->issued($this->door()->login($person), $person);
        $person->enrol();
        $query = '{ generalSettings { title } viewer { databaseId } }';
        foreach (['sallyport_token_unproven' => $old, 'sallyport_token_invalid' => $this->door()->challenge($person)] as $code => $bearer) {
            foreach ([GraphqlDoor::operation($query), [GraphqlDoor::operation($query), GraphqlDoor::operation($query)]] as $body) {
                $answer = $this->site()->request('POST', GraphqlDoor::PATH, json: $body, bearer: $bearer);
                foreach (array_is_list($body) ? $answer->json : [$answer->json] as $one) {
                    self::assertSame([401, $code], [$answer->status, $one['errors'][0]['extensions']['code'] ?? null], (string) $answer);
                    self::assertArrayNotHasKey('data', $one);
                }
                self::assertSame('Bearer error="invalid_token"', $answer->header('www-authenticate'));
            }
        }
        $token = $this->provenToken($person);
        $answer = $this->graphql($query, bearer: $token, headers: ['Cookie' => Browser::signedIn($this->site(), $this->someone())->loggedInCookie()]);
        self::assertSame([400, 'sallyport_ambiguous'], [$answer->status, $this->door()->refusal($answer)['code']], (string) $answer);
        $answer = $this->graphql($query, bearer: $token);
        self::assertSame($person->id, $answer->json['data']['viewer']['databaseId'] ?? null, (string) $answer);
    }

    public function testATokenOfSallyportsOwnIsTheUserInGraphqlToo(): void
    {
        foreach ([$this->someone(), $this->someoneEnrolled()] as $i => $person) {
            $token = $this->anotherDoor()->login($person, $i === 0 ? [] : ['code' => $person->code()])->json['token'];
            $answer = $this->graphql('{ viewer { databaseId } }', bearer: $token);
            self::assertSame([200, $person->id], [$answer->status, $answer->json['data']['viewer']['databaseId'] ?? null], (string) $answer);
            $answer = $this->graphql('{ viewer { databaseId } }', bearer: substr($token, 0, -4) . 'AAAA');
            self::assertSame(401, $answer->status, (string) $answer);
        }
    }

    public function testChangingTheAddressRequiresAFreshProof(): void
    {
        $person = $this->someoneEnrolled();
        $given = $this->door()->login($person, ['code' => $person->code(), 'trust_device' => true]);
        $change = fn (Response $login): Response => $this->graphql(
            'mutation($id: ID!, $email: String) { updateUser(input: {id: $id, email: $email}) { user { databaseId } } }',
            ['id' => base64_encode("user:$person->id"), 'email' => "another.$person->email"],
            (string) $this->tokenIn($login),
        );
        $answer = $change($this->door()->login($person, ['device' => $given->header('x-sallyport-device')]));
        self::assertSame('sallyport_step_up_required', $this->door()->refusal($answer)['code'], (string) $answer);
        $answer = $change($given);
        self::assertSame($person->id, $answer->json['data']['updateUser']['user']['databaseId'] ?? null, (string) $answer);
    }

    public function testATrustedDeviceReplacesTheCode(): void
    {
        $person = $this->someoneEnrolled();
        $answer = $this->door()->login($person, ['code' => $person->code(), 'trust_device' => true]);
        $this->issued($answer, $person);
        $secret = $answer->header('x-sallyport-device');
        self::assertIsString($secret);
        $this->issued($this->door()->login($person, ['device' => $secret]), $person);
        $this->assertRefused(401, 'sallyport_second_factor_required', $this->door()->login($person, ['device' => strrev($secret)]));
    }

    public function testStrictModeSendsProvenTokens(): void
    {
        $set = 'update_option("sallyport_settings", ["strict" => $argv[1] === "on"] + (array) get_option("sallyport_settings")); return 1;';
        $this->site()->php($set, ['on']);
        try {
            $plain = $this->someone();
            $this->issued($this->door()->login($plain), $plain);
            $person = $this->someoneEnrolled();
            self::assertNotSame('', $this->refreshToken($person, ['code' => $person->code()]));
            $this->issued($this->door()->complete($this->door()->challenge($person), ['code' => $person->code()]), $person);
        } finally {
            $this->site()->php($set, ['off']);
        }
    }

    public function testAPreflightMaySendTheSecondStepInHeaders(): void
    {
        $answer = $this->site()->request('OPTIONS', GraphqlDoor::PATH, headers: ['Origin' => 'https://app.example', 'Access-Control-Request-Method' => 'POST']);
        self::assertStringContainsStringIgnoringCase('X-Sallyport-Code', (string) $answer->header('access-control-allow-headers'));
        self::assertStringNotContainsStringIgnoringCase('X-Sallyport', (string) $this->graphql('{ generalSettings { title } }')->header('access-control-allow-headers'));
    }

    /** If a guard is removed, the probe says which door is open. */
    public function testTheProbeKnocksOnItsDoors(): void
    {
        $issuer = $this->door()->issuer;
        $doors = $this->probe();
        foreach (['login', $this->refreshing(), 'login: the token from before the enrolment'] as $door) {
            self::assertSame('shut', $doors["$issuer: $door"] ?? null, "$door: " . json_encode($doors));
        }
        self::assertNotContains('open', $doors, (string) json_encode($doors));
        self::assertSame($this->notKnocked(), array_keys($doors, 'not knocked', true));
        $put = 'wp_mkdir_p(WPMU_PLUGIN_DIR); file_put_contents(WPMU_PLUGIN_DIR . "/holes.php", base64_decode($argv[1])); update_option("holes", array_slice($argv, 2)); return 1;';
        $holes = base64_encode((string) file_get_contents(__DIR__ . '/../fixtures/holes/holes.php'));
        try {
            $this->site()->php($put, [$holes, 'graphql']);
            self::assertSame('open', $this->probe()["$issuer: " . $this->refreshing()] ?? null);
        } finally {
            $this->site()->php('unlink(WPMU_PLUGIN_DIR . "/holes.php"); return 1;');
        }
    }

    /** @return array<string, string> door => verdict */
    private function probe(): array
    {
        [, $out, $said] = $this->site()->command('probe', '--format=json');
        return array_column(json_decode($out, true) ?? self::fail($said), 'verdict', 'door');
    }

    /** @return list<string> the doors that cannot be tried with a password alone */
    protected function notKnocked(): array
    {
        return [];
    }

    /** The mutation that refreshes; it returns self::REFRESH. */
    abstract protected function refreshing(): string;

    /** The values of self::FIELDS. @return array{authToken: ?string, refreshToken: ?string, userSecret: ?string} */
    abstract protected function fields(Response $answer): array;

    /** Requests in addition to those for all such plugins. @return array<string, array<mixed>> */
    protected function moreRequests(Person $person): array
    {
        return [];
    }

    /** @param array<string, array<string, mixed>> $answers */
    protected function assertServed(array $answers): void
    {
        self::assertStringContainsString('TOKEN', $answers['login']['body']);
    }

    public function testNothingWasLogged(): void
    {
        self::assertSame([], $this->site()->logged(), 'no notice, warning or error of PHP in all of the above');
    }

    protected function tokenIn(Response $answer): ?string
    {
        return $answer->json['data']['login']['authToken'] ?? null;
    }

    protected function lasting(array $answer): array
    {
        unset($answer['extensions']); // WPGraphQL's debugging output
        foreach (['authToken', 'refreshToken', 'authTokenExpiration', 'refreshTokenExpiration'] as $name) {
            unset($answer['data']['login'][$name]);
        }
        return $answer;
    }

    protected function anotherDoor(): \Sallyport\Tests\Door
    {
        return \Sallyport\Tests\Door::sallyport($this->site());
    }

    /** @param array<string, mixed> $variables @param array<string, string> $headers */
    protected function graphql(string $query, array $variables = [], ?string $bearer = null, array $headers = []): Response
    {
        return $this->site()->request('POST', GraphqlDoor::PATH, json: GraphqlDoor::operation($query, $variables), bearer: $bearer, headers: $headers);
    }

    /** The user of a token, in REST. */
    protected function assertSignedIn(Person $person, mixed $token, string $why = ''): void
    {
        self::assertIsString($token, $why);
        $me = $this->site()->request('GET', self::ME, bearer: $token);
        self::assertSame([200, $person->id], [$me->status, $me->json['id'] ?? null], "$why $me");
    }

    /** The code of the first error, after checking that the answer contains no token. */
    protected function assertWithheld(string $code, Response $answer): void
    {
        self::assertSame($code, $this->door()->refusal($answer)['code'], (string) $answer);
        $this->assertNoToken($answer);
    }

    protected function assertNoToken(Response $answer): void
    {
        self::assertStringNotContainsString('eyJ', $answer->body);
        foreach (['x-jwt-auth', 'x-jwt-refresh', 'x-wpgraphql-login-token', 'x-wpgraphql-login-refresh-token'] as $name) {
            self::assertNull($answer->header($name), $name);
        }
        self::assertNull($answer->header('set-cookie'));
    }

    /** The refresh token of a login. @param array<string, mixed> $second */
    protected function refreshToken(Person $person, array $second = []): string
    {
        $answer = $this->door()->login($person, $second);
        $this->issued($answer, $person);
        return $answer->json['data']['login']['refreshToken'];
    }

    private function refreshed(string $token): Response
    {
        return $this->graphql(self::REFRESH, ['token' => $token]);
    }

    private function refreshedToken(string $token): ?string
    {
        return $this->refreshed($token)->json['data'][$this->refreshing()]['authToken'] ?? null;
    }

    /** @param array<string, array<string, mixed>> $inputs @return array{array<string, mixed>, array<string, mixed>, Response} */
    private function aliases(array $inputs): array
    {
        $answer = $this->site()->request('POST', GraphqlDoor::PATH, json: $this->door()->aliases($inputs));
        $errors = $answer->json['errors'] ?? [];
        return [$answer->json['data'] ?? [], array_combine(array_map(static fn (array $error): string => $error['path'][0], $errors), $errors), $answer];
    }

    /** @param array<string, array<string, mixed>> $inputs @return array{array<string, mixed>, array<string, mixed>, Response} */
    private function batch(array $inputs): array
    {
        $body = array_values(array_map(fn (string $name, array $input): array => $this->door()->aliases([$name => $input]), array_keys($inputs), $inputs));
        $answer = $this->site()->request('POST', GraphqlDoor::PATH, json: $body);
        self::assertCount(count($inputs), $answer->json, (string) $answer);
        $errors = array_filter(array_combine(array_keys($inputs), array_map(static fn (array $one): mixed => $one['errors'][0] ?? null, $answer->json)));
        return [array_merge(...array_column($answer->json, 'data')), $errors, $answer];
    }

    /** @return array<string, array<string, mixed>> the request => status, headers and body of the answer */
    protected function answersTo(Person $person): array
    {
        $door = $this->door();
        $login = $door->attempt($person);
        $token = (string) $this->tokenIn($door->login($person));
        $requests = [
            'login' => $login,
            'wrong password' => ['json' => $this->with($login, $door->input($this->withPassword($person, 'not theirs')))] + $login,
            'two in one' => ['json' => $door->aliases(['a' => $door->input($person), 'b' => $door->input($person)])] + $login,
            'a batch' => ['json' => [$login['json'], GraphqlDoor::operation('{ generalSettings { title } }')]] + $login,
            'a token' => ['POST', GraphqlDoor::PATH, 'json' => GraphqlDoor::operation('{ viewer { databaseId } }'), 'bearer' => $token],
            'a bad token' => ['POST', GraphqlDoor::PATH, 'json' => GraphqlDoor::operation('{ viewer { databaseId } }'), 'bearer' => 'a.b.c'],
            'a guest' => ['POST', GraphqlDoor::PATH, 'json' => GraphqlDoor::operation('{ viewer { databaseId } }')],
            'nonsense' => ['POST', GraphqlDoor::PATH, 'json' => GraphqlDoor::operation('{ nonsense }')],
            'me' => ['GET', self::ME, 'bearer' => $token],
            'me, with a bad token' => ['GET', self::ME, 'bearer' => 'a.b.c'],
            'refresh' => ['POST', GraphqlDoor::PATH, 'json' => GraphqlDoor::operation(self::REFRESH, ['token' => $this->refreshToken($person)])],
            'a bad refresh token' => ['POST', GraphqlDoor::PATH, 'json' => GraphqlDoor::operation(self::REFRESH, ['token' => 'a.b.c'])],
            'fields' => ['POST', GraphqlDoor::PATH, 'json' => GraphqlDoor::operation(self::FIELDS), 'bearer' => $token],
        ] + $this->moreRequests($person);
        return array_map($this->constant(...), $this->site()->concurrently($requests));
    }

    /** @param array<mixed> $request @param array<string, mixed> $input @return array<string, mixed> */
    private function with(array $request, array $input): array
    {
        return ['variables' => ['input' => $input]] + $request['json'];
    }

    private function withPassword(Person $person, string $password): Person
    {
        $other = clone $person;
        $other->password = $password;
        return $other;
    }

    /** @return array<string, mixed> an answer without the parts that differ between requests */
    private function constant(Response $answer): array
    {
        $body = (string) preg_replace(['/eyJ[\w.-]+/', '/"\d{10}"/'], ['TOKEN', '"TIME"'], $answer->body);
        $headers = array_diff_key($answer->headers, ['date' => 0, 'content-length' => 0]);
        $headers = array_map(static fn (array $values): array => preg_replace('/eyJ[\w.-]+/', 'TOKEN', $values), $headers);
        return ['status' => $answer->status, 'headers' => $headers, 'body' => $body];
    }
}
