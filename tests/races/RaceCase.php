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
 * Requests that arrive together, against a site with several workers; SALLYPORT_SITE_DB says on which database.
 *
 * What holds must hold however they interleave: each law counts the answers, and what the site wrote down.
 */
abstract class RaceCase extends TestCase
{
    protected const WORKERS = 12;

    private static ?Site $site = null;

    protected static function site(): Site
    {
        return self::$site ??= Site::up(['workers' => self::WORKERS] + ContractSite::options());
    }

    /** @return array<string, array{0: string}> the doors the laws are held against */
    public function doors(): array
    {
        return ['Sallyport' => ['sallyport'], 'Tmeister' => ['tmeister']];
    }

    protected function door(string $name): Door
    {
        return $name === 'sallyport' ? Door::sallyport(self::site()) : Door::tmeister(self::site());
    }

    /**
     * The same request many times at once.
     *
     * @param array<mixed> $request
     * @return list<Response>
     */
    protected function atOnce(int $times, array $request): array
    {
        return $this->together(array_fill(0, $times, $request));
    }

    /**
     * All at once, and each lingers before it writes (the probe's doing): so many read the same state however short
     * the moment between reading and writing is.
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
     * One answer let the user in, with a token that counts; every other one is one of these refusals, and holds no token.
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

    /** How many rows of this event the activity log has of a user. */
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
