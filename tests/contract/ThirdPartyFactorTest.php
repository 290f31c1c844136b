<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Browser;
use Sallyport\Tests\Door;
use Sallyport\Tests\Jwt;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;
use Sallyport\Tests\Site;

require_once __DIR__ . '/FactorContract.php';

/** A factor that a plugin adds in one file (tests/fixtures/word-list): the contract, a sign-in, and the faults of other factors. */
final class ThirdPartyFactorTest extends FactorContract
{
    private static ?Site $own = null;
    /** @var array<int, list<string>> */
    private array $words = [];

    public static function tearDownAfterClass(): void
    {
        self::$own?->down();
        self::$own = null;
    }

    public function testItsCodeCompletesALogInAndStepsUp(): void
    {
        $person = Person::withoutFactor($this->site());
        $this->give($person->id);
        $door = Door::sallyport($this->site());
        $demand = $door->login($person)->json['data'];
        self::assertSame([['word_list'], 'word_list'], [$demand['factors'], $demand['preferred']]);
        self::assertSame(401, $door->complete($demand['challenge'], ['code' => 'notoneofits', 'factor' => 'word_list'])->status);
        $word = $this->code($person->id);
        $answer = $door->complete($demand['challenge'], ['code' => $word, 'factor' => 'word_list']);
        self::assertSame(200, $answer->status, (string) $answer);
        $claims = Jwt::claims($answer->json['token']);
        self::assertSame([['mfa', 'pwd', 'word_list'], 'aal2'], [$claims['amr'], $claims['acr']]);
        self::assertSame(401, $door->login($person, ['code' => $word])->status, 'valid once');
        self::assertSame('word_list', $this->show($answer->json['token'])->json['factors'][0]['type']);
        $begun = $this->post('/two-factor/enable', ['password' => $person->password], [], $answer->json['token']);
        self::assertSame(200, $begun->status, 'its proof is strong: ' . $begun);
    }

    /** @dataProvider misdeeds */
    public function testAMisbehavingFactorNeverAcceptsAndNeverBreaksTheRequest(string $how): void
    {
        $headers = ['X-Probe-Factor' => $how];
        $person = Person::enrolled($this->site());
        $door = Door::sallyport($this->site());
        $login = $door->login($person, [], $headers);
        self::assertSame('sallyport_second_factor_required', $login->json['code'] ?? null, (string) $login);
        self::assertSame('totp', $login->json['data']['preferred'], 'ours is asked for first, whatever the filter answers');
        self::assertSame(401, $door->login($person, ['code' => '000000', 'factor' => 'totp'], $headers)->status);
        foreach (['bad', 'email', null] as $factor) {
            $answer = $door->login($person, ['code' => '999999'] + ($factor === null ? [] : ['factor' => $factor]), $headers);
            $allowed = in_array($how, self::WEAK, true) && $factor === 'bad' ? [200] : [400, 401, 503];
            self::assertContains($answer->status, $allowed, (string) $answer);
            if ($answer->status === 200) {
                self::assertSame([['bad', 'pwd'], 'aal1'], [Jwt::claims($answer->json['token'])['amr'], Jwt::claims($answer->json['token'])['acr']]);
                $reveal = $this->post('/two-factor/get-totp-uri', ['password' => $person->password], $headers, $answer->json['token']);
                self::assertSame('sallyport_step_up_required', $reveal->json['code'] ?? null, 'nonsense does not make it stronger: ' . $reveal);
            }
        }
        $right = $door->login($person, ['code' => $person->code(), 'factor' => 'totp'], $headers);
        self::assertSame(200, $right->status, 'ours works as before: ' . $right);
    }

    /** Misbehaving factors that do no harm besides accepting every code: that is what the plugin was installed for. */
    private const WEAK = ['amr is nonsense', 'recognises throws'];

    /** @return array<string, array{0: string}> */
    public static function misdeeds(): array
    {
        $all = [
            'removes all', 'is no list', 'holds no factors', 'filter throws', 'is named totp', 'is named email', 'is named nonsense', 'name throws',
            'amr throws', 'amr is nonsense', 'enrolled throws', 'recognises throws', 'verify throws', 'verify is nonsense',
        ];
        return array_combine($all, array_map(static fn (string $how): array => [$how], $all));
    }

    public function testGuessesAtAFactorThatThrowsAreCounted(): void
    {
        $person = Person::enrolled($this->site());
        $door = Door::sallyport($this->site());
        for ($i = 0; $i < 10; $i++) {
            self::assertSame(503, $door->login($person, ['code' => "00000$i", 'factor' => 'bad'], ['X-Probe-Factor' => 'verify throws'])->status);
        }
        self::assertSame(423, $door->login($person, ['code' => $person->code()])->status);
    }

    public function testAUserWhoseOnlyFactorFailsIsRefused(): void
    {
        $person = Person::withoutFactor($this->site());
        $door = Door::sallyport($this->site());
        $headers = ['X-Probe-Factor' => 'plain'];
        self::assertSame(401, $door->login($person, [], $headers)->status, 'marked from here on');
        self::assertSame(503, $door->login($person, [], ['X-Probe-Factor' => 'enrolled throws'])->status);
        self::assertSame(503, $door->login($person)->status, 'the user keeps the mark when the plugin is gone');
    }

    public function testItsUserIsCountedFromTheNextSignInOnAndTheScreenSaysSo(): void
    {
        $person = Person::withoutFactor($this->site());
        $protected = fn (): int => $this->site()->plugin('return $plugin->coverage()->count()["all"]["protected"];');
        $before = $protected();
        $this->give($person->id);
        self::assertSame($before, $protected());
        Door::sallyport($this->site())->login($person);
        self::assertSame($before + 1, $protected());
        $administrator = Person::withoutFactor($this->site());
        $this->site()->php('get_userdata((int) $argv[1])->set_role("administrator");', [(string) $administrator->id]);
        $page = $this->site()->request('GET', '/wp-admin/options-general.php?page=sallyport', headers: ['Cookie' => Browser::signedIn($this->site(), $administrator)->cookie()]);
        self::assertStringContainsString('adds to Sallyport (<bdi>word_list</bdi>)', $page->body);
    }

    protected function site(): Site
    {
        $options = ContractSite::options();
        return self::$own ??= Site::up(['plugin' => [...$options['plugin'], __DIR__ . '/../fixtures/word-list']] + $options);
    }

    protected function factor(): string
    {
        return 'word_list';
    }

    protected function enrolled(): int
    {
        return $this->give(Person::withoutFactor($this->site())->id);
    }

    protected function stranger(): int
    {
        return Person::withoutFactor($this->site())->id;
    }

    protected function code(int $user): string
    {
        return array_pop($this->words[$user]);
    }

    protected function remove(int $user): void
    {
        $this->site()->php('sallyport_probe_factors()["word_list"]->take((int) $argv[1]);', [(string) $user]);
    }

    private function give(int $user): int
    {
        $this->words[$user] = $this->site()->php('return sallyport_probe_factors()["word_list"]->give((int) $argv[1]);', [(string) $user]);
        return $user;
    }

    /** @param array<string, mixed> $body @param array<string, string> $headers */
    private function post(string $route, array $body, array $headers, ?string $bearer): Response
    {
        return $this->site()->request('POST', "/wp-json/sallyport/v1$route", json: $body, headers: $headers, bearer: $bearer);
    }

    private function show(string $bearer): Response
    {
        return $this->site()->request('GET', '/wp-json/sallyport/v1/two-factor', bearer: $bearer);
    }
}
