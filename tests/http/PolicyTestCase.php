<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Totp;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** For tests of what a policy requires, on a site whose policy they set. */
abstract class PolicyTestCase extends HttpTestCase
{
    use OwnSite;

    protected const ENROLMENT = '/^spe1_[A-Za-z0-9_-]{43}$/';

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return self::options();
    }

    protected function tearDown(): void
    {
        self::policy([]);
        parent::tearDown();
    }

    /** Set-up: sets the site's policy, with any `since`. @param array<string, mixed> $rules */
    protected static function policy(array $rules): void
    {
        static::site()->plugin('$plugin->policy_option()->change_site(static fn () => json_decode($argv[1], true));', [json_encode($rules)]);
    }

    /** Set-up: a factor has been required of a role for so many seconds; the grace period is a week. */
    protected static function required(string $role = 'subscriber', int $ago = 8 * 86400, array $more = []): void
    {
        static::site()->php('global $wpdb; $wpdb->query("UPDATE $wpdb->users SET user_registered = \'2020-01-01 00:00:00\'");');
        self::policy($more + ['roles' => [$role => 'required'], 'since' => ["role:$role" => time() - $ago]]);
    }

    /** The token in the refusal of a login whose user must enrol first. */
    protected function offered(Response $answer): string
    {
        $offer = self::refused(403, 'sallyport_enrolment_required', $answer);
        self::assertMatchesRegularExpression(self::ENROLMENT, $offer['enrolment_token'] ?? '');
        self::assertSame(900, $offer['expires_in']);
        return $offer['enrolment_token'];
    }

    /** Enrols an authenticator app with an enrolment token; returns the answer to its first right code. */
    protected function enrolBy(string $token, Person $person): Response
    {
        $begun = $this->post('/two-factor/enable', ['password' => $person->password], $token);
        self::assertSame(200, $begun->status, (string) $begun);
        $person->app = new Totp($begun->json['totpURI']);
        $person->codes = $begun->json['backupCodes'];
        Totp::steady();
        return $this->post('/two-factor/verify-totp', ['code' => $person->app->code(-1)], $token);
    }

    protected function put(array $policy, ?string $bearer): Response
    {
        return static::site()->request('PUT', self::API . '/policy', json: $policy, bearer: $bearer);
    }
}
