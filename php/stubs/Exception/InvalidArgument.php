<?php

namespace Sallyport\Exception;

/**
 * A value is outside its documented range: a mistake of the calling code.
 *
 * @since 0.1.0
 */
class InvalidArgument extends SallyportException
{
}
