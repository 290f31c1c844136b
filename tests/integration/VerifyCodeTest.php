<?php

declare(strict_types=1);

use Sallyport\Tests\Totp;
use Sallyport\WP\Challenge\Proof;
use Sallyport\WP\Enrolment\Enrolment;

require_once __DIR__ . '/../support/Totp.php';

/** sallyport_verify_code(): another plugin asks for a code on a page of its own. */
final class VerifyCodeTest extends WPTestCase
{
    public function test_a_right_code_is_a_proof_once_and_signs_nobody_in(): void
    {
        [$user, $app] = $this->enrolled();
        $code = $app->code(1);
        $proof = sallyport_verify_code($user->ID, $code);
        self::assertInstanceOf(Proof::class, $proof);
        self::assertSame([$user->ID, true], [$proof->user_id, $proof->is_strong()]);
        self::assertNull(self::plugin()->acceptance()->proof($user->ID), 'no step-up');
        self::assertErrorCode('sallyport_invalid_code', sallyport_verify_code($user->ID, $code));
    }

    public function test_a_code_of_another_user_or_without_a_factor_proves_nothing(): void
    {
        [$user, $app] = $this->enrolled();
        [$other] = $this->enrolled();
        self::assertErrorCode('sallyport_invalid_code', sallyport_verify_code($other->ID, $app->code(1)));
        self::assertErrorCode('sallyport_factor_unavailable', sallyport_verify_code($user->ID, $app->code(1), 'no-such'));
        self::assertErrorCode('sallyport_factor_unavailable', sallyport_verify_code($this->user()->ID, $app->code(1)));
        self::assertInstanceOf(Proof::class, sallyport_verify_code($user->ID, $app->code(1), 'totp'), 'nothing was spent');
    }

    public function test_guesses_count_against_the_users_budget(): void
    {
        [$user, $app] = $this->enrolled();
        for ($guess = 0; $guess < 10; $guess++) {
            self::assertErrorCode('sallyport_invalid_code', sallyport_verify_code($user->ID, 'x'));
        }
        self::assertErrorCode('sallyport_locked', sallyport_verify_code($user->ID, $app->code(1)));
    }

    public function test_no_filter_answers_in_its_place(): void
    {
        [$user] = $this->enrolled();
        $yes = static fn () => true;
        add_filter('sallyport_verify_code', $yes);
        try {
            self::assertErrorCode('sallyport_invalid_code', sallyport_verify_code($user->ID, 'x'));
        } finally {
            remove_filter('sallyport_verify_code', $yes);
        }
    }

    /** @return array{0: WP_User, 1: Totp} */
    private function enrolled(): array
    {
        $user = $this->user();
        $plugin = self::plugin();
        $app = new Totp((fn () => $this->authenticators())->call($plugin)->begin($user, null, time())['totpURI']);
        self::assertNotNull((fn (): Enrolment => $this->enrolment())->call($plugin)->activate('totp', $user->ID, $app->code(), 'sallyport', time()));
        return [$user, $app];
    }
}
