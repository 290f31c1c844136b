<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;

require_once __DIR__ . '/PolicyTestCase.php';

/** Mails about a changed address, a changed password and a lock, and where recovery mail goes meanwhile (N14, A3, A18). */
final class AccountNoticesTest extends PolicyTestCase
{
    public function test_a_change_of_address_is_mailed_only_to_the_previous_address(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $new = $this->move($person);
        self::assertTold($person, 'email_changed');
        self::assertSame([], self::to($new, 'email_changed'));
        [$row] = self::activity($person->id, 'email_changed');
        self::assertSame('sallyport_step_up_required', $row['outcome']);
        self::assertStringNotContainsString('@', $row['detail']);
        self::assertStringContainsString('From: 127.0.0.1', self::to($person->email, 'email_changed')[0]);
        self::assertStringContainsString("Account: \"$person->login\"", self::to($person->email, 'email_changed')[0], 'one person may have several accounts');
    }

    public function test_the_ip_address_of_an_administrator_is_not_revealed(): void
    {
        $person = $this->person();
        $admin = $this->enrolled($this->administrator());
        $answer = static::site()->request('POST', "/wp-json/wp/v2/users/$person->id", json: ['email' => "$person->login.new@example.test"], bearer: $admin->token);
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertTold($person, 'email_changed');
        self::assertDoesNotMatchRegularExpression('/^(From: 127|Device:)/m', self::to($person->email, 'email_changed')[0]);
        self::assertSame('ok', self::activity($person->id, 'email_changed')[0]['outcome'], 'the administrator has a fresh proof');
    }

    public function test_meanwhile_recovery_uses_the_previous_address_and_notices_go_to_both(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $new = $this->move($person);
        $this->enrol($person);
        self::assertTold($person, 'factor_added');
        self::assertCount(1, self::to($new, 'factor_added'));
        $this->shut($person);
        self::assertSame([1, 0], self::unlocks($person->email, $new));
    }

    public function test_after_a_week_a_change_back_or_a_proof_recovery_uses_the_new_address(): void
    {
        $late = $this->person();
        $this->signIn($late);
        $new = $this->move($late);
        self::sql("UPDATE {usermeta} SET meta_value = REPLACE(meta_value, 's:5:\"until\";i:', 's:5:\"until\";i:-') WHERE user_id = %d AND meta_key = '_sallyport_email_former'", $late->id);
        $this->enrol($late);
        $this->shut($late);
        self::assertSame([0, 1], self::unlocks($late->email, $new));

        $back = $this->person();
        $this->signIn($back);
        $away = $this->move($back);
        $this->move($back, $back->email);
        $this->enrol($back);
        $this->shut($back);
        self::assertSame([1, 0], self::unlocks($back->email, $away));
        self::assertSame([], self::to($away, 'factor_added'));

        $proven = $this->enrolled();
        $new = $this->move($proven);
        self::assertTold($proven, 'email_changed');
        self::assertSame('ok', self::activity($proven->id, 'email_changed')[0]['outcome']);
        $this->shut($proven);
        self::assertSame([0, 1], self::unlocks($proven->email, $new));
    }

    public function test_after_two_changes_the_first_address_counts(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $this->move($person);
        $last = $this->move($person, "$person->login.last@example.test");
        $this->enrol($person);
        $this->shut($person);
        self::assertSame([1, 0], self::unlocks($person->email, $last));
    }

    public function test_the_link_that_confirms_an_enrolment_goes_to_the_one_before(): void
    {
        $person = $this->person('administrator');
        $this->signIn($person);
        $new = $this->move($person);
        self::required('administrator');
        static::site()->forgetMails();
        self::refused(403, 'sallyport_enrolment_required', $this->logIn($person));
        self::assertCount(1, self::mailsTo($person->email, 'sallyport-confirm'));
        self::assertSame([], self::mailsTo($new, 'sallyport-confirm'));
    }

