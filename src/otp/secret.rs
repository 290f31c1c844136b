//! TOTP secrets: made, read, normalised.

use data_encoding::{BASE32_NOPAD, Encoding, Specification};
use once_cell::sync::Lazy;
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

/// Base32 as authenticator apps read it: the spare bits of the last character
/// are ignored, since secrets typed or generated character by character have
/// them set.
static BASE32_LENIENT: Lazy<Option<Encoding>> = Lazy::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    specification.check_trailing_bits = false;
    specification.encoding().ok()
});

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
    Zeroizing::new(
        typed.iter().filter(|b| !b.is_ascii_whitespace() && **b != b'=').map(u8::to_ascii_uppercase).collect(),
    )
}

/// The bytes of a base32 secret; lower case, spaces and padding are tolerated.
///
/// # Errors
/// [`Error::InvalidSecret`] if it is not base32 or decodes to fewer than
/// [`MIN_SECRET_BYTES`] or more than [`MAX_SECRET_BYTES`] bytes.
pub fn decode_secret(typed: &[u8]) -> Result<SecretBytes> {
    let not_base32 = || Error::InvalidSecret("the secret is not base32".into());
    let base32 = BASE32_LENIENT.as_ref().ok_or_else(not_base32)?;
    let bytes = SecretBytes::new(base32.decode(&normalise_secret(typed)).map_err(|_| not_base32())?);
    match bytes.expose().len() {
        MIN_SECRET_BYTES..=MAX_SECRET_BYTES => Ok(bytes),
        _ => Err(Error::InvalidSecret("the secret must have 10 to 256 bytes".into())),
    }
}
