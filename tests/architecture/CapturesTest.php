<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PhpParser\Node;
use PhpParser\Node\Expr;
use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

final class CapturesTest extends TestCase
{
    /** It would keep the old value: a test that changes what its request sends would send the same again. */
    public function test_no_variable_changes_after_an_arrow_function_has_captured_it(): void
    {
        $changed = [];
        foreach (Source::texts() as $path => $text) {
            foreach (Source::find(Source::parse($text), Node\Stmt\ClassMethod::class) as $method) {
                $functions = Source::find($method, Expr\ArrowFunction::class);
                $assignments = $functions === [] ? [] : Source::find($method, Expr\Assign::class);
                foreach ($functions as $function) {
                    $own = array_map(static fn (Node\Param $parameter): string => $parameter->var->name, Source::find($function, Node\Param::class));
                    $captured = array_diff(self::names([$function->expr]), $own);
                    foreach ($assignments as $later) {
                        if ($later->getStartLine() > $function->getEndLine() && array_intersect($captured, self::assigned($later->var)) !== []) {
                            $changed[] = "$path:{$later->getStartLine()}";
                        }
                    }
                }
            }
        }
        self::assertSame([], array_unique($changed));
    }

    /** @return list<string> */
    private static function assigned(Expr $to): array
    {
        return match (true) {
            $to instanceof Expr\Variable => self::names([$to]),
            $to instanceof Expr\Array_, $to instanceof Expr\List_ => array_merge(
                ...array_map(static fn (Expr\ArrayItem $item): array => self::assigned($item->value), array_values(array_filter($to->items))),
            ),
            default => [],
        };
    }

    /**
     * @param list<Node> $in
     * @return list<string> of variables
     */
    private static function names(array $in): array
    {
        return array_filter(array_column(Source::find($in, Expr\Variable::class), 'name'), 'is_string');
    }
}
