<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Browser;


/** Other credentials at a login, and requests with contradictory values. */
trait CredentialLaws
{
    public function testAnApplicationPasswordIsNotExchangedForAToken(): void
    {
        $person = $this->someoneEnrolled();
        $password = $person->applicationPassword();
        $this->assertRefused(403, 'sallyport_app_password_not_exchangeable', $this->door()->submit($person->login, $password));
        $code = $person->code();
        $this->assertRefused(403, 'sallyport_app_password_not_exchangeable', $this->door()->submit($person->login, $password, ['code' => $code]));
        $this->issued($this->door()->login($person, ['code' => $code]), $person);
    }

    public function testAProvenCookieDoesNotReplaceTheCode(): void
    {
        $person = $this->someoneEnrolled();
        $cookie = Browser::signedIn($this->site(), $person);
        self::assertSame(200, $this->site()->request('GET', static::ME, headers: $cookie->headers())->status, 'the cookie itself is proven');
        foreach ([$cookie->headers(), ['Cookie' => $cookie->cookie()]] as $headers) {
            $this->assertRefused(401, 'sallyport_second_factor_required', $this->door()->login($person, headers: $headers));
        }
    }

    public function testAProvenTokenDoesNotReplaceTheCode(): void
    {
        $person = $this->someoneEnrolled();
        $headers = ['Authorization' => 'Bearer ' . $this->provenToken($person)];
        $this->assertRefused(401, 'sallyport_second_factor_required', $this->door()->login($person, headers: $headers));
    }
}
