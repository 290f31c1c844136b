<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';

/** Codes on paper: each once, and a new set ends the old. */
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
        self::assertSame(200, $this->logIn($person, ['code' => $person->codes[0]])->status, 'the old ones live');
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
        self::assertSame(['token', 'user', 'session'], array_keys($answer->json));
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
}
