//! The `otpauth://` URI an authenticator app scans.
//!
//! Written by hand instead of with `totp-rs`: its feature `otpauth` brings a URL
//! parser and fifteen Unicode crates, and omits `algorithm`, `digits` and `period`
//! at their defaults, although some apps expect them. Format: the Key URI Format of
//! Google Authenticator.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::Parameters;
use super::secret::{decode_secret, normalise_secret};
use crate::error::{Error, Result};

/// Longest account or issuer, in bytes. More would not fit into a QR code that phones can read.
pub const MAX_LABEL_BYTES: usize = 255;

/// Percent-encodes all but the unreserved characters (RFC 3986 §2.3).
fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

/// Text of a label: UTF-8, trimmed. Colons (which separate issuer from account) and
/// control characters are replaced by spaces.
fn label(bytes: &[u8]) -> Result<String> {
    let text = std::str::from_utf8(bytes)
        .ok()
        .filter(|text| text.len() <= MAX_LABEL_BYTES)
        .ok_or_else(|| Error::argument("account and issuer must be UTF-8 of at most 255 bytes"))?;
    let spaced: String = text.chars().map(|c| if c == ':' || c.is_control() { ' ' } else { c }).collect();
    Ok(spaced.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `otpauth://totp/Issuer:account?secret=…&issuer=…&algorithm=…&digits=…&period=…`
///
/// # Arguments
/// * `secret`: base32, as [`super::decode_secret`] takes it
/// * `account`: the user's name, not empty
/// * `issuer`: the site; an empty one is left out
///
/// # Errors
/// [`Error::InvalidSecret`], [`Error::InvalidArgument`].
pub fn totp_uri(secret: &[u8], account: &[u8], issuer: &[u8], parameters: Parameters) -> Result<Zeroizing<String>> {
    decode_secret(secret)?;
    let account = label(account)?;
    let issuer = label(issuer)?;
    if account.is_empty() {
        return Err(Error::argument("account must not be empty"));
    }

    let secret = normalise_secret(secret);
    // Full capacity at once, with every byte of a label as `%XX`: a buffer left behind by growing would not be wiped.
    let mut uri = Zeroizing::new(String::with_capacity(128 + secret.len() + 3 * (account.len() + 2 * issuer.len())));
    uri.push_str("otpauth://totp/");
    if !issuer.is_empty() {
        percent_encode(&issuer, &mut uri);
        uri.push(':');
    }
    percent_encode(&account, &mut uri);
    uri.push_str("?secret=");
    uri.extend(secret.iter().copied().map(char::from));
    if !issuer.is_empty() {
        uri.push_str("&issuer=");
        percent_encode(&issuer, &mut uri);
    }
    uri.push_str("&algorithm=");
    uri.push_str(parameters.algorithm_name());
    uri.push_str("&digits=");
    uri.push_str(&parameters.digits.to_string());
    uri.push_str("&period=");
    uri.push_str(&parameters.period.to_string());
    Ok(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(account: &str, issuer: &str) -> Result<String> {
        let parameters = Parameters::new(b"SHA1", 6, 30)?;
        totp_uri(b"gezdgnbvgy3tqojq gezdgnbvgy3tqojq", account.as_bytes(), issuer.as_bytes(), parameters)
            .map(|u| u.to_string())
    }

    #[test]
    fn every_parameter_is_explicit_and_encoded() {
        assert_eq!(
            uri("ann@example.org", "Café & Co").as_deref(),
            Ok("otpauth://totp/Caf%C3%A9%20%26%20Co:ann%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                &issuer=Caf%C3%A9%20%26%20Co&algorithm=SHA1&digits=6&period=30")
        );
    }

    #[test]
    fn each_hash_is_named() {
        for name in ["SHA1", "SHA256", "SHA512"] {
            let parameters = Parameters::new(name.as_bytes(), 8, 60).unwrap();
            let made = totp_uri(b"GEZDGNBVGY3TQOJQ", b"ann", b"", parameters).unwrap();
            assert!(made.ends_with(&format!("&algorithm={name}&digits=8&period=60")), "{}", *made);
        }
    }

    #[test]
    fn colons_cannot_move_the_border_between_issuer_and_account() {
        let made = uri("a:b", "News: Today").unwrap();
        assert!(made.starts_with("otpauth://totp/News%20Today:a%20b?"), "{made}");
        assert!(uri("a\0\u{85}b", "").unwrap().starts_with("otpauth://totp/a%20b?"));
    }

    #[test]
    fn a_label_has_255_bytes_at_most() {
        assert!(uri(&"é".repeat(127), &"x".repeat(255)).is_ok());
        assert!(matches!(uri(&"é".repeat(128), ""), Err(Error::InvalidArgument(_))));
        assert!(matches!(uri("ann", &"x".repeat(256)), Err(Error::InvalidArgument(_))));
    }

    #[test]
    fn an_issuer_may_be_absent_an_account_may_not() {
        assert!(uri("ann", "").unwrap().starts_with("otpauth://totp/ann?secret="));
        assert!(uri("", "Site").is_err());
        assert!(totp_uri(b"GEZDGNBV", b"ann", b"", Parameters::new(b"SHA1", 6, 30).unwrap()).is_err());
        assert!(uri(" : ", "Site").is_err());
    }
}
