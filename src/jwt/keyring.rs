//! One key that signs, and all keys that verify.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::alg::Alg;
use super::jwk;
use super::key::Key;
use crate::error::{Error, Result};

/// Most keys in a keyring or a JWK set.
pub const MAX_KEYS: usize = 64;

/// The keys of one issuer. Every `kid` in it is unique.
#[derive(Clone, Debug)]
pub struct Keyring {
    active: Key,
    others: Vec<Key>,
}

impl Keyring {
    /// A keyring that signs with `active`, and verifies with `active` and `others`.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if two keys share a `kid`, or for more than
    /// [`MAX_KEYS`].
    pub fn new(active: Key, others: Vec<Key>) -> Result<Self> {
        if others.len() >= MAX_KEYS {
            return Err(Error::key("too many keys"));
        }
        let ring = Self { active, others };
        let mut kids = HashSet::new();
        if ring.keys().all(|key| kids.insert(key.kid())) { Ok(ring) } else { Err(Error::key("two keys share a kid")) }
    }

    /// From a JWK set (RFC 7517 §5); its first usable key is the active one.
    /// Unsupported keys, and keys that are not for signatures, are skipped.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if it is malformed, has no usable key, mixes
    /// symmetric and asymmetric keys, repeats a `kid`, or holds a weak key.
    pub fn from_jwks(json: &[u8]) -> Result<Self> {
        let set = jwk::members(json)?;
        let members =
            set.get("keys").and_then(Value::as_array).ok_or_else(|| Error::key("the JWK set has no list of keys"))?;
        if members.len() > MAX_KEYS {
            return Err(Error::key("the JWK set has too many keys"));
        }
        let mut keys = Vec::with_capacity(members.len());
        let mut symmetric = HashSet::new();
        let mut kids = HashSet::new();
        for member in members {
            let member = member.as_object().ok_or_else(|| Error::key("a key of the JWK set is not an object"))?;
            // Also for skipped members: another reader may use them.
            if jwk::kid(member)?.is_some_and(|kid| !kids.insert(kid)) {
                return Err(Error::key("two keys share a kid"));
            }
            symmetric.insert(member.get("kty").and_then(Value::as_str) == Some("oct"));
            if !jwk::is_foreign(member) {
                keys.push(jwk::from_members(member, None)?);
            }
        }
        if symmetric.len() > 1 {
            return Err(Error::key("a JWK set must not mix symmetric and asymmetric keys"));
        }
        let mut keys = keys.into_iter();
        let active = keys.next().ok_or_else(|| Error::key("the JWK set has no key to verify with"))?;
        Self::new(active, keys.collect())
    }

    /// The key that signs.
    pub(crate) fn active(&self) -> &Key {
        &self.active
    }

    /// All keys, the active one first.
    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.active).chain(&self.others)
    }

    /// The key named `kid` that may verify.
    pub(crate) fn named(&self, kid: &str) -> Option<&Key> {
        self.keys().find(|key| key.kid() == kid && key.may_verify())
    }

    /// All keys bound to `alg` that may verify, the active one first.
    pub(crate) fn bound_to(&self, alg: Alg) -> impl Iterator<Item = &Key> {
        self.keys().filter(move |key| key.alg() == alg && key.may_verify())
    }

    /// The JWK set to publish: this keyring's public keys, then `published`, the
    /// next keys, which are announced before they sign. Never a symmetric key.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if two different key pairs share a `kid`.
    pub fn jwks(&self, published: &[Key]) -> Result<Map<String, Value>> {
        let mut set: Vec<Map<String, Value>> = Vec::new();
        for key in self.keys().chain(published).filter(|key| !key.is_symmetric()) {
            let jwk = jwk::public(key)?;
            match set.iter().find(|other| other.get("kid") == jwk.get("kid")) {
                None => set.push(jwk),
                Some(same) if *same == jwk => {}
                Some(_) => return Err(Error::key("two keys share a kid")),
            }
        }
        let mut out = Map::new();
        out.insert("keys".to_owned(), json!(set));
        Ok(out)
    }
}
