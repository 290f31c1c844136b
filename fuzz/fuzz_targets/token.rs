//! Tokens: the fuzzer's input as it is, and with the fuzzer's header and payload under a
//! valid signature, so that the code after the signature check is reached.
#![no_main]

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use sallyport::jwt::{self, Alg, Key, Keyring, Rules, Values, jws};
use serde_json::Value;

const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";
const NOW: i64 = 1_700_000_000;

static KEYS: LazyLock<Keyring> = LazyLock::new(|| {
    let secret = Key::from_secret(Alg::Hs256, SECRET, Some(b"k")).unwrap();
    Keyring::new(
        secret,
        vec![Key::generate(Alg::Es256, Some(b"e")).unwrap(), Key::generate(Alg::EdDsa, Some(b"d")).unwrap()],
    )
    .unwrap()
});

fuzz_target!(|data: &[u8]| {
    // Only we have the keys.
    assert!(jws::verify(data, &KEYS).is_err());
    let _ = jws::peek(data, Values);

    let (header, payload) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (&br#"{"alg":"HS256","kid":"k"}"#[..], data),
    };
    let input = format!("{}.{}", BASE64URL_NOPAD.encode(header), BASE64URL_NOPAD.encode(payload));
    let tag = Hmac::<sha2::Sha256>::new_from_slice(SECRET).unwrap().chain_update(&input).finalize().into_bytes();
    let token = format!("{input}.{}", BASE64URL_NOPAD.encode(&tag));

    if let Ok(verified) = jws::verify(token.as_bytes(), &KEYS) {
        assert_eq!(verified, payload);
        // What another JSON parser reads in the header.
        let seen: Value = serde_json::from_slice(header).unwrap();
        assert_eq!(seen["alg"], "HS256");
        assert!(seen.get("kid").is_none_or(|kid| kid == "k"));
        assert!(seen.get("crit").is_none() && seen.get("b64").is_none_or(|b64| *b64 == true));
    }
    if let Ok(claims) = jwt::verify(token.as_bytes(), &KEYS, NOW, &Rules::default(), Values) {
        assert_eq!(Value::Object(claims.clone()), serde_json::from_slice::<Value>(payload).unwrap());
        assert!(claims.get("exp").is_none_or(|exp| exp.as_f64().unwrap() > NOW as f64));
        assert!(claims.get("nbf").is_none_or(|nbf| nbf.as_f64().unwrap() <= NOW as f64));
    }
});
