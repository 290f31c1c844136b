<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use PHPUnit\Framework\TestCase;
use Sallyport\Tests\Browser;
use Sallyport\Tests\Jwt;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/SimpleJwtLoginDoors.php';

/** What Simple JWT Login 4 allows with a token or an API key: one from before the factor, one without a proof, and one with a proof. */
final class SimpleJwtLoginDoorsTest extends TestCase
{
    use SimpleJwtLoginDoors;

    public function testAutologinSetsACookieOnlyForAProvenToken(): void
    {
        $person = $this->someone();
        $login = fn (string $token): Response => $this->site()->request('GET', self::NAMESPACE . '/autologin?JWT=' . $token);
        $old = (string) $this->tokenIn($this->door()->login($person));
        self::assertSame($person->id, $this->whoseCookie($login($old)));
        $person->enrol();
        $this->refused(401, 'sallyport_token_unproven', $login($old));
        $proven = (string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()]));
        self::assertSame($person->id, $this->whoseCookie($login($proven)));
        $beside = ['Cookie' => Browser::signedIn($this->site(), $this->someone())->loggedInCookie()];
        $this->refused(400, 'sallyport_ambiguous', $this->site()->request('GET', self::NAMESPACE . '/autologin?JWT=' . $proven, headers: $beside));
        $person->changePassword('another password');
        $this->refused(401, 'sallyport_token_stale', $login($proven));
    }

    public function testResettingAPasswordByATokenRequiresAFreshProof(): void
    {
        $person = $this->someone();
        $reset = fn (string $token): Response => $this->site()->request(
            'PUT',
            self::NAMESPACE . '/user/reset_password',
            json: ['email' => $person->email, 'new_password' => 'a new password'],
            bearer: $token,
        );
        $hash = fn (): string => $this->site()->php('return get_userdata((int) $argv[1])->user_pass;', [(string) $person->id]);
        $old = (string) $this->tokenIn($this->door()->login($person));
        self::assertSame(200, $reset($old)->status);
        self::assertFalse($this->site()->plugin('return $plugin->proven_emails()->is_proven((int) $argv[1]);', [(string) $person->id]), 'nothing was mailed there');
        $person->password = 'a new password';
        $person->enrol();
        $before = $hash();
        $this->refused(401, 'sallyport_token_unproven', $reset($old));
        $this->refused(401, 'sallyport_step_up_required', $reset($this->aged($person)));
        self::assertSame($before, $hash());
        self::assertSame(200, $reset((string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()])))->status);
        self::assertNotSame($before, $hash());
    }

    public function testAResetByAMailedCodeIsUnchanged(): void
    {
        $person = $this->someoneEnrolled();
        $key = $this->site()->php('return get_password_reset_key(get_userdata((int) $argv[1]));', [(string) $person->id]);
        $answer = $this->site()->request('PUT', self::NAMESPACE . '/user/reset_password', json: ['email' => $person->email, 'new_password' => 'a new password', 'code' => $key]);
        self::assertSame([200, true], [$answer->status, $answer->json['success']], (string) $answer);
        $person->password = 'a new password';
        $this->refused(401, 'sallyport_second_factor_required', $this->door()->login($person));
    }

    public function testDeletingAnAccountByATokenRequiresAFreshProof(): void
    {
        $delete = fn (string $token): Response => $this->site()->request('DELETE', self::NAMESPACE . '/users', bearer: $token);
        $person = $this->someone();
        $old = (string) $this->tokenIn($this->door()->login($person));
        $person->enrol();
        $this->refused(401, 'sallyport_token_unproven', $delete($old));
        $this->refused(401, 'sallyport_step_up_required', $delete($this->aged($person)));
        self::assertSame(200, $delete((string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()])))->status);
        self::assertFalse($this->site()->php('return is_user_member_of_blog((int) $argv[1]);', [(string) $person->id]), 'on a network the account itself stays');
        $plain = $this->someone();
        self::assertSame(200, $delete((string) $this->tokenIn($this->door()->login($plain)))->status);
    }

    public function testAnApiKeyWorksForAnEnrolledUserIfItWasMadeUnderAFreshProof(): void
    {
        $person = $this->someone();
        $make = fn (string $token): Response => $this->site()->request('POST', self::NAMESPACE . '/api-keys', json: ['name' => 'a key', 'permissions' => ['read']], bearer: $token);
        $use = fn (string $key, string $route = self::ME): Response => $this->site()->request('GET', $route, headers: ['X-API-Key' => $key]);
        $old = $make((string) $this->tokenIn($this->door()->login($person)))->json['data']['key'];
        self::assertSame($person->id, $use($old)->json['id'] ?? null);
        $person->enrol();
        foreach ([self::ME, '/wp-json/wp/v2/types'] as $route) {
            $answer = $use($old, $route);
            self::assertSame([401, 'sallyport_token_unproven'], [$answer->status, $answer->json['code'] ?? null], (string) $answer);
        }
        $this->refused(401, 'sallyport_step_up_required', $make($this->aged($person)));
        $proven = (string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()]));
        $made = $make($proven);
        self::assertSame(200, $made->status, (string) $made);
        self::assertSame($person->id, $use($made->json['data']['key'])->json['id'] ?? null);
        $change = fn (string $token): Response => $this->site()->request(
            'PUT',
            self::NAMESPACE . '/api-keys/' . $made->json['data']['id'],
            json: ['name' => 'a key', 'permissions' => ['read']],
            bearer: $token,
        );
        $this->refused(401, 'sallyport_step_up_required', $change($this->aged($person)));
        self::assertSame(200, $change($proven)->status);
        $exchanged = $this->site()->request(
            'POST',
            self::NAMESPACE . '/auth',
            json: ['username' => $person->login, 'password' => $made->json['data']['key']],
            headers: ['X-API-Key' => $made->json['data']['key']],
        );
        self::assertSame([401, null], [$exchanged->status, $this->tokenIn($exchanged)]);
    }

    public function testATokenCountsWithAProofWhereverItIsRead(): void
    {
        $person = $this->someone();
        $ways = static fn (string $token): array => [
            'header' => ['GET', self::ME, 'bearer' => $token],
            'header, without its scheme' => ['GET', self::ME, 'headers' => ['Authorization' => $token]],
            'address' => ['GET', self::ME . "?JWT=$token"],
            'address, another case' => ['GET', self::ME . "?jwt=$token"],
            'cookie' => ['GET', self::ME, 'headers' => ['Cookie' => "simple-jwt-login-token=$token"]],
            '?rest_route=' => ['GET', "/?rest_route=/wp/v2/users/me&JWT=$token"],
        ];
        $old = (string) $this->tokenIn($this->door()->login($person));
        foreach ($this->site()->concurrently($ways($old)) as $way => $answer) {
            self::assertSame([200, $person->id], [$answer->status, $answer->json['id'] ?? null], "$way: $answer");
        }
        $person->enrol();
        $public = array_map(static fn (array $request): array => [$request[0], str_replace('users/me', 'types', $request[1])] + $request, $ways($old));
        foreach ([$ways($old), $public] as $requests) {
            foreach ($this->site()->concurrently($requests) as $way => $answer) {
                self::assertSame([401, 'sallyport_token_unproven'], [$answer->status, $answer->json['code'] ?? null], "$way: $answer");
            }
        }
        $proven = (string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()]));
        foreach ($this->site()->concurrently($ways($proven)) as $way => $answer) {
            self::assertSame([200, $person->id], [$answer->status, $answer->json['id'] ?? null], "$way: $answer");
        }
        // The cookie is proven, the token is not: otherwise the token would replace the nonce.
        $cookie = Browser::signedIn($this->site(), $person);
        $beside = $this->site()->request('GET', self::ME . "?JWT=$old", headers: ['Cookie' => $cookie->cookie()]);
        self::assertSame([401, 'sallyport_token_unproven'], [$beside->status, $beside->json['code'] ?? null], (string) $beside);
    }

    /** A browser sends that cookie with requests of any site's pages. */
    public function testATokenInACookieStepsUpOnlyForTheSitesOwnScripts(): void
    {
        $person = $this->someoneEnrolled();
        $token = (string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()]));
        $passwords = fn (array $headers): Response => $this->site()->request(
            'POST',
            self::ME . '/application-passwords',
            form: ['name' => bin2hex(random_bytes(4))],
            headers: $headers,
        );
        $cookie = ['Cookie' => "simple-jwt-login-token=$token"];
        $script = ['Sec-Fetch-Site' => 'same-origin', 'Sec-Fetch-Mode' => 'cors', 'Sec-Fetch-Dest' => 'empty'];
        foreach ([$cookie, $cookie + ['Sec-Fetch-Site' => 'cross-site', 'Sec-Fetch-Mode' => 'navigate', 'Sec-Fetch-Dest' => 'document']] as $headers) {
            $answer = $passwords($headers);
            self::assertSame([401, 'sallyport_step_up_required'], [$answer->status, $answer->json['code'] ?? null], (string) $answer);
        }
        foreach ([$cookie + $script, $cookie + ['Authorization' => "Bearer $token"]] as $headers) {
            self::assertSame(201, $passwords($headers)->status);
        }
    }

    public function testItsValidationReportsAnUnprovenTokenAsInvalid(): void
    {
        $person = $this->someone();
        $validate = fn (string $token): Response => $this->site()->request('POST', self::NAMESPACE . '/auth/validate', bearer: $token);
        $old = (string) $this->tokenIn($this->door()->login($person));
        self::assertSame(200, $validate($old)->status);
        $person->enrol();
        $this->refused(401, 'sallyport_token_unproven', $validate($old));
        self::assertSame(200, $validate((string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()])))->status);
    }

    public function testInAShopAndInGraphqlOnlyAProvenTokenLogsIn(): void
    {
        self::set($this->site(), [
            'general' => ['api_middleware' => ['enabled' => false]],
            'integrations' => ['3rdparty' => ['woocommerce' => ['enabled' => true], 'wpgraphql' => ['enabled' => true]]],
        ]);
        $person = $this->someone();
        $shop = fn (string $token): Response => $this->site()->request('GET', '/wp-json/wc/v3/orders', bearer: $token);
        $graphql = fn (string $token): Response => $this->site()->request('GET', '/', bearer: $token, headers: ['X-Probe-Graphql' => '1']);
        $old = (string) $this->tokenIn($this->door()->login($person));
        $answer = $shop($old);
        if ($answer->status === 500) {
            self::markTestSkipped('4.0.0 fails on every token here, with Sallyport or without: its integrations are not given the list of revoked tokens');
        }
        self::assertNotNull($answer->header('set-cookie'));
        self::assertSame($person->id, $graphql($old)->json['id'] ?? null);
        $person->enrol();
        foreach ([$shop, $graphql] as $where) {
            $this->refused(401, 'sallyport_token_unproven', $where($old));
        }
        $proven = (string) $this->tokenIn($this->door()->login($person, ['code' => $person->code()]));
        self::assertNotNull($shop($proven)->header('set-cookie'));
        self::assertSame($person->id, $graphql($proven)->json['id'] ?? null);
    }

    public function testOurOwnTokensAreNotTakenForBadOnesOfIts(): void
    {
        foreach ([$this->someone(), $this->someoneEnrolled()] as $i => $person) {
            $login = ['username' => $person->login, 'password' => $person->password] + ($i === 0 ? [] : ['code' => $person->code()]);
            $token = $this->site()->request('POST', '/wp-json/sallyport/v1/token', json: $login)->json['token'];
            $me = $this->site()->request('GET', self::ME, bearer: $token, headers: ['X-Probe-Errors' => '1']);
            self::assertSame([$person->id, 'null'], [$me->json['id'] ?? null, $me->header('x-probe-errors')], (string) $me);
        }
        $answer = $this->site()->request('GET', self::ME, bearer: 'a.b.c');
        self::assertGreaterThanOrEqual(400, $answer->status, 'others are');
    }

    public function testEachOfItsRoutesIsListedWithItsGate(): void
    {
        $routes = preg_grep('~/simple-jwt-login/v1/~', explode("\n", $this->site()->wp('sallyport', 'doors')));
        self::assertGreaterThan(8, count($routes));
        self::assertSame([], preg_grep('~no bridge knows~', $routes), implode("\n", $routes));
        self::assertCount(1, preg_grep('~autologin.*Bridge.SimpleJwtCredentials~', $routes));
    }

    /** The user that the cookies of an answer sign in. */
    private function whoseCookie(Response $answer): int
    {
        self::assertSame(200, $answer->status, (string) $answer);
        $cookies = implode('; ', array_map(static fn (string $line): string => explode(';', $line)[0], $answer->headers['set-cookie'] ?? []));
        $nonce = $this->site()->request('GET', '/wp-admin/admin-ajax.php?action=rest-nonce', headers: ['Cookie' => $cookies])->body;
        return $this->site()->request('GET', self::ME, headers: ['Cookie' => $cookies, 'X-WP-Nonce' => $nonce])->json['id'] ?? 0;
    }

    /** A token with a proof that is an hour old. */
    private function aged(Person $person): string
    {
        $made = $this->site()->php(<<<'PHP'
            $plugin = new Sallyport\WP\Plugin();
            $user = get_userdata((int) $argv[1]);
            $epoch = get_user_meta($user->ID, "_sallyport_state", true)["epoch"];
            $proof = Sallyport\WP\Challenge\Proof::restored($user->ID, "simple-jwt-login", ["mfa", "otp", "pwd"], time() - 3600, $epoch);
            return $plugin->claims()->stamp(["iat" => time() - 3600, "exp" => time() + 600, "id" => $user->ID, "email" => $user->user_email], $proof);
            PHP, [(string) $person->id]);
        return Jwt::hs256($made, ContractSite::SECRET);
    }
}
