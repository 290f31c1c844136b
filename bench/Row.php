<?php

declare(strict_types=1);

namespace Sallyport\Bench;

use Closure;

/** One operation, done by Sallyport and by others, which are compared with it. */
final class Row
{
    /**
     * @param array<string, Closure> $others variant => the same work
     * @param array<string, float|array{float, float}> $goals variant => how many times as fast Sallyport should be: without JIT, with JIT; one number is for both
     * @param int $sample minimum duration of a sample, milliseconds
     */
    public function __construct(
        public readonly string $name,
        public readonly Closure $ours,
        public readonly array $others,
        public readonly array $goals = [],
        public readonly int $sample = 20,
    ) {
    }
}
