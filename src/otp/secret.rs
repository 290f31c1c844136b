//! TOTP secrets: generation, parsing, normalisation.

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::random;
use crate::secret::SecretBytes;

/// Shortest secret accepted, in bytes. Below RFC 4226 §4 R6 (16), because
/// enrolments made by other plugins with 80-bit secrets must keep working.
pub const MIN_SECRET_BYTES: usize = 10;
/// Longest secret accepted, in bytes.
pub const MAX_SECRET_BYTES: usize = 256;
/// Shortest secret generated, in bytes (RFC 4226 §4 R6).
pub const MIN_GENERATED_BYTES: i64 = 16;
/// Longest secret generated, in bytes (the block of SHA-1 and SHA-256).
pub const MAX_GENERATED_BYTES: i64 = 64;

/// A new secret of `length` bytes (16..=64; 20 matches SHA-1), base32 without
/// padding.
///
/// # Errors
/// [`Error::InvalidArgument`] for another length, [`Error::Unavailable`]
/// without randomness.
pub fn generate_secret(length: i64) -> Result<Zeroizing<String>> {
    let length = usize::try_from(length)
        .ok()
        .filter(|_| (MIN_GENERATED_BYTES..=MAX_GENERATED_BYTES).contains(&length))
        .ok_or_else(|| Error::argument("a secret has 16 to 64 bytes"))?;
    let mut secret = Zeroizing::new(vec![0u8; length]);
    random::fill(&mut secret)?;
    Ok(Zeroizing::new(BASE32_NOPAD.encode(&secret)))
}

/// Upper case, without spaces and padding: the form kept in a QR code.
pub(crate) fn normalise_secret(typed: &[u8]) -> Zeroizing<Vec<u8>> {
    // Full capacity at once: a buffer left behind by growing would not be wiped.
    let mut out = Zeroizing::new(Vec::with_capacity(typed.len()));
    out.extend(typed.iter().filter(|symbol| !is_ignored(**symbol)).map(u8::to_ascii_uppercase));
    out
}

fn is_ignored(symbol: u8) -> bool {
    symbol.is_ascii_whitespace() || symbol == b'='
}

/// The bytes of a base32 secret. Lower case, spaces and padding are tolerated. The
/// spare bits of the last character are ignored, as authenticator apps do: in secrets
/// typed or generated character by character they may be set.
///
/// # Errors
/// [`Error::InvalidSecret`] if it is not base32 or decodes to fewer than
/// [`MIN_SECRET_BYTES`] or more than [`MAX_SECRET_BYTES`] bytes.
pub fn decode_secret(typed: &[u8]) -> Result<SecretBytes> {
    let not_base32 = || Error::InvalidSecret("the secret is not base32");
    let mut bytes = Zeroizing::new(Vec::with_capacity(typed.len().min(4096) * 5 / 8));
    let (mut pending, mut bits) = (0u16, 0);
    for symbol in typed.iter().filter(|symbol| !is_ignored(**symbol)) {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a',
            b'2'..=b'7' => symbol - b'2' + 26,
            _ => return Err(not_base32()),
        };
        pending = pending << 5 | u16::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            let [_, byte] = (pending >> bits).to_be_bytes();
            bytes.push(byte);
        }
    }
    match bytes.len() {
        // A last character that is too short for a byte: RFC 4648 §6 has no such length.
        _ if bits >= 5 => Err(not_base32()),
        MIN_SECRET_BYTES..=MAX_SECRET_BYTES => Ok(SecretBytes::new(std::mem::take(&mut *bytes))),
        _ => Err(Error::InvalidSecret("the secret must have 10 to 256 bytes")),
    }
}
