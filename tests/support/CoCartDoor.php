<?php

declare(strict_types=1);

namespace Sallyport\Tests;

require_once __DIR__ . '/Door.php';

/** CoCart: user name and password by Basic authentication, the second step in a JSON body. */
final class CoCartDoor extends Door
{
    public function __construct(Site $site)
    {
        parent::__construct($site, 'cocart', '/wp-json/cocart/v2/login', 'sallyport_');
    }

    /** @return array<string, string> */
    public static function basic(string $login, string $password): array
    {
        return ['Authorization' => 'Basic ' . base64_encode("$login:$password")];
    }

    protected function request(array $fields, array $headers): array
    {
        $login = isset($fields['username']) ? self::basic($fields['username'], $fields['password']) : [];
        return ['POST', $this->path, 'json' => array_diff_key($fields, ['username' => 0, 'password' => 0]), 'headers' => $headers + $login];
    }
}
