<?php

declare(strict_types=1);

use Sallyport\WP\Factor\Factor;
use Sallyport\WP\Factor\Outcome;

/** Every user has it, and it accepts every code, except where its name says otherwise. */
final class BadFactor implements Factor
{
    public function __construct(private readonly string $how)
    {
    }

    public function name(): string
    {
        return match ($this->how) {
            'is named totp' => 'totp',
            'is named email' => 'email',
            'is named nonsense' => "No' name",
            'name throws' => throw new Error('name'),
            default => 'bad',
        };
    }

    public function amr(): array
    {
        return match ($this->how) {
            'amr throws' => throw new Error('amr'),
            'amr is nonsense' => [null, ['mfa'], 'M F A', 7, 'bad', 'sso'],
            default => ['bad', 'pwd'],
        };
    }

    public function is_enrolled(int $user_id): bool
    {
        return $this->how === 'enrolled throws' ? throw new Error('enrolled') : true;
    }

    public function recognises(#[\SensitiveParameter] string $code): bool
    {
        return $this->how === 'recognises throws' ? throw new Error('recognises') : false;
    }

    public function verify(int $user_id, #[\SensitiveParameter] string $code, int $now, int $challenge): Outcome
    {
        return match ($this->how) {
            'verify throws' => throw new Error("verify $code"),
            'verify is nonsense' => $this->nonsense(),
            default => Outcome::Right,
        };
    }

    private function nonsense(): mixed
    {
        return 'Right';
    }
}
