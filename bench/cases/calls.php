<?php

declare(strict_types=1);

namespace Sallyport\Bench;

use function Sallyport\jwt_peek;

/**
 * What crossing into the extension costs: the shortest call there is, beside one of PHP's own.
 *
 * @return list<Row>
 */
return static function (): array {
    // At most 1.2 times as long.
    return [new Row('a call that does nothing', static fn () => jwt_peek(''), ['ctype_digit' => static fn () => ctype_digit('')], ['ctype_digit' => 1 / 1.2])];
};
