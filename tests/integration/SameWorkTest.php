<?php

declare(strict_types=1);

/** A wrong password causes as many checks of a hash as an unknown name, so that the time reveals nothing. */
final class SameWorkTest extends WPTestCase
{
    /** @var list<string> the kind of each hash that was checked */
    private array $checked = [];

    protected function setUp(): void
    {
        parent::setUp();
        add_filter('check_password', function (bool $right, string $password, string $hash): bool {
            $this->checked[] = substr($hash, 0, str_starts_with($hash, '$P$') ? 4 : 7); // The algorithm and its cost, without the salt: before WordPress 6.8 it is phpass.
            return $right;
        }, 10, 3);
    }

    /** @dataProvider passwords */
    public function test_a_name(string $password): void
    {
        $user = $this->user();
        $this->assertSameWork(
            $password,
            [$user->user_login, strtoupper($user->user_login), " $user->user_login "],
            ['nobody', 'NOBODY', ' nobody ', 'nóbody', 'no%20body', '%20', '%2%200', '<b>'],
        );
    }

    /** @dataProvider passwords */
    public function test_an_address(string $password): void
    {
        $user = $this->user();
        $same = $this->named('same@example.test', 'same@example.test');
        $other = $this->named('login@example.test', 'other@example.test');
        $this->named('namesake', 'login@example.test');
        $this->assertSameWork(
            $password,
            [$user->user_email, " $user->user_email", $same->user_login, strtoupper($same->user_login), $other->user_login, $other->user_email, 'sáme@example.test'],
            ['nobody@example.test', ' nobody@example.test ', 'nóbody@example.test'],
        );
    }

    /** @return array<string, array{string}> */
    public static function passwords(): array
    {
        return [
            'plain' => ['not theirs'], 'with quotes' => ['not "their\'s"'], 'with a backslash' => ['not\\theirs'],
            'with spaces around' => [' not theirs '], 'ending in a backslash' => ["it's \\"],
            'slashed already' => ["it\\'s"],
        ];
    }

    /** @param list<string> $known @param list<string> $unknown */
    private function assertSameWork(string $password, array $known, array $unknown): void
    {
        $seen = [];
        foreach ([...$unknown, ...$known] as $name) {
            foreach (['/token', '/login'] as $route) {
                $this->checked = [];
                $answer = $this->rest('POST', "/sallyport/v1$route", ['username' => $name, 'password' => $password]);
                self::assertSame('sallyport_invalid_credentials', $answer->get_data()['code'] ?? '', $name);
                $seen["$route $name"] = $this->checked;
            }
        }
        $first = current($seen);
        self::assertNotSame([], $first);
        self::assertSame(array_fill_keys(array_keys($seen), $first), $seen);
    }

    private function named(string $login, string $email): WP_User
    {
        $id = wp_insert_user(['user_login' => $login, 'user_email' => $email, 'user_pass' => 'pw']);
        self::assertIsInt($id);
        return new WP_User($id);
    }
}
