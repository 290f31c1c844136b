<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';

/** Backup codes: each works once, and a new set voids the old. */
final class BackupCodesTest extends HttpTestCase
{
    public function test_a_new_set_ends_the_old(): void
    {
        $person = $this->enrolled();
        $answer = $this->post('/two-factor/generate-backup-codes', ['password' => $person->password], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(['status', 'backupCodes'], array_keys($answer->json));
        self::assertTrue($answer->json['status']);
        self::assertCount(10, array_unique($answer->json['backupCodes']));
        self::assertSame([], array_intersect($person->codes, $answer->json['backupCodes']));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->codes[0]]));
        self::assertSame(200, $this->logIn($person, ['code' => $answer->json['backupCodes'][9]])->status);
        self::assertSame($person->id, $this->whoIs($person->token), 'the caller stays signed in');
    }

    public function test_a_new_set_needs_the_password(): void
    {
        $person = $this->enrolled();
        self::refused(400, 'INVALID_PASSWORD', $this->post('/two-factor/generate-backup-codes', ['password' => 'not theirs'], $person->token));
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0]])->status, 'the old codes still work');
    }

    public function test_a_new_set_leaves_the_codes_of_a_pending_enrolment(): void
    {
        $person = $this->enrolled();
        $new = $this->begin($person);
        $pending = $person->codes;
        $this->post('/two-factor/generate-backup-codes', ['password' => $person->password], $person->token);
        self::assertSame(200, $this->post('/two-factor/verify-totp', ['code' => $new->code()], $person->token)->status);
        self::assertSame(200, $this->logIn($person, ['code' => $pending[0]])->status);
    }

    public function test_verify_backup_code_under_a_bearer(): void
    {
        $person = $this->enrolled();
        $answer = $this->post('/two-factor/verify-backup-code', ['code' => $person->codes[0]], $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame(['token', 'user', 'expiration', 'expires_in', 'refreshable', 'jti', 'backup_codes_left', 'session'], array_keys($answer->json));
        self::assertSame(9, $answer->json['backup_codes_left']);
        self::assertSame(['token', 'userId', 'createdAt', 'expiresAt'], array_keys($answer->json['session']));
        self::assertSame($answer->json['token'], $answer->json['session']['token']);
        self::assertSame((string) $person->id, $answer->json['session']['userId']);
        self::assertMatchesRegularExpression('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/', $answer->json['session']['expiresAt']);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        self::refused(401, 'INVALID_BACKUP_CODE', $this->post('/two-factor/verify-backup-code', ['code' => $person->codes[0]], $person->token));
    }

    public function test_verify_backup_code_completes_a_challenge(): void
    {
        $person = $this->enrolled();
        $answer = $this->post('/two-factor/verify-backup-code', ['challenge' => $this->challenge($person), 'code' => $person->codes[0]]);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        $answer = $this->post('/two-factor/verify-backup-code', ['code' => $person->codes[1]], $this->challenge($person));
        self::assertSame(200, $answer->status, (string) $answer);
    }

    public function test_a_code_of_the_app_is_no_backup_code_and_the_reverse(): void
    {
        $person = $this->enrolled();
        self::refused(401, 'INVALID_BACKUP_CODE', $this->post('/two-factor/verify-backup-code', ['code' => $person->app->code()], $person->token));
        self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-totp', ['code' => $person->codes[0]], $person->token));
        self::assertSame(200, $this->logIn($person, ['code' => $person->app->code()])->status, 'neither was spent');
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0]])->status);
    }

    public function test_a_challenge_that_is_gone_is_told_in_better_auths_words(): void
    {
        $gone = 'spc1_' . str_repeat('A', 43);
        self::refused(401, 'INVALID_TWO_FACTOR_COOKIE', $this->post('/two-factor/verify-backup-code', ['challenge' => $gone, 'code' => 'AAAAA-AAAAA-AAAAA']));
        self::refused(401, 'INVALID_TWO_FACTOR_COOKIE', $this->post('/two-factor/verify-totp', ['code' => '123456'], $gone));
    }

    public function test_once_all_are_used_they_are_no_longer_offered(): void
    {
        $person = $this->enrolled();
        static::site()->php('global $wpdb; $wpdb->query("UPDATE {$wpdb->base_prefix}sallyport_backup_codes SET used_at = 1 WHERE user_id = " . (int) $argv[1]);', [(string) $person->id]);
        $data = self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        self::assertSame(['totp'], $data['factors']);
        self::refused(400, 'sallyport_factor_unavailable', $this->logIn($person, ['factor' => 'backup_code', 'code' => $person->codes[0]]));
        self::refused(400, 'BACKUP_CODES_NOT_ENABLED', $this->post('/two-factor/verify-backup-code', ['code' => $person->codes[0]], $person->token));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->codes[0]]));
    }

    /** standards N7: the client learns at once that a code was used, and how many are left; a new set replaces them. */
    public function test_n7_a_sign_in_says_how_many_codes_are_left(): void
    {
        $person = $this->enrolled();
        self::assertSame(10, $this->logIn($person, ['code' => $person->app->code()])->json['backup_codes_left']);
        self::assertSame(9, $this->logIn($person, ['code' => $person->codes[0]])->json['backup_codes_left']);
        $answer = $this->post('/challenge/verify', ['challenge' => $this->challenge($person), 'code' => $person->codes[1]]);
        self::assertSame(8, $answer->json['backup_codes_left']);
        self::assertSame(['factor' => 'backup_code', 'left' => 8], json_decode(static::activity($person->id, 'code_accepted')[0]['detail'], true));
        self::sql('UPDATE {backup_codes} SET used_at = 1 WHERE user_id = %d AND used_at = 0', $person->id);
        self::assertSame(0, $this->logIn($person, ['code' => $person->app->code(1)])->json['backup_codes_left'], 'it also says that none are left');
        $this->post('/two-factor/generate-backup-codes', ['password' => $person->password], $answer->json['token']);
        self::forgetCodes($person);
        self::assertSame(10, $this->logIn($person, ['code' => $person->app->code()])->json['backup_codes_left']);
        $this->delete('/two-factor/factors/backup_code', $answer->json['token']);
        self::forgetCodes($person);
        self::assertArrayNotHasKey('backup_codes_left', $this->logIn($person, ['code' => $person->app->code(1)])->json);
        $nobody = $this->person();
        self::assertArrayNotHasKey('backup_codes_left', $this->logIn($nobody)->json);
    }

    /** standards N8 (NIST SP 800-63B-4 section 4.2.2.2): with the password, a code recovers the account; alone it is worthless. */
    public function test_n8_a_code_and_the_password_sign_in_and_a_code_alone_never(): void
    {
        $person = $this->enrolled();
        $code = $person->codes[0];
        $alone = [
            $this->post('/token', ['username' => $person->login, 'code' => $code]),
            $this->post('/token', ['username' => $person->login, 'password' => $code]),
            $this->post('/token', ['username' => $person->login, 'password' => 'not theirs', 'code' => $code, 'factor' => 'backup_code']),
            $this->post('/sign-in/email', ['email' => $person->email, 'password' => $code, 'code' => $code]),
            $this->post('/challenge/verify', ['code' => $code]),
            $this->post('/challenge/verify', ['challenge' => 'spc1_' . str_repeat('A', 43), 'code' => $code]),
            $this->post('/two-factor/verify-backup-code', ['code' => $code]),
            $this->post('/two-factor/verify-backup-code', ['code' => $code], $code),
            $this->post('/2fa/verify', ['code' => $code]),
            $this->post('/reset-password', ['login' => $person->login, 'password' => 'another one of theirs', 'token' => $code]),
            $this->post('/reset-password', ['login' => $person->login, 'password' => 'another one of theirs', 'otp' => $code]),
            static::site()->request('POST', "/wp-json/wp-2fa-methods/v1/login/$person->id", json: ['token' => $code, 'provider' => 'backup_codes']),
        ];
        foreach ($alone as $i => $answer) {
            self::assertGreaterThanOrEqual(400, $answer->status, "$i: $answer");
            self::assertDoesNotMatchRegularExpression('/eyJ[\w-]*\.eyJ|sp[crdel]1_/', $answer->body, (string) $i);
        }
        self::forgetFailures();
        $answer = $this->logIn($person, ['code' => $code]);
        self::assertSame([200, $person->id], [$answer->status, $this->whoIs($answer->json['token'] ?? null)], 'none of these spent the code');
    }

    /** standards N6: the codes are stored as salted Argon2id hashes, with one random salt for each set, and no two sets share a salt. */
    public function test_n6_a9_what_is_stored_of_codes(): void
    {
        $stored = static function (Person $person): array {
            $hashes = static::site()->php('global $wpdb; return $wpdb->get_col($wpdb->prepare("SELECT hash FROM {$wpdb->base_prefix}sallyport_backup_codes WHERE user_id = %d", $argv[1]));', [(string) $person->id]);
            self::assertCount(10, array_unique($hashes));
            foreach ($hashes as $hash) {
                self::assertMatchesRegularExpression('~^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43}$~', $hash);
            }
            return array_unique(array_map(static fn (string $hash): string => explode('$', $hash)[4], $hashes));
        };
        [$one, $other] = [$this->enrolled(), $this->enrolled()];
        $salts = $stored($one);
        self::assertCount(1, $salts);
        self::assertNotSame($salts, $stored($other));
        $this->post('/two-factor/generate-backup-codes', ['password' => $one->password], $one->token);
        self::assertNotSame($salts, $stored($one));
        foreach ($one->codes as $code) {
            self::assertMatchesRegularExpression('/^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){2}$/', $code, '15 of 32 letters: 75 bits');
        }
    }
}
