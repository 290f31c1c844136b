<?php

namespace WP_CLI;

/** What a command says it takes, in its doc comment's OPTIONS: wp-cli checks it, so commands need not. */
final class Synopsis
{
    /** @var array<string, array{required: bool, default: ?string, options: list<string>}> by the token: <user>, --format=<format>, … */
    private array $parameters = [];

    public function __construct(callable $callable, array $args)
    {
        $text = $args['longdesc'] ?? (string) self::reflect($callable)->getDocComment();
        $text = preg_replace('~^\s*(?:/\*\*|\*/|\*) ?~m', '', $text);
        preg_match('/^## OPTIONS\s*$(.*?)(?=^## |^@|\z)/ms', $text, $section);
        preg_match_all('/^(\[?(?:<[^>]+>|--[^\s\]]+)\]?)(?:\.\.\.)?\n(?:: (?:.*))?((?:\n(?!\[?(?:<|--\w)).*)*)/m', $section[1] ?? '', $found, PREG_SET_ORDER);
        foreach ($found as [, $token, $more]) {
            preg_match('/^default:\s*(.*)$/m', $more, $default);
            preg_match('/^options:\s*\n((?:\s+- .*\n?)+)/m', $more, $options);
            preg_match_all('/- (\S+)/', $options[1] ?? '', $values);
            $this->parameters[trim($token, '[]')] = [
                'required' => $token[0] !== '[',
                'default' => isset($default[1]) ? trim($default[1], "\"' ") : null,
                'options' => $values[1],
            ];
        }
    }

    public function check(array $words, array $assoc): ?string
    {
        if ($this->parameters === []) {
            return null;
        }
        $required = $known = [];
        foreach ($this->parameters as $token => $parameter) {
            if ($token[0] === '<') {
                $parameter['required'] && $required[] = $token;
                continue;
            }
            $name = self::name($token);
            $known[] = $name;
            if ($parameter['required'] && !isset($assoc[$name])) {
                return "missing --$name parameter";
            }
            if (isset($assoc[$name]) && $parameter['options'] !== [] && !in_array((string) $assoc[$name], $parameter['options'], true)) {
                return "Invalid value specified for '$name': {$assoc[$name]} (" . implode(', ', $parameter['options']) . ')';
            }
        }
        if (count($words) < count($required)) {
            return 'missing ' . $required[count($words)];
        }
        $unknown = array_diff(array_keys($assoc), $known, ['quiet', 'debug', 'yes']);
        return $unknown === [] ? null : 'unknown --' . reset($unknown) . ' parameter';
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
            $tokens[] = $parameter['required'] ? $token : "[$token]";
        }
        return implode(' ', $tokens);
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
