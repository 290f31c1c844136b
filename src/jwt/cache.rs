//! Our `CryptoProvider` for `jsonwebtoken`: aws-lc with parsed keys kept.
//!
//! The library's own provider parses the key again for every operation. For RSA
//! that costs more than the signature, for HMAC a tenth of it. Here a pair's parsed
//! key is found by the SHA-256 of its bytes, and a secret's by the secret itself.
//! The cache belongs to one process and holds at most [`CAPACITY`] keys of each
//! kind, so that a site with many key sets cannot grow a worker without bound. Its
//! keys live as long as the worker, and are wiped when dropped.
//!
//! The lock is held for the look-up alone, and nothing here calls into PHP, so a
//! bailout cannot leave it locked.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, Once, PoisonError};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self as aws, EcdsaKeyPair, Ed25519KeyPair, ParsedPublicKey, RsaKeyPair};
use aws_lc_rs::{digest, hmac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, aws_lc};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use once_cell::sync::Lazy;
use zeroize::Zeroizing;

use super::alg::Alg;

/// Parsed keys kept of each kind.
pub(crate) const CAPACITY: usize = 64;

/// SHA-256 over the input of a key and what it was parsed for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Fingerprint([u8; 32]);

impl From<&Self> for Fingerprint {
    fn from(same: &Self) -> Self {
        *same
    }
}

/// A bounded map that drops the least recently used entry.
pub(crate) struct Cache<K, V> {
    entries: Mutex<Entries<K, V>>,
}

struct Entries<K, V> {
    clock: u64,
    by_name: HashMap<K, (u64, Arc<V>)>,
}

impl<K: Clone + Eq + Hash, V> Cache<K, V> {
    pub(crate) fn new() -> Self {
        Self { entries: Mutex::new(Entries { clock: 0, by_name: HashMap::new() }) }
    }

    /// The value with this name; if it is missing, made by `parse` without holding
    /// the lock.
    pub(crate) fn get_or_parse<'a, Q, E>(&self, name: &'a Q, parse: impl FnOnce() -> Result<V, E>) -> Result<Arc<V>, E>
    where
        Q: Eq + Hash + ?Sized,
        K: Borrow<Q> + From<&'a Q>,
    {
        if let Some(found) = self.get(name) {
            return Ok(found);
        }
        let value = Arc::new(parse()?);
        self.insert(name.into(), Arc::clone(&value));
        Ok(value)
    }

    fn get<Q: Eq + Hash + ?Sized>(&self, name: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.clock = entries.clock.wrapping_add(1);
        let clock = entries.clock;
        let (used, value) = entries.by_name.get_mut(name)?;
        *used = clock;
        Some(Arc::clone(value))
    }

    fn insert(&self, name: K, value: Arc<V>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.by_name.len() >= CAPACITY {
            let oldest = entries.by_name.iter().min_by_key(|(_, (used, _))| *used).map(|(name, _)| name.clone());
            if let Some(oldest) = oldest {
                entries.by_name.remove(&oldest);
            }
        }
        let clock = entries.clock;
        entries.by_name.insert(name, (clock, value));
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.entries.lock().unwrap().by_name.len()
    }
}

/// SHA-256 of the parts, each preceded by its length.
pub(crate) fn fingerprint(parts: &[&[u8]]) -> Fingerprint {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    let mut out = Fingerprint::default();
    out.0.copy_from_slice(context.finish().as_ref());
    out
}

type Secrets = Cache<SecretName, hmac::Key>;

/// A secret, by which its parsed key is found. The look-up is not in constant time:
/// whoever could measure it cannot choose the secret that is looked up.
#[derive(Clone, PartialEq, Eq)]
struct SecretName(Zeroizing<Vec<u8>>);

impl Hash for SecretName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_slice().hash(state);
    }
}

impl From<&[u8]> for SecretName {
    fn from(secret: &[u8]) -> Self {
        Self(Zeroizing::new(secret.to_vec()))
    }
}

