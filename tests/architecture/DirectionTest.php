<?php

declare(strict_types=1);

namespace Sallyport\Tests\Architecture;

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/Source.php';

/** Calls go one way (docs/architecture.md). */
final class DirectionTest extends TestCase
{
    /** Room => the rooms it may name. */
    private const MAY = [
        'Engine' => ['Store', 'PurposeKeys'],
        'PurposeKeys' => ['Store'],
        'Problem' => ['Store'],
        'Refusal' => ['Store'],
        'Client' => ['Store'],
        'Headlesskey' => ['Store'],
        'Limits' => ['Store', 'Activity'],
        'Namespaces' => ['Store'],
        'Store' => ['Engine'],
        'Activity' => ['Store', 'Engine'],
        'Webhook' => ['Store', 'Engine', 'Activity'],
        'Factor' => ['Store', 'Engine', 'Activity'],
        'Issuer' => ['Store', 'Engine', 'Activity', 'Token', 'Device'],
        'Challenge' => ['Store', 'Engine', 'Activity', 'Factor'],
        'Token' => ['Store', 'Engine', 'Activity'],
        'Sso' => ['Store', 'Engine', 'Activity', 'Token'],
        'Device' => ['Store', 'Engine', 'Activity'],
        'Notice' => ['Store', 'Engine', 'Activity', 'Factor', 'Challenge', 'Device'],
        'Accounts' => ['Store', 'Engine', 'Activity'],
        'Gate' => ['Store', 'Engine', 'Activity', 'Factor', 'Issuer', 'Challenge', 'Token', 'Device'],
        'Probe' => ['Store', 'Engine', 'Activity', 'Factor', 'Issuer', 'Gate'],
        'Enrolment' => ['Store', 'Engine', 'Activity', 'Factor', 'Challenge', 'Gate', 'Token', 'Device'],
    ];

    /** Classes that all rooms may name: values, and exceptions. */
    private const VALUES = [
        'Code', 'Refusal', 'Problem', 'Digits', 'Masked', 'Fields', 'Address', 'AfterAnswer', 'Blog', 'Client',
        'Headlesskey', 'Limits', 'Mailer', 'Name', 'Namespaces', 'OwnPage', 'Php', 'SealedSecret', 'Template',
        'VERSION', 'SCHEMA', 'PLUGIN_FILE', 'Challenge\\Proof', 'Probe\\Knock', 'Settings\\Words',
        'Security\\Assets', 'Security\\Form', 'Security\\View',
    ];

    /** Their own rooms call everything below; nothing calls them. */
    private const SCREENS = ['Rest', 'Login', 'Admin', 'Security', 'Settings', 'Privacy', 'Cli', 'Bridge'];

    /** Not rooms: they put the others together. */
    private const ROOTS = [
        'Plugin', 'Answering', 'Configuring', 'Deciding', 'Issuing', 'Keeping',
        'Hooks', 'GateHooks', 'AdminHooks', 'LoginHooks', 'BridgeHooks', 'GraphqlHooks', 'SimpleJwtHooks',
        'Setup', 'Revocation', 'Leftovers', 'Housekeeping', 'Reseal', 'Uninstall', 'uninstall', 'autoload', 'sallyport', 'functions',
    ];

    public function test_a_room_names_only_the_rooms_below_it(): void
    {
        $wrong = [];
        foreach (Source::all() as $file) {
            foreach ($file->uses() as $name) {
                if (!$this->may($file, $name)) {
                    $wrong[] = "{$file->name()} names $name";
                }
            }
        }
        self::assertSame([], $wrong);
    }

    public function test_a_factor_never_sees_an_issuer(): void
    {
        foreach (Source::all() as $file) {
            if ($file->room() === 'Factor') {
                self::assertSame([], preg_grep('~^(Issuer|Gate|Token|Challenge)\\\\~', $file->uses()), $file->path);
            }
        }
    }

    public function test_every_folder_is_a_known_room(): void
    {
        $known = [...array_keys(self::MAY), ...self::SCREENS, ...self::ROOTS, ...self::VALUES];
        $rooms = array_unique(array_map(static fn (Source $file): string => $file->room(), array_values(Source::all())));
        self::assertSame([], array_values(array_diff($rooms, $known, ['templates'])), 'add the room to the list');
    }

    private function may(Source $file, string $name): bool
    {
        $from = $file->room();
        $to = explode('\\', $name)[0];
        return in_array($name, self::VALUES, true)
            || $to === $from
            || in_array($from, self::ROOTS, true)
            || (in_array($from, self::SCREENS, true) ? !in_array($to, self::SCREENS, true) : in_array($to, self::MAY[$from] ?? [], true));
    }
}
