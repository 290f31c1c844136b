<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Jwt;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/RaceCase.php';

/** An enrolment token yields one sign-in, and a policy that is tightened meanwhile leaves one consistent state. */
final class EnrolmentTokenTest extends RaceCase
{
    private const API = '/wp-json/sallyport/v1';

    protected function tearDown(): void
    {
        self::policy([]);
    }

    public function testOneEnrolmentTokenIsSpentOnce(): void
    {
        [$person, $token, $app] = $this->begun();
        $answers = $this->atOnce(20, ['POST', self::API . '/two-factor/verify-totp', 'json' => ['code' => $app->code()], 'bearer' => $token]);
        $this->assertOneToken($answers, $person, ['INVALID_CODE', 'ACCOUNT_TEMPORARILY_LOCKED', 'sallyport_token_invalid', 'TOTP_NOT_ENABLED', 'sallyport_enrolment_required']);
        self::assertSame(1, $this->logged('factor_added', $person));
    }

    /** Two enrolments of two types, or of two apps, each with a right code: one is signed in. */
    public function testTwoEnrolmentsUnderOneTokenAreOneSignIn(): void
    {
        [$person, $token, $app] = $this->begun();
        $enable = ['POST', self::API . '/two-factor/enable', 'json' => ['password' => $person->password, 'label' => 'second'], 'bearer' => $token];
        // The second enrolment deletes the first. Insert it again, as if both had been begun at the same time.
        $first = self::site()->plugin('return $plugin->database()->row("SELECT * FROM {factors} WHERE user_id = %d AND status = \'pending\'", [(int) $argv[1]]);', [(string) $person->id]);
        $other = new Totp(self::site()->request(...self::arguments($enable))->json['totpURI']);
        self::site()->plugin('$plugin->database()->insert("factors", json_decode($argv[1], true));', [json_encode($first)]);
        $verify = static fn (Totp $app): array => ['POST', self::API . '/two-factor/verify-totp', 'json' => ['code' => $app->code()], 'bearer' => $token];
        $answers = $this->together([...array_fill(0, 6, $verify($app)), ...array_fill(0, 6, $verify($other))]);
        $this->assertOneToken($answers, $person, ['INVALID_CODE', 'ACCOUNT_TEMPORARILY_LOCKED', 'sallyport_token_invalid', 'TOTP_NOT_ENABLED', 'sallyport_enrolment_required']);
        self::assertSame(1, $this->logged('factor_added', $person), 'and one is activated');
    }

    public function testAnActivationAndATighterPolicyLeaveOneState(): void
    {
        [$person, $token, $app] = $this->begun();
        $verify = ['POST', self::API . '/two-factor/verify-totp', 'json' => ['code' => $app->code()], 'bearer' => $token];
        $login = ['POST', self::API . '/token', 'json' => ['username' => $person->login, 'password' => $person->password]];
        $answers = $this->together([$verify, ...array_fill(0, 8, $login)]);
        self::assertSame(200, $answers[0]->status, (string) $answers[0]);
        foreach (array_slice($answers, 1) as $answer) {
            self::assertContains($answer->json['code'] ?? null, ['sallyport_enrolment_required', 'sallyport_second_factor_required'], (string) $answer);
        }
        // Tokens that the others received meanwhile no longer open anything.
        foreach ($answers as $answer) {
            $given = $answer->json['data']['enrolment_token'] ?? null;
            if ($given !== null) {
                self::assertSame(401, self::site()->request('GET', self::API . '/two-factor', bearer: $given)->status);
            }
        }
    }

