<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/RaceCase.php';

/** A pending enrolment is activated once. */
final class ActivationTest extends RaceCase
{
    public function testOnePendingEnrolmentIsActivatedOnce(): void
    {
        $person = Person::withoutFactor(self::site());
        $bearer = $this->door('sallyport')->login($person)->json['token'];
        $begun = self::site()->request('POST', '/wp-json/sallyport/v1/two-factor/enable', json: ['password' => $person->password], bearer: $bearer)->json;
        $app = new Totp($begun['totpURI']);
        $verify = ['POST', '/wp-json/sallyport/v1/two-factor/verify-totp', 'json' => ['code' => $app->code()], 'bearer' => $bearer];

        $answers = $this->atOnce(20, $verify);

        // The others come too late (INVALID_CODE), or their bearer is now from before the enrolment.
        $this->assertOneToken($answers, $person, ['INVALID_CODE', 'ACCOUNT_TEMPORARILY_LOCKED', 'sallyport_token_unproven']);
        self::assertCount(1, array_filter($answers, static fn (Response $answer): bool => ($answer->json['status'] ?? null) === true));
        self::assertSame(1, $this->logged('factor_added', $person));
        $answer = $this->door('sallyport')->login($person, ['code' => $app->code(1)]);
        self::assertSame(200, $answer->status, (string) $answer);
        $backup = $this->door('sallyport')->login($person, ['code' => $begun['backupCodes'][9]]);
        self::assertSame(200, $backup->status, 'the codes shown are the active ones: ' . $backup);
    }

    public function testOfSeveralEnrolmentsBegunAtOnceOnlyOneCanBeFinished(): void
    {
        $person = Person::withoutFactor(self::site());
        $bearer = $this->door('sallyport')->login($person)->json['token'];
        $post = static fn (string $route, array $fields): Response => self::site()->request('POST', "/wp-json/sallyport/v1/two-factor/$route", json: $fields, bearer: $bearer);

        $answers = $this->atOnce(24, ['POST', '/wp-json/sallyport/v1/two-factor/enable', 'json' => ['password' => $person->password], 'bearer' => $bearer]);

        self::assertSame([200], array_values(array_unique(array_column($answers, 'status'))), implode("\n", array_map('strval', $answers)));
        $codes = array_column(array_column($answers, 'json'), 'backupCodes');
        $uris = array_column(array_column($answers, 'json'), 'totpURI');
        self::assertCount(24, array_unique($uris));
        $live = $post('get-totp-uri', ['password' => $person->password])->json['totpURI'];
        self::assertContains($live, $uris);
        $verified = $post('verify-totp', ['code' => (new Totp($live))->code()]);
        self::assertSame(200, $verified->status, (string) $verified);
        $backup = $this->door('sallyport')->login($person, ['code' => $codes[array_search($live, $uris, true)][0]]);
        self::assertSame(200, $backup->status, 'the codes shown with it are the active ones: ' . $backup);
    }

    /** @dataProvider doors */
    public function testLoginsThatCrossAnActivationAreVoidAfterwards(string $name): void
    {
        $person = Person::withoutFactor(self::site());
        $tokens = $this->door('sallyport')->login($person)->json;
        $app = new Totp(
            self::site()->request(
                'POST',
                '/wp-json/sallyport/v1/two-factor/enable',
                json: ['password' => $person->password],
                bearer: $tokens['token'],
            )->json['totpURI'],
        );
        $logIn = $this->door($name)->attempt($person);
        $activate = ['POST', '/wp-json/sallyport/v1/two-factor/verify-totp', 'json' => ['code' => $app->code()], 'bearer' => $tokens['token']];
        $refresh = ['POST', '/wp-json/sallyport/v1/token/refresh', 'json' => ['refresh_token' => $tokens['refresh_token']]];

        $answers = $this->together([$logIn, $logIn, $logIn, $activate, $refresh, $logIn, $logIn, $logIn]);

        self::assertTrue($answers[3]->json['status'] ?? null, (string) $answers[3]);
        $in = fn (string $token): mixed => self::site()->request('GET', '/wp-json/wp/v2/users/me', bearer: $token)->json['id'] ?? null;
        self::assertSame($person->id, $in($answers[3]->json['token']));
        unset($answers[3]);
        foreach ($answers as $answer) {
            self::assertContains($answer->status, [200, 401, 403], (string) $answer);
            if (isset($answer->json['token'])) {
                self::assertNull($in($answer->json['token']), 'a token issued for the password alone');
            }
            if (isset($answer->json['refresh_token'])) {
                $refreshed = self::site()->request('POST', '/wp-json/sallyport/v1/token/refresh', json: ['refresh_token' => $answer->json['refresh_token']]);
                self::assertSame(401, $refreshed->status, (string) $refreshed);
            }
        }
        $answer = $this->door($name)->login($person);
        self::assertSame('sallyport_second_factor_required', $answer->json['code'] ?? null, (string) $answer);
    }
}
