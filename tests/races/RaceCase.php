<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use PHPUnit\Framework\TestCase;
use Sallyport\Tests\Contract\ContractSite;
use Sallyport\Tests\Door;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/../contract/ContractSite.php';

/**
 * Simultaneous requests against a site with several workers; SALLYPORT_SITE_DB says on which database.
 *
 * The laws must hold in whatever order the requests interleave. Each law counts the answers, and what the site stored.
 */
abstract class RaceCase extends TestCase
{
    protected const WORKERS = 12;

    private static ?Site $site = null;

    protected static function site(): Site
    {
        return self::$site ??= Site::up(['workers' => self::WORKERS] + ContractSite::options());
    }

    /** @return array<string, array{0: string}> the doors on which the laws are tested */
    public function doors(): array
    {
        return ['Sallyport' => ['sallyport'], 'Tmeister' => ['tmeister']];
    }

    protected function door(string $name): Door
    {
        return $name === 'sallyport' ? Door::sallyport(self::site()) : Door::tmeister(self::site());
    }

    /**
     * Sends the same request many times at once.
     *
     * @param array<mixed> $request
     * @return list<Response>
     */
    protected function atOnce(int $times, array $request): array
    {
        return $this->together(array_fill(0, $times, $request));
    }

    /**
     * Sends all requests at once, and each waits before it writes (by the test plugin). So many of them read the same state, however
     * short the time between reading and writing is.
     *
     * @param list<array<mixed>> $requests
     * @return list<Response>
     */
    protected function together(array $requests): array
    {
        $lingering = static fn (array $request): array => ['headers' => ['X-Probe-Linger' => '200'] + ($request['headers'] ?? [])] + $request;
        return array_values(self::site()->concurrently(array_map($lingering, $requests)));
    }

    /**
     * Asserts that one answer contains a valid token, and that all others are one of these refusals and contain none.
     *
     * @param list<Response> $answers
     * @param list<string> $refusals
     */
    protected function assertOneToken(array $answers, Person $person, array $refusals): void
    {
        $in = array_filter($answers, static fn (Response $answer): bool => isset($answer->json['token']));
        self::assertCount(1, $in, $this->tally($answers));
        $me = self::site()->request('GET', '/wp-json/wp/v2/users/me', bearer: current($in)->json['token']);
        self::assertSame($person->id, $me->json['id'] ?? null, (string) $me);
        foreach (array_diff_key($answers, $in) as $answer) {
            self::assertContains($answer->json['code'] ?? null, $refusals, $this->tally($answers) . $answer);
        }
    }

    /** @param list<Response> $answers @param list<string> $refusals */
    protected function assertNoToken(array $answers, array $refusals): void
    {
        foreach ($answers as $answer) {
            self::assertArrayNotHasKey('token', (array) $answer->json, (string) $answer);
            self::assertContains($answer->json['code'] ?? null, $refusals, $this->tally($answers) . $answer);
        }
    }

    protected function assertLogsIn(Door $door, Person $person): void
    {
        $answer = $door->login($person, ['code' => $person->code()]);
        self::assertSame(200, $answer->status, (string) $answer);
    }

    /** The number of the user's rows with this event in the activity log. */
    protected function logged(string $event, Person $person): int
    {
        return self::site()->php(
            'global $wpdb; return (int) $wpdb->get_var($wpdb->prepare("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_activity WHERE event = %s AND user_id = %d", $argv[1], $argv[2]));',
            [$event, (string) $person->id],
        );
    }

    /** @param list<Response> $answers */
    private function tally(array $answers): string
    {
        return json_encode(array_count_values(array_map(static fn (Response $answer): string => $answer->status . ' ' . ($answer->json['code'] ?? ''), $answers))) . ' ';
    }
}
