//! One error type, divided by who has to act on it.
//!
//! The glue turns each variant into its own PHP class, so callers catch by
//! culprit and never by message. No message contains a secret, a code, a token
//! or any other bytes of the input, because messages end up in logs.

use std::borrow::Cow;

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, by culprit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller passed a value outside the documented range.
    #[error("{0}")]
    InvalidArgument(&'static str),
    /// The caller named a rule of `jwt_verify` that does not exist. Ignoring it
    /// would mean that a misspelt rule is not enforced.
    #[error("{0}")]
    UnknownRule(&'static str),
    /// A key is weak, malformed, of the wrong kind, or may not be used this way.
    #[error("{0}")]
    InvalidKey(&'static str),
    /// A TOTP secret is not base32 or too short.
    #[error("{0}")]
    InvalidSecret(&'static str),
    /// Claims cannot be written as JSON that parses back to the same claims.
    #[error("{0}")]
    InvalidClaims(Cow<'static, str>),
    /// The token is not acceptable; [`Reason`] is stable, the detail is not.
    #[error("{0}: {1}")]
    InvalidToken(Reason, &'static str),
    /// A sealed value cannot be opened: wrong key, wrong owner, or altered.
    #[error("{0}")]
    Unsealable(&'static str),
    /// The machine could not deliver randomness or memory.
    #[error("{0}")]
    Unavailable(&'static str),
}

impl Error {
    /// A value outside its documented range.
    pub(crate) fn argument(message: &'static str) -> Self {
        Self::InvalidArgument(message)
    }

    /// A key that is refused.
    pub(crate) fn key(message: &'static str) -> Self {
        Self::InvalidKey(message)
    }
}

/// Why a token is not accepted: a stable word that callers may branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Not a compact JWS, not JSON where JSON is required, ambiguous, or with a
    /// critical extension, of which none is supported (RFC 7515 §4.1.11).
    Malformed,
    /// The header's `alg` is not the one the key is bound to.
    Algorithm,
    /// The header names a `kid` that is not in the keyring.
    UnknownKey,
    /// The signature does not verify.
    Signature,
    /// `now` has reached `exp` (RFC 7519 §4.1.4).
    Expired,
    /// `now` is before `nbf` (RFC 7519 §4.1.5).
    NotYetValid,
    /// `iss` is not the expected one.
    Issuer,
    /// `aud` does not name an expected audience.
    Audience,
    /// The header's `typ` is not the expected one (RFC 8725 §3.11).
    Type,
    /// A required claim is not there.
    ClaimMissing,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::Malformed,
        Self::Algorithm,
        Self::UnknownKey,
        Self::Signature,
        Self::Expired,
        Self::NotYetValid,
        Self::Issuer,
        Self::Audience,
        Self::Type,
        Self::ClaimMissing,
    ];

    /// The word PHP sees from `InvalidToken::reason()`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "signature",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Type => "type",
            Self::ClaimMissing => "claim_missing",
        }
    }

    /// An [`Error::InvalidToken`] with this reason.
    pub(crate) const fn because(self, detail: &'static str) -> Error {
        Error::InvalidToken(self, detail)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
