//! TOTP compared with a slow implementation: `totp-rs` makes each code of the window as text.
#![no_main]

use data_encoding::BASE32_NOPAD;
use libfuzzer_sys::fuzz_target;
use sallyport::otp::{self, Parameters};
use totp_rs::{Algorithm, Builder, Secret};

const ALGORITHMS: [(&[u8], Algorithm); 3] =
    [(b"SHA1", Algorithm::SHA1), (b"SHA256", Algorithm::SHA256), (b"SHA512", Algorithm::SHA512)];

type Input<'a> = (&'a [u8], i64, i64, u8, u8, u8, u8, i8, [u8; 8]);

fuzz_target!(|input: Input<'_>| {
    let (secret, now, after, algorithm, digits, period, skew, near, typed) = input;
    if !(10..=256).contains(&secret.len()) {
        return;
    }
    let (name, algorithm) = ALGORITHMS[usize::from(algorithm) % 3];
    let (digits, period, skew) = (6 + digits % 3, 1 + u64::from(period) % 120, i64::from(skew) % 11);
    let now = now & i64::MAX;
    let parameters = Parameters::new(name, digits.into(), period as i64).unwrap();
    let slow = Builder::new()
        .with_algorithm(algorithm)
        .with_digits(digits)
        .with_step_duration(period)
        .with_secret(Secret::new(secret.into()))
        .build_noncompliant();

    let current = now as u64 / period;
    // A code of a nearby step, or anything else.
    let step = current.saturating_add_signed((near % 16).into());
    let code = if near % 3 != 0
        && let Some(time) = step.checked_mul(period)
    {
        slow.generate(time).to_string()
    } else {
        String::from_utf8_lossy(&typed[..digits.into()]).into_owned()
    };
    let window = current.saturating_sub(skew as u64)..=current + skew as u64;
    let expected = window
        .filter(|step| i64::try_from(*step).is_ok_and(|step| step > after))
        .filter(|step| step.checked_mul(period).is_some_and(|time| slow.generate(time).to_string() == code))
        .last()
        .map(|step| step as i64);
    let secret = BASE32_NOPAD.encode(secret);
    // The slow implementation accepts only digits as a code.
    if code.bytes().all(|b| b.is_ascii_digit()) {
        assert_eq!(otp::verify(secret.as_bytes(), code.as_bytes(), now, after, skew, parameters).unwrap(), expected);
    }
    assert_eq!(*otp::code(secret.as_bytes(), now, parameters).unwrap(), slow.generate(now as u64).to_string());
});
