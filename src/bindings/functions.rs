//! The functions of namespace `Sallyport`, in the order of `php/stubs/functions.php`.
//!
//! Nothing is decided here: arguments are passed to the engine, and results and
//! errors passed back. The PHP documentation is in `php/stubs/functions.php`.

#![allow(non_snake_case, reason = "names of parameters are part of the PHP API")]

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::convert::IntoZval;
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendClassObject, ZendHashTable, Zval};

use super::exceptions::{Thrown, type_error};
use super::keys::Keyring;
use super::values::{Bytes, Claims, Name, Table, Text, Zvals, entries, strings};
use crate::jwt::{self, Rules};
use crate::otp::{self, Parameters};
use crate::{Error, backup_code, mac, random, seal, wp2fa};

type Slice<'a> = BinarySlice<'a, u8>;

/// Adds all functions to the module.
pub fn register(module: ModuleBuilder<'_>) -> ModuleBuilder<'_> {
    module
        .function(wrap_function!(totp_secret))
        .function(wrap_function!(totp_uri))
        .function(wrap_function!(totp_code))
        .function(wrap_function!(totp_verify))
        .function(wrap_function!(qr_svg))
        .function(wrap_function!(backup_codes))
        .function(wrap_function!(backup_code_verify))
        .function(wrap_function!(otp_code))
        .function(wrap_function!(jwt_sign))
        .function(wrap_function!(jwt_verify))
        .function(wrap_function!(jws_verify))
        .function(wrap_function!(jwt_peek))
        .function(wrap_function!(mac))
        .function(wrap_function!(mac_verify))
        .function(wrap_function!(purpose_key))
        .function(wrap_function!(seal))
        .function(wrap_function!(unseal))
        .function(wrap_function!(wp2fa_unseal))
}

#[php_function]
#[php(name = "Sallyport\\totp_secret", defaults(bytes = 20))]
pub fn totp_secret(bytes: i64) -> Result<Bytes, Thrown> {
    Ok(otp::generate_secret(bytes)?.into())
}

#[php_function]
#[php(name = "Sallyport\\totp_uri", defaults(algorithm = "\"SHA1\"", digits = 6, period = 30))]
pub fn totp_uri(
    secret: Slice,
    account: Slice,
    issuer: Slice,
    algorithm: Text,
    digits: i64,
    period: i64,
) -> Result<Bytes, Thrown> {
    let parameters = Parameters::new(algorithm.0, digits, period)?;
    Ok(otp::uri::totp_uri(&secret, &account, &issuer, parameters)?.into())
}

#[php_function]
#[php(name = "Sallyport\\totp_code", defaults(algorithm = "\"SHA1\"", digits = 6, period = 30))]
pub fn totp_code(secret: Slice, now: i64, algorithm: Text, digits: i64, period: i64) -> Result<Bytes, Thrown> {
    Ok(otp::code(&secret, now, Parameters::new(algorithm.0, digits, period)?)?.into())
}

#[php_function]
#[php(name = "Sallyport\\totp_verify")]
#[php(defaults(afterStep = -1, skew = 1, algorithm = "\"SHA1\"", digits = 6, period = 30))]
#[allow(clippy::too_many_arguments, reason = "the PHP API is a contract")]
pub fn totp_verify(
    secret: Slice,
    code: Slice,
    now: i64,
    afterStep: i64,
    skew: i64,
    algorithm: Text,
    digits: i64,
    period: i64,
) -> Result<Option<i64>, Thrown> {
    let parameters = Parameters::new(algorithm.0, digits, period)?;
    Ok(otp::verify(&secret, &code, now, afterStep, skew, parameters)?)
}

#[php_function]
#[php(name = "Sallyport\\qr_svg", defaults(title = "\"\""))]
pub fn qr_svg(text: Slice, title: Text) -> Result<Bytes, Thrown> {
    Ok(otp::qr::svg(&text, title.0)?.into())
}

#[php_function]
#[php(name = "Sallyport\\backup_codes", defaults(count = 10))]
pub fn backup_codes(count: i64) -> Result<Table, Thrown> {
    let set = backup_code::generate(count)?;
    let mut codes = ZendHashTable::new();
    for code in set.codes {
        codes.push(Bytes::from(code).into_zval(false)?)?;
    }
    let mut out = ZendHashTable::new();
    out.insert("codes", codes)?;
    out.insert("hashes", set.hashes)?;
    Ok(out)
}

#[php_function]
#[php(name = "Sallyport\\backup_code_verify")]
pub fn backup_code_verify(code: Slice, hashes: &ZendHashTable) -> Result<Option<i64>, Thrown> {
    let (mut keys, mut texts) = (Vec::new(), Vec::new());
    for (name, text) in strings(hashes, "hashes")? {
        let Name::Index(key) = name else { return Err(type_error("$hashes must have integer keys".to_owned())) };
        keys.push(key);
        texts.push(text);
    }
    Ok(backup_code::verify(&code, &texts)?.and_then(|position| keys.get(position).copied()))
}

#[php_function]
#[php(name = "Sallyport\\otp_code", defaults(digits = 8))]
pub fn otp_code(digits: i64) -> Result<Bytes, Thrown> {
    Ok(random::digits(digits)?.into())
}

#[php_function]
#[php(name = "Sallyport\\jwt_sign", defaults(typ = "\"JWT\""))]
pub fn jwt_sign(claims: &ZendHashTable, keys: &ZendClassObject<Keyring>, typ: Text) -> Result<Bytes, Thrown> {
    Ok(jwt::sign(&Claims(claims), keys.engine(), typ.0)?.into())
}

#[php_function]
#[php(name = "Sallyport\\jwt_verify")]
pub fn jwt_verify(
    token: Slice,
    keys: &ZendClassObject<Keyring>,
    now: i64,
    rules: &ZendHashTable,
) -> Result<Table, Thrown> {
    let rules = rules_of(rules)?;
    Ok(jwt::verify(&token, keys.engine(), now, &rules, Zvals)?)
}

#[php_function]
#[php(name = "Sallyport\\jws_verify")]
pub fn jws_verify(token: Slice, keys: &ZendClassObject<Keyring>) -> Result<Bytes, Thrown> {
    Ok(Bytes::new(jwt::jws::verify(&token, keys.engine())?))
}

#[php_function]
#[php(name = "Sallyport\\jwt_peek")]
pub fn jwt_peek(token: Slice) -> Result<Option<Table>, Thrown> {
    let Some((header, claims)) = jwt::jws::peek(&token, Zvals) else { return Ok(None) };
    let mut out = ZendHashTable::new();
    out.insert("header", header)?;
    out.insert("claims", claims)?;
    Ok(Some(out))
}

#[php_function]
#[php(name = "Sallyport\\mac")]
pub fn mac(message: Slice, key: Slice) -> Result<Bytes, Thrown> {
    Ok(mac::mac(&message, &key)?.into())
}

#[php_function]
#[php(name = "Sallyport\\mac_verify")]
pub fn mac_verify(message: Slice, mac: Slice, key: Slice) -> Result<bool, Thrown> {
    Ok(mac::mac_verify(&message, &mac, &key)?)
}

#[php_function]
#[php(name = "Sallyport\\purpose_key")]
pub fn purpose_key(master: Slice, purpose: Slice) -> Result<Bytes, Thrown> {
    Ok(mac::purpose_key(&master, &purpose)?.into())
}

#[php_function]
#[php(name = "Sallyport\\seal")]
pub fn seal(plaintext: Slice, aad: Slice, key: Slice) -> Result<Bytes, Thrown> {
    Ok(seal::seal(&plaintext, &aad, &key)?.into())
}

#[php_function]
#[php(name = "Sallyport\\unseal")]
pub fn unseal(sealed: Slice, aad: Slice, keys: &ZendHashTable) -> Result<Bytes, Thrown> {
    let keys: Vec<&[u8]> = strings(keys, "keys")?.into_iter().map(|(_, key)| key).collect();
    Ok(seal::unseal(&sealed, &aad, &keys)?.into())
}

#[php_function]
#[php(name = "Sallyport\\wp2fa_unseal")]
pub fn wp2fa_unseal(stored: Slice, key: Slice) -> Option<Bytes> {
    wp2fa::unseal(&stored, &key).map(Bytes::from)
}

/// The `$rules` of `jwt_verify`. An unknown name is refused, because a misspelt
/// rule would not be enforced.
fn rules_of(array: &ZendHashTable) -> Result<Rules<'_>, Thrown> {
    let mut rules = Rules::default();
    for (name, value) in entries(array) {
        match name {
            Name::Text(b"iss") => rules.iss = Some(text_of(value, "iss")?),
            Name::Text(b"aud") if value.is_string() => rules.aud = Some(vec![text_of(value, "aud")?]),
            Name::Text(b"aud") => rules.aud = Some(texts_of(value, "aud")?),
            Name::Text(b"typ") => rules.typ = Some(text_of(value, "typ")?),
            Name::Text(b"leeway") => {
                rules.leeway = value.long().ok_or_else(|| type_error("rule leeway must be an integer".to_owned()))?;
            }
            Name::Text(b"required") => rules.required = texts_of(value, "required")?,
            _ => {
                return Err(Error::UnknownRule("unknown rule; rules are iss, aud, typ, leeway, required").into());
            }
        }
    }
    Ok(rules)
}

fn text_of<'a>(value: &'a Zval, rule: &str) -> Result<&'a str, Thrown> {
    value.str().ok_or_else(|| type_error(format!("rule {rule} must be a UTF-8 string")))
}

fn texts_of<'a>(value: &'a Zval, rule: &str) -> Result<Vec<&'a str>, Thrown> {
    let list = value.array().ok_or_else(|| type_error(format!("rule {rule} must be a list of strings")))?;
    entries(list).map(|(_, item)| text_of(item, rule)).collect()
}
