//! JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2).
//!
//! `use`, `key_ops` and `alg` are honoured, binary members must be canonical
//! base64url, and names must be unique. A key without `alg` gets the usual one of
//! its type (RS256, HS256, or the only one for its curve), unless the caller names
//! another; it never gets its algorithm from a token.

use std::ops::Deref;
use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, PublicKey as RsaPublicKey};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaPublicKeyComponents};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};
use zeroize::{Zeroize, Zeroizing};

use super::alg::{Alg, Family};
use super::json;
use super::key::{Key, Uses};
use super::material::{Curve, Material, Public};
use crate::error::{Error, Result};

/// Longest JWK or JWK set accepted, in bytes.
pub(crate) const MAX_BYTES: usize = 256 * 1024;

type Members = Map<String, Value>;

/// Members that may belong to a private key: wiped on drop.
pub(crate) struct Sensitive(Members);

impl Deref for Sensitive {
    type Target = Members;

    fn deref(&self) -> &Members {
        &self.0
    }
}

impl Drop for Sensitive {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// One key from its JSON text.
pub(crate) fn parse(text: &[u8], alg: Option<Alg>) -> Result<Key> {
    let members = members(text)?;
    from_members(&members, alg)
}

/// The members of a JSON object, strictly parsed.
pub(crate) fn members(text: &[u8]) -> Result<Sensitive> {
    let parsed = if text.len() <= MAX_BYTES { json::object(text) } else { None };
    parsed.map(Sensitive).ok_or_else(|| Error::key("not a JSON object, or one with duplicate names"))
}

/// One key from the members of its JSON object.
pub(crate) fn from_members(jwk: &Members, wanted: Option<Alg>) -> Result<Key> {
    let alg = algorithm(jwk, wanted)?;
    let uses = uses(jwk)?;
    let kid = text(jwk, "kid")?;
    let material = match alg.family() {
        Family::Hmac => Material::secret(alg, &bytes(jwk, "k")?)?,
        Family::Rsa => rsa(jwk)?,
        Family::Ec => ec(jwk, alg)?,
        Family::Ed => ed(jwk)?,
    };
    Key::new(alg, Arc::new(material), kid.map(str::as_bytes), uses)
}

/// Whether a member of a set must be skipped (RFC 7517 §5: other types and
/// algorithms; §4.2 and §4.3: keys for encryption).
pub(crate) fn is_foreign(jwk: &Members) -> bool {
    let used_otherwise = jwk.get("use").is_some_and(|u| u.is_string() && u != "sig");
    let operates_otherwise = jwk.get("key_ops").and_then(Value::as_array).is_some_and(|operations| {
        let other = |op: &Value| op.as_str().is_some_and(|op| !matches!(op, "sign" | "verify"));
        !operations.is_empty() && operations.iter().all(other)
    });
    used_otherwise
        || operates_otherwise
        || matches!((usual(jwk), named(jwk)), (Ok(None), _) | (Ok(Some(_)), Ok(Some(None))))
}

/// The `kid` of a member of a set, even of a skipped one.
pub(crate) fn kid(jwk: &Members) -> Result<Option<&str>> {
    text(jwk, "kid")
}

/// The algorithm for keys of this type and curve if none is named; `None` for an
/// unsupported type or curve.
fn usual(jwk: &Members) -> Result<Option<Alg>> {
    Ok(match (text(jwk, "kty")?, text(jwk, "crv")?) {
        (Some("oct"), _) => Some(Alg::Hs256),
        (Some("RSA"), _) => Some(Alg::Rs256),
        (Some("EC"), Some("P-256")) => Some(Alg::Es256),
        (Some("EC"), Some("P-384")) => Some(Alg::Es384),
        (Some("OKP"), Some("Ed25519")) => Some(Alg::EdDsa),
        (Some(_), _) => None,
        (None, _) => return Err(Error::key("the JWK has no kty")),
    })
}

/// The named algorithm, if there is one; the inner `None` for one that is not
/// supported.
fn named(jwk: &Members) -> Result<Option<Option<Alg>>> {
    Ok(text(jwk, "alg")?.map(Alg::from_name))
}

fn algorithm(jwk: &Members, wanted: Option<Alg>) -> Result<Alg> {
    let usual = usual(jwk)?.ok_or_else(|| Error::key("unsupported key type or curve"))?;
    let named = named(jwk)?.map(|alg| alg.ok_or_else(|| Error::key("unsupported algorithm"))).transpose()?;
    if let (Some(named), Some(wanted)) = (named, wanted)
        && named != wanted
    {
        return Err(Error::key("the JWK is bound to another algorithm"));
    }
    let alg = named.or(wanted).unwrap_or(usual);
    let fits = alg.family() == usual.family() && (alg.family() != Family::Ec || alg == usual);
    if fits { Ok(alg) } else { Err(Error::key("the algorithm does not fit the type of the key")) }
}

fn uses(jwk: &Members) -> Result<Uses> {
    if text(jwk, "use")?.is_some_and(|u| u != "sig") {
        return Err(Error::key("the JWK is not for signatures"));
    }
    let Some(operations) = jwk.get("key_ops") else { return Ok(Uses::ALL) };
    let malformed = || Error::key("key_ops must be a list of different strings");
    let operations: Vec<&str> = operations
        .as_array()
        .ok_or_else(malformed)?
        .iter()
        .map(Value::as_str)
        .collect::<Option<_>>()
        .ok_or_else(malformed)?;
    if operations.iter().enumerate().any(|(i, op)| operations.iter().skip(i + 1).any(|other| other == op)) {
        return Err(malformed());
    }
    let uses = Uses { sign: operations.contains(&"sign"), verify: operations.contains(&"verify") };
    // RFC 7517 §4.3: one key must not be used for unrelated operations.
    let alone = operations.iter().all(|operation| matches!(*operation, "sign" | "verify"));
    if (uses.sign || uses.verify) && alone { Ok(uses) } else { Err(Error::key("the JWK is not for signatures alone")) }
}

fn rsa(jwk: &Members) -> Result<Material> {
    let public_key = RsaPublicKeyComponents { n: positive(jwk, "n")?, e: positive(jwk, "e")? };
    if !jwk.contains_key("d") {
        let parsed = rsa_public(&public_key)?;
        return Material::rsa_public(&parsed);
    }
    if jwk.contains_key("oth") {
        return Err(Error::key("multi-prime RSA keys are not supported"));
    }
    // Checked before the pair, so that a weak modulus is reported as weak.
    Material::rsa_public(&rsa_public(&public_key)?)?;
    let part = |name| bytes(jwk, name);
    let components = aws_lc_rs::rsa::KeyPairComponents {
        public_key,
        d: part("d")?,
        p: part("p")?,
        q: part("q")?,
        dP: part("dp")?,
        dQ: part("dq")?,
        qInv: part("qi")?,
    };
    Material::rsa_private(
        &RsaKeyPair::from_components(&components)
            .map_err(|_| Error::key("the parts of the RSA key do not fit together"))?,
    )
}

fn rsa_public(components: &RsaPublicKeyComponents<Zeroizing<Vec<u8>>>) -> Result<RsaPublicKey> {
    let weak = || Error::key("the RSA key is malformed or weak");
    let borrowed = RsaPublicKeyComponents { n: components.n.as_slice(), e: components.e.as_slice() };
    let der: aws_lc_rs::encoding::PublicKeyX509Der<'_> =
        aws_lc_rs::encoding::AsDer::as_der(&borrowed).map_err(|_| weak())?;
    RsaPublicKey::from_der(der.as_ref()).map_err(|_| weak())
}

fn ec(jwk: &Members, alg: Alg) -> Result<Material> {
    let curve = Curve::of(alg)?;
    let coordinate = |name| {
        let value = bytes(jwk, name)?;
        if value.len() == curve.coordinate_bytes {
            Ok(value)
        } else {
            Err(Error::key("an EC member has the wrong length (RFC 7518 §6.2.1.2)"))
        }
    };
    let point = [&[4][..], &coordinate("x")?, &coordinate("y")?].concat();
    if !jwk.contains_key("d") {
        return Material::ec_public(alg, &point);
    }
    let pair = EcdsaKeyPair::from_private_key_and_public_key(curve.signing, &coordinate("d")?, &point)
        .map_err(|_| Error::key("the parts of the EC key do not fit together"))?;
    Material::ec_private(alg, &pair)
}

fn ed(jwk: &Members) -> Result<Material> {
    let x = bytes(jwk, "x")?;
    if !jwk.contains_key("d") {
        return Material::ed_public(&x);
    }
    let seed = bytes(jwk, "d")?;
    if seed.len() != 32 {
        return Err(Error::key("an Ed25519 private key has 32 bytes"));
    }
    let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &x)
        .map_err(|_| Error::key("the parts of the Ed25519 key do not fit together"))?;
    Material::ed_private(&pair)
}

