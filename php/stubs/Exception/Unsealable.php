<?php

namespace Sallyport\Exception;

/**
 * A sealed value does not open: another key, another owner, or altered.
 *
 * @since 0.1.0
 */
class Unsealable extends SallyportException
{
}
