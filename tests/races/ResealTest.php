<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Contract\ContractSite;
use Sallyport\Tests\Person;
use Sallyport\Tests\Site;

require_once __DIR__ . '/RaceCase.php';

/** Sign-ins, enrolments and a key rotation while everything is sealed again: nothing is lost, and nobody is refused. */
final class ResealTest extends RaceCase
{
    private const API = '/wp-json/sallyport/v1';
    private const NEW = 'YSBuZXcgbWFzdGVyIGtleSwgdGhpcnR5LXR3byBieXRlcw==';

    public function testALoginAndAnEnrolmentMeanwhileLoseNothing(): void
    {
        $options = ContractSite::options();
        $beside = ['define' => $options['define'] + ['SALLYPORT_NEW_MASTER_KEY' => self::NEW]] + $options;
        $site = Site::up(['workers' => self::WORKERS] + $beside);
        try {
            $this->race($site, $options['define']);
        } finally {
            $site->down();
        }
    }

    /** @param array<string, scalar> $define */
    private function race(Site $site, array $define): void
    {
        $old = array_map(static fn (): Person => Person::enrolled($site), range(1, 4));
        $new = array_map(static fn (): Person => Person::withoutFactor($site), range(1, 4));
        $token = static fn (string $login, string $password): string => $site->request(
            'POST',
            self::API . '/token',
            json: ['username' => $login, 'password' => $password],
        )->json['token'];
        $admin = $token('admin', 'password');
        $bearers = array_map(static fn (Person $person): string => $token($person->login, $person->password), $new);
        $this->fill($site, 400);

        $command = proc_open(
            [dirname(__DIR__, 2) . '/bin/site', 'wp', '--dir', $site->dir, 'sallyport', 'key', 'reseal', '--yes', '--format=json'],
            [['file', '/dev/null', 'r'], ['pipe', 'w'], ['pipe', 'w']],
            $pipes,
        );
        $requests = [['POST', self::API . '/keys', 'json' => ['action' => 'generate', 'algorithm' => 'ES256'], 'bearer' => $admin]];
        foreach ($new as $i => $person) {
            $requests[] = ['POST', self::API . '/two-factor/enable', 'json' => ['password' => $person->password], 'bearer' => $bearers[$i]];
        }
        $rounds = 0;
        do {
            foreach ($old as $person) {
                $requests[] = ['POST', self::API . '/token', 'json' => ['username' => $person->login, 'password' => $person->password, 'code' => $person->backupCode()]];
            }
            foreach ($site->concurrently($requests) as $answer) {
                self::assertSame(200, $answer->status, (string) $answer);
            }
            $requests = [];
        } while (++$rounds < 6 && proc_get_status($command)['running']);
        [$out, $err] = [(string) stream_get_contents($pipes[1]), (string) stream_get_contents($pipes[2])];
        proc_close($command);
        self::assertNotNull($done = json_decode($out, true), $err);
        self::assertSame(0, array_sum(array_column($done, 'unreadable')), $err);
        self::assertGreaterThanOrEqual(404, array_sum(array_column($done, 'resealed')));

        $site->command('key', 'reseal', '--yes');
        [, $out] = $site->command('key', 'reseal', '--dry-run', '--format=json');
        self::assertSame(0, array_sum(array_column(json_decode($out, true), 'due')));

        $site->php('foreach ([...glob(WP_CONTENT_DIR . "/sallyport-key.php"), ...glob(dirname(ABSPATH) . "/.sallyport-" . substr(hash("sha256", implode("/", [DB_HOST, DB_NAME, $GLOBALS["wpdb"]->base_prefix])), 0, 12) . ".php")] as $file) { unlink($file); }');
        $site->up_again(['define' => $define + ['SALLYPORT_MASTER_KEY' => self::NEW]]);
        foreach ($old as $person) {
            $answer = $site->request('POST', self::API . '/token', json: ['username' => $person->login, 'password' => $person->password, 'code' => $person->code()]);
            self::assertSame(200, $answer->status, "the secret can be opened with the new key alone: $answer");
        }
        foreach ($new as $i => $person) {
            $answer = $site->request('POST', self::API . '/two-factor/get-totp-uri', json: ['password' => $person->password], bearer: $bearers[$i]);
            self::assertSame(200, $answer->status, "so does a secret that was sealed meanwhile: $answer");
        }
        self::assertCount(2, $site->request('GET', self::API . '/keys', bearer: $token('admin', 'password'))->json['keys'] ?? []);
    }

    /** Set-up: many secrets of deleted users, so that the command runs for a while. */
    private function fill(Site $site, int $count): void
    {
        $site->plugin(<<<'PHP'
            $rows = new \Sallyport\WP\Store\FactorRows($plugin->database());
            for ($i = 0; $i < (int) $argv[1]; $i++) {
                $row = $rows->add_pending(1000000 + $i, 'totp', time());
                $rows->set_secret($row, $plugin->engine()->seal('a secret', 'totp', (1000000 + $i) . ":$row->id"));
            }
            PHP, [(string) $count]);
    }
}
