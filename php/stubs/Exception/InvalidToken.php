<?php

namespace Sallyport\Exception;

/**
 * A token is not acceptable. The message starts with the reason ("expired: the
 * token has expired"); branch on {@see reason()}, which is stable.
 *
 * @since 0.1.0
 */
class InvalidToken extends SallyportException
{
    /**
     * @return 'malformed'|'algorithm'|'unknown_key'|'signature'|'expired'|'not_yet_valid'|'issuer'|'audience'|'type'|'claim_missing'
     */
    public function reason(): string
    {
        throw new \Error('The extension "sallyport" is not loaded.');
    }
}
