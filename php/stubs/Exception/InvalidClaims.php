<?php

namespace Sallyport\Exception;

/**
 * Claims cannot be written as JSON, or a time among them is not a number.
 *
 * @since 0.1.0
 */
class InvalidClaims extends SallyportException
{
}
