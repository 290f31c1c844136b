<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Elsewhere;
use Sallyport\Tests\Person;
use Sallyport\Tests\Site;

require_once __DIR__ . '/FactorContract.php';
require_once __DIR__ . '/../support/Elsewhere.php';

/** Backup codes imported from Two Factor. */
final class ImportedCodeTest extends FactorContract
{
    private static ?Site $own = null;

    /** @var array<int, Elsewhere> */
    private array $enrolments = [];

    public static function tearDownAfterClass(): void
    {
        self::$own?->down();
        self::$own = null;
    }

    public function testACodeIsInvalidOnceItIsRemovedThere(): void
    {
        $user = $this->enrolled();
        [$gone, $stays] = [$this->code($user), $this->code($user)];
        $this->site()->php('Two_Factor_Backup_Codes::get_instance()->validate_code(get_userdata((int) $argv[1]), $argv[2]) || throw new RuntimeException("not right there"); return 1;', [(string) $user, $gone]);
        self::assertSame('Spent', $this->verify($user, $gone));
        self::assertSame('Right', $this->verify($user, $stays));
        $this->site()->php('update_user_meta((int) $argv[1], "_two_factor_backup_codes", []); return 1;', [(string) $user]);
        self::assertFalse($this->call('is_enrolled', $user), 'all are used there');
        $this->site()->php('delete_user_meta((int) $argv[1], "_two_factor_backup_codes"); return 1;', [(string) $user]);
        self::assertTrue($this->call('is_enrolled', $user), 'if the list is gone, our rows are still valid');
        self::assertSame('Right', $this->verify($user, $this->code($user)));
    }

    public function testACodeUsedHereIsSpentThere(): void
    {
        $user = $this->enrolled();
        $code = $this->code($user);
        self::assertSame('Right', $this->verify($user, $code));
        self::assertSame(
            [9, false],
            $this->site()->php('return [count(get_user_meta((int) $argv[1], "_two_factor_backup_codes", true)), Two_Factor_Backup_Codes::get_instance()->validate_code(get_userdata((int) $argv[1]), $argv[2])];', [(string) $user, $code]),
        );
    }

    protected function factor(): string
    {
        return 'imported_backup_code';
    }

    protected function site(): Site
    {
        $options = ContractSite::options();
        $options['plugin'] = [Elsewhere::folder(Elsewhere::TWO_FACTOR), __DIR__ . '/probe'];
        return self::$own ??= Site::up($options);
    }

    protected function enrolled(): int
    {
        $user = $this->stranger();
        $this->enrolments[$user] = Elsewhere::enrol($this->site(), Elsewhere::TWO_FACTOR, $user);
        $this->site()->wp('sallyport', 'import', 'two-factor', "--only=$user");
        return $user;
    }

    protected function stranger(): int
    {
        return Person::withoutFactor($this->site())->id;
    }

    protected function code(int $user): string
    {
        return $this->enrolments[$user]->backupCode();
    }

    protected function remove(int $user): void
    {
        $this->site()->wp('sallyport', 'import', 'undo', 'two-factor', "--only=$user");
    }
}
