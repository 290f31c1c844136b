//! Keys in PEM (RFC 7468).
//!
//! Read strictly: one key per text, its structure named by the label, nothing after
//! it, and no search for anything that looks like a key inside. Certificates are
//! refused, because nothing here checks their issuer or their expiry.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, PublicKey as RsaPublicKey};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair};
use data_encoding::BASE64;
use once_cell::sync::Lazy;
use zeroize::Zeroizing;

use super::alg::{Alg, Family};
use super::cache::{Cache, Fingerprint, fingerprint};
use super::material::{Curve, Material};
use crate::error::{Error, Result};

/// The start of every block (RFC 7468 §2).
pub(crate) const BEGIN: &[u8] = b"-----BEGIN ";
/// Longest PEM accepted, in bytes; an 8192-bit RSA private key has about 6400.
const MAX_BYTES: usize = 16 * 1024;

// SubjectPublicKeyInfo up to the key bits (RFC 5480 §2, RFC 8410 §4). DER has only
// one encoding for each, so comparing bytes is enough to parse it.
const SPKI_P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 3,
    0x42, 0,
];
const SPKI_P384: &[u8] =
    &[0x30, 0x76, 0x30, 0x10, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 5, 0x2b, 0x81, 4, 0, 0x22, 3, 0x62, 0];
const SPKI_ED25519: &[u8] = &[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

static PARSED: Lazy<Cache<Fingerprint, Material>> = Lazy::new(Cache::new);

/// As [`parse`], but only once per process for each text.
pub(crate) fn parse_cached(alg: Alg, text: &[u8]) -> Result<Arc<Material>> {
    if text.len() > MAX_BYTES {
        return Err(Error::key("the PEM is too long"));
    }
    PARSED.get_or_parse(&fingerprint(&[alg.name().as_bytes(), text]), || parse(alg, text))
}

/// The label and the DER of the one key in the text.
fn the_key(text: &[u8]) -> Result<(String, Zeroizing<Vec<u8>>)> {
    let blocks = pem::parse_many(text).map_err(|_| Error::key("the key is not PEM"))?;
    // The parser silently skips a block it cannot read, and everything after it.
    if blocks.len() != text.windows(BEGIN.len()).filter(|window| *window == BEGIN).count() {
        return Err(Error::key("the key is not PEM"));
    }
    let blocks = blocks
        .into_iter()
        .map(|block| (block.tag().to_owned(), block.headers().iter().count(), Zeroizing::new(block.into_contents())));
    // `openssl ecparam -genkey` writes the curve before the key.
    let mut keys = blocks.filter(|(label, ..)| label != "EC PARAMETERS");
    let (Some((label, headers, der)), None) = (keys.next(), keys.next()) else {
        return Err(Error::key("the PEM must hold exactly one key"));
    };
    if headers > 0 || label == "ENCRYPTED PRIVATE KEY" {
        return Err(Error::key("encrypted PEM is not supported; decrypt the key first"));
    }
    if !is_one_sequence(&der) {
        return Err(Error::key("the PEM holds something else than one DER structure"));
    }
    Ok((label, der))
}

fn parse(alg: Alg, text: &[u8]) -> Result<Material> {
    let (label, der) = the_key(text)?;
    let der = der.as_slice();
    match (label.as_str(), alg.family()) {
        (_, Family::Hmac) => Err(Error::key("this algorithm takes a secret, not a PEM")),
        ("PRIVATE KEY", Family::Rsa) => Material::rsa_private(&RsaKeyPair::from_pkcs8(der).map_err(unfit)?),
        ("RSA PRIVATE KEY", Family::Rsa) => Material::rsa_private(&RsaKeyPair::from_der(der).map_err(unfit)?),
        ("PUBLIC KEY" | "RSA PUBLIC KEY", Family::Rsa) => {
            let key = RsaPublicKey::from_der(der).map_err(unfit)?;
            // aws-lc accepts either structure under either label, and keys for RSASSA-PSS only.
            // A key that re-encodes to other bytes was one of those.
            let spki: PublicKeyX509Der<'_> = key.as_der().map_err(unfit)?;
            let meant = if label == "PUBLIC KEY" { spki.as_ref() } else { key.as_ref() };
            if der != meant {
                return Err(unfit(()));
            }
            Material::rsa_public(&key)
        }
        ("PRIVATE KEY", Family::Ec) => {
            Material::ec_private(alg, &EcdsaKeyPair::from_pkcs8(Curve::of(alg)?.signing, der).map_err(unfit)?)
        }
        ("EC PRIVATE KEY", Family::Ec) => {
            Material::ec_private(alg, &EcdsaKeyPair::from_private_key_der(Curve::of(alg)?.signing, der).map_err(unfit)?)
        }
        ("PUBLIC KEY", Family::Ec) => {
            Material::ec_public(alg, der.strip_prefix(ec_prefix(alg)).ok_or_else(|| unfit(()))?)
        }
        ("PRIVATE KEY", Family::Ed) => Material::ed_private(&Ed25519KeyPair::from_pkcs8(der).map_err(unfit)?),
        ("PUBLIC KEY", Family::Ed) => Material::ed_public(der.strip_prefix(SPKI_ED25519).ok_or_else(|| unfit(()))?),
        ("CERTIFICATE", _) => Err(Error::key("a certificate is not a key; extract its public key")),
        _ => Err(unfit(())),
    }
}

/// A DER SEQUENCE with its length in the shortest form, and nothing after it
/// (X.690 §10.1).
fn is_one_sequence(der: &[u8]) -> bool {
    let Some((0x30, rest)) = der.split_first() else { return false };
    match rest {
        [0x82, high @ 1..=0xff, low, content @ ..] => content.len() == usize::from(*high) * 256 + usize::from(*low),
        [0x81, length @ 0x80..=0xff, content @ ..] | [length @ 0..=0x7f, content @ ..] => {
            content.len() == usize::from(*length)
        }
        _ => false,
    }
}

fn unfit<E>(_: E) -> Error {
    Error::key("the PEM holds no key for this algorithm, or a weak one")
}

fn ec_prefix(alg: Alg) -> &'static [u8] {
    if alg == Alg::Es384 { SPKI_P384 } else { SPKI_P256 }
}

pub(crate) fn ec_spki(alg: Alg, x: &[u8], y: &[u8]) -> Vec<u8> {
    [ec_prefix(alg), &[4], x, y].concat()
}

pub(crate) fn ed_spki(x: &[u8]) -> Vec<u8> {
    [SPKI_ED25519, x].concat()
}

/// One PEM block with lines of 64 characters.
pub(crate) fn write(label: &str, der: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(BASE64.encode(der));
    let mut out = Zeroizing::new(String::with_capacity(body.len() + body.len() / 64 + 64));
    out.push_str("-----BEGIN ");
    out.push_str(label);
    out.push_str("-----\n");
    for (i, c) in body.chars().enumerate() {
        if i > 0 && i % 64 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out.push_str("\n-----END ");
    out.push_str(label);
    out.push_str("-----\n");
    out
}
