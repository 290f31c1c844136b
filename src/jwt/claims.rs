//! The claims of a JWT: signing them, and enforcing rules on them
//! (RFC 7519 §4.1 and §7.2, RFC 8725 §3).

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::json::{self, Form};
use super::jws::{Compact, MAX_TOKEN_BYTES};
use super::keyring::Keyring;
use crate::error::{Error, Reason, Result};

/// Largest clock tolerance, in seconds.
pub const MAX_LEEWAY: i64 = 86_400;
/// Claims that nobody could verify are not signed.
const TOO_LONG: &str = "the token would be longer than any that is verified";
/// Largest NumericDate accepted: up to here every integer is exact as a double, and no other number is read as one.
const MAX_NUMERIC_DATE: f64 = 9_007_199_254_740_991.0;

/// The rules for a token's claims. All are optional; `exp` and `nbf` are checked
/// whenever they are present.
#[derive(Debug, Clone, Default)]
pub struct Rules<'a> {
    /// The only `iss` accepted.
    pub iss: Option<&'a str>,
    /// The token must be for at least one of these.
    pub aud: Option<Vec<&'a str>>,
    /// The only `typ` accepted, without regard to case or a leading
    /// `application/` (RFC 7515 §4.1.9).
    pub typ: Option<&'a str>,
    /// Clock tolerance for `exp` and `nbf`, in seconds, 0..=86400.
    pub leeway: i64,
    /// Names of claims that must be present and not null.
    pub required: Vec<&'a str>,
}

impl Rules<'_> {
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

