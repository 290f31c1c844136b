<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Jwt;
use Sallyport\Tests\Person;

/** For another plugin's issuer: a user without a factor gets that plugin's own answers. */
trait BridgeLaws
{
    /** As if Sallyport were not installed: the same status, headers and body, except for tokens and times. */
    public function testWithoutAFactorEveryAnswerIsByteForByteTheSame(): void
    {
        $person = $this->someone();
        $this->issued($this->door()->login($person), $person); // Some plugins create a secret for the user at the first login.
        $with = $this->answersTo($person);
        $this->switchSallyport('deactivate_plugins');
        try {
            $without = $this->answersTo($person);
        } finally {
            $this->switchSallyport('activate_plugin');
        }
        self::assertSame($without, $with);
        $this->assertServed($with);
        $this->assertRefused(401, 'sallyport_second_factor_required', $this->door()->login($this->someoneEnrolled()));
    }

    /** @return array<string, array<string, mixed>> the request => status, headers and body of the answer */
    abstract protected function answersTo(Person $person): array;

    /** Asserts that the plugin worked: if all answers were errors, there would be no difference either. @param array<string, array<string, mixed>> $answers */
    abstract protected function assertServed(array $answers): void;

    /** All these plugins have the same secret. */
    protected function sign(array $tokens): array
    {
        return array_map(static fn (array $claims): string => Jwt::hs256($claims, ContractSite::SECRET), $tokens);
    }

    private function switchSallyport(string $how): void
    {
        $this->site()->php(
            'require_once ABSPATH . "wp-admin/includes/plugin.php";'
            . '$argv[1] === "activate_plugin" ? activate_plugin("sallyport/sallyport.php", "", is_multisite()) : deactivate_plugins("sallyport/sallyport.php", false, is_multisite());',
            [$how],
        );
    }
}
