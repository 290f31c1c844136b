<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Elsewhere;

require_once __DIR__ . '/OtherPluginTestCase.php';

/** Users of WP 2FA. */
final class Wp2faTest extends OtherPluginTestCase
{
    protected const PLUGIN = Elsewhere::WP_2FA;
    protected const TOTP = 'totp';
}
