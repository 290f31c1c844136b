<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/RaceCase.php';

/** Administrators change the keys at once, while users sign in. */
final class KeyRotationTest extends RaceCase
{
    private const KEYS = '/wp-json/sallyport/v1/keys';

    private string $bearer;

    protected function setUp(): void
    {
        $this->bearer = $this->login('admin', self::site()->info['password']);
        foreach ($this->keys() as $key) {
            if ($key['state'] === 'next') {
                $this->change(['action' => 'retire', 'kid' => $key['kid']]);
            }
        }
    }

    public function testOfManyNextKeysOneIsKept(): void
    {
        $before = count($this->keys());
        $answers = $this->atOnce(12, $this->request(['action' => 'generate', 'algorithm' => 'ES256']));
        $this->assertOneDone($answers, 'next_exists');
        self::assertSame($before + 1, count($this->keys()));
        self::assertSame(1, array_count_values(array_column($this->keys(), 'state'))['next']);
    }

    public function testOfManyRotationsOneIsDone(): void
    {
        $this->change(['action' => 'generate', 'algorithm' => 'EdDSA']);
        $before = $this->keys();
        $answers = $this->atOnce(12, $this->request(['action' => 'rotate', 'now' => true]));
        $this->assertOneDone($answers, 'no_next');
        $after = $this->keys();
        self::assertSame(array_column($before, 'kid', 'state')['next'], array_column($after, 'kid', 'state')['active']);
        self::assertSame(1, array_count_values(array_column($after, 'state'))['active']);
        self::assertEqualsCanonicalizing(array_column($before, 'kid'), array_column($after, 'kid'), 'no key is lost');
    }

    public function testChangesOfDifferentKindsAllCount(): void
    {
        $this->change(['action' => 'generate', 'algorithm' => 'HS256']);
        $this->change(['action' => 'rotate']);
        $this->change(['action' => 'generate', 'algorithm' => 'HS384']);
        $this->bearer = $this->login('admin', self::site()->info['password']);
        $retiring = array_values(array_filter($this->keys(), static fn (array $key): bool => $key['state'] === 'retiring'));
        $next = array_column($this->keys(), 'kid', 'state')['next'];
        $requests = [$this->request(['action' => 'rotate', 'kid' => $next])];
        foreach ($retiring as $key) {
            $requests[] = $this->request(['action' => 'retire', 'kid' => $key['kid']]);
        }
        foreach ($this->together($requests) as $answer) {
            self::assertSame(200, $answer->status, (string) $answer);
        }
        self::assertSame(['active', 'retiring'], array_column($this->keys(), 'state'));
        self::assertSame($next, $this->keys()[0]['kid']);
    }

    public function testEveryTokenMadeWhileTheKeysRotateIsGood(): void
    {
        $people = array_map(static fn (): Person => Person::withoutFactor(self::site()), range(1, 10));
        if (getenv('SALLYPORT_LONG') === 'yes') {
            $people = array_merge(...array_fill(0, 25, $people));
        }
        $tokens = [];
        foreach (['ES256', 'HS512', 'RS256', 'HS256'] as $algorithm) {
            $this->change(['action' => 'generate', 'algorithm' => $algorithm]);
            $requests = array_map(fn (Person $person): array => $this->door('sallyport')->attempt($person), $people);
            array_splice($requests, intdiv(count($requests), 2), 0, [$this->request(['action' => 'rotate', 'now' => true])]);
            foreach ($this->together($requests) as $answer) {
                self::assertSame(200, $answer->status, (string) $answer);
                isset($answer->json['token']) && $tokens[$answer->json['token']] = $answer->json['user']['ID'];
            }
            $checks = [];
            foreach (array_keys($tokens) as $token) {
                $checks[] = ['GET', '/wp-json/wp/v2/users/me', 'bearer' => $token];
            }
            // No more at once than a server accepts connections.
            $answers = array_merge(...array_map(self::site()->concurrently(...), array_chunk($checks, 200)));
            $seen = array_map(static fn (Response $answer) => $answer->json['id'] ?? (string) $answer, $answers);
            self::assertSame(array_values($tokens), $seen);
        }
        self::assertCount(4 * count($people), $tokens);
    }

    /** @param list<Response> $answers */
    private function assertOneDone(array $answers, string $reason): void
    {
        self::assertCount(1, array_filter($answers, static fn (Response $answer): bool => $answer->status === 200));
        foreach ($answers as $answer) {
            if ($answer->status !== 200) {
                self::assertSame([409, 'sallyport_key_conflict', $reason], [$answer->status, $answer->json['code'], $answer->json['data']['reason']]);
            }
        }
    }

    private function login(string $user, string $password): string
    {
        return self::site()->request('POST', '/wp-json/sallyport/v1/token', json: ['username' => $user, 'password' => $password])->json['token'];
    }

    /** @param array<string, mixed> $body @return array<mixed> */
    private function request(array $body): array
    {
        return ['POST', self::KEYS, 'json' => $body, 'bearer' => $this->bearer];
    }

    /** @param array<string, mixed> $body */
    private function change(array $body): void
    {
        $answer = self::site()->concurrently([$this->request($body)])[0];
        self::assertSame(200, $answer->status, (string) $answer);
    }

    /** @return list<array<string, string|null>> */
    private function keys(): array
    {
        return self::site()->request('GET', self::KEYS, bearer: $this->bearer)->json['keys'];
    }
}
