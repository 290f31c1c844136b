//! Base32 secrets, compared with a slow decoder: a crate's, given text that was cleaned first.
#![no_main]

use std::sync::LazyLock;

use data_encoding::{BASE32_NOPAD, Encoding, Specification};
use libfuzzer_sys::fuzz_target;
use sallyport::otp;

static LENIENT: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    specification.check_trailing_bits = false;
    specification.encoding().unwrap()
});

fuzz_target!(|data: &[u8]| {
    let clean: Vec<u8> =
        data.iter().filter(|b| !b.is_ascii_whitespace() && **b != b'=').map(u8::to_ascii_uppercase).collect();
    let slow = LENIENT.decode(&clean).ok().filter(|bytes| (10..=256).contains(&bytes.len()));
    let ours = otp::decode_secret(data).ok().map(|secret| secret.expose().to_vec());
    assert_eq!(ours, slow);
    if (10..=256).contains(&data.len()) {
        let written = BASE32_NOPAD.encode(data);
        assert_eq!(otp::decode_secret(written.as_bytes()).unwrap().expose(), data);
        assert_eq!(otp::decode_secret(written.to_lowercase().as_bytes()).unwrap().expose(), data);
    }
});
