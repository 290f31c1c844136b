<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';

/** A request that names two users, in all possible forms: the token is issued to the user who was checked. */
final class ShapesTest extends HttpTestCase
{
    /** @dataProvider routes */
    public function test_no_form_of_a_request_gets_a_token_of_an_enrolled_user(string $route): void
    {
        $enrolled = $this->enrolled();
        $plain = $this->person();
        // Both have the same password, so it is right for either.
        static::site()->php('wp_set_password("one password", (int) $argv[1]); wp_set_password("one password", (int) $argv[2]);', [(string) $enrolled->id, (string) $plain->id]);
        $issued = 0;
        foreach ([[$enrolled, $plain], [$plain, $enrolled]] as [$a, $b]) {
            foreach ($this->shapes($a->login, $b->login, $a->email, $b->email) as $name => [$query, $type, $body]) {
                $answer = static::site()->request('POST', $route . $query, form: $body, headers: ['content-type' => $type]);
                self::assertLessThan(500, $answer->status, "$name: $answer");
                preg_match_all('/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/', $answer->body, $tokens);
                foreach ($tokens[0] as $token) {
                    $issued++;
                    $claims = self::claims($token);
                    self::assertSame($plain->id, (int) ($claims['data']['user']['id'] ?? 0), "$name: $answer");
                    self::assertSame($plain->id, $this->whoIs($token), $name);
                }
            }
        }
        self::assertGreaterThan(3, $issued, 'the shapes are read at all');
    }

    /** @return array<string, array{string}> */
    public static function routes(): array
    {
        return ['our own' => ['/wp-json/sallyport/v1/token'], 'Tmeister' => ['/wp-json/jwt-auth/v1/token']];
    }

    /** @return array<string, array{string, string, string}> name => query, content type, body */
    private function shapes(string $a, string $b, string $emailA, string $emailB): array
    {
        $json = static fn (string ...$pairs): string => '{' . implode(',', $pairs) . ',"password":"one password"}';
        [$jsonType, $formType] = ['application/json', 'application/x-www-form-urlencoded'];
        return [
            'JSON against query' => ["?username=$b&password=one%20password", $jsonType, $json("\"username\":\"$a\"")],
            'form against query' => ["?username=$b&password=one%20password", $formType, "username=$a&password=one+password"],
            'JSON, doubled' => ['', $jsonType, $json("\"username\":\"$a\"", "\"username\":\"$b\"")],
            'form, doubled' => ['', $formType, "username=$a&username=$b&password=one+password"],
            'several identifiers' => ['', $jsonType, $json("\"username\":\"$a\"", "\"email\":\"$emailB\"", "\"login\":\"$b\"", "\"user_login\":\"$b\"")],
            'several identifiers, form' => ['', $formType, "username=$a&email=$emailB&login=$b&log=$b&password=one+password&pwd=one+password"],
            'JSON called text' => ["?username=$b&password=one%20password", 'text/plain', $json("\"username\":\"$a\"")],
            'JSON called a form' => ["?username=$b&password=one%20password", $formType, $json("\"username\":\"$a\"")],
            'a form called JSON' => ["?username=$b&password=one%20password", $jsonType, "username=$a&password=one+password"],
            'multipart' => [
                "?username=$b&password=one%20password",
                'multipart/form-data; boundary=x',
                "--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\n$a\r\n--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\none password\r\n--x--\r\n",
            ],
            'an address' => ['', $jsonType, $json("\"username\":\"$emailA\"")],
            'other case, blanks' => ['', $jsonType, $json('"username":" ' . strtoupper($a) . ' "')],
            'nothing else' => ['', $jsonType, $json("\"username\":\"$a\"")],
        ];
    }
}
