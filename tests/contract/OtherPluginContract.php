<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Elsewhere;
use Sallyport\Tests\Person;
use Sallyport\Tests\Site;

require_once __DIR__ . '/FactorContract.php';
require_once __DIR__ . '/../support/Elsewhere.php';

/** The contract for a factor that another plugin stores; its data is created by that plugin's own code. */
abstract class OtherPluginContract extends FactorContract
{
    private static ?Site $own = null;

    /** @var array<int, Elsewhere> */
    protected array $enrolments = [];

    public function testABackupCodeIsRightOnceAndRemovedFromThePluginsList(): void
    {
        $user = $this->enrolled();
        $codes = $this->enrolments[$user]->codes;
        self::assertSame('Right', $this->verify($user, ' ' . substr($codes[3], 0, 4) . '-' . substr($codes[3], 4) . ' '));
        self::assertSame('Wrong', $this->verify($user, $codes[3]));
        self::assertSame('Right', $this->verify($user, $codes[4]));
        self::assertSame(8, $this->codesLeft($user));
        self::assertTrue($this->call('recognises', $user, $codes[5]));
        self::assertFalse($this->call('recognises', $user, $this->code($user)));
    }

    /** The plugin's own form also reads, changes and writes the list. A used code that it writes back stays used. */
    public function testABackupCodeThatIsRestoredStaysSpent(): void
    {
        $user = $this->enrolled();
        $key = $this->codesKey();
        $before = $this->site()->php('return get_user_meta((int) $argv[1], $argv[2], true);', [(string) $user, $key]);
        $code = $this->enrolments[$user]->backupCode();
        self::assertSame('Right', $this->verify($user, $code));
        $this->site()->php('update_user_meta((int) $argv[1], $argv[2], json_decode($argv[3], true)); return 1;', [(string) $user, $key, json_encode($before)]);
        self::assertSame('Spent', $this->verify($user, $code));
    }

    public function testOfParallelCallsWithOneBackupCodeOneIsRightAndOtherCodesStay(): void
    {
        $user = $this->enrolled();
        [$one, $other] = $this->enrolments[$user]->codes;
        $request = fn (string $code): array => [
            'POST',
            '/wp-json/sallyport-probe/v1/factor',
            'json' => ['name' => $this->factor(), 'call' => 'verify', 'user' => $user, 'code' => base64_encode($code)],
        ];
        $answers = $this->site()->concurrently([...array_fill(0, 5, $request($one)), ...array_fill(0, 5, $request($other))]);
        $outcomes = array_map(static fn ($answer): string => $answer->json['answer'] ?? (string) $answer, $answers);
        self::assertCount(1, array_keys(array_slice($outcomes, 0, 5), 'Right'), implode(' ', $outcomes));
        self::assertCount(1, array_keys(array_slice($outcomes, 5), 'Right'), implode(' ', $outcomes));
        self::assertSame([], array_diff($outcomes, ['Right', 'Spent', 'Wrong']));
        self::assertSame(8, $this->codesLeft($user));
    }

    public function testASecretThatCannotBeReadIsNoWrongCode(): void
    {
        $user = $this->enrolled();
        $this->garble($user);
        $answer = $this->site()->request(
            'POST',
            '/wp-json/sallyport-probe/v1/factor',
            json: ['name' => $this->factor(), 'call' => 'verify', 'user' => $user, 'code' => base64_encode('123456')],
        );
        self::assertSame('Sallyport\WP\Refusal: sallyport_unavailable', $answer->json['thrown'] ?? null, (string) $answer);
    }

    public function testNothingIsWrittenByAWrongCode(): void
    {
        $user = $this->enrolled();
        $before = Elsewhere::stored($this->site(), $user);
        self::assertSame('Wrong', $this->verify($user, $this->enrolments[$user]->app->wrong()));
        self::assertSame('Wrong', $this->verify($user, '00000000'));
        self::assertSame('Wrong', $this->verify($user, '12345678901234567'));
        self::assertSame($before, Elsewhere::stored($this->site(), $user));
    }

    public static function tearDownAfterClass(): void
    {
        self::$own?->down();
        self::$own = null;
    }

    abstract protected function plugin(): string;

    abstract protected function codesKey(): string;

    abstract protected function garble(int $user): void;

    protected function site(): Site
    {
        $options = ContractSite::options();
        $options['plugin'] = [Elsewhere::folder($this->plugin()), __DIR__ . '/probe'];
        return self::$own ??= Site::up($options);
    }

    protected function enrolled(): int
    {
        $user = $this->stranger();
        $this->enrolments[$user] = Elsewhere::enrol($this->site(), $this->plugin(), $user);
        return $user;
    }

    protected function stranger(): int
    {
        return Person::withoutFactor($this->site())->id;
    }

    protected function code(int $user): string
    {
        return $this->enrolments[$user]->code();
    }

    protected function remove(int $user): void
    {
        Elsewhere::remove($this->site(), $user);
    }

    protected function codesLeft(int $user): int
    {
        return $this->site()->php('return count(get_user_meta((int) $argv[1], $argv[2], true));', [(string) $user, $this->codesKey()]);
    }
}
