<?php

declare(strict_types=1);

use Sallyport\WP\Accounts\PasswordRules;
use Sallyport\WP\Store\Passwords;

/** The rules for a new password: one function, without a user, a clock or a database. */
final class PasswordRulesTest extends WPTestCase
{
    /**
     * @dataProvider passwords
     * @param list<string> $wrong
     */
    public function test_it_says_what_is_wrong(string $password, array $wrong): void
    {
        self::assertSame($wrong, PasswordRules::errors($password, ['Ada.Lovelace', 'ada@example.test'], null)->get_error_codes());
    }

    /** @return array<string, array{string, list<string>}> */
    public static function passwords(): array
    {
        return [
            'eight' => ['eight888', []],
            'seven' => ['seven77', ['password_short']],
            'eight letters of two bytes' => ['паролище', []],
            'four letters of two bytes' => ['паро', ['password_short']],
            'four letters of four bytes' => ['🔑🔑🔑🔑', ['password_short']],
            'blanks around seven' => [" seven77\n", ['password_short']],
            'blanks within' => ['a b c d ', ['password_short']],
            '4096 bytes' => [str_repeat('x', 4096), []],
            '4097 bytes' => [str_repeat('x', 4097), ['password_long']],
            '2048 quotes' => [str_repeat('"', 2048), []],
            '2049 backslashes' => [str_repeat('\\', 2049), ['password_long']],
            'the login' => ['ada.lovelace', ['password_is_name']],
            'the address, blanks around' => [' ADA@example.test ', ['password_is_name']],
            'the login and more' => ['ada.lovelace1', []],
        ];
    }

    public function test_the_longest_that_may_be_chosen_can_be_signed_in_with(): void
    {
        foreach ([str_repeat('x', 4096), str_repeat('"', 2048), str_repeat('\\', 2048)] as $password) {
            $user = $this->user();
            wp_set_password(Passwords::form($password), $user->ID);
            self::assertTrue(self::plugin()->passwords()->is_right($user->ID, $password));
        }
    }

    public function test_a_filter_can_add_errors_and_nonsense_removes_none(): void
    {
        $user = $this->user();
        add_filter('sallyport_password_errors', static function (WP_Error $errors, string $password, ?WP_User $whose) use ($user): WP_Error {
            $errors->add('seen', "$password {$whose?->user_login}");
            return $errors;
        }, 10, 3);
        self::assertSame(["as typed $user->user_login"], PasswordRules::errors('as typed', [], $user)->get_error_messages('seen'));
        add_filter('sallyport_password_errors', '__return_null', 20);
        self::assertSame(['password_short', 'seen'], PasswordRules::errors('short', [], null)->get_error_codes());
    }
}