    public function test_no_other_code_can_change_the_recovery_address(): void
    {
        $person = $this->person();
        $kept = static::site()->php('return [update_user_meta((int) $argv[1], "_sallyport_email_former", ["email" => "evil@example.test", "until" => time() + 1000]), get_user_meta((int) $argv[1], "_sallyport_email_former")];', [(string) $person->id]);
        self::assertSame([false, []], $kept);
    }

    public function test_a_changed_password_is_told_once(): void
    {
        $person = $this->person();
        static::site()->php('reset_password(get_userdata((int) $argv[1]), "quite another password");', [(string) $person->id]);
        self::assertTold($person, 'password_changed');

        // If core mails the user itself, we do not.
        $other = $this->person();
        static::site()->forgetMails();
        static::site()->php('wp_update_user(["ID" => (int) $argv[1], "user_pass" => "quite another password"]);', [(string) $other->id]);
        self::assertCount(1, self::mailsTo($other->email, 'password'));
        self::assertSame([], self::to($other->email, 'password_changed'));
        self::assertCount(1, self::activity($other->id, 'password_changed'));
    }

    public function test_a_lock_is_mailed_when_it_begins(): void
    {
        $person = $this->enrolled();
        static::site()->forgetMails();
        for ($i = 0; $i < 9; $i++) {
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        }
        self::assertSame([], self::activity($person->id, 'lock_began'));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        self::assertTold($person, 'second_step_locked');
        self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $person->app->wrong()]));
        self::assertCount(1, self::activity($person->id, 'lock_began'));
        self::assertTold($person, 'second_step_locked');
    }

    public function test_so_is_a_lock_by_wrong_codes_during_enrolment(): void
    {
        $person = $this->person();
        $this->signIn($person);
        $app = $this->begin($person);
        for ($i = 0; $i < 10; $i++) {
            self::refused(401, 'INVALID_CODE', $this->post('/two-factor/verify-totp', ['code' => $app->wrong()], $person->token));
        }
        self::assertTold($person, 'second_step_locked');
    }

    /** Changes the address over REST, as the user; returns the new address. */
    private function move(Person $person, ?string $to = null): string
    {
        $to ??= "$person->login.new@example.test";
        $answer = static::site()->request('POST', '/wp-json/wp/v2/users/me', json: ['email' => $to], bearer: $person->token);
        self::assertSame(200, $answer->status, (string) $answer);
        return $to;
    }

    /** Set-up: the hundredth wrong code. */
    private function shut(Person $person): void
    {
        static::site()->forgetMails();
        static::site()->php('global $wpdb; $wpdb->query($wpdb->prepare("UPDATE {$wpdb->base_prefix}sallyport_throttle SET failures = 99, until = 0 WHERE name = %s", hash("sha256", "second-step:$argv[1]")));', [(string) $person->id]);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
    }

    /** @return list<int> how many mailed unlocks each address got */
    private static function unlocks(string ...$addresses): array
    {
        return array_map(static fn (string $address): int => count(self::mailsTo($address, 'sallyport-unlock')), $addresses);
    }

    /** @return list<string> mails that are not notices, and contain these words */
    private static function mailsTo(string $address, string $words): array
    {
        return array_values(
            array_filter(
                array_map(self::decoded(...), static::site()->mails()),
                static fn (string $mail): bool => preg_match('/^To: (.*[ <])?' . preg_quote($address, '/') . '>?$/m', $mail) === 1
                    && stripos($mail, $words) !== false,
            ),
        );
    }

    /** @return list<string> notices of this name */
    private static function to(string $address, string $notice): array
    {
        return array_values(
            array_filter(
                array_map(self::decoded(...), static::site()->notices()),
                static fn (string $mail): bool => preg_match('/^To: (.*[ <])?' . preg_quote($address, '/') . '>?$/m', $mail) === 1
                    && str_contains($mail, "X-Sallyport-Notice: $notice\n"),
            ),
        );
    }
}
