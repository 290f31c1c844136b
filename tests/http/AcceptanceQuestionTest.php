<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/** Plugins that filter determine_current_user: they ask for the user while the user is being determined, or answer in their own way. */
final class AcceptanceQuestionTest extends HttpTestCase
{
    private const WHO = '/wp-json/switcher/v1/who';

    /**
     * A page of the attacker makes the victim's browser send the attacker's own token. The cookie comes without a
     * nonce, so it is not a credential, however often it is read.
     *
     * @dataProvider victims
     */
    public function test_an_attackers_bearer_does_not_replace_the_nonce_of_a_victims_cookie(bool $enrolled): void
    {
        $attacker = $this->person();
        $this->signIn($attacker);
        $victim = $enrolled ? $this->enrolled() : $this->person();
        $browser = $this->signedIn($victim);
        foreach (['at a cookie', 'before others', ''] as $asked) {
            $answer = $this->ask(clone $browser, $asked, $attacker->token);
            self::assertSame([200, $attacker->id], [$answer->status, $answer->json['user'] ?? null], "$asked: $answer");
        }
    }

    /** @dataProvider victims */
    public function test_nor_does_the_bearer_of_an_attacker_with_a_factor(bool $enrolled): void
    {
        $attacker = $this->enrolled();
        $browser = $this->signedIn($enrolled ? $this->enrolled() : $this->person());
        foreach (['at a cookie', 'before others', ''] as $asked) {
            self::refused(400, 'sallyport_ambiguous', $this->ask(clone $browser, $asked, $attacker->token));
        }
    }

    /** @dataProvider victims */
    public function test_nor_does_an_invalid_bearer(bool $enrolled): void
    {
        $attacker = $this->person();
        $this->signIn($attacker);
        $browser = $this->signedIn($enrolled ? $this->enrolled() : $this->person());
        foreach (['at a cookie', 'before others', ''] as $asked) {
            self::refusedCredential('sallyport_token_invalid', $this->ask(clone $browser, $asked, substr($attacker->token, 0, -4) . 'AAAA'));
        }
    }

    /** @return array<string, array{bool}> */
    public static function victims(): array
    {
        return ['a victim without a factor' => [false], 'a victim with a proven session' => [true]];
    }

    /** Tmeister's plugin takes our token for an invalid one of its own, and answers every route with an error. */
    public function test_our_token_stays_hidden_from_the_plugin_that_reads_it_next(): void
    {
        foreach ([$this->person(), $this->enrolled()] as $person) {
            if ($person->app === null) {
                $this->signIn($person);
            }
            foreach (['before others', ''] as $asked) {
                $answer = $this->ask(new Browser(static::site()), $asked, $person->token);
                self::assertSame([200, $person->id], [$answer->status, $answer->json['user'] ?? null], "$asked: $answer");
            }
        }
    }

    public function test_a_cookie_with_its_nonce_counts_as_ever(): void
    {
        foreach ([$this->person(), $this->enrolled()] as $person) {
            $browser = $this->signedIn($person);
            $nonce = $browser->nonce();
            foreach (['at a cookie', 'before others', ''] as $asked) {
                self::assertSame($person->id, $this->ask($browser, $asked, null, ['x-wp-nonce' => $nonce])->json['user'] ?? null);
            }
        }
    }

    public function test_a_user_named_by_an_object_is_refused_like_one_named_by_an_id(): void
    {
        $person = $this->enrolled();
        $answer = $this->get(self::WHO, headers: ['x-switcher-object' => (string) $person->id]);
        self::refused(401, 'sallyport_token_unproven', $answer);
        self::assertNull($this->get('/wp-json/wp/v2/users/me', headers: ['x-switcher-object' => (string) $person->id])->json['id'] ?? null);
        self::assertSame(0, $this->get('/wp-admin/admin-ajax.php?action=switcher', headers: ['x-switcher-object' => (string) $person->id])->json['user']);
        // Already when the user is determined, and not only by the check for switched users.
        self::assertNotSame([], static::activity($person->id, 'credential_refused'));
        self::assertSame([], static::activity($person->id, 'switch_refused'));
    }

    public function test_a_user_named_by_an_object_counts_with_a_proof_or_without_a_factor(): void
    {
        $person = $this->enrolled();
        self::assertSame($person->id, $this->get(self::WHO, $person->token, ['x-switcher-object' => (string) $person->id])->json['user']);
        $plain = $this->person();
        self::assertSame($plain->id, $this->get(self::WHO, headers: ['x-switcher-object' => (string) $plain->id])->json['user']);
    }

    /** @param array<string, string> $headers */
    private function ask(Browser $browser, string $where, ?string $bearer, array $headers = []): Response
    {
        return $browser->send('GET', self::WHO, headers: $headers + ($where === '' ? [] : ['x-switcher-asks' => $where]), bearer: $bearer);
    }
}
