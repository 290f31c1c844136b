<?php

declare(strict_types=1);

namespace Sallyport\Tests\Contract;

use Sallyport\Tests\Person;

require_once __DIR__ . '/FactorContract.php';

/** The contract for a factor of Sallyport's own, which a Person has enrolled. */
abstract class OwnFactorContract extends FactorContract
{
    /** @var array<int, Person> */
    private array $people = [];

    protected function enrolled(): int
    {
        return $this->with(Person::enrolled($this->site()));
    }

    /** Stores a person, and returns their id. */
    protected function with(Person $person): int
    {
        $this->people[$person->id] = $person;
        return $person->id;
    }

    protected function stranger(): int
    {
        return Person::withoutFactor($this->site())->id;
    }

    protected function person(int $user): Person
    {
        return $this->people[$user];
    }

    protected function remove(int $user): void
    {
        $this->person($user)->disable();
    }
}
