<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** On a network: super admins, and what credentials of one site allow on another. */
final class NetworkDoorsTest extends HttpTestCase
{
    use OwnSite;

    private const AJAX = '/wp-admin/admin-ajax.php?action=rest-nonce';

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return ['multisite' => true];
    }

    public function test_a_network_administrators_cookie_counts_on_every_site_with_a_proof_alone(): void
    {
        $other = static::site()->php('$id = wpmu_create_blog(DOMAIN_CURRENT_SITE, "/other/", "Other", 1); return is_wp_error($id) ? $id->get_error_message() : $id;');
        self::assertIsInt($other);
        $person = $this->administrator();
        $old = $this->signedIn($person);
        self::assertSame([200, 200, 200], $this->statuses($old));
        $this->signIn($person);
        $token = $person->token;
        $this->enrol($person);
        self::assertSame([400, 400, 302], $this->statuses($old));
        // A cookie without a proof, as a plugin creates one.
        $made = new Browser(static::site());
        $made->cookies += static::site()->php(<<<'PHP'
            [$id, $until] = [(int) $argv[1], time() + 300];
            $token = WP_Session_Tokens::get_instance($id)->create($until);
            $make = fn (string $scheme): string => rawurlencode(wp_generate_auth_cookie($id, $until, $scheme, $token));
            return [LOGGED_IN_COOKIE => $make('logged_in'), AUTH_COOKIE => $make('auth'), SECURE_AUTH_COOKIE => $make('secure_auth')];
            PHP, [(string) $person->id]);
        self::assertSame([400, 400, 302], $this->statuses($made));
        self::refused(401, 'sallyport_token_unproven', $this->get('/wp-json/wp/v2/users/me', $token));
        self::assertSame([200, 200, 200], $this->statuses($this->signedIn($person)));
        // A proven token of one site is refused on the other, where the password still requires the code.
        self::assertSame($person->id, $this->whoIs($person->token));
        self::assertSame(401, $this->get('/other/wp-json/wp/v2/users/me', $person->token)->status);
        $answer = static::site()->request('POST', '/other/wp-json/sallyport/v1/token', json: ['username' => $person->login, 'password' => $person->password]);
        self::refused(401, 'sallyport_second_factor_required', $answer);
        self::refused(401, 'sallyport_challenge_gone', $this->post('/challenge/verify', ['challenge' => $answer->json['data']['challenge'], 'code' => $person->app->code(1)]));
    }

    public function test_every_door_of_a_network_is_shut(): void
    {
        [$code, $out, $said] = static::site()->command('probe', '--format=json');
        self::assertSame(0, $code, $said . $out);
        $verdicts = array_unique(array_column(json_decode($out, true), 'verdict'));
        sort($verdicts);
        self::assertSame(['not there', 'shut'], $verdicts, $out);
        self::assertSame(0, static::site()->php('return count(get_users(["blog_id" => 0, "search" => "sallyport-probe-*"]));'));
    }

    /** @return list<int> of admin-ajax.php here and on the other site, and of the network's own screens */
    private function statuses(Browser $browser): array
    {
        $copy = clone $browser;
        return array_map(static fn (string $path): int => (clone $copy)->send('GET', $path)->status, [self::AJAX, '/other' . self::AJAX, '/wp-admin/network/']);
    }
}
