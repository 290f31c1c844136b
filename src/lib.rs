//! Sallyport's engine: all cryptography of the second factor, as a PHP extension.
//!
//! # The rooms
//!
//! | room | what it does | source |
//! |---|---|---|
//! | [`otp`] | TOTP codes, the `otpauth` URI, QR codes | RFC 6238, RFC 4226, Key URI Format, ISO/IEC 18004 |
//! | [`jwt`] | keys, keyrings, JWS and JWT | RFC 7515, 7517, 7518, 7519, 7638, 8037, 8725 |
//! | [`backup_code`] | codes to print, hashed with Argon2id | RFC 9106, NIST SP 800-63B-4 §4.2.1.1 |
//! | [`seal`] | secrets at rest, bound to their owner | RFC 8452 |
//! | [`mac`] | HMAC, and one key per purpose | RFC 2104, RFC 5869 |
//! | [`wp2fa`] | reading what the WP 2FA plugin stored | |
//! | [`fold`] | what people type, normalised | Unicode §4.6, Crockford base32 |
//! | [`random`] | randomness outside aws-lc, from the operating system | `getrandom(2)` |
//! | [`secret`], [`error`] | bytes that do not leak; errors by culprit | |
//! | `bindings` | the glue to PHP (feature `php`) | `php/stubs` |
//!
//! # The rules
//!
//! - All rooms but `bindings` are pure: time is a parameter, and they know no
//!   user, role, table, setting or clock. Only `bindings` names PHP or `unsafe`.
//! - The cryptography is aws-lc's, argon2's and, for TOTP, RustCrypto's. This
//!   crate adds the strictness around it: what is refused, what is compared, and
//!   what is bound to what.
//! - Nothing panics: no indexing, no `unwrap`, checked arithmetic (also in release
//!   builds). If it happens anyway, PHP gets an `Error`.
//! - No thread is started and no generator is kept, because php-fpm forks.
//!
//! # Building and testing
//!
//! `cargo build --release` makes the extension and needs PHP's headers and
//! libclang; `--profile quick` makes one in seconds. Tests run as
//! `cargo test --no-default-features`, without PHP, since a test binary cannot
//! link with Zend. What needs PHP is tested from PHP, in `php/tests`. Both read
//! the same vectors in `tests/vectors`.
//!
//! # Example
//!
//! ```
//! use sallyport::otp::{self, Parameters};
//!
//! let parameters = Parameters::new(b"SHA1", 6, 30)?;
//! let secret = otp::generate_secret(20)?;
//! let code = otp::code(secret.as_bytes(), 1_700_000_000, parameters)?;
//! let step = otp::verify(secret.as_bytes(), code.as_bytes(), 1_700_000_000, -1, 1, parameters)?;
//! assert_eq!(step, Some(1_700_000_000 / 30));
//! // The same code again, after its step was stored as used:
//! let again = otp::verify(secret.as_bytes(), code.as_bytes(), 1_700_000_000, 56_666_666, 1, parameters)?;
//! assert_eq!(again, None);
//! # Ok::<(), sallyport::Error>(())
//! ```

pub mod backup_code;
#[cfg(feature = "php")]
mod bindings;
pub mod error;
pub mod fold;
pub mod jwt;
pub mod mac;
pub mod otp;
pub mod random;
pub mod seal;
pub mod secret;
pub mod wp2fa;

pub use error::{Error, Reason, Result};
