<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

/** Code that is allowed in one place only. */
final class OnePlaceTest extends TestCase
{
    public function test_only_the_store_names_wpdb(): void
    {
        $this->only('~^src/Store/~', static fn (Source $file): bool => preg_match('/\$wpdb\b|\bwpdb\b|GLOBALS\[\s*.wpdb/', self::code($file)) === 1);
    }

    public function test_only_the_engine_calls_the_extension(): void
    {
        $this->only('~^src/(Engine|PurposeKeys)\.php$~', static fn (Source $file): bool => self::extension($file, functions: true) !== []);
    }

    public function test_classes_of_the_extension_are_named_only_by_the_engine_and_what_holds_a_keyring(): void
    {
        $this->only('~^src/(Engine|PurposeKeys|Token/\w+)\.php$~', static fn (Source $file): bool => self::extension($file, functions: false) !== []);
    }

    public function test_only_hooks_hooks(): void
    {
        // OneShot's filter lives for one call, and is removed in `finally`.
        $this->only('~^src/(\w*Hooks|Issuer/OneShot)\.php$~', static fn (Source $file): bool => $file->calls('add_action', 'add_filter') !== []);
    }

    public function test_one_shot_removes_the_filters_it_adds(): void
    {
        $file = Source::all()['src/Issuer/OneShot.php'];
        self::assertCount(count($file->calls('add_filter')), $file->calls('remove_filter'));
        self::assertMatchesRegularExpression('/finally\s*{\s*remove_filter/', $file->text);
    }

    public function test_a_proof_is_made_from_a_code_by_the_verifier_alone(): void
    {
        $this->only('~^src/Challenge/Verifier\.php$~', static fn (Source $file): bool => $file->statics('Proof', 'verified') !== []);
    }

    public function test_a_proof_is_restored_from_a_claim_or_a_record_of_a_login_alone(): void
    {
        $this->only(
            '~^src/(Token/ProofClaim|Token/Families|Token/InheritedProofs|Gate/SessionProof)\.php$~',
            static fn (Source $file): bool => $file->statics('Proof', 'restored') !== [],
        );
    }

    public function test_only_route_registers_routes(): void
    {
        $this->only('~^src/Rest/Routes\.php$~', static fn (Source $file): bool => $file->calls('register_rest_route') !== []);
    }

    /** On some hosts the function does not exist, and a call is a fatal error. */
    public function test_only_php_asks_for_what_hosts_turn_off_or_leave_out(): void
    {
        $this->only(
            '~^src/Php\.php$~',
            static fn (Source $file): bool => $file->calls(
                'getenv',
                'error_log',
                'ignore_user_abort',
                'mb_strtolower',
                'mb_strtoupper',
                'mb_strcut',
                'mb_check_encoding',
                'mb_strpos',
                'mb_strrpos',
                'mb_convert_case',
                'set_time_limit',
                'putenv',
                'ini_set',
                'getmypid',
            ) !== [],
        );
    }

    /** Otherwise core keeps the options of all of them in memory. Health reads as little as possible from a store that fails, and SiteUsers frees all of it itself. */
    public function test_visiting_every_site_goes_through_each(): void
    {
        $this->only(
            '~^src/(Store/Health|Gate/PolicyReach)\.php$~',
            static fn (Source $file): bool => preg_match('/foreach \( (?!Blog::each\().*Blog::(all|of_network)\(/', $file->text) === 1,
        );
    }

    public function test_only_the_composition_root_makes_services(): void
    {
        preg_match_all('/^\tuse (\w+);/m', Source::all()['src/Plugin.php']->text, $traits);
        $root = ['src/Plugin.php', ...array_map(static fn (string $trait): string => "src/$trait.php", $traits[1])];
        $services = array_diff(array_keys(array_merge(...array_map(static fn (string $path): array => Source::all()[$path]->made(), $root))), ['self']);
        self::assertGreaterThan(20, count($services));
        $wrong = [];
        foreach (Source::all() as $file) {
            foreach (in_array($file->path, $root, true) ? [] : $file->made() as $class => $line) {
                // The plugin's own class names; WP_Error and the like are values.
                if (in_array($class, $services, true)) {
                    $wrong[] = "$file->path:$line makes $class";
                }
            }
        }
        self::assertSame([], $wrong);
    }

    /** @param callable(Source): bool $says */
    private function only(string $where, callable $says): void
    {
        $files = array_keys(array_filter(Source::all(), $says));
        self::assertNotSame([], preg_grep($where, $files), 'the rule looks for something that does not exist');
        self::assertSame([], array_values(preg_grep($where, $files, PREG_GREP_INVERT)));
    }

    private static function code(Source $file): string
    {
        return implode(' ', array_column($file->tokens, 'text'));
    }

    /** @return list<string> names in the extension's namespace: its functions, or its classes */
    private static function extension(Source $file, bool $functions): array
    {
        $names = array_filter(
            array_column(array_filter($file->tokens, static fn (\PhpToken $token): bool => $token->is([T_NAME_QUALIFIED, T_NAME_FULLY_QUALIFIED])), 'text'),
            static fn (string $name): bool => preg_match('~^\\\\?Sallyport\\\\(?!WP\b)~', $name) === 1,
        );
        return array_values(array_filter($names, static fn (string $name): bool => ctype_lower(explode('\\', ltrim($name, '\\'))[1][0]) === $functions));
    }
}
