<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use PHPUnit\Framework\TestCase;
use Sallyport\Tests\Browser;
use Sallyport\Tests\Elsewhere;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/../contract/ContractSite.php';
require_once __DIR__ . '/../support/Elsewhere.php';

/** One code of another plugin, at all doors at once; and an import, and its undo, while the users sign in. */
abstract class OtherPluginTestCase extends TestCase
{
    private const REFUSALS = ['sallyport_invalid_code', 'sallyport_locked'];

    protected const PLUGIN = '';
    protected const TOTP = '';

    private static ?Site $site = null;

    protected static function site(): Site
    {
        return self::$site ??= Site::up(['workers' => 12, 'server' => 'fpm', 'plugin' => [Elsewhere::folder(static::PLUGIN), __DIR__ . '/../contract/probe']]);
    }

    public static function tearDownAfterClass(): void
    {
        self::$site?->down();
        self::$site = null;
    }

    public function testOneCodeOverTokensAndOnTheirFormLetsOneIn(): void
    {
        for ($i = 0; $i < 4; $i++) {
            [$person, $app] = $this->theirs();
            $code = $app->code();
            $form = ['provider' => static::TOTP, 'authcode' => $code] + $this->formOf($person);
            $slow = ['x-probe-linger' => '200'];
            $answers = self::site()->concurrently([
                ...array_fill(0, 4, $this->login($person, $code) + ['headers' => $slow]),
                'form' => ['POST', '/wp-login.php?action=validate_2fa', 'form' => $form, 'headers' => $i % 2 ? $slow : []],
                ...array_fill(0, 4, $this->login($person, $code)),
            ]);
            $by_form = $this->counts($answers['form']);
            unset($answers['form']);
            $tokens = $this->tokens($answers);
            self::assertSame(1, count($tokens) + ($by_form ? 1 : 0), count($tokens) . ' tokens, form: ' . var_export($by_form, true));
        }
    }

    public function testImportsOfOneUserAtOnceImportOnce(): void
    {
        [$person] = $this->theirs();
        $runs = array_map(fn (): \stdClass => $this->begin('import', static::PLUGIN, "--only=$person->id"), range(1, 3));
        array_map($this->end(...), $runs);
        self::assertSame([1, 10], $this->imported($person));
    }

    public function testAnImportWhileItsUserLogsInLosesNothingAndUsesNoCodeTwice(): void
    {
        [$person, $app] = $this->theirs();
        foreach ([['import', static::PLUGIN], ['import', 'undo', static::PLUGIN], ['import', static::PLUGIN]] as $command) {
            $code = $app->backupCode();
            $run = $this->begin(...$command, ...["--only=$person->id"]);
            $tokens = [];
            for ($n = 0; $this->isRunning($run) || $n < 2; $n++) {
                $answers = self::site()->concurrently(array_fill(0, 3, $this->login($person, $code) + ['headers' => ['x-probe-linger' => '50']]));
                array_push($tokens, ...$this->tokens($answers));
                $codes = array_map(static fn (Response $answer): string => $answer->json['code'] ?? '', $answers);
                self::assertSame([], array_diff($codes, ['', ...self::REFUSALS]), implode(' ', $codes));
                // Set-up: delete the counts, so that these refusals do not lock the account.
                self::site()->php('global $wpdb; $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_throttle WHERE until = 0 OR failures > 1"); return 1;');
            }
            self::assertSame(0, $this->end($run));
            self::assertCount(1, $tokens, implode(' ', $command));
            self::assertSame($person->id, self::site()->request('GET', '/wp-json/wp/v2/users/me', bearer: $tokens[0])->json['id'] ?? null, implode(' ', $command));
        }
        self::assertSame([1, 7], $this->imported($person));
        $answer = self::site()->request(...$this->login($person, $app->code()));
        self::assertArrayHasKey('token', (array) $answer->json, (string) $answer);
    }

    /** @return array{Person, Elsewhere} */
    private function theirs(): array
    {
        $person = Person::withoutFactor(self::site());
        return [$person, Elsewhere::enrol(self::site(), static::PLUGIN, $person->id)];
    }

    /** @return array<mixed> */
    private function login(Person $person, string $code): array
    {
        return ['POST', '/wp-json/sallyport/v1/token', 'json' => ['username' => $person->login, 'password' => $person->password, 'code' => $code]];
    }

    /** @param array<Response> $answers @return list<string> */
    private function tokens(array $answers): array
    {
        return array_values(array_filter(array_map(static fn (Response $answer): ?string => $answer->json['token'] ?? null, $answers)));
    }

    /** @return array<string, string> the fields of the form after the password */
    private function formOf(Person $person): array
    {
        $page = (new Browser(self::site()))->logIn($person);
        $fields = Browser::fields($page);
        self::assertArrayHasKey('wp-auth-nonce', $fields, (string) $page);
        return $fields + ['redirect_to' => self::site()->url . '/wp-admin/'];
    }

    /** Whether the form's answer signs in. */
    private function counts(Response $answer): bool
    {
        $browser = new Browser(self::site());
        $browser->keep($answer);
        return $browser->counts();
    }

    /** @return array{int, int} the number of factors, and of unused backup codes */
    private function imported(Person $person): array
    {
        [, $report] = self::site()->command('import', static::PLUGIN, '--dry-run', "--only=$person->id", '--format=json');
        $factors = self::site()->php('global $wpdb; return $wpdb->get_var("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_factors WHERE status = \'active\' AND user_id = " . (int) $argv[1]);', [(string) $person->id]);
        return [(int) $factors, json_decode($report, true)[0]['backup_codes'] ?? -1];
    }

    /** Starts a command. */
    private function begin(string ...$words): \stdClass
    {
        $process = proc_open(
            [dirname(__DIR__, 2) . '/bin/site', 'wp', '--dir', self::site()->dir, 'sallyport', ...$words],
            [['file', '/dev/null', 'r'], ['file', '/dev/null', 'w'], ['file', '/dev/null', 'w']],
            $pipes,
        );
        return (object) ['process' => $process, 'exit' => null];
    }

    /** PHP reports the exit code only once. */
    private function isRunning(\stdClass $run): bool
    {
        $status = $run->exit === null ? proc_get_status($run->process) : ['running' => false, 'exitcode' => $run->exit];
        $run->exit = $status['running'] ? null : $status['exitcode'];
        return $status['running'];
    }

    private function end(\stdClass $run): int
    {
        while ($this->isRunning($run)) {
            usleep(20000);
        }
        return $run->exit;
    }
}
