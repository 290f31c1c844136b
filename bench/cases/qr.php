<?php

declare(strict_types=1);

namespace Sallyport\Bench;

use function Sallyport\{qr_svg, totp_uri};

/**
 * The QR code of an otpauth URI of 143 characters.
 *
 * @return list<Row>
 */
return static function (Peers $peers): array {
    $uri = totp_uri('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', 'ada.lovelace@example.test', 'An Example Site');
    $others = [];
    if ($peers->has('bacon')) {
        $writer = new \BaconQrCode\Writer(
            new \BaconQrCode\Renderer\ImageRenderer(
                new \BaconQrCode\Renderer\RendererStyle\RendererStyle(300),
                new \BaconQrCode\Renderer\Image\SvgImageBackEnd(),
            ),
        );
        $others['bacon'] = static fn () => $writer->writeString($uri);
    }
    return [
        new Row('QR code, SVG', static fn () => qr_svg($uri), $others, ['bacon' => 30.0], 60),
    ];
};
