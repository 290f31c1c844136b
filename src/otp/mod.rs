//! Time-based one-time passwords (RFC 6238 over RFC 4226), by `totp-rs`.
//!
//! `totp-rs`' own `check` accepts the oldest matching step, and does not know which
//! steps were used. Here every candidate step is computed and compared, and only
//! steps later than the last accepted one can match, so that a code works once
//! (RFC 6238 §5.2). `totp-rs` also keys an HMAC anew for each candidate. Here one
//! is keyed for all, and a match must agree with `totp-rs` as well.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::fold;
use crate::secret::SecretBytes;

pub mod qr;
pub mod secret;
pub mod uri;

pub use secret::{decode_secret, generate_secret};

/// Longest time step, in seconds (NIST SP 800-63B-4 §3.1.4.1: two minutes).
pub const MAX_PERIOD: i64 = 120;
/// Largest tolerance, in steps to each side.
pub const MAX_SKEW: i64 = 10;

/// The validated parameters of one enrolment.
#[derive(Debug, Clone, Copy)]
pub struct Parameters {
    algorithm: totp_rs::Algorithm,
    digits: u8,
    period: u64,
}

impl Parameters {
    /// Checks the three parameters of an enrolment.
    ///
    /// # Arguments
    /// * `algorithm`: `SHA1`, `SHA256` or `SHA512`
    /// * `digits`: 6..=8
    /// * `period`: seconds, 1..=120
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a value out of range.
    pub fn new(algorithm: &[u8], digits: i64, period: i64) -> Result<Self> {
        let algorithm = match algorithm {
            b"SHA1" => totp_rs::Algorithm::SHA1,
            b"SHA256" => totp_rs::Algorithm::SHA256,
            b"SHA512" => totp_rs::Algorithm::SHA512,
            _ => return Err(Error::argument("algorithm must be SHA1, SHA256 or SHA512")),
        };
        let digits = match digits {
            6 => 6,
            7 => 7,
            8 => 8,
            _ => return Err(Error::argument("digits must be 6, 7 or 8")),
        };
        let period = u64::try_from(period)
            .ok()
            .filter(|_| (1..=MAX_PERIOD).contains(&period))
            .ok_or_else(|| Error::argument("period must be 1 to 120 seconds"))?;
        Ok(Self { algorithm, digits, period })
    }

    fn algorithm_name(self) -> &'static str {
        match self.algorithm {
            totp_rs::Algorithm::SHA256 => "SHA256",
            totp_rs::Algorithm::SHA512 => "SHA512",
            _ => "SHA1",
        }
    }

    fn totp(self, secret: &SecretBytes) -> Totp {
        // `build` would refuse the 80-bit secrets of other plugins. Everything else it
        // checks has been checked above and in `decode_secret`.
        Builder::new()
            .with_algorithm(self.algorithm)
            .with_digits(self.digits)
            .with_step_duration(self.period)
            .with_secret(Secret::new(secret.expose().into()))
            .build_noncompliant()
    }
}

