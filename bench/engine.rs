//! The engine alone, without PHP: nanoseconds for each call.
//!
//!     cargo bench --no-default-features

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "what is measured is known to work")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use sallyport::jwt::{self, Alg, Key, Keyring, Rules, Values};
use sallyport::otp::{self, Parameters, qr, uri};
use sallyport::{backup_code, mac, seal};
use serde_json::json;

/// Median of eleven samples of at least 20 ms.
fn measure<T>(name: &str, mut call: impl FnMut() -> T) {
    let mut calls = 1u32;
    let mut sample = |calls: u32| {
        let began = Instant::now();
        for _ in 0..calls {
            black_box(call());
        }
        began.elapsed()
    };
    while sample(calls) < Duration::from_millis(20) {
        calls *= 2;
    }
    let mut samples: Vec<Duration> = (0..11).map(|_| sample(calls)).collect();
    samples.sort();
    println!("{name:<28} {:>12.1} ns", samples[5].as_secs_f64() * 1e9 / f64::from(calls));
}

fn main() {
    let parameters = Parameters::new(b"SHA1", 6, 30).unwrap();
    let secret = b"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    measure("totp code", || otp::code(secret, 3000, parameters).unwrap());
    measure("totp wrong code", || otp::verify(secret, b"000000", 3000, -1, 1, parameters).unwrap());
    let address = uri::totp_uri(secret, b"ada.lovelace@example.test", b"An Example Site", parameters).unwrap();
    measure("qr svg", || qr::svg(address.as_bytes(), b"").unwrap());

    let claims = json!({"iss": "https://example.test", "sub": "7", "aud": "https://example.test", "exp": 4000,
        "data": {"ID": 7, "user": {"id": 7, "roles": ["editor", "author"]}}});
    let claims = claims.as_object().unwrap();
    for alg in [Alg::Hs256, Alg::Rs256, Alg::Es256, Alg::EdDsa] {
        let keys = Keyring::new(Key::generate(alg, Some(b"k1")).unwrap(), vec![]).unwrap();
        let token = jwt::sign(claims, &keys, b"JWT").unwrap();
        let rules = Rules { required: vec!["exp"], ..Rules::default() };
        measure(&format!("{} sign", alg.name()), || jwt::sign(claims, &keys, b"JWT").unwrap());
        measure(&format!("{} verify", alg.name()), || jwt::verify(token.as_bytes(), &keys, 1, &rules, Values).unwrap());
    }

    let key = [7; 32];
    let sealed = seal::seal(secret, b"totp:7", &key).unwrap();
    measure("seal", || seal::seal(secret, b"totp:7", &key).unwrap());
    measure("unseal", || seal::unseal(sealed.as_bytes(), b"totp:7", &[&key]).unwrap());
    measure("mac", || mac::mac(secret, &key).unwrap());
    let set = backup_code::generate(10).unwrap();
    let hashes: Vec<&[u8]> = set.hashes.iter().map(String::as_bytes).collect();
    measure("backup code, ten hashes", || backup_code::verify(b"00000-00000-00000", &hashes).unwrap());
}
