<?php

declare(strict_types=1);

/**
 * How much more a request to WordPress costs with Sallyport than without it, compared with other plugins; a table on stdout.
 * A real site on php-fpm with opcache. Every request is made with each of them in turn, and timed inside PHP.
 *
 *     php bench/requests.php [--peer=NAME=FOLDER …] [--rounds=200]      FOLDER must be named NAME
 */

namespace Sallyport\Bench;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Site;

foreach (['Site', 'Totp', 'Person', 'Browser'] as $file) {
    require __DIR__ . "/../tests/support/$file.php";
}

/** @return array<string, string> */
function bearer(Site $site, Person $person, ?string $code): array
{
    $answer = $site->request('POST', '/wp-json/sallyport/v1/token', ['username' => $person->login, 'password' => $person->password] + ($code === null ? [] : ['code' => $code]));
    return ['authorization' => 'Bearer ' . ($answer->json['token'] ?? throw new \RuntimeException("no token: $answer"))];
}

/** The median, and the half width of its 95 % confidence interval, by order statistics. @param list<float> $seen @return array{float, float} */
function median(array $seen): array
{
    sort($seen);
    $at = static fn (float $rank): float => $seen[max(0, min(count($seen) - 1, (int) round($rank)))];
    [$middle, $reach] = [(count($seen) - 1) / 2, 0.98 * sqrt(count($seen))];
    return [$at($middle), ($at($middle + $reach) - $at($middle - $reach)) / 2];
}

$options = getopt('', ['peer:', 'rounds:']);
$rounds = max(1, (int) ($options['rounds'] ?? 200));
$peers = [];
foreach ((array) ($options['peer'] ?? []) as $peer) {
    [$name, $folder] = explode('=', $peer, 2) + [1 => ''];
    $peers[$name] = $folder;
}

$site = Site::up(['server' => 'fpm', 'workers' => 1, 'multisite' => false, 'plugin' => array_values($peers), 'define' => ['SALLYPORT_TOKEN_TTL' => 7200]]);
$active = $site->php('return get_option("active_plugins");');
copy(__DIR__ . '/requests-mu-plugin.php', "$site->dir/wp-content/mu-plugins/bench.php");
$file = static fn (string $folder): string => current(preg_grep("~^$folder/~", $active)) ?: throw new \RuntimeException("$folder is not active");

$plain = Person::withoutFactor($site);
$enrolled = Person::enrolled($site);
$plain_cookie = Browser::signedIn($site, $plain)->headers();
$enrolled_cookie = Browser::signedIn($site, $enrolled)->headers();
/** Name => its path and headers, and the request it is compared with, which is made with each of the plugins. */
$requests = [
    'of a guest' => ['types', [], null],
    'by cookie, of a user without a factor' => ['users/me', $plain_cookie, null],
    'by cookie, of a user with one' => ['users/me', $enrolled_cookie, null],
    'with our token, without a factor (beside: by cookie)' => ['users/me', bearer($site, $plain, null), 'by cookie, of a user without a factor'],
    'with our token, with one (beside: by cookie)' => ['users/me', bearer($site, $enrolled, $enrolled->code()), 'by cookie, of a user with one'],
];
$plugins = ['none' => '', 'Sallyport' => $file('sallyport')];
foreach (array_keys($peers) as $name) {
    $plugins[$name] = $file($name);
}
if (count($peers) > 1) {
    $plugins['all of these'] = implode(',', array_map($file, array_keys($peers)));
}

/** @return array{float, int} milliseconds and queries */
$ask = static function (string $request, string $with) use ($site, $requests, $plugins): array {
    [$path, $headers] = $requests[$request];
    $answer = $site->request('GET', "/wp-json/wp/v2/$path", headers: $headers + ['x-bench' => $plugins[$with]]);
    $answer->status === 200 || throw new \RuntimeException("$request, $with: $answer");
    for ($wait = 0; !is_file("$site->dir/bench.json") && $wait < 1000; $wait++) {
        usleep(1000); // The file is written after the answer was sent.
    }
    is_file("$site->dir/bench.json") || throw new \RuntimeException("$request, $with: nothing was measured");
    $took = json_decode(file_get_contents("$site->dir/bench.json"), true, 4, JSON_THROW_ON_ERROR);
    unlink("$site->dir/bench.json");
    return $took;
};
$seen = $queries = [];
for ($round = -5; $round < $rounds; $round++) {
    if ($round % 20 === 0) {
        fprintf(STDERR, "bench: requests, round %d of %d\n", $round, $rounds);
    }
    foreach ($requests as $request => [, , $beside]) {
        $turn = $beside === null ? array_keys($plugins) : ['Sallyport'];
        shuffle($turn);
        foreach ($turn as $with) {
            [$ms, $number] = $ask($request, $with);
            if ($round >= 0) {
                $seen[$request][$with][] = $ms;
                $queries[$request][$with] = min($number, $queries[$request][$with] ?? PHP_INT_MAX); // Some requests also store again what has expired.
            }
        }
    }
}

$told = preg_match('/^model name\s*: (.*)$/m', (string) @file_get_contents('/proc/cpuinfo'), $model) ? $model[1] : php_uname('m');
printf("PHP %s on php-fpm with opcache, WordPress %s, %s; %d rounds on %s\n\n", $site->info['php'], $site->info['wordpress'], $site->info['db'], $rounds, $told);
$columns = array_slice(array_keys($plugins), 1);
printf("| a request | without | more with %s |\n|---|---|%s\n", implode(' | with ', $columns), str_repeat('---|', count($columns)));
foreach ($requests as $request => [, , $beside]) {
    $without = $seen[$beside ?? $request]['none'];
    $cells = [sprintf('%.1f ms', median($without)[0])];
    foreach ($columns as $with) {
        if (!isset($seen[$request][$with])) {
            $cells[] = '';
            continue;
        }
        [$more, $reach] = median(array_map(static fn (float $one, float $other): float => $one - $other, $seen[$request][$with], $without));
        $asked = $queries[$request][$with] - $queries[$beside ?? $request]['none'];
        $cells[] = sprintf(
            '%.2f ms ± %.2f, %.1f %%%s',
            $more,
            $reach,
            100 * $more / median($without)[0],
            $asked === 0 ? '' : sprintf(', %+d %s', $asked, abs($asked) === 1 ? 'query' : 'queries'),
        );
    }
    echo "| $request | ", implode(' | ', $cells), " |\n";
}
