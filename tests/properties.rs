//! What holds for all input: properties, tested with random input by proptest.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use sallyport::jwt::{self, Alg, Key, Keyring, Rules, Values, jws};
use sallyport::otp::{self, Parameters, qr};
use sallyport::{backup_code, mac, random, seal};
use serde_json::Value;

/// JSON of a few levels, as the claims of a token may be.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e15..1e15).prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(".*", inner, 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_signed_is_what_is_verified(members in btree_map("[a-z]{4,8}|\\PC*", json(), 0..8), secret in vec(any::<u8>(), 32..80)) {
        prop_assume!(!secret.windows(11).any(|w| w == b"-----BEGIN "));
        let claims: serde_json::Map<_, _> = members.into_iter().filter(|(name, _)| !["exp", "nbf", "iat"].contains(&&**name)).collect();
        let keys = Keyring::new(Key::from_secret(Alg::Hs256, &secret, None).unwrap(), vec![]).unwrap();
        let token = jwt::sign(&claims, &keys, b"JWT").unwrap();
        prop_assert_eq!(&jwt::verify(token.as_bytes(), &keys, 1, &Rules::default(), Values).unwrap(), &claims);
        prop_assert_eq!(&jws::peek(token.as_bytes(), Values).unwrap().1, &claims);
        let stranger = Keyring::new(Key::from_secret(Alg::Hs256, &[&secret[..], b"x"].concat(), Some(keys_kid(&token).as_bytes())).unwrap(), vec![]).unwrap();
        prop_assert!(jws::verify(token.as_bytes(), &stranger).is_err());
    }

    #[test]
    fn a_time_holds_up_to_its_second(exp in 0i64..1 << 53, leeway in 0i64..=86_400, off in -100i64..100) {
        let keys = Keyring::new(Key::from_secret(Alg::Hs256, &[7; 32], None).unwrap(), vec![]).unwrap();
        let claims = serde_json::json!({"exp": exp});
        let token = jwt::sign(claims.as_object().unwrap(), &keys, b"JWT").unwrap();
        let now = exp.saturating_add(leeway).saturating_add(off).max(0);
        let verified = jwt::verify(token.as_bytes(), &keys, now, &Rules { leeway, ..Rules::default() }, Values);
        prop_assert_eq!(verified.is_ok(), now < exp + leeway);
    }

    #[test]
    fn only_the_owner_and_the_key_open_what_is_sealed(
        plain in vec(any::<u8>(), 0..200),
        owner in vec(any::<u8>(), 0..40),
        other in vec(any::<u8>(), 0..40),
        key in any::<[u8; 32]>(),
        another in any::<[u8; 32]>(),
    ) {
        prop_assume!(owner != other && key != another);
        let sealed = seal::seal(&plain, &owner, &key).unwrap();
        prop_assert_eq!(&**seal::unseal(sealed.as_bytes(), &owner, &[&another, &key]).unwrap(), &plain[..]);
        prop_assert!(seal::unseal(sealed.as_bytes(), &other, &[&key]).is_err());
        prop_assert!(seal::unseal(sealed.as_bytes(), &owner, &[&another]).is_err());
    }

    #[test]
    fn a_mac_is_of_one_message_under_one_key(
        message in vec(any::<u8>(), 0..200),
        other in vec(any::<u8>(), 0..200),
        key in vec(any::<u8>(), 1..64),
    ) {
        prop_assume!(message != other);
        let tag = mac::mac(&message, &key).unwrap();
        prop_assert!(mac::mac_verify(&message, tag.as_bytes(), &key).unwrap());
        prop_assert!(!mac::mac_verify(&other, tag.as_bytes(), &key).unwrap());
        prop_assert!(!mac::mac_verify(&message, tag.as_bytes(), &[&key[..], b"x"].concat()).unwrap());
    }

    #[test]
    fn purposes_do_not_share_a_key(master in vec(any::<u8>(), 32..64), one in "[a-z/]{1,12}", other in "[a-z/]{1,12}") {
        let key = |purpose: &str| mac::purpose_key(&master, purpose.as_bytes()).unwrap();
        prop_assert_eq!(key(&one) == key(&other), one == other);
    }

    #[test]
    fn a_step_is_accepted_once_and_near_its_time_alone(
        secret in vec(any::<u8>(), 10..64),
        now in 0i64..1 << 40,
        skew in 0i64..=10,
        away in -15i64..=15,
        digits in 6i64..=8,
        period in 1i64..=120,
    ) {
        let parameters = Parameters::new(b"SHA256", digits, period).unwrap();
        let secret = data_encoding::BASE32_NOPAD.encode(&secret);
        let code = otp::code(secret.as_bytes(), now, parameters).unwrap();
        let (step, then) = (now / period, now.saturating_add(away * period).max(0));
        let accepted = |after| otp::verify(secret.as_bytes(), code.as_bytes(), then, after, skew, parameters).unwrap();
        if (then / period - step).abs() <= skew {
            prop_assert!(accepted(-1).is_some_and(|found| found >= step));
            prop_assert!(accepted(step - 1).is_some());
            prop_assert_ne!(accepted(step), Some(step));
        } else {
            prop_assert_ne!(accepted(-1), Some(step));
        }
    }

    #[test]
    fn a_printed_code_is_read_however_it_is_typed(
        code in "([0-9A-HJKMNP-TV-Z]{5}-){2}[0-9A-HJKMNP-TV-Z]{5}",
        lower in any::<bool>(),
        dash in prop_oneof![Just(" "), Just(""), Just("\u{2013}"), Just("\u{a0}- ")],
        zero in prop_oneof![Just("o"), Just("O"), Just("0"), Just("\u{660}")],
        one in prop_oneof![Just("l"), Just("I"), Just("1"), Just("i")],
    ) {
        let typed = if lower { code.to_lowercase() } else { code.clone() };
        let typed = typed.replace('-', dash).replace('0', zero).replace('1', one);
        let read = backup_code::normalise(typed.as_bytes());
        prop_assert_eq!(read.as_deref().map(String::as_str), Some(&*code));
    }

    #[test]
    fn codes_have_as_many_digits_as_asked_for(count in -1i64..15) {
        let made = random::digits(count);
        prop_assert_eq!(made.is_ok(), (6..=12).contains(&count));
        let Ok(code) = made else { return Ok(()) };
        prop_assert!(i64::try_from(code.len()) == Ok(count) && code.bytes().all(|digit| digit.is_ascii_digit()));
    }
}

proptest! {
    // One millisecond each.
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_picture_is_well_formed_whatever_it_is_of(text in vec(any::<u8>(), 1..600), title in ".*") {
        let svg = qr::svg(&text, title.as_bytes()).unwrap();
        prop_assert!(svg.starts_with("<svg ") && svg.ends_with("/></svg>"));
        // No part of the title becomes markup.
        prop_assert_eq!(svg.matches('<').count(), if title.is_empty() { 4 } else { 6 });
    }
}

fn keys_kid(token: &str) -> String {
    jws::peek(token.as_bytes(), Values).unwrap().0["kid"].as_str().unwrap().to_owned()
}
