<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/** What an administrator does for a user: reset, unlock, revoke, enrolment link. */
final class RescueTest extends HttpTestCase
{
    private const WEAKENING = ['two-factor/reset', 'unlock', 'enrolment-link'];

    private static ?Person $admin = null;

    public static function tearDownAfterClass(): void
    {
        self::$admin = null;
    }

    public function test_a_reset_ends_the_factor_and_everything_that_was_issued(): void
    {
        $person = $this->enrolled();
        $login = $this->logIn($person, ['code' => $person->codes[0], 'device_name' => 'a phone'])->json;
        $browser = $this->signedIn($person);
        $challenge = $this->challenge($person);
        $this->admin();
        static::site()->forgetMails();

        self::assertSame(200, $this->rescue($person, 'two-factor/reset', ['reason' => 'lost the phone'])->status);

        foreach (['factors', 'backup_codes', 'challenges', 'families', 'devices', 'links'] as $table) {
            self::assertSame(0, self::rowsOf($table, $person), $table);
        }
        foreach ([$person->token, $login['token']] as $token) {
            self::refusedCredential('sallyport_token_invalid', $this->get('/wp-json/wp/v2/users/me', $token));
        }
        self::assertSame(401, $this->post('/token/refresh', ['refresh_token' => $login['refresh_token']])->status);
        self::refused(401, 'sallyport_challenge_gone', $this->post('/challenge/verify', ['challenge' => $challenge, 'code' => $person->app->code(1)]));
        self::assertNotSame(200, $browser->send('GET', '/wp-admin/profile.php')->status, 'the session is gone');
        $this->assertLogged($person, 'factors_reset', 'lost the phone');
        self::assertTold($person, 'factors_reset');

        $answer = $this->logIn($person);
        self::assertSame(200, $answer->status, 'if the policy requires no factor, the password alone is enough');
        $person->token = $answer->json['token'];
        $this->enrol($person);
        $this->challenge($person);
    }

    public function test_a_reset_says_why(): void
    {
        $person = $this->enrolled();
        self::refused(400, 'rest_missing_callback_param', $this->rescue($person, 'two-factor/reset', []));
        self::refused(400, 'rest_missing_callback_param', $this->rescue($person, 'two-factor/reset', ['reason' => " \n"]));
        foreach (['', str_repeat('x', 501), 5, ['x']] as $reason) {
            self::refused(400, 'rest_invalid_param', $this->rescue($person, 'two-factor/reset', ['reason' => $reason]));
        }
        $this->challenge($person);
        self::assertSame(200, $this->rescue($person, 'two-factor/reset', ['reason' => str_repeat('x', 500)])->status);
    }

    public function test_it_requires_the_capability_and_is_refused_for_ones_own_account(): void
    {
        $person = $this->enrolled();
        $other = $this->enrolled('editor');
        $admin = $this->admin();
        foreach ([...self::WEAKENING, 'revoke'] as $what) {
            self::refused(401, 'rest_not_logged_in', $this->post("/users/$person->id/$what", ['reason' => 'x']));
            self::refused(403, 'rest_forbidden', $this->post("/users/$person->id/$what", ['reason' => 'x'], $other->token));
            self::refused(404, 'rest_user_invalid_id', $this->post("/users/999999999/$what", ['reason' => 'x'], $admin->token));
        }
        foreach (self::WEAKENING as $what) {
            self::refused(403, 'rest_forbidden', $this->rescue($admin, $what, ['reason' => 'x']));
        }
        $this->challenge($person);
        $this->challenge($admin);
    }

    public function test_a_user_editor_cannot_touch_an_administrators_factor(): void
    {
        // On a network, core lets only users with the last of these edit users.
        static::site()->php('add_role("keeper", "Keeper", ["read" => true, "edit_users" => true, "list_users" => true, "manage_network_users" => true]);');
        $keeper = $this->enrolled('keeper');
        $admin = $this->enrolled('administrator');
        $person = $this->enrolled();
        foreach ([...self::WEAKENING, 'revoke'] as $what) {
            self::refused(403, 'rest_forbidden', $this->post("/users/$admin->id/$what", ['reason' => 'x'], $keeper->token));
        }
        $this->challenge($admin);
        self::assertSame(200, $this->post("/users/$person->id/two-factor/reset", ['reason' => 'x'], $keeper->token)->status);
    }

