<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';

/** An address is proven once a link or a code mailed to it was used, and as long as it is the user's. */
final class ProvenEmailTest extends HttpTestCase
{
    public function test_cores_own_reset_link_proves_it(): void
    {
        $person = $this->person();
        self::assertFalse(self::isProven($person));
        $browser = $this->browserAtResetLink($person);
        self::assertFalse(self::isProven($person), 'a sent mail is not necessarily read');
        $this->choosePassword($browser, 'a new password of theirs');
        self::assertTrue(self::isProven($person));
    }

    public function test_a_changed_address_is_no_longer_proven(): void
    {
        $person = $this->person();
        $this->choosePassword($this->browserAtResetLink($person), 'a new password of theirs');
        self::changeEmail($person, "other.$person->email");
        self::assertFalse(self::isProven($person));
        self::changeEmail($person, $person->email);
        self::assertTrue(self::isProven($person));
    }

    public function test_what_changes_while_the_link_is_used_is_not_proven(): void
    {
        $person = $this->person();
        self::assertFalse(self::reset($person, $person, 'wp_update_user(["ID" => $user->ID, "user_email" => "victim.$user->user_email"]);'));
    }

    /** As plugins do it with a token: core's actions are fired for it as well. */
    public function test_a_reset_by_other_means_proves_no_address(): void
    {
        [$person, $other] = [$this->person(), $this->person()];
        $reset = 'do_action("validate_password_reset", new WP_Error(), $user);';
        self::assertFalse(self::reset($person, null, $reset));
        self::assertFalse(self::reset($person, $other, "do_action('validate_password_reset', new WP_Error(), get_userdata((int) \$argv[2])); $reset"), "with another user's key");
        self::assertFalse(self::reset($person, $person, '$_POST["rp_key"] = strrev($_POST["rp_key"]);'), 'with a wrong key');
        self::assertFalse(self::reset($person, $person, '$_POST["rp_key"] = [$_POST["rp_key"]];'));
        self::assertTrue(self::reset($person, $person, ''));
    }

    /** Resets the password with a key in the form, in one request. @param Person|null $whose the user of the key @param string $before PHP that runs before */
    private static function reset(Person $person, ?Person $whose, string $before): bool
    {
        return static::site()->php(<<<PHP
            \$whose = get_userdata((int) \$argv[2]);
            \$_POST = \$whose ? ['rp_key' => get_password_reset_key(\$whose)] : [];
            \$user = get_userdata((int) \$argv[1]);
            $before
            reset_password(\$user, 'a new password of theirs');
            return (new Sallyport\WP\Plugin())->proven_emails()->is_proven(\$user->ID);
            PHP, [(string) $person->id, (string) ($whose?->id ?? 0)]);
    }

    public function test_nobody_else_can_claim_it(): void
    {
        $person = $this->person();
        static::site()->php('update_user_meta((int) $argv[1], "_sallyport_email_proven", $argv[2]); add_user_meta((int) $argv[1], "_sallyport_email_proven", $argv[2]);', [(string) $person->id, $person->email]);
        self::assertFalse(self::isProven($person));
    }

    private static function changeEmail(Person $person, string $to): void
    {
        static::site()->php('wp_update_user(["ID" => (int) $argv[1], "user_email" => $argv[2]]);', [(string) $person->id, $to]);
    }

    private function browserAtResetLink(Person $person): Browser
    {
        static::site()->forgetMails();
        $browser = new Browser(static::site());
        $browser->send('POST', '/wp-login.php?action=lostpassword', ['user_login' => $person->login]);
        $mail = self::decoded(implode('', static::site()->mails()));
        self::assertSame(1, preg_match('~(/wp-login\.php\?\S*action=rp\S*)~', $mail, $link), $mail);
        $browser->send('GET', $link[1]);
        return $browser;
    }

    private function choosePassword(Browser $browser, string $password): void
    {
        $page = $browser->send('GET', '/wp-login.php?action=rp');
        $done = $browser->send('POST', '/wp-login.php?action=resetpass', ['pass1' => $password, 'pass2' => $password] + Browser::fields($page));
        self::assertStringContainsString('has been reset', $done->body);
    }
}