impl Borrow<[u8]> for SecretName {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

static PRIVATE: Lazy<Cache<Fingerprint, Private>> = Lazy::new(Cache::new);
static PUBLIC: Lazy<Cache<Fingerprint, ParsedPublicKey>> = Lazy::new(Cache::new);
static HS256: Lazy<Secrets> = Lazy::new(Cache::new);
static HS384: Lazy<Secrets> = Lazy::new(Cache::new);
static HS512: Lazy<Secrets> = Lazy::new(Cache::new);

static PROVIDER: Lazy<CryptoProvider> = Lazy::new(|| CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: aws_lc::DEFAULT_PROVIDER.key_utils.clone(),
});

/// Makes `jsonwebtoken` use this provider. Called wherever a key is made, so no
/// signature is ever made or checked by another one.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    // Fails only if a provider is installed already, and nothing else in this library installs one.
    ONCE.call_once(|| {
        let _ = Lazy::force(&PROVIDER).install_default();
    });
}

#[allow(clippy::large_enum_variant, reason = "each sits alone in its Arc")]
enum Private {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

/// The parsed key of a secret; `None` if the algorithm needs a key pair.
fn secret(alg: Algorithm, bytes: &[u8]) -> Option<Secret> {
    let (cache, hash) = match alg {
        Algorithm::HS256 => (&HS256, hmac::HMAC_SHA256),
        Algorithm::HS384 => (&HS384, hmac::HMAC_SHA384),
        Algorithm::HS512 => (&HS512, hmac::HMAC_SHA512),
        _ => return None,
    };
    let key = cache.get_or_parse(bytes, || Ok::<_, Infallible>(hmac::Key::new(hash, bytes)));
    key.ok().map(|key| Secret { alg, key })
}

fn name(alg: Algorithm) -> &'static [u8] {
    Alg::ALL.into_iter().find(|known| known.library() == alg).map_or(b"", |known| known.name().as_bytes())
}

fn parse_private(alg: Algorithm, bytes: &[u8]) -> Result<Private, Error> {
    let refused = |_| Error::from(ErrorKind::InvalidKeyFormat);
    Ok(match alg {
        Algorithm::ES256 => {
            Private::Ec(EcdsaKeyPair::from_pkcs8(&aws::ECDSA_P256_SHA256_FIXED_SIGNING, bytes).map_err(refused)?)
        }
        Algorithm::ES384 => {
            Private::Ec(EcdsaKeyPair::from_pkcs8(&aws::ECDSA_P384_SHA384_FIXED_SIGNING, bytes).map_err(refused)?)
        }
        Algorithm::EdDSA => Private::Ed(Ed25519KeyPair::from_pkcs8(bytes).map_err(refused)?),
        _ => Private::Rsa(RsaKeyPair::from_pkcs8(bytes).map_err(refused)?),
    })
}

fn parse_public(alg: Algorithm, bytes: &[u8]) -> Result<ParsedPublicKey, Error> {
    let scheme: &'static dyn aws::VerificationAlgorithm = match alg {
        Algorithm::RS256 => &aws::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &aws::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &aws::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &aws::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &aws::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &aws::RSA_PSS_2048_8192_SHA512,
        Algorithm::ES256 => &aws::ECDSA_P256_SHA256_FIXED,
        Algorithm::ES384 => &aws::ECDSA_P384_SHA384_FIXED,
        Algorithm::EdDSA => &aws::ED25519,
        _ => return Err(ErrorKind::InvalidAlgorithm.into()),
    };
    ParsedPublicKey::new(scheme, bytes).map_err(|_| ErrorKind::InvalidKeyFormat.into())
}

