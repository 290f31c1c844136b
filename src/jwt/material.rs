//! Key material: parsed, checked, and in the forms that `jsonwebtoken` takes.
//!
//! Everything weak is refused here, once, so that no other code has to check:
//! HMAC secrets that are shorter than the hash (RFC 7518 §3.2) or contain a PEM
//! key; RSA keys under 2048 bits, with an even exponent or one below 3 (§3.3), or
//! with a modulus that gives its primes away; EC points off their curve; Ed25519
//! keys that anyone can sign for.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize, PublicKey as RsaPublicKey};
use aws_lc_rs::signature::{
    self as aws, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, ParsedPublicKey,
};
use jsonwebtoken::{DecodingKey, EncodingKey};
use zeroize::Zeroizing;

use super::alg::{Alg, Family};
use super::key::{MAX_RSA_BITS, MIN_RSA_BITS};
use super::pem::BEGIN;
use crate::error::{Error, Result};
use crate::random;
use crate::secret::SecretBytes;

/// The key itself, in the forms `jsonwebtoken` takes.
#[derive(Debug)]
pub(crate) struct Material {
    pub(crate) signing: Option<EncodingKey>,
    pub(crate) verifying: DecodingKey,
    pub(crate) public: Public,
}

/// What may be published of a key.
#[derive(Debug)]
pub(crate) enum Public {
    /// Nothing: the secret itself is kept for sealing.
    Secret(SecretBytes),
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    Ec {
        x: Vec<u8>,
        y: Vec<u8>,
    },
    Ed {
        x: Vec<u8>,
    },
}

impl Material {
    /// An HMAC secret for `alg`.
    pub(crate) fn secret(alg: Alg, secret: &[u8]) -> Result<Self> {
        if alg.family() != Family::Hmac {
            return Err(Error::key("this algorithm does not take a secret"));
        }
        if secret.len() < alg.min_secret_bytes() {
            return Err(Error::key("the secret is shorter than the hash of its algorithm (RFC 7518 §3.2)"));
        }
        // The algorithm confusion of RFC 8725 §2.1, reversed: with a published key as the
        // secret, everyone could sign.
        if secret.windows(BEGIN.len()).any(|window| window == BEGIN) {
            return Err(Error::key("a PEM is not an HMAC secret"));
        }
        Ok(Self {
            signing: Some(EncodingKey::from_secret(secret)),
            verifying: DecodingKey::from_secret(secret),
            public: Public::Secret(SecretBytes::new(secret.to_vec())),
        })
    }

    pub(crate) fn rsa_public(key: &RsaPublicKey) -> Result<Self> {
        let n = key.modulus().big_endian_without_leading_zero().to_vec();
        let e = key.exponent().big_endian_without_leading_zero().to_vec();
        let bits = n.len() * 8 - n.first().map_or(0, |b| b.leading_zeros() as usize);
        if bits < MIN_RSA_BITS {
            return Err(Error::key("an RSA key needs at least 2048 bits (RFC 7518 §3.3)"));
        }
        if bits > MAX_RSA_BITS {
            return Err(Error::key("an RSA key has at most 8192 bits"));
        }
        if is_roca(&n) {
            return Err(Error::key("the RSA modulus gives its primes away (CVE-2017-15361)"));
        }
        if e == [1] || e.last().is_none_or(|b| b % 2 == 0) {
            return Err(Error::key("the RSA exponent must be odd and at least 3"));
        }
        Ok(Self { signing: None, verifying: DecodingKey::from_rsa_der(key.as_ref()), public: Public::Rsa { n, e } })
    }

    pub(crate) fn rsa_private(pair: &RsaKeyPair) -> Result<Self> {
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| refused())?;
        let public = Self::rsa_public(pair.public_key())?;
        Ok(Self { signing: Some(EncodingKey::from_rsa_der(der.as_ref())), ..public })
    }

    /// `point` is uncompressed: the byte 4, then both coordinates.
    pub(crate) fn ec_public(alg: Alg, point: &[u8]) -> Result<Self> {
        let curve = Curve::of(alg)?;
        let Some((4, coordinates)) = point.split_first() else { return Err(refused()) };
        if coordinates.len() != 2 * curve.coordinate_bytes {
            return Err(Error::key("the key is not on the curve of its algorithm"));
        }
        ParsedPublicKey::new(curve.verifying, point).map_err(|_| Error::key("the key is not a point of its curve"))?;
        let (x, y) = coordinates.split_at(curve.coordinate_bytes);
        Ok(Self {
            signing: None,
            verifying: DecodingKey::from_ec_der(point),
            public: Public::Ec { x: x.to_vec(), y: y.to_vec() },
        })
    }

    pub(crate) fn ec_private(alg: Alg, pair: &EcdsaKeyPair) -> Result<Self> {
        let der = pair.to_pkcs8v1().map_err(|_| refused())?;
        let public = Self::ec_public(alg, pair.public_key().as_ref())?;
        Ok(Self { signing: Some(EncodingKey::from_ec_der(der.as_ref())), ..public })
    }

    /// Whether 32 bytes are a point is checked by aws-lc when it verifies. For bytes that are none, no signature is valid.
    pub(crate) fn ed_public(x: &[u8]) -> Result<Self> {
        if x.len() != 32 {
            return Err(Error::key("an Ed25519 public key has 32 bytes"));
        }
        if is_low_order(x) {
            return Err(Error::key("anyone can sign for this Ed25519 key"));
        }
        Ok(Self { signing: None, verifying: DecodingKey::from_ed_der(x), public: Public::Ed { x: x.to_vec() } })
    }

    pub(crate) fn ed_private(pair: &Ed25519KeyPair) -> Result<Self> {
        let der = pair.to_pkcs8v1().map_err(|_| refused())?;
        let public = Self::ed_public(pair.public_key().as_ref())?;
        Ok(Self { signing: Some(EncodingKey::from_ed_der(der.as_ref())), ..public })
    }

    pub(crate) fn generate(alg: Alg) -> Result<Self> {
        let failed = |_| Error::Unavailable("the key could not be generated");
        match alg.family() {
            Family::Hmac => {
                let mut secret = Zeroizing::new(vec![0u8; alg.min_secret_bytes()]);
                random::fill(&mut secret)?;
                Self::secret(alg, &secret)
            }
            // aws-lc draws the primes from its own generator, which reseeds from
            // the operating system and notices a fork.
            Family::Rsa => Self::rsa_private(&RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?),
            Family::Ec => loop {
                let curve = Curve::of(alg)?;
                let mut scalar = Zeroizing::new(vec![0u8; curve.coordinate_bytes]);
                random::fill(&mut scalar)?;
                // aws-lc refuses zero and values above the group order, at odds of 2^-32;
                // then the next draw is used.
                if let Ok(pair) = curve.pair_of_scalar(&scalar) {
                    return Self::ec_private(alg, &pair);
                }
            },
            Family::Ed => {
                let seed = random::bytes::<32>()?;
                Self::ed_private(&Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(|_| refused())?)
            }
        }
    }
}

