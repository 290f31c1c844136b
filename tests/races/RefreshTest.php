<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/RaceCase.php';

/** One refresh token, many times at once: one successor, one family. */
final class RefreshTest extends RaceCase
{
    private const REFRESH = '/wp-json/sallyport/v1/token/refresh';

    public function testParallelTabsGetTheSameSuccessor(): void
    {
        [$person, $first] = $this->signedIn();
        $answers = $this->refreshed(self::WORKERS, $first['refresh_token']); // No more than workers: a request that waits in a queue may come after the grace.
        $successors = array_map(static fn (Response $answer): string => $answer->json['refresh_token'] ?? (string) $answer, $answers);
        self::assertCount(1, array_unique($successors), implode("\n", $successors));
        $families = self::site()->request('GET', '/wp-json/sallyport/v1/tokens', bearer: $answers[0]->json['token'])->json;
        self::assertCount(2, $families, 'the one from the enrolment and this one');
        self::assertSame(200, $this->refreshed(1, $successors[0])[0]->status);
        self::assertSame(
            2,
            (int) self::site()->php('global $wpdb; return $wpdb->get_var($wpdb->prepare("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_refresh_tokens r JOIN {$wpdb->base_prefix}sallyport_refresh_tokens s ON s.family_id = r.family_id WHERE r.digest = %s AND s.rotated_at > 0", hash("sha256", $argv[1])));', [$first['refresh_token']]),
            'the requests that lost left no row',
        );
    }

    public function testAReusedOneManyTimesAtOnceEndsTheFamilyAndYieldsNothing(): void
    {
        [, $first] = $this->signedIn();
        $second = $this->refreshed(1, $first['refresh_token'])[0]->json;
        self::site()->php('global $wpdb; $wpdb->query($wpdb->prepare("UPDATE {$wpdb->base_prefix}sallyport_refresh_tokens SET rotated_at = rotated_at - 60 WHERE digest = %s", hash("sha256", $argv[1])));', [$first['refresh_token']]);
        foreach ($this->refreshed(20, $first['refresh_token']) as $answer) {
            self::assertContains($answer->json['code'] ?? null, ['sallyport_refresh_reused', 'sallyport_token_invalid'], (string) $answer);
        }
        self::assertSame(401, $this->refreshed(1, $second['refresh_token'])[0]->status);
        self::assertSame(401, self::site()->request('GET', '/wp-json/wp/v2/users/me', bearer: $second['token'])->status);
    }

    public function testRevokingWhileOthersRefreshLeavesNothingAlive(): void
    {
        [, $first] = $this->signedIn();
        $requests = array_fill(0, 10, ['POST', self::REFRESH, 'json' => ['refresh_token' => $first['refresh_token']]]);
        $requests[] = ['POST', '/wp-json/sallyport/v1/token/revoke', 'json' => ['token' => $first['token']]];
        $answers = $this->together($requests);
        self::assertSame(200, end($answers)->status);
        foreach ($answers as $answer) {
            foreach (isset($answer->json['token']) ? [$answer->json] : [] as $tokens) {
                self::assertSame(401, self::site()->request('GET', '/wp-json/wp/v2/users/me', bearer: $tokens['token'])->status);
                self::assertSame(401, $this->refreshed(1, $tokens['refresh_token'])[0]->status);
            }
        }
    }

    public function testAnAccessTokenExchangedManyTimesAtOnceGivesOneAndRevokingItLeavesNone(): void
    {
        self::site()->php('update_option("sallyport_settings", ["refresh_by_token" => true]);');
        try {
            [, $first] = $this->signedIn();
            $requests = array_fill(0, 20, ['POST', self::REFRESH, 'json' => ['token' => $first['token']]]);
            $in = array_filter($this->together($requests), static fn (Response $answer): bool => isset($answer->json['token']));
            self::assertCount(1, $in);
            $second = current($in)->json['token'];
            $requests = array_fill(0, 6, ['POST', self::REFRESH, 'json' => ['token' => $second]]);
            $requests[] = ['POST', '/wp-json/sallyport/v1/token/revoke', 'json' => ['token' => $second]];
            $tokens = array_filter(array_map(static fn (Response $answer): ?string => $answer->json['token'] ?? null, $this->together($requests)));
            foreach ([$second, ...$tokens] as $token) {
                self::site()->request('POST', '/wp-json/sallyport/v1/token/revoke', json: ['token' => $token]);
                self::assertSame(401, self::site()->request('GET', '/wp-json/wp/v2/users/me', bearer: $token)->status);
            }
        } finally {
            self::site()->php('delete_option("sallyport_settings");');
        }
    }

    public function testManyLogInsAtOnceKeepTheDeviceLimit(): void
    {
        $person = Person::enrolled(self::site());
        self::site()->php('update_option("sallyport_settings", ["device_limit" => 3]);');
        try {
            $requests = array_map(
                static fn (): array => [
                    'POST',
                    '/wp-json/sallyport/v1/token',
                    'json' => ['username' => $person->login, 'password' => $person->password, 'code' => $person->backupCode()],
                ],
                range(1, 8),
            );
            $answers = $this->together($requests);
            $alive = array_filter(
                $answers,
                static fn (Response $answer): bool => self::site()->request(
                    'GET',
                    '/wp-json/wp/v2/users/me',
                    bearer: $answer->json['token'] ?? '-',
                )->status === 200,
            );
            self::assertCount(3, $alive);
        } finally {
            self::site()->php('delete_option("sallyport_settings");');
        }
    }

    /** @return array{0: Person, 1: array<string, mixed>} */
    private function signedIn(): array
    {
        $person = Person::enrolled(self::site());
        $answer = self::site()->request(
            'POST',
            '/wp-json/sallyport/v1/token',
            json: ['username' => $person->login, 'password' => $person->password, 'code' => $person->backupCode()],
        );
        self::assertSame(200, $answer->status, (string) $answer);
        return [$person, $answer->json];
    }

    /** @return list<Response> */
    private function refreshed(int $times, string $token): array
    {
        return $this->atOnce($times, ['POST', self::REFRESH, 'json' => ['refresh_token' => $token]]);
    }
}
