<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/RaceCase.php';

/** Simultaneous wrong passwords: once there is a wait, they are checked no more often than sequential ones. */
final class WrongPasswordTest extends RaceCase
{
    protected function setUp(): void
    {
        // Counts of wrong passwords expire; counts of wrong codes, of other tests' users, do not.
        self::site()->php('global $wpdb; $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_throttle WHERE expires_at > 0");');
    }

    public function testParallelGuessesCheckNoMoreThanHadBegunWhenTheTenthFailed(): void
    {
        $person = Person::withoutFactor(self::site());
        $begun = time();
        $looked = $this->looked($this->guesses(50, $person));
        // A wait that ends meanwhile admits one more: after 1 s, 2, 4 …
        $more = 0;
        for ($due = 1, $wait = 1; $due <= time() - $begun + 1; $wait *= 2, $due += $wait) {
            $more++;
        }
        self::assertGreaterThanOrEqual(10, $looked);
        self::assertLessThanOrEqual(9 + self::WORKERS + $more, $looked);
    }

    public function testAWaitingUserHasOneGuessPerWait(): void
    {
        $person = Person::withoutFactor(self::site());
        $this->counted("password-user:$person->id", 20, 0);
        self::assertSame(1, $this->looked($this->guesses(30, $person)));
    }

    public function testOneAddressHasTheRestOfItsBudget(): void
    {
        $this->counted('password-address:127.0.0.1', 98, 98 * 3);
        $begun = time();
        $requests = array_map(static fn (int $i): array => ['POST', '/wp-json/sallyport/v1/token', 'json' => ['username' => "nobody$i", 'password' => 'a guess']], range(1, 30));
        $looked = $this->looked($this->together($requests));
        self::assertGreaterThanOrEqual(2, $looked);
        self::assertLessThanOrEqual(3 + intdiv(time() - $begun, 3), $looked);
    }

    public function testParallelRightPasswordsUseUpNoBudget(): void
    {
        $person = Person::withoutFactor(self::site());
        foreach ($this->atOnce(30, $this->door('sallyport')->attempt($person)) as $answer) {
            self::assertSame(200, $answer->status, (string) $answer);
        }
        self::assertSame(0, (int) self::site()->php('global $wpdb; return $wpdb->get_var("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_throttle WHERE expires_at > 0 AND (failures > 0 OR until > " . time() . ")");'));
    }

    public function testAKnownDeviceGetsInAmidAStrangersBurst(): void
    {
        $person = Person::withoutFactor(self::site());
        $device = $this->door('sallyport')->login($person, ['device_name' => 'a phone'])->json['device'];
        $guess = ['POST', '/wp-json/sallyport/v1/token', 'json' => ['username' => $person->login, 'password' => 'a guess']];
        $requests = array_fill(0, 40, $guess);
        foreach ([8, 16, 24, 32] as $i) {
            $requests[$i] = $this->door('sallyport')->attempt($person, ['device' => $device]);
        }
        foreach ($this->together($requests) as $i => $answer) {
            self::assertSame($i % 8 === 0 && $i > 0, $answer->status === 200, "$i: $answer");
        }
        $this->counted("password-user:$person->id", 20, 60);
        self::assertSame(429, $this->door('sallyport')->login($person)->status, 'but not without it');
        self::assertSame(200, $this->door('sallyport')->login($person, ['device' => $device])->status);
    }

    public function testAKnownDeviceHasTenGuessesOfItsOwn(): void
    {
        $person = Person::withoutFactor(self::site());
        $device = $this->door('sallyport')->login($person, ['device_name' => 'a phone'])->json['device'];
        $id = self::site()->php('global $wpdb; return $wpdb->get_var($wpdb->prepare("SELECT id FROM {$wpdb->base_prefix}sallyport_devices WHERE user_id = %d", $argv[1]));', [(string) $person->id]);
        $this->counted("password-device:$id", 20, 0);
        $guess = ['username' => $person->login, 'password' => 'a guess', 'device' => $device];
        self::assertSame(1, $this->looked($this->atOnce(30, ['POST', '/wp-json/sallyport/v1/token', 'json' => $guess])));
        self::assertSame(200, $this->door('sallyport')->login($person)->status, 'the user on another device');
    }

    /** @return list<Response> */
    private function guesses(int $times, Person $person): array
    {
        return $this->atOnce($times, ['POST', '/wp-json/sallyport/v1/token', 'json' => ['username' => $person->login, 'password' => 'a guess']]);
    }

    /** The number of passwords that were checked; all other requests had to wait. @param list<Response> $answers */
    private function looked(array $answers): int
    {
        $this->assertNoToken($answers, ['sallyport_invalid_credentials', 'sallyport_throttled']);
        foreach ($answers as $answer) {
            self::assertSame($answer->status === 429, $answer->header('retry-after') !== null);
        }
        return count(array_filter($answers, static fn (Response $answer): bool => $answer->status === 401));
    }

    private function counted(string $name, int $failures, int $until): void
    {
        self::site()->php(
            'global $wpdb; $wpdb->query($wpdb->prepare("REPLACE INTO {$wpdb->base_prefix}sallyport_throttle (name, failures, until, expires_at) VALUES (%s, %d, %d, 1)", hash("sha256", $argv[1]), $argv[2], time() + $argv[3]));',
            [$name, (string) $failures, (string) $until],
        );
    }
}