/// Whether an RSA modulus was generated by the library of CVE-2017-15361 ("ROCA").
/// Its primes are powers of 65537 modulo many small primes, and so is their
/// product. About one sound modulus in 2^28 looks the same.
fn is_roca(n: &[u8]) -> bool {
    const PRIMES: [u32; 38] = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
        109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
    ];
    PRIMES.iter().all(|prime| {
        let rest = n.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
        let powers = std::iter::successors(Some(1), |power| Some(power * 65_537 % prime).filter(|power| *power != 1));
        powers.into_iter().any(|power| power == rest)
    })
}

/// Whether an Ed25519 point has a small order, so that anyone can make signatures
/// for it without a private key. RFC 8032 §5.1.7 leaves this check to the verifier.
fn is_low_order(x: &[u8]) -> bool {
    const ORDER_8: [&[u8; 32]; 2] = [
        b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
        b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
    ];
    // The y of the point, without the sign of its x.
    let (Some(first), Some(middle), Some(last)) = (x.first(), x.get(1..31), x.get(31).map(|byte| byte & 0x7f)) else {
        return true;
    };
    // y = 0 and 1; y = -1; and 0 and 1 again, encoded as the field's prime and one above.
    let small = *first <= 1 && last == 0 && middle.iter().all(|byte| *byte == 0);
    let large = *first >= 0xec && last == 0x7f && middle.iter().all(|byte| *byte == 0xff);
    small || large || ORDER_8.iter().any(|point| x.get(..31) == point.get(..31) && point.get(31) == Some(&last))
}

pub(crate) fn refused() -> Error {
    Error::key("the key is malformed or does not fit its algorithm")
}

/// The constants of one NIST curve.
pub(crate) struct Curve {
    pub(crate) coordinate_bytes: usize,
    pub(crate) signing: &'static EcdsaSigningAlgorithm,
    verifying: &'static aws::EcdsaVerificationAlgorithm,
    /// RFC 5915 ECPrivateKey around a bare scalar: the bytes before and after it.
    sec1: (&'static [u8], &'static [u8]),
}

impl Curve {
    const P256: Self = Self {
        coordinate_bytes: 32,
        signing: &aws::ECDSA_P256_SHA256_FIXED_SIGNING,
        verifying: &aws::ECDSA_P256_SHA256_FIXED,
        sec1: (&[0x30, 0x31, 2, 1, 1, 4, 32], &[0xa0, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]),
    };
    const P384: Self = Self {
        coordinate_bytes: 48,
        signing: &aws::ECDSA_P384_SHA384_FIXED_SIGNING,
        verifying: &aws::ECDSA_P384_SHA384_FIXED,
        sec1: (&[0x30, 0x3e, 2, 1, 1, 4, 48], &[0xa0, 7, 6, 5, 0x2b, 0x81, 4, 0, 0x22]),
    };

    pub(crate) fn of(alg: Alg) -> Result<Self> {
        match alg {
            Alg::Es256 => Ok(Self::P256),
            Alg::Es384 => Ok(Self::P384),
            _ => Err(Error::key("this algorithm does not take an EC key")),
        }
    }

    fn pair_of_scalar(&self, scalar: &[u8]) -> Result<EcdsaKeyPair> {
        let der = Zeroizing::new([self.sec1.0, scalar, self.sec1.1].concat());
        EcdsaKeyPair::from_private_key_der(self.signing, &der).map_err(|_| refused())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_resembles_a_point_of_low_order_is_none() {
        let (zero, minus_one) = ([0; 32], [&[0xec][..], &[0xff; 30], &[0x7f]].concat());
        assert!(is_low_order(&zero) && is_low_order(&minus_one));
        let but = |point: &[u8], at: usize, byte: u8| {
            let mut other = point.to_vec();
            other[at] = byte;
            is_low_order(&other)
        };
        assert!(but(&zero, 0, 1) && but(&zero, 31, 0x80) && but(&minus_one, 0, 0xee) && but(&minus_one, 31, 0xff));
        for (at, byte) in [(0, 2), (15, 1), (31, 1)] {
            assert!(!but(&zero, at, byte), "{at}");
        }
        for (at, byte) in [(0, 0xeb), (15, 0xfe), (31, 0x7e)] {
            assert!(!but(&minus_one, at, byte), "{at}");
        }
        let of_order_8 = b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05";
        assert!(is_low_order(of_order_8) && !but(of_order_8, 0, 0x27) && !but(of_order_8, 31, 6));
    }
}
