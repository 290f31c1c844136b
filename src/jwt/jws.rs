//! The compact JWS, strictly (RFC 7515 §3.1, §5.2).
//!
//! The key decides the algorithm; the header only has to agree. Headers `jku`,
//! `jwk`, `x5u` and `x5c` are not looked at (RFC 8725 §3.10). `crit` is refused
//! whatever it lists, because no extension is understood here (RFC 7515 §4.1.11).

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

use super::alg::Alg;
use super::json;
use super::key::Key;
use super::keyring::Keyring;
use crate::error::{Reason, Result};

/// Longest token looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 1024 * 1024;

/// A token taken apart, its signature not yet checked.
pub(crate) struct Compact<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) payload: Vec<u8>,
    signing_input: &'a [u8],
    signature: &'a str,
}

impl<'a> Compact<'a> {
    /// Takes a token apart: three parts of canonical base64url, the first a JSON
    /// object with unique names.
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
        let decode = |part: &str| {
            BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| Reason::Malformed.because("not canonical base64url"))
        };
        decode(signature)?;
        Ok(Self {
            header: json::object(&decode(header)?)
                .ok_or(Reason::Malformed.because("the header is not a JSON object with unique names"))?,
            payload: decode(payload)?,
            signing_input: token.get(..header.len() + 1 + payload.len()).unwrap_or_default(),
            signature,
        })
    }

    /// A header parameter that must be a string if it is there.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>> {
        match self.header.get(name) {
            None => Ok(None),
            Some(Value::String(value)) => Ok(Some(value)),
            Some(_) => Err(Reason::Malformed.because("a header parameter has the wrong type")),
        }
    }

    /// Checks header and signature against the keyring.
    pub(crate) fn verify(&self, keys: &Keyring) -> Result<()> {
        self.text("typ")?;
        self.text("cty")?;
        if self.header.contains_key("crit") {
            return Err(Reason::Malformed.because("critical header parameters are not understood"));
        }
        // RFC 7797: an unencoded payload; true is the default, anything else is
        // another signing input.
        if self.header.get("b64").is_some_and(|b64| *b64 != Value::Bool(true)) {
            return Err(Reason::Malformed.because("unencoded payloads are not understood"));
        }
        let alg = self.text("alg")?.ok_or(Reason::Malformed.because("the header has no alg"))?;
        let alg = Alg::from_name(alg).ok_or(Reason::Algorithm.because("not an algorithm accepted here"))?;

        let verified = match self.text("kid")? {
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
        if verified { Ok(()) } else { Err(Reason::Signature.because("the signature does not verify")) }
    }

    fn signed_by(&self, key: &Key) -> bool {
        jsonwebtoken::crypto::verify(self.signature, self.signing_input, key.verifying(), key.alg().library())
            .unwrap_or(false)
    }
}

/// The payload of a compact JWS whose signature verifies. Claims are not looked
/// at; the payload need not be JSON.
///
/// # Errors
/// [`crate::Error::InvalidToken`].
pub fn verify(token: &[u8], keys: &Keyring) -> Result<Vec<u8>> {
    let compact = Compact::parse(token)?;
    compact.verify(keys)?;
    Ok(compact.payload)
}

/// Header and claims of a token, **nothing checked**; `None` if it is not a JWT.
///
/// # Security
/// Only for tokens whose issuer has verified them in this request.
#[must_use]
pub fn peek(token: &[u8]) -> Option<(Map<String, Value>, Map<String, Value>)> {
    let compact = Compact::parse(token).ok()?;
    let claims = json::object(&compact.payload)?;
    Some((compact.header, claims))
}
