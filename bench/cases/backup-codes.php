<?php

declare(strict_types=1);

namespace Sallyport\Bench;

use function Sallyport\{backup_code_verify, backup_codes};

/**
 * One wrong code against the ten hashes of a set. PHP's own function takes the same PHC strings, one by one.
 *
 * @return list<Row>
 */
return static function (): array {
    $hashes = backup_codes(10)['hashes'];
    $wrong = '00000-00000-00000';
    $ten = static function () use ($hashes, $wrong): void {
        foreach ($hashes as $hash) {
            password_verify($wrong, $hash);
        }
    };
    $bcrypt = password_hash($wrong, PASSWORD_BCRYPT, ['cost' => 10]);
    return [
        new Row(
            'backup code, ten hashes',
            static fn () => backup_code_verify($wrong, $hashes),
            ['ten password_verify' => $ten, 'one bcrypt, cost 10' => static fn () => password_verify('x', $bcrypt)],
            ['ten password_verify' => 12.0],
            60,
        ),
    ];
};
