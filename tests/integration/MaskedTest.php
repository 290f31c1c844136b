<?php

declare(strict_types=1);

use Sallyport\WP\Masked;

/** The part of a name that is shown to somebody who has only the password. */
final class MaskedTest extends WPTestCase
{
    public function test_a_log_in_name_is_its_first_letter(): void
    {
        self::assertSame(['a***', 'ä***', 'a***@e***.test', '***'], array_map(Masked::login(...), ['ada', 'ähnlich', 'ada@example.test', '']));
    }

    public function test_an_address_keeps_a_letter_of_each_side_and_its_end(): void
    {
        self::assertSame(['a***@m***.test', 'a***@l***', ''], array_map(Masked::email(...), ['ada.l@mail.example.test', 'ada@localhost', 'nothing']));
    }
}
