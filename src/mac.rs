//! Message authentication and the derivation of one key per purpose.
//!
//! HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869), both by aws-lc.

use aws_lc_rs::{hkdf, hmac};
use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Shortest master key, in bytes.
pub const MIN_MASTER_BYTES: usize = 32;
/// Length of a purpose key, in bytes.
pub const PURPOSE_KEY_BYTES: usize = 32;

fn hmac_key(key: &[u8]) -> Result<hmac::Key> {
    if key.is_empty() {
        return Err(Error::key("the key must not be empty"));
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, key))
}

/// HMAC-SHA-256 of `message`, as 64 lower-case hexadecimal digits.
///
/// # Errors
/// [`Error::InvalidKey`] for an empty key.
pub fn mac(message: &[u8], key: &[u8]) -> Result<String> {
    Ok(HEXLOWER.encode(hmac::sign(&hmac_key(key)?, message).as_ref()))
}

/// Whether `mac` equals the result of [`mac`], compared in constant time. Anything
/// but 64 lower-case hexadecimal digits is false.
///
/// # Errors
/// [`Error::InvalidKey`] for an empty key.
pub fn mac_verify(message: &[u8], mac: &[u8], key: &[u8]) -> Result<bool> {
    let key = hmac_key(key)?;
    let Ok(tag) = HEXLOWER.decode(mac) else { return Ok(false) };
    Ok(hmac::verify(&key, message, &tag).is_ok())
}

/// The 32-byte key for one purpose, from the master key.
///
/// # Arguments
/// * `master`: at least 32 bytes, which must be random
/// * `purpose`: not empty; each purpose has a key of its own
///
/// # Errors
/// [`Error::InvalidKey`] for a short master key, [`Error::InvalidArgument`] for
/// an empty purpose.
pub fn purpose_key(master: &[u8], purpose: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    if master.len() < MIN_MASTER_BYTES {
        return Err(Error::key("the master key must have at least 32 bytes"));
    }
    if purpose.is_empty() {
        return Err(Error::argument("purpose must not be empty"));
    }
    let failed = |_| Error::Unavailable("the key could not be derived");
    let info = [b"sallyport/v1/", purpose];
    let mut out = Zeroizing::new(vec![0u8; PURPOSE_KEY_BYTES]);
    hkdf::Salt::new(hkdf::HKDF_SHA256, b"sallyport")
        .extract(master)
        .expand(&info, hkdf::HKDF_SHA256)
        .map_err(failed)?
        .fill(&mut out)
        .map_err(failed)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_mac_verifies() {
        let tag = mac(b"message", b"key").unwrap();
        assert_eq!(tag, "6e9ef29b75fffc5b7abae527d58fdadb2fe42e7219011976917343065f58ed4a");
        assert_eq!(mac_verify(b"message", tag.as_bytes(), b"key"), Ok(true));
        for wrong in ["", "6e", tag.split_at(62).0, &tag.to_uppercase(), &format!("{tag}00"), &"0".repeat(64)] {
            assert_eq!(mac_verify(b"message", wrong.as_bytes(), b"key"), Ok(false), "{wrong}");
        }
        assert!(mac(b"message", b"").is_err());
    }

    #[test]
    fn purposes_and_masters_give_different_keys() {
        let master = [1u8; 32];
        let seal = purpose_key(&master, b"seal").unwrap();
        assert_eq!(seal.len(), 32);
        assert_eq!(*seal, *purpose_key(&master, b"seal").unwrap());
        assert_ne!(*seal, *purpose_key(&master, b"proof").unwrap());
        assert_ne!(*seal, *purpose_key(&[2; 32], b"seal").unwrap());
        assert!(purpose_key(&[1; 31], b"seal").is_err());
        assert!(purpose_key(&master, b"").is_err());
    }
}
