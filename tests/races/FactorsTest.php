<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/RaceCase.php';

/** Factors that are added, removed and used at the same time: one consistent state, in whatever order. */
final class FactorsTest extends RaceCase
{
    public function testTheLastTwoRemovedAtOnceTurnItOff(): void
    {
        [$person, $bearer] = $this->withTwo();
        $ids = array_column(array_filter($this->show($bearer)->json['factors'], static fn (array $factor): bool => $factor['type'] === 'totp'), 'id');
        $answers = $this->together(array_merge(...array_fill(0, 4, array_map(fn (int $id): array => $this->delete($id, $bearer), $ids))));
        $removed = array_filter($answers, static fn (Response $answer): bool => $answer->status === 200);
        self::assertLessThanOrEqual(2, count($removed), 'each once');
        $this->assertNothingBroke($answers);
        $this->assertConsistent($person);
    }

    /** The policy requires one factor: if the last two are removed at once, one of the requests is refused. */
    public function testOfTheLastTwoRequiredFactorsOneStays(): void
    {
        [$person, $bearer] = $this->withTwo();
        self::site()->plugin('$plugin->policy_option()->change_site(static fn () => ["users" => [(int) $argv[1] => "required"], "grace_days" => 0]);', [(string) $person->id]);
        try {
            $ids = array_column(array_filter($this->show($bearer)->json['factors'], static fn (array $factor): bool => $factor['type'] === 'totp'), 'id');
            $answers = $this->together(array_merge(...array_fill(0, 4, array_map(fn (int $id): array => $this->delete($id, $bearer), $ids))));
            $removed = array_filter($answers, static fn (Response $answer): bool => $answer->status === 200);
            self::assertCount(1, $removed, implode("\n", array_map(strval(...), $answers)));
            foreach (array_diff_key($answers, $removed) as $answer) {
                self::assertContains(
                    $answer->json['code'] ?? '',
                    [
                        'sallyport_factor_required', 'sallyport_no_such_factor', 'sallyport_step_up_required',
                        'sallyport_token_stale', 'sallyport_token_unproven', 'sallyport_token_invalid',
                    ],
                    (string) $answer,
                );
            }
            self::assertSame(1, $this->assertConsistent($person));
        } finally {
            self::site()->plugin('$plugin->policy_option()->change_site(static fn () => []);');
        }
    }

    public function testOneRemovedWhileItsCodeIsVerified(): void
    {
        [$person, $bearer, $tablet] = $this->withTwo();
        $id = $this->show($bearer)->json['factors'][1]['id'];
        $login = $this->door('sallyport')->attempt($person, ['code' => $tablet->code(1)]);
        $answers = $this->together([$this->delete($id, $bearer), $login, $login, $login, $this->delete($id, $bearer), $login]);
        $this->assertNothingBroke($answers);
        self::assertLessThanOrEqual(1, count(array_filter($answers, static fn (Response $answer): bool => isset($answer->json['token']))), 'a code is right once');
        $after = $this->door('sallyport')->login($person, ['code' => $tablet->code(1)]);
        self::assertContains($after->json['code'] ?? '', ['sallyport_invalid_code', 'sallyport_locked'], (string) $after);
        $this->assertConsistent($person);
    }

    public function testDisablingWhileAnotherIsActivatedAndAChallengeIsCompleted(): void
    {
        $person = Person::enrolled(self::site());
        $door = $this->door('sallyport');
        [$challenge, $bearer] = [$door->challenge($person), $door->login($person, ['code' => $person->code()])->json['token']];
        $begun = $this->post('/two-factor/enable', ['password' => $person->password, 'label' => 'Tablet'], $bearer);
        $activate = ['POST', '/wp-json/sallyport/v1/two-factor/verify-totp', 'json' => ['code' => (new Totp($begun->json['totpURI']))->code()], 'bearer' => $bearer];
        $disable = ['POST', '/wp-json/sallyport/v1/two-factor/disable', 'json' => ['password' => $person->password], 'bearer' => $bearer];
        $complete = ['POST', '/wp-json/sallyport/v1/challenge/verify', 'json' => ['challenge' => $challenge, 'code' => $person->code()]];
        $answers = $this->together([$disable, $activate, $complete, $disable, $activate, $complete]);
        $this->assertNothingBroke($answers);
        $this->assertConsistent($person);
    }

