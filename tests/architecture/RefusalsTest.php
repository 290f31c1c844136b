<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PhpParser\Node;
use PhpParser\Node\Expr;
use PhpParser\Node\Stmt;
use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

/**
 * Who runs the hooks does not know our Refusal: one that leaves a hook ends the request with a fatal error, and WordPress mails
 * the administrator that the site is broken.
 */
final class RefusalsTest extends TestCase
{
    private const REFUSAL = 'Sallyport\\WP\\Refusal';

    /** Run nothing of what they are given now; a screen comes after its own hook, which has checked what it shows. */
    private const LATER = ['add_action', 'add_filter', 'add_submenu_page', 'then'];

    /** Hook => why a Refusal may leave it. */
    private const HANDLED = [
        'sallyport_second_step' => 'Gate\\OtherDoors catches it',
        'sallyport_enrolment_step' => 'Gate\\OtherDoors and Login\\SecondStep catch it',
        'sallyport_factors_changed' => 'whoever changes factors catches it',
        'jwt_auth_payload' => 'inside Bridge\\UsefulTeam::run()',
        'jwt_auth_refresh_expire' => 'inside Bridge\\UsefulTeam::run()',
        'update_user_metadata' => 'Bridge\\UsefulTeam::keep() does nothing outside run()',
        'add_user_metadata' => 'Bridge\\CoCart::keep() does nothing outside run()',
    ];

    /** @var array<string, Stmt\ClassLike> */
    private array $classes = [];

    /** @var array<string, list<string>> class or interface => what extends or implements it */
    private array $below = [];

    /** @var array<string, array<string, list<string>>> class => property => types */
    private array $properties = [];

    /** @var array<string, bool> Class::method => whether a Refusal leaves it */
    private array $known = [];

    protected function setUp(): void
    {
        gc_disable(); // As in EscapingTest.
        foreach (Source::all() as $file) {
            foreach (Source::find($file->tree(), Stmt\ClassLike::class) as $class) {
                $this->classes['Sallyport\\WP\\' . $file->name()] = $class;
                foreach (array_filter([$class->extends ?? null, ...($class->implements ?? [])]) as $above) {
                    foreach (is_array($above) ? $above : [$above] as $one) {
                        $this->below[$one->toString()][] = 'Sallyport\\WP\\' . $file->name();
                    }
                }
            }
        }
    }

    protected function tearDown(): void
    {
        $this->classes = [];
        gc_enable();
        gc_collect_cycles();
    }

    public function test_no_refusal_leaves_a_hook(): void
    {
        $leaving = [];
        $hooks = 0;
        foreach ($this->classes as $name => $class) {
            foreach ($class->getMethods() as $method) {
                $adds = static fn (Expr\FuncCall $call): bool => in_array(self::name($call), ['add_action', 'add_filter'], true);
                $added = array_filter(Source::find($method, Expr\FuncCall::class), $adds);
                $scope = $added === [] ? [] : $this->scope($method, ['this' => [$name]]);
                foreach ($added as $call) {
                    [$hook, $run] = array_column($call->args, 'value');
                    $hooks++;
                    if (!($hook instanceof Node\Scalar\String_ && isset(self::HANDLED[$hook->value])) && $this->leaves($run, $scope)) {
                        $leaving[] = "$name:{$call->getStartLine()}";
                    }
                }
            }
        }
        self::assertSame([], $leaving);
        self::assertGreaterThan(150, $hooks);
    }

