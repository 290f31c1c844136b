<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** Another plugin's cache that stores answers of the REST API and ignores Cache-Control. */
final class PageCacheTest extends HttpTestCase
{
    use OwnSite;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return ['plugin' => [__DIR__ . '/../fixtures/page-cache']];
    }

    public function test_nothing_of_ours_is_kept(): void
    {
        foreach ([self::API . '/get-session', self::API . '/jwks', '/.well-known/jwks.json'] as $path) {
            foreach (['first', 'second'] as $time) {
                $answer = $this->get($path);
                self::assertSame(200, $answer->status, (string) $answer);
                self::assertNull($answer->header('x-page-cache'), "$path, the $time time");
            }
        }
    }

    public function test_what_one_is_told_by_a_token_nobody_else_is_told(): void
    {
        $person = $this->person();
        $this->signIn($person);
        foreach ([self::API . '/tokens', '/wp-json/wp/v2/users/me'] as $path) {
            self::assertSame(200, $this->get($path, $person->token)->status);
            $guest = $this->get($path);
            self::assertSame(401, $guest->status, (string) $guest);
        }
        self::assertStringContainsString('wpadminbar', $this->get('/', $person->token)->body);
        self::assertStringNotContainsString('wpadminbar', $this->get('/')->body);
    }

    public function test_a_guests_answer_is_kept(): void
    {
        $this->get('/wp-json/wp/v2/posts');
        self::assertSame('hit', $this->get('/wp-json/wp/v2/posts')->header('x-page-cache'));
    }
}
