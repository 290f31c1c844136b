<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\ForeignSite;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/../support/ForeignSite.php';

/** Another site, and the tokens that it may send. */
abstract class SsoTestCase extends HttpTestCase
{
    /** Connects the site with one that does not exist, with a new key. @param list<string> $more of `site add` */
    protected static function foreign(array $more = ['--allow=exchange']): ForeignSite
    {
        $key = 'foreign-' . bin2hex(random_bytes(4));
        $address = "https://$key.example";
        $secret = trim(static::site()->wp('sallyport', 'site', 'add', $key, $address, ...$more));
        return new ForeignSite($key, $address, static::site()->url, $secret);
    }

    /** @param array<string, mixed> $body @param array<string, string> $headers */
    protected function exchange(array $body, array $headers = []): Response
    {
        return $this->post('/sso/exchange', $body, headers: $headers);
    }

    /** Asserts that it signed this person in, by SSO alone. @return string the access token */
    protected function signedInBySso(Person $person, Response $answer): string
    {
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertSame($person->id, $answer->json['user']['ID']);
        self::assertSame($person->id, $this->whoIs($answer->json['token']));
        $claims = self::claims($answer->json['token']);
        self::assertSame([['sso'], 'aal1'], [$claims['amr'], $claims['acr']]);
        return $answer->json['token'];
    }

    /** Asserts that it was refused for this reason, and that the log gives the exact reason. */
    protected function notAccepted(string $reason, ?string $logged, Response $answer): void
    {
        $data = self::refused(401, 'sallyport_sso_refused', $answer);
        self::assertSame(['status' => 401, 'reason' => $reason], $data);
        if ($logged !== null) {
            self::assertSame([$logged], self::refusals(1));
        }
    }

    /** @return list<string> the logged reasons of the last refusals, in their order */
    protected static function refusals(int $count): array
    {
        $details = static::site()->php('global $wpdb; return $wpdb->get_col("SELECT detail FROM {$wpdb->base_prefix}sallyport_activity WHERE event = \'sso_refused\' ORDER BY id DESC LIMIT " . (int) $argv[1]);', [(string) $count]);
        return array_map(static fn (string $detail): string => json_decode($detail, true)['reason'], array_reverse($details));
    }
}
