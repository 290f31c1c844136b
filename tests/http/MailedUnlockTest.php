<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';

/** After a hundred wrong codes, a mailed link lets the user try backup codes, a few times, and nothing else. */
final class MailedUnlockTest extends HttpTestCase
{
    public function test_the_hundredth_wrong_code_mails_a_link_once(): void
    {
        $person = $this->enrolled();
        static::site()->forgetMails();
        self::failures($person, 98);
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        self::assertSame([], static::site()->mails(), 'the 99th');
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        $mails = static::site()->mails();
        self::assertCount(1, $mails);
        self::assertStringContainsString($person->email, $mails[0]);
        self::assertMatchesRegularExpression('~/wp-login\.php\?action=sallyport-unlock&link=spl1_[\w-]{43}\s~', self::decoded($mails[0]));
        for ($i = 0; $i < 3; $i++) {
            self::refused(423, 'sallyport_locked', $this->logIn($person));
        }
        self::assertCount(1, static::site()->mails(), 'once a day');
        self::assertCount(1, self::activity($person->id, 'unlock_mailed'));
    }

    public function test_a_mail_that_cannot_be_sent_is_on_record(): void
    {
        $person = $this->enrolled();
        self::failures($person, 99);
        static::site()->php('update_option("switcher_mail", "broken");');
        try {
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        } finally {
            static::site()->php('delete_option("switcher_mail");');
        }
        self::assertSame([], self::activity($person->id, 'unlock_mailed'));
        self::assertSame(['mail' => 'unlock'], json_decode(self::activity($person->id, 'mail_failed')[0]['detail'], true));
    }

    public function test_a_new_password_ends_the_link_and_brings_another(): void
    {
        $person = $this->shut();
        $old = $this->link();
        static::site()->php('reset_password(get_userdata((int) $argv[1]), $argv[2]);', [(string) $person->id, $person->password = 'quite another password']);
        static::site()->forgetMails();
        self::assertStringContainsString('This link has already been used or has expired', static::site()->request('GET', $old)->body);
        self::refused(423, 'sallyport_locked', $this->logIn($person));
        self::refused(423, 'sallyport_locked', $this->logIn($person));
        self::assertCount(1, preg_grep('/sallyport-unlock/', array_map(self::decoded(...), static::site()->mails())), 'once for each password');
        self::assertStringContainsString('backup code', static::site()->request('GET', $this->link())->body);
    }

    public function test_a_stranger_without_the_password_causes_no_mail(): void
    {
        $person = $this->enrolled();
        self::failures($person, 100);
        static::site()->forgetMails();
        for ($i = 0; $i < 3; $i++) {
            self::refused(401, 'sallyport_invalid_credentials', $this->post('/token', ['username' => $person->login, 'password' => 'not theirs', 'code' => $person->app->wrong()]));
        }
        self::assertSame([], static::site()->mails());
        self::assertSame(100, self::failures($person), 'nor a count');
    }

    public function test_a_user_without_backup_codes_gets_no_link(): void
    {
        $person = $this->enrolled();
        self::sql('UPDATE {backup_codes} SET used_at = 1 WHERE user_id = %d', $person->id);
        self::failures($person, 99);
        static::site()->forgetMails();
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        self::assertSame([], preg_grep('/sallyport-unlock/', array_map(self::decoded(...), static::site()->mails())));
    }

