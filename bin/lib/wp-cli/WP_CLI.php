<?php
// The part of WP-CLI that commands use: names, streams and exit codes are WP-CLI's.
require_once __DIR__ . '/Synopsis.php';

class WP_CLI
{
    /** @var array<string, array{0: callable|object|string, 1: array<string, mixed>}> by the words of the command */
    private static array $commands = [];

    /** @param callable|object|class-string $callable */
    public static function add_command(string $name, $callable, array $args = []): bool
    {
        self::$commands[trim($name)] = [$callable, $args];
        return true;
    }

    public static function run_command(array $arguments, array $assoc = []): void
    {
        [$words, $parsed] = self::parse($arguments);
        $assoc += $parsed;
        for ($length = count($words); $length > 0; $length--) {
            $name = implode(' ', array_slice($words, 0, $length));
            if (isset(self::$commands[$name])) {
                self::call($name, self::$commands[$name], array_slice($words, $length), $assoc);
                return;
            }
        }
        $name = implode(' ', $words);
        $below = array_filter(array_keys(self::$commands), static fn (string $known): bool => $name === '' || str_starts_with($known, "$name "));
        self::error("'" . ($name === '' ? 'wp' : $name) . "' is not a registered command." . ($below ? ' There is: ' . implode(', ', $below) : ''));
    }

    private static function call(string $name, array $command, array $words, array $assoc): void
    {
        [$callable, $args] = $command;
        if (is_string($callable) && class_exists($callable)) {
            $callable = new $callable();
        }
        if (!is_callable($callable)) {
            $methods = self::subcommands($callable);
            $word = array_shift($words);
            if ($word === null) {
                self::show_usage($name, $callable, $methods, $args);
                return;
            }
            isset($methods[$word]) || self::error("'$word' is not a registered subcommand of '$name'. See 'wp help $name' for available subcommands.");
            $name .= " $word";
            $callable = [$callable, $methods[$word]];
        }
        $synopsis = new WP_CLI\Synopsis($callable, $args);
        if (!$synopsis->is_enough($words)) {
            self::line(rtrim("usage: wp $name {$synopsis->usage()}"));
            self::halt(1);
        }
        $too_many = $synopsis->too_many($words);
        $too_many === [] || self::error('Too many positional arguments: ' . implode(' ', $too_many));
        $errors = $synopsis->errors($assoc);
        $errors === [] || self::error("Parameter errors:\n " . implode("\n ", $errors));
        isset($args['before_invoke']) && ($args['before_invoke'])();
        $callable($words, $synopsis->defaults($assoc));
        isset($args['after_invoke']) && ($args['after_invoke'])();
    }

    /** @param array<string, string> $methods @param array<string, mixed> $args */
    private static function show_usage(string $name, object $class, array $methods, array $args): void
    {
        ksort($methods);
        $lead = 'usage: ';
        foreach ($methods as $word => $method) {
            self::line(rtrim("{$lead}wp $name $word " . (new WP_CLI\Synopsis([$class, $method], $args))->usage()));
            $lead = '   or: ';
        }
        self::line("\nSee 'wp help $name <command>' for more information on a specific command.");
    }

    /** @return array<string, string> word => method */
    private static function subcommands(object $class): array
    {
        $methods = [];
        foreach ((new ReflectionClass($class))->getMethods(ReflectionMethod::IS_PUBLIC) as $method) {
            if ($method->isStatic() || str_starts_with($method->name, '__')) {
                continue;
            }
            preg_match_all('/@(?:subcommand|alias)\s+(\S+)/', (string) $method->getDocComment(), $named);
            $words = $named[1];
            if (!str_contains((string) $method->getDocComment(), '@subcommand')) {
                $words[] = rtrim($method->name, '_');
            }
            foreach ($words as $word) {
                $methods[$word] = $method->name;
            }
        }
        return $methods;
    }

    /** @return array{0: list<string>, 1: array<string, string|bool>} */
    private static function parse(array $arguments): array
    {
        $words = $assoc = [];
        foreach ($arguments as $key => $argument) {
            if ($argument === '--') {
                return [[...$words, ...array_slice($arguments, $key + 1)], $assoc];
            }
            if (preg_match('/^--no-([^=]+)$/', $argument, $match)) {
                $assoc[$match[1]] = false;
            } elseif (preg_match('/^--([^=]+)(?:=(.*))?$/s', $argument, $match)) {
                $assoc[$match[1]] = $match[2] ?? true;
            } else {
                $words[] = $argument;
            }
        }
        return [$words, $assoc];
    }

    public static function line(string $message = ''): void
    {
        fwrite(STDOUT, "$message\n");
    }

    public static function log($message): void
    {
        self::line((string) $message);
    }

    public static function success($message): void
    {
        self::line("Success: $message");
    }

    public static function warning($message): void
    {
        fwrite(STDERR, 'Warning: ' . self::text($message) . "\n");
    }

    public static function debug($message, $group = false): void
    {
    }

    /** @param bool|int $exit true: 1; an int: that code; false: continue */
    public static function error($message, $exit = true): void
    {
        fwrite(STDERR, 'Error: ' . self::text($message) . "\n");
        if ($exit !== false) {
            self::halt($exit === true ? 1 : $exit);
        }
    }

    public static function error_multi_line(array $lines): void
    {
        fwrite(STDERR, implode("\n", $lines) . "\n");
    }

    public static function halt($code): void
    {
        exit((int) $code);
    }

    public static function confirm(string $question, array $assoc = []): void
    {
        if (!empty($assoc['yes'])) {
            return;
        }
        fwrite(STDOUT, "$question [y/n] ");
        if (strtolower(trim((string) fgets(STDIN))) !== 'y') {
            self::halt(0);
        }
    }

    public static function colorize(string $text): string
    {
        return (string) preg_replace('/%[a-zA-Z0-9]/', '', $text);
    }

    public static function print_value($value, array $assoc = []): void
    {
        self::line(match ($assoc['format'] ?? null) {
            'json' => json_encode($value),
            default => is_scalar($value) ? (string) $value : var_export($value, true),
        });
    }

    public static function add_hook(string $when, callable $callback): void
    {
        in_array($when, ['after_wp_load', 'before_wp_load'], true) && did_action('wp_loaded') && $callback();
    }

    private static function text($message): string
    {
        return is_wp_error($message) ? implode("\n", $message->get_error_messages()) : (string) $message;
    }
}

class WP_CLI_Command
{
}
