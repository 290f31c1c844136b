<?php

declare(strict_types=1);

use Sallyport\Tests\Totp;
use Sallyport\WP\Code;
use Sallyport\WP\Refusal;
use Sallyport\WP\Security\Form;

require_once __DIR__ . '/../support/Totp.php';

/** A phone whose clock is wrong shows wrong codes: while setting it up, its user is told the difference. */
final class ClockOffTest extends WPTestCase
{
    /** @dataProvider steps */
    public function test_a_wrong_code_of_a_time_near_says_how_far_off_the_clock_is(int $steps, ?int $seconds): void
    {
        $user = $this->user();
        $apps = (fn () => $this->authenticators())->call(self::plugin());
        $now = time();
        $app = new Totp($apps->begin($user, null, $now)['totpURI']);
        self::assertSame($seconds, $apps->seconds_off($user->ID, $app->code($steps, $now), $now));
    }

    /** @return array<string, array{int, int|null}> */
    public static function steps(): array
    {
        return [
            'typed slowly' => [-1, null], 'right' => [0, null], 'a moment ahead' => [1, null],
            'behind' => [-4, -120], 'ahead' => [3, 90], 'the last that is looked at' => [10, 300], 'of no time near' => [-40, null],
        ];
    }

    public function test_the_clock_is_not_reported_for_an_app_already_set_up(): void
    {
        self::assertNull((fn () => $this->authenticators())->call(self::plugin())->seconds_off($this->user()->ID, '123456', time()));
    }

    public function test_people_are_told_in_words(): void
    {
        $said = static fn (int $off): string => Form::message(new Refusal(Code::InvalidCode, ['clock_off' => $off]));
        self::assertStringContainsString('seems to be 2 minutes slow.', $said(-120));
        self::assertStringContainsString('seems to be 5 minutes fast.', $said(300));
    }
}
