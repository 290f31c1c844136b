<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PhpParser\Node;
use PhpParser\Node\Expr;
use PhpParser\Node\Scalar;
use PhpParser\Node\Stmt;
use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

/**
 * Whatever is printed is escaped in that place, or comes from a method of ours whose every `return` is: WordPress' own sniff
 * knows functions alone, and is off wherever such a method is printed.
 */
final class EscapingTest extends TestCase
{
    /** May be printed, whatever they are given. */
    private const ESCAPE = [
        'esc_attr', 'esc_attr__', 'esc_html', 'esc_html__', 'esc_html_x', 'esc_url', 'esc_textarea', 'wp_kses', 'wp_kses_post',
        'wp_nonce_field', 'checked', 'disabled', 'selected', 'count', 'round',
    ];

    /** May be printed if everything they are given may be. */
    private const KEEP = ['sprintf', 'implode', 'str_replace'];

    /** What returns markup in whichever class has it; a property of that name is drawn by the extension. */
    private const MARKUP = ['html', 'part', 'svg'];

    /** JSON, CSV and plain text. */
    private const NO_MARKUP = ['src/Bridge/SimpleJwtAnswers.php', 'src/Rest/File.php', 'src/Rest/KeySet.php', 'templates/mail/notice-text.php'];

    /** @var array<string, array{string, Stmt\ClassLike}> class in full => its path, and itself */
    private array $classes = [];

    /** @var array<string, list<Node>> path => its methods, or the statements of a template */
    private array $scopes = [];

    /** @var array<string, bool> Class::method => whether all it returns may be printed */
    private array $known = [];

    protected function setUp(): void
    {
        foreach (Source::all() as $file) {
            $statements = Source::parse($file->text);
            foreach (Source::find($statements, Stmt\ClassLike::class) as $class) {
                $this->classes['Sallyport\\WP\\' . $file->name()] = [$file->path, $class];
            }
            $this->scopes[$file->path] = Source::find($statements, Stmt\ClassMethod::class) ?: [new Stmt\Namespace_(null, $statements)];
        }
    }

    public function test_whatever_is_printed_is_escaped(): void
    {
        $raw = [];
        $printed = 0;
        foreach (array_diff_key($this->scopes, array_flip(self::NO_MARKUP)) as $path => $scopes) {
            foreach ($scopes as $scope) {
                foreach (self::printed($scope) as $expression) {
                    $printed++;
                    $line = $expression->getStartLine();
                    $this->isSafe($expression, $path, $scope) || $raw[] = "$path:$line " . trim(explode("\n", Source::all()[$path]->text)[$line - 1]);
                }
            }
        }
        self::assertSame([], $raw);
        self::assertGreaterThan(500, $printed);
    }

    /** @return list<Expr> */
    private static function printed(Node $scope): array
    {
        $prints = static fn (Expr\FuncCall $call): bool => in_array(self::name($call), ['printf', 'vprintf'], true);
        return array_merge(
            ...array_column(Source::find($scope, Stmt\Echo_::class), 'exprs'),
            ...[array_column(Source::find($scope, Expr\Print_::class), 'expr')],
            ...array_map(self::arguments(...), array_values(array_filter(Source::find($scope, Expr\FuncCall::class), $prints))),
        );
    }

