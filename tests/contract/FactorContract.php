<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use PHPUnit\Framework\TestCase;
use Sallyport\Tests\Site;

require_once __DIR__ . '/ContractSite.php';

/**
 * The laws for every factor: the promises of wp-plugin/src/Factor/Factor.php. The tests call them inside the site as the verifier
 * does, through the test plugin in tests/contract/probe.
 *
 * To test a factor of your own (filter `sallyport_factors`): extend this class in a file of its own, implement the abstract
 * methods, and run
 *
 *     phpunit --bootstrap tests/support/bootstrap.php path/to/YourFactorTest.php
 *
 * Override site() with a Site::up() that has your plugin and the test plugin (ContractSite::options()).
 */
abstract class FactorContract extends TestCase
{
    /** The factor's name() on the site. */
    abstract protected function factor(): string;

    /** @return int a new user who can use the factor now */
    abstract protected function enrolled(): int;

    /** @return int a new user who cannot */
    abstract protected function stranger(): int;

    /** A code that is right for a user of enrolled() now and was not returned before; at most two are requested. */
    abstract protected function code(int $user): string;

    /** The id of the challenge for which a code of code() was sent; 0 for a factor that sends none. */
    protected function challenge(string $code): int
    {
        return 0;
    }

    /** Removes the factor from a user of enrolled(). */
    abstract protected function remove(int $user): void;

    public function testTheNameHasTheFormClientsMaySend(): void
    {
        self::assertMatchesRegularExpression('/\A[a-z][a-z0-9_]{0,31}\z/', $this->call('name'));
        self::assertSame($this->factor(), $this->call('name'));
    }

    public function testTheMethodsAreWords(): void
    {
        $methods = $this->call('amr');
        self::assertNotSame([], $methods);
        self::assertSame(array_values(array_unique($methods)), $methods);
        foreach ($methods as $method) {
            self::assertMatchesRegularExpression('/\A[a-z0-9_]{1,32}\z/', $method);
        }
    }

    public function testItIsEnrolledWhileTheUserCanUseIt(): void
    {
        self::assertFalse($this->call('is_enrolled', $this->stranger()));
        $user = $this->enrolled();
        self::assertTrue($this->call('is_enrolled', $user));
        $code = $this->code($user);
        $this->remove($user);
        self::assertFalse($this->call('is_enrolled', $user));
        self::assertSame('Wrong', $this->verify($user, $code), 'its codes were deleted with it');
    }

    public function testAnUnknownUserIsNotEnrolledAndNoCodeOfTheirsIsRight(): void
    {
        $code = $this->code($this->enrolled());
        foreach ([0, -1, 999_999_999, PHP_INT_MAX] as $nobody) {
            self::assertFalse($this->call('is_enrolled', $nobody), (string) $nobody);
            self::assertSame('Wrong', $this->verify($nobody, $code), (string) $nobody);
        }
    }

    public function testARightCodeIsRightOnceAndSpentFromThenOn(): void
    {
        $user = $this->enrolled();
        [$first, $second] = [$this->code($user), $this->code($user)];
        self::assertSame('Right', $this->verify($user, $first));
        self::assertSame('Spent', $this->verify($user, $first));
        self::assertSame('Right', $this->verify($user, $second));
        self::assertSame('Spent', $this->verify($user, $second));
        self::assertSame('Spent', $this->verify($user, $first));
    }

    public function testACodeIsValidOnlyForItsUser(): void
    {
        [$user, $other] = [$this->enrolled(), $this->enrolled()];
        $code = $this->code($user);
        self::assertSame('Wrong', $this->verify($other, $code));
        self::assertSame('Wrong', $this->verify($this->stranger(), $code));
        self::assertSame('Right', $this->verify($user, $code), 'the others did not spend it');
    }

    public function testRubbishIsWrongAndNeverAnError(): void
    {
        $user = $this->enrolled();
        [, $code] = [$this->code($user), $this->code($user)]; // The second is right for longer.
        $rubbish = [
            '', ' ', '-', "\n", '0', 'x', "\0", str_repeat("\0", 256), "\xff\xfe", "\xc3\x28", "\xed\xa0\x80", str_repeat("\xff", 256),
            str_repeat('1', 256), str_repeat('A', 256), str_repeat('-', 256), str_repeat("\u{1F511}", 64), str_repeat("e\u{301}", 85),
            '-12345', '+12345', '1e5', '0x1234', '1.2345', '%00%00%00', "' OR 1=1 -- ", '{"code":1}', '００００００x', '$argon2id$v=19$m=65536,t=9,p=1$AAAA$AAAA',
            "$code\0", "\0$code", "$code$code", "{$code}0", substr($code, 1), "$code\xff",
        ];
        foreach ($rubbish as $given) {
            self::assertIsBool($this->call('recognises', $user, $given), bin2hex($given));
            self::assertSame('Wrong', $this->verify($user, $given), bin2hex($given));
        }
        self::assertSame('Right', $this->verify($user, $code), 'none of these spent anything');
    }

    public function testOfParallelCallsWithOneCodeOneIsRight(): void
    {
        $user = $this->enrolled();
        $code = $this->code($user);
        // Three of the site's four workers have read that the code is valid before the first of them spends it.
        $requests = array_fill(0, 20, $this->request('verify', $user, $code) + ['headers' => ['X-Probe-Meet' => bin2hex(random_bytes(4)) . ' 3']]);
        $answers = $this->site()->concurrently($requests);
        $outcomes = array_map(static fn ($answer): string => $answer->json['answer'] ?? (string) $answer, $answers);
        $met = array_filter(array_map(static fn ($answer): ?string => $answer->header('x-probe-met'), $answers));
        self::assertSame([], array_intersect($met, ['1', '2']), 'the requests did overlap');
        self::assertEquals(['Right' => 1, 'Spent' => 19], array_count_values($outcomes));
        self::assertSame('Right', $this->verify($user, $this->code($user)), 'the next code is not spent');
    }

    protected function site(): Site
    {
        return ContractSite::get();
    }

    protected function verify(int $user, string $code): string
    {
        return $this->call('verify', $user, $code);
    }

    /** Calls the factor; an exception from it is a failure. */
    protected function call(string $method, ?int $user = null, string $code = ''): mixed
    {
        $answer = $this->site()->request(...$this->request($method, $user, $code));
        self::assertSame(200, $answer->status, (string) $answer);
        self::assertArrayHasKey('answer', $answer->json, $method . '(' . bin2hex($code) . ") $answer");
        return $answer->json['answer'];
    }

    /** @return array<mixed> */
    private function request(string $method, ?int $user, string $code): array
    {
        $body = ['name' => $this->factor(), 'call' => $method, 'user' => $user, 'code' => base64_encode($code), 'challenge' => $this->challenge($code)];
        return ['POST', '/wp-json/sallyport-probe/v1/factor', 'json' => $body];
    }
}