    /** @param array<string, list<string>> $scope */
    private function leaves(Node $node, array $scope): bool
    {
        if ($node instanceof Stmt\TryCatch) {
            $caught = array_merge(...array_map(static fn (Stmt\Catch_ $catch): array => array_map(strval(...), $catch->types), $node->catches), ...[[]]);
            $handles = array_intersect([self::REFUSAL, 'Throwable'], $caught) !== [];
            return $this->anyLeaves([...($handles ? [] : $node->stmts), ...$node->catches, ...($node->finally->stmts ?? [])], $scope);
        }
        if ($node instanceof Expr\Throw_ || $node instanceof Stmt\Throw_) {
            $thrown = $this->types($node->expr, $scope);
            return $thrown === [] || in_array(self::REFUSAL, $thrown, true) || $this->leaves($node->expr, $scope);
        }
        if ($node instanceof Expr\ArrowFunction || $node instanceof Expr\Closure) {
            $scope = $this->scope($node, $scope);
        }
        if ($node instanceof Expr\CallLike && in_array(self::name($node), self::LATER, true)) {
            return false;
        }
        $called = $this->called($node, $scope);
        foreach ($called as [$class, $method]) {
            if ($class !== 'Sallyport\\WP\\Plugin' && $this->isLeft($class, $method)) {
                return true;
            }
        }
        foreach ($node->getSubNodeNames() as $part) {
            $nodes = array_filter(is_array($node->$part) ? $node->$part : [$node->$part], static fn (mixed $one): bool => $one instanceof Node);
            if ($this->anyLeaves($nodes, $scope) && !($part === 'args' && array_filter($called, fn (array $one): bool => $this->handlesWhatItRuns($one[1])) !== [])) {
                return true;
            }
        }
        return false;
    }

    /**
     * @param list<Node> $nodes
     * @param array<string, list<string>> $scope
     */
    private function anyLeaves(array $nodes, array $scope): bool
    {
        foreach ($nodes as $node) {
            if ($this->leaves($node, $scope)) {
                return true;
            }
        }
        return false;
    }

    private function isLeft(string $class, Stmt\ClassMethod $method): bool
    {
        $id = "$class::" . $method->name->toString();
        if (!isset($this->known[$id])) {
            $this->known[$id] = false; // Until it is told: it may call itself.
            $this->known[$id] = $this->anyLeaves($method->stmts ?? [], $this->scope($method, ['this' => [$class]]));
        }
        return $this->known[$id];
    }

    /** Whether it runs the closures it is given where it catches what they throw. */
    private function handlesWhatItRuns(Stmt\ClassMethod $method): bool
    {
        $given = array_map(static fn (Node\Param $parameter): string => $parameter->var->name, $method->params);
        foreach (Source::find($method, Stmt\TryCatch::class) as $try) {
            $runs = array_filter(
                Source::find($try->stmts, Expr\FuncCall::class),
                static fn (Expr\FuncCall $call): bool => $call->name instanceof Expr\Variable && in_array($call->name->name, $given, true),
            );
            if ($runs !== [] && !$this->leaves(new Stmt\TryCatch([new Stmt\Expression(new Expr\Throw_(new Expr\Variable('it')))], $try->catches), [])) {
                return true;
            }
        }
        return false;
    }

    /**
     * What its variables are, as far as their types and what is assigned tell.
     *
     * @param array<string, list<string>> $outer
     * @return array<string, list<string>>
     */
    private function scope(Node\FunctionLike $of, array $outer): array
    {
        $scope = $outer;
        foreach ($of->getParams() as $parameter) {
            $scope[$parameter->var->name] = self::named($parameter->type);
        }
        foreach (Source::find($of, Stmt\Catch_::class) as $catch) {
            $scope[$catch->var->name ?? ''] = array_map(strval(...), $catch->types);
        }
        foreach (Source::find($of, Expr\Assign::class) as $assigned) {
            if ($assigned->var instanceof Expr\Variable && is_string($assigned->var->name)) {
                $scope[$assigned->var->name] = [...($scope[$assigned->var->name] ?? []), ...$this->types($assigned->expr, $scope)];
            }
        }
        return $scope;
    }