fn signer(alg: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    if key.family() != alg.family() {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let bytes = key.as_bytes();
    if let Some(secret) = secret(*alg, bytes) {
        return Ok(Box::new(secret));
    }
    let parse = || parse_private(*alg, bytes);
    let key = PRIVATE.get_or_parse(&fingerprint(&[name(*alg), bytes]), parse)?;
    Ok(Box::new(CachedSigner { alg: *alg, key }))
}

fn verifier(alg: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    if key.family() != alg.family() {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let bytes = key.try_get_as_bytes()?;
    if let Some(secret) = secret(*alg, bytes) {
        return Ok(Box::new(secret));
    }
    let parse = || parse_public(*alg, bytes);
    let key = PUBLIC.get_or_parse(&fingerprint(&[name(*alg), bytes]), parse)?;
    Ok(Box::new(CachedVerifier { alg: *alg, key }))
}

/// Signs and verifies.
struct Secret {
    alg: Algorithm,
    key: Arc<hmac::Key>,
}

impl Signer<Vec<u8>> for Secret {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(hmac::sign(&self.key, message).as_ref().to_vec())
    }
}

impl JwtSigner for Secret {
    fn algorithm(&self) -> Algorithm {
        self.alg
    }
}

impl Verifier<Vec<u8>> for Secret {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        hmac::verify(&self.key, message, signature).map_err(|_| SignatureError::new())
    }
}

impl JwtVerifier for Secret {
    fn algorithm(&self) -> Algorithm {
        self.alg
    }
}

struct CachedSigner {
    alg: Algorithm,
    key: Arc<Private>,
}

impl Signer<Vec<u8>> for CachedSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let failed = |_| SignatureError::new();
        match &*self.key {
            Private::Ec(key) => Ok(key.sign(&SystemRandom::new(), message).map_err(failed)?.as_ref().to_vec()),
            Private::Ed(key) => Ok(key.try_sign(message).map_err(failed)?.as_ref().to_vec()),
            Private::Rsa(key) => {
                let scheme: &'static dyn aws::RsaEncoding = match self.alg {
                    Algorithm::RS256 => &aws::RSA_PKCS1_SHA256,
                    Algorithm::RS384 => &aws::RSA_PKCS1_SHA384,
                    Algorithm::RS512 => &aws::RSA_PKCS1_SHA512,
                    Algorithm::PS256 => &aws::RSA_PSS_SHA256,
                    Algorithm::PS384 => &aws::RSA_PSS_SHA384,
                    Algorithm::PS512 => &aws::RSA_PSS_SHA512,
                    _ => return Err(SignatureError::new()),
                };
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(scheme, &SystemRandom::new(), message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
        }
    }
}

impl JwtSigner for CachedSigner {
    fn algorithm(&self) -> Algorithm {
        self.alg
    }
}

struct CachedVerifier {
    alg: Algorithm,
    key: Arc<ParsedPublicKey>,
}

impl Verifier<Vec<u8>> for CachedVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        self.key.verify_sig(message, signature).map_err(|_| SignatureError::new())
    }
}

impl JwtVerifier for CachedVerifier {
    fn algorithm(&self) -> Algorithm {
        self.alg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_bounded_and_forgets_the_least_used() {
        let cache: Cache<Fingerprint, usize> = Cache::new();
        let key = |n: usize| fingerprint(&[&n.to_le_bytes()]);
        let made = |n: usize| move || Ok::<_, ()>(n);
        for n in 0..CAPACITY {
            cache.get_or_parse(&key(n), made(n)).unwrap();
        }
        assert_eq!(*cache.get_or_parse(&key(0), || Err(())).unwrap(), 0);
        for n in CAPACITY..CAPACITY + 10 {
            cache.get_or_parse(&key(n), made(n)).unwrap();
        }
        assert_eq!(cache.len(), CAPACITY);
        assert!(cache.get_or_parse(&key(0), || Err(())).is_ok());
        assert!(cache.get_or_parse(&key(1), || Err(())).is_err());
    }

    #[test]
    fn fingerprints_keep_the_parts_apart() {
        assert_ne!(fingerprint(&[b"ab", b"c"]), fingerprint(&[b"a", b"bc"]));
    }
}
