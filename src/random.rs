//! Randomness, only from the operating system.
//!
//! A generator kept in this process would be copied by `fork()`: if php-fpm
//! preloads and then forks, every worker hands out the same "random" secret.
//! `getrandom(2)` keeps its state in the kernel. `clippy.toml` forbids the
//! alternatives by name, and `php/tests/ForkTest.php` checks the result.

use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Fills `out` from the operating system.
///
/// # Errors
/// [`Error::Unavailable`] if the operating system cannot provide randomness.
pub fn fill(out: &mut [u8]) -> Result<()> {
    getrandom::fill(out).map_err(|_| Error::Unavailable("the operating system gave no randomness"))
}

/// `N` random bytes, wiped on drop.
///
/// # Errors
/// As [`fill`].
pub fn bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>> {
    let mut out = Zeroizing::new([0u8; N]);
    fill(out.as_mut_slice())?;
    Ok(out)
}

/// `count` (6..=12) random decimal digits; all 10^count codes are equally likely.
///
/// # Errors
/// [`Error::InvalidArgument`] for another count; as [`fill`].
pub fn digits(count: i64) -> Result<Zeroizing<String>> {
    let count = usize::try_from(count)
        .ok()
        .filter(|n| (6..=12).contains(n))
        .ok_or_else(|| Error::argument("digits must be 6 to 12"))?;
    let mut out = Zeroizing::new(String::with_capacity(count));
    while out.len() < count {
        let draw = bytes::<16>()?;
        for byte in draw.iter() {
            // 250..=255 are skipped: they would make the digits 0..=5 more likely.
            if *byte < 250 && out.len() < count {
                out.push(char::from(b'0' + byte % 10));
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_have_the_asked_length_and_use_the_whole_alphabet() {
        let mut seen = [0usize; 10];
        for _ in 0..200 {
            let code = digits(12).unwrap();
            assert_eq!(code.len(), 12);
            for b in code.bytes() {
                seen[usize::from(b - b'0')] += 1;
            }
        }
        assert!(seen.iter().all(|n| *n > 120), "{seen:?}");
    }

    #[test]
    fn two_draws_differ() {
        assert_ne!(*bytes::<16>().unwrap(), *bytes::<16>().unwrap());
    }
}
