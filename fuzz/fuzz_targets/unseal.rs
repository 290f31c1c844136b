//! Sealed values: a value that we did not seal cannot be opened, and a value that we sealed
//! can be opened only for its owner.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sallyport::{seal, wp2fa};

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
const OTHER: &[u8] = b"0123456789abcdef0123456789abcdeg";

fuzz_target!(|parts: (&[u8], &[u8], u16, u8)| {
    let (data, aad, at, with) = parts;
    assert!(seal::unseal(data, aad, &[OTHER, KEY]).is_err());
    let _ = wp2fa::unseal(data, aad);

    let mut sealed = seal::seal(data, aad, KEY).unwrap().into_bytes();
    assert_eq!(seal::unseal(&sealed, aad, &[OTHER, KEY]).unwrap().as_slice(), data);
    assert!(seal::unseal(&sealed, aad, &[OTHER]).is_err());
    assert!(seal::unseal(&sealed, &[aad, b"x"].concat(), &[KEY]).is_err());
    let at = usize::from(at) % sealed.len();
    if sealed[at] != with {
        sealed[at] = with;
        assert!(seal::unseal(&sealed, aad, &[KEY]).is_err());
    }
});
