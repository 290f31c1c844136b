<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Response;

require_once __DIR__ . '/EmailCodeTestCase.php';

/** Who can use codes by mail: by default everybody except administrators; A4: a site can disallow them. */
final class EmailPolicyTest extends EmailCodeTestCase
{
    protected function tearDown(): void
    {
        self::policy([]);
        parent::tearDown();
    }

    public function test_an_administrator_cannot_enrol_it_unless_the_policy_says_so(): void
    {
        $person = $this->person('administrator');
        $this->signIn($person);
        $enable = ['password' => $person->password, 'method' => 'otp'];
        self::refused(400, self::LOCAL, $this->post('/two-factor/enable', $enable, $person->token));
        self::refused(400, 'TWO_FACTOR_NOT_ENABLED', $this->post('/two-factor/send-otp', bearer: $person->token));
        self::assertSame([], self::mailsTo($person->email));
        self::policy(['weak_for_administrators' => true]);
        $this->enrolByMail($person);
        self::assertSame(['email'], self::refused(401, 'sallyport_second_factor_required', $this->logIn($person))['factors']);
    }

    /** @dataProvider strict */
    public function test_a4_where_it_does_not_count_it_is_neither_offered_nor_sent_nor_enrolled(array $policy): void
    {
        $person = $this->enrolled();
        $this->enrolByMail($person);
        self::forgetCodes($person);
        $before = $this->challenge($person);
        $code = $this->codeFor($person, $before);
        static::site()->forgetMails();
        self::policy($policy);
        $data = self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertSame(['totp', 'backup_code'], $data['factors']);
        self::assertArrayNotHasKey('email_hint', $data);
        self::refused(400, self::LOCAL, $this->send($data['challenge']));
        self::refused(400, 'TWO_FACTOR_NOT_ENABLED', $this->post('/two-factor/send-otp', bearer: $data['challenge']));
        self::refused(400, self::LOCAL, $this->verify($before, $code));
        $browser = new Browser(static::site());
        self::assertStringNotContainsString('sallyport_send', $browser->logIn($person)->body);
        self::assertSame([], static::site()->mails());
        $answer = $this->post('/challenge/verify', ['challenge' => $data['challenge'], 'code' => $person->app->code()]);
        self::assertSame(200, $answer->status, 'nothing was spent: ' . $answer);
        self::refused(400, self::LOCAL, $this->post('/two-factor/enable', ['password' => $person->password, 'method' => 'otp'], $answer->json['token']));
        self::refused(400, 'TWO_FACTOR_NOT_ENABLED', $this->post('/two-factor/send-otp', bearer: $answer->json['token']));
        self::policy([]);
        self::assertSame(200, $this->post('/two-factor/enable', ['password' => $person->password, 'method' => 'otp'], $answer->json['token'])->status);
        self::policy($policy);
        // Begun before it was forbidden.
        self::refused(400, 'TWO_FACTOR_NOT_ENABLED', $this->post('/two-factor/send-otp', bearer: $answer->json['token']));
        self::assertSame([], static::site()->mails());
    }

    /** @return array<string, array{array<string, mixed>}> */
    public static function strict(): array
    {
        return ['strong ones only' => [['strong_roles' => ['subscriber']]], 'those that are named' => [['factors' => ['subscriber' => ['totp', 'backup_code']]]]];
    }

    public function test_a_user_with_only_mailed_codes_proves_one_and_has_to_enrol_another_factor(): void
    {
        $person = $this->enrolledByMail();
        self::policy(['strong_roles' => ['subscriber'], 'confirm_by_mail' => false]);
        $challenge = $this->challenge($person);
        $answer = $this->verify($challenge, $this->codeFor($person, $challenge));
        $data = self::refused(403, 'sallyport_enrolment_required', $answer);
        self::assertNull($this->whoIs($data['enrolment_token']), 'it opens the enrolment and nothing else');
        self::assertSame(200, $this->post('/two-factor/enable', ['password' => $person->password], $data['enrolment_token'])->status);
    }

    /** Otherwise, whoever has the token could add a factor without step-up. */
    public function test_their_enrolment_token_is_void_while_their_factor_counts(): void
    {
        $person = $this->enrolledByMail();
        self::policy(['strong_roles' => ['subscriber'], 'confirm_by_mail' => false]);
        $challenge = $this->challenge($person);
        $token = self::refused(403, 'sallyport_enrolment_required', $this->verify($challenge, $this->codeFor($person, $challenge)))['enrolment_token'];
        self::policy([]);
        self::refused(401, 'sallyport_token_invalid', $this->post('/two-factor/enable', ['password' => $person->password], $token));
        self::policy(['strong_roles' => ['subscriber'], 'confirm_by_mail' => false]);
        self::assertSame(200, $this->post('/two-factor/enable', ['password' => $person->password], $token)->status);
    }

