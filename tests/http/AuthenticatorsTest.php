<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/HttpTestCase.php';

/** Several named authenticators of one user, each with its own parameters (features 4 and 11). */
final class AuthenticatorsTest extends HttpTestCase
{
    public function test_a_new_label_adds_an_authenticator_and_each_works_alone(): void
    {
        $person = $this->enrolled();
        [$codes, $before] = [$person->codes, $person->token];
        $tablet = $this->add($person, ['label' => '  My tablet '], $answer);
        self::assertSame([], $answer->json['backupCodes'], 'the existing codes stay');
        self::refusedCredential('sallyport_token_stale', $this->get('/wp-json/wp/v2/users/me', $before));
        self::assertSame($person->id, $this->whoIs($person->token));

        $code = $tablet->code();
        self::assertSame(200, $this->logIn($person, ['code' => $code])->status);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status, 'a step spent by one app is not spent by the other');
        self::assertSame(200, $this->logIn($person, ['code' => $codes[0]])->status);

        $factors = $this->factors($person);
        self::assertSame([['totp', ''], ['totp', 'My tablet'], ['backup_code', '']], array_map(static fn (array $f): array => [$f['type'], $f['label']], $factors));
        self::assertSame(9, $factors[2]['left']);
        self::assertSame(['id', 'type', 'label', 'added', 'last_used', 'drift'], array_keys($factors[1]));
        self::assertSame([['factor' => 'totp', 'label' => 'My tablet'], ['factor' => 'totp']], $this->details($person, 'factor_added'));
    }

    public function test_a_known_label_replaces_that_authenticator_and_no_label_replaces_all(): void
    {
        $person = $this->enrolled();
        $first = $this->add($person, ['label' => 'Phone']);
        $second = $this->add($person, ['label' => 'Phone']);
        self::assertSame(['', 'Phone'], $this->labels($person));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $first->code(1)]));
        self::assertSame(200, $this->logIn($person, ['code' => $second->code()])->status);
        $codes = $person->codes;
        $only = $this->add($person, []);
        self::assertSame([''], $this->labels($person));
        foreach ([$second->code(1), $person->app->code(), $codes[0]] as $gone) {
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $gone]));
        }
        self::assertSame(200, $this->logIn($person, ['code' => $only->code()])->status);
    }

    /**
     * standards N1 and T1: the parameters belong to the secret, and codes are checked by them.
     *
     * @dataProvider parameters
     * @param array<string, mixed> $parameters
     */
    public function test_algorithm_digits_and_period(array $parameters, string $algorithm, int $digits, int $period): void
    {
        $person = $this->person();
        $this->signIn($person);
        $begun = $this->post('/two-factor/enable', ['password' => $person->password] + $parameters, $person->token);
        self::assertSame(200, $begun->status, (string) $begun);
        parse_str(parse_url($begun->json['totpURI'], PHP_URL_QUERY), $query);
        self::assertSame([$algorithm, (string) $digits, (string) $period], [$query['algorithm'] ?? 'SHA1', $query['digits'] ?? '6', $query['period'] ?? '30']);
        self::assertSame(32, strlen($query['secret']), '160 bits');
        $app = new Totp($begun->json['totpURI']);
        self::assertSame($digits, strlen($app->code()));
        $code = $app->code();
        $answer = $this->post('/two-factor/verify-totp', ['code' => $code], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
        self::assertSame(200, $this->logIn($person, ['code' => $app->code(1)])->status);
        self::assertSame($begun->json['totpURI'], $this->post('/two-factor/get-totp-uri', ['password' => $person->password], $answer->json['token'])->json['totpURI']);
    }

    /** @return array<string, array{0: array<string, mixed>, 1: string, 2: int, 3: int}> */
    public static function parameters(): array
    {
        return [
            'SHA-256, 8 digits, a minute' => [['algorithm' => 'SHA256', 'digits' => 8, 'period' => 60], 'SHA256', 8, 60],
            'SHA-512, 7 digits, the longest period' => [['algorithm' => 'SHA512', 'digits' => '7', 'period' => 120], 'SHA512', 7, 120],
            'the shortest period' => [['period' => 15], 'SHA1', 6, 15],
        ];
    }

    /** standards N1: a code that is valid for more than two minutes is not offered. */
    public function test_n1_what_no_authenticator_may_be_is_a_bad_request(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $bad = [
            ['period' => 121], ['period' => 14], ['period' => 0], ['period' => -30], ['period' => 30.5], ['period' => '3e1'], ['period' => [30]], ['period' => true],
            ['digits' => 5], ['digits' => 9], ['digits' => ''], ['digits' => '６'],
            ['algorithm' => 'MD5'], ['algorithm' => 'sha1 '], ['algorithm' => 1], ['algorithm' => ''],
            ['label' => ''], ['label' => '   '], ['label' => str_repeat('x', 65)], ['label' => "a\nb"],
            ['label' => "a\u{202E}b"], ['label' => "a\0"], ['label' => ['x']], ['label' => "a\u{2028}b"],
        ];
        foreach ($bad as $fields) {
            self::refused(400, 'rest_invalid_param', $this->post('/two-factor/enable', ['password' => $person->password] + $fields, $person->token));
        }
        self::assertMatchesRegularExpression('/^[A-Z2-7]{32}$/', $this->begin($person)->secret, '160 bits');
        self::assertSame(200, $this->post('/two-factor/enable', ['password' => $person->password, 'label' => str_repeat('ß', 64)], $person->token)->status);
    }

    /** standards A11: for sites for which 90 seconds are too long. */
    public function test_a11_a_site_may_take_the_code_of_the_present_step_alone(): void
    {
        static::site()->wp('sallyport', 'setting', 'set', 'totp_skew', '0');
        try {
            $person = $this->person();
            $this->signIn($person);
            $app = $this->begin($person);
            Totp::steady(8);
            self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-totp', ['code' => $app->code(-1)], $person->token));
            self::assertSame(200, $this->post('/two-factor/verify-totp', ['code' => $app->code()], $person->token)->status);
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $app->code(1)]));
        } finally {
            static::site()->wp('sallyport', 'setting', 'set', 'totp_skew', '1');
        }
        self::assertSame(200, $this->logIn($person, ['code' => $app->code(1)])->status);
    }

    public function test_a_wrong_code_is_one_attempt_however_many_there_are(): void
    {
        $person = $this->enrolled();
        $apps = [$person->app, $this->add($person, ['label' => 'two']), $this->add($person, ['label' => 'three'])];
        $challenge = $this->challenge($person);
        $wrong = $this->wrongForAll($apps);
        self::assertSame(4, self::refused(401, 'sallyport_invalid_code', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $wrong]))['attempts_left']);
        for ($i = 1; $i < 10; $i++) {
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $wrong]));
        }
        self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $apps[1]->code()]));
    }

    public function test_the_secret_shown_again_is_the_one_asked_for(): void
    {
        $person = $this->enrolled();
        $tablet = $this->add($person, ['label' => 'Tablet', 'digits' => 8]);
        [$first, $second] = $this->factors($person);
        $shown = fn (array $fields): string => (
            new Totp($this->post('/two-factor/get-totp-uri', ['password' => $person->password] + $fields, $person->token)->json['totpURI'])
        )->secret;
        self::assertSame($person->app->secret, $shown([]));
        self::assertSame($tablet->secret, $shown(['id' => $second['id']]));
        self::assertSame($person->app->secret, $shown(['id' => (string) $first['id']]));
        $other = $this->enrolled();
        foreach ([999_999_999, $this->factors($other)[0]['id']] as $id) {
            self::refused(400, 'TOTP_NOT_ENABLED', $this->post('/two-factor/get-totp-uri', ['password' => $person->password, 'id' => $id], $person->token));
        }
    }

    public function test_ten_are_the_most(): void
    {
        $person = $this->enrolled();
        self::sql("INSERT INTO {factors} (user_id, type, label, secret, status, created_at) SELECT user_id, type, CONCAT('n', %d), secret, status, created_at FROM {factors} WHERE user_id = %d", 0, $person->id);
        for ($i = 1; $i < 9; $i++) {
            self::sql("INSERT INTO {factors} (user_id, type, label, secret, status, created_at) SELECT user_id, type, %s, secret, status, created_at FROM {factors} WHERE user_id = %d AND label = 'n0'", "n$i", $person->id);
        }
        self::refused(409, 'sallyport_factor_limit', $this->post('/two-factor/enable', ['password' => $person->password, 'label' => 'one more'], $person->token));
        self::assertSame(200, $this->post('/two-factor/enable', ['password' => $person->password, 'label' => 'n3'], $person->token)->status, 'replaces one');
        self::assertSame(200, $this->post('/two-factor/enable', ['password' => $person->password], $person->token)->status, 'replaces all');
    }

    public function test_renaming(): void
    {
        $person = $this->enrolled();
        $this->add($person, ['label' => 'Tablet']);
        [$first, $second] = $this->factors($person);
        $answer = $this->patch($person, $first['id'], ['label' => ' Phone ✓ ']);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(['label' => 'Phone ✓'] + $first, ['label' => $answer->json['label']] + $answer->json);
        self::assertSame(200, $this->patch($person, $first['id'], ['label' => 'Phone ✓'])->status, 'it already has that label');
        self::assertSame(['Phone ✓', 'Tablet'], $this->labels($person));
        self::assertSame(
            [['factor' => 'totp', 'renamed' => 'Phone ✓']],
            array_map(static fn (array $row): array => json_decode($row['detail'], true), self::activity($person->id, 'factor_renamed')),
        );
        self::refused(400, 'rest_invalid_param', $this->patch($person, $second['id'], ['label' => 'Phone ✓']));
        self::refused(400, 'rest_invalid_param', $this->patch($person, $second['id'], ['label' => str_repeat('x', 65)]));
        self::refused(400, 'rest_missing_callback_param', $this->patch($person, $second['id'], []));
        self::refused(404, 'sallyport_no_such_factor', $this->patch($this->enrolled(), $second['id'], ['label' => 'stolen']));
        self::refused(404, 'sallyport_no_such_factor', $this->patch($person, 'backup_code', ['label' => 'Codes']));
        self::assertSame(['Phone ✓', 'Tablet'], $this->labels($person));
    }

    public function test_a_patch_can_be_sent_as_a_form(): void
    {
        $person = $this->enrolled();
        $path = self::API . "/two-factor/factors/{$this->factors($person)[0]['id']}";
        foreach (['label=A+form', ['label' => 'Another']] as $form) {
            $answer = static::site()->request('PATCH', $path, form: $form, headers: ['content-type' => 'application/x-www-form-urlencoded'], bearer: $person->token);
            self::assertSame(200, $answer->status, (string) $answer);
        }
        self::assertSame(['Another'], $this->labels($person));
    }

    /** Core prefers a parameter of the body, and of the query, to that of the path. */
    public function test_the_factor_is_the_one_in_the_path(): void
    {
        $person = $this->enrolled();
        $this->add($person, ['label' => 'Tablet']);
        [['id' => $first], ['id' => $second]] = $this->factors($person);
        $path = self::API . "/two-factor/factors/$first";
        $send = fn (string $method, string $query, mixed $id): int => static::site()->request(
            $method,
            "$path$query",
            json: ['id' => $id, 'label' => 'Renamed'],
            bearer: $person->token,
        )->status;
        foreach ([$second, (string) $second, [$second], true] as $id) {
            self::assertSame(200, $send('PATCH', "?id=$second", $id));
            self::assertSame(['Renamed', 'Tablet'], $this->labels($person));
        }
        self::assertSame(200, $send('DELETE', "?id[]=$second", $second));
        self::assertSame(['Tablet'], $this->labels($person));
    }

    /** standards A12, A17: a removed factor is refused at once, and all other sign-ins end. */
    public function test_a12_a17_removing_one_of_several(): void
    {
        $person = $this->enrolled();
        $phone = $this->add($person, ['label' => 'Phone']);
        $other = $this->proven($person, $phone->code());
        $challenge = $this->challenge($person);
        $refresh = $this->logIn($person, ['code' => $person->codes[1]])->json['refresh_token'] ?? null;
        $id = $this->factors($person)[1]['id'];

        self::refused(401, 'sallyport_step_up_required', $this->delete("/two-factor/factors/$id", self::agedToken($person, 601)));
        self::refused(401, 'sallyport_step_up_required', $this->delete("/two-factor/factors/$id", self::agedToken($person, 0, 'email pwd')));
        self::refused(404, 'sallyport_no_such_factor', $this->delete("/two-factor/factors/$id", $this->enrolled()->token));
        self::assertSame(['', 'Phone'], $this->labels($person));

        $answer = $this->delete("/two-factor/factors/$id", $person->token);
        self::assertSame([200, ['deleted' => true]], [$answer->status, $answer->json]);
        self::refused(404, 'sallyport_no_such_factor', $this->delete("/two-factor/factors/$id", $person->token));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $phone->code(1)]));
        self::refused(401, 'sallyport_challenge_gone', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code()]));
        self::assertSame(401, $this->get('/wp-json/wp/v2/users/me', $other)->status);
        self::assertSame(401, $this->post('/token/refresh', ['refresh_token' => $refresh ?? 'none'])->status);
        self::assertSame($person->id, $this->whoIs($person->token), 'the user who removed it stays signed in');
        self::assertSame(200, $this->post('/two-factor/get-totp-uri', ['password' => $person->password], $person->token)->status, 'the proof keeps its time');
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status);
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0]])->status);
        self::assertSame([['factor' => 'totp', 'label' => 'Phone']], $this->details($person, 'one_factor_removed'));
        self::assertSame([], $this->details($person, 'factor_removed'));
    }

    public function test_a_browser_that_removes_one_stays_signed_in_and_others_do_not(): void
    {
        $person = $this->enrolled();
        $this->add($person, ['label' => 'Phone']);
        self::forgetCodes($person);
        [$here, $there] = [$this->signedIn($person), $this->nextSignedIn($person)];
        $id = $this->factors($person)[1]['id'];
        $answer = $here->send('DELETE', self::API . "/two-factor/factors/$id", headers: ['x-wp-nonce' => $here->nonce()]);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(200, $here->send('GET', '/wp-admin/profile.php')->status);
        self::assertSame(302, $there->send('GET', '/wp-admin/profile.php')->status);
    }

    public function test_removing_the_last_one_turns_it_off(): void
    {
        $person = $this->enrolled();
        $answer = $this->delete('/two-factor/factors/' . $this->factors($person)[0]['id'], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(200, $this->logIn($person)->status, 'no code is asked for');
        self::assertSame(
            ['enabled' => false, 'factors' => []],
            array_intersect_key($this->get(self::API . '/two-factor', $person->token)->json, ['enabled' => 0, 'factors' => 0]),
            'the backup codes were deleted with it',
        );
        self::assertSame([['factor' => 'totp']], $this->details($person, 'factor_removed'));
    }

    public function test_removing_the_backup_codes(): void
    {
        $person = $this->enrolled();
        $other = $this->proven($person);
        self::refused(401, 'sallyport_step_up_required', $this->delete('/two-factor/factors/backup_code', self::agedToken($person, 601)));
        self::assertSame(200, $this->delete('/two-factor/factors/backup_code', $person->token)->status);
        self::assertSame(['totp'], array_column($this->factors($person), 'type'));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->codes[0]]));
        self::assertSame(401, $this->get('/wp-json/wp/v2/users/me', $other)->status);
        self::refused(404, 'sallyport_no_such_factor', $this->delete('/two-factor/factors/backup_code', $person->token));
        self::assertSame([['factor' => 'backup_code']], $this->details($person, 'one_factor_removed'));
        self::assertSame(['totp'], self::refused(401, 'sallyport_second_factor_required', $this->logIn($person))['factors']);
    }

    /** standards T2, T3: codes of this step, the one before and the next, and no other; the clock's difference is stored. */
    public function test_t3_how_far_an_authenticators_clock_was_off_is_kept_and_widens_nothing(): void
    {
        $person = $this->enrolled();
        foreach ([-1, 0, 1] as $steps) {
            self::forgetCodes($person);
            Totp::steady();
            self::assertSame(200, $this->logIn($person, ['code' => $person->app->code($steps)])->status);
            self::assertSame($steps, $this->factors($person)[0]['drift']);
        }
        foreach ([-3, -2, 2, 3] as $steps) {
            self::forgetCodes($person);
            Totp::steady();
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->code($steps)]));
        }
        self::assertSame(1, $this->factors($person)[0]['drift']);
    }

    /** A second authenticator, proven; the person's token is the one returned. @param array<string, mixed> $fields */
    private function add(Person $person, array $fields, ?Response &$begun = null): Totp
    {
        $begun = $this->post('/two-factor/enable', ['password' => $person->password] + $fields, $person->token);
        self::assertSame(200, $begun->status, (string) $begun);
        $person->codes = $begun->json['backupCodes'] ?: $person->codes;
        $app = new Totp($begun->json['totpURI']);
        Totp::steady();
        $answer = $this->post('/two-factor/verify-totp', ['code' => $app->code(-1)], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        $person->token = $answer->json['token'];
        return $app;
    }

    private function patch(Person $person, int|string $id, array $fields): Response
    {
        return static::site()->request('PATCH', self::API . "/two-factor/factors/$id", json: $fields, bearer: $person->token);
    }

    /** @return list<array<string, mixed>> */
    private function factors(Person $person): array
    {
        return $this->get(self::API . '/two-factor', $person->token)->json['factors'];
    }

    /** @return list<string> labels of the authenticators */
    private function labels(Person $person): array
    {
        return array_column(array_filter($this->factors($person), static fn (array $factor): bool => $factor['type'] === 'totp'), 'label');
    }

    /** @return list<array<string, string>> the details of all such events in the log, newest first */
    private function details(Person $person, string $event): array
    {
        return array_map(static fn (array $row): array => json_decode($row['detail'], true), static::activity($person->id, $event));
    }

    /** @param list<Totp> $apps */
    private function wrongForAll(array $apps): string
    {
        $near = array_merge(...array_map(static fn (Totp $app): array => array_map($app->code(...), range(-5, 5)), $apps));
        for ($code = 0; in_array($wrong = sprintf('%06d', $code), $near, true); $code++);
        return $wrong;
    }

    private function nextSignedIn(Person $person): Browser
    {
        self::forgetCodes($person);
        return $this->signedIn($person);
    }
}
