<?php

declare(strict_types=1);

use Sallyport\Tests\Totp;
use Sallyport\WP\Enrolment\Enrolment;
use Sallyport\WP\Gate\Enrolling;
use Sallyport\WP\Refusal;

require_once __DIR__ . '/../support/Totp.php';

/** An enrolment token is valid for one enrolment, and for one sign-in at its end. */
final class EnrolmentTokenTest extends WPTestCase
{
    public function test_only_one_of_two_requests_spends_it(): void
    {
        [$user, $token, $here, $there] = $this->held();
        $here->by($token, time(), function () use ($user, $token, $here, $there): void {
            $there->by($token, time(), fn () => $there->spend($user->ID, time()));
            $this->assertTooLate(fn () => $here->spend($user->ID, time()));
        });
        $this->assertTooLate(fn () => $here->by($token, time(), fn () => null), 'it has expired');
    }

    public function test_the_spending_request_continues_to_its_end_and_no_further(): void
    {
        [$user, $token, $here] = $this->held();
        $here->by($token, time(), function () use ($user, $here): void {
            $here->spend($user->ID, time());
            $here->spend($user->ID, time());
            $here->spend($this->user()->ID, time());
        });
        $other = $here->invite($user->ID, time())['enrolment_token'];
        $here->by($other, time(), fn () => $here->spend($user->ID, time()));
        $this->assertTooLate(fn () => $here->by($other, time(), fn () => null), 'each is spent separately');
    }

    public function test_the_second_request_activates_nothing_and_a_wrong_code_spends_nothing(): void
    {
        [$user, $token, $here, $there] = $this->held();
        $plugin = self::plugin();
        $enrolment = (fn (): Enrolment => $this->enrolment())->call($plugin);
        $here->by($token, time(), function () use ($user, $token, $plugin, $enrolment, $there): void {
            $app = new Totp((fn () => $this->authenticators())->call($plugin)->begin($user, null, time())['totpURI']);
            self::assertNull($enrolment->activate('totp', $user->ID, sprintf('%06d', ((int) $app->code(-2) + 1) % 1_000_000), 'sallyport', time()));
            $there->by($token, time(), fn () => $there->spend($user->ID, time()));
            $this->assertTooLate(fn () => $enrolment->activate('totp', $user->ID, $app->code(), 'sallyport', time()));
        });
        self::assertSame([], $enrolment->active($user->ID));
        self::assertFalse($plugin->state()->is_enrolled($user->ID));
    }

    /** @return array{0: WP_User, 1: string, 2: Enrolling, 3: Enrolling} a user with a token, as two requests see it */
    private function held(): array
    {
        $make = fn (): Enrolling => $this->enrolling();
        $user = $this->user();
        $here = $make->call(self::plugin());
        return [$user, $here->invite($user->ID, time())['enrolment_token'], $here, $make->call(new \Sallyport\WP\Plugin())];
    }

    private function assertTooLate(callable $attempt, string $what = ''): void
    {
        try {
            $attempt();
        } catch (Refusal $refusal) {
            self::assertSame('sallyport_token_invalid', $refusal->reason->value, $what);
            return;
        }
        self::fail("it was not refused $what");
    }
}
