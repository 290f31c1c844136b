//! The claims of a JWT: signing them, and the rules they are held to
//! (RFC 7519 §4.1 and §7.2, RFC 8725 §3).

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::json;
use super::jws::Compact;
use super::keyring::Keyring;
use crate::error::{Error, Reason, Result};

/// Largest clock tolerance, in seconds.
pub const MAX_LEEWAY: i64 = 86_400;
/// Largest NumericDate read: up to here every integer is exact as a double.
const MAX_NUMERIC_DATE: f64 = 9_007_199_254_740_992.0;

/// What to hold a token's claims to. Every rule is optional; `exp` and `nbf` are
/// checked whenever they are there.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The only `iss` accepted.
    pub iss: Option<String>,
    /// The token must be for at least one of these.
    pub aud: Option<Vec<String>>,
    /// The only `typ` accepted, without regard to case or a leading
    /// `application/` (RFC 7515 §4.1.9).
    pub typ: Option<String>,
    /// Clock tolerance for `exp` and `nbf`, in seconds, 0..=86400.
    pub leeway: i64,
    /// Names of claims that must be there and not null.
    pub required: Vec<String>,
}

impl Rules {
    /// Checks the rules themselves.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a leeway out of range or an empty list of
    /// audiences, which no token could meet.
    pub fn check(&self) -> Result<()> {
        if !(0..=MAX_LEEWAY).contains(&self.leeway) {
            return Err(Error::argument("leeway must be 0 to 86400 seconds"));
        }
        if self.aud.as_ref().is_some_and(Vec::is_empty) {
            return Err(Error::argument("the list of audiences must not be empty"));
        }
        Ok(())
    }
}

/// Claims on their way into a token.
pub trait Claims: Serialize {
    /// The claim `name`, if it is there: as a number, or `None` for what is none.
    fn number(&self, name: &str) -> Option<Option<f64>>;
}

impl Claims for Map<String, Value> {
    fn number(&self, name: &str) -> Option<Option<f64>> {
        self.get(name).map(Value::as_f64)
    }
}

/// The header we write (RFC 7515 §4.1).
#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: &'a str,
    kid: &'a str,
}

/// Signs `claims` with the active key: a compact JWS with `typ`, `alg`, `kid`.
///
/// # Errors
/// [`Error::InvalidKey`] if the active key cannot sign, [`Error::InvalidClaims`]
/// if `exp`, `nbf` or `iat` is not a number of seconds, or for what has no JSON,
/// [`Error::InvalidArgument`] for a `typ` that is not 1 to 255 visible ASCII
/// characters.
pub fn sign(claims: &impl Claims, keys: &Keyring, typ: &[u8]) -> Result<String> {
    let visible = (1..=255).contains(&typ.len()) && typ.iter().all(u8::is_ascii_graphic);
    let typ = std::str::from_utf8(typ)
        .ok()
        .filter(|_| visible)
        .ok_or_else(|| Error::argument("typ must be 1 to 255 visible ASCII characters"))?;
    for name in ["exp", "nbf", "iat"] {
        if numeric_date(claims, name).is_err() {
            return Err(Error::InvalidClaims(format!("{name} must be a number of seconds").into()));
        }
    }
    let key = keys.active()?;
    let mut token = String::with_capacity(1024);
    encode(&Header { typ, alg: key.alg().name(), kid: key.kid() }, &mut token)?;
    token.push('.');
    encode(claims, &mut token)?;
    let signature = jsonwebtoken::crypto::sign(token.as_bytes(), key.signing()?, key.alg().library())
        .map_err(|_| Error::key("the key could not sign"))?;
    token.push('.');
    token.push_str(&signature);
    Ok(token)
}

/// Appends a value's JSON in base64url.
fn encode(value: &impl Serialize, token: &mut String) -> Result<()> {
    let mut json = Vec::with_capacity(512);
    serde_json::to_writer(&mut json, value).map_err(|e| Error::InvalidClaims(e.to_string().into()))?;
    BASE64URL_NOPAD.encode_append(&json, token);
    Ok(())
}

