<?php

/*
 * What Reflection knows of the namespace Sallyport. Run as a script without the
 * extension, it describes the stubs; included, it describes the loaded extension.
 */

declare(strict_types=1);

/** @return array<string, mixed> */
function describe_function(ReflectionFunctionAbstract $function): array
{
    $parameters = [];
    foreach ($function->getParameters() as $parameter) {
        $attributes = array_map(static fn (ReflectionAttribute $a): string => $a->getName(), $parameter->getAttributes());
        $parameters[$parameter->getName()] = [
            'type' => (string) $parameter->getType(),
            'optional' => $parameter->isOptional(),
            'default' => $parameter->isDefaultValueAvailable() ? var_export($parameter->getDefaultValue(), true) : null,
            'attributes' => $attributes,
        ];
    }
    return ['parameters' => $parameters, 'returns' => (string) $function->getReturnType(), 'required' => $function->getNumberOfRequiredParameters()];
}

/**
 * @param list<ReflectionFunction> $functions
 * @param list<ReflectionClass<object>> $classes
 * @return array<string, mixed>
 */
function describe(array $functions, array $classes): array
{
    $described = [];
    foreach ($functions as $function) {
        $described[$function->getName() . '()'] = describe_function($function);
    }
    foreach ($classes as $class) {
        $methods = [];
        foreach ($class->getMethods() as $method) {
            if ($method->getDeclaringClass()->getName() === $class->getName()) {
                $methods[$method->getName()] = ['modifiers' => Reflection::getModifierNames($method->getModifiers())] + describe_function($method);
            }
        }
        ksort($methods);
        $described[$class->getName()] = [
            'modifiers' => Reflection::getModifierNames($class->getModifiers()),
            'parent' => $class->getParentClass() ? $class->getParentClass()->getName() : null,
            'constants' => $class->getConstants(),
            'properties' => array_map(static fn (ReflectionProperty $p): string => $p->getName(), array_filter(
                $class->getProperties(),
                static fn (ReflectionProperty $p): bool => $p->getDeclaringClass()->getName() === $class->getName(),
            )),
            'methods' => $methods,
        ];
    }
    ksort($described);
    return $described;
}

if (isset($argv[0]) && realpath($argv[0]) === __FILE__) {
    $stubs = dirname(__DIR__) . '/stubs';
    require "$stubs/Exception/SallyportException.php";
    foreach (array_merge((array) glob("$stubs/Exception/*.php"), (array) glob("$stubs/*.php")) as $file) {
        require_once (string) $file;
    }
    $ours = static fn (string $name): bool => stripos($name, 'sallyport\\') === 0;
    $functions = array_map(static fn (string $name) => new ReflectionFunction($name), array_values(array_filter(get_defined_functions()['user'], $ours)));
    $classes = array_map(static fn (string $name) => new ReflectionClass($name), array_values(array_filter(get_declared_classes(), $ours)));
    $all = [...$functions, ...$classes];
    foreach ($classes as $class) {
        array_push($all, ...array_filter($class->getMethods(), static fn (ReflectionMethod $method): bool => $method->isUserDefined()));
    }
    $undocumented = array_filter($all, static fn (Reflector $of): bool => $of->getDocComment() === false);
    echo json_encode([
        'described' => describe($functions, $classes),
        'undocumented' => array_values(array_map(static fn (Reflector $of): string => ($of->class ?? '') . ' ' . $of->getName(), $undocumented)),
    ], JSON_THROW_ON_ERROR);
}