    /**
     * @param array<string, list<string>> $scope
     * @return list<string>
     */
    private function types(?Node $of, array $scope): array
    {
        return match (true) {
            $of instanceof Expr\Variable => is_string($of->name) ? $scope[$of->name] ?? [] : [],
            $of instanceof Node\Name => [in_array($of->toString(), ['self', 'static'], true) ? $scope['this'][0] : $of->toString()],
            $of instanceof Expr\New_ => $of->class instanceof Node\Name ? $this->types($of->class, $scope) : [],
            $of instanceof Expr\Assign => $this->types($of->expr, $scope),
            $of instanceof Expr\Ternary => [...$this->types($of->if ?? $of->cond, $scope), ...$this->types($of->else, $scope)],
            $of instanceof Expr\BinaryOp\Coalesce => [...$this->types($of->left, $scope), ...$this->types($of->right, $scope)],
            $of instanceof Expr\PropertyFetch, $of instanceof Expr\NullsafePropertyFetch => array_merge(
                ...array_map(fn (string $class): array => $this->property($class, (string) ($of->name->name ?? '')), $this->types($of->var, $scope)),
                ...[[]],
            ),
            $of instanceof Expr\FuncCall && $of->name instanceof Expr\PropertyFetch => array_values(array_diff($this->types($of->name, $scope), ['Closure'])),
            default => array_merge(...array_map(self::returned(...), $this->called($of, $scope)), ...[[]]),
        };
    }

    /**
     * @param array{string, Stmt\ClassMethod} $method its class, and itself
     * @return list<string>
     */
    private static function returned(array $method): array
    {
        $in_full = static fn (string $type): string => in_array($type, ['self', 'static'], true) ? $method[0] : $type;
        return array_map($in_full, self::named($method[1]->returnType));
    }

    /**
     * @param array<string, list<string>> $scope
     * @return list<array{string, Stmt\ClassMethod}> the methods a call may run, each with its class
     */
    private function called(?Node $call, array $scope): array
    {
        $of = match (true) {
            $call instanceof Expr\MethodCall, $call instanceof Expr\NullsafeMethodCall => $this->types($call->var, $scope),
            $call instanceof Expr\StaticCall => $this->types($call->class, $scope),
            $call instanceof Expr\New_ => $this->types($call, $scope),
            default => [],
        };
        $found = [];
        foreach ($of as $class) {
            foreach ([$class, ...$this->above($class), ...($this->below[$class] ?? [])] as $one) {
                $method = ($this->classes[$one] ?? null)?->getMethod($call instanceof Expr\New_ ? '__construct' : self::name($call));
                if ($method !== null) {
                    $found[] = [$class, $method];
                }
            }
        }
        return $found;
    }

    /** @return list<string> the classes and traits whose methods are its own, too */
    private function above(string $class): array
    {
        $node = $this->classes[$class] ?? null;
        $above = array_filter([$node->extends ?? null, ...array_merge(...array_column($node?->getTraitUses() ?? [], 'traits'))]);
        return $node instanceof Stmt\Interface_ ? [] : array_map(strval(...), array_values($above));
    }

    /** @return list<string> the type of a property, and of what it answers if it is a Closure */
    private function property(string $class, string $name): array
    {
        return $this->properties[$class][$name] ??= array_merge(...array_map(fn (string $one): array => $this->declared($one, $name), [$class, ...$this->above($class)]));
    }

    /** @return list<string> */
    private function declared(string $class, string $name): array
    {
        $node = $this->classes[$class] ?? null;
        $constructor = $node?->getMethod('__construct');
        $found = self::named($node?->getProperty($name)?->type);
        foreach ($constructor->params ?? [] as $parameter) {
            if ($parameter->flags !== 0 && $parameter->var->name === $name) {
                preg_match('/Closure\([^)]*\): \??(\w+)\s+\$' . $name . '\b/', (string) $constructor->getDocComment(), $answer);
                $answers = array_filter(array_keys($this->classes), static fn (string $known): bool => isset($answer[1]) && str_ends_with($known, "\\$answer[1]"));
                $found = [...$found, ...self::named($parameter->type), ...array_values($answers)];
            }
        }
        return $found;
    }

    private static function name(Node $call): string
    {
        $name = $call->name ?? null;
        return $name instanceof Node\Identifier ? $name->name : ($name instanceof Node\Name ? $name->getLast() : '');
    }

    /** @return list<string> the classes in a type */
    private static function named(?Node $type): array
    {
        return match (true) {
            $type instanceof Node\Name => [$type->toString()],
            $type instanceof Node\NullableType => self::named($type->type),
            $type instanceof Node\UnionType => array_merge(...array_map(self::named(...), $type->types)),
            default => [],
        };
    }
}
