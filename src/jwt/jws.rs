//! The compact JWS, strictly (RFC 7515 §3.1, §5.2).
//!
//! The key decides the algorithm; the header only has to agree. The headers `jku`,
//! `jwk`, `x5u` and `x5c` are ignored (RFC 8725 §3.10). `crit` is refused whatever
//! it lists, because no extension is supported (RFC 7515 §4.1.11).

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::Value;

use super::alg::Alg;
use super::json::{self, Form, Strict, Text, Values};
use super::key::Key;
use super::keyring::Keyring;
use crate::error::{Reason, Result};

/// Longest token accepted, in bytes.
pub const MAX_TOKEN_BYTES: usize = 1024 * 1024;

/// A token split into its parts, its signature not yet checked.
pub(crate) struct Compact<'a> {
    signing_input: &'a [u8],
    signature: &'a str,
    /// Header and payload, one after the other.
    decoded: Vec<u8>,
    payload_at: usize,
}

impl<'a> Compact<'a> {
    /// Splits a token: three parts of canonical base64url.
    pub(crate) fn parse(token: &'a [u8]) -> Result<Self> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Reason::Malformed.because("the token is too long"));
        }
        let text = std::str::from_utf8(token).map_err(|_| Reason::Malformed.because("not ASCII"))?;
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Reason::Malformed.because("not three parts"));
        };
        // One buffer for all three parts; the decoded signature is only checked for its form, and dropped.
        let mut decoded = vec![0; token.len()];
        let mut decode = |part: &str, at: usize| {
            let length = BASE64URL_NOPAD.decode_len(part.len()).ok()?;
            let room = decoded.get_mut(at..at + length)?;
            BASE64URL_NOPAD.decode_mut(part.as_bytes(), room).ok().map(|length| at + length)
        };
        let decoded_ends = decode(header, 0).and_then(|payload_at| {
            let end = decode(payload, payload_at)?;
            decode(signature, end)?;
            Some((payload_at, end))
        });
        let (payload_at, end) = decoded_ends.ok_or(Reason::Malformed.because("not canonical base64url"))?;
        decoded.truncate(end);
        let signing_input = token.get(..header.len() + 1 + payload.len()).unwrap_or_default();
        Ok(Self { signing_input, signature, decoded, payload_at })
    }

    fn header(&self) -> &[u8] {
        self.decoded.get(..self.payload_at).unwrap_or_default()
    }

    pub(crate) fn payload(&self) -> &[u8] {
        self.decoded.get(self.payload_at..).unwrap_or_default()
    }

    /// Checks header and signature against the keyring. Afterwards the header can be
    /// trusted as its issuer's.
    pub(crate) fn verify(&self, keys: &Keyring) -> Result<Header<'_>> {
        let header = json::read(self.header(), HeaderVisitor).ok_or(
            Reason::Malformed
                .because("the header is not a JSON object with unique names and parameters of the right types"),
        )?;
        if header.crit {
            return Err(Reason::Malformed.because("critical header parameters are not understood"));
        }
        if header.unencoded {
            return Err(Reason::Malformed.because("unencoded payloads are not understood"));
        }
        let alg = header.alg.as_deref().ok_or(Reason::Malformed.because("the header has no alg"))?;
        let alg = Alg::from_name(alg).ok_or(Reason::Algorithm.because("not an algorithm accepted here"))?;

        let verified = match &header.kid {
            Some(kid) => {
                let key = keys.named(kid).ok_or(Reason::UnknownKey.because("no key of this name"))?;
                if key.alg() != alg {
                    return Err(Reason::Algorithm.because("the key is bound to another algorithm"));
                }
                self.signed_by(key)
            }
            None => {
                let mut candidates = keys.bound_to(alg).peekable();
                if candidates.peek().is_none() {
                    return Err(Reason::Algorithm.because("no key is bound to this algorithm"));
                }
                candidates.any(|key| self.signed_by(key))
            }
        };
        if verified { Ok(header) } else { Err(Reason::Signature.because("the signature does not verify")) }
    }

    fn signed_by(&self, key: &Key) -> bool {
        key.verifies(self.signing_input, self.signature)
    }
}

/// The header members that matter (RFC 7515 §4.1).
#[derive(Default)]
pub(crate) struct Header<'a> {
    alg: Option<Cow<'a, str>>,
    kid: Option<Cow<'a, str>>,
    pub(crate) typ: Option<Cow<'a, str>>,
    crit: bool,
    /// RFC 7797: `b64` is present and not true, so that the signing input differs.
    unencoded: bool,
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<Header<'de>, A::Error> {
        let mut header = Header::default();
        let mut others = HashSet::new();
        while let Some(name) = members.next_key_seed(Text)? {
            let text = match &*name {
                "alg" => &mut header.alg,
                "kid" => &mut header.kid,
                "typ" => &mut header.typ,
                _ => {
                    let value = members.next_value_seed(Strict::member(Values))?;
                    header.crit |= name == "crit";
                    header.unencoded |= name == "b64" && value != Value::Bool(true);
                    if name == "cty" && !value.is_string() || !others.insert(name) {
                        return Err(A::Error::custom("a duplicate name, or a parameter of the wrong type"));
                    }
                    continue;
                }
            };
            if text.replace(members.next_value_seed(Text)?).is_some() {
                return Err(A::Error::custom("duplicate name"));
            }
        }
        Ok(header)
    }
}

/// The payload of a compact JWS whose signature is valid. Claims are not checked,
/// and the payload need not be JSON.
///
/// # Errors
/// [`crate::Error::InvalidToken`].
pub fn verify(token: &[u8], keys: &Keyring) -> Result<Vec<u8>> {
    let compact = Compact::parse(token)?;
    compact.verify(keys)?;
    Ok(compact.payload().to_vec())
}

/// Header and claims of a token, **nothing checked**; `None` if it is not a JWT.
///
/// # Security
/// Only for tokens whose issuer has verified them in this request.
#[must_use]
pub fn peek<F: Form>(token: &[u8], form: F) -> Option<(F::Object, F::Object)> {
    let compact = Compact::parse(token).ok()?;
    Some((json::object_as(compact.header(), form)?, json::object_as(compact.payload(), form)?))
}
