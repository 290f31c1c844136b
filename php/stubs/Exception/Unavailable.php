<?php

namespace Sallyport\Exception;

/**
 * The machine gave no randomness or no memory. Nothing was decided: refuse.
 *
 * @since 0.1.0
 */
class Unavailable extends SallyportException
{
}
