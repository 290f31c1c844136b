<?php

namespace Sallyport\Exception;

/**
 * What every exception of the extension extends.
 *
 * @since 0.1.0
 */
class SallyportException extends \Exception
{
}
