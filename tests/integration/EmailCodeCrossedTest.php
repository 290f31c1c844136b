<?php

declare(strict_types=1);

/** The address changes while a code is verified that was mailed to the previous one. */
final class EmailCodeCrossedTest extends WPTestCase
{
    public function test_it_proves_the_address_it_was_mailed_to(): void
    {
        global $wpdb;
        $user = $this->user();
        $former = $user->user_email;
        wp_set_current_user($user->ID);
        self::assertSame(200, $this->rest('POST', '/sallyport/v1/two-factor/enable', ['method' => 'otp', 'password' => 'pw'])->get_status());
        self::assertSame(200, $this->rest('POST', '/sallyport/v1/two-factor/send-otp')->get_status());
        self::assertSame(1, preg_match('/^\d{6,8}$/m', end(self::$mails)['message'], $code), end(self::$mails)['message']);
        add_filter('query', $change = static function (string $query) use (&$change, $user, $wpdb): string {
            if (preg_match('/^\s*UPDATE\b.*sallyport_email_codes.*used/is', $query) === 1) {
                remove_filter('query', $change);
                $wpdb->update($wpdb->users, ['user_email' => 'victim@example.test'], ['ID' => $user->ID]);
            }
            return $query;
        });
        [$row] = (fn () => $this->factor_rows())->call(self::plugin())->pending($user->ID, 'email');
        self::assertSame(0, self::withPersistentCache(static fn () => (fn () => $this->email_code())->call(self::plugin())->prove($row, $code[0], time())));
        self::assertFalse(has_filter('query', $change), 'the change happened in between');
        self::assertSame($former, get_user_meta($user->ID, '_sallyport_email_proven', true));
    }
}
