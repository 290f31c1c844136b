<?php

declare(strict_types=1);

namespace Sallyport\Tests;

require_once __DIR__ . '/Door.php';

/** JWT Auth by Useful Team: `{success, statusCode, code, message, data}`, and a refresh token in a cookie. */
final class UsefulTeamDoor extends Door
{
    public function __construct(Site $site)
    {
        parent::__construct($site, 'useful-team', '/wp-json/jwt-auth/v1/token', 'sallyport_');
    }

    /** The refresh cookie that an answer sets. */
    public static function cookie(Response $answer): ?string
    {
        foreach ($answer->headers['set-cookie'] ?? [] as $line) {
            if (preg_match('/\Arefresh_token=([^;]+)/', $line, $match) === 1) {
                return urldecode($match[1]);
            }
        }
        return null;
    }

    /** A refresh cookie in place of the password. @param array<string, mixed> $more @param array<string, string> $headers */
    public function byCookie(?string $cookie, string $route = '', array $more = [], array $headers = []): Response
    {
        return $this->site->request('POST', $this->path . $route, json: $more, headers: ['Cookie' => "refresh_token=$cookie"] + $headers);
    }

    /** Our own answers, at challenge/verify or to a bearer, have our own format. */
    public function refusal(Response $answer): array
    {
        $refusal = parent::refusal($answer);
        $says = (array) $answer->json;
        if (array_key_exists('success', $says) && [false, $answer->status] !== [$says['success'], $says['statusCode'] ?? null]) {
            $refusal['status'] = 0;
        }
        return $refusal;
    }
}