/// An optional member that must be a string.
fn text<'a>(jwk: &'a Members, name: &str) -> Result<Option<&'a str>> {
    match jwk.get(name) {
        None => Ok(None),
        Some(Value::String(value)) => Ok(Some(value)),
        Some(_) => Err(Error::key("a member of the JWK has the wrong type")),
    }
}

/// A required member in canonical base64url (RFC 7515 §2).
fn bytes(jwk: &Members, name: &str) -> Result<Zeroizing<Vec<u8>>> {
    text(jwk, name)?
        .and_then(|value| BASE64URL_NOPAD.decode(value.as_bytes()).ok())
        .map(Zeroizing::new)
        .ok_or_else(|| Error::key("a member of the JWK is missing or not base64url"))
}

/// A required number without leading zero octets (RFC 7518 §2, Base64urlUInt).
fn positive(jwk: &Members, name: &str) -> Result<Zeroizing<Vec<u8>>> {
    bytes(jwk, name).and_then(|value| match value.first() {
        Some(1..) => Ok(value),
        _ => Err(Error::key("a number of the JWK has leading zeros or is empty")),
    })
}

/// The members RFC 7638 §3.2 hashes, in its order.
fn required_members(public: &Public) -> Members {
    let b64 = |bytes: &[u8]| Value::from(BASE64URL_NOPAD.encode(bytes));
    let mut out = Members::new();
    let mut put = |name: &str, value: Value| {
        out.insert(name.to_owned(), value);
    };
    match public {
        Public::Secret(_) => {}
        Public::Rsa { n, e } => {
            put("e", b64(e));
            put("kty", json!("RSA"));
            put("n", b64(n));
        }
        Public::Ec { x, y } => {
            put("crv", json!(if x.len() == 48 { "P-384" } else { "P-256" }));
            put("kty", json!("EC"));
            put("x", b64(x));
            put("y", b64(y));
        }
        Public::Ed { x } => {
            put("crv", json!("Ed25519"));
            put("kty", json!("OKP"));
            put("x", b64(x));
        }
    }
    out
}

/// SHA-256 thumbprint (RFC 7638).
pub(crate) fn thumbprint(public: &Public) -> String {
    let canonical = Value::Object(required_members(public)).to_string();
    BASE64URL_NOPAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
}

/// The public JWK of a key pair.
pub(crate) fn public(key: &Key) -> Result<Members> {
    if key.is_symmetric() {
        return Err(Error::key("a symmetric key is never published"));
    }
    let mut out = Members::new();
    out.insert("kid".to_owned(), json!(key.kid()));
    out.insert("alg".to_owned(), json!(key.alg().name()));
    out.insert("use".to_owned(), json!("sig"));
    out.extend(required_members(key.public()));
    Ok(out)
}

impl Key {
    /// The public JWK, with `kid`, `alg` and `use`.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for a symmetric key.
    pub fn public_jwk(&self) -> Result<Map<String, Value>> {
        public(self)
    }
}
