//! A key, bound to one algorithm for good (RFC 8725 §3.1).

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicKey as RsaPublicKey;
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use super::alg::Alg;
use super::material::{Material, Public, refused};
use super::{cache, jwk, pem};
use crate::error::{Error, Result};

/// Smallest RSA modulus, in bits (RFC 7518 §3.3).
pub const MIN_RSA_BITS: usize = 2048;
/// Largest RSA modulus, in bits: the largest aws-lc verifies with.
pub const MAX_RSA_BITS: usize = 8192;
/// Longest `kid`, in bytes.
pub const MAX_KID_BYTES: usize = 255;

/// A key for one algorithm. Clones share the key material.
#[derive(Clone, Debug)]
pub struct Key {
    alg: Alg,
    kid: String,
    uses: Uses,
    material: Arc<Material>,
}

/// What a JWK's `use` and `key_ops` allow (RFC 7517 §4.2, §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Uses {
    pub(crate) sign: bool,
    pub(crate) verify: bool,
}

impl Uses {
    pub(crate) const ALL: Self = Self { sign: true, verify: true };
}

impl Key {
    /// From an HMAC secret.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for another algorithm than HS256, HS384, HS512, a
    /// secret shorter than its hash, or a PEM.
    pub fn from_secret(alg: Alg, secret: &[u8], kid: Option<&[u8]>) -> Result<Self> {
        Self::new(alg, Arc::new(Material::secret(alg, secret)?), kid, Uses::ALL)
    }

    /// From a PEM: PKCS#8, PKCS#1 or SEC 1 private keys, SPKI or PKCS#1 public
    /// keys, unencrypted. Parsed only once per process, as long as it stays cached.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if it is none of these, weak, or does not fit `alg`.
    pub fn from_pem(alg: Alg, text: &[u8], kid: Option<&[u8]>) -> Result<Self> {
        Self::new(alg, pem::parse_cached(alg, text)?, kid, Uses::ALL)
    }

    /// From one JSON Web Key (RFC 7517). `use`, `key_ops` and `alg` are honoured.
    /// A JWK without `alg` is bound to the `alg` given here, or to the usual one of
    /// its type (HS256, RS256, ES256, ES384, EdDSA).
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if it is malformed, weak, unsupported, or not for
    /// signatures.
    pub fn from_jwk(json: &[u8], alg: Option<Alg>) -> Result<Self> {
        jwk::parse(json, alg)
    }

    /// A fresh key.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without randomness.
    pub fn generate(alg: Alg, kid: Option<&[u8]>) -> Result<Self> {
        Self::new(alg, Arc::new(Material::generate(alg)?), kid, Uses::ALL)
    }

    pub(crate) fn new(alg: Alg, material: Arc<Material>, kid: Option<&[u8]>, uses: Uses) -> Result<Self> {
        cache::install();
        let kid = match kid {
            Some(given) => std::str::from_utf8(given)
                .ok()
                .filter(|kid| (1..=MAX_KID_BYTES).contains(&kid.len()) && !kid.chars().any(char::is_control))
                .ok_or_else(|| Error::key("a kid is 1 to 255 bytes of UTF-8 without control characters"))?
                .to_owned(),
            None => default_kid(&material.public),
        };
        Ok(Self { alg, kid, uses, material })
    }

    /// The algorithm it is bound to.
    #[must_use]
    pub fn alg(&self) -> Alg {
        self.alg
    }

    /// Its name in headers. The default is the RFC 7638 thumbprint, or for a secret
    /// a short HMAC under it.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Whether it is a shared secret.
    #[must_use]
    pub fn is_symmetric(&self) -> bool {
        matches!(self.material.public, Public::Secret(_))
    }

    /// Whether it can sign: it is a secret, or holds the private part of a pair.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.material.signing.is_some()
    }

    /// The HMAC secret, for sealing.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for a key pair.
    pub fn secret(&self) -> Result<&[u8]> {
        match &self.material.public {
            Public::Secret(secret) => Ok(secret.expose()),
            _ => Err(Error::key("this key has no secret; see toPem()")),
        }
    }

    /// The key in PEM: PKCS#8 for a private key, SPKI for a public one.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for a symmetric key.
    pub fn to_pem(&self) -> Result<Zeroizing<String>> {
        if self.is_symmetric() {
            return Err(Error::key("a symmetric key has no PEM; see secret()"));
        }
        match &self.material.signing {
            Some(private) => Ok(pem::write("PRIVATE KEY", private.as_bytes())),
            None => Ok(pem::write("PUBLIC KEY", &self.spki()?)),
        }
    }

    fn spki(&self) -> Result<Vec<u8>> {
        match &self.material.public {
            Public::Rsa { .. } => {
                let bytes = self.material.verifying.try_get_as_bytes().map_err(|_| refused())?;
                let der: PublicKeyX509Der<'_> = RsaPublicKey::from_der(bytes)
                    .and_then(|key| key.as_der().map_err(Into::into))
                    .map_err(|_| refused())?;
                Ok(der.as_ref().to_vec())
            }
            Public::Ec { x, y } => Ok(pem::ec_spki(self.alg, x, y)),
            Public::Ed { x } => Ok(pem::ed_spki(x)),
            Public::Secret(_) => Err(refused()),
        }
    }

    pub(crate) fn public(&self) -> &Public {
        &self.material.public
    }

    pub(crate) fn may_verify(&self) -> bool {
        self.uses.verify
    }

    /// Whether `signature`, in base64url, is valid for `message` under this key.
    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        jsonwebtoken::crypto::verify(signature, message, &self.material.verifying, self.alg.library()).unwrap_or(false)
    }

    /// The signature over `message`, in base64url.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<String> {
        if !self.uses.sign {
            return Err(Error::key("the key's key_ops do not allow signing"));
        }
        let private = self.material.signing.as_ref().ok_or_else(|| Error::key("a public key cannot sign"))?;
        jsonwebtoken::crypto::sign(message, private, self.alg.library())
            .map_err(|_| Error::key("the key could not sign"))
    }
}

/// The RFC 7638 thumbprint. For a secret that would be a plain hash of it, so 96
/// bits of an HMAC under it are used instead.
fn default_kid(public: &Public) -> String {
    match public {
        Public::Secret(secret) => {
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.expose()), b"sallyport jwt kid");
            BASE64URL_NOPAD.encode(tag.as_ref().get(..12).unwrap_or_default())
        }
        _ => jwk::thumbprint(public),
    }
}
