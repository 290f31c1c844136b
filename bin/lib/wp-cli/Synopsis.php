<?php

namespace WP_CLI;

/** The arguments of a command, from OPTIONS in its doc comment. WP-CLI checks them, so commands need not. */
final class Synopsis
{
    /** WP-CLI's own options, which every command accepts. */
    private const GLOBAL = ['quiet', 'debug'];

    /** @var array<string, array{required: bool, repeating: bool, text: string, default: ?string, options: list<string>}> by the token: <user>, --format=<format>, … */
    private array $parameters = [];

    public function __construct(callable $callable, array $args)
    {
        $text = $args['longdesc'] ?? (string) self::reflect($callable)->getDocComment();
        $text = preg_replace('~^\s*(?:/\*\*|\*/|\*) ?~m', '', $text);
        preg_match('/^## OPTIONS\s*$(.*?)(?=^## |^@|\z)/ms', $text, $section);
        preg_match_all('/^(\[?(?:<[^>]+>|--[^\s\]]+)\]?)(\.\.\.)?\n(?:: (.*))?((?:\n(?!\[?(?:<|--\w)).*)*)/m', $section[1] ?? '', $found, PREG_SET_ORDER);
        foreach ($found as [, $token, $repeating, $description, $more]) {
            preg_match('/^default:\s*(.*)$/m', $more, $default);
            preg_match('/^options:\s*\n((?:\s+- .*\n?)+)/m', $more, $options);
            preg_match_all('/- (\S+)/', $options[1] ?? '', $values);
            $this->parameters[trim($token, '[]')] = [
                'required' => $token[0] !== '[',
                'repeating' => $repeating !== '',
                'text' => $description,
                'default' => isset($default[1]) ? trim($default[1], "\"' ") : null,
                'options' => $values[1],
            ];
        }
    }

    /** @param list<string> $words */
    public function is_enough(array $words): bool
    {
        return count($words) >= count(array_filter($this->positional(), static fn (array $parameter): bool => $parameter['required']));
    }

    /** @param list<string> $words @return list<string> the superfluous ones */
    public function too_many(array $words): array
    {
        $positional = $this->positional();
        return $this->parameters === [] || in_array(true, array_column($positional, 'repeating'), true) ? [] : array_slice($words, count($positional));
    }

    /** @param array<string, string|bool> $assoc @return list<string> the errors, in WP-CLI's words */
    public function errors(array $assoc): array
    {
        if ($this->parameters === []) {
            return [];
        }
        $errors = $known = [];
        foreach (array_diff_key($this->parameters, $this->positional()) as $token => $parameter) {
            $known[] = $name = self::name($token);
            $text = $parameter['text'] === '' ? '' : " ({$parameter['text']})";
            if ($parameter['required'] && !isset($assoc[$name])) {
                $errors[] = "missing --$name parameter$text";
            } elseif (isset($assoc[$name]) && $parameter['options'] !== [] && !in_array((string) $assoc[$name], $parameter['options'], true)) {
                $errors[] = "Invalid value specified for '$name'$text";
            }
        }
        foreach (array_diff(array_keys($assoc), $known, self::GLOBAL) as $name) {
            $errors[] = "unknown --$name parameter";
        }
        return $errors;
    }

    public function defaults(array $assoc): array
    {
        foreach ($this->parameters as $token => $parameter) {
            if ($token[0] === '-' && $parameter['default'] !== null) {
                $assoc += [self::name($token) => $parameter['default']];
            }
        }
        return $assoc;
    }

    public function usage(): string
    {
        $tokens = [];
        foreach ($this->parameters as $token => $parameter) {
            $tokens[] = ($parameter['required'] ? $token : "[$token]") . ($parameter['repeating'] ? '...' : '');
        }
        return implode(' ', $tokens);
    }

    /** @return array<string, array<string, mixed>> */
    private function positional(): array
    {
        return array_filter($this->parameters, static fn (string $token): bool => $token[0] === '<', ARRAY_FILTER_USE_KEY);
    }

    private static function name(string $token): string
    {
        return preg_replace('/^--(?:\[no-\])?|=.*|\[=.*/', '', $token);
    }

    private static function reflect(callable $callable): \ReflectionFunctionAbstract
    {
        return match (true) {
            is_array($callable) => new \ReflectionMethod($callable[0], $callable[1]),
            is_object($callable) && !$callable instanceof \Closure => new \ReflectionMethod($callable, '__invoke'),
            is_string($callable) && str_contains($callable, '::') => new \ReflectionMethod($callable),
            default => new \ReflectionFunction($callable),
        };
    }
}
