<?php

declare(strict_types=1);

/** A wrong key or code costs as much for an unknown user as for a known one, so that the time reveals nothing. */
final class ResetWorkTest extends WPTestCase
{
    /** @var list<string> the statements sent to the database: the verb and the table */
    private array $queries = [];

    protected function setUp(): void
    {
        parent::setUp();
        add_filter('query', function (string $query): string {
            $this->queries[] = preg_replace('/^\s*(\w+).*?\b(wp_\w+).*$/s', '$1 $2', $query);
            return $query;
        });
    }

    public function test_a_key(): void
    {
        $asked = $this->user();
        get_password_reset_key($asked);
        $this->assertSameWork('token', str_repeat('k', 20), [$asked->user_login, $this->user()->user_login], ['nobody']);
        $this->assertSameWork('token', str_repeat('k', 20), [$asked->user_email, $this->user()->user_email], ['nobody@example.test']);
    }

    public function test_a_code(): void
    {
        [$asked, $used_up] = [$this->user(), $this->user()];
        foreach ([$asked, $used_up] as $user) {
            $this->rest('POST', '/sallyport/v1/forgot-password', ['login' => $user->user_login, 'delivery' => 'otp']);
        }
        self::plugin()->after_answer()->run();
        self::assertCount(2, self::$mails);
        for ($i = 0; $i < 6; $i++) {
            $this->refused('otp', '00000000', $used_up->user_login);
        }
        $this->assertSameWork('otp', '00000000', [$asked->user_login, $used_up->user_login, $this->user()->user_login], ['nobody']);
        $this->assertSameWork('otp', '00000000', [$asked->user_email, $used_up->user_email, $this->user()->user_email], ['nobody@example.test']);
    }

    /** @param list<string> $known @param list<string> $unknown */
    private function assertSameWork(string $field, string $given, array $known, array $unknown): void
    {
        $seen = [];
        foreach ([...$unknown, ...$known] as $name) {
            $this->refused($field, $given, $name); // the first request for a name creates its rows
            wp_cache_flush();
            $this->queries = [];
            $this->refused($field, $given, $name);
            sort($this->queries);
            $seen[$name] = $this->queries;
        }
        self::assertNotSame([], current($seen));
        self::assertSame(array_fill_keys(array_keys($seen), current($seen)), $seen);
    }

    private function refused(string $field, string $given, string $name): void
    {
        $answer = $this->rest('POST', '/sallyport/v1/reset-password', ['login' => $name, 'password' => 'a new password', $field => $given]);
        self::assertSame('sallyport_reset_refused', $answer->get_data()['code'] ?? '', $name);
    }
}
