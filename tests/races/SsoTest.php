<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\ForeignSite;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/RaceCase.php';
require_once __DIR__ . '/../support/ForeignSite.php';

/** One token of another site, many times at once: one sign-in, or one challenge. */
final class SsoTest extends RaceCase
{
    private const REFUSED = ['sallyport_sso_refused'];

    private static ?ForeignSite $foreign = null;

    private static function foreign(): ForeignSite
    {
        return self::$foreign ??= new ForeignSite(
            'foreign',
            'https://foreign.example',
            self::site()->url,
            trim(self::site()->wp('sallyport', 'site', 'add', 'foreign', 'https://foreign.example', '--allow=exchange')),
        );
    }

    public function testOneTokenManyTimesAtOnceSignsInOnce(): void
    {
        $person = Person::withoutFactor(self::site());
        $answers = $this->exchanged(20, $person);
        $this->assertOneToken($answers, $person, self::REFUSED);
        self::assertSame(1, $this->logged('sso_accepted', $person));
        self::assertSame(1, $this->logged('token_issued', $person));
        self::assertSame(19, $this->logged('sso_refused', $person));
        self::assertSame(1, (int) self::site()->php('return count(get_user_meta((int) $argv[1], "_sallyport_family"));', [(string) $person->id]));
    }

    public function testOfAnEnrolledUserOneChallengeIsOpened(): void
    {
        $person = Person::enrolled(self::site());
        $before = $this->logged('challenge_opened', $person);
        $answers = $this->exchanged(20, $person);
        $this->assertNoToken($answers, ['sallyport_second_factor_required', ...self::REFUSED]);
        self::assertSame($before + 1, $this->logged('challenge_opened', $person));
    }

    public function testWithACodeOneTokenIsIssued(): void
    {
        $person = Person::enrolled(self::site());
        $answers = $this->exchanged(20, $person, ['code' => $person->code()]);
        $this->assertOneToken($answers, $person, self::REFUSED);
    }

    /** @param array<string, string> $more @return list<Response> */
    private function exchanged(int $times, Person $person, array $more = []): array
    {
        // Set-up: delete the failures that other tests here caused for this address.
        self::site()->php('global $wpdb; $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_throttle");');
        return $this->atOnce($times, ['POST', '/wp-json/sallyport/v1/sso/exchange', 'json' => self::foreign()->signsIn($person->email) + $more]);
    }
}