    public function test_a_plugin_that_protects_a_user_protects_the_factor_too(): void
    {
        $person = $this->enrolled();
        $plugin = static::site()->dir . '/wp-content/mu-plugins/protect.php';
        static::site()->php('wp_mkdir_p(dirname($argv[1])); file_put_contents($argv[1], "<?php add_filter(\"map_meta_cap\", fn (\$caps, \$cap, \$id, \$args) => \$cap === \"edit_user\" && (int) (\$args[0] ?? 0) === $argv[2] ? [\"do_not_allow\"] : \$caps, 10, 4);");', [$plugin, (string) $person->id]);
        try {
            self::refused(403, 'rest_forbidden', $this->rescue($person, 'two-factor/reset', ['reason' => 'x']));
        } finally {
            static::site()->php('unlink($argv[1]);', [$plugin]);
        }
        $this->challenge($person);
    }

    public function test_what_weakens_needs_a_fresh_proof_of_the_administrator(): void
    {
        $person = $this->enrolled();
        $old = self::agedToken($this->admin(), 601);
        foreach (self::WEAKENING as $what) {
            self::refused(401, 'sallyport_step_up_required', $this->post("/users/$person->id/$what", ['reason' => 'x'], $old));
        }
        $this->challenge($person);
        self::assertSame(200, $this->post("/users/$person->id/revoke", [], $old)->status, 'signing somebody out weakens nothing');
    }

    /** The stolen password of an administrator without a factor must not be enough to remove others' factors. */
    public function test_an_administrator_without_a_factor_can_remove_nobodys(): void
    {
        $person = $this->enrolled();
        $bare = $this->administrator();
        $this->signIn($bare);
        foreach (self::WEAKENING as $what) {
            $data = self::refused(401, 'sallyport_step_up_required', $answer = $this->post("/users/$person->id/$what", ['reason' => 'x'], $bare->token));
            self::assertSame(600, $data['max_age']);
            self::assertSame('Bearer error="insufficient_user_authentication", max_age=600', $answer->header('www-authenticate'));
        }
        $this->challenge($person);
        self::assertSame(200, $this->post("/users/$person->id/revoke", [], $bare->token)->status, 'signing somebody out weakens nothing');
        $this->enrol($bare);
        self::assertSame(200, $this->post("/users/$person->id/two-factor/reset", ['reason' => 'x'], $bare->token)->status);
    }

    public function test_an_unlock_ends_a_lock_of_any_length_and_nothing_else(): void
    {
        $person = $this->enrolled();
        self::fail100($person);
        self::refused(423, 'sallyport_locked', $this->logIn($person));
        self::assertSame(200, $this->rescue($person, 'unlock', ['reason' => 'called me'])->status);
        $this->assertLogged($person, 'second_step_unlocked', 'called me');
        self::assertSame($person->id, $this->whoIs($person->token), 'nothing else ends');
        $this->challenge($person);
        $this->proven($person);
    }

    public function test_revoking_signs_out_everywhere_and_leaves_the_factor(): void
    {
        $person = $this->enrolled();
        $login = $this->logIn($person, ['code' => $person->codes[0]])->json;
        $browser = $this->signedIn($person);
        $device = $this->logIn($person, ['code' => $person->codes[1], 'trust_device' => true, 'device_name' => 'a phone'])->json['device'];
        $answer = $this->logIn($person, ['device' => $device]);
        self::assertSame(200, $answer->status, "a trusted device: $answer");
        $device = $answer->json['device'] ?? $device;
        $app = static::site()->request('POST', '/wp-json/wp/v2/users/me/application-passwords', json: ['name' => 'a job'], bearer: $login['token'])->json['password'];
        $by_app = fn (): int => static::site()->request('GET', '/wp-json/wp/v2/users/me', headers: $person->basic($app))->status;
        self::assertSame(200, $by_app());
        self::assertSame(200, $this->rescue($person, 'revoke', [])->status);
        self::assertSame(401, $by_app());
        self::refused(401, 'sallyport_second_factor_required', $this->logIn($person, ['device' => $device]));
        foreach ([$person->token, $login['token']] as $token) {
            self::refusedCredential('sallyport_token_stale', $this->get('/wp-json/wp/v2/users/me', $token));
        }
        self::assertSame(401, $this->post('/token/refresh', ['refresh_token' => $login['refresh_token']])->status);
        self::assertNotSame(200, $browser->send('GET', '/wp-admin/profile.php')->status);
        $this->assertLogged($person, 'sign_ins_revoked', null);
        $this->challenge($person);
    }

