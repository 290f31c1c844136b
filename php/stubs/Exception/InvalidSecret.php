<?php

namespace Sallyport\Exception;

/**
 * A TOTP secret is not base32, or not of 10 to 256 bytes.
 *
 * @since 0.1.0
 */
class InvalidSecret extends SallyportException
{
}
