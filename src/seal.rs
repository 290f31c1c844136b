//! Secrets at rest: authenticated encryption in a versioned text envelope.
//!
//! `s1.<key id>.<nonce ‖ ciphertext ‖ tag>`, the last two parts in base64url.
//! AES-256-GCM-SIV (RFC 8452) rather than GCM: one key seals for years under
//! random 96-bit nonces, and with SIV a repeated nonce reveals only whether two
//! plaintexts are equal. Owner and purpose are associated data, so a sealed value
//! copied to another row cannot be opened there.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::random;

/// Length of a sealing key, in bytes.
pub const KEY_BYTES: usize = 32;

const VERSION: &str = "s1";
const KEY_ID_BYTES: usize = 8;

fn unsealable() -> Error {
    Error::Unsealable("the sealed value does not open with these keys for this owner")
}

fn check_key(key: &[u8]) -> Result<()> {
    if key.len() == KEY_BYTES { Ok(()) } else { Err(Error::key("a sealing key has 32 bytes")) }
}

/// Identifies a key without revealing it: the start of an HMAC under it.
fn key_id(key: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), b"sallyport seal key id");
    BASE64URL_NOPAD.encode(tag.as_ref().get(..KEY_ID_BYTES).unwrap_or_default())
}

fn aead(key: &[u8]) -> Result<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM_SIV, key).map(LessSafeKey::new).map_err(|_| Error::key("a sealing key has 32 bytes"))
}

/// The associated data of the tag. Version and key id have fixed lengths, so no
/// two combinations share an encoding.
fn associated(id: &str, aad: &[u8]) -> Vec<u8> {
    [VERSION.as_bytes(), b".", id.as_bytes(), b".", aad].concat()
}

/// Seals `plaintext` for the owner and purpose named by `aad`.
///
/// # Arguments
/// * `key`: 32 bytes, from [`crate::mac::purpose_key`]
///
/// # Errors
/// [`Error::InvalidKey`] for a key of another length, [`Error::Unavailable`]
/// without randomness.
pub fn seal(plaintext: &[u8], aad: &[u8], key: &[u8]) -> Result<String> {
    check_key(key)?;
    let id = key_id(key);
    let nonce = random::bytes::<NONCE_LEN>()?;
    let mut sealed = Zeroizing::new(plaintext.to_vec());
    let tag = aead(key)?
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(associated(&id, aad)),
            sealed.as_mut_slice(),
        )
        .map_err(|_| Error::Unavailable("the value could not be sealed"))?;
    let body = [nonce.as_slice(), &sealed, tag.as_ref()].concat();
    Ok(format!("{VERSION}.{id}.{}", BASE64URL_NOPAD.encode(&body)))
}

/// Opens a value from [`seal`], with the one of `keys` that it names.
///
/// # Errors
/// [`Error::InvalidKey`] if a key is not 32 bytes long; [`Error::Unsealable`] if no
/// key fits, the owner is another one, or a byte was changed. These three cases
/// are not told apart.
pub fn unseal(sealed: &[u8], aad: &[u8], keys: &[&[u8]]) -> Result<Zeroizing<Vec<u8>>> {
    for key in keys {
        check_key(key)?;
    }
    let text = std::str::from_utf8(sealed).map_err(|_| unsealable())?;
    let (version, rest) = text.split_once('.').ok_or_else(unsealable)?;
    let (id, body) = rest.split_once('.').ok_or_else(unsealable)?;
    if version != VERSION {
        return Err(unsealable());
    }
    let body = BASE64URL_NOPAD.decode(body.as_bytes()).map_err(|_| unsealable())?;
    let (nonce, ciphertext) = body.split_at_checked(NONCE_LEN).ok_or_else(unsealable)?;
    for key in keys.iter().filter(|key| key_id(key) == id) {
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| unsealable())?;
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let opened = aead(key)?.open_in_place(nonce, Aad::from(associated(id, aad)), buffer.as_mut_slice());
        if let Ok(length) = opened.map(|plaintext| plaintext.len()) {
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
    Err(unsealable())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [9; 32];

    #[test]
    fn what_is_sealed_opens_for_its_owner_with_any_listed_key() {
        let sealed = seal(b"secret", b"totp:7", &KEY).unwrap();
        assert!(sealed.starts_with("s1."));
        assert_eq!(**unseal(sealed.as_bytes(), b"totp:7", &[&[1; 32], &KEY]).unwrap(), *b"secret");
        assert_eq!(**unseal(seal(b"", b"", &KEY).unwrap().as_bytes(), b"", &[&KEY]).unwrap(), *b"");
        assert_ne!(sealed, seal(b"secret", b"totp:7", &KEY).unwrap());
        let named = |sealed: &str| sealed.split('.').nth(1).map(str::to_owned);
        assert_ne!(named(&sealed), named(&seal(b"secret", b"totp:7", &[8; 32]).unwrap()));
    }

    #[test]
    fn another_owner_key_version_or_byte_does_not_open() {
        let sealed = seal(b"secret", b"totp:7", &KEY).unwrap();
        let closed =
            |s: &str, aad: &[u8], key: &[u8]| matches!(unseal(s.as_bytes(), aad, &[key]), Err(Error::Unsealable(_)));
        assert!(closed(&sealed, b"totp:8", &KEY));
        assert!(closed(&sealed, b"", &KEY));
        assert!(closed(&sealed, b"totp:7", &[8; 32]));
        assert!(closed(&sealed.replacen("s1", "s2", 1), b"totp:7", &KEY));
        for (i, _) in sealed.char_indices().filter(|(_, c)| *c != '.') {
            let mut changed = sealed.clone().into_bytes();
            changed[i] = if changed[i] == b'A' { b'B' } else { b'A' };
            assert!(closed(std::str::from_utf8(&changed).unwrap(), b"totp:7", &KEY), "{i}");
        }
        for cut in 0..sealed.len() {
            assert!(closed(sealed.split_at(cut).0, b"totp:7", &KEY), "{cut}");
        }
        assert!(matches!(unseal(sealed.as_bytes(), b"totp:7", &[]), Err(Error::Unsealable(_))));
        assert!(matches!(unseal(b"\xff", b"", &[&KEY]), Err(Error::Unsealable(_))));
    }

    #[test]
    fn keys_have_32_bytes() {
        assert!(matches!(seal(b"x", b"", &[1; 31]), Err(Error::InvalidKey(_))));
        assert!(matches!(unseal(b"x", b"", &[&[1; 33]]), Err(Error::InvalidKey(_))));
    }
}