    /** NIST SP 800-63B-4 section 4.1.2.2 (N13). */
    public function test_n13_an_enrolment_link_is_for_a_user_without_a_factor_and_not_mailed(): void
    {
        $enrolled = $this->enrolled();
        self::refused(409, 'sallyport_already_enrolled', $this->rescue($enrolled, 'enrolment-link', []));
        $person = $this->person();
        static::site()->forgetMails();
        $answer = $this->rescue($person, 'enrolment-link', ['reason' => 'new here']);
        self::assertSame([200, 600], [$answer->status, $answer->json['expires_in'] ?? null], (string) $answer);
        self::assertMatchesRegularExpression('/^spl1_[A-Za-z0-9_-]{43}$/', $answer->json['link']);
        self::assertStringContainsString('no-store', (string) $answer->header('cache-control'));
        self::assertStringNotContainsString($answer->json['link'], implode('', array_map(self::decoded(...), [...static::site()->mails(), ...static::site()->notices()])));
        $this->assertLogged($person, 'enrolment_link_made', 'new here');
    }

    /** N13, and A7: the link requires the password, and both together open the enrolment and nothing else. */
    public function test_a7_the_link_and_the_password_are_good_once_for_an_enrolment(): void
    {
        $person = $this->person();
        $link = $this->rescue($person, 'enrolment-link', [])->json['link'];
        self::refused(401, 'sallyport_link_gone', $this->post('/enrolment-link/exchange', ['link' => 'spl1_' . str_repeat('A', 43), 'password' => $person->password]));
        self::refused(400, 'sallyport_invalid_password', $this->post('/enrolment-link/exchange', ['link' => $link, 'password' => 'not theirs']));
        $answers = static::site()->concurrently(array_fill(0, 5, ['POST', self::API . '/enrolment-link/exchange', 'json' => ['link' => $link, 'password' => $person->password]]));
        $won = array_values(array_filter($answers, static fn (Response $answer): bool => $answer->status === 200));
        self::assertCount(1, $won);
        self::refused(401, 'sallyport_link_gone', $this->post('/enrolment-link/exchange', ['link' => $link, 'password' => $person->password]));
        self::assertMatchesRegularExpression('/^spe1_/', $won[0]->json['enrolment_token']);
        self::assertNull($this->whoIs($won[0]->json['enrolment_token']), 'it is not a sign-in');
        $person->token = $won[0]->json['enrolment_token'];
        $this->enrol($person);
        self::assertSame($person->id, $this->whoIs($person->token));
        $this->challenge($person);
        self::assertCount(1, static::activity($person->id, 'enrolment_link_used'));
    }

    public function test_a_link_is_void_once_there_is_a_factor(): void
    {
        $person = $this->person();
        $link = $this->rescue($person, 'enrolment-link', [])->json['link'];
        $this->signIn($person);
        $this->enrol($person);
        self::refused(401, 'sallyport_link_gone', $this->post('/enrolment-link/exchange', ['link' => $link, 'password' => $person->password]));
    }

    /** An administrator with a factor, and a proof made just now. */
    private function admin(): Person
    {
        return self::$admin ??= $this->enrolled($this->administrator());
    }

    /** @param array<string, mixed> $body */
    private function rescue(Person $person, string $what, array $body): Response
    {
        return $this->post("/users/$person->id/$what", $body, $this->admin()->token);
    }

    private function assertLogged(Person $person, string $event, ?string $reason): void
    {
        $rows = static::activity($person->id, $event);
        self::assertCount(1, $rows);
        self::assertSame(['by' => $this->admin()->login] + ($reason === null ? [] : ['reason' => $reason]), json_decode($rows[0]['detail'], true));
    }

    private static function rowsOf(string $table, Person $person): int
    {
        return static::site()->php('global $wpdb; return (int) $wpdb->get_var($wpdb->prepare("SELECT COUNT(*) FROM {$wpdb->base_prefix}sallyport_$argv[1] WHERE user_id = %d", $argv[2]));', [$table, (string) $person->id]);
    }

    /** Set-up: a hundred wrong codes without a right one. */
    private static function fail100(Person $person): void
    {
        self::sql('REPLACE INTO {throttle} (name, failures, until, expires_at) VALUES (%s, 100, 0, 0)', hash('sha256', "second-step:$person->id"));
    }
}
