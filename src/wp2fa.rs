//! Reads the TOTP secrets that the WP 2FA plugin has stored for its users.
//!
//! `lsc_` or `ssl_`, then the base64 of IV ‖ AES-256-CTR ciphertext, encrypted
//! under the SHA-256 of the base64-decoded key in wp-config.php. There is no MAC:
//! a wrong key shows only because the plaintext is not base32. That grammar is the
//! sole check, and the reason why nothing is ever written in this format.

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::digest;
use aws_lc_rs::iv::FixedLength;
use data_encoding::{BASE64, BASE64_NOPAD};
use zeroize::Zeroizing;

const IV_BYTES: usize = 16;
const MIN_SECRET_CHARACTERS: usize = 16;

/// PHP's `base64_decode` without `$strict`, with which WP 2FA reads its key. It
/// skips foreign characters, and ignores padding, spare bits and a last character
/// that is too short for a byte.
fn decode_like_php(key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut specification = BASE64_NOPAD.specification();
    specification.check_trailing_bits = false;
    let lenient = specification.encoding().ok()?;
    let in_alphabet = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let mut characters = Zeroizing::new(Vec::with_capacity(key.len()));
    characters.extend(key.iter().copied().filter(in_alphabet));
    if characters.len() % 4 == 1 {
        characters.pop();
    }
    let decoded = Zeroizing::new(lenient.decode(&characters).ok()?);
    (!decoded.is_empty()).then_some(decoded)
}

/// The base32 secret; `None` if `stored` has another format or cannot be decrypted
/// with `key` (base64, as in `WP2FA_ENCRYPT_KEY`).
#[must_use]
pub fn unseal(stored: &[u8], key: &[u8]) -> Option<Zeroizing<String>> {
    let encoded = stored.strip_prefix(b"lsc_").or_else(|| stored.strip_prefix(b"ssl_"))?;
    let body = BASE64.decode(encoded).ok()?;
    let (iv, ciphertext) = body.split_at_checked(IV_BYTES)?;
    let iv: [u8; IV_BYTES] = iv.try_into().ok()?;

    let raw_key = decode_like_php(key)?;
    let key = digest::digest(&digest::SHA256, &raw_key);
    let key = UnboundCipherKey::new(&AES_256, key.as_ref()).ok()?;
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let secret =
        DecryptingKey::ctr(key).ok()?.decrypt(&mut buffer, DecryptionContext::Iv128(FixedLength::from(iv))).ok()?;

    let is_secret =
        secret.len() >= MIN_SECRET_CHARACTERS && secret.iter().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7'));
    is_secret.then(|| Zeroizing::new(String::from_utf8_lossy(secret).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made with PHP, independently of this code:
    // $iv . openssl_encrypt($secret, 'aes-256-ctr', hash('sha256', $key, true), OPENSSL_RAW_DATA, $iv)
    const KEY: &[u8] = b"AAECAwQFBgcICQoLDA0ODw==";
    const STORED: &str = "lsc_8PHy8/T19vf4+fr7/P3+/+bOHjQrpN201xjCWrJ1dgUpSGKBa0ZCg0d+AhE32IfU";

    #[test]
    fn a_secret_of_wp_2fa_is_read() {
        let legacy = STORED.replacen("lsc_", "ssl_", 1);
        for stored in [STORED, &legacy] {
            assert_eq!(
                unseal(stored.as_bytes(), KEY).as_deref().map(String::as_str),
                Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
            );
        }
        // As PHP reads it: unpadded, or with foreign characters.
        for key in ["AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0ODw==\n", " AAECAwQF-BgcICQoL_DA0ODw="] {
            assert!(unseal(STORED.as_bytes(), key.as_bytes()).is_some(), "{key}");
        }
    }

    /// The lengths are those of PHP's `strlen(base64_decode(…))`.
    #[test]
    fn a_key_of_any_length_is_read_as_php_reads_it() {
        let characters = KEY.repeat(2);
        let lengths = [(0, None), (1, None), (2, Some(1)), (3, Some(2)), (4, Some(3)), (5, Some(3)), (6, Some(4))];
        for (length, bytes) in lengths {
            let decoded = decode_like_php(&characters[..length]);
            assert_eq!(decoded.map(|decoded| decoded.len()), bytes, "{length}");
        }
    }

    #[test]
    fn another_key_or_format_is_none() {
        assert!(unseal(STORED.as_bytes(), b"AQECAwQFBgcICQoLDA0ODw==").is_none());
        assert!(unseal(STORED.as_bytes(), b"").is_none());
        for stored in ["", "lsc_", "wps_AAAA", "lsc_AAAA", "lsc_AAECAwQFBgcICQoLDA0ODw==", "GEZDGNBVGY3TQOJQ", "lsc_é"]
        {
            assert!(unseal(stored.as_bytes(), KEY).is_none(), "{stored}");
        }
    }
}