    /** Another request changes the policy during an activation that was begun before: the order does not matter. */
    public function testTighteningThePolicyDuringAnActivationLeavesOneState(): void
    {
        $admin = Person::withoutFactor(self::site());
        self::site()->php('(new WP_User((int) $argv[1]))->set_role("administrator");', [(string) $admin->id]);
        $admin->enrol();
        $bearer = $this->door('sallyport')->login($admin, ['code' => $admin->code()])->json['token'];
        $tighter = [
            'required at once' => ['roles' => ['subscriber' => 'required'], 'grace_days' => 0],
            'and what is set up does not count' => ['roles' => ['subscriber' => 'required'], 'grace_days' => 0, 'factors' => ['subscriber' => ['email', 'backup_code']]],
            'nobody sets one up' => ['roles' => ['subscriber' => 'off']],
        ];
        foreach ($tighter as $how => $site) {
            self::policy([]);
            $person = Person::withoutFactor(self::site());
            self::site()->php('global $wpdb; $wpdb->update($wpdb->users, ["user_registered" => "2020-01-01 00:00:00"], ["ID" => (int) $argv[1]]);', [(string) $person->id]);
            $old = $this->door('sallyport')->login($person)->json['token'];
            $begun = self::site()->request('POST', self::API . '/two-factor/enable', json: ['password' => $person->password], bearer: $old)->json;
            $app = new Totp($begun['totpURI']);
            $verify = ['POST', self::API . '/two-factor/verify-totp', 'json' => ['code' => $app->code()], 'bearer' => $old];
            $login = ['POST', self::API . '/token', 'json' => ['username' => $person->login, 'password' => $person->password]];
            $change = ['PUT', self::API . '/policy', 'json' => ['site' => $site], 'bearer' => $bearer];
            $answers = $this->together([$verify, $change, $login, $login, $verify, $login, $login]);
            self::assertSame(200, $answers[1]->status, "$how: $answers[1]");
            foreach ($answers as $answer) {
                self::assertContains($answer->status, [200, 400, 401, 403, 503], "$how: $answer");
            }
            $this->assertOneState($person, $site, $answers, $how);
        }
    }

    /**
     * Asserts that rows, mark and login agree, and that tokens issued meanwhile count accordingly or not at all.
     *
     * @param array<string, mixed> $policy
     * @param list<Response> $answers
     */
    private function assertOneState(Person $person, array $policy, array $answers, string $how): void
    {
        [$rows, $marked] = self::site()->plugin('global $wpdb; $id = (int) $argv[1]; return [(int) $wpdb->get_var("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_factors WHERE status = \'active\' AND user_id = $id"), $plugin->state()->is_marked($id)];', [(string) $person->id]);
        self::assertSame($rows > 0, $marked, $how);
        self::assertSame($rows, $this->logged('factor_added', $person), $how);
        $after = $this->door('sallyport')->login($person);
        $demanded = $policy['roles']['subscriber'] === 'required' ? 'sallyport_enrolment_required' : null;
        self::assertSame($marked ? 'sallyport_second_factor_required' : $demanded, $after->json['code'] ?? null, "$how: $after");
        $counts = !$marked ? $demanded === null : !isset($policy['factors']);
        foreach ($answers as $i => $answer) {
            $token = $answer->json['token'] ?? null;
            if ($token !== null) {
                $proven = isset(Jwt::claims($token)['sp']);
                $me = self::site()->request('GET', '/wp-json/wp/v2/users/me', bearer: $token)->json['id'] ?? null;
                self::assertSame($counts && ($proven || !$marked) ? $person->id : null, $me, "$how: answer $i");
            }
        }
    }

    /** @return array{0: Person, 1: string, 2: Totp} a user past the deadline, their token, and the app with the pending secret */
    private function begun(): array
    {
        $person = Person::withoutFactor(self::site());
        self::policy(['users' => [$person->id => 'required'], 'grace_days' => 0]);
        self::site()->php('global $wpdb; $wpdb->update($wpdb->users, ["user_registered" => "2020-01-01 00:00:00"], ["ID" => (int) $argv[1]]);', [(string) $person->id]);
        $token = $this->door('sallyport')->login($person)->json['data']['enrolment_token'];
        $begun = self::site()->request('POST', self::API . '/two-factor/enable', json: ['password' => $person->password], bearer: $token)->json;
        return [$person, $token, new Totp($begun['totpURI'])];
    }

    /** @param array<mixed> $request @return array<mixed> */
    private static function arguments(array $request): array
    {
        return ['method' => $request[0], 'path' => $request[1], 'json' => $request['json'], 'bearer' => $request['bearer']];
    }

    /** @param array<string, mixed> $rules */
    private static function policy(array $rules): void
    {
        self::site()->plugin('$plugin->policy_option()->change_site(static fn () => json_decode($argv[1], true));', [json_encode($rules)]);
    }
}