    public function test_on_wp_login_they_set_up_an_app_right_away(): void
    {
        $person = $this->enrolledByMail();
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        $page = $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_send' => '1'] + Browser::fields($page));
        self::policy(['strong_roles' => ['subscriber']]);
        $code = self::codeIn(self::mailsTo($person->email)[0]);
        $page = $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $code] + Browser::fields($page));
        self::assertStringContainsString('we sent a link', $page->body);
        self::assertStringNotContainsString('otpauth', $page->body);
        self::assertFalse($browser->isSignedIn());
        self::assertSame(
            1,
            preg_match(
                '~https?://\S+(/wp-login\.php\?action=sallyport-confirm\S+)~',
                implode(array_map(self::decoded(...), self::mailsTo($person->email))),
                $link,
            ),
        );
        $browser->send('POST', '/wp-login.php?action=sallyport-confirm', Browser::fields($browser->send('GET', $link[1])));
        $page = $browser->send('POST', '/wp-login.php?action=sallyport-enrol', Browser::fields($page));
        self::assertSame(1, preg_match('~href="(otpauth://totp/[^"]+)"~', $page->body, $found), $page->body);
        $app = new \Sallyport\Tests\Totp(html_entity_decode($found[1]));
        $browser->send('POST', '/wp-login.php?action=sallyport-enrol', ['sallyport_code' => $app->code()] + Browser::fields($page));
        self::assertTrue($browser->isSignedIn());
    }

    public function test_a_user_who_must_have_a_factor_can_enrol_it_with_an_enrolment_token(): void
    {
        $person = $this->person();
        self::policy(['roles' => ['subscriber' => 'required'], 'grace_days' => 0]);
        $token = self::refused(403, 'sallyport_enrolment_required', $this->logIn($person))['enrolment_token'];
        self::assertSame(200, $this->post('/two-factor/enable', ['password' => $person->password, 'method' => 'otp'], $token)->status);
        $code = $this->sentCode($person, fn (): Response => $this->post('/two-factor/send-otp', bearer: $token));
        $answer = $this->post('/two-factor/verify-otp', ['code' => $code], $token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
    }

    public function test_a_device_trusted_by_a_mailed_code_counts_no_more_than_that_code(): void
    {
        $person = $this->enrolledByMail();
        $challenge = $this->challenge($person);
        $device = $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $this->codeFor($person, $challenge), 'trust_device' => true])->json['device'];
        $in = $this->logIn($person, ['device' => $device]);
        self::assertSame([200, ['device', 'email', 'pwd'], 'aal1'], [$in->status, self::claims($in->json['token'])['amr'], self::claims($in->json['token'])['acr']], (string) $in);
        self::assertSame($person->id, $this->whoIs($in->json['token']));
        // No factor was verified just now.
        self::refused(
            401,
            'sallyport_step_up_required',
            $this->post('/two-factor/enable', ['password' => $person->password], $in->json['token']),
        );
        foreach (self::strict() as $which => [$policy]) {
            self::policy($policy + ['confirm_by_mail' => false]);
            self::assertNull($this->whoIs($in->json['token']), $which);
            $next = $this->logIn($person, ['device' => $in->json['device']]);
            self::assertSame(['email'], self::refused(401, 'sallyport_second_factor_required', $next)['factors'], "$which: no enrolment token for a device");
            self::policy([]);
            $in = $this->logIn($person, ['device' => $in->json['device']]);
            self::assertSame($person->id, $this->whoIs($in->json['token'] ?? null), (string) $in);
        }
    }

    public function test_a_device_counts_as_the_factor_it_was_trusted_with(): void
    {
        $person = $this->enrolled();
        $this->enrolByMail($person);
        self::forgetCodes($person);
        $trust = fn (string $challenge, string $code): string => $this->post(
            '/challenge/verify',
            ['challenge' => $challenge, 'code' => $code, 'trust_device' => true],
        )->json['device'];
        $challenge = $this->challenge($person);
        $weak = $this->post(
            '/challenge/verify',
            ['challenge' => $challenge, 'code' => $this->codeFor($person, $challenge), 'factor' => 'email', 'trust_device' => true],
        )->json['device'];
        $strong = $trust($this->challenge($person), $person->app->code());
        $enter = function (string &$device) use ($person): ?string {
            $answer = $this->logIn($person, ['device' => $device]);
            $device = $answer->json['device'] ?? $device;
            $answer->status === 200 || self::refused(401, 'sallyport_second_factor_required', $answer);
            return $answer->json['token'] ?? null;
        };
        $tokens = ['weak' => $enter($weak), 'strong' => $enter($strong)];
        self::assertSame([['device', 'email', 'pwd'], ['device', 'pwd']], [self::claims($tokens['weak'])['amr'], self::claims($tokens['strong'])['amr']]);
        $cases = [
            'strong ones only' => [['strong_roles' => ['subscriber']], false, true],
            'not by mail' => [['factors' => ['subscriber' => ['totp', 'backup_code', 'device']]], false, true],
            'any, and devices' => [['factors' => ['subscriber' => ['totp', 'email', 'device']]], true, true],
            'no devices' => [['factors' => ['subscriber' => ['totp', 'email', 'backup_code']]], false, false],
        ];
        foreach ($cases as $case => [$policy, $by_weak, $by_strong]) {
            self::policy($policy);
            foreach (['weak' => $by_weak, 'strong' => $by_strong] as $which => $counts) {
                self::assertSame($counts ? $person->id : null, $this->whoIs($tokens[$which]), "$case: a sign-in by the $which device");
                self::assertSame($counts, $enter(${$which}) !== null, "$case: the $which device");
            }
        }
        self::assertSame([], self::activity($person->id, 'device_reused'), 'a refused device is not spent');
        // If the policy allows no trusted devices, none is made: the client becomes known, as on a site without them.
        $asked = $this->logIn($person, ['code' => array_shift($person->codes), 'trust_device' => true]);
        self::assertSame(200, $asked->status, (string) $asked);
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $asked->json['device']]));
        self::policy([]);
        self::assertSame([true, true], [$enter($weak) !== null, $enter($strong) !== null]);
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $asked->json['device']]));
        // A device without a record of the factor it was trusted with is not accepted.
        self::sql('UPDATE {devices} SET amr = %s WHERE user_id = %d', '', $person->id);
        self::assertSame([null, null], [$enter($weak), $enter($strong)]);
    }

    /** Set-up: sets the site's policy. @param array<string, mixed> $rules */
    private static function policy(array $rules): void
    {
        static::site()->plugin('$plugin->policy_option()->change_site(static fn () => json_decode($argv[1], true));', [json_encode($rules)]);
    }
}
