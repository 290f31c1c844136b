<?php

namespace Sallyport\Exception;

/**
 * A key is weak, malformed, of the wrong kind, or may not be used this way.
 *
 * @since 0.1.0
 */
class InvalidKey extends SallyportException
{
}
