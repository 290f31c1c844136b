<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;

/** The stubs describe the extension: names, types, defaults, attributes, and nothing more. */
final class StubsTest extends TestCase
{
    /** @return array{described: array<string, mixed>, undocumented: list<string>} */
    private function stubs(): array
    {
        $output = (string) shell_exec(escapeshellarg(PHP_BINARY) . ' -n ' . escapeshellarg(__DIR__ . '/describe.php') . ' 2>&1');
        return json_decode($output, true, 64, JSON_THROW_ON_ERROR);
    }

    /** @return array<string, mixed> */
    private function loaded(): array
    {
        $extension = new ReflectionExtension('sallyport');
        $described = describe(array_values($extension->getFunctions()), array_values($extension->getClasses()));
        return json_decode(json_encode($described, JSON_THROW_ON_ERROR), true, 64, JSON_THROW_ON_ERROR);
    }

    public function test_the_stubs_are_what_is_loaded(): void
    {
        $stubs = $this->stubs()['described'];
        $loaded = $this->loaded();
        self::assertSame(array_keys($stubs), array_keys($loaded));
        foreach ($loaded as $name => $described) {
            self::assertSame($stubs[$name], $described, $name);
        }
    }

    public function test_the_api_of_the_design_is_there(): void
    {
        $functions = array_keys((new ReflectionExtension('sallyport'))->getFunctions());
        sort($functions);
        $design = ['backup_code_verify', 'backup_codes', 'jws_verify', 'jwt_peek', 'jwt_sign', 'jwt_verify', 'mac', 'mac_verify',
            'otp_code', 'purpose_key', 'qr_svg', 'seal', 'totp_code', 'totp_secret', 'totp_uri', 'totp_verify', 'unseal', 'wp2fa_unseal'];
        self::assertSame(array_map(static fn (string $name): string => "Sallyport\\$name", $design), $functions);
    }

    public function test_secret_parameters_of_any_name_are_marked(): void
    {
        $secret = ['secret', 'code', 'key', 'token', 'master', 'plaintext', 'pem', 'json', 'message', 'mac', 'text'];
        $extension = new ReflectionExtension('sallyport');
        $all = array_values($extension->getFunctions());
        foreach ($extension->getClasses() as $class) {
            if ($class->isFinal()) {
                $all = array_merge($all, $class->getMethods());
            }
        }
        foreach ($all as $function) {
            foreach ($function->getParameters() as $parameter) {
                if (in_array($parameter->getName(), $secret, true)) {
                    self::assertCount(1, $parameter->getAttributes(SensitiveParameter::class), "{$function->getName()} \${$parameter->getName()}");
                }
            }
        }
    }

    public function test_every_function_class_and_method_is_documented(): void
    {
        self::assertSame([], $this->stubs()['undocumented']);
    }
}
