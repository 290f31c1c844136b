<?php

/**
 * Plugin Name: Sallyport probe
 * Description: For tests only, never for a real site: calls a factor as the verifier does, and misbehaves where a test asks for it.
 * Version: 1
 * License: GPL-2.0-or-later
 */

declare(strict_types=1);

defined('ABSPATH') || exit;

// POST /sallyport-probe/v1/factor {name, call, user?, code? (base64), now?} → {answer} | {thrown}
add_action('rest_api_init', static function (): void {
    register_rest_route('sallyport-probe/v1', '/factor', [
        'methods' => 'POST',
        'permission_callback' => '__return_true',
        'callback' => static function (WP_REST_Request $request): array {
            $factor = sallyport_probe_factors()[$request['name']] ?? null;
            if ($factor === null) {
                return ['thrown' => 'there is no such factor'];
            }
            $code = base64_decode($request['code'] ?? '');
            try {
                return ['answer' => match ($request['call']) {
                    'name' => $factor->name(),
                    'amr' => $factor->amr(),
                    'is_enrolled' => $factor->is_enrolled($request['user']),
                    'hint' => $factor->hint($request['user']),
                    'recognises' => $factor->recognises($code),
                    'verify' => $factor->verify($request['user'], $code, $request['now'] ?? time(), $request['challenge'] ?? 0)->name,
                }];
            } catch (Throwable $e) {
                return ['thrown' => get_class($e) . ': ' . $e->getMessage()];
            }
        },
    ]);
});

/** @return array<string, \Sallyport\WP\Factor\Factor> all factors of this site, by name: the filter sees Sallyport's own and all others */
function sallyport_probe_factors(): array
{
    $seen = [];
    add_filter('sallyport_factors', static function (array $factors) use (&$seen): array {
        $seen = $factors;
        return $factors;
    }, PHP_INT_MAX);
    (new \Sallyport\WP\Plugin())->factors();
    return array_combine(array_map(static fn ($factor): string => $factor->name(), $seen), $seen);
}

// A plugin that claims a proof, right in every field except the MAC: after Sallyport's last filter, or "early".
add_action('init', static function (): void {
    if (isset($_SERVER['HTTP_X_PROBE_FALSE_PROOF'])) {
        $claim = static fn (array $claims, WP_User $user): array => [
            'sp' => [
                'v' => 1,
                'kid' => '00000000',
                'iss' => 'tmeister',
                'blog' => get_current_blog_id(),
                'uid' => $user->ID,
                'epoch' => (string) (get_user_meta($user->ID, '_sallyport_state', true)['epoch'] ?? ''),
                'amr' => ['otp', 'pwd'],
                'at' => time(),
                'exp' => $claims['exp'],
                'mac' => str_repeat('0', 64),
            ],
        ] + $claims;
        foreach (['jwt_auth_token_before_sign', 'jwt_auth_payload', 'cocart_jwt_auth_token_before_sign'] as $sign) {
            add_filter($sign, $claim, $_SERVER['HTTP_X_PROBE_FALSE_PROOF'] === 'early' ? 10 : PHP_INT_MAX, 2);
        }
    }
});

// A plugin that checks passwords itself, and removes all other checks.
foreach (['rest_request_before_callbacks', 'graphql_mutation_input'] as $before) {
    add_filter($before, static function (mixed $passed): mixed {
        if (isset($_SERVER['HTTP_X_PROBE_OWN_CHECK'])) {
            remove_all_filters('authenticate');
            add_filter('authenticate', static fn ($user, string $login): mixed => get_user_by('login', $login), 10, 2);
        }
        return $passed;
    });
}

// A plugin that is trusted to switch the user after a mutation.
if (isset($_SERVER['HTTP_X_PROBE_SWITCH'])) {
    add_filter('sallyport_trust_switch', '__return_true');
    add_action('graphql_mutation_response', static fn () => wp_set_current_user((int) $_SERVER['HTTP_X_PROBE_SWITCH']), 20);
}

// The check that wp_signon() adds.
if (isset($_SERVER['HTTP_X_PROBE_SIGNON'])) {
    add_filter('authenticate', 'wp_authenticate_cookie', 30, 3);
}

// The failures that a lock-out plugin would count.
add_action('wp_login_failed', static fn () => headers_sent() || header('X-Probe-Login-Failed: 1'));

// Other code of a site that asks JWT Auth about a token: POST /sallyport-probe/v1/check {token, claims, user} → the answer.
add_action('rest_api_init', static fn () => register_rest_route('sallyport-probe/v1', '/check', [
    'methods' => 'POST',
    'permission_callback' => '__return_true',
    'callback' => static fn (WP_REST_Request $request): mixed => apply_filters(
        'jwt_auth_extra_token_check',
        '',
        get_userdata($request['user']),
        $request['token'],
        json_decode(json_encode($request['claims'])),
    ),
]));

