<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';

/** All other logins that a right password opened before: none opens for an enrolled user. */
final class OtherDoorsTest extends HttpTestCase
{
    public function test_xml_rpc_with_the_password_is_refused(): void
    {
        $person = $this->enrolled();
        foreach (['wp.getProfile', 'wp.getUsersBlogs'] as $method) {
            $answer = $this->xmlRpc($method, $person);
            self::assertStringContainsString('<fault>', $answer->body);
            self::assertStringNotContainsString($person->email, $answer->body);
        }
    }

    public function test_xml_rpc_is_open_to_people_without_a_factor(): void
    {
        $person = $this->person();
        self::assertStringContainsString($person->email, $this->xmlRpc('wp.getProfile', $person)->body);
    }

    public function test_many_xml_rpc_calls_in_one_are_refused_each(): void
    {
        $person = $this->enrolled();
        $call = '<value><struct><member><name>methodName</name><value>wp.getProfile</value></member><member><name>params</name><value><array><data>'
            . "<value>1</value><value>$person->login</value><value>$person->password</value></data></array></value></member></struct></value>";
        $xml = '<?xml version="1.0"?><methodCall><methodName>system.multicall</methodName><params><param><value><array><data>'
            . $call . $call . '</data></array></value></param></params></methodCall>';
        $answer = static::site()->request('POST', '/xmlrpc.php', form: $xml, headers: ['content-type' => 'text/xml']);
        self::assertSame(200, $answer->status);
        self::assertStringContainsString('faultCode', $answer->body);
        self::assertStringNotContainsString($person->email, $answer->body);
    }

