<?php

declare(strict_types=1);

namespace Sallyport\Bench;

use function Sallyport\{totp_secret, totp_verify};

/**
 * A wrong TOTP code, for which every library tries all three steps: the previous, the current and the next.
 *
 * @return list<Row>
 */
return static function (Peers $peers): array {
    $now = time();
    $secret = totp_secret();
    $wrong = '000000';
    while (totp_verify($secret, $wrong, $now) !== null) {
        $wrong = sprintf('%06d', random_int(0, 999999));
    }
    $others = [];
    if ($peers->has('google2fa')) {
        $google2fa = new \PragmaRX\Google2FA\Google2FA();
        $others['google2fa'] = static fn () => $google2fa->verifyKey($secret, $wrong, 1, intdiv($now, 30));
    }
    if ($peers->has('otphp') && $peers->has('constant-time') && interface_exists('Psr\\Clock\\ClockInterface')) {
        $clock = new class implements \Psr\Clock\ClockInterface {
            public function now(): \DateTimeImmutable
            {
                return new \DateTimeImmutable();
            }
        };
        $otphp = \OTPHP\TOTP::createFromSecret($secret, $clock);
        $others['otphp'] = static fn () => $otphp->verify($wrong, $now, 29);
    }
    if ($peers->has('robthree')) {
        $robthree = new \RobThree\Auth\TwoFactorAuth(new \RobThree\Auth\Providers\Qr\QRServerProvider());
        $others['robthree'] = static fn () => $robthree->verifyCode($secret, $wrong, 1, $now);
    }
    if ($peers->has('christian-riesen')) {
        $riesen = new \Otp\Otp();
        $raw = \Base32\Base32::decode($secret);
        $others['christian-riesen'] = static fn () => $riesen->checkTotp($raw, $wrong, 1);
    }
    $key = random_bytes(20);
    $others['three hash_hmac'] = static function () use ($key, $now): void {
        for ($step = -1; $step <= 1; $step++) {
            hash_hmac('sha1', pack('J', intdiv($now, 30) + $step), $key, true);
        }
    };
    return [
        new Row(
            'TOTP, wrong code, ±1',
            static fn () => totp_verify($secret, $wrong, $now),
            $others,
            ['google2fa' => [20.0, 14.0], 'otphp' => [24.0, 18.0], 'three hash_hmac' => 3.0],
        ),
    ];
};
