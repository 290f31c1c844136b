<?php

declare(strict_types=1);

namespace Sallyport\Bench;

use Closure;

/** One operation, done by Sallyport and by others: the first is Sallyport's, the rest are compared with it. */
final class Row
{
    /**
     * @param array<string, Closure> $others who => the same work
     * @param array<string, float|array{float, float}> $goals who => how many times faster Sallyport is to be: without JIT, with JIT; one number is for both
     * @param int $sample how long a sample takes at least, milliseconds
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