// The user of a request to CoCart, whose tokens are accepted only at its own URLs.
add_action('rest_api_init', static fn () => register_rest_route('cocart/probe', '/me', [
    'methods' => 'GET',
    'permission_callback' => static fn (): bool => is_user_logged_in(),
    'callback' => static fn (): array => ['id' => get_current_user_id()],
]));

// A site that itself decides about logins of JWT Auth.
add_filter(
    'jwt_auth_do_custom_auth',
    static fn (mixed $found, string $login, string $password, mixed $word): mixed => $word === 'the right word'
        ? get_user_by('login', $login)
        : $found,
    10,
    4,
);

// A request that waits before each of its deciding writes, so that others read the same state before it writes.
add_filter('query', static function (string $query): string {
    if (
        isset($_SERVER['HTTP_X_PROBE_LINGER'])
        && preg_match(
            '/\A\s*(?:DELETE\s+FROM\s+\S*sallyport_factors\b|UPDATE\s+(?:\S*sallyport_|\S*options\b.*sallyport_signing_key|\S*users\s+SET\s+user_activation_key)|(INSERT)\s+INTO\s+\S*users\b|INSERT\s+IGNORE\s+INTO\s+\S*sallyport_(?:spent|device_secrets))/is',
            $query,
            $match,
        ) === 1
    ) {
        // Before the row of a new user is written, its password is hashed, which takes a different time in each request.
        usleep((int) $_SERVER['HTTP_X_PROBE_LINGER'] * (isset($match[1]) ? 5000 : 1000));
    }
    return $query;
});

// Requests that wait for one another before the first deciding write of each: X-Probe-Meet: NAME COUNT.
add_filter('query', static function (string $query): string {
    static $waited = false;
    if (
        !$waited
        && isset($_SERVER['HTTP_X_PROBE_MEET'])
        && preg_match(
            '/\A\s*(?:UPDATE\s+\S*sallyport_|DELETE\s+FROM\s+\S*sallyport_inherited_proofs|INSERT\s+IGNORE\s+INTO\s+\S*sallyport_spent)/i',
            $query,
        ) === 1
    ) {
        $waited = true;
        [$name, $count] = explode(' ', $_SERVER['HTTP_X_PROBE_MEET']);
        $folder = WP_CONTENT_DIR . '/uploads/probe-' . basename($name);
        wp_mkdir_p($folder);
        touch("$folder/" . getmypid());
        for ($end = microtime(true) + 10; ($here = count(glob("$folder/*"))) < (int) $count && microtime(true) < $end;) {
            usleep(5000);
        }
        header("X-Probe-Met: $here");
    }
    return $query;
});

// A misbehaving factor of a third party: X-Probe-Factor says how.
add_filter('sallyport_factors', static function (array $factors): mixed {
    $how = $_SERVER['HTTP_X_PROBE_FACTOR'] ?? '';
    if ($how === '') {
        return $factors;
    }
    require_once __DIR__ . '/BadFactor.php';
    return match ($how) {
        'removes all' => [],
        'is no list' => 'nonsense',
        'holds no factors' => [null, 'totp', new stdClass(), 7],
        'filter throws' => throw new RuntimeException('the filter'),
        default => [new BadFactor($how), ...$factors],
    };
});

// GitHub's answers, as far as a plugin needs them: the token or code is an address, and its user has that address there.
add_filter('pre_http_request', static function (mixed $answer, array $arguments, string $url): mixed {
    $said = match ($url) {
        'https://github.com/login/oauth/access_token' => ['access_token' => $arguments['body']['code'] ?? ''],
        'https://api.github.com/user/emails' => [['email' => substr($arguments['headers']['Authorization'] ?? '', strlen('Bearer ')), 'primary' => true, 'verified' => true]],
        default => null,
    };
    return $said === null
        ? $answer
        : [
            'headers' => [],
            'body' => (string) json_encode($said),
            'response' => ['code' => 200, 'message' => 'OK'],
            'cookies' => [],
            'filename' => null,
        ];
}, 10, 3);

// WPGraphQL's action at which plugins sign users in, and the user that this request then has.
add_action('wp_loaded', static function (): void {
    if (isset($_SERVER['HTTP_X_PROBE_GRAPHQL'])) {
        do_action('init_graphql_request');
        wp_send_json(['id' => get_current_user_id()]);
    }
});

// A plugin that wants its own claim in a token.
add_filter('simple_jwt_login_generate_payload', static fn (array $claims): array => isset($_SERVER['HTTP_X_PROBE_CLAIM']) ? ['probe' => 1, 'sp' => ['v' => 1]] + $claims : $claims);

// What plugins at the usual priority learn of an earlier authentication.
add_filter('rest_authentication_errors', static function (mixed $errors): mixed {
    if (isset($_SERVER['HTTP_X_PROBE_ERRORS'])) {
        header('X-Probe-Errors: ' . (is_wp_error($errors) ? $errors->get_error_code() : json_encode($errors)));
    }
    return $errors;
});
