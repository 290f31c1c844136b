<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;

require_once __DIR__ . '/HttpTestCase.php';

/** Plugins that switch users by wp_set_current_user(), which no filter sees. */
final class AcceptanceSwitchTest extends HttpTestCase
{
    /** @dataProvider places */
    public function test_switching_to_an_enrolled_user_makes_the_request_anonymous(string $method, string $path, array $keys): void
    {
        $person = $this->enrolled();
        $user = $this->borrowed($method, $path, $keys, $person);
        self::assertSame(0, $user['user']);
        self::assertFalse($user['can_read']);
        $rows = static::activity($person->id, 'switch_refused');
        self::assertNotSame([], $rows);
        $detail = json_decode($rows[0]['detail'], true);
        self::assertSame('wp-content/plugins/switcher/switcher.php', $detail['file']);
        self::assertSame('switcher_borrow', $detail['function']);
        self::assertMatchesRegularExpression('/^\d+$/', $detail['line']);
        self::assertSame('sallyport_token_unproven', $rows[0]['outcome']);
    }

    /** Otherwise, a plugin that switches in every request would fill the log and the webhook queue. */
    public function test_repeated_switching_is_one_log_row(): void
    {
        $person = $this->enrolled();
        for ($i = 0; $i < 3; $i++) {
            self::assertSame(0, $this->borrowed(...[...array_values(self::places())[0], $person])['user']);
        }
        self::assertCount(1, static::activity($person->id, 'switch_refused'));
    }

    /** @dataProvider places */
    public function test_a_proof_of_another_user_does_not_help(string $method, string $path, array $keys): void
    {
        $person = $this->enrolled();
        $mine = $this->enrolled();
        self::assertSame(0, $this->borrowed($method, $path, $keys, $person, $mine->token)['user']);
    }

    /** @dataProvider places */
    public function test_the_site_may_trust_a_caller_by_name(string $method, string $path, array $keys): void
    {
        $person = $this->enrolled();
        static::site()->php('update_option("switcher_trusted", "switcher_borrow");');
        try {
            self::assertSame(['user' => $person->id, 'can_read' => true], $this->borrowed($method, $path, $keys, $person));
        } finally {
            static::site()->php('update_option("switcher_trusted", "");');
        }
        self::assertSame(0, $this->borrowed($method, $path, $keys, $person)['user']);
    }

    /** @dataProvider places */
    public function test_switching_to_a_user_without_a_factor_is_unaffected(string $method, string $path, array $keys): void
    {
        $person = $this->person();
        self::assertSame(['user' => $person->id, 'can_read' => true], $this->borrowed($method, $path, $keys, $person));
        self::assertSame([], static::activity($person->id, 'switch_refused'));
    }

    /** @dataProvider places */
    public function test_switching_to_the_proven_user_is_no_switch(string $method, string $path, array $keys): void
    {
        $person = $this->enrolled();
        self::assertSame($person->id, $this->borrowed($method, $path, $keys, $person, $person->token)['user']);
    }

    public function test_a_caller_of_wp_cron_is_no_scheduled_event(): void
    {
        $plain = $this->person();
        $person = $this->enrolled();
        foreach (['init', 'wp_loaded'] as $at) {
            self::assertSame($plain->id, $this->becameInCron($at, $plain)['user'], "$at: the plugin itself works");
            self::assertSame(0, $this->becameInCron($at, $person)['user'], $at);
        }
    }

    public function test_a_request_to_wp_cron_does_not_bypass_step_up(): void
    {
        $person = $this->enrolled();
        $browser = $this->signedIn($person);
        static::ageSessions($person);
        self::assertSame($person->id, $this->becameInCron('init', $person, $browser)['user'], 'the session counts');
        self::assertSame($person->email, static::site()->php('return get_userdata((int) $argv[1])->user_email;', [(string) $person->id]));
    }

    public function test_a_token_that_ended_does_not_help(): void
    {
        $person = $this->enrolled();
        self::assertSame(200, $this->post('/token/revoke', bearer: $person->token)->status);
        foreach (['init', 'ajax'] as $at) {
            self::assertSame(0, $this->get("/wp-admin/admin-ajax.php?action=switcher&switcher_at=$at&switcher_to=$person->id", $person->token)->json['user'], $at);
        }
    }

    public function test_a_user_set_without_cores_function_is_anonymous_to_rest(): void
    {
        $who = '/wp-json/switcher/v1/who?switcher_at=global';
        $plain = $this->person();
        self::assertSame($plain->id, $this->borrowed('GET', $who, [], $plain)['user'], 'the plugin itself works');
        $person = $this->enrolled();
        self::assertSame(0, $this->borrowed('GET', $who, [], $person)['user']);
        self::assertSame(0, $this->borrowed('GET', $who, [], $person, $this->enrolled()->token)['user']);
        self::assertSame($person->id, $this->borrowed('GET', $who, [], $person, $person->token)['user']);
    }

    /** @return array<string, array{string, string, list<string>}> */
    public static function places(): array
    {
        return [
            'a REST route' => ['POST', '/wp-json/switcher/v1/borrow?', []],
            'on init of a REST request' => ['GET', '/wp-json/switcher/v1/who?switcher_at=init', ['at_init']],
            'admin-ajax' => ['GET', '/wp-admin/admin-ajax.php?action=switcher&switcher_at=ajax', []],
        ];
    }

    /** @return array<string, mixed> */
    private function becameInCron(string $at, Person $person, ?Browser $browser = null): array
    {
        static::site()->php('update_option("switcher_in_cron", []);');
        $answer = ($browser ?? new Browser(static::site()))->send('GET', "/wp-cron.php?switcher_at=$at&switcher_to=$person->id");
        self::assertSame(200, $answer->status);
        $became = [];
        for ($tries = 0; $tries < 50 && $became === []; $tries++) {
            usleep(100000); // php-fpm answers before it starts the job.
            $became = static::site()->php('return get_option("switcher_in_cron");');
        }
        return $became;
    }

    /** @param list<string> $keys @return array{user: int, can_read: bool} */
    private function borrowed(string $method, string $path, array $keys, Person $person, ?string $bearer = null): array
    {
        $answer = static::site()->request($method, "$path&switcher_to=$person->id", bearer: $bearer);
        self::assertSame(200, $answer->status, (string) $answer);
        $found = $answer->json;
        foreach ($keys as $key) {
            $found = $found[$key];
        }
        return $found;
    }
}