/// The last of `steps` whose code is `typed`; `modulus` cuts codes to their digits.
/// The HMAC is keyed once for all of them.
fn last_match<M: Mac + KeyInit + Clone>(
    secret: &SecretBytes,
    steps: impl Iterator<Item = u64>,
    modulus: u32,
    typed: u32,
) -> Option<u64> {
    // HMAC takes keys of any length.
    let keyed = M::new_from_slice(secret.expose()).ok()?;
    let mut matched = None;
    for step in steps {
        let tag = keyed.clone().chain_update(step.to_be_bytes()).finalize().into_bytes();
        // RFC 4226 §5.3: four bytes at the offset given by the last half-byte, without
        // their first bit.
        let offset = tag.last().map_or(0, |last| usize::from(last & 15));
        let four = tag.get(offset..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
        let number = u32::from_be_bytes(four) & 0x7fff_ffff;
        // Two machine words: a single instruction compares them in constant time.
        if number % modulus == typed {
            matched = Some(step);
        }
    }
    matched
}

/// Seconds since the epoch, from PHP's signed integer.
fn checked_time(now: i64) -> Result<u64> {
    u64::try_from(now).map_err(|_| Error::argument("now must not be negative"))
}

/// The code of `secret` at `now`.
///
/// # Arguments
/// * `secret`: base32
/// * `now`: Unix seconds, not negative
///
/// # Errors
/// [`Error::InvalidSecret`], [`Error::InvalidArgument`].
pub fn code(secret: &[u8], now: i64, parameters: Parameters) -> Result<Zeroizing<String>> {
    let now = checked_time(now)?;
    let secret = decode_secret(secret)?;
    Ok(Zeroizing::new(parameters.totp(&secret).generate(now).to_string()))
}

/// The time step whose code was typed, if that step is later than `after_step`.
///
/// # Arguments
/// * `secret`: base32
/// * `typed`: what the user typed, folded by [`fold::digits`]
/// * `now`: Unix seconds, not negative
/// * `after_step`: the last step accepted for this secret, -1 for none
/// * `skew`: steps to each side of now, 0..=10; RFC 6238 §5.2 recommends 1
///
/// # Errors
/// [`Error::InvalidSecret`], [`Error::InvalidArgument`]. A wrong or malformed
/// code is `None`.
///
/// # Security
/// The caller stores the returned step as the new `after_step`, in one
/// conditional write. All candidates are compared in constant time without early
/// exit. If two candidate steps share a code (about 1 in 10^6), the later one is
/// returned; with the earlier one, the same code could be used a second time.
pub fn verify(
    secret: &[u8],
    typed: &[u8],
    now: i64,
    after_step: i64,
    skew: i64,
    parameters: Parameters,
) -> Result<Option<i64>> {
    let now = checked_time(now)?;
    let skew = u64::try_from(skew)
        .ok()
        .filter(|_| (0..=MAX_SKEW).contains(&skew))
        .ok_or_else(|| Error::argument("skew must be 0 to 10 steps"))?;
    let secret = decode_secret(secret)?;
    let Some(typed) = fold::digits(typed, parameters.digits) else {
        return Ok(None);
    };

    let current = now / parameters.period;
    // RFC 6238 §5.2: a step that was accepted before is never accepted again.
    let later = |step: &u64| i64::try_from(*step).is_ok_and(|step| step > after_step);
    let steps = (current.saturating_sub(skew)..=current.saturating_add(skew)).filter(later);
    let modulus = 10u32.pow(parameters.digits.into());
    let matched = match parameters.algorithm {
        totp_rs::Algorithm::SHA256 => last_match::<Hmac<Sha256>>(&secret, steps, modulus, typed),
        totp_rs::Algorithm::SHA512 => last_match::<Hmac<Sha512>>(&secret, steps, modulus, typed),
        _ => last_match::<Hmac<Sha1>>(&secret, steps, modulus, typed),
    };
    // A code is accepted only if `totp-rs` generates it, too.
    let agreed = |step: &u64| {
        let time = step.checked_mul(parameters.period)?;
        parameters.totp(&secret).generate(time).to_string().parse::<u32>().ok().filter(|code| *code == typed)
    };
    Ok(matched.filter(|step| agreed(step).is_some()).and_then(|step| i64::try_from(step).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn sha1() -> Parameters {
        Parameters::new(b"SHA1", 6, 30).unwrap()
    }

    fn at(now: i64) -> String {
        code(SECRET, now, sha1()).unwrap().to_string()
    }

    fn check(typed: &str, now: i64, after: i64, skew: i64) -> Option<i64> {
        verify(SECRET, typed.as_bytes(), now, after, skew, sha1()).unwrap()
    }

    #[test]
    fn the_window_is_one_step_to_each_side() {
        let typed = at(3000);
        for (now, matched) in
            [(2969, None), (2970, Some(100)), (3000, Some(100)), (3029, Some(100)), (3059, Some(100)), (3060, None)]
        {
            assert_eq!(check(&typed, now, -1, 1), matched, "{now}");
        }
    }

    #[test]
    fn a_step_is_never_accepted_twice() {
        let typed = at(3000);
        assert_eq!(check(&typed, 3000, 99, 1), Some(100));
        assert_eq!(check(&typed, 3000, 100, 1), None);
        assert_eq!(check(&typed, 3000, i64::MAX, 1), None);
        assert_eq!(check(&at(3030), 3000, 100, 1), Some(101));
    }

    #[test]
    fn of_two_steps_with_one_code_the_later_is_accepted_so_that_it_is_not_good_twice() {
        let (earlier, later) = (153_567, 153_569);
        let typed = at(earlier * 30);
        assert_eq!(typed, at(later * 30));
        assert_eq!(check(&typed, (earlier + 1) * 30, -1, 1), Some(later));
        assert_eq!(check(&typed, (earlier + 1) * 30, later, 1), None);
    }

    #[test]
    fn extremes_of_time_do_not_panic() {
        assert!(code(SECRET, -1, sha1()).is_err());
        let typed = code(SECRET, i64::MAX, Parameters::new(b"SHA512", 8, 1).unwrap()).unwrap();
        let found = verify(SECRET, typed.as_bytes(), i64::MAX, -1, 10, Parameters::new(b"SHA512", 8, 1).unwrap());
        assert_eq!(found, Ok(Some(i64::MAX)));
        assert_eq!(check(&at(0), 0, -1, 10), Some(0));
        assert_eq!(check(&at(0), 0, i64::MIN, 1), Some(0));
    }

    #[test]
    fn secrets_are_normalised_and_short_or_foreign_ones_refused() {
        let spaced = b" gezd gnbv gy3t qojq GEZD GNBV GY3T QOJQ == ";
        assert_eq!(*code(spaced, 59, sha1()).unwrap(), at(59));
        for bad in [
            &b""[..],
            b"J",
            b"GEZDGNBVGY3TQ",
            b"GEZDGNBVGY3TQOJ1",
            b"GEZDGNBVGY3TQOJQ\0",
            b"GEZDGNBVGY3TQOJQA", // the last character begins no byte
            b"\xff\xfe",
        ] {
            assert!(matches!(code(bad, 0, sha1()), Err(Error::InvalidSecret(_))), "{bad:?}");
        }
        // 16 characters, 80 bits: the default of google2fa.
        assert!(code(b"GEZDGNBVGY3TQOJQ", 0, sha1()).is_ok());
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        for (algorithm, digits, period) in [
            (&b"MD5"[..], 6, 30),
            (b"sha1", 6, 30),
            (b"SHA1", 5, 30),
            (b"SHA1", 9, 30),
            (b"SHA1", 10, 30),
            (b"SHA1", 6, 0),
            (b"SHA1", 6, -30),
            (b"SHA1", 6, 121),
            (b"SHA1", 6, i64::MIN),
            (b"SHA1", i64::MAX, 30),
        ] {
            assert!(Parameters::new(algorithm, digits, period).is_err());
        }
        for skew in [-1, 11, 65536, i64::MAX, i64::MIN] {
            assert!(verify(SECRET, b"123456", 0, -1, skew, sha1()).is_err(), "{skew}");
        }
        for length in [i64::MIN, -1, 0, 15, 65, i64::MAX] {
            assert!(generate_secret(length).is_err(), "{length}");
        }
    }

    #[test]
    fn generated_secrets_decode_and_differ() {
        let secret = generate_secret(20).unwrap();
        assert_eq!(secret.len(), 32);
        assert_eq!(decode_secret(secret.as_bytes()).unwrap().expose().len(), 20);
        assert_ne!(*secret, *generate_secret(20).unwrap());
    }
}