    public function testTwoActivatedAtOnceLeaveOne(): void
    {
        $person = Person::withoutFactor(self::site());
        $bearer = $this->door('sallyport')->login($person)->json['token'];
        $enable = ['POST', '/wp-json/sallyport/v1/two-factor/enable', 'json' => ['password' => $person->password], 'bearer' => $bearer];
        $begun = array_filter($this->atOnce(4, $enable), static fn (Response $answer): bool => $answer->status === 200);
        self::assertNotSame([], $begun);
        $answers = $this->together(
            array_map(
                fn (Response $answer): array => [
                    'POST',
                    '/wp-json/sallyport/v1/two-factor/verify-totp',
                    'json' => ['code' => (new Totp($answer->json['totpURI']))->code()],
                    'bearer' => $bearer,
                ],
                array_values($begun),
            ),
        );
        $this->assertNothingBroke($answers);
        self::assertSame(1, $this->assertConsistent($person), 'one authenticator');
    }

    public function testOfTwoNewSetsOfCodesAtOnceOneIsLive(): void
    {
        $person = Person::enrolled(self::site());
        $bearer = $this->door('sallyport')->login($person, ['code' => $person->code()])->json['token'];
        $answers = $this->atOnce(8, ['POST', '/wp-json/sallyport/v1/two-factor/generate-backup-codes', 'json' => ['password' => $person->password], 'bearer' => $bearer]);
        $sets = array_column(array_column(array_filter($answers, static fn (Response $answer): bool => $answer->status === 200), 'json'), 'backupCodes');
        self::assertGreaterThan(1, count($sets));
        $live = array_filter($sets, fn (array $set): bool => $this->door('sallyport')->login($person, ['code' => $set[0]])->status === 200);
        self::assertCount(1, $live);
        $this->assertNothingBroke($answers);
    }

    /** @return array{0: Person, 1: string, 2: Totp} a user with a second authenticator, and a proven token */
    private function withTwo(): array
    {
        $person = Person::enrolled(self::site());
        $bearer = $this->door('sallyport')->login($person, ['code' => $person->code()])->json['token'];
        $begun = $this->post('/two-factor/enable', ['password' => $person->password, 'label' => 'Tablet'], $bearer);
        $app = new Totp($begun->json['totpURI']);
        $done = $this->post('/two-factor/verify-totp', ['code' => $app->code()], $bearer);
        return [$person, $done->json['token'], $app];
    }

    /** Asserts that the mark and the rows agree, and that the answer to a login fits them. @return int authenticators left */
    private function assertConsistent(Person $person): int
    {
        [$rows, $marked] = self::site()->plugin('global $wpdb; $id = (int) $argv[1]; return [(int) $wpdb->get_var("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_factors WHERE status = \'active\' AND user_id = $id"), $plugin->state()->is_marked($id)];', [(string) $person->id]);
        self::assertSame($rows > 0, $marked, "$rows factors");
        $answer = $this->door('sallyport')->login($person);
        self::assertSame($rows > 0 ? 401 : 200, $answer->status, (string) $answer);
        return $rows;
    }

    /** 503 is for requests between the deletion of the last row and of the mark: they are refused, and may be repeated. @param list<Response> $answers */
    private function assertNothingBroke(array $answers): void
    {
        foreach ($answers as $answer) {
            self::assertContains($answer->status, [200, 400, 401, 404, 409, 423, 429, 503], (string) $answer);
        }
    }

    /** @return array<mixed> */
    private function delete(int $id, string $bearer): array
    {
        return ['DELETE', "/wp-json/sallyport/v1/two-factor/factors/$id", 'json' => [], 'bearer' => $bearer];
    }

    private function post(string $route, array $body, string $bearer): Response
    {
        return self::site()->request('POST', "/wp-json/sallyport/v1$route", json: $body, bearer: $bearer);
    }

    private function show(string $bearer): Response
    {
        return self::site()->request('GET', '/wp-json/sallyport/v1/two-factor', bearer: $bearer);
    }
}
