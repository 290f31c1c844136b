<?php

declare(strict_types=1);

/** Lock-out plugins count wp_login_failed: one wrong password on our routes is one failure, whatever the request contains. */
final class LoginFailureTest extends WPTestCase
{
    /** @dataProvider passwords */
    public function test_one_wrong_password_is_one_failure(string $password): void
    {
        $failures = 0;
        add_action('wp_login_failed', static function () use (&$failures): void {
            ++$failures;
        });
        $answer = $this->rest('POST', '/sallyport/v1/token', ['username' => $this->user()->user_login, 'password' => $password]);
        self::assertSame('sallyport_invalid_credentials', $answer->get_data()['code'] ?? '');
        self::assertSame(1, $failures);
    }

    /** @dataProvider passwords */
    public function test_the_right_password_is_no_failure(string $password): void
    {
        $failures = 0;
        add_action('wp_login_failed', static function () use (&$failures): void {
            ++$failures;
        });
        $login = $this->user(password: $password)->user_login;
        self::assertSame(200, $this->rest('POST', '/sallyport/v1/token', ['username' => $login, 'password' => $password])->get_status());
        self::assertSame(0, $failures);
    }

    /** @return array<string, array{string}> */
    public static function passwords(): array
    {
        return ['plain' => ['not theirs at all'], 'a quote' => ["not their's"], 'a backslash' => ['not\\theirs']];
    }
}
