//! PEM: the fuzzer's input as it is, and as the content under each label.
#![no_main]

use data_encoding::BASE64;
use libfuzzer_sys::fuzz_target;
use sallyport::jwt::{Alg, Key};

const LABELS: [&str; 6] =
    ["PRIVATE KEY", "PUBLIC KEY", "RSA PRIVATE KEY", "RSA PUBLIC KEY", "EC PRIVATE KEY", "EC PARAMETERS"];

fn read(text: &[u8]) {
    for alg in [Alg::Rs256, Alg::Es256, Alg::Es384, Alg::EdDsa] {
        let Ok(key) = Key::from_pem(alg, text, None) else { continue };
        let again = Key::from_pem(alg, key.to_pem().unwrap().as_bytes(), None).unwrap();
        assert_eq!(again.public_jwk().unwrap(), key.public_jwk().unwrap());
    }
    assert!(Key::from_pem(Alg::Hs256, text, None).is_err());
}

fuzz_target!(|data: &[u8]| {
    read(data);
    if let Some((label, der)) = data.split_first() {
        let label = LABELS[usize::from(*label) % LABELS.len()];
        read(format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64.encode(der)).as_bytes());
    }
});
