<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Elsewhere;
use Sallyport\Tests\Person;
use Sallyport\Tests\Totp;

/** Laws for the import of another plugin's second factors, and for its undo. */
trait OtherPluginImportLaws
{
    public function test_a_dry_run_changes_nothing(): void
    {
        [$person] = $this->theirs();
        $before = Elsewhere::stored(static::site(), $person->id);
        self::assertSame(['imported', 10], $this->import($person, '--dry-run'));
        self::assertSame($before, Elsewhere::stored(static::site(), $person->id));
        self::assertSame([], $this->rowsOf($person));
    }

    public function test_an_imported_factor_works_without_the_plugin_and_without_a_new_scan(): void
    {
        [$person, $app] = $this->theirs();
        Totp::steady();
        $token = $this->proven($person, $used = $app->code());
        $before = Elsewhere::stored(static::site(), $person->id);
        self::assertSame(['imported', 10], $this->import($person));
        self::assertSame($before, Elsewhere::stored(static::site(), $person->id), 'the other plugin\'s data is unchanged');
        self::assertSame($person->id, $this->whoIs($token), 'it is the same factor, so its proof is still accepted');
        self::assertSame(['already', 10], $this->import($person));
        self::assertCount(1, $this->rowsOf($person));

        $this->withoutThePlugin(function () use ($person, $app, $used, $token): void {
            self::assertSame($person->id, $this->whoIs($token));
            $data = self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
            self::assertSame(['totp', 'imported_backup_code'], $data['factors']);
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $used]));
            self::assertSame($person->id, $this->whoIs($this->proven($person, $app->code())));
            $code = $app->backupCode();
            self::assertSame($person->id, $this->whoIs($this->proven($person, $code)));
            self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
            $browser = new Browser(static::site());
            self::assertArrayHasKey('sallyport_challenge', Browser::fields($browser->logIn($person)), 'our form asks');
        });
    }

    public function test_after_the_import_what_is_used_there_is_used_here_and_the_other_way_round(): void
    {
        [$person, $app] = $this->theirs();
        $this->import($person);
        Totp::steady();
        $code = $app->code();
        [$browser, $page] = $this->atTheirForm($person);
        $this->sendForm($browser, $page, $code);
        self::assertTrue($browser->counts(), 'asked once, by their form');
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code, 'factor' => 'totp']));
        $next = $app->code();
        $this->proven($person, $next);
        [$thief, $page] = $this->atTheirForm($person);
        $this->sendForm($thief, $page, $next);
        self::assertFalse($thief->counts());

        [$first, $second] = $app->codes;
        $this->proven($person, $first);
        self::assertCount(9, $this->theirCodes($person));
        self::assertSame(1, $this->takeOutOfTheirList($person, $second));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $second, 'factor' => 'imported_backup_code']));
    }

    public function test_undoing_an_import_restores_the_earlier_state_and_no_used_code(): void
    {
        [$person, $app] = $this->theirs();
        $before = Elsewhere::stored(static::site(), $person->id);
        $this->import($person);
        self::assertSame(['undone', 10], $this->undo($person, '--dry-run'));
        self::assertCount(1, $this->rowsOf($person));
        self::assertSame(['undone', 10], $this->undo($person));
        self::assertSame($before, Elsewhere::stored(static::site(), $person->id));
        self::assertSame([], $this->rowsOf($person));
        self::assertSame(['nothing', 0], $this->undo($person));
        self::assertSame([static::FACTOR], self::refused(401, 'sallyport_second_factor_required', $this->logIn($person))['factors']);

        $this->import($person);
        Totp::steady();
        [$code, $backup] = [$app->code(), $app->backupCode()];
        $token = $this->proven($person, $code);
        $this->proven($person, $backup);
        self::assertSame(['undone', 9], $this->undo($person));
        self::assertSame($person->id, $this->whoIs($token));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $code]));
        self::refused(401, 'sallyport_invalid_code', $this->logIn($person, ['code' => $backup]));
        $this->proven($person, $app->code());
        $this->proven($person, $app->backupCode());
        $this->withoutThePlugin(fn () => $this->signIn($person));
    }

    public function test_an_import_is_undone_only_where_the_plugin_asks(): void
    {
        [$person, $app] = $this->theirs();
        $this->import($person);
        $this->withoutThePlugin(function () use ($person): void {
            [$exit, , $why] = static::site()->command('import', 'undo', static::PLUGIN, "--only=$person->id");
            self::assertSame(1, $exit, $why);
            self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
        });
        Elsewhere::remove(static::site(), $person->id);
        self::assertSame(['kept', 0], $this->undo($person));
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person));
    }

    public function test_what_cannot_be_imported_is_reported_and_left_unchanged(): void
    {
        [$unreadable] = $this->theirs();
        $this->garble($unreadable);
        [$mailed] = $this->theirs();
        $this->byMailAlone($mailed);
        [$exit, $report, $why] = static::site()->command('import', static::PLUGIN, '--format=json', "--only=$unreadable->login");
        self::assertSame([1, 'unreadable'], [$exit, json_decode($report, true)[0]['result'] ?? null], $why);
        self::assertSame(['nothing', 0], $this->import($mailed));
        self::assertSame([], [...$this->rowsOf($unreadable), ...$this->rowsOf($mailed)]);
        Elsewhere::remove(static::site(), $unreadable->id);
    }

    public function test_a_user_is_imported_by_one_process_at_a_time(): void
    {
        [$person] = $this->theirs();
        $claim = fn (string $do): mixed => static::site()->plugin(
            '$rows = new \Sallyport\WP\Store\ThrottleRows($plugin->database()); return $rows->' . $do . ';',
            ['import:' . static::PLUGIN . ":$person->id"],
        );
        $claim('claim($argv[1], 60, time())');
        [$exit, $report] = static::site()->command('import', static::PLUGIN, "--only=$person->id", '--format=json');
        self::assertSame([1, 'busy'], [$exit, json_decode($report, true)[0]['result'] ?? null]);
        self::assertSame([], $this->rowsOf($person));
        $claim('clear($argv[1])');
        self::assertSame(['imported', 10], $this->import($person));
    }

    public function test_an_import_of_all_users_reports_each(): void
    {
        [$one] = $this->theirs();
        [$two] = $this->theirs();
        $stranger = $this->person();
        [$exit, $report, $why] = static::site()->command('import', static::PLUGIN, '--format=json');
        self::assertSame(0, $exit, $why . $report);
        $said = array_column(json_decode($report, true), 'result', 'user');
        self::assertSame(['imported', 'imported'], [$said[$one->id] ?? null, $said[$two->id] ?? null]);
        self::assertArrayNotHasKey($stranger->id, $said);
        self::assertMatchesRegularExpression('/^\d+ users? …$/m', $why);
        self::assertStringNotContainsString('$', $report, 'no hash, no secret');
        [, $report] = static::site()->command('import', static::PLUGIN, '--format=json');
        self::assertSame(['already', 'already'], array_values(array_intersect_key(array_column(json_decode($report, true), 'result', 'user'), [$one->id => 0, $two->id => 0])));
        [$exit, $report] = static::site()->command('import', 'undo', static::PLUGIN, '--format=json');
        self::assertSame(0, $exit);
        self::assertSame([], [...$this->rowsOf($one), ...$this->rowsOf($two)], $report);
    }

    /** @return array{string, int} the result for the user, and how many backup codes */
    protected function import(Person $person, string ...$more): array
    {
        return $this->said('import', static::PLUGIN, "--only=$person->id", ...$more);
    }

    /** @return array{string, int} */
    protected function undo(Person $person, string ...$more): array
    {
        return $this->said('import', 'undo', static::PLUGIN, "--only=$person->id", ...$more);
    }

    /** @return array{string, int} */
    private function said(string ...$words): array
    {
        [$exit, $report, $why] = static::site()->command(...[...$words, '--format=json']);
        self::assertSame(0, $exit, $why . $report);
        $line = json_decode($report, true)[0] ?? self::fail($report);
        return [$line['result'], $line['backup_codes']];
    }

    /** @return list<string> */
    private function rowsOf(Person $person): array
    {
        return static::site()->php('global $wpdb; return $wpdb->get_col("SELECT id FROM {$wpdb->base_prefix}sallyport_factors WHERE user_id = " . (int) $argv[1]);', [(string) $person->id]);
    }
}
