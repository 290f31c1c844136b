<?php

declare(strict_types=1);

namespace Sallyport\Tests\Http;

use Sallyport\Tests\Totp;

/** Somebody with an account, and what they hold. */
final class Person
{
    /** Their authenticator app, once enrolled. */
    public ?Totp $app = null;

    /** @var list<string> their backup codes, unused */
    public array $codes = [];

    /** A token of theirs; proven if they are enrolled. */
    public string $token = '';

    public function __construct(
        public readonly int $id,
        public readonly string $login,
        public readonly string $email,
        public string $password,
    ) {
    }
}