/// A claim, as far as the rules look at it.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim<'a> {
    /// `null`
    Null,
    /// Any number, including those beyond the integers.
    Number(f64),
    /// A string.
    Text(&'a str),
    /// An array that contains only strings.
    Texts(Vec<&'a str>),
    /// Anything else.
    Other,
}

/// Claims that the rules can be applied to.
pub trait Claims {
    /// The claim with this name.
    fn claim(&self, name: &str) -> Option<Claim<'_>>;
}

impl Claims for Map<String, Value> {
    fn claim(&self, name: &str) -> Option<Claim<'_>> {
        Some(match self.get(name)? {
            Value::Null => Claim::Null,
            Value::Number(number) => number.as_f64().map_or(Claim::Other, Claim::Number),
            Value::String(text) => Claim::Text(text),
            Value::Array(items) => {
                items.iter().map(Value::as_str).collect::<Option<_>>().map_or(Claim::Other, Claim::Texts)
            }
            _ => Claim::Other,
        })
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
/// [`Error::InvalidKey`] if the active key cannot sign. [`Error::InvalidClaims`] if
/// `exp`, `nbf` or `iat` is not a number of seconds, if a value has no JSON form, or
/// if the JSON would not fit into [`MAX_TOKEN_BYTES`]. [`Error::InvalidArgument`]
/// if `typ` is not 1 to 255 visible ASCII characters.
pub fn sign(claims: &(impl Claims + Serialize), keys: &Keyring, typ: &[u8]) -> Result<String> {
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
    let key = keys.active();
    let mut token = String::with_capacity(1024);
    let mut json = Vec::with_capacity(512);
    append(&Header { typ, alg: key.alg().name(), kid: key.kid() }, &mut json, &mut token)?;
    token.push('.');
    append(claims, &mut json, &mut token)?;
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    token.push_str(&signature);
    if token.len() > MAX_TOKEN_BYTES {
        return Err(Error::InvalidClaims(TOO_LONG.into()));
    }
    Ok(token)
}

/// A writer that accepts as much JSON as fits into a token. Arrays that PHP shares are serialised each time they occur:
/// thirty arrays that each contain the next one twice would take gigabytes, which no memory limit of PHP's would notice.
struct Room<'a>(&'a mut Vec<u8>);

impl std::io::Write for Room<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_TOKEN_BYTES {
            return Err(std::io::Error::other(TOO_LONG));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Appends a value's JSON in base64url; `json` is a buffer for the JSON.
fn append(value: &impl Serialize, json: &mut Vec<u8>, token: &mut String) -> Result<()> {
    json.clear();
    serde_json::to_writer(Room(json), value).map_err(|e| Error::InvalidClaims(e.to_string().into()))?;
    BASE64URL_NOPAD.encode_append(json, token);
    Ok(())
}

/// The claims of a token whose signature is valid and that meets all rules.
///
/// # Arguments
/// * `now`: Unix seconds, not negative
///
/// # Errors
/// [`Error::InvalidToken`] with its [`Reason`]; [`Error::InvalidArgument`] for a
/// negative `now` or invalid rules.
pub fn verify<F: Form<Object: Claims>>(
    token: &[u8],
    keys: &Keyring,
    now: i64,
    rules: &Rules<'_>,
    form: F,
) -> Result<F::Object> {
    if now < 0 {
        return Err(Error::argument("now must not be negative"));
    }
    rules.check()?;
    let compact = Compact::parse(token)?;
    let header = compact.verify(keys)?;
    let claims = json::object_as(compact.payload(), form)
        .ok_or(Reason::Malformed.because("the claims are not a JSON object with unique names"))?;
    if let Some(expected) = rules.typ {
        check_type(header.typ.as_deref(), expected)?;
    }
    check_times(&claims, now, rules.leeway)?;
    if let Some(expected) = rules.iss {
        check_issuer(&claims, expected)?;
    }
    if let Some(expected) = &rules.aud {
        check_audience(&claims, expected)?;
    }
    let missing = |name: &&str| claims.claim(name).is_none_or(|claim| claim == Claim::Null);
    if rules.required.iter().any(missing) {
        return Err(Reason::ClaimMissing.because("a required claim is missing"));
    }
    Ok(claims)
}

fn check_type(typ: Option<&str>, expected: &str) -> Result<()> {
    fn media_type(typ: &str) -> String {
        let lower = typ.to_ascii_lowercase();
        lower.strip_prefix("application/").unwrap_or(&lower).to_owned()
    }
    match typ {
        Some(typ) if media_type(typ) == media_type(expected) => Ok(()),
        _ => Err(Reason::Type.because("a token of another type")),
    }
}

/// A NumericDate (RFC 7519 §2): a finite JSON number, fractions allowed.
fn numeric_date(claims: &impl Claims, name: &str) -> Result<Option<f64>> {
    match claims.claim(name) {
        None => Ok(None),
        Some(Claim::Number(seconds)) if seconds.abs() <= MAX_NUMERIC_DATE => Ok(Some(seconds)),
        Some(_) => Err(Reason::Malformed.because("a time is not a number of seconds")),
    }
}

fn check_times(claims: &impl Claims, now: i64, leeway: i64) -> Result<()> {
    numeric_date(claims, "iat")?;
    // Exact: times from 2^53 on are refused, and no clock is that late.
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

fn check_issuer(claims: &impl Claims, expected: &str) -> Result<()> {
    match claims.claim("iss") {
        None => Err(Reason::ClaimMissing.because("iss is missing")),
        Some(Claim::Text(iss)) if iss == expected => Ok(()),
        Some(_) => Err(Reason::Issuer.because("another issuer")),
    }
}

fn check_audience(claims: &impl Claims, expected: &[&str]) -> Result<()> {
    let named = |aud: &str| expected.contains(&aud);
    match claims.claim("aud") {
        None => Err(Reason::ClaimMissing.because("aud is missing")),
        Some(Claim::Text(aud)) if named(aud) => Ok(()),
        // RFC 7519 §4.1.3: an array may contain only strings.
        Some(Claim::Texts(several)) if several.iter().any(|aud| named(aud)) => Ok(()),
        Some(_) => Err(Reason::Audience.because("another audience")),
    }
}
