<?php

declare(strict_types=1);

/** What is shown while an app is set up. */
final class AuthenticatorsTest extends WPTestCase
{
    /** @dataProvider titles */
    public function test_a_title_of_any_length_makes_a_code_to_scan(string $title, string $issuer): void
    {
        update_option('blogname', $title);
        $authenticators = (fn () => $this->authenticators())->call(self::plugin());
        $user = $this->user();
        $authenticators->begin($user, null, time());
        $scan = $authenticators->scan($user, $authenticators->row($user->ID));
        self::assertSame($issuer, $scan->issuer);
        self::assertStringContainsString('<svg', $scan->svg);
    }

    /** @return array<string, array{string, string}> */
    public static function titles(): array
    {
        return [
            'a short one' => ['Ada’s: site', 'Ada’s site'],
            'of 255 bytes' => [str_repeat('x', 255), str_repeat('x', 255)],
            'longer, and cut between two characters' => [str_repeat('字', 120), str_repeat('字', 85)],
            'nothing but colons' => ['::', '127.0.0.1'],
        ];
    }
}
