<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PhpParser\Node;
use PhpParser\NodeFinder;
use PhpParser\NodeTraverser;
use PhpParser\NodeVisitor\NameResolver;
use PhpParser\ParserFactory;
use PhpToken;

require_once 'PhpParser/autoload.php';

/** One PHP file of the plugin, as tokens without comments and white space. */
final class Source
{
    private const NAMESPACE = 'Sallyport\\WP\\';

    private const SCALARS = ['int', 'string', 'bool', 'float', 'mixed', 'object', 'iterable', 'null', 'false', 'true'];

    /** @var list<PhpToken> */
    public readonly array $tokens;

    private function __construct(
        public readonly string $path,
        public readonly string $text,
    ) {
        $this->tokens = array_values(array_filter(
            PhpToken::tokenize($text),
            static fn (PhpToken $token): bool => !$token->isIgnorable(),
        ));
    }

    /** @return array<string, self> path under wp-plugin/ => file */
    public static function all(): array
    {
        static $all = [];
        if ($all === []) {
            $root = dirname(__DIR__, 2) . '/wp-plugin';
            $files = new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator($root, \FilesystemIterator::SKIP_DOTS));
            foreach ($files as $file) {
                $path = substr($file->getPathname(), strlen($root) + 1);
                if ($file->getExtension() === 'php' && !str_starts_with($path, 'vendor/')) {
                    $all[$path] = new self($path, (string) file_get_contents($file->getPathname()));
                }
            }
            ksort($all);
        }
        return $all;
    }

    /** @return array<string, string> Path => text, of the plugin and of whatever tests or measures it. */
    public static function texts(): array
    {
        $texts = array_map(static fn (self $file): string => $file->text, self::all());
        $root = dirname(__DIR__, 2);
        foreach (['bench', 'bin', 'php', 'tests'] as $folder) {
            $files = new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator("$root/$folder", \FilesystemIterator::SKIP_DOTS));
            foreach (new \RegexIterator($files, '~^(?!.*/node_modules/).*\.php$~') as $file) {
                $texts[substr($file->getPathname(), strlen($root) + 1)] = (string) file_get_contents($file->getPathname());
            }
        }
        return $texts;
    }

    /** @return list<Node> its syntax tree, in which every class has its full name */
    public static function parse(string $text): array
    {
        $traverser = new NodeTraverser();
        $traverser->addVisitor(new NameResolver());
        return array_values($traverser->traverse((new ParserFactory())->create(ParserFactory::ONLY_PHP7)->parse($text) ?? []));
    }

    /**
     * @template T of Node
     * @param Node|list<Node> $in
     * @param class-string<T> $class
     * @return list<T>
     */
    public static function find(Node|array $in, string $class): array
    {
        return (new NodeFinder())->findInstanceOf($in, $class);
    }

    /** The room: the folder under src/, or, without a folder, the class itself ("Engine"). */
    public function room(): string
    {
        return explode('/', preg_replace('~^src/|\.php$~', '', $this->path))[0];
    }

    /** The class name in our namespace: "Gate\Gate". */
    public function name(): string
    {
        return strtr(preg_replace('~^src/|\.php$~', '', $this->path), '/', '\\');
    }

    /** @return list<string> our classes that the file names, imported or in full, without the leading "Sallyport\WP\" */
    public function uses(): array
    {
        $names = array_values($this->imports());
        foreach ($this->tokens as $i => $token) {
            if ($token->is([T_NAME_QUALIFIED, T_NAME_FULLY_QUALIFIED]) && ($this->tokens[$i + 1]->text ?? '') !== '\\') {
                $names[] = ltrim($token->text, '\\');
            }
        }
        $ours = preg_filter('~^' . preg_quote(self::NAMESPACE) . '~', '', $names);
        return array_values(array_unique(array_filter($ours, fn (string $name): bool => $name !== $this->name())));
    }

    /** @return array<string, string> the name in this file => the full class name, of every `use` */
    public function imports(): array
    {
        preg_match_all('~^use ([\w\\\\]+)(?: as (\w+))?;|^use ([\w\\\\]+)\\\\\{([^}]+)\};~m', $this->text, $uses, PREG_SET_ORDER);
        $imports = [];
        foreach ($uses as $use) {
            foreach (isset($use[4]) ? explode(',', $use[4]) : [$use[1] . (isset($use[2]) ? " as $use[2]" : '')] as $one) {
                [$class, $alias] = [...explode(' as ', trim($one)), null];
                $imports[$alias ?? basename(strtr($class, '\\', '/'))] = isset($use[4]) ? "$use[3]\\$class" : $class;
            }
        }
        return $imports;
    }

    /** @return array<string, int> all classes that the file creates, calls or declares as a type, in full => a line */
    public function classes(): array
    {
        preg_match('~^namespace ([\w\\\\]+);~m', $this->text, $namespace);
        $here = ($namespace[1] ?? '') === '' ? '' : "$namespace[1]\\";
        $imports = $this->imports();
        $classes = [];
        foreach ($this->tokens as $i => $token) {
            $before = $this->tokens[$i - 1] ?? null;
            $after = $this->tokens[$i + 1] ?? null;
            $named = $before?->is([T_NEW, T_INSTANCEOF, T_EXTENDS, T_IMPLEMENTS]) || $after?->is([T_DOUBLE_COLON, T_VARIABLE]);
            if (!$named || in_array($token->text, ['self', 'static', 'parent'], true)) {
                continue;
            }
            if ($token->is(T_NAME_FULLY_QUALIFIED)) {
                $classes[ltrim($token->text, '\\')] = $token->line;
            } elseif ($token->is(T_STRING) && !in_array(strtolower($token->text), self::SCALARS, true)) {
                $classes[$imports[$token->text] ?? $here . $token->text] = $token->line;
            }
        }
        return $classes;
    }

    /** @return list<int> lines in which one of these functions is called by its name (not as a method) */
    public function calls(string ...$functions): array
    {
        $lines = [];
        foreach ($this->tokens as $i => $token) {
            $called = $token->is([T_STRING, T_NAME_FULLY_QUALIFIED]) && ($this->tokens[$i + 1]->text ?? '') === '(';
            $before = $this->tokens[$i - 1] ?? null;
            if ($called && in_array(strtolower(ltrim($token->text, '\\')), $functions, true)
                && !($before?->is([T_OBJECT_OPERATOR, T_NULLSAFE_OBJECT_OPERATOR, T_DOUBLE_COLON, T_FUNCTION, T_NEW]) ?? false)) {
                $lines[] = $token->line;
            }
        }
        return $lines;
    }

    /** @return list<int> lines that name Class::method */
    public function statics(string $class, string $method): array
    {
        $lines = [];
        foreach ($this->tokens as $i => $token) {
            if ($token->is(T_DOUBLE_COLON)
                && preg_match('~(^|\\\\)' . $class . '$~', $this->tokens[$i - 1]->text)
                && strtolower($this->tokens[$i + 1]->text) === $method) {
                $lines[] = $token->line;
            }
        }
        return $lines;
    }

    /** @return array<string, int> short name of each class that is created with `new` => a line */
    public function made(): array
    {
        $made = [];
        foreach ($this->tokens as $i => $token) {
            $next = $this->tokens[$i + 1] ?? null;
            if ($token->is(T_NEW) && $next->is([T_STRING, T_NAME_QUALIFIED, T_NAME_FULLY_QUALIFIED])) {
                $parts = explode('\\', $next->text);
                $made[end($parts)] = $token->line;
            }
        }
        return $made;
    }

    /** @return list<list<list<PhpToken>>> the arguments of all calls of one of these functions */
    public function arguments(string ...$functions): array
    {
        $calls = [];
        foreach ($this->tokens as $i => $token) {
            if (!$token->is(T_STRING) || !in_array($token->text, $functions, true) || ($this->tokens[$i + 1]->text ?? '') !== '(') {
                continue;
            }
            $arguments = [[]];
            for ($depth = 0, $j = $i + 1; isset($this->tokens[$j]); $j++) {
                $text = $this->tokens[$j]->text;
                $depth += in_array($text, ['(', '['], true) ? 1 : (in_array($text, [')', ']'], true) ? -1 : 0);
                if ($depth === 0) {
                    break;
                }
                if ($depth === 1 && $text === ',') {
                    $arguments[] = [];
                } elseif ($j > $i + 1) {
                    $arguments[array_key_last($arguments)][] = $this->tokens[$j];
                }
            }
            $calls[] = array_values(array_filter($arguments));
        }
        return $calls;
    }
}
