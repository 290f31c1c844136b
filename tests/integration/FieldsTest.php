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

    public function test_the_query_string_is_never_read(): void
    {
        self::assertNull(self::fields(['a' => 'b'])->optional('code'));
    }

    public function test_text_of_the_full_length_passes(): void
    {
        self::assertSame(str_repeat('x', 256), self::fields(['code' => str_repeat('x', 256)])->text('code'));
        self::assertSame('１２３', self::fields(['code' => '１２３'])->text('code'));
    }

    public function test_an_empty_field_is_reported_with_its_problem(): void
    {
        try {
            self::fields(['code' => ''])->optional('code');
            self::fail('taken');
        } catch (Refusal $refusal) {
            self::assertSame(['code' => 'code must be text of 1 to 256 bytes.'], $refusal->data['params']);
        }
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
        foreach (['yes', '', 'TRUE', 2, [], null] as $value) {
            try {
                self::assertFalse(self::fields(['f' => $value])->flag('f'));
                self::assertNull($value);
            } catch (Refusal $refusal) {
                self::assertSame('rest_invalid_param', $refusal->getMessage());
            }
        }
        self::assertFalse(self::fields(['f' => ''])->filled()->flag('f'), 'a form always contains it');
    }

    public function test_a_missing_required_field_is_reported(): void
    {
        $this->expectExceptionMessage('rest_missing_callback_param');
        self::fields([])->text('code');
    }

    public function test_a_get_request_reads_only_the_query_string(): void
    {
        $request = new WP_REST_Request('GET', '/');
        $request->set_header('content-type', 'application/json');
        $request->set_body('{"b": "from the body"}');
        $request->set_query_params(['a' => 'from the address', 'n' => '007']);
        $fields = Fields::of_query($request);
        self::assertSame(['from the address', null, 7], [$fields->optional('a'), $fields->optional('b'), $fields->whole('n', 1, 9)]);
    }

    /** @dataProvider noNumbers */
    public function test_anything_but_a_whole_number_in_range_is_invalid(mixed $value): void
    {
        $this->expectException(Refusal::class);
        self::fields(['n' => $value])->whole('n', 1, 100);
    }

    /** @return array<array-key, array{mixed}> */
    public static function noNumbers(): array
    {
        return array_map(
            static fn (mixed $value): array => [$value],
            ['', '0', 0, -1, '-1', '101', 101, 1.5, '1.0', '1e1', ' 1', "1\n", '+1', '٣', true, [1], str_repeat('9', 19)],
        );
    }

    /** @dataProvider times */
    public function test_a_time_is_a_day_or_a_moment(string $text, int $time): void
    {
        self::assertSame($time, self::fields(['t' => $text])->time('t'));
    }

    /** @return array<array-key, array{string, int}> */
    public static function times(): array
    {
        return [
            ['2026-10-27', 1793059200], ['2026-10-27T10:00:00+00:00', 1793095200], ['2026-10-27T12:00:00+02:00', 1793095200], ['2026-10-27T10:00:00 00:00', 1793095200],
            ['2026-10-27T10:00:00Z', 1793095200], ['2026-10-27t10:00:00.999z', 1793095200], ['2024-02-29', 1709164800], ['1969-12-31T23:59:59Z', -1],
        ];
    }

    /** @dataProvider noTimes */
    public function test_anything_else_is_no_time(mixed $value): void
    {
        $this->expectException(Refusal::class);
        self::fields(['t' => $value])->time('t');
    }

    /** @return array<array-key, array{mixed}> */
    public static function noTimes(): array
    {
        return array_map(
            static fn (mixed $value): array => [$value],
            [
                '', 'now', '2026', '2026-1-1', '2025-02-29', '2026-00-10', '2026-10-27T10:00',
                '2026-10-27T10:00:00', '2026-10-27 10:00:00Z', '2026-10-27T24:00:00Z', "2026-10-27\n",
                '+2026-10-27', 1793059200, ['2026-10-27'], true,
            ],
        );
    }
}