    public function test_the_opened_link_allows_a_backup_code_and_nothing_else(): void
    {
        $person = $this->shut();
        $browser = new Browser(static::site());
        $page = $browser->send('GET', $this->link());
        self::assertSame(200, $page->status);
        self::assertTellsNobodyItsAddress($page);
        self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $person->codes[0]])); // a scanner that opens the link presses no button
        $page = $browser->send('POST', '/wp-login.php?action=sallyport-unlock', Browser::fields($page));
        self::assertMatchesRegularExpression('~<p class="message" role="status">[^<]* 5 backup codes within the next 15 minutes~', $page->body);
        self::assertTellsNobodyItsAddress($page);
        self::assertFalse($browser->isSignedIn());
        self::assertCount(1, self::activity($person->id, 'unlock_opened'));
        self::assertSame(100, self::failures($person), 'the link alone does not reset the count');

        self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $person->app->code()]));
        self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $person->app->code(), 'factor' => 'totp']));
        self::refused(401, 'sallyport_invalid_credentials', $this->post('/token', ['username' => $person->login, 'password' => 'wrong', 'code' => $person->codes[0]]));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => 'AAAAA-AAAAA-AAAAA']));
        self::assertSame(100, self::failures($person));

        $challenge = $this->challenge($person);
        self::refused(423, 'sallyport_locked', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code()]));
        self::assertSame(200, $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->codes[0]])->status);
        self::assertSame(0, self::failures($person), 'a right code resets the count');
        $this->proven($person);
    }

    public function test_it_allows_five_tries_in_fifteen_minutes_and_a_used_code_counts_as_one(): void
    {
        $person = $this->shut();
        self::sql('UPDATE {backup_codes} SET used_at = 1 WHERE user_id = %d AND id = (SELECT least FROM (SELECT MIN(id) AS least FROM {backup_codes} WHERE user_id = %d) AS one)', $person->id, $person->id);
        $this->open();
        for ($i = 0; $i < 2; $i++) {
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->codes[0]]));
            self::assertSame(100, self::failures($person), 'an attempt of the link is not given back to the account\'s count');
        }
        for ($i = 0; $i < 3; $i++) {
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => 'AAAAA-AAAAA-AAAAA']));
        }
        self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $person->codes[1]]));
        self::refused(423, 'sallyport_locked', $this->logIn($person));

        $person = $this->shut();
        $this->open();
        self::sql('UPDATE {throttle} SET until = 1 WHERE name = %s', hash('sha256', "second-step-series:$person->id"));
        self::refused(423, 'sallyport_locked', $this->logIn($person, ['code' => $person->codes[1]]));
    }

    public function test_on_wp_login_a_wrong_one_of_them_is_no_lock(): void
    {
        $person = $this->shut();
        $this->open();
        $browser = new Browser(static::site());
        $page = $browser->logIn($person);
        $page = $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => 'AAAAA-AAAAA-AAAAA'] + Browser::fields($page));
        self::assertStringContainsString('4 attempts left.', $page->body);
        $browser->send('POST', '/wp-login.php?action=sallyport', ['sallyport_code' => $person->codes[0]] + Browser::fields($page));
        self::assertTrue($browser->isSignedIn());
    }

    public function test_a_permanent_lock_does_not_tell_the_user_to_wait(): void
    {
        $person = $this->shut();
        $page = (new Browser(static::site()))->logIn($person);
        self::assertStringContainsString('by the link that was mailed to you, or by an administrator of this site.', $page->body);
        $admin = new Browser(static::site());
        $admin->logIn($this->administrator());
        $about = $admin->send('GET', "/wp-admin/users.php?page=sallyport-security&user_id=$person->id");
        self::assertStringContainsString('the second step is locked, and no time unlocks it.', $about->body);
        [, , $warned] = static::site()->command('factor', 'list', $person->login);
        self::assertStringContainsString('no time unlocks it.', $warned);
        foreach ([$page->body, $about->body, $warned] as $told) {
            self::assertDoesNotMatchRegularExpression('/1 day|for a while|86400/', $told);
        }
    }

    public function test_parallel_tries_are_five_as_well(): void
    {
        $person = $this->shut();
        $this->open();
        $body = ['username' => $person->login, 'password' => $person->password, 'code' => 'AAAAA-AAAAA-AAAAA'];
        $answers = static::site()->concurrently(array_fill(0, 12, ['POST', self::API . '/token', 'json' => $body]));
        self::assertEquals(['sallyport_invalid_code' => 5, 'sallyport_locked' => 7], array_count_values(array_map(static fn ($answer): string => $answer->json['code'], $answers)));
    }

    public function test_a_link_works_once_and_an_invalid_one_is_reported(): void
    {
        $this->shut();
        $this->open();
        foreach (['', '&link[]=x'] as $lost) {
            $page = (new Browser(static::site()))->send('GET', "/wp-login.php?action=sallyport-unlock$lost");
            self::assertStringContainsString('follow the link again', $page->body);
        }
        $none = ['/wp-login.php?action=sallyport-unlock&link=spl1_' . str_repeat('A', 43), $this->link()];
        foreach ($none as $path) {
            $page = (new Browser(static::site()))->send('GET', $path);
            self::assertMatchesRegularExpression('/has already been used or has expired\. Sign in with your password and a backup code\./', $page->body, $path);
        }
        $page = (new Browser(static::site()))->send('POST', '/wp-login.php?action=sallyport-unlock', ['link' => 'spl1_' . str_repeat('A', 43)]);
        self::assertStringContainsString('has already been used or has expired', $page->body);
    }

    /** A user whose second step is shut, and who was mailed. */
    private function shut(): Person
    {
        $person = $this->enrolled();
        self::failures($person, 99);
        static::site()->forgetMails();
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $person->app->wrong()]));
        return $person;
    }

    /** The path of the link in the last mail. */
    private function link(): string
    {
        $mails = preg_grep('/sallyport-unlock/', array_map(self::decoded(...), static::site()->mails()));
        self::assertSame(1, preg_match('~(/wp-login\.php\?action=sallyport-unlock&link=spl1_[\w-]{43})\s~', (string) end($mails), $match));
        return $match[1];
    }

    private function open(): void
    {
        $browser = new Browser(static::site());
        $page = $browser->send('GET', $this->link());
        self::assertStringContainsString('in the next 15 minutes', $browser->send('POST', '/wp-login.php?action=sallyport-unlock', Browser::fields($page))->body);
    }

    /** The number of counted wrong codes; sets it first, if given. */
    private static function failures(Person $person, ?int $set = null): int
    {
        $name = hash('sha256', "second-step:$person->id");
        if ($set !== null) {
            self::sql('REPLACE INTO {throttle} (name, failures, until, expires_at) VALUES (%s, %d, 0, 0)', $name, $set);
        }
        return (int) static::site()->plugin('return $plugin->database()->row("SELECT failures FROM {throttle} WHERE name = %s", [$argv[1]])["failures"] ?? 0;', [$name]);
    }
}
