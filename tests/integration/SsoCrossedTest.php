<?php

declare(strict_types=1);

use Sallyport\WP\Store\FactorRows;

/** A factor is activated while its user's token is exchanged: we must not assert a sign-in that only the password proved. */
final class SsoCrossedTest extends WPTestCase
{
    public function test_a_factor_activated_since_the_token_was_accepted_is_required(): void
    {
        $plugin = self::plugin();
        $user = $this->user();
        $token = $plugin->access_tokens()->response($user, null)['token'];
        $plugin->proven_emails()->prove($user);
        $sites = new Sallyport\WP\Sso\ConnectedSites(new Sallyport\WP\Store\SsoSiteRows($plugin->database()), $plugin->engine(), $plugin->activity());
        $sites->add('elsewhere', 'https://elsewhere.example', '', null, null, null, ['issue', 'exchange'], time());
        $_SERVER['HTTP_AUTHORIZATION'] = "Bearer $token";
        wp_set_current_user($user->ID);
        $ask = fn (): WP_REST_Response => $this->rest('POST', '/sallyport/v1/sso/issue', ['site_key' => 'elsewhere'], ['Authorization' => "Bearer $token"]);
        self::assertSame(200, $ask()->get_status());
        add_filter('rest_request_before_callbacks', static function (mixed $response) use ($plugin, $user): mixed {
            $rows = new FactorRows($plugin->database());
            $rows->activate($rows->add_pending($user->ID, 'totp', time())->id, 1, time());
            return $response;
        });
        $answer = $ask();
        self::assertSame([401, 'sallyport_token_unproven'], [$answer->get_status(), $answer->get_data()['code'] ?? null]);
    }
}
