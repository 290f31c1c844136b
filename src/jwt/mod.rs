//! JSON Web Tokens and the signatures under them, over `jsonwebtoken`.
//!
//! `jsonwebtoken` signs and verifies. This room adds what it leaves out and a
//! second factor needs:
//!
//! | room | what it holds |
//! |---|---|
//! | [`alg`] | the twelve algorithms; a key is bound to exactly one (RFC 8725 §3.1) |
//! | [`key`], `material`, `pem`, `jwk` | keys from secrets, PEM and JWK; weak ones refused |
//! | [`keyring`] | one key signs, all verify; the JWK set |
//! | `cache` | our `CryptoProvider`: parsed keys, bounded, per process |
//! | `json` | JSON without duplicate names and deep nesting |
//! | [`jws`] | the compact serialisation, strictly (RFC 7515) |
//! | [`claims`] | the rules for claims (RFC 7519 §4.1, §7.2) |
//!
//! The library's own `decode` is not used: it accepts `exp == now`, ignores
//! `crit`, accepts an `aud` of the wrong JSON type and keys of any length.

pub mod alg;
mod cache;
pub mod claims;
pub mod json;
mod jwk;
pub mod jws;
pub mod key;
pub mod keyring;
mod material;
mod pem;

pub use alg::Alg;
pub use claims::{Claim, Claims, Rules, sign, verify};
pub use json::Values;
pub use key::Key;
pub use keyring::Keyring;
