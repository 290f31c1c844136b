<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Response;

require_once __DIR__ . '/HttpTestCase.php';
require_once __DIR__ . '/OwnSite.php';

/** An unknown user, a wrong password, and a wrong password of a user with a factor: the same answer in the same time. */
final class SameAnswerTest extends HttpTestCase
{
    use OwnSite;

    /** @return array<string, mixed> */
    private static function raisedWith(): array
    {
        return ['define' => ['THROW_AWAY_PASSWORD_COST' => 10]]; // Long enough to notice if a hash is left out.
    }

    public function test_a5_status_body_and_headers_are_the_same(): void
    {
        foreach (['/token', '/login'] as $route) {
            foreach ([[], ['code' => '123456'], ['code' => '123456', 'factor' => 'nonsense']] as $more) {
                $names = [
                    'plain' => $this->person()->login,
                    'enrolled' => $this->enrolled()->login,
                    'by mail' => $this->person()->email,
                    'unknown' => 'nobody' . bin2hex(random_bytes(4)),
                    'unknown mail' => 'nobody' . bin2hex(random_bytes(4)) . '@example.test',
                    'no name' => '../../etc/passwd',
                ];
                $answers = array_map(fn (string $name): array => $this->seen($this->post($route, $more + ['username' => $name, 'password' => 'not theirs'])), $names);
                self::assertSame(401, $answers['unknown'][0]);
                foreach ($answers as $what => $answer) {
                    self::assertSame($answers['unknown'], $answer, $what);
                }
            }
        }
    }

    public function test_a_blank_password_tells_nobody_apart(): void
    {
        foreach ([' ', "\t", "\u{a0}"] as $password) {
            $answers = array_map(
                fn (string $name): array => $this->seen($this->post('/token', ['username' => $name, 'password' => $password])),
                [$this->person()->login, $this->enrolled()->login, 'nobody' . bin2hex(random_bytes(4))],
            );
            self::assertCount(1, array_unique($answers, SORT_REGULAR));
        }
    }

    /** @dataProvider passwords */
    public function test_both_answers_take_the_same_time(string $password): void
    {
        // On a busy machine the times may differ by chance, but not three times.
        $tries = 3;
        do {
            $medians = $this->medians($password);
        } while (max($medians) > 1.6 * min($medians) && --$tries > 0);
        self::assertLessThan(1.6 * min($medians), max($medians), json_encode($medians));
    }

    /** @return array<string, float> seconds until the answer, for an account without a factor, for one with a factor, and for no account */
    private function medians(string $password): array
    {
        self::forgetFailures();
        $names = ['plain' => [], 'enrolled' => [], 'unknown' => []];
        $enrolled = [$this->enrolled(), $this->enrolled(), $this->enrolled()];
        for ($i = 0; $i < 15; $i++) {
            $names['plain'][] = $this->person()->login;
            $names['enrolled'][] = $enrolled[$i % 3]->login;
            $names['unknown'][] = 'nobody' . bin2hex(random_bytes(4));
        }
        $ask = fn (string $name): float => $this->post('/token', ['username' => $name, 'password' => $password])->seconds;
        $ask('warm');
        $seconds = [];
        for ($i = 0; $i < 15; $i++) {
            foreach ($names as $kind => $some) {
                $seconds[$kind][] = $ask($some[$i]); // in turn, so that other work of the machine affects all kinds
            }
        }
        return array_map(static function (array $all): float {
            sort($all);
            return $all[7];
        }, $seconds);
    }

    /** @return array<string, array{string}> */
    public static function passwords(): array
    {
        return ['wrong' => ['not theirs'], 'blank' => [' ']];
    }

    /** @return array{int, string, array<string, list<string>>} the parts of the answer that a stranger sees */
    private function seen(Response $answer): array
    {
        $headers = array_diff_key($answer->headers, ['date' => 1]);
        ksort($headers);
        return [$answer->status, $answer->body, $headers];
    }
}