/// The claims of a token whose signature verifies and that meets all rules.
///
/// # Arguments
/// * `now`: Unix seconds, not negative
///
/// # Errors
/// [`Error::InvalidToken`] with its [`Reason`]; [`Error::InvalidArgument`] for a
/// negative `now` or rules that cannot be.
pub fn verify(token: &[u8], keys: &Keyring, now: i64, rules: &Rules) -> Result<Map<String, Value>> {
    if now < 0 {
        return Err(Error::argument("now must not be negative"));
    }
    rules.check()?;
    let compact = Compact::parse(token)?;
    compact.verify(keys)?;
    let claims = json::object(&compact.payload)
        .ok_or(Reason::Malformed.because("the claims are not a JSON object with unique names"))?;
    if let Some(expected) = &rules.typ {
        check_type(&compact, expected)?;
    }
    check_times(&claims, now, rules.leeway)?;
    if let Some(expected) = &rules.iss {
        check_issuer(&claims, expected)?;
    }
    if let Some(expected) = &rules.aud {
        check_audience(&claims, expected)?;
    }
    let missing = |name: &String| claims.get(name).is_none_or(Value::is_null);
    if rules.required.iter().any(missing) {
        return Err(Reason::ClaimMissing.because("a required claim is missing"));
    }
    Ok(claims)
}

fn check_type(compact: &Compact<'_>, expected: &str) -> Result<()> {
    fn media_type(typ: &str) -> String {
        let lower = typ.to_ascii_lowercase();
        lower.strip_prefix("application/").unwrap_or(&lower).to_owned()
    }
    match compact.text("typ")? {
        Some(typ) if media_type(typ) == media_type(expected) => Ok(()),
        _ => Err(Reason::Type.because("a token of another type")),
    }
}

/// A NumericDate (RFC 7519 §2): a finite JSON number, fractions allowed.
fn numeric_date(claims: &impl Claims, name: &str) -> Result<Option<f64>> {
    match claims.number(name) {
        None => Ok(None),
        Some(number) => number
            .filter(|seconds| seconds.abs() <= MAX_NUMERIC_DATE)
            .map(Some)
            .ok_or(Reason::Malformed.because("a time is not a number of seconds")),
    }
}

fn check_times(claims: &Map<String, Value>, now: i64, leeway: i64) -> Result<()> {
    numeric_date(claims, "iat")?;
    // Exact: times beyond 2^53 are refused, and no clock shows them.
    #[allow(clippy::cast_precision_loss, reason = "a clock beyond 2^53 seconds only makes tokens expire")]
    let (now, leeway) = (now as f64, leeway as f64);
    if let Some(exp) = numeric_date(claims, "exp")? {
        // RFC 7519 §4.1.4: the current time MUST be before exp.
        if now >= exp + leeway {
            return Err(Reason::Expired.because("the token has expired"));
        }
    }
    if let Some(nbf) = numeric_date(claims, "nbf")?
        && now < nbf - leeway
    {
        return Err(Reason::NotYetValid.because("the token is not valid yet"));
    }
    Ok(())
}

fn check_issuer(claims: &Map<String, Value>, expected: &str) -> Result<()> {
    match claims.get("iss") {
        None => Err(Reason::ClaimMissing.because("iss is missing")),
        Some(Value::String(iss)) if iss == expected => Ok(()),
        Some(_) => Err(Reason::Issuer.because("another issuer")),
    }
}

fn check_audience(claims: &Map<String, Value>, expected: &[String]) -> Result<()> {
    let other = || Reason::Audience.because("another audience");
    let named = |value: &Value| value.as_str().is_some_and(|aud| expected.iter().any(|e| e == aud));
    match claims.get("aud") {
        None => Err(Reason::ClaimMissing.because("aud is missing")),
        Some(single @ Value::String(_)) if named(single) => Ok(()),
        // RFC 7519 §4.1.3: an array of strings, and of nothing else.
        Some(Value::Array(several)) if several.iter().all(Value::is_string) && several.iter().any(named) => Ok(()),
        Some(_) => Err(other()),
    }
}
