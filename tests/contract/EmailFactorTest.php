<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Door;
use Sallyport\Tests\Person;
use Sallyport\Tests\Response;

require_once __DIR__ . '/OwnFactorContract.php';

/** Codes by mail: each is valid for one challenge. */
final class EmailFactorTest extends OwnFactorContract
{
    /** @var array<string, int> code => the challenge it was sent for */
    private array $challenges = [];

    public function testACodeIsValidOnlyForItsChallenge(): void
    {
        $user = $this->enrolled();
        $codes = [$this->code($user), $this->code($user)];
        [$this->challenges[$codes[0]], $this->challenges[$codes[1]]] = [$this->challenges[$codes[1]], $this->challenges[$codes[0]]];
        foreach ($codes as $code) {
            self::assertSame('Wrong', $this->verify($user, $code));
        }
        $this->challenges = [];
        self::assertSame('Wrong', $this->verify($user, $codes[0]), 'not for the user who is signed in');
    }

    public function testACodeIsValidOnlyForTheProvenAddress(): void
    {
        $user = $this->enrolled();
        $code = $this->code($user);
        $move = fn (string $email) => $this->site()->php('wp_update_user(["ID" => (int) $argv[1], "user_email" => $argv[2]]);', [(string) $user, $email]);
        $move("moved-{$this->person($user)->email}");
        self::assertFalse($this->call('is_enrolled', $user));
        self::assertSame('Wrong', $this->verify($user, $code));
        $move($this->person($user)->email);
        self::assertTrue($this->call('is_enrolled', $user));
        self::assertSame('Right', $this->verify($user, $code));
    }

    public function testAfterFiveWrongCodesTheRightOneComesTooLate(): void
    {
        $user = $this->enrolled();
        [$code, $other] = [$this->code($user), $this->code($user)];
        foreach (range(1, 5) as $i) {
            $wrong = sprintf('%08d', ((int) $code + $i) % 100_000_000);
            $this->challenges[$wrong] = $this->challenges[$code];
            self::assertSame('Wrong', $this->verify($user, $wrong));
        }
        self::assertSame('Spent', $this->verify($user, $code));
        self::assertSame('Right', $this->verify($user, $other), "the code of another challenge has its own attempts");
    }

    public function testTheHintMasksTheAddress(): void
    {
        $user = $this->enrolled();
        $hints = [
            'someone@example.test' => 's***@e***.test', 'x@y.co.uk' => 'x***@y***.uk', 'me@localhost.localdomain' => 'm***@l***.localdomain',
            'ünïcode@exämple.de' => 'ü***@e***.de', '"a@b"@c.d' => '"***@c***.d', 'a@b' => 'a***@b***', 'nothing' => '', '' => '',
        ];
        foreach ($hints as $email => $hint) {
            $this->site()->php('global $wpdb; $wpdb->update($wpdb->users, ["user_email" => $argv[2]], ["ID" => (int) $argv[1]]); clean_user_cache((int) $argv[1]);', [(string) $user, $email]);
            self::assertSame($hint, $this->call('hint', $user), $email);
        }
    }

    protected function enrolled(): int
    {
        $person = Person::withoutFactor($this->site());
        $this->forgetMailLimits();
        $person->enrolByMail();
        return $this->with($person);
    }

    protected function factor(): string
    {
        return 'email';
    }

    protected function code(int $user): string
    {
        $this->forgetMailLimits();
        $challenge = Door::sallyport($this->site())->challenge($this->person($user));
        $code = $this->person($user)->mailed(fn (): Response => $this->site()->request('POST', '/wp-json/sallyport/v1/challenge/send', json: ['challenge' => $challenge]));
        $this->challenges[$code] = $this->site()->php('global $wpdb; return (int) $wpdb->get_var($wpdb->prepare("SELECT id FROM {$wpdb->base_prefix}sallyport_challenges WHERE digest = %s", hash("sha256", $argv[1])));', [$challenge]);
        return $code;
    }

    protected function challenge(string $code): int
    {
        return $this->challenges[$code] ?? 0;
    }

    /** The user cannot remove it: weakening an account requires a strong factor. */
    protected function remove(int $user): void
    {
        $this->site()->plugin('(fn () => $this->enrolment()->disable((int) $argv[1], time()))->call($plugin);', [(string) $user]);
    }

    private function forgetMailLimits(): void
    {
        $this->site()->php('global $wpdb; $wpdb->query("DELETE FROM {$wpdb->base_prefix}sallyport_throttle WHERE expires_at > 0");');
    }
}
