<?php

declare(strict_types=1);

namespace Sallyport\Bench;

/** The available libraries to compare Sallyport with: those of `--peer NAME=FOLDER`, and Debian's packages. */
final class Peers
{
    /** Name => prefix of its classes, and their place in its folder. */
    private const GIVEN = [
        'firebase' => ['Firebase\\JWT\\', 'src'],
        'lcobucci' => ['Lcobucci\\JWT\\', 'src'],
        'otphp' => ['OTPHP\\', 'src'],
        'google2fa' => ['PragmaRX\\Google2FA\\', 'src'],
        'robthree' => ['RobThree\\Auth\\', 'lib'],
        // Their dependencies.
        'constant-time' => ['ParagonIE\\ConstantTime\\', 'src'],
        'psr-clock' => ['Psr\\Clock\\', 'src'],
    ];

    private const PACKAGED = ['bacon' => 'Bacon/BaconQrCode/autoload.php', 'christian-riesen' => 'ChristianRiesen/Otp/autoload.php'];

    /** @var list<string> */
    public readonly array $names;

    /** @param array<string, string> $folders name => folder */
    public function __construct(array $folders)
    {
        foreach ($folders as $name => $folder) {
            if (!isset(self::GIVEN[$name]) || !is_dir("$folder/" . self::GIVEN[$name][1])) {
                throw new \InvalidArgumentException("--peer $name=$folder: known are " . implode(', ', array_keys(self::GIVEN)) . ', each with the folder its source is in');
            }
        }
        spl_autoload_register(static function (string $class) use ($folders): void {
            foreach ($folders as $name => $folder) {
                [$prefix, $path] = self::GIVEN[$name];
                $file = "$folder/$path/" . strtr(substr($class, strlen($prefix)), '\\', '/') . '.php';
                if (str_starts_with($class, $prefix) && is_file($file)) {
                    require_once $file;
                }
            }
        });
        $packaged = array_filter(self::PACKAGED, static fn (string $file): bool => stream_resolve_include_path($file) !== false);
        foreach ($packaged as $file) {
            require_once $file;
        }
        $this->names = [...array_keys($folders), ...array_keys($packaged)];
    }

    public function has(string $name): bool
    {
        return in_array($name, $this->names, true);
    }
}
