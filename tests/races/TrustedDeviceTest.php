<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/RaceCase.php';

/** One trusted device, many sign-ins at once: one successor, and simultaneous changes leave one consistent state. */
final class TrustedDeviceTest extends RaceCase
{
    private const TOKEN = '/wp-json/sallyport/v1/token';

    public function testParallelLogInsAllSucceedAndShareOneSuccessor(): void
    {
        [$person, $device] = $this->trusted();
        $answers = $this->atOnce(self::WORKERS, $this->logIn($person, $device)); // No more than workers: a request that waits in a queue may come after the grace.
        $secrets = array_map(static fn (Response $answer): string => $answer->json['device'] ?? (string) $answer, $answers);
        self::assertCount(1, array_unique($secrets), implode("\n", array_unique($secrets)));
        self::assertNotSame($device, $secrets[0]);
        self::assertSame([1, 0], [$this->devices($person), $this->logged('device_reused', $person)]);
        self::assertSame(200, $this->atOnce(1, $this->logIn($person, $secrets[0]))[0]->status, 'and it is valid');
    }

    public function testOneChallengeOfAPagesFormSignsItsBrowserInOnce(): void
    {
        [$person, $device] = $this->trusted();
        $page = self::site()->request('POST', '/wp-login.php', form: ['log' => $person->login, 'pwd' => $person->password]);
        self::assertSame(1, preg_match('/name="sallyport_challenge" value="([^"]+)"/', $page->body, $challenge));
        $hash = self::site()->php('return COOKIEHASH;');
        $cookie = "sallyport_step_$hash=$challenge[1]; sallyport_device_{$hash}_$person->id=$device";
        $answers = $this->atOnce(self::WORKERS, ['GET', '/wp-login.php?action=sallyport', 'headers' => ['cookie' => $cookie]]);
        $in = array_filter($answers, static fn (Response $answer): bool => str_contains(implode($answer->headers['set-cookie'] ?? []), 'wordpress_logged_in_'));
        self::assertCount(1, $in);
        foreach (array_diff_key($answers, $in) as $answer) {
            self::assertSame([302, self::site()->url . '/wp-login.php'], [$answer->status, $answer->header('location')], (string) $answer);
        }
    }

    public function testARepeatedSecretManyTimesAtOnceEndsTheDeviceOnce(): void
    {
        [$person, $device] = $this->trusted();
        $next = $this->atOnce(1, $this->logIn($person, $device))[0]->json['device'];
        self::site()->php('global $wpdb; $wpdb->query($wpdb->prepare("UPDATE {$wpdb->base_prefix}sallyport_device_secrets SET replaced_at = replaced_at - 60 WHERE digest = %s", hash("sha256", $argv[1])));', [$device]);
        $this->assertNoToken($this->atOnce(20, $this->logIn($person, $device)), ['sallyport_second_factor_required']);
        self::assertSame([0, 1], [$this->devices($person), $this->logged('device_reused', $person)]);
        $this->assertNoToken($this->atOnce(1, $this->logIn($person, $next)), ['sallyport_second_factor_required']);
    }

    public function testADeviceRevokedWhileItIsUsedLetsNobodyInAfterwards(): void
    {
        [$person, $device, $token] = $this->trusted();
        $id = self::site()->request('GET', '/wp-json/sallyport/v1/two-factor', bearer: $token)->json['devices'][0]['id'];
        $answers = $this->together([...array_fill(0, 10, $this->logIn($person, $device)), ['DELETE', "/wp-json/sallyport/v1/two-factor/devices/$id", 'bearer' => $token]]);
        self::assertSame(200, array_pop($answers)->status);
        $secrets = [$device];
        foreach ($answers as $answer) {
            $answer->status === 200 ? $secrets[] = $answer->json['device'] : self::assertSame('sallyport_second_factor_required', $answer->json['code'], (string) $answer);
        }
        self::assertSame(0, $this->devices($person));
        foreach (array_unique($secrets) as $secret) {
            $this->assertNoToken($this->atOnce(1, $this->logIn($person, $secret)), ['sallyport_second_factor_required']);
        }
    }

    /** Sign-ins with the old password are ended again, and no earlier device is accepted with the new password. */
    public function testAPasswordChangeThatCrossesLogInsLeavesNothingOfBefore(): void
    {
        [$person, $device, $token] = $this->trusted();
        $change = [
            'POST',
            '/wp-json/sallyport/v1/change-password',
            'json' => ['current_password' => $person->password, 'new_password' => 'another one entirely'],
            'bearer' => $token,
        ];
        $answers = $this->together([...array_fill(0, 5, $this->logIn($person, $device)), $change, ...array_fill(0, 5, $this->logIn($person, $device))]);
        self::assertSame(200, $answers[5]->status, (string) $answers[5]);
        unset($answers[5]);
        $secrets = [$device];
        foreach (array_filter($answers, static fn (Response $answer): bool => $answer->status === 200) as $answer) {
            $secrets[] = $answer->json['device'];
            self::assertSame(401, self::site()->request('GET', '/wp-json/wp/v2/users/me', bearer: $answer->json['token'])->status);
            self::assertSame(401, self::site()->request('POST', '/wp-json/sallyport/v1/token/refresh', json: ['refresh_token' => $answer->json['refresh_token']])->status);
        }
        $person->password = 'another one entirely';
        foreach (array_unique($secrets) as $secret) {
            $this->assertNoToken($this->atOnce(1, $this->logIn($person, $secret)), ['sallyport_second_factor_required']);
        }
    }

    /** @return array{Person, string, string} a user, the device's secret, and a token that was issued for a code */
    private function trusted(): array
    {
        $person = Person::enrolled(self::site());
        $answer = self::site()->request(
            'POST',
            self::TOKEN,
            json: ['username' => $person->login, 'password' => $person->password, 'code' => $person->backupCode(), 'trust_device' => true],
        );
        self::assertSame(200, $answer->status, (string) $answer);
        return [$person, $answer->json['device'], $answer->json['token']];
    }

    /** @return array<mixed> */
    private function logIn(Person $person, string $device): array
    {
        return ['POST', self::TOKEN, 'json' => ['username' => $person->login, 'password' => $person->password, 'device' => $device]];
    }

    private function devices(Person $person): int
    {
        return self::site()->php('global $wpdb; return (int) $wpdb->get_var($wpdb->prepare("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_devices WHERE user_id = %d", $argv[1]));', [(string) $person->id]);
    }
}
