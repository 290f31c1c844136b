<?php

declare(strict_types=1);

namespace Sallyport\Tests\Races;

use Sallyport\Tests\Elsewhere;

require_once __DIR__ . '/OtherPluginTestCase.php';

/** Users of Two Factor. */
final class TwoFactorPluginTest extends OtherPluginTestCase
{
    protected const PLUGIN = Elsewhere::TWO_FACTOR;
    protected const TOTP = 'Two_Factor_Totp';
}
