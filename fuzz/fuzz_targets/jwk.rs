//! JSON Web Keys and sets of them: an accepted key that we write and read again is
//! the same key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sallyport::jwt::{Key, Keyring};

fuzz_target!(|data: &[u8]| {
    if let Ok(key) = Key::from_jwk(data, None) {
        match key.public_jwk() {
            Ok(jwk) => {
                let again = Key::from_jwk(serde_json::to_string(&jwk).unwrap().as_bytes(), None).unwrap();
                assert_eq!((again.kid(), again.alg()), (key.kid(), key.alg()));
                let from_pem =
                    Key::from_pem(key.alg(), key.to_pem().unwrap().as_bytes(), Some(key.kid().as_bytes())).unwrap();
                assert_eq!(from_pem.public_jwk().unwrap(), jwk);
            }
            Err(_) => assert!(key.is_symmetric() && key.secret().unwrap().len() >= 32),
        }
    }
    if let Ok(ring) = Keyring::from_jwks(data) {
        ring.jwks(&[]).unwrap();
    }
});