    private function isSafe(?Node $is, string $path, Node $scope): bool
    {
        $safe = fn (?Node $node): bool => $this->isSafe($node, $path, $scope);
        return match (true) {
            $is instanceof Scalar\Encapsed => self::all($is->parts, $safe),
            $is instanceof Scalar, $is instanceof Scalar\EncapsedStringPart, $is instanceof Expr\ConstFetch, $is instanceof Expr\ClassConstFetch => true,
            $is instanceof Expr\Cast\Int_, $is instanceof Expr\BinaryOp\Plus, $is instanceof Expr\BinaryOp\Minus, $is instanceof Expr\BinaryOp\Mul => true,
            $is instanceof Expr\Cast\String_, $is instanceof Expr\ArrowFunction => $safe($is->expr),
            $is instanceof Expr\BinaryOp\Concat => $safe($is->left) && $safe($is->right),
            $is instanceof Expr\Ternary => $safe($is->if ?? $is->cond) && $safe($is->else),
            $is instanceof Expr\Match_ => self::all(array_column($is->arms, 'body'), $safe),
            $is instanceof Expr\Array_ => self::all(array_column($is->items, 'value'), $safe),
            $is instanceof Expr\ArrayDimFetch => $is->var instanceof Expr\Variable && $safe($is->var),
            $is instanceof Expr\Closure => self::all(array_column(Source::find($is->stmts, Stmt\Return_::class), 'expr'), $safe),
            $is instanceof Expr\Variable => $this->isGivenSafely($is, $path, $scope),
            $is instanceof Expr\PropertyFetch => $is->name instanceof Node\Identifier && in_array($is->name->name, self::MARKUP, true),
            $is instanceof Expr\MethodCall => $this->returnsSafely($is->var, $is->name, $path),
            $is instanceof Expr\StaticCall => $this->returnsSafely($is->class, $is->name, $path),
            $is instanceof Expr\FuncCall => match (true) {
                $is->name instanceof Expr => $safe($is->name),
                in_array(self::name($is), self::KEEP, true) => self::all(self::arguments($is), $safe),
                self::name($is) === 'array_map' => $safe(self::arguments($is)[0]),
                default => in_array(self::name($is), self::ESCAPE, true),
            },
            default => false,
        };
    }

    /** Whether it is a number, or all it ever gets may be printed; what a loop reads may not. */
    private function isGivenSafely(Expr\Variable $variable, string $path, Node $scope): bool
    {
        foreach (Source::find($scope, Node\Param::class) as $parameter) {
            if ($parameter->var->name === $variable->name) {
                return $parameter->type instanceof Node\Identifier && in_array($parameter->type->name, ['int', 'float'], true);
            }
        }
        $assigned = array_filter(
            [...Source::find($scope, Expr\Assign::class), ...Source::find($scope, Expr\AssignOp::class)],
            static fn (Expr $one): bool => $one->var instanceof Expr\Variable && $one->var->name === $variable->name,
        );
        return $assigned !== [] && self::all(array_column($assigned, 'expr'), fn (Expr $value): bool => $this->isSafe($value, $path, $scope));
    }

    /** Whether all that a method returns may be printed; where its class cannot be told, that of every class. */
    private function returnsSafely(Node $of, Node $method, string $path): bool
    {
        $name = $method instanceof Node\Identifier ? $method->name : '';
        $class = $this->classOf($of, $path);
        if ($class === 'Sallyport\\WP\\Template') {
            return true; // It returns what a template prints.
        }
        $classes = $class === null && in_array($name, self::MARKUP, true) ? array_keys($this->classes) : [$class];
        $found = array_filter($classes, fn (?string $one): bool => isset($this->classes[$one]) && $this->classes[$one][1]->getMethod($name) !== null);
        return $found !== [] && self::all($found, function (string $one) use ($name): bool {
            [$path, $in] = $this->classes[$one];
            $method = $in->getMethod($name);
            $id = "$one::$name";
            if (!isset($this->known[$id])) {
                $this->known[$id] = true; // Until it is told: it may call itself.
                $returned = array_column(Source::find($method, Stmt\Return_::class), 'expr');
                $this->known[$id] = self::all($returned, fn (?Expr $one): bool => $this->isSafe($one, $path, $method));
            }
            return $this->known[$id];
        });
    }

    private function classOf(Node $of, string $path): ?string
    {
        $here = 'Sallyport\\WP\\' . Source::all()[$path]->name();
        $name = $of instanceof Expr\New_ ? $of->class : $of;
        return match (true) {
            $of instanceof Expr\Variable && $of->name === 'this' => $here,
            $of instanceof Expr\Variable && $of->name === 'view' => 'Sallyport\\WP\\Security\\View',
            $name instanceof Node\Name => $name->toString() === 'self' ? $here : $name->toString(),
            default => null,
        };
    }

    private static function all(array $of, callable $is): bool
    {
        return array_filter($of, $is) === $of;
    }

    private static function name(Expr\FuncCall $call): string
    {
        return $call->name instanceof Node\Name ? $call->name->toString() : '';
    }

    /** @return list<Expr> */
    private static function arguments(Expr\FuncCall $call): array
    {
        return array_column($call->args, 'value');
    }
}
