<?php

declare(strict_types=1);

namespace Sallyport\Bench;

use Closure;

/** Times all variants of a row in one process, alternating, so that a disturbance of the machine affects all equally. */
final class Measure
{
    public function __construct(private readonly int $rounds)
    {
    }

    /** @return array<string, array{us: float, spread: float}> variant => median microseconds for one call, and half the interquartile range in per cent of it */
    public function row(Row $row): array
    {
        $variants = ['sallyport' => $row->ours] + $row->others;
        $calls = array_map(fn (Closure $do): int => self::calls($do, $row->sample), $variants);
        $seen = [];
        for ($round = 0; $round < $this->rounds; $round++) {
            $order = array_keys($variants);
            foreach ($round % 2 === 0 ? $order : array_reverse($order) as $who) {
                $seen[$who][] = self::time($variants[$who], $calls[$who]) / $calls[$who] / 1000;
            }
        }
        $found = [];
        foreach (array_keys($variants) as $who) {
            sort($seen[$who]);
            $at = fn (float $part): float => $seen[$who][(int) round($part * (count($seen[$who]) - 1))];
            $found[$who] = ['us' => $at(0.5), 'spread' => 50 * ($at(0.75) - $at(0.25)) / $at(0.5)];
        }
        return $found;
    }

    /** The number of calls that fill a sample. Finding it also warms everything up. */
    private static function calls(Closure $do, int $sample): int
    {
        for ($calls = 1; ; $calls *= 2) {
            $took = self::time($do, $calls);
            if ($took >= $sample * 1e6 / 2) {
                return max(1, (int) ceil($calls * $sample * 1e6 / $took));
            }
        }
    }

    /** @return int nanoseconds of processor time, which other processes on the machine do not add to */
    private static function time(Closure $do, int $calls): int
    {
        $began = self::spent();
        for ($i = 0; $i < $calls; $i++) {
            $do();
        }
        return self::spent() - $began;
    }

    private static function spent(): int
    {
        $used = getrusage();
        return 1000 * (1_000_000 * ($used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec']) + $used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec']);
    }
}
