<?php

declare(strict_types=1);

use Sallyport\WP\Plugin;
use Sallyport\WP\Store\BackupCodeRows;
use Sallyport\WP\Store\ChallengeRows;
use Sallyport\WP\Store\Database;
use Sallyport\WP\Store\FactorRows;

/** What happens once is one conditional UPDATE each: whoever comes second, at whatever time, is told so. tests/races runs them in parallel. */
final class OnceOnlyTest extends WPTestCase
{
    private const NOW = 1_800_000_000;

    private Database $database;

    protected function setUp(): void
    {
        parent::setUp();
        $this->database = (new Plugin())->database();
    }

    public function test_a_pending_factor_is_activated_once(): void
    {
        $rows = new FactorRows($this->database);
        $id = $rows->add_pending($this->user()->ID, 'totp', self::NOW)->id;
        self::assertFalse($rows->spend_step($id, 9, 0, self::NOW), 'a pending factor proves nothing');
        self::assertTrue($rows->activate($id, 10, self::NOW));
        self::assertFalse($rows->activate($id, 11, self::NOW + 1));
    }

    public function test_the_last_factor_that_counts_is_not_removed(): void
    {
        $rows = new FactorRows($this->database);
        [$user, $other] = [$this->user()->ID, $this->user()->ID];
        $add = function (int $user, string $type) use ($rows): int {
            $id = $rows->add_pending($user, $type, self::NOW)->id;
            $rows->activate($id, 1, self::NOW);
            return $id;
        };
        [$one, $two, $mail] = [$add($user, 'totp'), $add($user, 'totp'), $add($user, 'email')];
        $add($other, 'totp');
        $rows->add_pending($user, 'totp', self::NOW);
        self::assertTrue($rows->delete($user, $one, ['totp']));
        self::assertFalse($rows->delete($user, $two, ['totp']), 'neither one of another type, nor a pending one, nor somebody else\'s is counted');
        self::assertTrue($rows->delete($user, $two, ['totp', 'email']));
        self::assertFalse($rows->delete($user, $mail, ['totp', 'email']));
        self::assertTrue($rows->delete($user, $mail));
        self::assertFalse($rows->delete($user, $mail));
    }

    public function test_a_step_is_spent_once_and_with_it_every_earlier_one(): void
    {
        $rows = new FactorRows($this->database);
        $id = $rows->add_pending($this->user()->ID, 'totp', self::NOW)->id;
        $rows->activate($id, 10, self::NOW);
        self::assertFalse($rows->spend_step($id, 10, 0, self::NOW + 1), 'the step it was activated with');
        self::assertTrue($rows->spend_step($id, 12, 0, self::NOW + 2));
        self::assertFalse($rows->spend_step($id, 12, 0, self::NOW + 3));
        self::assertFalse($rows->spend_step($id, 11, 0, self::NOW + 4));
        self::assertTrue($rows->spend_step($id, 13, 0, self::NOW + 5));
    }

    public function test_a_backup_code_is_spent_once(): void
    {
        $rows = new BackupCodeRows($this->database);
        $user = $this->user()->ID;
        $rows->add($user, ['one', 'two'], 0, self::NOW);
        [$one, $two] = array_column($rows->live($user), 'id');
        self::assertTrue($rows->spend($one, self::NOW));
        self::assertFalse($rows->spend($one, self::NOW + 1));
        self::assertSame(1, $rows->left($user));
        self::assertTrue($rows->spend($two, self::NOW + 1));
    }

    public function test_a_challenge_is_consumed_once_and_then_useless(): void
    {
        $rows = new ChallengeRows($this->database);
        $id = $this->challenge($rows);
        self::assertTrue($rows->spend($id, 5, self::NOW));
        self::assertTrue($rows->consume($id, self::NOW + 1));
        self::assertFalse($rows->consume($id, self::NOW + 2));
        self::assertFalse($rows->spend($id, 5, self::NOW + 2));
    }

    public function test_a_challenge_has_so_many_attempts_and_an_end(): void
    {
        $rows = new ChallengeRows($this->database);
        $id = $this->challenge($rows);
        self::assertTrue($rows->spend($id, 2, self::NOW));
        self::assertTrue($rows->spend($id, 2, self::NOW));
        self::assertFalse($rows->spend($id, 2, self::NOW));
        self::assertTrue($rows->spend($id, 9, self::NOW + 299));
        self::assertFalse($rows->spend($id, 9, self::NOW + 300));
    }

    private function challenge(ChallengeRows $rows): int
    {
        return $rows->add([
            'digest' => hash('sha256', random_bytes(8)),
            'user_id' => $this->user()->ID,
            'blog_id' => 1,
            'issuer' => 'sallyport',
            'fingerprint' => '',
            'epoch' => '',
            'attempts' => 0,
            'expires_at' => self::NOW + 300,
        ]);
    }
}
