<?php

declare(strict_types=1);

use Sallyport\WP\Issuer\OneShot;

/** Another plugin's login finds one user without a password: only that user, once, and only during the call. */
final class OneShotTest extends WPTestCase
{
    public function test_it_answers_that_user_once(): void
    {
        [$person, $other] = [$this->user(), $this->user()];
        $found = OneShot::as($person, static fn (): array => [
            wp_authenticate($other->user_login, ''),
            wp_authenticate($person->user_login, ''),
            wp_authenticate($person->user_login, ''),
        ]);
        self::assertWPError($found[0]);
        self::assertSame($person->ID, $found[1]->ID);
        self::assertWPError($found[2]);
        self::assertWPError(wp_authenticate($person->user_login, ''));
    }

    public function test_it_sees_nothing_of_the_request_and_leaves_it_as_it_was(): void
    {
        $person = $this->user();
        $_SERVER['HTTP_AUTHORIZATION'] = 'Bearer x';
        $_POST = $_REQUEST = ['username' => 'another'];
        $seen = OneShot::as($person, static fn (): array => [$_SERVER['HTTP_AUTHORIZATION'] ?? null, $_GET, $_POST, $_REQUEST]);
        self::assertSame([null, [], [], []], $seen);
        try {
            OneShot::as($person, static fn () => throw new RuntimeException('of the login'));
            self::fail('it was swallowed');
        } catch (RuntimeException) {
            self::assertWPError(wp_authenticate($person->user_login, ''));
        }
        self::assertSame(['Bearer x', ['username' => 'another'], ['username' => 'another']], [$_SERVER['HTTP_AUTHORIZATION'], $_POST, $_REQUEST]);
    }

    private static function assertWPError(mixed $found): void
    {
        self::assertInstanceOf(WP_Error::class, $found);
    }
}
