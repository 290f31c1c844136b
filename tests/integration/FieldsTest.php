<?php

declare(strict_types=1);

use Sallyport\WP\Fields;
use Sallyport\WP\Refusal;

/** The grammar of what clients send. */
final class FieldsTest extends WPTestCase
{
    private static function fields(mixed $body): Fields
    {
        $request = new WP_REST_Request('POST', '/');
        $request->set_header('content-type', 'application/json');
        $request->set_body(is_string($body) ? $body : json_encode($body, JSON_THROW_ON_ERROR));
        $request->set_query_params(['code' => 'from the address']);
        return Fields::of($request);
    }

    public function test_the_address_is_never_looked_at(): void
    {
        self::assertNull(self::fields(['a' => 'b'])->optional('code'));
    }

    public function test_text_of_the_full_length_passes(): void
    {
        self::assertSame(str_repeat('x', 256), self::fields(['code' => str_repeat('x', 256)])->text('code'));
        self::assertSame('１２３', self::fields(['code' => '１２３'])->text('code'));
    }

    /** @dataProvider wrong */
    public function test_anything_else_is_invalid(mixed $value): void
    {
        $this->expectException(Refusal::class);
        $this->expectExceptionMessage('rest_invalid_param');
        self::fields(['code' => $value])->optional('code');
    }

    /** @return iterable<string, array{mixed}> */
    public static function wrong(): iterable
    {
        yield 'a number' => [123456];
        yield 'a float' => [1.5];
        yield 'true' => [true];
        yield 'false' => [false];
        yield 'a list' => [['123456']];
        yield 'an object' => [['a' => 'b']];
        yield 'empty' => [''];
        yield 'a NUL' => ["123\x00456"];
        yield 'too long' => [str_repeat('x', 257)];
    }

    public function test_a_body_that_is_no_object_has_no_fields(): void
    {
        foreach (['5', '"code"', 'null', 'true', '[]', ''] as $body) {
            self::assertNull(self::fields($body)->optional('code'), $body);
        }
    }

    public function test_flags(): void
    {
        foreach ([true, 1, '1', 'true'] as $value) {
            self::assertTrue(self::fields(['f' => $value])->flag('f'));
        }
        foreach ([false, 0, '0', 'false'] as $value) {
            self::assertFalse(self::fields(['f' => $value])->flag('f'));
        }
        self::assertFalse(self::fields([])->flag('f'));
        $this->expectExceptionMessage('rest_invalid_param');
        self::fields(['f' => 'yes'])->flag('f');
    }

    public function test_what_is_demanded_and_missing_is_said(): void
    {
        $this->expectExceptionMessage('rest_missing_callback_param');
        self::fields([])->text('code');
    }
}
