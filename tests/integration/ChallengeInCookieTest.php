<?php

declare(strict_types=1);

use Sallyport\WP\Gate\Presented;

/** The challenge of a cookie counts only while a route that accepts one is answered. */
final class ChallengeInCookieTest extends WPTestCase
{
    public function test_it_ends_with_the_answer_even_if_that_throws(): void
    {
        $presented = new Presented();
        $within = fn (): ?string => $presented->challenge_in_cookie();
        self::assertNull($within());
        self::assertSame('of the cookie', $presented->with_cookie(static fn (): string => 'of the cookie', $within));
        self::assertNull($within());
        try {
            $presented->with_cookie(static fn (): string => 'of the cookie', static fn () => throw new RuntimeException('refused'));
            self::fail('it was not refused');
        } catch (RuntimeException) {
            self::assertNull($within());
        }
    }

    public function test_it_is_not_asked_for_beside_a_bearer_or_a_user(): void
    {
        $presented = new Presented();
        $asked = static fn (): string => throw new LogicException('the cookie was looked at');
        $within = fn (): ?string => $presented->with_cookie($asked, fn (): ?string => $presented->challenge_in_cookie());
        $_SERVER['HTTP_AUTHORIZATION'] = 'Bearer anybodys';
        self::assertNull($within());
        unset($_SERVER['HTTP_AUTHORIZATION']);
        wp_set_current_user(1);
        self::assertNull($within());
    }
}