    /** @dataProvider unknownDoors */
    public function test_an_unknown_login_is_refused(string $route): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        foreach ([[], ['sallyport_code' => $person->app->code()], ['code' => $person->app->code()]] as $more) {
            $answer = $browser->send('POST', $route, json: $more + ['username' => $person->login, 'password' => $person->password]);
            self::assertNotSame(200, $answer->status, (string) $answer);
            self::assertSame('sallyport_second_factor_required', $answer->json['code'], (string) $answer);
            self::assertFalse($browser->isSignedIn());
        }
        self::assertNotSame([], static::activity($person->id, 'login_refused'));
    }

    /** @dataProvider unknownDoors */
    public function test_it_is_open_to_people_without_a_factor(string $route): void
    {
        $person = $this->person();
        $answer = static::site()->request('POST', $route, json: ['username' => $person->login, 'password' => $person->password]);
        self::assertSame([200, $person->id], [$answer->status, $answer->json['user'] ?? null], (string) $answer);
    }

    /** @dataProvider unknownDoors */
    public function test_a_wrong_password_is_reported_there_as_before(string $route): void
    {
        $enrolled = $this->enrolled();
        $plain = $this->person();
        foreach ([$enrolled, $plain] as $person) {
            $answer = static::site()->request('POST', $route, json: ['username' => $person->login, 'password' => 'not theirs']);
            self::assertSame('incorrect_password', $answer->json['code'], (string) $answer);
        }
    }

    /** @return array<string, array{string}> */
    public static function unknownDoors(): array
    {
        return ['wp_authenticate' => ['/wp-json/switcher/v1/password'], 'wp_signon' => ['/wp-json/switcher/v1/sign-on']];
    }

    /** Like WP Cerber: it removes core's checks, and repeats them at the last priority, after ours. */
    public function test_a_plugin_that_looks_at_the_password_last_is_heard_before_the_last_word(): void
    {
        [$person, $plain] = [$this->enrolled(), $this->person()];
        $file = static::site()->dir . '/wp-content/mu-plugins/last.php';
        static::site()->php('wp_mkdir_p(dirname($argv[1])); file_put_contents($argv[1], $argv[2]);', [$file, <<<'PHP'
            <?php
            add_action('init', static function (): void {
                remove_filter('authenticate', 'wp_authenticate_username_password', 20);
                add_filter('authenticate', static fn ($user, $name, $password) => wp_authenticate_username_password($user, $name, $password), PHP_INT_MAX, 3);
            });
            PHP]);
        try {
            $send = static fn (Person $who, string $path): Response => static::site()->request('POST', $path, json: ['username' => $who->login, 'password' => $who->password]);
            foreach (['/wp-json/switcher/v1/password', '/wp-json/switcher/v1/sign-on', '/wp-json/jwt-auth/v1/token', self::API . '/token'] as $path) {
                self::refused(401, 'sallyport_second_factor_required', $send($person, $path));
                self::assertSame(200, $send($plain, $path)->status, $path);
            }
            $browser = new Browser(static::site());
            self::assertStringContainsString('name="sallyport_code"', $browser->logIn($person)->body);
            self::assertFalse($browser->isSignedIn());
            self::assertTrue(Browser::signedIn(static::site(), $plain)->counts());
        } finally {
            static::site()->php('unlink($argv[1]);', [$file]);
        }
    }

    /** Its script sends the form only after a yes; after a no, the second step would never be reached. */
    public function test_wordfence_is_told_of_a_right_password_before_the_form_is_sent(): void
    {
        $person = $this->enrolled();
        $browser = new Browser(static::site());
        $ask = static fn (string $action, string $password): mixed => $browser->send(
            'POST',
            '/wp-admin/admin-ajax.php',
            ['action' => $action, 'log' => $person->login, 'pwd' => $password],
        )->json;
        self::assertSame([['login' => 1], ['error' => 'incorrect_password']], [$ask('wordfence_ls_authenticate', $person->password), $ask('wordfence_ls_authenticate', 'wrong')]);
        self::assertFalse($browser->isSignedIn());
        self::assertSame('0', $browser->nonce());
        self::assertStringContainsString('name="sallyport_code"', $browser->logIn($person)->body);
    }

    public function test_a_plugin_that_limits_log_ins_counts_wrong_passwords_alone(): void
    {
        $person = $this->enrolled();
        static::site()->php('update_option("switcher_failures", 0);');
        $failures = static fn (): int => (int) static::site()->php('return get_option("switcher_failures");');
        try {
            $this->xmlRpc('wp.getProfile', $person);
            foreach (array_column(self::unknownDoors(), 0) as $route) {
                static::site()->request('POST', $route, json: ['username' => $person->login, 'password' => $person->password]);
            }
            self::assertSame(0, $failures());
            static::site()->request('POST', '/wp-json/switcher/v1/password', json: ['username' => $person->login, 'password' => 'not theirs']);
            self::assertSame(1, $failures());
            $twice = static::site()->php('return array_map(static function (string $password) use ($argv): int { wp_authenticate($argv[1], $password); return (int) get_option("switcher_failures"); }, [$argv[2], "not theirs", $argv[2], "nor this"]);', [$person->login, $person->password]);
            self::assertSame([1, 2, 2, 3], $twice, 'in one process');
        } finally {
            static::site()->php('delete_option("switcher_failures");');
        }
    }

    public function test_basic_authentication_with_the_password_is_anonymous(): void
    {
        $person = $this->enrolled();
        $answer = $this->get('/wp-json/wp/v2/users/me', headers: $person->basic($person->password));
        self::assertSame(401, $answer->status, (string) $answer);
    }

    private function xmlRpc(string $method, Person $person): Response
    {
        $params = implode('', array_map(
            static fn (string $value): string => '<param><value><string>' . htmlspecialchars($value) . '</string></value></param>',
            $method === 'wp.getProfile' ? ['1', $person->login, $person->password] : [$person->login, $person->password],
        ));
        $answer = static::site()->request(
            'POST',
            '/xmlrpc.php',
            form: "<?xml version=\"1.0\"?><methodCall><methodName>$method</methodName><params>$params</params></methodCall>",
            headers: ['content-type' => 'text/xml'],
        );
        self::assertSame(200, $answer->status, (string) $answer);
        return $answer;
    }
}
