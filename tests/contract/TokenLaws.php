<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Browser;

/** A token counts for the proof that it carries, and for nothing else. */
trait TokenLaws
{
    public function testATokenFromBeforeTheEnrolmentIsUnproven(): void
    {
        $person = $this->someone();
        $token = $this->issued($this->door()->login($person), $person);
        $person->enrol();
        $this->assertUnacceptable('sallyport_token_unproven', $token);
    }

    public function testATokenFromBeforeAChangeOfPasswordIsStale(): void
    {
        $person = $this->someoneEnrolled();
        $token = $this->provenToken($person);
        $person->changePassword('another password');
        $this->assertUnacceptable('sallyport_token_stale', $token);
    }

    public function testATokenFromBeforeItsUserWasSignedOutEverywhereIsRefused(): void
    {
        $person = $this->someoneEnrolled();
        $token = $this->provenToken($person);
        $this->site()->plugin('(fn () => $this->rescue())->call($plugin)->revoke((int) $argv[1], "", "test", time());', [(string) $person->id]);
        self::assertSame(401, $this->site()->request('GET', static::ME, bearer: $token)->status);
        $this->provenToken($person);
    }

    public function testATokenFromBeforeANewEnrolmentIsStale(): void
    {
        $person = $this->someoneEnrolled();
        $token = $this->provenToken($person);
        $person->enrol();
        $this->assertUnacceptable('sallyport_token_stale', $token);
    }

    public function testTheIssuersOwnKeyIsNoProof(): void
    {
        $person = $this->someoneEnrolled();
        $claims = $this->claims($this->provenToken($person));
        $made = ['none' => array_diff_key($claims, ['sp' => 0])];
        foreach (['null' => null, 'text' => 'proven', 'true' => true, 'empty' => [], 'a list of it' => [$claims['sp']]] as $what => $proof) {
            $made[$what] = ['sp' => $proof] + $claims;
        }
        $this->assertNoneAcceptable($made);
        // The positive control: the same signing is accepted if the proof is complete.
        [$same] = $this->sign([$claims]);
        self::assertSame(200, $this->site()->request('GET', static::ME, bearer: $same)->status);
    }

    public function testAnEditedProofIsInvalid(): void
    {
        $person = $this->someoneEnrolled();
        $claims = $this->claims($this->provenToken($person));
        $proof = $claims['sp'];
        $edits = [
            'v' => 2,
            'kid' => 'ffffffff',
            'iss' => 'another',
            'blog' => $proof['blog'] + 1,
            'uid' => $proof['uid'] + 1,
            'epoch' => strrev($proof['epoch']),
            'amr' => ['hwk', ...$proof['amr']],
            'at' => $proof['at'] + 1,
            'exp' => $proof['exp'] + 1,
            'mac' => strrev($proof['mac']),
        ];
        $made = [];
        foreach ($edits as $field => $value) {
            self::assertNotSame($proof[$field], $value, $field);
            $made["another $field"] = ['sp' => [$field => $value] + $proof] + $claims;
            $made["no $field"] = ['sp' => array_diff_key($proof, [$field => 0])] + $claims;
            $made["$field of another type"] = ['sp' => [$field => is_array($value) ? implode(' ', $proof[$field]) : [$proof[$field]]] + $proof] + $claims;
        }
        $made['one more field'] = ['sp' => $proof + ['more' => 1]] + $claims;
        $made['amr cut otherwise'] = ['sp' => ['amr' => [implode(' ', $proof['amr'])]] + $proof] + $claims;
        $made['a longer life, in both'] = ['exp' => $claims['exp'] + 60, 'sp' => ['exp' => $proof['exp'] + 60] + $proof] + $claims;
        $made['no mac to speak of'] = ['sp' => ['mac' => ''] + $proof] + $claims;
        $this->assertNoneAcceptable($made);
    }

    public function testAProofDoesNotMoveIntoAnotherToken(): void
    {
        [$person, $victim] = [$this->someoneEnrolled(), $this->someoneEnrolled()];
        $claims = $this->claims($this->provenToken($person));
        $others = $this->claims($this->provenToken($victim));
        $made = [
            'of another iat' => ['iat' => $claims['iat'] - 1] + $claims,
            'of another jti' => ['jti' => 'another'] + $claims,
            'of a longer life' => ['exp' => $claims['exp'] + 60] + $claims,
            "into another user's" => ['sp' => $claims['sp']] + $others,
            "into another user's of the same times" => ['sp' => $claims['sp']] + array_intersect_key($claims, ['iat' => 0, 'exp' => 0, 'jti' => 0]) + $others,
        ];
        $this->assertNoneAcceptable($made);
    }

    public function testAProofWithoutAnExpiryIsInvalid(): void
    {
        $person = $this->someoneEnrolled();
        $claims = $this->claims($this->provenToken($person));
        [$endless] = $this->sign([array_diff_key($claims, ['exp' => 0])]);
        $answer = $this->site()->request('GET', static::ME, bearer: $endless);
        self::assertSame(401, $answer->status, (string) $answer);
    }

    public function testABearerBesideAnotherUsersCookieIsAmbiguous(): void
    {
        $person = $this->someoneEnrolled();
        $token = $this->provenToken($person);
        $cookie = Browser::signedIn($this->site(), $this->someone());
        $answer = $this->site()->request('GET', static::ME, bearer: $token, headers: ['Cookie' => $cookie->loggedInCookie()]);
        self::assertSame([400, 'sallyport_ambiguous'], [$answer->status, $answer->json['code'] ?? null], (string) $answer);
    }

    /** @param array<string, array<string, mixed>> $made description => the claims */
    private function assertNoneAcceptable(array $made): void
    {
        $tokens = array_combine(array_keys($made), $this->sign(array_values($made)));
        $requests = array_map(static fn (string $token): array => ['GET', static::ME, 'bearer' => $token], $tokens);
        foreach ($this->site()->concurrently($requests) as $what => $answer) {
            $this->assertTurnedAway('sallyport_token_unproven', $answer, (string) $what);
        }
    }
}
